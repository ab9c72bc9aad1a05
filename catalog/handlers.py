"""Reactions to this room's own facts and clocks: the seller is told what the reviewer decided, the reviewers what is late."""

from django.urls import reverse
from django.utils.translation import gettext_noop

from accounts.facts import ChangeApproved, EnterpriseClosed, EnterpriseSubmitted
from kernel.facts import DeadlinePassed, on
from messaging.services import notify_enterprise, notify_person, notify_staff

from . import needs, queries, services
from .facts import (
    AdApproved,
    AdRejected,
    CategoryChanged,
    CategoryMoved,
    IndexWentOn,
    InquiryAnswered,
    InquiryMade,
    ListingApproved,
    ListingChanged,
    ListingExpired,
    ListingRejected,
    ListingRenewed,
    ListingTakenDown,
    MatchingWentOn,
    ReportDecided,
    ReservationAsked,
    ReservationEnded,
    ReservationMade,
    RevisionApproved,
    RevisionRejected,
    StockRanLow,
    WantExpired,
    WantHidden,
)
from .permissions import HANDLE_REPORT, REVIEW_LISTING
from .rules import EXPIRY, LOW_STOCK, REMINDER, REPORT, RESERVED, REVIEW

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


@on(EnterpriseClosed)
def end_reservations(fact):
    services.end_reservations_of(fact.payload["enterprise_id"])


# ---------- names that goods are found by ----------

NAMES = {"name", "name_en", "name_zh", "path"}


@on(ChangeApproved)
def index_renamed_seller(fact):
    if NAMES.intersection(fact.payload["fields"]):
        services.index_renamed(seller_id=fact.payload["enterprise_id"])


@on(CategoryChanged, CategoryMoved)
def index_renamed_category(fact):
    if NAMES.intersection(fact.changes):
        services.index_renamed(category_id=fact.payload["category_id"])


@on(IndexWentOn)
def index_the_rest(fact):
    services.index_renamed(**fact.payload)


# ---------- stock ----------

LOW = gettext_noop("%(goods)s is running low: %(free)s %(unit)s free.")
ASKED = gettext_noop("A buyer asks you to keep %(quantity)s of %(listing)s for it. Say yes or no.")
KEPT = gettext_noop("%(quantity)s of %(listing)s is kept for you. What you do not order in time is free for others again.")
KEPT_BACK = gettext_noop("%(quantity)s of your %(listing)s is kept for a buyer now.")
DECLINED = gettext_noop("The seller cannot keep %(listing)s for you.")
GIVEN_UP = gettext_noop("The reservation %(no)s of %(listing)s has been given up; %(rest)s is free again.")
EXPIRED = gettext_noop("The reservation %(no)s of %(listing)s has run out; %(rest)s is free again.")


@on(DeadlinePassed)
def act_on_stock_clocks(fact):
    if fact.payload["policy"] == LOW_STOCK.code:
        services.tell_low_stock(int(fact.payload["subject_id"]))
    elif fact.payload["policy"] == RESERVED.code:
        services.expire_reservation(int(fact.payload["subject_id"]))


@on(StockRanLow)
def tell_seller_of_low_stock(fact):
    said = fact.payload
    goods, unit = queries.goods_words(said["listing_id"])
    url = reverse("catalog:stock_of", args=[said["no"]])
    params = {"goods": goods, "free": said["free"], "unit": unit}
    notify_enterprise(said["seller_id"], msgid=LOW, params=params, url=url, fact=fact, box="manage_stock")


@on(ReservationAsked)
def tell_seller_of_request(fact):
    _tell_seller(fact, ASKED)


@on(ReservationMade)
def tell_both_of_reservation(fact):
    _tell_buyer(fact, KEPT)
    if fact.actor_kind == "staff":
        _tell_seller(fact, KEPT_BACK)


@on(ReservationEnded)
def tell_of_end(fact):
    how = fact.payload["how"]
    if how == "declined":
        _tell_buyer(fact, DECLINED)
    elif how in ("released", "expired"):
        msgid = GIVEN_UP if how == "released" else EXPIRED
        _tell_buyer(fact, msgid)
        _tell_seller(fact, msgid)


