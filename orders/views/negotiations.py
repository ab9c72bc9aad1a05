"""Threads of offers: the list, one thread with its rounds, making, accepting and ending an offer, countering a proposal."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.actors import require
from catalog.rules import unit_price
from kernel.clock import now
from kernel.money import CREDIT, Money
from kernel.refusals import NotFound, Refusal
from kernel.templatetags.ui import plain_money

from .. import bargaining, queries, services
from ..forms import DeclineForm, new_key
from ..negotiation_forms import ROWS, AcceptForm, OfferForm, balancing, decimal_of, local
from ..permissions import ACCEPT_QUOTATION, END_NEGOTIATION, QUOTE
from ..queries.negotiations import clock_of
from ..schedules import cash_parts, sum_of
from ..states import NEGOTIATION_OPEN
from .approvals import approval_page
from .links import url_of
from .lists import _number


@login_required
def negotiation_list(request):
    """Negotiations of both sides by whose turn it is; newest first, by keyset."""
    tab = request.GET.get("tab", "")
    text = request.GET.get("q", "").strip()[:100]
    tab = tab if tab in queries.NEGOTIATION_TABS else "all" if text else "mine"
    page = queries.negotiations_page(request.actor, tab=tab, text=text, before=_number(request, "before"), after=_number(request, "after"))
    names = {"mine": _("Waiting for us"), "theirs": _("Waiting for the other side"), "ended": _("Ended"), "all": _("All")}

    def url(**more) -> str:
        return f"?{urlencode({'tab': tab, **({'q': text} if text else {}), **more})}"

    me = request.actor.enterprise_id
    context = {
        "nav": "negotiations", "tab": tab, "text": text, "rows": [bargaining.row_of(thread, me) for thread in page.rows],
        "tabs": [{"label": name, "url": url(tab=code), "on": code == tab} for code, name in names.items()],
        "older_url": url(before=page.older) if page.older else "", "newer_url": url(after=page.newer) if page.newer else "",
    }  # fmt: skip
    return render(request, "orders/negotiations.html", context)


@login_required
def negotiation(request, no: str):
    """One thread: what is asked, every round with what it changed, and what can be done now."""
    thread, actor = queries.negotiation_for(request.actor, no), request.actor
    me, rounds = actor.enterprise_id, list(thread.rounds.all())
    views = [(row, bargaining.round_view(row, before, me)) for row, before in zip(rounds, [None, *rounds], strict=False)]
    context = {
        "nav": "negotiations", "thread": thread, "me": me, "title": bargaining.title_of(thread),
        "other": thread.seller if me == thread.buyer_id else thread.buyer, "other_name": thread.party_name(thread.other_party_id(me)),
        "rounds": [{"row": row, "view": view, "mine": row.by_id == me} for row, view in reversed(views)],
        "sentence": bargaining.sentence_of(thread, me), "turn": thread.state in NEGOTIATION_OPEN and thread.turn_id == me,
        "clock": _clock(thread), "ended_mine": thread.ended_by_id == me, **_possible(thread, actor, rounds),
        "accept": AcceptForm(initial=_accepting(rounds)) if rounds else None,
    }  # fmt: skip
    return render(request, "orders/negotiation.html", context)


def _clock(thread):
    if thread.state == "open":
        return clock_of("orders.quotation", thread.pk)
    return clock_of("orders.rfq", thread.rfq_id) if thread.state == "asked" and thread.rfq_id else None


def _possible(thread, actor, rounds) -> dict:
    open_now, me = thread.state in NEGOTIATION_OPEN, actor.enterprise_id
    theirs = bool(rounds) and rounds[-1].by_id != me
    return {
        "may_offer": open_now and actor.can(QUOTE) and (thread.state == "open" or thread.seller_id == me),
        "may_accept": open_now and theirs and actor.can(ACCEPT_QUOTATION) and rounds[-1].valid_until > now(),
        "may_end": open_now and actor.can(END_NEGOTIATION),
        "run_out": open_now and bool(rounds) and rounds[-1].valid_until <= now(),
    }  # fmt: skip


def _accepting(rounds) -> dict:
    return {"request_key": new_key(), "number": rounds[-1].number, "terms_hash": rounds[-1].terms_hash}


# ---------- making an offer ----------


@login_required
def offer(request, no: str):
    """A quotation, a counter-offer, or a new version of one's own; the form starts from the round before."""
    require(request.actor, QUOTE)
    thread = queries.negotiation_for(request.actor, no)
    if thread.state not in NEGOTIATION_OPEN and request.method != "POST":
        messages.info(request, _("This negotiation has ended."))
        return redirect("orders:negotiation", no)
    rounds, me = list(thread.rounds.all()), request.actor.enterprise_id
    lines = list(rounds[-1].lines.all()) if rounds else []
    keep = [line.listing_id for line in lines] + ([thread.listing_id] if thread.listing_id else [])
    goods = queries.goods_of_thread(request.actor, currency=thread.currency, other_id=thread.other_party_id(me), keep=keep)
    start = _of_round(rounds[-1], lines, me) if rounds else _first_quotation(thread, goods)
    start["seen"] = str(thread.rounds_made)

    def act(form, **who):
        seen = form.cleaned_data["seen"]
        services.make_offer(no, offer=form.offer(), seen_round=int(seen) if seen.isdecimal() else -1, **who)

    words = {
        "thread": thread, "other_name": thread.party_name(thread.other_party_id(me)), "first": not rounds,
        "title": bargaining.title_of(thread), "back": reverse("orders:negotiation", args=[no]), "here": thread.no,
        "done": _("Your offer is with the other side."),
    }  # fmt: skip
    return _offering(request, act, goods=goods, currency=thread.currency, start=start, then=words["back"], words=words)


