"""What the business centre shows: figures that exist, work that waits, what the team did. One reader's enterprise only."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.actors import Actor
from accounts.permissions import VIEW_LOG
from accounts.queries import approvals_to_do, asked_of, enterprise_acted_for, team_acts
from catalog.permissions import LIST_GOODS, MANAGE_PRODUCTS, MANAGE_STOCK, READ_INQUIRIES
from catalog.queries import goods_at_work
from kernel.money import CREDIT
from kernel.queries import fact_label
from kernel.templatetags.ui import money, plain_money
from ledger.permissions import SEE_MONEY
from ledger.queries import figures_of
from orders import queries
from orders.permissions import PROPOSE, VIEW_ORDERS
from orders.queries import desk

TODO_MOST, RUNNING_MOST, COUNT_MOST = 20, 10, 1000


@dataclass(frozen=True)
class Trade:
    """The open orders of one enterprise: those that wait for it, the newest, and how many there are of both (counted to a thousand)."""

    waiting: list
    running: list
    todo: int = 0
    open: int = 0
    bargains: int = 0


def dashboard_of(user, actor: Actor, unread: int | str) -> dict:
    """Everything of the page for one person acting for one enterprise, or for none yet; at most fifteen queries with the frame."""
    company = enterprise_acted_for(user, actor)
    if company is None:
        return {"company": None, "tasks": _tasks(None, {}, False), "counted": {"todo": 0, "unread": unread}}
    sees = {"listings": actor.can(MANAGE_PRODUCTS), "shelves": actor.can(MANAGE_STOCK), "inquiries": actor.can(READ_INQUIRIES)}
    counts = goods_at_work(actor, **sees)
    trade = _trade(actor)
    clocks = queries.clocks_of({order.pk: order for order in (*trade.waiting, *trade.running)}.values())
    trading = bool(trade.open) or queries.has_orders(company.pk)
    return {
        "company": company, "may_propose": actor.can(PROPOSE), "may_list": actor.can(LIST_GOODS),
        "may_see_orders": actor.can(VIEW_ORDERS), "kpis": _kpis(actor, company.pk, trade, unread),
        "todos": _todos(actor, company, counts, trade, clocks),
        "rows": [desk.row_of(order, company.pk, clocks) for order in trade.running],
        "activity": _activity(actor), "tasks": [] if trading else _tasks(company, counts, trading),
        "counted": {"todo": min(trade.todo, 99), "unread": unread},
    }  # fmt: skip


def _trade(actor: Actor) -> Trade:
    """Ids first, then the rows of both panels together: two lists of orders for the price of one."""
    if not actor.can(VIEW_ORDERS):
        return Trade([], [])
    mine = Exists(queries.waiting_for(actor.enterprise_id).filter(pk=OuterRef("pk")))
    found = queries.orders_of(actor).filter(state__in=queries.OPEN_STATES).annotate(mine=mine, bargains=queries.negotiations_counted(actor))
    ids = list(found.values_list("pk", "mine", "bargains")[:COUNT_MOST])
    waiting, running = [pk for pk, wanted, _n in ids if wanted], [pk for pk, _wanted, _n in ids[:RUNNING_MOST]]
    bargains = (ids[0][2] or 0) if ids else queries.negotiations_todo(actor)
    wanted = {*waiting[:TODO_MOST], *running}
    rows = {order.pk: order for order in queries.orders_of(actor).filter(pk__in=wanted).prefetch_related(*queries.ON_PAGES)}
    first, newest = ([rows[pk] for pk in part if pk in rows] for part in (waiting[:TODO_MOST], running))
    return Trade(first, newest, len(waiting), len(ids), min(bargains, 99))


def _kpis(actor: Actor, enterprise_id: int, trade: Trade, unread: int | str) -> list[dict]:
    rows = _money(enterprise_id) if actor.can(SEE_MONEY) else []
    if actor.can(VIEW_ORDERS):
        rows.append({"label": _("Orders in progress"), "value": trade.open, "note": _("%(n)s wait for you") % {"n": trade.todo}})
    for row in rows:
        row.setdefault("url", reverse("orders:list") + "?tab=all")
    return [*rows, {"label": _("Unread notices"), "value": unread, "url": _url("messaging:inbox"), "note": ""}]


def _money(enterprise_id: int) -> list[dict]:
    """What is held, both ways, and the wallet with the limit that makes up the rest of what can be spent."""
    figures = figures_of(enterprise_id)
    credit, cash = figures.paid[CREDIT], figures.paid["CNY"]
    notes = [_("and %(credit)s") % {"credit": plain_money(credit)}] if cash and credit else []
    if coming := [plain_money(amount) for amount in (figures.coming["CNY"], figures.coming[CREDIT]) if amount]:
        notes.append(_("%(amount)s held for you") % {"amount": " + ".join(coming)})
    spend = {"amount": plain_money(figures.balance + figures.limit), "limit": plain_money(figures.limit)}
    return [
        {"label": _("Held for your orders"), "value": money(cash or credit, False), "note": " · ".join(notes)},
        {
            "label": _("Barter credit"), "value": money(figures.balance, False), "url": _url("ledger:wallet"),
            "note": _("%(amount)s can be spent: balance plus a limit of %(limit)s") % spend,
        },
    ]  # fmt: skip


def _url(name: str, *args) -> str:
    return reverse(name, args=args)


def _todos(actor: Actor, company, counts: dict, trade: Trade, clocks: desk.Clocks) -> list[dict]:
    rows = []
    if company.state == "rejected":
        rows.append(
            {
                "kind": _("Company"),
                "tone": "late",
                "title": _("Correct your registration"),
                "url": _url("accounts:company"),
                "note": _("It was sent back with a reason."),
            }
        )
    if counts.get("rejected"):
        note = _("%(n)s sent back with a reason") % {"n": counts["rejected"]}
        rows.append(
            {
                "kind": _("Listings"),
                "tone": "late",
                "title": _("Correct listings"),
                "url": _url("catalog:my_listings") + "?state=rejected",
                "note": note,
            }
        )
    rows += _approvals(actor) + _shelves(counts) + _bargains(trade.bargains)
    dated = []
    for order in trade.waiting:
        step = desk.next_step(order, company.pk, clocks)
        due = step.clock.due_at if step.clock and not step.clock.paused_at else None
        row = {
            "kind": _("Order"), "tone": "soon", "title": step.title, "url": _url("orders:detail", order.no),
            "due_at": due, "start": step.clock and step.clock.started_at,
            "note": f"{desk.title_of(order, company.pk)} · {desk.other_name(order, company.pk)}",
        }  # fmt: skip
        dated.append((due is None, due or order.created_at, row))
    return rows + [row for _late, _due, row in sorted(dated, key=lambda item: item[:2])]


def _bargains(n: int) -> list[dict]:
    """Requests to quote for and offers to answer, in one row."""
    if not n:
        return []
    title = ngettext("%(n)s quotation or offer waits for your answer", "%(n)s quotations or offers wait for your answer", n) % {"n": n}
    note = _("Read what is needed or offered, then quote, counter, accept or decline.")
    return [{"kind": _("Bargaining"), "tone": "soon", "title": title, "url": _url("orders:negotiations"), "note": note}]


def _approvals(actor: Actor) -> list[dict]:
    """Colleagues who wait for a decision, in one row; and what the reader may go on with, a row each."""
    found = approvals_to_do(actor)
    waiting = [row for row in found if row.state == "requested"]
    rows = [
        {
            "kind": _("Approval"), "tone": "ok", "title": _("Go on: your request was approved"), "url": _url("accounts:approval", row.pk),
            "note": asked_of(row).get("title") or row.subject,
        }
        for row in found
        if row.state == "approved"
    ]  # fmt: skip
    if waiting:
        title = ngettext("%(n)s request waits for your approval", "%(n)s requests wait for your approval", len(waiting))
        oldest = {"who": waiting[0].membership.user, "what": asked_of(waiting[0]).get("title") or waiting[0].subject}
        rows.append(
            {
                "kind": _("Approval"), "tone": "soon", "title": title % {"n": len(waiting)}, "note": _("%(who)s: %(what)s") % oldest,
                "url": _url("accounts:approvals") if len(waiting) > 1 else _url("accounts:approval", waiting[0].pk),
            }
        )  # fmt: skip
    return rows


def _shelves(waiting: dict) -> list[dict]:
    """Inquiries nobody has answered, buyers who ask to keep goods, and goods that run low, a row each."""
    rows = []
    if n := waiting.get("unanswered", 0):
        title = ngettext("%(n)s inquiry waits for your answer", "%(n)s inquiries wait for your answer", n) % {"n": n}
        note = _("Buyers often trade with whoever answers first.")
        rows.append(
            {"kind": _("Inquiry"), "tone": "soon", "title": title, "url": _url("catalog:inquiries") + "?side=received", "note": note}
        )
    if n := waiting.get("asked", 0):
        title = ngettext("%(n)s buyer asks you to keep goods", "%(n)s buyers ask you to keep goods", n) % {"n": n}
        rows.append(
            {
                "kind": _("Stock"), "tone": "soon", "title": title, "url": _url("catalog:reservations"),
                "note": _("Say yes or no; nothing is kept until then."),
            }
        )  # fmt: skip
    if n := waiting.get("low", 0):
        title = ngettext("%(n)s of your goods runs low", "%(n)s of your goods run low", n) % {"n": n}
        note = _("Restock, or change the quantity from which you are told.")
        rows.append({"kind": _("Stock"), "tone": "soon", "title": title, "url": _url("catalog:stock") + "?show=low", "note": note})
    return rows


def _activity(actor: Actor) -> list[dict]:
    """What the enterprise's own people did last."""
    rows = []
    for who, fact in team_acts(actor) if actor.can(VIEW_LOG) else []:
        what = " ".join(filter(None, [str(fact_label(fact.name)), fact.payload.get("no", "")]))
        rows.append({"at": fact.at, "text": _("%(who)s: %(what)s") % {"who": who, "what": what}})
    return rows


def _tasks(company, counts: dict, trading: bool) -> list[dict]:
    """The first three steps of a newcomer."""
    verified = company is not None and company.state == "verified"
    registering = {None: _("To do"), "submitted": _("Submitted"), "under_review": _("Under review"), "rejected": _("Sent back")}
    return [
        {
            "name": _("Register your enterprise"), "url": _url("accounts:company") if company else _url("accounts:join"), "done": verified,
            "note": registering.get(company and company.state), "help": _("A review takes 1 to 3 working days."),
        },
        {
            "name": _("List your first goods"), "url": _url("catalog:listing_new") if verified else "", "done": bool(counts.get("live")),
            "note": _("In review") if counts.get("in_review") else "",
            "help": _("What you can give, with stock and price; each listing is reviewed."),
        },
        {
            "name": _("Make your first trade"), "url": _url("catalog:market"), "done": trading, "note": "",
            "help": _("Find goods you need and offer yours for them."),
        },
    ]  # fmt: skip