def _words(fact) -> dict:
    said = fact.payload
    return {"no": said["no"], "listing": said["listing_no"], "quantity": said.get("quantity", ""), "rest": said.get("rest", "")}


def _tell_seller(fact, msgid: str) -> None:
    url = reverse("catalog:reservations")
    notify_enterprise(fact.payload["seller_id"], msgid=msgid, params=_words(fact), url=url, fact=fact, box="manage_stock")


def _tell_buyer(fact, msgid: str) -> None:
    url = reverse("catalog:own_reservations")
    notify_enterprise(fact.payload["buyer_id"], msgid=msgid, params=_words(fact), url=url, fact=fact, box="trade")


# ---------- requests, alerts, inquiries, advertisements, campaigns ----------

RAN_OUT = gettext_noop("Your request %(no)s has run out and is no longer shown. You can renew it on its page.")
REQUEST_TAKEN_DOWN = gettext_noop("Your request %(no)s was taken down. The reason is on its page.")
INQUIRED = gettext_noop("You have a new inquiry: %(no)s.")
WRITTEN = gettext_noop("There is a new message on inquiry %(no)s.")
AD_RUNS = gettext_noop("Your advertisement %(no)s is approved and runs on its days.")
AD_BACK = gettext_noop("Your advertisement %(no)s was sent back. The reason is on the page of your advertisements.")


@on(ListingApproved, RevisionApproved, ListingRenewed)
def find_who_waits_for_it(fact):
    """When goods go on sale, for the first time or again, or newly fit by an approved change; who is told once is not told again."""
    if fact.name != ListingApproved.fact_name and fact.changes.get("state", [""])[-1] != "live":  # they were on sale all the time
        if fact.name == RevisionApproved.fact_name:
            services.match_listing(fact.payload["listing_id"], fact=fact, url=_offer_url(fact), change=fact.payload["version"])
        return
    services.match_listing(fact.payload["listing_id"], fact=fact, url=_offer_url(fact))


@on(MatchingWentOn)
def find_more_who_wait_for_it(fact):
    said = fact.payload
    how = {name: said.get(name) for name in ("was", "change")}
    services.match_listing(said["listing_id"], fact=fact, url=_offer_url(fact), after=said["after"], **how)


@on(ListingChanged)
def find_who_waits_for_the_price(fact):
    """Another price of goods on sale is news to those whom the earlier one kept away."""
    if before := fact.changes.get("price_minor"):
        services.match_listing(fact.payload["listing_id"], fact=fact, url=_offer_url(fact), was=int(before[0]))


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
    msgid = RAN_OUT if fact.name == WantExpired.fact_name else REQUEST_TAKEN_DOWN
    how = {"msgid": msgid, "params": {"no": no}, "url": reverse("catalog:want", args=[no]), "fact": fact}
    if firm:
        notify_enterprise(firm, box="trade", **how)
    elif person := queries.owner_of_want(fact.payload["want_id"]):
        notify_person(person, **how)


@on(InquiryMade)
def tell_of_inquiry(fact):
    _tell_inquiry(fact, fact.payload["owner_id"], INQUIRED)
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


# ---------- reports ----------

LOOKED_INTO = gettext_noop("What you reported as %(no)s has been looked into. The answer is on its page.")
REPORT_LATE = gettext_noop("A report about an offer or a request waits longer for its answer than promised.")


@on(ReportDecided)
def tell_reporter(fact):
    url = reverse("catalog:reports")
    notify_person(fact.payload["user_id"], msgid=LOOKED_INTO, params={"no": fact.payload["no"]}, url=url, fact=fact)


@on(DeadlinePassed)
def tell_desk_of_late_report(fact):
    if fact.payload["policy"] == REPORT.code:
        url = reverse("admin:catalog_report_change", args=[fact.payload["subject_id"]])
        notify_staff(HANDLE_REPORT, msgid=REPORT_LATE, params={}, url=url, fact=fact)


@on(WantHidden, ListingTakenDown)
def answer_other_reports(fact):
    """What is taken down answers everybody who reported it."""
    services.settle_reports(want_id=fact.payload.get("want_id"), listing_id=fact.payload.get("listing_id"))