@login_required
def counter(request, no: str):
    """A proposal answered with changed terms."""
    require(request.actor, QUOTE)
    order = queries.order_for(request.actor, no)
    me = request.actor.enterprise_id
    if (order.state != "proposed" or order.responder_id != me) and request.method != "POST":
        messages.info(request, _("This order has moved on since; the next step is shown here."))
        return redirect(url_of(order))
    lines = list(order.lines.all())
    goods = queries.goods_of_thread(
        request.actor, currency=order.currency, other_id=order.other_party_id(me), keep=[line.listing_id for line in lines]
    )  # fmt: skip
    tenders = list(order.tenders.all())
    payer = next((tender.payer_id for tender in tenders), None)
    start = {
        **_rows(lines, me, order.currency), **_money(payer, sum_of(tenders, "credit"), sum_of(tenders, "cash"), order.currency, me),
        "note": order.note, "seen": order.terms_hash, "valid_until": local(now() + timedelta(days=7)),
    }  # fmt: skip
    made = []

    def act(form, **who):
        made.append(services.counter_proposal(no, offer=form.offer(), terms_hash=form.cleaned_data["seen"], **who))

    words = {
        "other_name": order.party_name(order.other_party_id(me)), "first": False, "title": queries.desk.title_of(order, me),
        "back": url_of(order), "here": order.no, "done": _("Your counter-offer is with the other side."), "countering": True,
        "in_parts": len(cash_parts(tenders)) > 1,
    }  # fmt: skip
    then = lambda: reverse("orders:negotiation", args=[made[-1].negotiation.no])  # noqa: E731
    return _offering(request, act, goods=goods, currency=order.currency, start=start, then=then, words=words)


