from django.db.models import CharField, OuterRef, Subquery
from django.db.models.functions import Cast

from accounts.actors import Actor, require_staff
from kernel.models import Deadline

from ..models import Listing
from ..permissions import REVIEW_LISTING
from ..rules import REVIEW


def review_queue(actor: Actor):
    """All listings for the reviewers' desk, each with the time its review is due; raises Denied.

    In the order of handing in, which is the order of the clocks: every review has the same time, on the same calendar.
    """
    require_staff(actor, REVIEW_LISTING)
    clocks = Deadline.objects.filter(policy=REVIEW.code, subject_type="catalog.listing", met_at=None, cancelled_at=None)
    due = clocks.filter(subject_id=Cast(OuterRef("pk"), CharField())).order_by("-pk").values("due_at")[:1]
    return Listing.objects.annotate(review_due_at=Subquery(due)).order_by("submitted_at", "id")
