"""Reactions to this room's own facts and clocks: the seller is told what the reviewer decided, the reviewers what is late."""

from django.urls import reverse
from django.utils.translation import gettext_noop

from accounts.facts import EnterpriseClosed, EnterpriseSubmitted
from kernel.facts import DeadlinePassed, on
from messaging.services import notify_enterprise, notify_person, notify_staff

from . import needs, queries, services
from .facts import (
    AdApproved,
    AdRejected,
    InquiryAnswered,
    InquiryMade,
    ListingApproved,
    ListingRejected,
    MatchingWentOn,
    WantExpired,
    WantHidden,
)
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


# ---------- requests, alerts, inquiries, advertisements, campaigns ----------

RAN_OUT = gettext_noop("Your request %(no)s has run out and is no longer shown. You can renew it on its page.")
TAKEN_DOWN = gettext_noop("Your request %(no)s was taken down. The reason is on its page.")
ASKED = gettext_noop("You have a new inquiry: %(no)s.")
WRITTEN = gettext_noop("There is a new message on inquiry %(no)s.")
AD_RUNS = gettext_noop("Your advertisement %(no)s is approved and runs on its days.")
AD_BACK = gettext_noop("Your advertisement %(no)s was sent back. The reason is on the page of your advertisements.")


@on(ListingApproved)
def find_who_waits_for_it(fact):
    services.match_listing(fact.payload["listing_id"], fact=fact, url=_offer_url(fact))


@on(MatchingWentOn)
def find_more_who_wait_for_it(fact):
    services.match_listing(fact.payload["listing_id"], fact=fact, url=_offer_url(fact), after=fact.payload["after"])


def _offer_url(fact) -> str:
    return reverse("catalog:offer", args=[fact.payload["no"]])


@on(DeadlinePassed)
def let_requests_run_out(fact):
    if fact.payload["policy"] == needs.WANT_EXPIRY.code:
        services.expire_want(int(fact.payload["subject_id"]))


@on(DeadlinePassed)
def send_weekly_summary(fact):
    if fact.payload["policy"] == needs.DIGEST.code:
        search_id = int(fact.payload["subject_id"])
        services.send_digest(search_id, fact=fact, url=reverse("catalog:alert", args=[search_id]))


@on(WantExpired, WantHidden)
def tell_owner_of_request(fact):
    no, firm = fact.payload["no"], fact.payload["enterprise_id"]
    msgid = RAN_OUT if fact.name == WantExpired.fact_name else TAKEN_DOWN
    how = {"msgid": msgid, "params": {"no": no}, "url": reverse("catalog:want", args=[no]), "fact": fact}
    if firm:
        notify_enterprise(firm, box="trade", **how)
    elif person := queries.owner_of_want(fact.payload["want_id"]):
        notify_person(person, **how)


@on(InquiryMade)
def tell_of_inquiry(fact):
    _tell_inquiry(fact, fact.payload["owner_id"], ASKED)
    if fact.payload["listing_id"]:
        services.count_inquiry(fact.payload["listing_id"])
    services.attribute("inquiry", fact.payload["no"], user_id=fact.actor_user_id, enterprise_id=fact.payload["asker_id"])


@on(InquiryAnswered)
def tell_of_message(fact):
    _tell_inquiry(fact, fact.payload["to_id"], WRITTEN)


def _tell_inquiry(fact, enterprise_id: int, msgid: str) -> None:
    no = fact.payload["no"]
    notify_enterprise(enterprise_id, msgid=msgid, params={"no": no}, url=reverse("catalog:inquiry", args=[no]), fact=fact, box="messages")


@on(AdApproved, AdRejected)
def tell_of_ad(fact):
    msgid = AD_RUNS if fact.name == AdApproved.fact_name else AD_BACK
    url = reverse("catalog:ads")
    notify_enterprise(
        fact.payload["enterprise_id"], msgid=msgid, params={"no": fact.payload["no"]}, url=url, fact=fact, box="manage_products"
    )


@on(EnterpriseSubmitted)
def put_registration_down(fact):
    firm = fact.payload["enterprise_id"]
    services.attribute("registration", str(firm), user_id=fact.actor_user_id, enterprise_id=firm)
