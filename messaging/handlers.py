"""Mail for every notice, and notices about facts of accounts."""

from django.urls import reverse
from django.utils.translation import gettext_noop

from accounts.facts import (
    BoxesChanged,
    EnterpriseApproved,
    EnterpriseRejected,
    EnterpriseResubmitted,
    EnterpriseSubmitted,
    PasswordChanged,
)
from kernel.facts import DeadlinePassed, on
from kernel.models import Fact

from . import queries, services
from .facts import NoticeMade


@on(NoticeMade)
def send_mail_for_notice(fact: Fact) -> None:
    """The call to the outside: a delivery of its own, so that a dead mail server holds up nothing else."""
    services.mail_notice(fact.payload["notice_id"])


def _tell_company(fact: Fact, msgid: str) -> None:
    services.notify_enterprise(fact.payload["enterprise_id"], msgid=msgid, params={}, url=reverse("accounts:company"), fact=fact)


@on(EnterpriseSubmitted, EnterpriseResubmitted)
def tell_registration_received(fact: Fact) -> None:
    _tell_company(fact, gettext_noop("We received your company registration. The review takes 1 to 3 working days."))


@on(EnterpriseApproved)
def tell_approved(fact: Fact) -> None:
    _tell_company(fact, gettext_noop("Your company is verified. You can now list goods and trade."))


@on(EnterpriseRejected)
def tell_rejected(fact: Fact) -> None:
    # The reason itself stays on the row: it may name a person.
    _tell_company(fact, gettext_noop("Your company could not be verified yet. The reason and what to correct are on your company page."))


@on(BoxesChanged)
def tell_permissions_changed(fact: Fact) -> None:
    user_id = queries.person_of_membership(fact.payload["membership_id"])
    if user_id:
        services.notify_person(
            user_id, msgid=gettext_noop("Your permissions have changed."), params={}, url=reverse("dashboard"), fact=fact
        )


@on(PasswordChanged)
def tell_password_changed(fact: Fact) -> None:
    msgid = gettext_noop("Your password was changed. If this was not you, contact customer service.")
    services.notify_person(fact.payload["user_id"], msgid=msgid, params={}, url=reverse("helpdesk:contact"), fact=fact)


@on(DeadlinePassed)
def tell_reviewers_of_delay(fact: Fact) -> None:
    if fact.payload["policy"] == "accounts.review":
        services.notify_staff(
            "accounts.review_enterprise",
            msgid=gettext_noop("A company review is past its 3 working days."),
            params={},
            url=reverse("admin:accounts_enterprise_change", args=[fact.payload["subject_id"]]),
            fact=fact,
        )
