"""Inquiries of an enterprise: those it made and those it received; nobody else's exist for it (P11)."""

from accounts.actors import require
from kernel.refusals import NotFound
from kernel.registries import SIGHTS, sight
from messaging.queries import messages_about

from ..models import Inquiry
from ..permissions import READ_INQUIRIES
from .pages import Page, keyset

SUBJECT = "catalog.inquiry"


def _rows(actor):
    require(actor, READ_INQUIRIES)
    return Inquiry.objects.own(actor).select_related("asker", "owner", "listing", "want", "offered")


def inquiries_page(actor, *, side: str = "", after: str = "", before: str = "") -> Page:
    """A page of them, the one written to last first; `side` is "received", "made" or both."""
    rows = _rows(actor)
    if side == "received":
        rows = rows.filter(owner_id=actor.enterprise_id)
    elif side == "made":
        rows = rows.filter(asker_id=actor.enterprise_id)
    return keyset(rows, ["-last_at", "-id"], after=after, before=before, size=30)


def inquiry_for(actor, no: str) -> Inquiry:
    """One inquiry of the actor's enterprise; raises NotFound for foreign and missing alike, Denied without the box."""
    found = _rows(actor).filter(no=no).first()
    if found is None:
        raise NotFound()
    return found


def inquiry_messages(actor, inquiry: Inquiry):
    """What was said, oldest first."""
    return messages_about(inquiry, actor=actor)


def inquiry_about(actor, *, listing_id: int | None = None, want_id: int | None = None, owner_id: int | None = None) -> Inquiry | None:
    """The conversation the actor's enterprise has begun about an offer, a request, or with a firm in general."""
    if not actor.enterprise_id:
        return None
    about = {"listing": listing_id, "want": want_id} | ({"owner": owner_id} if owner_id else {})
    return Inquiry.objects.filter(asker_id=actor.enterprise_id, **about).first()


@sight(SUBJECT)
def who_sees_inquiry(inquiry_id: str, places) -> set[int]:
    """Of these memberships of one party, those that see the inquiry: all of the asking side, of the other those who see the goods."""
    inquiry = Inquiry.objects.get(pk=int(inquiry_id))
    if inquiry.listing_id is None:
        return {place.pk for place in places}
    asking = {place.pk for place in places if place.enterprise_id == inquiry.asker_id}
    return asking | SIGHTS["catalog.listing"](str(inquiry.listing_id), [place for place in places if place.pk not in asking])
