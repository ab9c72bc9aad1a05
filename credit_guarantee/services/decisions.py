"""What each kind of proposal for a bank entry asks for, and what it does when a second person has approved it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from kernel.chains import PLATFORM
from kernel.clock import now
from kernel.money import MAX_MINOR, Money
from kernel.refusals import Refusal
from kernel.services import hold_chains, lock, lock_all, move, record
from ledger.services import give_up_suspense, pay_bank_charge, receive_suspense

from ..facts import ReceiptTakenBack
from ..models import Allocation, BookingProposal, CustodianInstruction, Escrow, StatementEntry
from ..rules import CHARGES_PERMILLE, CLOCKED, charges_tolerance
from ..statements.ladder import plain_name
from .allocations import Share, allocate, free_of, received_of, settle_if_spent
from .custody import book_payout, one_desk, payout_refusal
from .instructions import chains_of, instruct_return
from .outgoing import confirm_with
from .releases import approve_by

STATES = {"accept": "doubtful", "dismiss": "doubtful"}  # all others are for entries that wait
INTO = {"allocate": True, "give_back": True, "confirm": False, "charge": False, "take_back": False}


@dataclass
class Places:
    """The rows that carrying out a proposal touches, locked in the order of the house."""

    entry: StatementEntry
    escrows: dict[int, Escrow] = field(default_factory=dict)
    instruction: CustodianInstruction | None = None
    original: StatementEntry | None = None


def checked(entry: StatementEntry, kind: str, terms: Mapping[str, Any]) -> dict:
    """The terms of a proposal as they are kept; raises Refusal wrong_kind, no_lines, payment_unknown, not_waiting, too_much, …"""
    if entry.state != STATES.get(kind, "waiting") or (kind in INTO and INTO[kind] != entry.into):
        raise Refusal("wrong_kind", _("This cannot be done with this entry as it stands now."))
    if kind == "allocate":
        return {"lines": _lines(entry, terms)}
    if kind == "give_back":
        free = free_of(entry)
        if not free:
            raise Refusal("nothing_left", _("Nothing of this entry is left to send back."))
        if not entry.account:
            raise Refusal(
                "sender_unknown", _("The bank did not print the sender's account, so it cannot be sent back there. Ask the bank.")
            )
        return {"minor": free.minor}
    if kind == "confirm":
        return {"instruction": _instruction(entry, terms).pk}
    if kind == "take_back":
        return {"entry": _original(entry, terms).pk}
    return {}


def _refused(code: str, text) -> Refusal:
    return Refusal(code, text, fields={"lines": text})


def _lines(entry: StatementEntry, terms: Mapping[str, Any]) -> list[list[int]]:
    """[escrow, minor, charges] for every payment named; `terms["lines"]` holds its reference, Money, and whether charges are borne."""
    found, total = [], Money.zero(entry.currency)
    for reference, amount, bear in terms.get("lines", []):
        escrow = Escrow.objects.filter(remittance_reference=str(reference).strip().upper()).first()
        if escrow is None:
            raise _refused("payment_unknown", _("There is no payment with the reference %(reference)s.") % {"reference": reference})
        if escrow.currency != entry.currency:
            raise _refused("currency_differs", _("The payment %(reference)s is due in another currency.") % {"reference": reference})
        due = _due(escrow)
        if not due:
            raise _refused("not_waiting", _("Nothing is due under %(reference)s.") % {"reference": reference})
        if not 0 < amount.minor <= MAX_MINOR or due < amount:
            words = {"due": due, "reference": reference}
            raise _refused("too_much", _("%(due)s is due under %(reference)s; allocate more than nothing and no more than that.") % words)
        charges = due - amount if bear else Money.zero(entry.currency)
        if charges and not _within_tolerance(charges, escrow.amount):
            raise _refused(
                "charges_too_high", _("More is missing than bank charges may take. Allocate what came; the payer owes the rest.")
            )
        found.append([escrow.pk, amount.minor, charges.minor])
        total = total + amount
    if not found:
        raise _refused("no_lines", _("Name at least one payment and the amount for it."))
    if len({line[0] for line in found}) < len(found):
        raise _refused("twice", _("The same payment is named twice."))
    if free_of(entry) < total:
        raise _refused("too_much", _("The entry brought less than the amounts together."))
    return found


def _due(escrow: Escrow) -> Money:
    """What may still be allocated to a payment: what is awaited, or what the bank has taken back of a funded one."""
    if escrow.state == "awaiting_funds":
        return escrow.amount - received_of(escrow)
    made_good = escrow.amount - received_of(escrow)
    taken = Allocation.objects.filter(escrow=escrow, held_at__isnull=False, ended_at__isnull=False).exists()
    return made_good if taken else Money.zero(escrow.currency)


def _within_tolerance(charges: Money, whole: Money) -> bool:
    most = charges_tolerance(charges.currency, settings.BANK_CHARGES_MOST)
    return most is not None and charges.minor <= min(most.minor, whole.minor * CHARGES_PERMILLE // 1000)


def needs_note(entry: StatementEntry, terms: Mapping[str, Any]) -> bool:
    """Whether the payer is not the company that owes one of the payments (third-party payment, DOMAIN §4)."""
    escrows = Escrow.objects.filter(pk__in=[line[0] for line in terms["lines"]]).select_related("payer")
    payer = plain_name(entry.name)
    return any(not payer or payer not in {plain_name(e.payer.name), plain_name(e.payer.name_en)} for e in escrows)


def _instruction(entry: StatementEntry, terms: Mapping[str, Any]) -> CustodianInstruction:
    named = str(terms.get("instruction", "")).strip()
    rows = CustodianInstruction.objects.filter(kind__in=CLOCKED, currency=entry.currency, amount_minor=entry.amount_minor, state="sent")
    found = rows.filter(pk=int(named)).first() if named.isascii() and named.isdigit() and len(named) < 19 else None
    if found is None:
        text = _("No open instruction of this amount has this number.")
        raise Refusal("instruction_unknown", text, fields={"instruction": text})
    return found


def _original(entry: StatementEntry, terms: Mapping[str, Any]) -> StatementEntry:
    named = str(terms.get("entry", "")).strip().upper().removeprefix("E")
    rows = StatementEntry.objects.filter(into=True, currency=entry.currency, amount_minor=entry.amount_minor, booked_at__isnull=False)
    rows = rows.filter(state__in=["waiting", "settled"], confirms=None)
    found = rows.filter(pk=int(named)).first() if named.isascii() and named.isdigit() and len(named) < 19 else None
    if found is None:
        text = _("No receipt of this amount in the books has this number.")
        raise Refusal("entry_unknown", text, fields={"entry": text})
    if CustodianInstruction.objects.filter(entry=found, state__in=["sent", "confirmed"]).exists():
        raise Refusal("sent_back", _("Money of this receipt is being sent back already."))
    return found


# ---------- carrying out ----------


def locked(proposal: BookingProposal) -> Places:
    """Lock everything that a proposal touches: the desk, escrows, the instruction, entries, then the chains of all parties."""
    terms = proposal.terms
    entry = StatementEntry.objects.get(pk=proposal.entry_id)
    one_desk(entry.currency)
    wanted = {line[0] for line in terms.get("lines", [])}
    if "instruction" in terms:
        wanted |= set(
            CustodianInstruction.objects.filter(pk=terms["instruction"], escrow__isnull=False).values_list("escrow_id", flat=True)
        )
    if "entry" in terms:
        wanted |= set(Allocation.objects.filter(entry=terms["entry"], ended_at=None).values_list("escrow_id", flat=True))
    escrows = {row.pk: row for row in lock_all(Escrow.objects.all(), wanted)}
    instruction = None
    if "instruction" in terms:
        rows = CustodianInstruction.objects.select_related("entry__statement", "enterprise")
        instruction = lock(rows, pk=terms["instruction"])
    ids = {entry.pk, *([terms["entry"]] if "entry" in terms else [])}
    entries = {row.pk: row for row in lock_all(StatementEntry.objects.select_related("statement"), ids)}
    hold_chains({PLATFORM, *(chain for escrow in escrows.values() for chain in chains_of(escrow))})
    return Places(entries[entry.pk], escrows, instruction, entries.get(terms.get("entry", 0)))


def carry_out(proposal: BookingProposal, places: Places, *, actor) -> None:
    """Do what was proposed; raises Refusal when it is no longer possible."""
    entry = places.entry
    if entry.state != STATES.get(proposal.kind, "waiting"):
        raise Refusal("wrong_kind", _("This cannot be done with this entry as it stands now."))
    ACTS[proposal.kind](proposal, places, actor)


def _allocate(proposal: BookingProposal, places: Places, actor) -> None:
    entry, shares = places.entry, []
    for escrow_id, minor, charges in proposal.terms["lines"]:
        share = Share(places.escrows[escrow_id], Money(minor, entry.currency), Money(charges, entry.currency))
        if _due(share.escrow) < share.amount + share.charges:
            words = {"reference": share.escrow.remittance_reference}
            raise Refusal("not_waiting", _("Less is due under %(reference)s now. Decline this and propose again.") % words)
        shares.append(share)
    if free_of(entry).minor < sum(share.amount.minor for share in shares):
        raise Refusal("too_much", _("The entry brought less than the amounts together."))
    _decided(entry)
    allocate(entry, shares, actor=actor)


def _give_back(proposal: BookingProposal, places: Places, actor) -> None:
    entry, amount = places.entry, Money(proposal.terms["minor"], places.entry.currency)
    if free_of(entry) < amount:
        raise Refusal("too_much", _("Less of this entry is left now. Decline this and propose again."))
    _decided(entry)
    instruction = instruct_return(entry, amount, actor=actor)
    approve_by(instruction, proposal.proposed_by_id, actor.user_id)  # the two who decided it are the two who release it
    settle_if_spent(entry)


def _confirm(proposal: BookingProposal, places: Places, actor) -> None:
    assert places.instruction is not None
    escrow = places.escrows.get(places.instruction.escrow_id or 0)
    if refusal := payout_refusal(places.instruction, escrow):
        raise refusal
    _decided(places.entry)
    confirm_with(places.entry, places.instruction, escrow, actor=actor)


def _charge(proposal: BookingProposal, places: Places, actor) -> None:
    entry = places.entry
    _decided(entry)
    pay_bank_charge(key=f"entry:{entry.pk}", amount=entry.amount, ref=entry.ref, actor=actor)
    move(entry, "settle", booked_at=now())


def _accept(proposal: BookingProposal, places: Places, actor) -> None:
    entry = places.entry
    if entry.into:
        receive_suspense(key=f"entry:{entry.pk}", amount=entry.amount, ref=entry.ref, actor=actor)
        move(entry, "accept", booked_at=now())
    else:
        move(entry, "accept")


def _dismiss(proposal: BookingProposal, places: Places, actor) -> None:
    move(places.entry, "dismiss", reason="decided")


def _take_back(proposal: BookingProposal, places: Places, actor) -> None:
    """The bank took a receipt back. What it paid for is short until made good; a refund that is still to be paid is thereby paid."""
    entry, original = places.entry, places.original
    assert original is not None
    live = list(Allocation.objects.filter(entry=original, ended_at=None).order_by("pk"))
    if {a.escrow_id for a in live} != set(places.escrows) or original.state not in ("waiting", "settled"):
        raise Refusal("changed_meanwhile", _("The receipt has been used otherwise meanwhile. Decline this and propose again."))
    _decided(entry)
    for allocation in live:
        _tell_taken(places.escrows[allocation.escrow_id], entry, allocation, actor)
    refund = _open_refund(live, places, entry)
    if refund is not None:
        book_payout(refund, places.escrows[refund.escrow_id], entry.no, actor=actor)
        move(entry, "settle", confirms=refund, takes_back=original, booked_at=now())
    else:
        Allocation.objects.filter(pk__in=[a.pk for a in live]).update(ended_at=now())
        give_up_suspense(key=f"entry:{entry.pk}", amount=entry.amount, ref=entry.ref, actor=actor)
        move(entry, "settle", takes_back=original, booked_at=now())
    move(original, "take_back", reason="taken_back")


def _open_refund(live: list[Allocation], places: Places, entry: StatementEntry) -> CustodianInstruction | None:
    if len(live) != 1 or live[0].amount_minor != entry.amount_minor:
        return None
    rows = CustodianInstruction.objects.filter(escrow=live[0].escrow_id, kind="pay_back", state="sent", amount_minor=entry.amount_minor)
    pk = rows.values_list("pk", flat=True).first()
    return lock(CustodianInstruction.objects.all(), pk=pk) if pk else None


def _tell_taken(escrow: Escrow, entry: StatementEntry, allocation: Allocation, actor) -> None:
    news = ReceiptTakenBack(
        escrow_id=escrow.pk, entry_id=entry.pk, ref_type=escrow.ref_type, ref_id=escrow.ref_id, enterprise_id=escrow.payer_id,
        amount_minor=allocation.amount_minor, currency=escrow.currency,
    )  # fmt: skip
    record(news, actor=actor, subject=escrow, chains=chains_of(escrow))


def _decided(entry: StatementEntry) -> None:
    entry.reason = "decided"
    entry.save(update_fields=["reason"])


ACTS = {
    "allocate": _allocate, "give_back": _give_back, "confirm": _confirm, "charge": _charge, "accept": _accept, "dismiss": _dismiss,
    "take_back": _take_back,
}  # fmt: skip
