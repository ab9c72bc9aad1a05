"""Reactions to this room's own facts: the seller is told what the reviewer decided."""

from django.urls import reverse
from django.utils.translation import gettext_noop

from kernel.facts import on
from messaging.services import notify_enterprise

from .facts import ListingApproved, ListingRejected

APPROVED = gettext_noop("Your listing %(no)s has been approved and is on sale.")
REJECTED = gettext_noop("Your listing %(no)s was sent back. The reason is on its page.")


@on(ListingApproved)
def tell_seller_of_approval(fact):
    no = fact.payload["no"]
    url = reverse("catalog:offer", args=[no])
    notify_enterprise(fact.payload["seller_id"], msgid=APPROVED, params={"no": no}, url=url, fact=fact, box="manage_products")


@on(ListingRejected)
def tell_seller_of_rejection(fact):
    no = fact.payload["no"]
    url = reverse("catalog:listing_edit", args=[no])
    notify_enterprise(fact.payload["seller_id"], msgid=REJECTED, params={"no": no}, url=url, fact=fact, box="manage_products")
