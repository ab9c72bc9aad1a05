"""One question a page: confirm, decline, withdraw, ship, note, accept, ask for a refund and answer it."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.actors import require
from accounts.permissions import Capability
from kernel.refusals import NotFound, Refusal

from .. import queries, services
from ..forms import ConfirmForm, DeclineForm, EventForm, KeyForm, RefundForm, RefusalForm, ShipForm
from ..models import Order
from ..permissions import ACCEPT_GOODS, ANSWER_PROPOSAL, ANSWER_REFUND, PROPOSE, REQUEST_REFUND, SHIP
from ..queries import desk
from .details import money_lines, page
from .links import url_of


def _ask(request, order: Order, form, words: dict, act: Callable[[dict], object], done: str, *, template="orders/act.html"):
    """Show the question; on POST do the act, or say on the form why not."""
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                act(form.cleaned_data)
            except NotFound:
                raise
            except Refusal as refusal:
                form.add_error(None, str(refusal))
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


def _moved_on(request, order: Order, open_now: bool):
    """A link from an old page leads back to the order with a word; a POST goes on and is answered by the service."""
    if open_now or request.method == "POST":
        return None
    messages.info(request, _("This order has moved on since; the next step is shown here."))
    return redirect(url_of(order))


@login_required
def confirmation(request, no: str):
    """The full terms, to be confirmed as they stand."""
    order = _order(request, no, ANSWER_PROPOSAL)
    me = request.actor.enterprise_id
    if away := _moved_on(request, order, order.state == "proposed" and order.responder_id == me):
        return away
    form = ConfirmForm(request.POST or None, initial={"terms_hash": order.terms_hash})
    words = {
        "give": desk.side_of(order, me), "get": desk.side_of(order, order.other_party_id(me)), "weights": desk.weights(order, me),
        "money": money_lines(order, me),
    }  # fmt: skip

    def act(data):
        services.confirm_order(no, actor=request.actor, terms_hash=data["terms_hash"], request_key=data["request_key"])

    return _ask(request, order, form, words, act, _("Both sides have confirmed these terms."), template="orders/confirm.html")


@login_required
def decline(request, no: str):
    order = _order(request, no, ANSWER_PROPOSAL)
    if away := _moved_on(request, order, order.state == "proposed" and order.responder_id == request.actor.enterprise_id):
        return away
    words = {
        "question": _("Decline this proposal?"),
        "text": _("The proposal ends; nothing is owed by anybody."),
        "go": _("Decline"),
        "danger": True,
    }
    form = DeclineForm(request.POST or None)
    return _ask(
        request,
        order,
        form,
        words,
        lambda d: services.decline_order(no, actor=request.actor, reason=d["reason"]),
        _("The proposal was declined."),
    )


@login_required
def withdrawal(request, no: str):
    order = _order(request, no, PROPOSE)
    if away := _moved_on(request, order, order.state == "proposed" and order.proposer_id == request.actor.enterprise_id):
        return away
    words = {
        "question": _("Withdraw your proposal?"),
        "text": _("The proposal ends; nothing is owed by anybody."),
        "go": _("Withdraw"),
        "danger": True,
    }
    form = KeyForm(request.POST or None)
    return _ask(request, order, form, words, lambda _d: services.withdraw_order(no, actor=request.actor), _("The proposal was withdrawn."))


def _own_goods(order: Order, enterprise_id: int, role: str):
    return next((c for c in order.consignments.all() if getattr(c, f"{role}_id") == enterprise_id), None)


@login_required
def shipment(request, no: str):
    """Carrier and waybill number of one's own goods."""
    order = _order(request, no, SHIP)
    goods = _own_goods(order, request.actor.enterprise_id, "giver")
    if away := _moved_on(request, order, order.state in ("funded", "shipped") and goods is not None and goods.state == "to_ship"):
        return away
    form = ShipForm(request.POST or None)
    words = {
        "question": _("Record your shipment"),
        "text": _("The other party sees the waybill number at once."),
        "go": _("Record the shipment"),
    }

    def act(data):
        values = {name: data[name] for name in ("carrier", "carrier_name", "waybill_no", "request_key")}
        services.ship_goods(no, actor=request.actor, **values)

    return _ask(request, order, form, words, act, _("The shipment is recorded."), template="orders/ship.html")


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
    goods = _own_goods(order, request.actor.enterprise_id, "receiver")
    if goods is None or goods.pk != consignment_id:
        raise NotFound()
    if away := _moved_on(request, order, goods.state == "shipped"):
        return away
    last = all(c.state == "accepted" for c in order.consignments.all() if c.pk != goods.pk)
    text = (
        _("With this last acceptance the trade is complete and everything held is paid out.")
        if last
        else _("Held money stays held until all goods are accepted.")
    )
    final = _("After acceptance a refund can no longer be asked for; complaints stay possible.")
    words = {
        "question": _("Have you inspected the goods, and do you accept them?"),
        "text": f"{text} {final}",
        "go": _("Accept the goods"),
        "goods": goods,
    }
    form = KeyForm(request.POST or None)

    def act(data):
        services.accept_goods(no, goods.pk, actor=request.actor, request_key=data["request_key"])

    return _ask(request, order, form, words, act, _("The goods are accepted."))


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
    words = {"question": _("Ask for a refund"), "text": text, "go": _("Send the request"), "danger": True}
    form = RefundForm(request.POST or None)

    def act(data):
        services.request_refund(no, actor=request.actor, reason=data["reason"], request_key=data["request_key"])

    return _ask(request, order, form, words, act, _("Your refund request is recorded."))


