"""One question a page: confirm, decline, withdraw, ship, note, accept, ask for a refund and answer it."""

from collections.abc import Callable, Collection

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.actors import require
from accounts.permissions import Capability
from accounts.queries import enterprise_acted_for
from kernel.refusals import NotFound, Refusal

from .. import bargaining, queries, services
from ..commission import charged
from ..forms import ApprovalForm, ConfirmForm, DeclineForm, EventForm, KeyForm, RefundForm, RefusalForm, ShipForm
from ..models import Order
from ..negotiation_rules import far_off
from ..part_forms import PartRefundForm
from ..permissions import ACCEPT_GOODS, ANSWER_PROPOSAL, ANSWER_REFUND, DECLINE, REQUEST_REFUND, SHIP, WITHDRAW
from ..queries import desk
from ..schedules import cash_parts
from .approvals import approval_page, rows_of_order
from .details import money_lines, page
from .links import undoing, url_of


def _ask(request, order: Order, form, act: Callable, done: str, *, open_now: bool = True, template="orders/act.html", **words):
    """Show a question; on POST do `act(services' keyword arguments)`, or say on the form why not.

    A link from an old page leads back to the order with a word; a POST goes on and is answered by the service.
    """
    if not open_now and request.method != "POST":
        messages.info(request, _("This order has moved on since; the next step is shown here."))
        return redirect(url_of(order))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                act(order.no, actor=request.actor, request_key=form.cleaned_data["request_key"])
            except NotFound:
                raise
            except Refusal as refusal:
                if refusal.code == "approval_needed":
                    rows = rows_of_order(order, request.actor.enterprise_id, form.cleaned_data)
                    return approval_page(request, refusal, title=f"{words.get('question') or _('Confirm the terms')} {order.no}", rows=rows)
                form.add_error("acknowledged" if refusal.code == "price_far_off" else None, str(refusal))
                status = refusal.status
            else:
                messages.success(request, done)
                return redirect(url_of(order))
    me = request.actor.enterprise_id
    context = {
        "nav": "orders",
        "order": order,
        "form": form,
        "title": desk.title_of(order, me),
        "other_name": desk.other_name(order, me),
        **words,
    }
    return render(request, template, context, status=status)


def _order(request, no: str, capability: Capability) -> Order:
    """The order of a page that only a party with the capability may open."""
    order = queries.order_for(request.actor, no)
    require(request.actor, capability)
    return order


@login_required
def confirmation(request, no: str):
    """The full terms, to be confirmed as they stand."""
    order = _order(request, no, ANSWER_PROPOSAL)
    me = request.actor.enterprise_id
    receives = any(line.giver_id != me for line in order.lines.all())
    company = enterprise_acted_for(request.user, request.actor) if receives else None
    place = {"to_address": _asked_place(order, me) or company.address, "to_phone": company.phone} if company else {}
    form = ConfirmForm(request.POST or None, initial={"terms_hash": order.terms_hash, **place}, receives=receives)

    def act(no, **who):
        delivery = form.delivery() if receives else None
        data = form.cleaned_data
        services.confirm_order(no, terms_hash=data["terms_hash"], acknowledged=data["acknowledged"], delivery=delivery, **who)

    return _ask(
        request, order, form, act, _("Both sides have confirmed these terms."), template="orders/confirm.html",
        open_now=order.state == "proposed" and order.responder_id == me,
        give=desk.side_of(order, me), get=desk.side_of(order, order.other_party_id(me)), weights=desk.weights(order, me),
        trade=bargaining.trade_of(order, me),
        far=far_off(order.lines.all(), settings.FAIR_VALUE_PERCENT), money=money_lines(order, me),
        commission=charged(order.tenders.all(), me, order.payer_bp, order.payee_bp),
        in_parts=len(cash_parts(order.tenders.all())) > 1,
    )  # fmt: skip


@login_required
def decline(request, no: str):
    order = _order(request, no, DECLINE)
    form = DeclineForm(request.POST or None)
    return _ask(
        request, order, form, lambda no, **who: services.decline_order(no, reason=form.cleaned_data["reason"], **who),
        _("The proposal was declined."), open_now=order.state == "proposed" and order.responder_id == request.actor.enterprise_id,
        question=_("Decline this proposal?"), text=_("The proposal ends; nothing is owed by anybody."), go=_("Decline"), danger=True,
    )  # fmt: skip


@login_required
def withdrawal(request, no: str):
    order = _order(request, no, WITHDRAW)
    return _ask(
        request, order, KeyForm(request.POST or None), services.withdraw_order, _("The proposal was withdrawn."),
        open_now=order.state == "proposed" and order.proposer_id == request.actor.enterprise_id,
        question=_("Withdraw your proposal?"), text=_("The proposal ends; nothing is owed by anybody."), go=_("Withdraw"), danger=True,
    )  # fmt: skip


def _asked_place(order: Order, me: int) -> str:
    """Where the buyer of a request for quotation wanted the goods when it asked."""
    thread = getattr(order, "negotiation", None)
    return thread.rfq.place if thread and thread.rfq and thread.buyer_id == me else ""


