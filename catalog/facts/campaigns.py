"""What happens to campaigns."""

from django.utils.translation import gettext_lazy as _

from kernel.facts import fact


@fact("catalog.campaign_started", label=_("Campaign created"))
class CampaignStarted:
    campaign_id: int
    code: str


@fact("catalog.campaign_ended", label=_("Campaign ended"))
class CampaignEnded:
    campaign_id: int
    code: str
