"""Campaigns and what came of them."""

from collections import Counter
from dataclasses import dataclass, field

from django.db.models import Count, Sum

from accounts.actors import require_staff
from kernel.money import Money
from kernel.refusals import NotFound

from ..models import Campaign, CampaignDay, CampaignLead
from ..permissions import VIEW_CAMPAIGN

MOST = 500


@dataclass
class Outcome:
    """One campaign's line of the report."""

    campaign: Campaign
    visits: int = 0
    counts: Counter = field(default_factory=Counter)  # by kind of result
    values: list[Money] = field(default_factory=list)

    @property
    def conversion(self) -> str:
        """Orders of a hundred visits."""
        return f"{self.counts['order'] * 100 / self.visits:.2f}" if self.visits else ""


def running_campaign(code: str) -> int | None:
    """The id of the campaign with a code that is not ended."""
    return Campaign.objects.filter(code=code, ended_at=None).values_list("pk", flat=True).first()


def campaign_for_staff(actor, pk: int) -> Campaign:
    """One campaign for the back office; raises Denied, NotFound."""
    require_staff(actor, VIEW_CAMPAIGN)
    found = Campaign.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound()
    return found


def campaign_report(actor, *, only: int | None = None) -> list[Outcome]:
    """Visits, inquiries, registrations, orders and their value by campaign, the newest first; four queries; raises Denied."""
    require_staff(actor, VIEW_CAMPAIGN)
    rows = Campaign.objects.order_by("-pk")
    outcomes = {c.pk: Outcome(c) for c in (rows.filter(pk=only) if only else rows)[:MOST]}
    days = CampaignDay.objects.filter(campaign__in=outcomes).values("campaign").annotate(n=Sum("visits")).order_by()
    for row in days:
        outcomes[row["campaign"]].visits = row["n"]
    leads = CampaignLead.objects.filter(campaign__in=outcomes).values("campaign", "kind", "currency").order_by()
    for row in leads.annotate(n=Count("pk"), value=Sum("value_minor")):
        outcome = outcomes[row["campaign"]]
        outcome.counts[row["kind"]] += row["n"]
        if row["value"]:
            outcome.values.append(Money(int(row["value"]), row["currency"]))
    return list(outcomes.values())
