"""Bank entries into the books and to whom they belong: into suspense at once, on only where reference, amount and payer agree.

Everything of one batch happens in the caller's transaction; locks in the order of docs/ARCHITECTURE.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db.models import F, Q, Sum
from django.db.models.functions import Left

from accounts.queries import ever_belonged
from kernel.clock import now
from kernel.money import Money
from kernel.services import hold_chains, lock_all
from ledger.services import receive_statement

from ..bank import designated_account
from ..models import Allocation, BankStatement, Escrow, StatementEntry
from ..rules import CHARGES_PERMILLE, TRUNCATED, beginnings_in, charges_tolerance, references_in, squeezed
from ..statements import Booking, Claim, Verdict, judge
from . import recognition
from .allocations import Share, allocate, received_of, tell_difference
from .instructions import chains_of
from .outgoing import match_outgoing

NOTHING = Verdict("unknown")
TOLD = ("under", "over", "third_party")  # the payer hears of these


@dataclass
class Booked:
    """What became of a batch: counts by name, and rows to be named with their reasons."""

    counts: dict[str, int] = field(default_factory=dict)
    named: list[tuple[Booking, str]] = field(default_factory=list)

    def add(self, name: str, n: int = 1) -> None:
        self.counts[name] = self.counts.get(name, 0) + n


def book_batch(statement: BankStatement, bookings: Sequence[Booking], *, actor, doubt: datetime | None = None) -> Booked:
    """Write the bookings of one batch that no file brought before, take what came in into suspense, and match what matches.

    From `doubt` on the statement contradicts the books: its rows wait, outside the books, for two people.
    The caller holds the desk of the currency (`one_desk`).
    """
    booked = Booked()
    fresh = recognition.fresh_entries(statement, bookings, booked, doubt)
    StatementEntry.objects.bulk_create(fresh)
    recognition.link_by_hand([entry for entry in fresh if entry.state == "waiting"])
    coming = [entry for entry in fresh if entry.into and entry.state == "waiting" and entry.confirms_id is None]
    if coming:
        key, ref = f"{statement.pk}:{coming[0].pk}", coming[0].ref
        receive_statement(key=key, amounts=[entry.amount for entry in coming], ref=ref, actor=actor)
        StatementEntry.objects.filter(pk__in=[entry.pk for entry in coming]).update(booked_at=now())
        match_incoming([entry.pk for entry in coming], actor=actor)
    going = [entry.pk for entry in fresh if not entry.into and entry.state == "waiting" and entry.confirms_id is None]
    if going:
        match_outgoing(going, actor=actor)
    states = StatementEntry.objects.filter(pk__in=[entry.pk for entry in fresh]).values_list("state", flat=True)
    for state in states:
        booked.add({"settled": "matched"}.get(state, state))
    return booked


# ---------- money in ----------


def match_incoming(entry_ids: Sequence[int], *, actor) -> None:
    """Judge entries in suspense; those whose verdict books by itself pay their escrows, all others get their reason and wait."""
    entries = lock_all(StatementEntry.objects.all(), entry_ids)
    entries.sort(key=lambda entry: (entry.at, entry.row))
    claims = Claims(entries)
    escrows = {row.pk: row for row in lock_all(Escrow.objects.select_related("payer"), claims.wanted(entries))}
    claims.look_again(escrows)
    # Every chain that a fact of this batch is linked into, in one order, before the first of them.
    hold_chains({chain for escrow in escrows.values() for chain in chains_of(escrow)})
    parties = {pk: [escrow.payer_id, escrow.payee_id] for pk, escrow in escrows.items()}
    touched = bool(parties) and ever_belonged(actor, {firm for pair in parties.values() for firm in pair})
    own = {pk for pk, pair in parties.items() if touched and ever_belonged(actor, pair)}
    judged: list[StatementEntry] = []
    for entry in entries:
        verdict, reason, meant = claims.verdict(entry)
        if verdict.books and not own.isdisjoint(meant):
            reason = "own"
        if (reason, meant) != (entry.reason, entry.meant):
            entry.reason, entry.meant = reason, meant
            judged.append(entry)
        if verdict.books and reason != "own":
            allocate(entry, _shares(entry, [escrows[pk] for pk in meant], claims), actor=actor)
            for pk in meant:
                claims.paid(escrows[pk])
        elif reason in TOLD:
            for pk in meant:
                tell_difference(entry, escrows[pk], claims.due.get(pk, escrows[pk].amount), actor=actor)
    StatementEntry.objects.bulk_update(judged, ["reason", "meant"])


def _shares(entry: StatementEntry, escrows: Sequence[Escrow], claims: "Claims") -> list[Share]:
    zero = Money.zero(entry.currency)
    if len(escrows) == 1:
        due = claims.due[escrows[0].pk]
        return [Share(escrows[0], entry.amount, due - entry.amount)]
    return [Share(escrow, claims.due[escrow.pk], zero) for escrow in escrows]


class Claims:
    """The payments that a batch of entries may be for: those named in full or in part, those of the same amount."""

    def __init__(self, entries: Sequence[StatementEntry]):
        self.currency = entries[0].currency if entries else "CNY"
        self.nobodys: set[int] = set()
        self.words = {entry.pk: squeezed(entry.text) for entry in entries}
        self.named = {reference for words in self.words.values() for reference in references_in(words)}
        cut = {beginning for words in self.words.values() for beginning in beginnings_in(words)}
        account = designated_account(self.currency)
        beneath = {entry.to_account for entry in entries if entry.to_account and account}
        prefix = len(account.virtual_prefix) if account else 0
        wanted = Q(remittance_reference__in=self.named) | Q(beginning__in=cut) | Q(amount_minor__in={e.amount_minor for e in entries})
        if beneath:
            wanted |= Q(eleven__in={number[prefix:] for number in beneath})
        begun = Allocation.objects.filter(ended_at=None).values("escrow_id")
        waiting = Escrow.objects.filter(state="awaiting_funds", currency=self.currency).annotate(
            beginning=Left("remittance_reference", TRUNCATED), eleven=Left("remittance_reference", 11)
        )
        # A payment that has come in part may be completed by any amount: it is looked for by what is left, not by what was asked.
        rows = waiting.filter(wanted | Q(pk__in=begun)).select_related("payer").order_by("pk")
        self.rows = {row.pk: row for row in rows}
        self.due = self._due(self.rows.values())
        ended = Escrow.objects.filter(remittance_reference__in=self.named).exclude(pk__in=list(self.rows))
        self.ended = {row.remittance_reference: row for row in ended}
        self.claims = [self._claim(row, account) for row in self.rows.values()]

    def _due(self, escrows) -> dict[int, Money]:
        parts = Allocation.objects.filter(escrow__in=[e.pk for e in escrows], ended_at=None).values("escrow_id")
        got = {row["escrow_id"]: int(row["n"]) for row in parts.annotate(n=Sum(F("amount_minor") + F("charges_minor")))}
        return {e.pk: Money(e.amount_minor - got.get(e.pk, 0), e.currency) for e in escrows}

    def _claim(self, escrow: Escrow, account) -> Claim:
        payer = escrow.payer
        names = (payer.name, payer.name_en)
        virtual = account.virtual_no(escrow.remittance_reference) if account else ""
        return Claim(escrow.pk, escrow.remittance_reference, self.due[escrow.pk], names, payer.bank_account, virtual)

    def wanted(self, entries: Sequence[StatementEntry]) -> set[int]:
        """The escrows that these entries would pay or are told about; looked at without a lock."""
        found = {entry.pk: self._judged(entry)[2] for entry in entries}
        self.nobodys = {pk for pk, meant in found.items() if not meant}  # nor will they be anybody's when payments drop out
        return {pk for meant in found.values() for pk in meant if pk in self.rows}

    def look_again(self, escrows: dict[int, Escrow]) -> None:
        """What is due of locked escrows, as it is now; one that no longer waits is no claim any more."""
        for pk, escrow in escrows.items():
            if escrow.state == "awaiting_funds":
                self.due[pk] = escrow.amount - received_of(escrow)
            else:
                self.paid(escrow)

    def paid(self, escrow: Escrow) -> None:
        """Nothing more is awaited of a payment: what else comes under its reference waits for a person."""
        self.due.pop(escrow.pk, None)
        self.ended[escrow.remittance_reference] = escrow

    def _judged(self, entry: StatementEntry) -> tuple[Verdict, str, list[int]]:
        booking = Booking(
            entry.row, entry.at, True, entry.amount, entry.name, entry.account, entry.text, returned=entry.returned,
            to_account=entry.to_account,
        )  # fmt: skip
        claims = [_due(claim, self.due[claim.key]) for claim in self.claims if self.due.get(claim.key)]
        tolerance = charges_tolerance(self.currency, settings.BANK_CHARGES_MOST)
        verdict = judge(booking, claims, tolerance=tolerance, tolerance_permille=CHARGES_PERMILLE)
        return verdict, verdict.kind, [claim.key for claim in verdict.claims]

    def verdict(self, entry: StatementEntry) -> tuple[Verdict, str, list[int]]:
        """The verdict, the reason that is kept, and the escrows meant."""
        if entry.returned:
            return Verdict("unknown"), "taken_back", []
        verdict, reason, meant = (NOTHING, "unknown", []) if entry.pk in self.nobodys else self._judged(entry)
        gone = [self.ended[reference] for reference in references_in(self.words[entry.pk]) if reference in self.ended]
        if gone and verdict.kind in ("likely", "unknown"):
            other = all(row.currency != entry.currency for row in gone)
            return Verdict("unknown"), "currency" if other else "ended", [row.pk for row in gone]
        return verdict, reason, meant


def _due(claim: Claim, amount: Money) -> Claim:
    return claim if claim.amount == amount else Claim(claim.key, claim.reference, amount, claim.names, claim.account, claim.virtual)