def _offering(request, act: Callable, *, goods, currency: str, start: dict, then, words: dict):
    """Show the form of an offer; every button re-renders it on the server, so that it works without scripts."""
    if request.method != "POST":
        form = OfferForm({**start, "request_key": new_key()}, goods=goods, currency=currency)  # bound, so that the balance shows at once
        form.is_valid()
        return _form_page(request, form, words, 200)
    form, status = OfferForm(request.POST, goods=goods, currency=currency), 422
    step = request.POST.get("step", "")
    if form.is_valid() and step == "send":
        try:
            act(form, actor=request.actor, acknowledged=form.cleaned_data["acknowledged"], request_key=form.cleaned_data["request_key"])
        except NotFound as refusal:
            if refusal.code != "goods_gone":
                raise
            form.add_error(None, str(refusal))
        except Refusal as refusal:
            if refusal.code == "approval_needed":
                return approval_page(request, refusal, title=f"{words['title']} · {words['here']}", rows=_asked_rows(form, words))
            _mark(form, refusal)
            status = refusal.status
        else:
            messages.success(request, words["done"])
            return redirect(then() if callable(then) else then)
    elif form.is_valid() and step == "fill":
        data = request.POST.copy()
        data.update(balancing(form.weights(), currency))
        form, status = OfferForm(data, goods=goods, currency=currency), 200
    elif form.is_valid():
        status = 200
    return _form_page(request, form, words, status)


def _mark(form: OfferForm, refusal: Refusal) -> None:
    field = refusal.params.get("field", "")
    if refusal.code == "price_far_off":
        form.add_error("acknowledged", str(refusal))
    elif field in form.fields:
        form.add_error(field, str(refusal))
    else:
        form.mark(refusal.params.get("listing_id"), str(refusal))


def _form_page(request, form: OfferForm, words: dict, status: int):
    weights = form.weights() if form.is_valid() else None
    gap = weights["get"] - weights["give"] - weights["credit"] - weights["cash"] if weights else 0
    context = {
        "nav": "negotiations", "form": form, "weights": weights, "currency": form.currency, "by_credit": form.currency == "CNY",
        "gap": Money(abs(gap), form.currency) if gap else None, "gap_is_mine": gap > 0,
        "far": "acknowledged" in form.errors or bool(form.data.get("acknowledged")), **words,
    }  # fmt: skip
    return render(request, "orders/offer.html", context, status=status)


def _asked_rows(form: OfferForm, words: dict) -> list[tuple]:
    """What an offer is about, for whoever decides about it."""
    rows = [(_("Other party"), words["other_name"])]
    for name, side in ((_("We give"), "give"), (_("We get"), "get")):
        goods = [
            f"{form.goods[side][line.listing_id].title} × {line.quantity}: "
            f"{plain_money(Money(line.price_minor * line.quantity, form.currency))}"
            for line in form.lines() if line.listing_id in form.goods[side]
        ]  # fmt: skip
        payer = {"give": "me", "get": "them"}[side]
        money = [form.money("credit"), form.money("cash")] if form.cleaned_data["payer"] == payer else []
        rows.append((name, "\n".join([*goods, *(plain_money(amount) for amount in money if amount)])))
    return [*rows, (_("Terms in words"), form.cleaned_data["note"])]


def _rows(lines, me: int, currency: str) -> dict:
    start: dict = {}
    for side, mine in (("give", True), ("get", False)):
        for i, line in enumerate([line for line in lines if (line.giver_id == me) == mine][:ROWS], 1):
            price = decimal_of(line.unit_price_minor, currency)
            start |= {f"{side}_{i}": str(line.listing_id), f"{side}_{i}_quantity": str(line.quantity), f"{side}_{i}_price": str(price)}
    return start


def _money(payer, credit: int, cash: int, currency: str, me: int) -> dict:
    if not payer:
        return {}
    amounts = {"credit": decimal_of(credit, CREDIT) if credit else "", "cash": decimal_of(cash, currency) if cash else ""}
    return {"payer": "me" if payer == me else "them", **{name: str(value) for name, value in amounts.items()}}


def _of_round(row, lines, me: int) -> dict:
    """The last round, turned round to the reader's side."""
    mine = row.by_id == me
    return {
        **_rows(lines, me, row.currency), **_money(row.payer_id, row.credit_minor, row.cash_minor, row.currency, me),
        "lead_days": "" if row.lead_days is None else str(row.lead_days), "deliver_by": row.deliver_by or "", "note": row.note,
        "address": row.address if mine else "", "valid_until": local(now() + timedelta(days=7)),
    }  # fmt: skip


