"""Notices about an order: to one party, to both, to the staff."""

from django.urls import reverse

from kernel.models import Fact
from messaging.services import notify_enterprise, notify_staff


def tell(fact: Fact, enterprise_id: int, msgid: str, box: str = "trade") -> None:
    no = fact.payload["no"]
    notify_enterprise(enterprise_id, msgid=msgid, params={"no": no}, url=reverse("orders:detail", args=[no]), fact=fact, box=box)


def tell_staff(fact: Fact, msgid: str) -> None:
    url = reverse("admin:orders_order_change", args=[fact.payload["order_id"]])
    notify_staff("orders.view_order", msgid=msgid, params={"no": fact.payload["no"]}, url=url, fact=fact)


def tell_both(fact: Fact, msgid: str) -> None:
    for party in (fact.payload["proposer_id"], fact.payload["responder_id"]):
        tell(fact, party, msgid)
