"""What follows from complaints: both parties and the desk are told, and a passed hour is put on record."""

from django.urls import reverse
from django.utils.translation import gettext_noop

from kernel.facts import DeadlinePassed, on
from kernel.models import Fact
from messaging.services import notify_enterprise, notify_staff

from . import services
from .facts import ComplaintAcknowledged, ComplaintClosed, ComplaintOpened, ComplaintUnacknowledged
from .permissions import HANDLE_COMPLAINT


def _tell(fact: Fact, enterprise_id: int, msgid: str) -> None:
    no = fact.payload["no"]
    notify_enterprise(enterprise_id, msgid=msgid, params={"no": no}, url=reverse("disputes:detail", args=[no]), fact=fact, box="disputes")


def _tell_both(fact: Fact, msgid: str) -> None:
    # In the order of their ids: two facts about the same two parties never lock their people in opposite orders.
    for party in sorted((fact.payload["opened_by_id"], fact.payload["other_id"])):
        _tell(fact, party, msgid)


def _tell_desk(fact: Fact, msgid: str) -> None:
    url = reverse("admin:disputes_complaint_change", args=[fact.payload["complaint_id"]])
    notify_staff(HANDLE_COMPLAINT, msgid=msgid, params={"no": fact.payload["no"]}, url=url, fact=fact)


@on(ComplaintOpened)
def tell_other_party(fact: Fact) -> None:
    _tell(fact, fact.payload["other_id"], gettext_noop("The other party of one of your orders opened complaint %(no)s."))


@on(ComplaintOpened)
def tell_desk(fact: Fact) -> None:
    _tell_desk(fact, gettext_noop("Complaint %(no)s waits to be taken up within the hour."))


@on(ComplaintAcknowledged)
def tell_taken_up(fact: Fact) -> None:
    _tell_both(fact, gettext_noop("Complaint %(no)s has been taken up; a mediator is looking into it."))


@on(ComplaintUnacknowledged)
def tell_parties_it_is_late(fact: Fact) -> None:
    _tell_both(fact, gettext_noop("Complaint %(no)s was not taken up within the hour. That is our failing; the desk has been told again."))


@on(ComplaintUnacknowledged)
def tell_desk_it_is_late(fact: Fact) -> None:
    _tell_desk(fact, gettext_noop("Complaint %(no)s is overdue: nobody took it up within the hour."))


@on(ComplaintClosed)
def tell_closed(fact: Fact) -> None:
    _tell_both(fact, gettext_noop("Complaint %(no)s is closed. The outcome is on its page."))


@on(DeadlinePassed)
def act_on_the_clock(fact: Fact) -> None:
    if fact.payload["policy"] == "disputes.acknowledge":
        services.note_late(int(fact.payload["subject_id"]))
