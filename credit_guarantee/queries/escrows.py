"""Reading escrows and the custodian's queue."""

from dataclasses import dataclass

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, CharField, F, OuterRef, QuerySet, Subquery, Sum, When
from django.db.models.functions import Cast, JSONObject

from accounts.actors import Actor, require_staff
from kernel.models import Deadline
from kernel.money import Money
from kernel.refusals import NotFound

from ..bank import Designated, designated_account, grouped
from ..models import Allocation, CustodianInstruction, Escrow, StatementEntry
from ..permissions import CONFIRM_CUSTODIAN, VIEW_INSTRUCTIONS
from ..rules import PAY


@dataclass(frozen=True)
class PaymentDetails:
    """What the payer's finance types into its bank's form, and how far it has come: so much of it is here, this much is still due."""

    holder: str
    bank: str
    account: str
    cnaps: str
    swift: str
    virtual_account_no: str
    amount: Money
    remittance_reference: str
    received: Money
    due: Money
    checking: "list[Arrived]"  # transfers that name this payment and wait for finance

    @property
    def account_in_groups(self) -> str:
        """The number to type: the payment's own sub-account where the bank keeps them."""
        return grouped(self.virtual_account_no or self.account)


def escrows_about(ref: tuple[str, str]):
    """All escrows about one thing, oldest first."""
    return Escrow.objects.filter(ref_type=ref[0], ref_id=str(ref[1])).order_by("pk")


@dataclass(frozen=True)
class Arrived:
    """A transfer that names a payment and waits for finance: how much, and why it waits."""

    amount: Money
    reason: str


def payment_details(escrow: Escrow) -> PaymentDetails:
    """Where and under which reference the payer transfers (SPEC decision 12: the custodian's account, never ours); one query."""
    account = designated_account(escrow.currency) or Designated(escrow.currency, "", "", "")
    got = Allocation.objects.filter(escrow=OuterRef("pk"), ended_at=None).order_by().values("escrow")
    got = got.annotate(n=Sum(F("amount_minor") + F("charges_minor"))).values("n")
    checking = StatementEntry.objects.filter(meant__contains=[escrow.pk], into=True, state="waiting", currency=escrow.currency)
    checking = checking.filter(reason__in=["under", "over", "third_party", "own"]).order_by("at", "pk")
    told = JSONObject(minor="amount_minor", reason="reason")
    row = Escrow.objects.filter(pk=escrow.pk).annotate(got=Subquery(got), checking=ArraySubquery(checking.values(told=told)[:5]))
    found = row.values("got", "checking").get()
    received = Money(int(found["got"] or 0), escrow.currency)
    return PaymentDetails(
        account.holder, account.bank, account.number, account.cnaps, account.swift, account.virtual_no(escrow.remittance_reference),
        escrow.amount, escrow.remittance_reference, received, escrow.amount - received,
        [Arrived(Money(one["minor"], escrow.currency), one["reason"]) for one in found["checking"]],
    )  # fmt: skip


def unpaid_of(escrow_ids) -> set[int]:
    """Which of these escrows were let go while the custodian has not confirmed the payment; its money has not come yet."""
    let_go = Escrow.objects.filter(pk__in=list(escrow_ids), state__in=["released", "refunded"])
    paid = CustodianInstruction.objects.filter(escrow__in=let_go, kind__in=["pay_out", "pay_back"], state="confirmed")
    return set(let_go.exclude(pk__in=paid.values("escrow_id")).values_list("pk", flat=True))


def open_instructions(actor: Actor):
    """What the custodian has not answered yet, what is due first on top; staff only, raises Denied."""
    require_staff(actor, CONFIRM_CUSTODIAN)
    rows = CustodianInstruction.objects.filter(state="sent").select_related("escrow", "enterprise")
    return with_due(rows).order_by(*DUE_FIRST)


def with_due(rows: QuerySet) -> QuerySet:
    """Instructions with `due_at`: a payment's own clock, or for a collection the clock of the payer that it is about."""
    own = Deadline.objects.filter(
        policy=PAY.code, subject_type="credit_guarantee.custodianinstruction", subject_id=Cast(OuterRef("pk"), CharField()),
        met_at=None, cancelled_at=None,
    )  # fmt: skip
    about = Deadline.objects.filter(
        subject_type=OuterRef("escrow__ref_type"), subject_id=OuterRef("escrow__ref_id"), met_at=None, cancelled_at=None, fired_at=None
    )
    first = {"own": own.order_by("due_at").values("due_at")[:1], "about": about.order_by("due_at").values("due_at")[:1]}
    due = Case(When(kind="collect", then=Subquery(first["about"])), default=Subquery(first["own"]))
    return rows.annotate(due_at=Case(When(state="sent", then=due)))


DUE_FIRST: tuple = (F("due_at").asc(nulls_last=True), "created_at", "pk")


def suspense_currency_of(instruction: CustodianInstruction) -> str:
    """The currency in which unexpected money may be booked under a collection's reference; empty while that money is still expected."""
    closed = instruction.kind == "collect" and instruction.escrow and instruction.escrow.state != "awaiting_funds"
    return instruction.currency if closed else ""


def instruction_for(actor: Actor, instruction_id) -> CustodianInstruction:
    """One instruction with its escrow and parties; staff only, raises Denied, NotFound."""
    require_staff(actor, VIEW_INSTRUCTIONS)
    rows = with_due(
        CustodianInstruction.objects.select_related(
            "escrow__payer", "escrow__payee", "enterprise", "receipt", "payee_account", "entry__statement"
        )
    )
    found = rows.filter(pk=instruction_id).first() if str(instruction_id).isdecimal() else None
    if found is None:
        raise NotFound()
    return found


def can_send_again(instruction: CustodianInstruction) -> bool:
    """Whether a refused instruction is the newest of its kind and its escrow still needs it."""
    if instruction.state != "refused" or (instruction.kind == "collect" and instruction.escrow.state != "awaiting_funds"):
        return False
    if instruction.kind == "part":  # several may be open: what is asked for must not exceed what was given back
        live = CustodianInstruction.objects.filter(escrow=instruction.escrow_id, kind="part", state__in=["sent", "confirmed"])
        asked = int(live.aggregate(n=Sum("amount_minor"))["n"] or 0)
        return asked + instruction.amount_minor <= instruction.escrow.returned_minor
    later = CustodianInstruction.objects.filter(
        escrow_id=instruction.escrow_id,
        kind=instruction.kind,
        receipt_id=instruction.receipt_id,
        entry_id=instruction.entry_id,
        pk__gt=instruction.pk,
    )
    return not later.exists()
