"""Campaigns: codes that staff give out, and what came of them (H56)."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.actors import require_staff
from kernel.chains import PLATFORM
from kernel.clock import now
from kernel.money import Money
from kernel.refusals import Refusal
from kernel.services import claim_key, lock, record

from .. import facts
from ..models import Campaign, CampaignLead, CampaignTouch
from ..permissions import RUN_CAMPAIGN

LASTS = timedelta(days=90)  # so long a member's act is put down to the campaign they came by


@transaction.atomic
def start_campaign(*, actor, code: str, name: str, medium: str, note: str, request_key: str) -> Campaign:
    """Create a tracking code (staff). Raises Denied, Refusal campaign_taken."""
    require_staff(actor, RUN_CAMPAIGN)
    inputs = {"code": code, "name": name, "medium": medium, "note": note}
    claim = claim_key(request_key, verb="catalog.start_campaign", actor=actor, inputs=inputs)
    if claim.result_id:
        return Campaign.objects.get(pk=claim.result_id)
    try:
        with transaction.atomic():
            made = Campaign.objects.create(code=code.lower(), name=name, medium=medium, note=note, created_at=now())
    except IntegrityError:
        raise Refusal("campaign_taken", _("This code is in use or was; choose another one.")) from None
    record(facts.CampaignStarted(campaign_id=made.pk, code=made.code), actor=actor, subject=made, chains=[PLATFORM])
    claim.done(made.pk)
    return made


@transaction.atomic
def end_campaign(campaign_id: int, *, actor, request_key: str) -> Campaign:
    """End a campaign (staff): its code counts no more visits; what came of it stays. Raises Denied, NotFound."""
    require_staff(actor, RUN_CAMPAIGN)
    claim = claim_key(request_key, verb="catalog.end_campaign", actor=actor, inputs={"campaign": campaign_id})
    campaign = lock(Campaign.objects.all(), pk=campaign_id)
    if claim.result_id or campaign.ended_at:
        return campaign
    campaign.ended_at = now()
    campaign.save(update_fields=["ended_at"])
    record(facts.CampaignEnded(campaign_id=campaign.pk, code=campaign.code), actor=actor, subject=campaign, chains=[PLATFORM])
    claim.done(campaign.pk)
    return campaign


@transaction.atomic
def keep_touch(user_id: int, code: str) -> bool:
    """Remember by which campaign a member came, the last one counting; False for a code that is none."""
    campaign = Campaign.objects.filter(code=code, ended_at=None).first()
    if campaign is None:
        return False
    CampaignTouch.objects.update_or_create(user_id=user_id, defaults={"campaign": campaign, "at": now()})
    return True


@transaction.atomic
def attribute(
    kind: str, ref: str, *, user_id: int | None, enterprise_id: int | None = None, value: Money | None = None
) -> CampaignLead | None:
    """Put an inquiry, a registration or an order down to the campaign that its person came by, once; None when there is none.

    `ref` names the thing: asked again it answers the same row, whatever campaign the person has come by since.
    """
    touch = CampaignTouch.objects.filter(user_id=user_id or 0, at__gt=now() - LASTS).first()
    if touch is None:
        return CampaignLead.objects.filter(kind=kind, ref=ref).first()
    values = {
        "campaign_id": touch.campaign_id, "enterprise_id": enterprise_id, "at": now(),
        "value_minor": value.minor if value else None, "currency": value.currency if value else "",
    }  # fmt: skip
    return CampaignLead.objects.get_or_create(kind=kind, ref=ref, defaults=values)[0]


def attribute_order(no: str, *, user_id: int | None, enterprise_id: int, value: Money) -> CampaignLead | None:
    """Put a confirmed order down to a campaign, with what its goods are worth (orders calls down)."""
    return attribute("order", no, user_id=user_id, enterprise_id=enterprise_id, value=value)
