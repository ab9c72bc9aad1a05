"""Reading bank entries, statements and what finance has proposed for them."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Case, Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from accounts.actors import Actor, require_staff
from kernel.money import Money
from kernel.refusals import NotFound

from ..models import Allocation, BookingProposal, CustodianInstruction, Escrow, StatementEntry, StatementFile
from ..permissions import DECIDE_BOOKING, VIEW_ENTRIES, VIEW_STATEMENTS
from ..rules import CLOCKED

SUGGESTED = 5


def entries_waiting(actor: Actor) -> QuerySet[StatementEntry]:
    """Bank entries that wait for finance: doubtful ones and those a colleague has proposed something for on top, then the oldest."""
    require_staff(actor, DECIDE_BOOKING)
    return with_proposals(StatementEntry.objects.filter(state__in=["waiting", "doubtful"])).order_by(*QUEUE)


def entries_at_desk(actor: Actor) -> QuerySet[StatementEntry]:
    """Every bank entry with what is proposed for it; staff only, raises Denied."""
    require_staff(actor, VIEW_ENTRIES)
    return with_proposals(StatementEntry.objects.all())


def with_proposals(rows: QuerySet[StatementEntry]) -> QuerySet[StatementEntry]:
    """Entries with `proposal` (the kind of an open one, or None) and `proposer_id`."""
    found = BookingProposal.objects.filter(entry=OuterRef("pk"), state="proposed")
    urgent = Case(
        When(state="doubtful", then=Value(0)), When(reason="taken_back", then=Value(0)), default=Value(1), output_field=IntegerField()
    )
    return rows.annotate(
        proposal=Subquery(found.values("kind")[:1]), proposer_id=Subquery(found.values("proposed_by_id")[:1]), urgent=urgent,
        taken=Coalesce(Subquery(_sum(Allocation.objects.filter(entry=OuterRef("pk"), ended_at=None), "entry")), 0),
        back=Coalesce(Subquery(_sum(_returns(), "entry")), 0),
    )  # fmt: skip


def _returns():
    return CustodianInstruction.objects.filter(entry=OuterRef("pk"), state__in=["sent", "confirmed"])


def _sum(rows, by: str):
    return rows.order_by().values(by).annotate(n=Sum("amount_minor")).values("n")


QUEUE: tuple = ("urgent", F("proposal").asc(nulls_last=True), "at", "pk")


@dataclass(frozen=True)
class Suggestion:
    """A payment that an entry may be for, with what is still due."""

    escrow: Escrow
    due: Money


@dataclass(frozen=True)
class EntryCase:
    """Everything finance looks at before it decides about an entry."""

    entry: StatementEntry
    left: Money
    suggestions: list[Suggestion]
    allocations: list[Allocation]
    returns: list[CustodianInstruction]
    instructions: list[CustodianInstruction]  # open ones of the amount, for money that went out
    receipts: list[StatementEntry]  # of the amount, for a booking that was taken back
    proposals: list[BookingProposal]

    @property
    def open_proposal(self) -> BookingProposal | None:
        return next((p for p in self.proposals if p.state == "proposed"), None)


def entry_case(actor: Actor, entry_id) -> EntryCase:
    """One entry with its suggestions; staff only, raises Denied, NotFound."""
    require_staff(actor, VIEW_ENTRIES)
    rows = StatementEntry.objects.select_related("statement__file", "confirms__escrow", "takes_back", "taken_back_by")
    entry = rows.filter(pk=entry_id).first() if str(entry_id).isdecimal() else None
    if entry is None:
        raise NotFound()
    allocations = list(entry.allocations.select_related("escrow__payer", "escrow__payee").order_by("pk"))
    returns = list(entry.returns.order_by("pk"))
    gone = sum(a.amount_minor for a in allocations if a.ended_at is None)
    gone += sum(r.amount_minor for r in returns if r.state in ("sent", "confirmed"))
    open_ones = entry.state in ("waiting", "doubtful")
    return EntryCase(
        entry, Money(entry.amount_minor - gone, entry.currency),
        _suggested(entry) if entry.into and open_ones else [], allocations, returns,
        [] if entry.into or not open_ones else _instructions(entry), [] if entry.into or not open_ones else _receipts(entry),
        list(entry.proposals.select_related("note").order_by("-pk")[:20]),
    )  # fmt: skip


def _suggested(entry: StatementEntry) -> list[Suggestion]:
    """The payments that the ladder meant, then open ones of exactly this amount."""
    rows = Escrow.objects.filter(
        Q(pk__in=entry.meant) | Q(state="awaiting_funds", currency=entry.currency, amount_minor=entry.amount_minor)
    )
    meant = Case(When(pk__in=entry.meant, then=Value(0)), default=Value(1), output_field=IntegerField())
    got = Allocation.objects.filter(escrow=OuterRef("pk"), ended_at=None).order_by().values("escrow")
    paid = Coalesce(Subquery(got.annotate(n=Sum(F("amount_minor") + F("charges_minor"))).values("n")), 0)
    found = rows.annotate(first=meant, paid=paid).select_related("payer", "payee").order_by("first", "pk")[:SUGGESTED]
    return [Suggestion(row, Money(row.amount_minor - int(row.paid) if row.state == "awaiting_funds" else 0, row.currency)) for row in found]


def _instructions(entry: StatementEntry) -> list[CustodianInstruction]:
    rows = CustodianInstruction.objects.filter(state="sent", kind__in=CLOCKED, currency=entry.currency, amount_minor=entry.amount_minor)
    meant = Case(When(pk__in=entry.meant, then=Value(0)), default=Value(1), output_field=IntegerField())
    return list(rows.annotate(first=meant).select_related("escrow", "enterprise").order_by("first", "pk")[:SUGGESTED])


def _receipts(entry: StatementEntry) -> list[StatementEntry]:
    rows = StatementEntry.objects.filter(into=True, currency=entry.currency, amount_minor=entry.amount_minor, booked_at__isnull=False)
    return list(rows.filter(state__in=["waiting", "settled"], confirms=None, at__lte=entry.at).order_by("-at", "-pk")[:SUGGESTED])


def charges_of(escrow_ids) -> dict[int, int]:
    """Bank charges that the platform bore for these escrows, in minor units; one query."""
    rows = Allocation.objects.filter(escrow__in=list(escrow_ids), ended_at=None, charges_minor__gt=0).order_by().values("escrow")
    return {row["escrow"]: int(row["n"]) for row in rows.annotate(n=Sum("charges_minor"))}


def lines_of(proposal: BookingProposal, currency: str, known: Mapping[int, Escrow]) -> list[tuple[str, Money, Money]]:
    """The lines of a proposed allocation: reference of the payment, what pays it, and the charges that would be borne."""
    lines = proposal.terms["lines"]
    missing = [line[0] for line in lines if line[0] not in known]
    escrows = {**known, **(Escrow.objects.in_bulk(missing) if missing else {})}
    return [(escrows[pk].remittance_reference, Money(minor, currency), Money(charges, currency)) for pk, minor, charges in lines]


def statement_files(actor: Actor) -> QuerySet[StatementFile]:
    """Every file that was handed in; staff only, raises Denied."""
    require_staff(actor, VIEW_STATEMENTS)
    return StatementFile.objects.select_related("job")


def statement_file(actor: Actor, file_id) -> StatementFile:
    """One file with its job; raises Denied, NotFound."""
    rows = statement_files(actor).select_related("job__refused", "document")
    found = rows.filter(pk=file_id).first() if str(file_id).isdecimal() else None
    if found is None:
        raise NotFound()
    return found


def statements_of(file: StatementFile) -> list[dict]:
    """The statements of a file with their totals, and how many of the entries they brought stand in each state."""
    rows = list(file.statements.order_by("pk"))
    counted: dict[int, dict[str, int]] = {}
    states = StatementEntry.objects.filter(statement__file=file).order_by().values("statement", "state").annotate(n=Count("pk"))
    for row in states:
        counted.setdefault(row["statement"], {})[row["state"]] = row["n"]
    labels = dict(StatementEntry.MACHINE.choices)
    return [
        {"statement": row, "states": [(labels[state], n) for state, n in sorted(counted.get(row.pk, {}).items())]} for row in rows
    ]  # fmt: skip
