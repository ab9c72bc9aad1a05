"""What nobody needs any more goes by night: files that no listing uses, and by which campaign a member came (PIPL 19)."""

from django.db import transaction

from kernel.chains import PLATFORM
from kernel.clock import now
from kernel.facts import LeftoversSwept
from kernel.services import hold_chains, record

from ..models import CampaignTouch
from .campaigns import LASTS
from .media import sweep_media


def sweep_catalog(*, actor) -> dict[str, int]:
    """Remove listing files that no listing has used for a day, and touches of campaigns that count for nothing now; returns how many.

    Safe beside itself and when stopped half-way: each batch is one transaction.
    """
    removed = {"listing_media": _media(), "campaign_touches": CampaignTouch.objects.filter(at__lte=now() - LASTS).delete()[0]}
    if any(removed.values()):
        with transaction.atomic():
            (head,) = hold_chains([PLATFORM])
            record(LeftoversSwept(removed=removed), actor=actor, subject=head, chains=[PLATFORM])
    return removed


def _media() -> int:
    removed, after = sweep_media()
    while after:
        gone, after = sweep_media(after=after)
        removed += gone
    return removed
