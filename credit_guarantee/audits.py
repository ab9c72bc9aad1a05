"""What the audit asks of escrows: the custodian's side, the escrow and the ledger tell one story."""

from django.db import connection
from django.db.models import Sum

from kernel.registries import audit_check
from ledger.models import Posting

from .models import CustodianInstruction, Escrow

HOLD_STATES = {"funded": "held", "released": "released", "refunded": "refunded"}


@audit_check("credit_guarantee.escrows")
def escrows():
    """Every funded escrow has a hold of the same amount in the matching state."""
    for escrow in Escrow.objects.exclude(hold=None).select_related("hold").order_by("pk").iterator():
        hold = escrow.hold
        if hold.state != HOLD_STATES[escrow.state]:
            yield {"escrow": escrow.pk, "finding": f"escrow is {escrow.state}, its hold {hold.state}"}
        if (hold.amount_minor, hold.currency) != (escrow.amount_minor, escrow.currency):
            yield {"escrow": escrow.pk, "finding": f"escrow of {escrow.amount}, hold of {hold.amount}"}


@audit_check("credit_guarantee.suspense")
def suspense():
    """Unexpected money is booked, and on its way back: the ledger's suspense is what came in less what was sent back (P9)."""
    rows = CustodianInstruction.objects.filter(state="confirmed", kind__in=["suspense", "return"])
    desk: dict[str, int] = {}
    for row in rows.order_by().values("kind", "currency").annotate(total=Sum("amount_minor")):
        desk[row["currency"]] = desk.get(row["currency"], 0) + (1 if row["kind"] == "suspense" else -1) * int(row["total"])
    booked = Posting.objects.filter(account__holder="platform", account__purpose="suspense", entry__kind__in=["suspense", "returned"])
    books = {row["currency"]: int(row["total"]) for row in booked.order_by().values("currency").annotate(total=Sum("minor"))}
    for currency in sorted(desk.keys() | books.keys()):
        if desk.get(currency, 0) != books.get(currency, 0):
            yield {"finding": f"suspense in {currency}: the desk says {desk.get(currency, 0)}, the books {books.get(currency, 0)}"}
    for receipt in CustodianInstruction.objects.filter(kind="suspense", returns=None).order_by("pk"):
        yield {"instruction": receipt.pk, "finding": f"{receipt.idempotency_key} is not being sent back"}


GUARDS = {
    "credit_guarantee_custodianinstruction": ("instruction_guard",),
    "credit_guarantee_escrow": ("escrow_guard", "escrow_mirrors_hold"),
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
