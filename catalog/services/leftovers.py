"""What nobody needs any more goes by night: files that no listing uses, by which campaign a member came, ended searches (PIPL 19)."""

from django.db import transaction

from kernel.chains import PLATFORM
from kernel.clock import now
from kernel.facts import LeftoversSwept
from kernel.services import hold_chains, record

from ..models import Alert, CampaignTouch, SavedSearch
from ..needs import ENDED_KEPT
from .campaigns import LASTS
from .media import sweep_media

BATCH = 500


def sweep_catalog(*, actor) -> dict[str, int]:
    """Remove listing files that no listing has used for a day, touches of campaigns that count for nothing now, and saved searches that
    ended long ago with what they found; returns how many.

    Safe beside itself and when stopped half-way: each batch is one transaction.
    """
    removed = {"listing_media": _media(), "campaign_touches": CampaignTouch.objects.filter(at__lte=now() - LASTS).delete()[0]}
    removed["alerts"], removed["saved_searches"] = _searches()
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


def _searches() -> tuple[int, int]:
    """Searches and followed firms go with their alerts; that of a request stays with the request, which may be renewed, without them."""
    alerts, searches, after = 0, 0, 0
    while True:
        with transaction.atomic():
            ended = SavedSearch.objects.filter(ended_at__lte=now() - ENDED_KEPT, pk__gt=after).order_by("pk")
            found = dict(ended.select_for_update(skip_locked=True, of=("self",), no_key=True).values_list("pk", "kind")[:BATCH])
            alerts += Alert.objects.filter(search__in=list(found)).delete()[0]
            gone = [pk for pk, kind in found.items() if kind != "want"]
            SavedSearch.objects.filter(pk__in=gone).delete()
        searches += len(gone)
        if len(found) < BATCH:
            return alerts, searches
        after = max(found)
