"""What an export says of complaints: those the company opened and those about it, as both parties see them."""

from django.db.models import Q

from kernel.registries import export_part

from .models import Complaint


@export_part("complaints")
def complaints(enterprise_id: int):
    rows = Complaint.objects.filter(Q(opened_by_id=enterprise_id) | Q(other_id=enterprise_id)).select_related("order").order_by("pk")
    for row in rows:
        yield {
            "no": row.no, "order": row.order.no, "opened_by": "we" if row.opened_by_id == enterprise_id else "they",
            "about_as_told": row.claimed_class, "about": row.complaint_class, "statement": row.statement, "state": row.state,
            "responsible": row.responsible, "outcome": row.outcome, "opened": row.opened_at, "taken_up": row.acknowledged_at,
            "closed": row.closed_at,
        }  # fmt: skip
