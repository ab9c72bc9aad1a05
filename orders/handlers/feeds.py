"""What follows from news of carriers: the receiver learns that its clock runs, both sides that something went wrong."""

from django.utils.translation import gettext_noop

from kernel.facts import on
from kernel.models import Fact

from ..facts import TrackingHeard
from .telling import tell

TROUBLE = ("exception", "rejected", "returning", "returned", "lost")


@on(TrackingHeard)
def tell_signed(fact: Fact) -> None:
    if fact.payload["signed"]:
        text = gettext_noop(
            "Order %(no)s: the carrier says that the goods were signed for. Inspect them; the clock of the inspection runs."
        )
        tell(fact, fact.payload["receiver_id"], text)
        tell(fact, fact.payload["giver_id"], gettext_noop("Order %(no)s: the carrier says that your goods were signed for."))


@on(TrackingHeard)
def tell_trouble(fact: Fact) -> None:
    if fact.payload["kind"] in TROUBLE:
        for party in (fact.payload["giver_id"], fact.payload["receiver_id"]):
            tell(fact, party, gettext_noop("Order %(no)s: the carrier has trouble with a shipment; its page says what."))