@login_required
def shipment(request, no: str):
    """Carrier and waybill number of one's own goods, beside what goes where."""
    order = _order(request, no, SHIP)
    me = request.actor.enterprise_id
    goods = next((c for c in order.consignments.all() if c.giver_id == me and c.state == "to_ship"), None)
    form = ShipForm(request.POST or None, remaining=desk.remaining_of(order, goods) if goods else [])

    def act(no, **who):
        values = {name: form.cleaned_data[name] for name in ("carrier", "carrier_name", "waybill_no")}
        services.ship_goods(no, **values, parts=form.parts(), **who)

    return _ask(
        request, order, form, act, _("The shipment is recorded."), template="orders/ship.html",
        open_now=order.state in ("funded", "shipped") and goods is not None,
        question=_("Record your shipment"), text=_("The other party sees the waybill number at once."), go=_("Record the shipment"),
        side=desk.side_of(order, me),
    )  # fmt: skip


@login_required
@require_POST
def tracking(request, no: str, consignment_id: int):
    """Note a step on the way, or one's own signature."""
    order = queries.order_for(request.actor, no)
    goods = next((c for c in order.consignments.all() if c.pk == consignment_id), None)
    if goods is None:
        raise NotFound()
    giving = goods.giver_id == request.actor.enterprise_id
    require(request.actor, SHIP if giving else ACCEPT_GOODS)
    form = EventForm(request.POST, giving=giving, auto_id=f"id_c{goods.pk}_%s")
    form.consignment_id = goods.pk
    status = 422
    if form.is_valid():
        try:
            services.note_tracking(no, goods.pk, actor=request.actor, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
        else:
            messages.success(request, _("Noted."))
            return redirect(url_of(order) + "#shipments-h")
    return page(request, order, event_form=form, status=status)


@login_required
def acceptance(request, no: str, consignment_id: int):
    """Accept what the other party sent."""
    order = _order(request, no, ACCEPT_GOODS)
    me = request.actor.enterprise_id
    goods = next((c for c in order.consignments.all() if c.pk == consignment_id and c.receiver_id == me), None)
    if goods is None:
        raise NotFound()
    last = all(c.state in ("accepted", "cancelled") for c in order.consignments.all() if c.pk != goods.pk)
    text = (
        _("With this last acceptance the trade is complete and everything held is paid out.")
        if last
        else _("Held money stays held until all goods are accepted.")
    )
    final = _("After acceptance a refund can no longer be asked for; complaints stay possible.")
    return _ask(
        request, order, KeyForm(request.POST or None), lambda no, **who: services.accept_goods(no, goods.pk, **who),
        _("The goods are accepted."), open_now=goods.state == "shipped",
        question=_("Have you inspected the goods, and do you accept them?"), text=f"{text} {final}", go=_("Accept the goods"), goods=goods,
        carries=desk.carried_words(order, goods),
    )  # fmt: skip


@login_required
def refund_new(request, no: str):
    """Ask to undo an order."""
    order = _order(request, no, REQUEST_REFUND)
    if order.state == "confirmed":
        text = _("Nothing has been shipped and the cash part has not been paid: the order ends at once, stock and credit are freed.")
    else:
        text = _(
            "The other party answers within 48 hours. Meanwhile all inspection clocks stand still and nothing can be shipped or accepted."
        )
    form = RefundForm(request.POST or None, initial={"reason": undoing(request)})
    return _ask(
        request, order, form, lambda no, **who: services.request_refund(no, reason=form.cleaned_data["reason"], **who),
        _("Your refund request is recorded."), question=_("Ask for a refund"), text=text, go=_("Send the request"), danger=True,
    )  # fmt: skip


@login_required
def refund_part(request, no: str):
    """Ask for a part of a paid order back; the order goes on with the rest."""
    order = _order(request, no, REQUEST_REFUND)
    lines = {line.pk: line for line in order.lines.all()}
    shipments = {c.pk: c.waybill_no for c in order.consignments.all() if c.receiver_id == request.actor.enterprise_id}
    form = PartRefundForm(request.POST or None, rooms=queries.rooms_of_parts(order), lines=lines, shipments=shipments)
    text = _(
        "The order goes on with what stays. When the other party agrees, the amount goes back over barter credit and cash in proportion "
        "to what each still holds. Goods against goods can only be undone with the whole order."
    )

    def act(no, **who):
        services.request_refund(no, reason=form.cleaned_data["reason"], claims=form.claims(), **who)

    return _ask(
        request, order, form, act, _("Your refund request is recorded."),
        open_now=not queries.part_blocked(order) and queries.open_refund(order) is None,
        question=_("Ask for a refund in part"), text=text, go=_("Send the request"), danger=True,
    )  # fmt: skip


def _refund(request, no: str, refund_id: int, capability: Capability, *, asker: bool):
    """An order, its refund, and whether the request still waits for this party."""
    order = _order(request, no, capability)
    refund = next((r for r in order.refunds.all() if r.pk == refund_id), None)
    if refund is None:
        raise NotFound()
    return order, refund, refund.state == "requested" and (refund.asked_by_id == request.actor.enterprise_id) == asker


@login_required
def refund_approval(request, no: str, refund_id: int):
    """Agree to undo an order; of goods that one has sent one says what became of them."""
    order, refund, open_now = _refund(request, no, refund_id, ANSWER_REFUND, asker=False)
    me = request.actor.enterprise_id
    if refund.kind == "part":
        form = ApprovalForm(request.POST or None, goods=_asked_back(me, order, refund))
        return _ask(
            request, order, form, lambda no, **who: services.approve_refund(no, refund_id, fates=form.fates(), **who),
            _("The part is refunded; the order goes on with the rest."), open_now=open_now, question=_("Approve the refund in part?"),
            text=_("The order goes on with what stays; this much of the money goes back over barter credit and cash."),
            quote=refund.reason, go=_("Approve the refund"), danger=True, warnings=queries.part_words(order, refund),
        )  # fmt: skip
    over = {c.pk for c in order.consignments.all() if c.state == "cancelled"} if order.state == "cancelled" else set()
    form = ApprovalForm(request.POST or None, goods=_own_sent(me, order, over=over), over=over)
    sent = [c for c in order.consignments.all() if c.shipped_at and c.state != "cancelled" and c.giver_id != me]
    silent = _("%(what)s. Its giver has not said yet whether the goods came back; until then you cannot agree.")
    told = [desk.fate_words(order, c) or silent % {"what": desk.sent_words(order, c)} for c in sent]
    return _ask(
        request, order, form, lambda no, **who: services.approve_refund(no, refund_id, fates=form.fates(), **who),
        _("The refund is approved; the order is cancelled."), open_now=open_now, question=_("Approve the refund?"),
        text=_("The order ends. Every amount goes back exactly as it came, and goods that have not left are free again."),
        quote=refund.reason, go=_("Approve the refund"), danger=True, warnings=told,
    )  # fmt: skip


def _asked_back(me: int, order: Order, refund) -> dict[int, tuple[str, list]]:
    """One's own shipments of which a part refund asks goods back, each with exactly these goods."""
    named: dict[int | None, list[tuple[int, int]]] = {}
    for row in refund.lines.all():
        named.setdefault(row.consignment_id, []).append((row.line_id, row.quantity))
    sent = {c.pk: c for c in order.consignments.all() if c.pk in named}
    choices = {pk: choices for pk, (_words, choices) in _own_sent(me, order, over=named).items() if pk in named}
    return {pk: (desk.asked_back_words(order, sent[pk], named[pk]), found) for pk, found in choices.items()}


@login_required
def refund_goods(request, no: str, refund_id: int):
    """Say, as the party that asks for the refund, what became of the goods one has sent."""
    order, _refunded, open_now = _refund(request, no, refund_id, REQUEST_REFUND, asker=True)
    form = ApprovalForm(request.POST or None, goods=_own_sent(request.actor.enterprise_id, order))
    return _ask(
        request, order, form, lambda no, **who: services.tell_goods(no, refund_id, fates=form.fates(), **who),
        _("Noted; the other party can agree now."), open_now=open_now, question=_("What became of the goods you sent?"),
        text=_("Say that they came back only when you hold them: the refund then no longer depends on them."), go=_("Say so"),
    )  # fmt: skip


def _own_sent(me: int, order: Order, over: Collection[int | None] = ()) -> dict[int, tuple[str, list]]:
    """One's own goods that have left, with the answers there are; nobody answers for goods of the other party.

    What a refund in part ended stays out, but for those in `over`: the same answer sent again is read as it was.
    """
    back = {False: _("They have come back to us: book them into our stock"), True: _("They have come back to us")}
    return {
        c.pk: (desk.sent_words(order, c), [("returned", back[c.state == "accepted"]), ("given_up", _("We give them up"))])
        for c in order.consignments.all() if c.shipped_at and (c.state != "cancelled" or c.pk in over) and c.giver_id == me
    }  # fmt: skip


@login_required
def refund_rejection(request, no: str, refund_id: int):
    order, refund, open_now = _refund(request, no, refund_id, ANSWER_REFUND, asker=False)
    form = RefusalForm(request.POST or None)
    return _ask(
        request, order, form, lambda no, **who: services.reject_refund(no, refund_id, answer=form.cleaned_data["answer"], **who),
        _("The refund is refused; the order goes on."), open_now=open_now, question=_("Refuse the refund?"),
        text=_("The order goes on and the clocks run again. The other party may then open a complaint."),
        quote=refund.reason, go=_("Refuse the refund"), danger=True,
    )  # fmt: skip


@login_required
def refund_withdrawal(request, no: str, refund_id: int):
    order, refund, open_now = _refund(request, no, refund_id, REQUEST_REFUND, asker=True)
    return _ask(
        request, order, KeyForm(request.POST or None), lambda no, **who: services.withdraw_refund(no, refund_id, **who),
        _("The request is withdrawn; the order goes on."), open_now=open_now, question=_("Withdraw your refund request?"),
        text=_("The order goes on and the clocks run again."), quote=refund.reason, go=_("Withdraw the request"),
    )  # fmt: skip
