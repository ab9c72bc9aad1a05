"""Advertising places: booked by VIP sellers within a quota or by staff, reviewed, ended (H59)."""

from datetime import date, timedelta

from django.db import connection, transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from accounts.actors import require, require_staff
from accounts.queries import ever_belonged, is_vip
from kernel.clock import now
from kernel.refusals import Denied, NotFound, Refusal
from kernel.services import claim_key, lock, move, next_no, record
from kernel.timer import TIMER

from .. import facts, rules
from ..models import Ad, Category, Listing
from ..permissions import BOOK_AD, REVIEW_AD

QUOTA, DAYS_MOST, AHEAD_MOST = 3, 31, 90  # bookings of one seller at a time, days of one booking, days it may begin ahead


@transaction.atomic
def book_ad(
    *, actor, listing_no: str, place: str, starts_on: date, ends_on: date, request_key: str, category: str = "", words_zh: str = "",
    words_en: str = "",
) -> Ad:  # fmt: skip
    """Hand in an advertisement for goods on sale of a VIP enterprise: the seller's own, or any when staff book; it waits for its review.

    Raises Denied, NotFound, Refusal not_vip, claims_banned, ad_dates, ad_quota, category_unknown, ad_place.
    """
    staff = actor.can_staff(REVIEW_AD)
    if not staff:
        require(actor, BOOK_AD)
    asked = {
        "listing": listing_no, "place": place, "category": category, "from": starts_on, "to": ends_on, "zh": words_zh, "en": words_en,
    }  # fmt: skip
    claim = claim_key(request_key, verb="catalog.book_ad", actor=actor, inputs=asked)
    if claim.result_id:
        return Ad.objects.get(pk=claim.result_id)
    goods = Listing.objects.live() if staff else Listing.objects.own(actor).filter(state="live", seller__state="verified")
    listing = goods.filter(no=listing_no).first()
    if listing is None:
        raise NotFound()
    if not is_vip(listing.seller_id):
        raise Refusal("not_vip", _("Advertising places are for VIP companies."))
    if words := rules.banned_claims(words_zh, words_en):
        raise Refusal("claims_banned", rules.claims_told(words), words=words)
    _refuse_dates(starts_on, ends_on)
    found = _category(place, category)
    _refuse_quota(listing.seller_id, starts_on, ends_on)
    ad = Ad.objects.create(
        no=next_no("A", sequence="catalog_ad_no"), enterprise_id=listing.seller_id, listing=listing, place=place, category=found,
        words_zh=words_zh, words_en=words_en, starts_on=starts_on, ends_on=ends_on, created_at=now(),
    )  # fmt: skip
    record(_fact(facts.AdBooked, ad), actor=actor, subject=ad, chains=[ad.chain])
    claim.done(ad.pk)
    return ad


@transaction.atomic
def approve_ad(no: str, *, actor, request_key: str) -> Ad:
    """Let an advertisement run on its days (staff). Raises Denied, NotFound, IllegalMove, Refusal not_vip."""
    claim, ad = _for_review(no, actor, request_key, "catalog.approve_ad", {})
    if claim.result_id:
        return ad
    if not is_vip(ad.enterprise_id):
        raise Refusal("not_vip", _("Advertising places are for VIP companies."))
    return _moved(ad, "approve", facts.AdApproved, actor, claim)


@transaction.atomic
def reject_ad(no: str, *, actor, reason: str, request_key: str) -> Ad:
    """Send an advertisement back (staff), with a reason its seller reads. Raises Denied, NotFound, IllegalMove, Refusal reason_missing."""
    claim, ad = _for_review(no, actor, request_key, "catalog.reject_ad", {"reason": reason})
    if claim.result_id:
        return ad
    if not reason.strip():
        raise Refusal("reason_missing", _("Say why: the seller reads this reason."))
    return _moved(ad, "reject", facts.AdRejected, actor, claim, rejection_reason=reason.strip()[:200])


@transaction.atomic
def end_ad(no: str, *, actor, request_key: str) -> Ad:
    """Take an own advertisement off its place before its time; staff may end any. Raises Denied, NotFound, IllegalMove."""
    staff = actor.can_staff(REVIEW_AD)
    if not staff:
        require(actor, BOOK_AD)
    claim = claim_key(request_key, verb="catalog.end_ad", actor=actor, inputs={"no": no})
    ad = lock(Ad.objects.all() if staff else Ad.objects.filter(enterprise_id=actor.enterprise_id), no=no)
    if claim.result_id:
        return ad
    return _moved(ad, "end", facts.AdEnded, actor, claim)


def end_ads_of(enterprise_id: int) -> int:
    """End every advertisement of an enterprise that has closed; returns how many there were."""
    running = list(
        Ad.objects.filter(enterprise_id=enterprise_id, state__in=("in_review", "approved")).order_by("pk").values_list("pk", flat=True)
    )
    for pk in running:
        ad = lock(Ad.objects.all(), pk=pk)
        before = ad.state
        move(ad, "end")
        record(_fact(facts.AdEnded, ad), actor=TIMER, subject=ad, chains=[ad.chain], changes={"state": [before, ad.state]})
    return len(running)


def _for_review(no: str, actor, request_key: str, verb: str, inputs: dict):
    require_staff(actor, REVIEW_AD)
    claim = claim_key(request_key, verb=verb, actor=actor, inputs={"no": no, **inputs})
    ad = lock(Ad.objects.all(), no=no)
    if ever_belonged(actor, [ad.enterprise_id]):
        raise Denied("own_enterprise", _("You belong to this enterprise, so a colleague must decide."))
    return claim, ad


def _moved(ad: Ad, name: str, fact, actor, claim, **changes) -> Ad:
    before = ad.state
    move(ad, name, **changes)
    record(_fact(fact, ad), actor=actor, subject=ad, chains=[ad.chain], changes={"state": [before, ad.state]})
    claim.done(ad.pk)
    return ad


def _fact(fact, ad: Ad):
    return fact(ad_id=ad.pk, no=ad.no, enterprise_id=ad.enterprise_id)


def _category(place: str, code: str) -> Category | None:
    if place not in dict(Ad.PLACES):
        raise Refusal("ad_place", _("Choose one of the places."))
    if place != "category":
        return None
    found = Category.objects.filter(code=code).first()
    if found is None:
        raise Refusal("category_unknown", _("Choose one of the categories."))
    return found


def _refuse_dates(starts_on: date, ends_on: date) -> None:
    today = localdate(now())
    if starts_on < today or ends_on < starts_on:
        raise Refusal("ad_dates", _("Choose days from today on, the last one not before the first."))
    if (ends_on - starts_on).days >= DAYS_MOST or starts_on > today + timedelta(days=AHEAD_MOST):
        text = _("A booking lasts at most %(days)s days and begins within %(ahead)s days.")
        raise Refusal("ad_dates", text % {"days": DAYS_MOST, "ahead": AHEAD_MOST})


def _refuse_quota(enterprise_id: int, starts_on: date, ends_on: date) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 19))", [f"ads:{enterprise_id}"])
    same_time = Ad.objects.filter(
        enterprise_id=enterprise_id, state__in=("in_review", "approved"), starts_on__lte=ends_on, ends_on__gte=starts_on
    )
    if same_time.count() >= QUOTA:
        raise Refusal(
            "ad_quota", _("At most %(max)s advertisements of one company at a time. End one, or choose other days.") % {"max": QUOTA}
        )
