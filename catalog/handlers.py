"""Reactions to this room's own facts and clocks: the seller is told what the reviewer decided, the reviewers what is late."""

from django.urls import reverse
from django.utils.translation import gettext_noop

from accounts.facts import EnterpriseClosed
from kernel.facts import DeadlinePassed, on
from messaging.services import notify_enterprise, notify_staff

from . import queries, services
from .facts import ListingApproved, ListingExpired, ListingRejected, ListingTakenDown, RevisionApproved, RevisionRejected
from .permissions import REVIEW_LISTING
from .rules import EXPIRY, REMINDER, REVIEW

APPROVED = gettext_noop("Your listing %(no)s has been approved and is on sale.")
REJECTED = gettext_noop("Your listing %(no)s was sent back. The reason is on its page.")
CHANGE_APPROVED = gettext_noop("The change of your listing %(no)s has been approved and is what buyers see.")
CHANGE_REJECTED = gettext_noop(
    "The change of your listing %(no)s was sent back; the approved version stays on sale. The reason is on its page."
)
ENDS = gettext_noop("Your listing %(no)s ends in a week. Renew it with one click if it still holds.")
ENDED = gettext_noop("Your listing %(no)s has ended and is no longer shown. Renew it with one click if it still holds.")
TAKEN_DOWN = gettext_noop("Your listing %(no)s was taken off sale by the platform. The reason is on its page.")
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


def _tell(fact, msgid: str, page: str) -> None:
    no = fact.payload["no"]
    url = reverse(page, args=[no] if page != "catalog:my_listings" else None)
    notify_enterprise(fact.payload["seller_id"], msgid=msgid, params={"no": no}, url=url, fact=fact, box="manage_products")


@on(RevisionApproved)
def tell_seller_of_change(fact):
    _tell(fact, CHANGE_APPROVED, "catalog:offer")


@on(RevisionRejected)
def tell_seller_of_refused_change(fact):
    _tell(fact, CHANGE_REJECTED, "catalog:listing_edit")


@on(ListingTakenDown)
def tell_seller_of_takedown(fact):
    _tell(fact, TAKEN_DOWN, "catalog:listing_edit")


@on(ListingExpired)
def tell_seller_of_end(fact):
    _tell(fact, ENDED, "catalog:my_listings")


@on(DeadlinePassed)
def mind_the_time_on_sale(fact):
    """An offer that has run its time ends; a week before that its seller is told."""
    if fact.payload["policy"] == EXPIRY.code:
        services.expire_listing(int(fact.payload["subject_id"]))
    if fact.payload["policy"] == REMINDER.code and (listing := queries.listing_that_ends(int(fact.payload["subject_id"]))):
        url = reverse("catalog:my_listings")
        notify_enterprise(listing.seller_id, msgid=ENDS, params={"no": listing.no}, url=url, fact=fact, box="manage_products")


@on(DeadlinePassed)
def tell_reviewers_of_delay(fact):
    if fact.payload["policy"] == REVIEW.code:
        url = reverse("admin:catalog_listing_change", args=[fact.payload["subject_id"]])
        notify_staff(REVIEW_LISTING, msgid=LATE, params={}, url=url, fact=fact)


@on(EnterpriseClosed)
def clear_the_shelves(fact):
    services.withdraw_everything(fact.payload["enterprise_id"])
