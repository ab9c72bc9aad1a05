"""Changed terms of a running order: proposing, answering, and every version side by side (H25)."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.actors import require
from kernel.money import CREDIT, Money
from kernel.refusals import NotFound, Refusal
from kernel.templatetags.ui import plain_money

from .. import bargaining, queries, services
from ..forms import DeclineForm, new_key
from ..models import Order
from ..negotiation_forms import AmendmentForm, AnswerForm
from ..permissions import ANSWER_AMENDMENT, PROPOSE_AMENDMENT
from ..queries import desk
from ..queries.negotiations import clock_of
from ..schedules import sum_of
from .approvals import approval_page
from .details import side_of_viewer
from .links import url_of


@login_required
def amendment_new(request, no: str):
    """Write the next version of the terms; the other side confirms it or not."""
    order = queries.order_for(request.actor, no)
    require(request.actor, PROPOSE_AMENDMENT)
    me = request.actor.enterprise_id
    form, status = _form(request, order, me), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = services.propose_amendment(
                    no, actor=request.actor, change=form.change(), seen_hash=form.cleaned_data["seen_hash"],
                    acknowledged=form.cleaned_data["acknowledged"], request_key=form.cleaned_data["request_key"],
                )  # fmt: skip
            except NotFound as refusal:
                if refusal.code != "goods_gone":
                    raise
                form.add_error(None, str(refusal))
            except Refusal as refusal:
                if refusal.code == "approval_needed":
                    return approval_page(request, refusal, title=f"{_('Change the terms')} {no}", rows=_asked_rows(order, form, me))
                field = {"price_far_off": "acknowledged", "reason_missing": "reason", "cash_held": "cash", "cash_too_late": "cash"}
                form.add_error(field.get(refusal.code), str(refusal))
                status = refusal.status
            else:
                messages.success(request, _("Your change is with the other party. The terms stay as they are until it confirms."))
                return redirect(url_of(order, "amendment", made.pk))
    elif order.state not in ("confirmed", "funded", "shipped"):
        messages.info(request, _("This order has moved on since; the next step is shown here."))
        return redirect(url_of(order))
    context = {
        "nav": "orders", "order": order, "form": form, "title": desk.title_of(order, me), "me": me,
        "other_name": desk.other_name(order, me),
        "far": "acknowledged" in form.errors or bool(form.data.get("acknowledged")), "currency": order.currency,
    }  # fmt: skip
    return render(request, "orders/amendment_new.html", context, status=status)


def _form(request, order: Order, me: int) -> AmendmentForm:
    sent = {c.giver_id for c in order.consignments.all() if c.state != "to_ship"}
    giving = {line.giver_id for line in order.lines.all()} - sent
    sides = queries.goods_of_thread(request.actor, currency=order.currency, other_id=order.other_party_id(me))
    there = {line.listing_id for line in order.lines.all()}
    goods = {
        pk: row for side in sides.values() for pk, row in side.items() if row.seller_id in giving and pk not in there
    }  # fmt: skip
    tenders = list(order.tenders.all())
    payer = next((tender.payer_id for tender in tenders), None)
    money = {t.kind: Money(sum_of(tenders, t.kind), t.currency).decimal for t in tenders}
    place = desk.place_of(order, me)
    start = {
        "request_key": new_key(), "seen_hash": order.terms_hash, "note": order.note, "address": place.address if place else "",
        "payer": "" if payer is None else "me" if payer == me else "them",
        **money,
    }  # fmt: skip
    options = {"lines": order.lines.all(), "goods": goods, "currency": order.currency, "sent": sent}
    return AmendmentForm(request.POST or None, initial=start, **options)


def _asked_rows(order: Order, form: AmendmentForm, me: int) -> list[tuple]:
    change, rows = form.change(), [(_("Other party"), desk.other_name(order, me)), (_("Order"), order.no)]
    titles = {line.listing_id: (str(line), line.giver_id) for line in order.lines.all()}
    titles |= {pk: (row.title, row.seller_id) for pk, row in form.goods.items()}
    for name, mine, payer in ((_("We give"), True, "me"), (_("We get"), False, "them")):
        goods = [
            f"{titles[line.listing_id][0]} × {line.quantity}: {plain_money(Money(line.price_minor * line.quantity, order.currency))}"
            for line in change.lines if (titles[line.listing_id][1] == me) == mine
        ]  # fmt: skip
        money = [change.credit, change.cash] if change.payer == payer else []
        rows.append((name, "\n".join([*goods, *(plain_money(amount) for amount in money if amount)])))
    return [*rows, (_("Terms in words"), change.note), (_("Reason"), change.reason)]


@login_required
def amendment(request, no: str, amendment_id: int):
    """One proposed change against the terms in force; the other party confirms its hash here."""
    order = queries.order_with_versions(request.actor, no)
    row = queries.amendment_for(order, amendment_id)
    me = side_of_viewer(request.actor, order)
    view = bargaining.amendment_view(order, row, me)
    mine, party = row.by_id == me, request.actor.enterprise_id == me
    answerable = row.state == "proposed" and party and request.actor.can(ANSWER_AMENDMENT)
    form, status = None, 200
    if request.method == "POST":
        require(request.actor, ANSWER_AMENDMENT)
        form, status = AnswerForm(request.POST), 422
        if form.is_valid():
            try:
                services.confirm_amendment(no, amendment_id, actor=request.actor, **form.cleaned_data)
            except NotFound:
                raise
            except Refusal as refusal:
                if refusal.code == "approval_needed":
                    rows = [(_("Order"), order.no), (_("Other party"), desk.other_name(order, me)), (_("Reason"), row.reason)]
                    return approval_page(request, refusal, title=f"{_('Confirm the changed terms')} {no}", rows=rows)
                form.add_error("acknowledged" if refusal.code == "price_far_off" else None, str(refusal))
                status = refusal.status
            else:
                messages.success(request, _("The changed terms are in force. The version before stays readable."))
                return redirect(url_of(order))
    elif answerable and not mine:
        form = AnswerForm(initial={"request_key": new_key(), "terms_hash": row.terms_hash})
    context = {
        "nav": "orders", "order": order, "row": row, "view": view, "mine": mine, "answerable": answerable, "form": form,
        "other_name": desk.other_name(order, me), "clock": clock_of("orders.amendment", row.pk), "credit": CREDIT,
    }  # fmt: skip
    return render(request, "orders/amendment.html", context, status=status)


@login_required
def amendment_end(request, no: str, amendment_id: int):
    """Decline the other party's change, or take one's own back; the terms stay as they are."""
    order = queries.order_with_versions(request.actor, no)
    row = queries.amendment_for(order, amendment_id)
    require(request.actor, ANSWER_AMENDMENT)
    form, status = DeclineForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            try:
                services.end_amendment(no, amendment_id, actor=request.actor, answer=data["reason"], request_key=data["request_key"])
            except NotFound:
                raise
            except Refusal as refusal:
                form.add_error(None, str(refusal))
                status = refusal.status
            else:
                messages.success(request, _("The terms stay as they are; the other party was told."))
                return redirect(url_of(order))
    elif row.state != "proposed":
        return redirect(url_of(order, "amendment", row.pk))
    mine = row.by_id == request.actor.enterprise_id
    context = {
        "nav": "orders", "form": form, "here": order.no, "back": url_of(order, "amendment", row.pk), "subtitle": row.reason,
        "question": _("Take your change back?") if mine else _("Decline this change?"),
        "text": _("The terms of the order stay as they are."), "go": _("Take back") if mine else _("Decline"),
    }  # fmt: skip
    return render(request, "orders/negotiation_act.html", context, status=status)


@login_required
def versions(request, no: str):
    """Every version of the terms, the newest first, with what each changed; the first is what was confirmed at the beginning."""
    order = queries.order_with_versions(request.actor, no)
    me = side_of_viewer(request.actor, order)
    rows = bargaining.versions_of(order, me)
    ended = [row for row in order.amendments.all() if row.state not in ("confirmed", "proposed")]
    context = {"nav": "orders", "order": order, "rows": rows, "ended": ended, "other_name": desk.other_name(order, me), "me": me}
    return render(request, "orders/versions.html", context)
