"""What an export says of the major-client channel: the company's applications and what became of them."""

from kernel.money import Money
from kernel.registries import export_part

from .models import ChannelApplication


@export_part("channel_applications")
def applications(enterprise_id: int):
    for row in ChannelApplication.objects.filter(enterprise_id=enterprise_id).order_by("pk"):
        yield {
            "no": row.no, "kind": row.deal_class, "a_year": Money(row.volume_minor, row.currency), "has_debt": row.has_debt,
            "unclear_regulation": row.unclear_regulation, "description": row.description, "state": row.state, "handed_in": row.submitted_at,
            "decision_reason": row.decision_reason, "decided": row.decided_at,
        }  # fmt: skip
