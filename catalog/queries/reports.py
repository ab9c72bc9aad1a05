"""Reports about offers and requests, for whoever made them and for the desk that looks into them."""

from django.db.models import CharField, OuterRef, Subquery
from django.db.models.functions import Cast

from accounts.actors import Actor, require_staff
from accounts.queries import in_green_order
from kernel.models import Deadline
from kernel.refusals import NotFound

from ..models import Listing, Report, Want
from ..permissions import HANDLE_REPORT
from ..rules import REPORT
from .pages import Page, keyset


def report_thing(*, want_no: str = "", listing_no: str = "") -> Want | Listing:
    """What the public sees and may report; raises NotFound."""
    if want_no:
        found = Want.objects.open().select_related("enterprise", "category").filter(no=want_no).first()
    else:
        found = Listing.objects.live().select_related("seller", "category").filter(no=listing_no).first()
    if found is None:
        raise NotFound()
    return found


def own_reports(actor: Actor, *, after: str = "", before: str = "") -> Page:
    """A page of what this person has reported, newest first."""
    rows = Report.objects.own(actor).select_related("want", "listing")
    return keyset(rows, ["-id"], after=after, before=before, size=30)


def reports_open(actor: Actor):
    """Reports that nobody has looked into yet; raises Denied."""
    require_staff(actor, HANDLE_REPORT)
    return Report.objects.filter(state="open").order_by("created_at", "pk")


def reports_for_staff(actor: Actor):
    """All reports, in the order in which they are worked: VIP companies by their bonus earlier (H59); raises Denied.

    Each with `due_at`, by when it is to be answered, and `late_at`, since when it is late.
    """
    require_staff(actor, HANDLE_REPORT)
    clocks = Deadline.objects.filter(policy=REPORT.code, subject_type="catalog.report", subject_id=Cast(OuterRef("pk"), CharField()))
    clock = {"due_at": Subquery(clocks.values("due_at")[:1]), "late_at": Subquery(clocks.values("fired_at")[:1])}
    rows = Report.objects.annotate(**clock).select_related("want", "want__enterprise", "listing", "listing__seller", "enterprise")
    return in_green_order(rows, queue="requests", moment="created_at", enterprise="enterprise_id")


def report_for_staff(actor: Actor, pk: int) -> Report:
    """One report for the desk; raises Denied, NotFound."""
    found = reports_for_staff(actor).select_related("user").filter(pk=pk).first()
    if found is None:
        raise NotFound()
    return found
