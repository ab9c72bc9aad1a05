"""What the business centre shows: figures that exist, work that waits, what the team did. One reader's enterprise only."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actors import Actor
from accounts.permissions import VIEW_LOG, Capability
from accounts.queries import enterprises_of
from catalog.permissions import MANAGE_PRODUCTS
from catalog.queries import listing_counts
from kernel.money import CREDIT
from kernel.queries import fact_label, facts_of_chain
from kernel.templatetags.ui import money, plain_money
from ledger.queries import available, balance, held
from orders import queries
from orders.permissions import PROPOSE, VIEW_ORDERS
from orders.queries import desk

SEE_MONEY = Capability("ledger.view_money", "finance", gettext_lazy("see balances"), verified=False, also=("trade",))


def dashboard_of(user, actor: Actor, unread: int) -> dict:
    """Everything of the page for one person acting for one enterprise, or for none yet."""
    company = enterprises_of(user).filter(pk=actor.enterprise_id).first() if actor.enterprise_id else None
    if company is None:
        return {"company": None, "tasks": _tasks(None, {}, False)}
    counts = listing_counts(company.pk) if actor.can(MANAGE_PRODUCTS) else {}
    waiting, running = queries.todo_orders(actor), queries.running_orders(actor)
    clocks = queries.clocks_of({order.pk: order for order in (*waiting, *running)}.values())
    trading = queries.has_orders(company.pk)
    return {
        "company": company, "may_propose": actor.can(PROPOSE), "may_list": actor.can(MANAGE_PRODUCTS),
        "may_see_orders": actor.can(VIEW_ORDERS), "kpis": _kpis(actor, company.pk, len(waiting), unread),
        "todos": _todos(actor, company, counts, waiting, clocks),
        "rows": [desk.row_of(order, company.pk, clocks) for order in running],
        "activity": _activity(actor, company), "tasks": [] if trading else _tasks(company, counts, trading),
    }  # fmt: skip


def _kpis(actor: Actor, enterprise_id: int, waiting: int, unread: int) -> list[dict]:
    rows = []
    if actor.can(SEE_MONEY):
        in_hold, cash = held(enterprise_id), held(enterprise_id, "CNY")
        rows += [
            {
                "label": _("Held for your orders"), "value": money(cash or in_hold, False),
                "note": _("and %(credit)s") % {"credit": plain_money(in_hold)} if cash else "",
            },
            {
                "label": _("Barter credit"), "value": money(balance(enterprise_id, CREDIT), False),
                "note": _("%(amount)s can be spent: balance plus limit") % {"amount": plain_money(available(enterprise_id))},
            },
        ]  # fmt: skip
    if actor.can(VIEW_ORDERS):
        count = queries.running_count(enterprise_id)
        rows.append({"label": _("Orders in progress"), "value": count, "note": _("%(n)s wait for you") % {"n": waiting}})
    for row in rows:
        row["url"] = reverse("orders:list") + "?tab=all"
    return [*rows, {"label": _("Unread notices"), "value": unread, "url": _url("messaging:inbox"), "note": ""}]


def _url(name: str, *args) -> str:
    return reverse(name, args=args)


def _todos(actor: Actor, company, counts: dict, waiting: list, clocks: desk.Clocks) -> list[dict]:
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
    dated = []
    for order in waiting:
        step = desk.next_step(order, company.pk, clocks)
        due = step.clock.due_at if step.clock and not step.clock.paused_at else None
        row = {
            "kind": _("Order"), "tone": "soon", "title": step.title, "url": _url("orders:detail", order.no),
            "due_at": due, "start": step.clock and step.clock.started_at,
            "note": f"{desk.title_of(order, company.pk)} · {desk.other_name(order, company.pk)}",
        }  # fmt: skip
        dated.append((due is None, due or order.created_at, row))
    return rows + [row for _late, _due, row in sorted(dated, key=lambda item: item[:2])]


def _activity(actor: Actor, company) -> list[dict]:
    if not actor.can(VIEW_LOG):
        return []
    facts = [link.fact for link in facts_of_chain(company.chain, limit=8)]
    names = queries.names_of_own_people(company.pk, {fact.actor_user_id for fact in facts if fact.actor_user_id})
    rows = []
    for fact in facts:
        what = " ".join(filter(None, [str(fact_label(fact.name)), fact.payload.get("no", "")]))
        who = names.get(fact.actor_user_id)
        rows.append({"at": fact.at, "text": _("%(who)s: %(what)s") % {"who": who, "what": what} if who else what})
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
