"""Reactions to this room's own facts and clocks: the seller is told what the reviewer decided, the reviewers what is late."""

from django.urls import reverse
from django.utils.translation import gettext_noop

from accounts.facts import EnterpriseClosed
from kernel.facts import DeadlinePassed, on
from messaging.services import notify_enterprise, notify_staff

from . import services
from .facts import ListingApproved, ListingRejected
from .permissions import REVIEW_LISTING
from .rules import REVIEW

APPROVED = gettext_noop("Your listing %(no)s has been approved and is on sale.")
REJECTED = gettext_noop("Your listing %(no)s was sent back. The reason is on its page.")
LATE = gettext_noop("A listing waits for its review longer than promised.")


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


@on(DeadlinePassed)
def tell_reviewers_of_delay(fact):
    if fact.payload["policy"] == REVIEW.code:
        url = reverse("admin:catalog_listing_change", args=[fact.payload["subject_id"]])
        notify_staff(REVIEW_LISTING, msgid=LATE, params={}, url=url, fact=fact)


@on(EnterpriseClosed)
def clear_the_shelves(fact):
    services.withdraw_everything(fact.payload["enterprise_id"])
