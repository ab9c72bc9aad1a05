"""Requests for approval inside an enterprise, their decision by somebody else, and stand-ins for absent approvers (B10, P13, P37)."""

import json
from datetime import date

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from kernel.clock import now
from kernel.refusals import Denied, NotFound, Refusal
from kernel.services import claim_key, lock, lock_all, move, record

from .. import queries, rules
from ..actors import require
from ..facts import ApprovalAsked, ApprovalDecided, ApprovalWithdrawn, StandInEnded, StandInNamed
from ..models import Approval, Delegation, Membership
from ..permissions import APPROVE, CAPABILITIES


@transaction.atomic
def ask_approval(*, ticket: str, note: str, actor, request_key: str) -> Approval:
    """Ask for leave to do one act on these terms; `ticket` is what `queries.approval_ticket` made of the refusal of that act.

    An older request of the same person about other terms of the same object is withdrawn. Raises Refusal ticket_old, approval_waits.
    """
    found = queries.opened_ticket(actor, ticket)
    act = found["act"]
    require(actor, CAPABILITIES[act["verb"]])
    claim = claim_key(request_key, verb="accounts.ask_approval", actor=actor, inputs={"act": act, "note": note})
    if claim.result_id:
        return Approval.objects.get(pk=claim.result_id)
    place = queries.place_of_actor(actor)
    if place is None or place.is_main:
        raise Refusal("approval_not_needed", _("The main account needs nobody's approval."))
    _clear_way(place, act, actor)
    try:
        with transaction.atomic():
            row = Approval.objects.create(
                enterprise_id=place.enterprise_id, membership=place, note=note.strip()[:400], asked=json.dumps(found["asked"]),
                created_at=now(), **act,
            )  # fmt: skip
    except IntegrityError as error:
        raise Refusal("approval_waits", _("Approval for this was asked for already.")) from error
    value = ApprovalAsked(
        approval_id=row.pk, enterprise_id=place.enterprise_id, membership_id=place.pk, verb=row.verb, why=row.why,
        amount_minor=row.amount_minor, currency=row.currency,
    )  # fmt: skip
    record(value, actor=actor, subject=row, chains=[actor.acting_for], changes={"state": ["", "requested"]})
    claim.done(row.pk)
    return row


def _clear_way(place: Membership, act: dict, actor) -> None:
    """Withdraw this person's own older request about the same object when its terms are no longer the ones asked for."""
    rows = Approval.objects.filter(membership=place, verb=act["verb"], subject=act["subject"], state__in=["requested", "approved"])
    outdated = rows.exclude(state="requested", terms=act["terms"], amount_minor=act["amount_minor"])
    for row in lock_all(Approval.objects.all(), outdated.values_list("pk", flat=True)):
        if row.state in ("requested", "approved"):
            _withdraw(row, actor)


@transaction.atomic
def decide_approval(approval_id: int, *, verdict: str, note: str, actor, request_key: str) -> Approval:
    """Approve or reject ("approve", "reject") what a colleague asked for, in one's own right or for an absent approver.

    Nobody decides about what they asked for, nor their stand-in for them, nor somebody whose log-in the asker made or invited; a
    sub-account approves only up to the smaller of its own limits.
    Raises Denied capability_missing / own_request / in_askers_hand / beyond_own_limit, NotFound, IllegalMove, Refusal reason_missing.
    """
    found = queries.authorities(actor)
    claim = claim_key(
        request_key, verb="accounts.decide_approval", actor=actor, inputs={"id": approval_id, "verdict": verdict, "note": note}
    )  # fmt: skip
    row = lock(Approval.objects.filter(enterprise_id=actor.party_id).select_related("membership"), pk=approval_id)
    if claim.result_id:
        return row
    if row.membership.user_id == actor.user_id:
        raise Denied("own_request", _("Nobody decides about their own request."))
    if verdict not in ("approve", "reject"):
        raise Refusal("verdict_missing", _("Say whether you approve or refuse."))
    if verdict == "reject" and not note.strip():
        raise Refusal("reason_missing", _("Say why you refuse: your colleague will read it."))
    if verdict == "approve" and queries.in_hand_of(queries.place_of_actor(actor), row.membership):
        raise Denied("in_askers_hand", _("Who asked has given you your log-in, so somebody else must approve this."))
    right = queries.chosen_authority(found, row, approving=verdict == "approve")
    if right is None:
        raise Denied(
            "beyond_own_limit", _("You may not approve this: it is above your own limit, or you stand in for the person who asked.")
        )
    before = row.state
    move(row, verdict, decided_by_id=right.membership_id, for_whom=right.for_whom, decision_note=note.strip()[:400], decided_at=now())
    value = ApprovalDecided(
        approval_id=row.pk, enterprise_id=row.enterprise_id, membership_id=row.membership_id, verdict=verdict,
        decided_by_id=right.membership_id, for_whom_id=right.for_whom.pk if right.for_whom else None,
        amount_minor=row.amount_minor, currency=row.currency,
    )  # fmt: skip
    changes = {"state": [before, row.state]}
    if right.for_whom:
        changes["for_whom"] = ["", str(right.for_whom.user)]
    record(value, actor=actor, subject=row, chains=[actor.acting_for], changes=changes)
    claim.done(row.pk)
    return row