def _first_quotation(thread, goods: dict) -> dict:
    """The goods that were asked about, for the quantity that is needed, at their own price."""
    rfq, own = thread.rfq, goods["give"]
    meant = own.get(thread.listing_id) or next((row for row in own.values() if row.unit == rfq.unit and row.title == rfq.title), None)
    start = {"valid_until": local(now() + timedelta(days=7)), "deliver_by": rfq.needed_by or ""}
    if meant is None:
        return start
    price = unit_price(meant, rfq.quantity)
    start |= {"give_1": str(meant.pk), "give_1_quantity": str(rfq.quantity), "give_1_price": str(price.decimal)}
    start["lead_days"] = "" if getattr(meant, "lead_days", None) is None else str(meant.lead_days)
    total = Money(price.minor * rfq.quantity, thread.currency)
    if rfq.gives_credit and thread.currency == "CNY":
        start |= {"payer": "them", "credit": str(total.decimal)}
    elif rfq.gives_cash:
        start |= {"payer": "them", "cash": str(total.decimal)}
    return start


# ---------- answering one ----------


@login_required
def acceptance(request, no: str):
    """Accept the last offer: it becomes a proposal, and the next page asks to confirm it."""
    require(request.actor, ACCEPT_QUOTATION)
    thread = queries.negotiation_for(request.actor, no)
    rounds, me = list(thread.rounds.all()), request.actor.enterprise_id
    if request.method != "POST":
        if thread.state != "open" or rounds[-1].by_id == me:
            return redirect("orders:negotiation", no)
        form, status = AcceptForm(initial=_accepting(rounds)), 200
    else:
        form, status = AcceptForm(request.POST), 422
        if form.is_valid():
            try:
                order = services.accept_offer(no, actor=request.actor, **form.cleaned_data)
            except NotFound as refusal:
                if refusal.code != "goods_gone":
                    raise
                form.add_error(None, str(refusal))
            except Refusal as refusal:
                form.add_error(None, str(refusal))
                status = refusal.status
            else:
                messages.success(request, _("Accepted. Check the terms once more and confirm them: only then do they bind."))
                return redirect(url_of(order, "confirmation") if order.state == "proposed" else url_of(order))
    last = rounds[-1] if rounds else None
    view = bargaining.round_view(last, rounds[-2] if len(rounds) > 1 else None, me) if last else None
    context = {
        "nav": "negotiations", "thread": thread, "form": form, "last": last, "view": view, "title": bargaining.title_of(thread),
        "other_name": thread.party_name(thread.other_party_id(me)), "rest": thread.rfq_id and me == thread.buyer_id,
    }  # fmt: skip
    return render(request, "orders/offer_accept.html", context, status=status)


@login_required
def ending(request, no: str):
    """Decline what is asked or offered, or take one's own back."""
    require(request.actor, END_NEGOTIATION)
    thread = queries.negotiation_for(request.actor, no)
    me = request.actor.enterprise_id
    form, status = DeclineForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                services.end_negotiation(no, actor=request.actor, **form.cleaned_data)
            except NotFound:
                raise
            except Refusal as refusal:
                form.add_error(None, str(refusal))
                status = refusal.status
            else:
                messages.success(request, _("The negotiation has ended; the other side was told."))
                return redirect("orders:negotiation", no)
    elif thread.state not in NEGOTIATION_OPEN:
        return redirect("orders:negotiation", no)
    mine = thread.turn_id == me
    context = {
        "nav": "negotiations", "form": form, "here": thread.no, "back": reverse("orders:negotiation", args=[no]),
        "question": _("Decline and end this negotiation?") if mine else _("Take it back and end this negotiation?"),
        "text": _("Nothing is owed by anybody. The rounds stay readable for both sides."), "go": _("Decline") if mine else _("Take back"),
        "subtitle": f"{bargaining.title_of(thread)} · {thread.party_name(thread.other_party_id(me))}",
    }  # fmt: skip
    return render(request, "orders/negotiation_act.html", context, status=status)
