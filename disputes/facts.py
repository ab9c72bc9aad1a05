from django.utils.translation import gettext_lazy as _

from kernel.facts import fact


@fact("disputes.complaint_opened", label=_("A complaint was opened"))
class ComplaintOpened:
    complaint_id: int
    no: str
    order_id: int
    order_no: str
    opened_by_id: int
    other_id: int
    claimed_class: str


@fact("disputes.complaint_acknowledged", label=_("A complaint was taken up and classified"))
class ComplaintAcknowledged:
    complaint_id: int
    no: str
    opened_by_id: int
    other_id: int
    complaint_class: str


@fact("disputes.complaint_unacknowledged", label=_("A complaint was not taken up in time"))
class ComplaintUnacknowledged:
    complaint_id: int
    no: str
    opened_by_id: int
    other_id: int


@fact("disputes.complaint_closed", label=_("A complaint was closed"))
class ComplaintClosed:
    complaint_id: int
    no: str
    opened_by_id: int
    other_id: int
    responsible: str
