"""Commission rates: one member of staff enters them, another puts them in force; never for orders that were proposed before."""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actors import require_staff
from kernel.clock import now
from kernel.refusals import Denied, Refusal
from kernel.services import claim_key, lock, move, record
from kernel.workdays import SHANGHAI

from ..commission import POINTS_MOST
from ..facts import CommissionDecided, CommissionEntered
from ..models import CommissionRate
from ..permissions import APPROVE_COMMISSION, ENTER_COMMISSION


@transaction.atomic
def enter_commission(*, payer_bp: int, payee_bp: int, starts_on: date, reason: str, actor, request_key: str) -> CommissionRate:
    """Keep new rates for orders proposed from a day on; they count only when a colleague has put them in force.

    Raises Denied, Refusal commission_refused, key_reused.
    """
    require_staff(actor, ENTER_COMMISSION)
    inputs = {"payer_bp": payer_bp, "payee_bp": payee_bp, "starts_on": starts_on.isoformat(), "reason": reason}
    claim = claim_key(request_key, verb="orders.enter_commission", actor=actor, inputs=inputs)
    if claim.result_id:
        return CommissionRate.objects.get(pk=claim.result_id)
    if not (0 <= payer_bp <= POINTS_MOST and 0 <= payee_bp <= POINTS_MOST):
        raise Refusal("commission_refused", _("A side pays at most a tenth of the money parts."))
    if starts_on < now().astimezone(SHANGHAI).date():
        raise Refusal("commission_refused", _("New rates hold from today on at the earliest: orders that stand keep theirs."))
    if not reason.strip():
        raise Refusal("commission_refused", _("Say why the rates change."))
    row = CommissionRate.objects.create(
        payer_bp=payer_bp, payee_bp=payee_bp, starts_on=starts_on, reason=reason.strip(), entered_by_id=actor.user_id, entered_at=now()
    )
    value = CommissionEntered(rate_id=row.pk, payer_bp=payer_bp, payee_bp=payee_bp, starts_on=starts_on.isoformat())
    record(value, actor=actor, subject=row)
    claim.done(row.pk)
    return row


@transaction.atomic
def approve_commission(rate_id: int, *, actor, request_key: str) -> CommissionRate:
    """Put rates in force; never by the person who entered them. Raises Denied four_eyes, NotFound, IllegalMove."""
    return _decide(rate_id, "approve", actor, request_key)


@transaction.atomic
def refuse_commission(rate_id: int, *, actor, request_key: str) -> CommissionRate:
    """Put rates away; whoever entered them may do so too. Raises Denied, NotFound, IllegalMove."""
    return _decide(rate_id, "refuse", actor, request_key)


def _decide(rate_id: int, verb: str, actor, request_key: str) -> CommissionRate:
    require_staff(actor, APPROVE_COMMISSION)
    claim = claim_key(request_key, verb=f"orders.{verb}_commission", actor=actor, inputs={"rate": rate_id})
    row = lock(CommissionRate.objects.all(), pk=rate_id)
    if claim.result_id:
        return row
    if verb == "approve" and row.entered_by_id == actor.user_id:
        raise Denied("four_eyes", _("You entered these rates, so a colleague has to put them in force."))
    move(row, verb, decided_by_id=actor.user_id, decided_at=now())
    value = CommissionDecided(rate_id=row.pk, payer_bp=row.payer_bp, payee_bp=row.payee_bp, move=verb)
    record(value, actor=actor, subject=row)
    claim.done(row.pk)
    return row
