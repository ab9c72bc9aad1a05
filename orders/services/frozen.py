"""While a party is frozen no clock acts in its favour; the other party's clocks and acts go on (H14, P15)."""

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.services import pass_gate
from kernel.services import lock, pause_deadlines, resume_deadlines, start_deadline

from ..models import Consignment, Order, Refund
from ..states import REFUND_OPEN


def frozen_parties(orders: QuerySet[Order]) -> set[int]:
    """Hold the gates of an order's parties and name those that are frozen; before any row is locked."""
    parties = [pk for pair in orders.values_list("proposer_id", "responder_id") for pk in pair]
    return {pk for pk, state in pass_gate(parties).items() if state == "frozen"}


def put_off_acceptance(order: Order, consignment: Consignment, frozen: set[int]) -> bool:
    """Whether silence must not count as acceptance now, because it would serve a frozen party; then a new clock stands still."""
    rest = Consignment.objects.filter(order=order).exclude(pk=consignment.pk).exclude(state__in=["accepted", "cancelled"])
    paid = set() if rest.exists() else set(order.tenders.filter(state="held").values_list("payee_id", flat=True))
    if not frozen & {consignment.giver_id, *paid}:
        return False
    _wait("orders.inspect" if consignment.signed_at else "orders.receive", consignment, order)
    return True


def put_off_refund(order: Order, refund: Refund, frozen: set[int]) -> bool:
    """Whether silence must not count as an agreed refund now, because a frozen party asked for it; then a new clock stands still."""
    if refund.asked_by_id not in frozen:
        return False
    _wait("orders.answer_refund", refund, order)
    return True


def _wait(policy: str, subject, order: Order) -> None:
    start_deadline(policy, subject, chains=order.chains)
    pause_deadlines(subject)


def stop_clocks_for(enterprise_id: int) -> None:
    """Stop the clocks that would act in favour of an enterprise that has just been frozen."""
    for order_id in _running(enterprise_id):
        _with_clocks(order_id, enterprise_id, pause_deadlines)


def run_clocks_on(enterprise_id: int) -> None:
    """Let the clocks of an unfrozen enterprise run on; those that an open refund request holds stay."""
    for order_id in _running(enterprise_id):
        _with_clocks(order_id, enterprise_id, resume_deadlines)


def _running(enterprise_id: int) -> list[int]:
    live = Order.objects.of_party(enterprise_id).filter(state__in=["funded", "shipped"])
    return list(live.order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def _with_clocks(order_id: int, enterprise_id: int, act) -> None:
    order = lock(Order.objects.all(), pk=order_id)
    open_refunds = list(Refund.objects.filter(order=order, state__in=REFUND_OPEN))
    for refund in open_refunds:
        if refund.asked_by_id == enterprise_id:
            act(refund)
    if open_refunds:
        return  # inspection stands still anyway
    served = Q(giver_id=enterprise_id) | Q(order__tenders__payee_id=enterprise_id, order__tenders__state="held")
    served &= Q(state="shipped") if act is resume_deadlines else Q(state="shipped", giver_id=enterprise_id)
    for consignment in Consignment.objects.filter(served, order=order).distinct().order_by("pk"):
        act(consignment)
