from django.utils.translation import gettext_lazy as _

from kernel.facts import fact


@fact("major_clients.application_submitted", label=_("An application to the major-client channel was handed in"))
class ApplicationSubmitted:
    application_id: int
    no: str
    enterprise_id: int
    deal_class: str
    amount_minor: int  # volume a year
    currency: str
    rule: str


@fact("major_clients.application_accepted", label=_("An application to the major-client channel was accepted"))
class ApplicationAccepted:
    application_id: int
    no: str
    enterprise_id: int


@fact("major_clients.application_declined", label=_("An application to the major-client channel was declined"))
class ApplicationDeclined:
    application_id: int
    no: str
    enterprise_id: int
