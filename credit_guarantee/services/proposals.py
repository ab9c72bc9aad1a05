"""What a person may do with a bank entry that did not match by itself: one member of finance proposes, another approves (P9, P37)."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actors import require_staff
from accounts.queries import ever_belonged
from kernel.chains import PLATFORM
from kernel.clock import now
from kernel.models import Document
from kernel.refusals import Denied, NotFound, Refusal
from kernel.services import Purpose, claim_key, lock, move, record, store_upload
from kernel.uploads import JPEG, PDF, PNG

from ..facts import BookingApproved, BookingDeclined, BookingProposed, BookingWithdrawn
from ..models import BookingProposal, CustodianInstruction, Escrow, StatementEntry
from ..permissions import DECIDE_BOOKING
from . import decisions

NOTE = Purpose("credit_guarantee.note", frozenset({PDF, JPEG, PNG}), 10 * 1024 * 1024)


@transaction.atomic
def keep_note(upload, *, actor) -> Document:
    """Keep an uploaded note until the proposal that names it, so that a form with a mistake loses no file; raises Refusal upload_…"""
    require_staff(actor, DECIDE_BOOKING)
    return store_upload(upload, purpose=NOTE, owner_chain=PLATFORM, actor=actor)


@transaction.atomic
def propose_booking(
    entry_id: int, *, kind: str, terms: Mapping[str, Any], reason: str, actor, request_key: str, note: str = ""
) -> BookingProposal:  # fmt: skip
    """Propose what becomes of a bank entry; the same key answers the same proposal. `note` is the token of a kept note (`keep_note`).

    Raises Denied (no permission, own enterprise), NotFound, Refusal reason_missing, proposed_already, note_missing, and what
    `decisions.checked` refuses of the terms.
    """
    require_staff(actor, DECIDE_BOOKING)
    reason = reason.strip()[:500]
    if not reason:
        raise Refusal("reason_missing", _("Give a reason."), fields={"reason": _("Give a reason.")})
    inputs = {"entry": entry_id, "kind": kind, "terms": dict(terms), "reason": reason, "note": note}
    claim = claim_key(request_key, verb="credit_guarantee.propose_booking", actor=actor, inputs=inputs)
    if claim.result_id:
        return BookingProposal.objects.get(pk=claim.result_id)
    entry = lock(StatementEntry.objects.select_related("statement"), pk=entry_id)
    if BookingProposal.objects.filter(entry=entry, state="proposed").exists():
        raise Refusal("proposed_already", _("A colleague's proposal for this entry waits to be decided."))
    kept = decisions.checked(entry, kind, terms)
    _refuse_own(actor, entry, kind, kept)
    document = Document.objects.filter(token=note, purpose=NOTE.name, uploaded_by_id=actor.user_id).first() if note else None
    if kind == "allocate" and decisions.needs_note(entry, kept) and document is None:
        text = _("The payer is not the company that owes this money. Attach its signed note that it pays for the other.")
        raise Refusal("note_missing", text, fields={"note": text})
    proposal = BookingProposal.objects.create(
        entry=entry, kind=kind, terms=kept, reason=reason, note=document, proposed_by_id=actor.user_id, proposed_at=now()
    )  # fmt: skip
    _tell(BookingProposed, proposal, actor)
    claim.done(proposal.pk)
    return proposal


@transaction.atomic
def approve_booking(proposal_id: int, *, actor, request_key: str) -> BookingProposal:
    """Approve a colleague's proposal and carry it out; the same key answers the same.

    Raises Denied (no permission, own proposal, own enterprise), NotFound, IllegalMove, and Refusal when the terms no longer hold.
    """
    require_staff(actor, DECIDE_BOOKING)
    claim = claim_key(request_key, verb="credit_guarantee.approve_booking", actor=actor, inputs={"proposal": proposal_id})
    if claim.result_id:
        return BookingProposal.objects.get(pk=claim.result_id)
    proposal = lock(BookingProposal.objects.all(), pk=proposal_id)
    if proposal.proposed_by_id == actor.user_id:
        raise Denied("four_eyes", _("You proposed this yourself, so a colleague must approve it."))
    places = decisions.locked(proposal)
    _refuse_own(actor, places.entry, proposal.kind, proposal.terms)
    move(proposal, "approve", decided_by_id=actor.user_id, decided_at=now())
    decisions.carry_out(proposal, places, actor=actor)
    _tell(BookingApproved, proposal, actor)
    claim.done(proposal.pk)
    return proposal


@transaction.atomic
def decline_booking(proposal_id: int, *, actor, answer: str, request_key: str) -> BookingProposal:
    """Decline a colleague's proposal with a reason, or take one's own back; money stays where it is.

    Raises Denied, NotFound, IllegalMove, Refusal reason_missing.
    """
    require_staff(actor, DECIDE_BOOKING)
    answer = answer.strip()[:500]
    claim = claim_key(
        request_key, verb="credit_guarantee.decline_booking", actor=actor, inputs={"proposal": proposal_id, "answer": answer}
    )  # fmt: skip
    if claim.result_id:
        return BookingProposal.objects.get(pk=claim.result_id)
    proposal = lock(BookingProposal.objects.all(), pk=proposal_id)
    own = proposal.proposed_by_id == actor.user_id
    if not answer and not own:
        raise Refusal("reason_missing", _("Give a reason."), fields={"answer": _("Give a reason.")})
    move(proposal, "withdraw" if own else "decline", decided_by_id=actor.user_id, decided_at=now(), answer=answer)
    _tell(BookingWithdrawn if own else BookingDeclined, proposal, actor)
    claim.done(proposal.pk)
    return proposal


def _refuse_own(actor, entry: StatementEntry, kind: str, terms: Mapping[str, Any]) -> None:
    """Staff do not decide about the money of enterprises that they belong to or once did (P37)."""
    escrows = Escrow.objects.filter(pk__in=[*entry.meant, *(line[0] for line in terms.get("lines", []))] if entry.into else [])
    about = [firm for pair in escrows.values_list("payer_id", "payee_id") for firm in pair]
    if "instruction" in terms:
        about += [pk for pk in CustodianInstruction.objects.filter(pk=terms["instruction"]).values_list("enterprise_id", flat=True) if pk]
    if about and ever_belonged(actor, about):
        raise Denied("own_enterprise", _("You belong to one of the two parties, so a colleague must decide."))


def _tell(news, proposal: BookingProposal, actor) -> None:
    value = news(proposal_id=proposal.pk, entry_id=proposal.entry_id, kind=proposal.kind)
    record(value, actor=actor, subject=proposal, chains=[PLATFORM])


def note_of(proposal_id: int, *, actor):
    """The third-party payment note of a proposal, for whoever decides; raises Denied, NotFound."""
    require_staff(actor, DECIDE_BOOKING)
    proposal = BookingProposal.objects.select_related("note").filter(pk=proposal_id).first()
    if proposal is None or proposal.note is None:
        raise NotFound()
    return proposal.note