@transaction.atomic
def withdraw_approval(approval_id: int, *, actor, request_key: str) -> Approval:
    """Take a request back: whoever asked, or an approver who takes an unused approval back. Raises NotFound, IllegalMove."""
    seen = queries.approval_for(actor, approval_id)
    claim = claim_key(request_key, verb="accounts.withdraw_approval", actor=actor, inputs={"id": approval_id})
    row = lock(Approval.objects.filter(enterprise_id=actor.party_id), pk=seen.pk)
    if claim.result_id:
        return row
    if seen.membership.user_id == actor.user_id:
        require(actor, CAPABILITIES[row.verb])
    else:
        queries.authorities(actor)
    _withdraw(row, actor)
    claim.done(row.pk)
    return row


def _withdraw(row: Approval, actor) -> None:
    before = row.state
    move(row, "withdraw")
    value = ApprovalWithdrawn(approval_id=row.pk, enterprise_id=row.enterprise_id, membership_id=row.membership_id)
    record(value, actor=actor, subject=row, chains=[f"enterprise:{row.enterprise_id}"], changes={"state": [before, "withdrawn"]})


def withdraw_requests_of(place: Membership, *, actor) -> None:
    """Withdraw what a member who leaves has asked for, so that it stands in no colleague's way; for callers that hold the member's row."""
    rows = Approval.objects.filter(membership=place, state__in=["requested", "approved"])
    for row in lock_all(Approval.objects.all(), rows.values_list("pk", flat=True)):
        if row.state in ("requested", "approved"):
            _withdraw(row, actor)


@transaction.atomic
def close_requests(subject: str, *, actor) -> int:
    """Withdraw every request that is still open about a row which has moved on; returns how many. Harmless when done before."""
    rows = Approval.objects.filter(subject=subject, state__in=["requested", "approved"])
    closed = 0
    for row in lock_all(Approval.objects.all(), rows.values_list("pk", flat=True)):
        if row.state in ("requested", "approved"):
            _withdraw(row, actor)
            closed += 1
    return closed


@transaction.atomic
def name_stand_in(*, taker_id: int, starts_on: date, ends_on: date, actor, request_key: str) -> Delegation:
    """Let a sub-account approve in the actor's place from one day to another, both included (Shanghai dates).

    Only whoever may approve in their own right can; a stand-in passes nothing on. Raises Denied, NotFound, Refusal days_invalid.
    """
    require(actor, APPROVE)
    own = queries.own_authority(actor)
    if own is None:
        raise Denied("capability_missing", _("Only those who may approve themselves can name a stand-in."), capability=APPROVE.name)
    inputs = {"taker": taker_id, "from": starts_on, "until": ends_on}
    claim = claim_key(request_key, verb="accounts.name_stand_in", actor=actor, inputs=inputs)
    if claim.result_id:
        return Delegation.objects.get(pk=claim.result_id)
    if problem := rules.stand_in_problem(starts_on, ends_on, queries.today()):
        raise Refusal("days_invalid", problem)
    taker = lock(Membership.objects.own(actor).filter(is_main=False, user__is_active=True), pk=taker_id)
    if taker.pk == own.membership_id:
        raise NotFound()
    row = Delegation.objects.create(giver_id=own.membership_id, taker=taker, starts_on=starts_on, ends_on=ends_on, created_at=now())
    value = StandInNamed(delegation_id=row.pk, enterprise_id=taker.enterprise_id, giver_id=own.membership_id, taker_id=taker.pk)
    changes = {
        "taker": ["", str(taker.user)],
        "starts_on": ["", starts_on.isoformat()],
        "ends_on": ["", ends_on.isoformat()],
    }
    record(value, actor=actor, subject=row, chains=[actor.acting_for], changes=changes)
    claim.done(row.pk)
    return row


@transaction.atomic
def end_stand_in(delegation_id: int, *, actor, request_key: str) -> Delegation:
    """End a stand-in early, from the next click on: whoever named it, or the main account. Raises Denied, NotFound."""
    require(actor, APPROVE)
    claim = claim_key(request_key, verb="accounts.end_stand_in", actor=actor, inputs={"id": delegation_id})
    rows = Delegation.objects.filter(giver__enterprise_id=actor.party_id).select_related("giver")
    row = lock(rows, pk=delegation_id)
    if claim.result_id:
        return row
    if not actor.is_main and row.giver.user_id != actor.user_id:
        raise Denied("not_own_stand_in", _("Only whoever named a stand-in, or the main account, ends it."))
    if row.ended_at is None:
        Delegation.objects.filter(pk=row.pk).update(ended_at=now())
        row.ended_at = now()
        value = StandInEnded(
            delegation_id=row.pk, enterprise_id=row.giver.enterprise_id, giver_id=row.giver_id, taker_id=row.taker_id
        )  # fmt: skip
        record(value, actor=actor, subject=row, chains=[actor.acting_for])
    claim.done(row.pk)
    return row
