"""What the audit asks of escrows: the custodian's side, the escrow and the ledger tell one story."""

from collections import Counter

from django.db import connection
from django.db.models import F, Sum

from kernel.registries import audit_check
from ledger.models import Posting

from .models import Allocation, CustodianInstruction, Escrow, StatementEntry
from .queries import custodies

HOLD_STATES = {"funded": "held", "released": "released", "refunded": "refunded"}


@audit_check("credit_guarantee.escrows")
def escrows():
    """Every funded escrow has a hold of the same amount in the matching state."""
    for escrow in Escrow.objects.exclude(hold=None).select_related("hold").order_by("pk").iterator():
        hold = escrow.hold
        if hold.state != HOLD_STATES[escrow.state]:
            yield {"escrow": escrow.pk, "finding": f"escrow is {escrow.state}, its hold {hold.state}"}
        if (hold.amount_minor, hold.currency, hold.fee_minor, hold.returned_minor) != (
            escrow.amount_minor, escrow.currency, escrow.fee_minor, escrow.returned_minor,
        ):  # fmt: skip
            yield {"escrow": escrow.pk, "finding": f"escrow of {escrow.amount}, hold of {hold.amount}"}


@audit_check("credit_guarantee.suspense")
def suspense():
    """The ledger's suspense is what came in without a hold, less what went on to holds, was sent back, or was taken back (P9)."""
    desk: Counter = Counter()
    rows = CustodianInstruction.objects.filter(state="confirmed", kind__in=["suspense", "return"])
    for row in rows.order_by().values("kind", "currency").annotate(total=Sum("amount_minor")):
        desk[row["currency"]] += (1 if row["kind"] == "suspense" else -1) * int(row["total"])
    came = StatementEntry.objects.filter(into=True, booked_at__isnull=False, confirms=None)
    gone = StatementEntry.objects.filter(takes_back__isnull=False, confirms=None)
    held = Allocation.objects.filter(held_at__isnull=False)
    for sign, found, currency in ((1, came, "currency"), (-1, gone, "currency"), (-1, held, "escrow__currency")):
        for row in found.order_by().values(currency).annotate(total=Sum("amount_minor")):
            desk[row[currency]] += sign * int(row["total"])
    kinds = ["suspense", "returned", "allocation", "taken_back"]
    booked = Posting.objects.filter(account__holder="platform", account__purpose="suspense", entry__kind__in=kinds)
    books = {row["currency"]: int(row["total"]) for row in booked.order_by().values("currency").annotate(total=Sum("minor"))}
    for currency in sorted(desk.keys() | books.keys()):
        if desk[currency] != books.get(currency, 0):
            yield {"finding": f"suspense in {currency}: the desk says {desk[currency]}, the books {books.get(currency, 0)}"}
    for receipt in CustodianInstruction.objects.filter(kind="suspense", returns=None).order_by("pk"):
        yield {"instruction": receipt.pk, "finding": f"{receipt.idempotency_key} is not being sent back"}


@audit_check("credit_guarantee.entries")
def entries():
    """No bank entry pays out more than it brought, no escrow takes more than it asks, and what is settled is used up (P9)."""
    live = Allocation.objects.filter(ended_at=None)
    used = Counter({row["entry"]: int(row["n"]) for row in live.order_by().values("entry").annotate(n=Sum("amount_minor"))})
    back = CustodianInstruction.objects.filter(entry__isnull=False, state__in=["sent", "confirmed"])
    used.update({row["entry"]: int(row["n"]) for row in back.order_by().values("entry").annotate(n=Sum("amount_minor"))})
    for entry in StatementEntry.objects.filter(pk__in=list(used)).order_by("pk"):
        if used[entry.pk] > entry.amount_minor:
            yield {"entry": entry.pk, "finding": f"{entry.no} brought {entry.amount_minor}, {used[entry.pk]} of it were used"}
    settled = StatementEntry.objects.filter(into=True, state="settled", confirms=None).order_by("pk")
    for entry in settled.iterator(chunk_size=2000):
        if used[entry.pk] != entry.amount_minor:
            yield {"entry": entry.pk, "finding": f"{entry.no} is settled, but {entry.amount_minor - used[entry.pk]} of it are left"}
    paid = live.order_by().values("escrow").annotate(n=Sum(F("amount_minor") + F("charges_minor")))
    for row in paid.filter(n__gt=F("escrow__amount_minor")).values("escrow", "n"):
        yield {"escrow": row["escrow"], "finding": f"{row['n']} were allocated to it, more than it asks for"}


@audit_check("ledger.custodian_account")  # the name that `manage.py verify_ledger` looks for
def custody():
    """What the books say lies at the custodian is what its last statement says, but for differences that have a name (H55)."""
    for row in custodies():
        if row.unexplained:
            yield {
                "finding": f"{row.account.currency}: the bank's statement says {row.closing}, the books {row.ledger}, "
                f"and {row.unexplained} of the difference have no cause"
            }


GUARDS = {
    "credit_guarantee_allocation": ("allocation_guard",),
    "credit_guarantee_bookingproposal": ("booking_proposal_guard",),
    "credit_guarantee_custodianinstruction": ("instruction_guard", "instruction_payee_guard"),
    "credit_guarantee_escrow": ("escrow_guard", "escrow_mirrors_hold"),
    "credit_guarantee_statemententry": ("statement_entry_guard",),
    "ledger_hold": ("hold_mirrors_escrow",),
}


@audit_check("credit_guarantee.guards")
def guards():
    """The triggers that keep the custodian's desk by themselves are there and switched on."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND c.relnamespace = current_schema()::regnamespace"
        )
        present = set(cursor.fetchall())
    for table, name in sorted({(table, name) for table, names in GUARDS.items() for name in names} - present):
        yield {"finding": f"{table} is without its trigger {name}"}
