from django.utils.translation import gettext_lazy as _

from kernel.facts import fact


@fact("helpdesk.request_made", label=_("Customer service was contacted"))
class RequestMade:
    request_id: int
    no: str
    topic: str


@fact("helpdesk.request_answered", label=_("Customer service answered"))
class RequestAnswered:
    request_id: int
    answer_id: int
    no: str
    user_id: int | None


@fact("helpdesk.request_closed", label=_("Service request closed"))
class RequestClosed:
    request_id: int
    no: str