def _refund(request, no: str, refund_id: int, capability: Capability, *, asker: bool):
    order = _order(request, no, capability)
    refund = next((r for r in order.refunds.all() if r.pk == refund_id), None)
    if refund is None:
        raise NotFound()
    mine = refund.asked_by_id == request.actor.enterprise_id
    return order, refund, _moved_on(request, order, refund.state == "requested" and mine == asker)


@login_required
def refund_approval(request, no: str, refund_id: int):
    order, refund, away = _refund(request, no, refund_id, ANSWER_REFUND, asker=False)
    if away:
        return away
    text = _("The order ends. Every amount goes back exactly as it came, and goods that have not left are free again.")
    warnings = [desk.sent_words(order, goods) for goods in order.consignments.all() if goods.shipped_at]
    words = {
        "question": _("Approve the refund?"), "text": text, "quote": refund.reason, "go": _("Approve the refund"), "danger": True,
        "warnings": [*filter(None, warnings), desk.RETURNS] if warnings else [],
    }  # fmt: skip
    form = KeyForm(request.POST or None)

    def act(data):
        services.approve_refund(no, refund_id, actor=request.actor, request_key=data["request_key"])

    return _ask(request, order, form, words, act, _("The refund is approved; the order is cancelled."))


@login_required
def refund_rejection(request, no: str, refund_id: int):
    order, refund, away = _refund(request, no, refund_id, ANSWER_REFUND, asker=False)
    if away:
        return away
    text = _("The order goes on and the clocks run again. The other party may then open a complaint.")
    words = {"question": _("Refuse the refund?"), "text": text, "quote": refund.reason, "go": _("Refuse the refund"), "danger": True}
    form = RefusalForm(request.POST or None)

    def act(data):
        services.reject_refund(no, refund_id, actor=request.actor, answer=data["answer"])

    return _ask(request, order, form, words, act, _("The refund is refused; the order goes on."))


@login_required
def refund_withdrawal(request, no: str, refund_id: int):
    order, refund, away = _refund(request, no, refund_id, REQUEST_REFUND, asker=True)
    if away:
        return away
    words = {
        "question": _("Withdraw your refund request?"),
        "text": _("The order goes on and the clocks run again."),
        "quote": refund.reason,
        "go": _("Withdraw the request"),
    }
    form = KeyForm(request.POST or None)
    return _ask(
        request,
        order,
        form,
        words,
        lambda _d: services.withdraw_refund(no, refund_id, actor=request.actor),
        _("The request is withdrawn; the order goes on."),
    )
