"""What happens to reports of offers and requests; nothing about who is reported stands on the reported side's chain."""

from django.utils.translation import gettext_lazy as _

from kernel.facts import fact


@fact("catalog.report_made", label=_("Offer or request reported"))
class ReportMade:
    report_id: int
    no: str
    want_id: int | None
    listing_id: int | None


@fact("catalog.report_decided", label=_("Report looked into"))
class ReportDecided:
    report_id: int
    no: str
    user_id: int
    upheld: bool
