"""What follows from applications: the account managers are told, then the applicant."""

from django.urls import reverse
from django.utils.translation import gettext_noop

from kernel.facts import on
from kernel.models import Fact
from messaging.services import notify_enterprise, notify_staff

from .facts import ApplicationAccepted, ApplicationDeclined, ApplicationSubmitted
from .permissions import DECIDE_APPLICATION


@on(ApplicationSubmitted)
def tell_account_managers(fact: Fact) -> None:
    msgid = gettext_noop("Application %(no)s to the major-client channel waits for a decision.")
    url = reverse("admin:major_clients_channelapplication_change", args=[fact.payload["application_id"]])
    notify_staff(DECIDE_APPLICATION, msgid=msgid, params={"no": fact.payload["no"]}, url=url, fact=fact)


def _tell(fact: Fact, msgid: str) -> None:
    url = reverse("major_clients:home")
    notify_enterprise(fact.payload["enterprise_id"], msgid=msgid, params={"no": fact.payload["no"]}, url=url, fact=fact, box="company")


@on(ApplicationAccepted)
def tell_accepted(fact: Fact) -> None:
    _tell(fact, gettext_noop("Your application %(no)s to the major-client channel was accepted. An account manager will get in touch."))


@on(ApplicationDeclined)
def tell_declined(fact: Fact) -> None:
    _tell(fact, gettext_noop("Your application %(no)s to the major-client channel was declined. The reason is on its page."))
