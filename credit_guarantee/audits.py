"""What the audit asks of escrows: the custodian's side, the escrow and the ledger tell one story."""

from kernel.registries import audit_check

from .models import Escrow

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
