"""What an export says of escrow: every escrow the company pays or is paid from, and the custodian's instructions about its money."""

from django.db.models import Q

from kernel.money import Money
from kernel.registries import export_part

from .models import CustodianInstruction, Escrow


@export_part("escrows")
def escrows(enterprise_id: int):
    rows = Escrow.objects.filter(Q(payer_id=enterprise_id) | Q(payee_id=enterprise_id)).order_by("pk")
    for row in rows.iterator(chunk_size=1000):
        ours = row.payer_id == enterprise_id
        yield {
            "paid_by": "we" if ours else "they", "amount": Money(row.amount_minor, row.currency), "for": f"{row.ref_type}:{row.ref_id}",
            "remittance_reference": row.remittance_reference, "state": row.state, "opened": row.opened_at, "funded": row.funded_at,
            "closed": row.closed_at, "fee": Money(row.fee_minor, row.currency), "returned": Money(row.returned_minor, row.currency),
        }  # fmt: skip


@export_part("custodian_instructions")
def instructions(enterprise_id: int):
    for row in CustodianInstruction.objects.filter(enterprise_id=enterprise_id).order_by("pk").iterator(chunk_size=1000):
        yield {
            "kind": row.kind, "state": row.state, "amount": Money(row.amount_minor, row.currency), "custodian_reference": row.external_ref,
            "refusal_reason": row.refusal_reason, "sent": row.created_at, "answered": row.answered_at,
        }  # fmt: skip
