from collections import Counter

from django.db.models import CharField, OuterRef, Subquery
from django.db.models.functions import Cast

from accounts.actors import Actor, require_staff
from kernel.models import Deadline
from kernel.refusals import NotFound

from ..models import Listing
from ..permissions import REVIEW_LISTING
from ..rules import REVIEW


def review_queue(actor: Actor):
    """All listings for the reviewers' desk, each with the time its review is due; raises Denied.

    In the order of handing in, which is the order of the clocks: every review has the same time, on the same calendar. Those that wait,
    themselves or with a change of them, have `waiting`.
    """
    require_staff(actor, REVIEW_LISTING)
    clocks = Deadline.objects.filter(policy=REVIEW.code, subject_type="catalog.listing", met_at=None, cancelled_at=None)
    due = clocks.filter(subject_id=Cast(OuterRef("pk"), CharField())).order_by("-pk").values("due_at")[:1]
    return Listing.objects.annotate(review_due_at=Subquery(due)).order_by("submitted_at", "id")


def waiting_batch(actor: Actor, batch: str, seller_id) -> list[Listing]:
    """What still waits of one seller's import, at most two hundred; raises Denied, NotFound when nothing does."""
    rows = review_queue(actor).filter(waiting=True, state="in_review", batch=batch).select_related("seller", "category", "stock")
    number = int(seller_id) if str(seller_id).isascii() and str(seller_id).isdigit() and len(str(seller_id)) < 19 else 0
    found = list(rows.filter(seller_id=number)[:200]) if batch else []
    if not found:
        raise NotFound()
    return found


def batches_of(listings) -> dict[tuple[str, int], int]:
    """How many wait with the same import, by import and seller, of the listings on a page."""
    names = {listing.batch for listing in listings if listing.batch}
    rows = Listing.objects.filter(waiting=True, state="in_review", batch__in=names).values_list("batch", "seller_id")
    return dict(Counter(rows.order_by()))
