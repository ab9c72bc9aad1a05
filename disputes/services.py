"""Opening complaints, taking them up, closing them."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor, require, require_staff
from accounts.queries import ever_belonged
from kernel.clock import now
from kernel.refusals import Denied, Refusal
from kernel.services import claim_key, lock, meet_deadline, move, next_no, record, start_deadline
from kernel.timer import TIMER
from orders.models import Order

from . import rules
from .facts import ComplaintAcknowledged, ComplaintClosed, ComplaintOpened, ComplaintUnacknowledged
from .models import Complaint
from .permissions import HANDLE_COMPLAINT, OPEN_COMPLAINT
from .states import COMPLAINT_OPEN


@transaction.atomic
def open_complaint(order_no: str, *, actor: Actor, complaint_class: str, statement: str, request_key: str) -> Complaint:
    """Open a complaint about an order of the actor's; the one-hour clock of the desk starts now (H38, H39).

    Raises Denied, NotFound, Refusal class_unknown, statement_refused, not_confirmed, complaint_open, key_reused.
    """
    require(actor, OPEN_COMPLAINT)
    statement = statement.strip()
    inputs = {"order": order_no, "class": complaint_class, "statement": statement}
    claim = claim_key(request_key, verb="disputes.open_complaint", actor=actor, inputs=inputs)
    # The order's row is the lock: two people of one firm cannot open the same complaint twice.
    order = lock(Order.objects.own(actor), no=order_no)
    if claim.result_id:
        return Complaint.objects.get(pk=claim.result_id)
    _opening_allowed(order, actor, complaint_class, statement)
    other_id = order.other_party_id(actor.enterprise_id)
    complaint = Complaint.objects.create(
        no=next_no("C", sequence="disputes_complaint_no"), order=order,
        opened_by_id=actor.enterprise_id, other_id=other_id, opened_by_user_id=actor.user_id,
        claimed_class=complaint_class, statement=statement, opened_at=now(),
    )  # fmt: skip
    value = ComplaintOpened(
        complaint_id=complaint.pk, no=complaint.no, order_id=order.pk, order_no=order.no, opened_by_id=actor.enterprise_id,
        other_id=other_id, claimed_class=complaint_class,
    )  # fmt: skip
    record(value, actor=actor, subject=complaint, chains=order.chains)
    start_deadline("disputes.acknowledge", complaint, chains=order.chains)
    claim.done(complaint.pk)
    return complaint


def _opening_allowed(order: Order, actor: Actor, complaint_class: str, statement: str) -> None:
    if complaint_class not in dict(rules.CLASSES):
        raise Refusal("class_unknown", _("Choose what the complaint is about."))
    if refusal := rules.statement_refusal(statement):
        raise Refusal("statement_refused", refusal)
    if refusal := rules.complaint_refusal(order.confirmed_at):
        raise Refusal("not_confirmed", refusal)
    if Complaint.objects.filter(order=order, opened_by_id=actor.enterprise_id, state__in=COMPLAINT_OPEN).exists():
        raise Refusal("complaint_open", _("You already have a complaint about this order that is not closed yet."))


def _claim(request_key: str, verb: str, actor: Actor, **inputs):
    require_staff(actor, HANDLE_COMPLAINT)
    return claim_key(request_key, verb=f"disputes.{verb}", actor=actor, inputs=inputs)


def _for_desk(complaint_id: int, actor: Actor) -> Complaint:
    complaint = lock(Complaint.objects.select_related("order"), pk=complaint_id)
    if ever_belonged(actor, complaint.parties):
        raise Denied("own_enterprise", _("You belong to one of the two parties, so a colleague must decide."))
    return complaint


@transaction.atomic
def acknowledge_complaint(complaint_id: int, *, actor: Actor, complaint_class: str, request_key: str) -> Complaint:
    """Take a complaint up (staff) and say what it is about (H39, H40); a person does it, nothing automatic counts.

    Raises Denied staff_permission_missing, own_enterprise; NotFound, IllegalMove, Refusal class_unknown, key_reused.
    """
    claim = _claim(request_key, "acknowledge_complaint", actor, complaint=complaint_id, complaint_class=complaint_class)
    if claim.result_id:
        return Complaint.objects.get(pk=claim.result_id)
    complaint = _for_desk(complaint_id, actor)
    if complaint_class not in dict(rules.CLASSES):
        raise Refusal("class_unknown", _("Choose what the complaint is about."))
    move(complaint, "acknowledge", complaint_class=complaint_class, acknowledged_at=now(), acknowledged_by_id=actor.user_id)
    meet_deadline("disputes.acknowledge", complaint)
    value = ComplaintAcknowledged(
        complaint_id=complaint.pk, no=complaint.no, opened_by_id=complaint.opened_by_id, other_id=complaint.other_id,
        complaint_class=complaint_class,
    )  # fmt: skip
    changes = {"state": ["open", "acknowledged"], "complaint_class": ["", complaint_class]}
    record(value, actor=actor, subject=complaint, chains=complaint.order.chains, changes=changes)
    claim.done(complaint.pk)
    return complaint


@transaction.atomic
def close_complaint(complaint_id: int, *, actor: Actor, responsible: str, outcome: str, request_key: str) -> Complaint:
    """Close a complaint (staff) with who is responsible and what comes of it, in words that both parties read (H37).

    Raises Denied staff_permission_missing, own_enterprise; NotFound, IllegalMove, Refusal outcome_missing, key_reused.
    """
    outcome = outcome.strip()
    claim = _claim(request_key, "close_complaint", actor, complaint=complaint_id, responsible=responsible, outcome=outcome)
    if claim.result_id:
        return Complaint.objects.get(pk=claim.result_id)
    complaint = _for_desk(complaint_id, actor)
    if not outcome or len(outcome) > rules.OUTCOME_MAX or responsible not in dict(rules.RESPONSIBLE):
        raise Refusal("outcome_missing", _("A complaint closes with who is responsible and what comes of it."))
    move(complaint, "close", responsible=responsible, outcome=outcome, closed_at=now(), closed_by_id=actor.user_id)
    value = ComplaintClosed(
        complaint_id=complaint.pk, no=complaint.no, opened_by_id=complaint.opened_by_id, other_id=complaint.other_id,
        responsible=responsible,
    )  # fmt: skip
    changes = {"state": ["acknowledged", "closed"], "responsible": ["", responsible]}
    record(value, actor=actor, subject=complaint, chains=complaint.order.chains, changes=changes)
    claim.done(complaint.pk)
    return complaint


@transaction.atomic
def note_late(complaint_id: int) -> None:
    """Put on record that nobody took a complaint up within the hour (H39); harmless when somebody did meanwhile."""
    complaint = lock(Complaint.objects.select_related("order"), pk=complaint_id)
    if complaint.state != "open" or complaint.late_at:
        return
    complaint.late_at = now()
    complaint.save(update_fields=["late_at"])
    value = ComplaintUnacknowledged(
        complaint_id=complaint.pk, no=complaint.no, opened_by_id=complaint.opened_by_id, other_id=complaint.other_id
    )
    record(value, actor=TIMER, subject=complaint, chains=complaint.order.chains)
