"""What of a statement is new: a booking is known by its fingerprint in whatever file it comes, an edited one is named and never booked
silently, and one that finance had confirmed by hand is not booked twice (P9).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.translation import gettext as _

from kernel.clock import now
from kernel.workdays import SHANGHAI

from ..models import BankStatement, CustodianInstruction, StatementEntry
from ..queries import trusted_statements
from ..rules import CLOCKED, references_in, squeezed
from ..statements import Booking

if TYPE_CHECKING:
    from .matching import Booked

TEXT, NAME = 1000, 200


def doubtful_from(statement: BankStatement, bookings: Sequence[Booking]) -> datetime | None:
    """Since when a statement contradicts what is in the books: by a row that an earlier statement should have had, or by one it lacks.

    From there on its balances are not to be trusted, and where the bank prints no references a row is known by its balance.
    """
    rows = StatementEntry.objects.filter(account_no=statement.account_no)
    known = set(rows.filter(fingerprint__in=[b.fingerprint for b in bookings]).values_list("fingerprint", flat=True))
    covered = list(trusted_statements(statement.account_no).exclude(file=statement.file_id).values_list("first_at", "last_at"))
    odd = [b.at for b in bookings if b.fingerprint not in known and any(_inside(b, *span) for span in covered)]
    odd += [entry.at for entry in missing_from(statement, {b.fingerprint for b in bookings})]
    return min(odd, default=None)


def fresh_entries(
    statement: BankStatement, bookings: Sequence[Booking], booked: "Booked", doubt: datetime | None
) -> list[StatementEntry]:  # fmt: skip
    """The bookings that no file brought before, not yet written; doubtful ones (`doubtful_from`) are marked."""
    rows = StatementEntry.objects.filter(account_no=statement.account_no)
    known = {entry.fingerprint: entry for entry in rows.filter(fingerprint__in=[b.fingerprint for b in bookings])}
    references = {b.bank_ref for b in bookings if b.bank_ref}
    elsewhere = rows.filter(bank_ref__in=references).exclude(statement__file=statement.file_id)
    used = set(elsewhere.values_list("bank_ref", flat=True)) if references else set()
    covered = list(trusted_statements(statement.account_no).exclude(file=statement.file_id).values_list("first_at", "last_at"))
    fresh = []
    for booking in bookings:
        if (entry := known.get(booking.fingerprint)) is not None:
            booked.add("known")
            if _printed(entry) != (booking.name[:NAME], booking.account, booking.text[:TEXT]):
                booked.add("changed")
                booked.named.append((booking, _("%(no)s was booked before; this file says something else of it.") % {"no": entry.no}))
            continue
        entry = _entry(statement, booking)
        if booking.bank_ref in used:
            entry.state, entry.reason = "doubtful", "edited"
        elif any(_inside(booking, *span) for span in covered) or (doubt and not booking.bank_ref and booking.at >= doubt):
            entry.state, entry.reason = "doubtful", "late"
        if entry.state == "doubtful":
            booked.named.append((booking, str(entry.get_reason_display())))
        fresh.append(entry)
    return fresh


def _printed(entry: StatementEntry) -> tuple[str, str, str]:
    return entry.name, entry.account, entry.text


def _entry(statement: BankStatement, b: Booking) -> StatementEntry:
    return StatementEntry(
        statement=statement, account_no=statement.account_no, currency=statement.currency, fingerprint=b.fingerprint, row=b.row, at=b.at,
        into=b.into, amount_minor=b.amount.minor, balance_minor=None if b.balance is None else b.balance.minor,
        charges_minor=b.charges.minor if b.charges and b.charges.currency == statement.currency else None, name=b.name[:NAME],
        account=b.account, to_account=b.to_account, text=b.text[:TEXT], bank_ref=b.bank_ref[:64], returned=b.returned,
        reason="taken_back" if b.returned else "unknown", created_at=now(),
    )  # fmt: skip


def _inside(booking: Booking, first, last) -> bool:
    """Whether a statement covers a booking's moment: its edges too where banks print the time of day, else the days between."""
    at = booking.at.astimezone(SHANGHAI)
    timed = bool(at.hour or at.minute or at.second)
    return first <= at <= last if timed else first < at < last


def link_by_hand(entries: Sequence[StatementEntry]) -> None:
    """Give entries that finance had confirmed by hand their instruction; they are in the books already."""
    words = {entry.pk: squeezed(entry.text) for entry in entries if not entry.returned}
    named = {reference for text in words.values() for reference in references_in(text)}
    references = {entry.bank_ref.upper() for entry in entries if entry.bank_ref}
    if not entries:
        return
    currency = entries[0].currency
    hand = CustodianInstruction.objects.filter(state="confirmed", currency=currency, statement_entry=None)
    hand = hand.exclude(kind="collect", escrow__allocations__isnull=False)  # funded from a statement, not by hand
    found = hand.filter(Q(external_ref__in=references) | Q(escrow__remittance_reference__in=named) | Q(escrow=None)).select_related(
        "escrow"
    )
    free = list(found.order_by("pk").distinct())
    for entry in entries:
        kinds = ("collect", "suspense") if entry.into else CLOCKED
        fits = [
            i for i in free
            if i.kind in kinds and i.amount_minor == entry.amount_minor and entry.pk in words
            and ((entry.bank_ref and i.external_ref == entry.bank_ref.upper()) or squeezed(i.reference) in words[entry.pk])
        ]  # fmt: skip
        if fits:
            free.remove(fits[0])
            StatementEntry.objects.filter(pk=entry.pk).update(confirms=fits[0], reason="by_hand", state="settled", booked_at=now())
            entry.confirms_id, entry.state = fits[0].pk, "settled"


def missing_from(statement: BankStatement, fingerprints: set[str]) -> list[StatementEntry]:
    """Entries in the books of moments that a statement covers and yet does not have: its file was cut or edited."""
    rows = StatementEntry.objects.filter(account_no=statement.account_no, at__gt=statement.first_at, at__lt=statement.last_at)
    rows = rows.exclude(state__in=["doubtful", "dismissed"])
    return [entry for entry in rows.order_by("at", "pk")[:5000] if entry.fingerprint not in fingerprints]
