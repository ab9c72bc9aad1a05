"""Listings: drafted by verified enterprises, reviewed by staff, visible to everybody only while on sale (M44, H52, H53).

Every entry into review starts the clock `catalog.review`; a decision keeps it, a withdrawal cancels it. Goods that were approved once are
changed by revisions (services/revisions.py), so that a listing's columns hold nothing that a reviewer has not read.
"""

from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actors import require
from accounts.services import grant_own
from kernel.clock import now
from kernel.refusals import Refusal
from kernel.services import cancel_deadlines, claim_key, lock, move, next_no, record, start_deadline
from kernel.timer import TIMER

from .. import facts, rules
from ..models import Category, Listing, ListingUserObjectPermission, Stock
from ..permissions import LIST_GOODS, MANAGE_PRODUCTS
from .checks import check_terms, chosen_category, terms_of, write_columns
from .media import check_media, use_media
from .revisions import change_published, drop_revision, next_version, open_revision, submit_revision, take_back_revision, told
from .stock import _write


@transaction.atomic
def create_listing(
    terms: rules.Terms, *, actor, category: str, request_key: str, opening_stock: Decimal = Decimal(0), hand_in: bool = False,
    batch: str = "",
) -> Listing:  # fmt: skip
    """Draft a listing in a category (code) with its opening stock; it is nobody's to see until reviewed.

    `hand_in` hands the draft in for review in the same breath; `batch` names the import it came with, so that a reviewer may approve one
    seller's import together. Raises Refusal("terms_invalid"), ("claims_banned") and ("listing_incomplete") with `fields`,
    ("category_unknown"), ("photo_unknown").
    """
    require(actor, LIST_GOODS)
    inputs = rules.inputs(terms) | {"category": category, "stock": opening_stock, "hand_in": hand_in, "batch": batch}
    claim = claim_key(request_key, verb="catalog.create_listing", actor=actor, inputs=inputs)
    if claim.result_id:
        return Listing.objects.get(pk=claim.result_id)
    chosen = chosen_category(category)
    terms = check_terms(check_media(terms, actor=actor), chosen, complete=hand_in)
    listing = Listing(no=next_no("G", sequence="catalog_listing_no"), seller_id=actor.enterprise_id, created_at=now(), batch=batch[:40])
    write_columns(listing, terms, chosen)
    _index(listing)
    listing.save(force_insert=True)
    grant_own(ListingUserObjectPermission, listing, actor=actor)
    use_media(listing, terms)
    stock = Stock.objects.create(listing=listing)
    if opening_stock > 0:
        _write(stock, "in", opening_stock, actor=actor, reason="opening stock")
    record(_fact(facts.ListingCreated, listing), actor=actor, subject=listing, chains=[listing.chain])
    if hand_in:
        listing = _hand_in(lock(Listing.objects.own(actor), pk=listing.pk), actor)
    claim.done(listing.pk)
    return listing


@transaction.atomic
def revise_listing(no: str, *, actor, terms: rules.Terms, category: str, request_key: str, hand_in: bool | None = None) -> Listing:
    """Change an own listing. What was never approved is changed in place; of goods that were, numbers change at once and all else waits
    as a revision for its review while the approved version stays on sale (H53).

    `hand_in` hands it in for review, False keeps it as a draft; None hands in what is on sale.
    Raises as `create_listing` does.
    """
    on_sale = Listing.objects.own(actor).filter(no=no, state="live").exists()
    require(actor, LIST_GOODS if hand_in and not on_sale else MANAGE_PRODUCTS)
    inputs = rules.inputs(terms) | {"category": category, "no": no, "hand_in": hand_in}
    claim = claim_key(request_key, verb="catalog.revise_listing", actor=actor, inputs=inputs)
    listing = lock(Listing.objects.own(actor).select_related("category", "seller"), no=no)
    if claim.result_id:
        return listing
    chosen = chosen_category(category, kept=listing.category_id)
    if hand_in is None:
        hand_in = listing.state == "live"
    complete = hand_in or (listing.published_at is None and listing.state == "in_review")
    terms = check_terms(check_media(terms, actor=actor), chosen, complete=complete)
    if listing.published_at:
        change_published(listing, terms, chosen, hand_in=hand_in, actor=actor)
    else:
        _save_revision(listing, terms, chosen, actor)
        if hand_in and listing.state != "in_review":
            _hand_in(listing, actor)
    claim.done(listing.pk)
    return listing


def _save_revision(listing: Listing, terms: rules.Terms, category: Category, actor) -> None:
    """Change in place what nobody has approved yet."""
    before = terms_of(listing)
    changes = told(rules.differences(before, terms), before, terms)
    if category.pk != listing.category_id:
        changes["category"] = [listing.category.code, category.code]
    if not changes:
        return
    write_columns(listing, terms, category)
    listing.version = next_version(listing)
    _index(listing)
    listing.save()
    use_media(listing, terms)
    fact = facts.ListingChanged(listing_id=listing.pk, no=listing.no, seller_id=listing.seller_id, version=listing.version)
    record(fact, actor=actor, subject=listing, chains=[listing.chain], changes=changes)


@transaction.atomic
def submit_listing(no: str, *, actor, request_key: str) -> Listing:
    """Hand in an own listing, or the drafted revision of one (H52).

    Raises Refusal("listing_incomplete") saying in `fields` what is missing.
    What was approved and has no revision cannot be handed in: it is renewed.
    """
    require(actor, LIST_GOODS)
    claim = claim_key(request_key, verb="catalog.submit_listing", actor=actor, inputs={"no": no})
    listing = lock(Listing.objects.own(actor).select_related("category"), no=no)
    if claim.result_id:
        return listing
    if listing.published_at:
        revision = open_revision(listing)
        if revision is None:
            raise Refusal("nothing_to_review", _("Nothing has changed since this was approved, so there is nothing to review. Renew it."))
        check_terms(revision.said, revision.category, complete=True)
        submit_revision(listing, revision, actor)
    else:
        check_terms(terms_of(listing), listing.category, complete=True)
        _hand_in(listing, actor)
    claim.done(listing.pk)
    return listing


def _hand_in(listing: Listing, actor) -> Listing:
    start_deadline(rules.REVIEW.code, listing, chains=[listing.chain])
    kept = {"submitted_at": now(), "rejection_reason": "", "reasons": [], "waiting": True}
    return _move(listing, "submit", facts.ListingSubmitted, actor, **kept)


@transaction.atomic
def withdraw_listing(no: str, *, actor, request_key: str) -> Listing:
    """Take an own listing off sale, or out of review; orders already made keep their goods, a waiting revision stays as a draft."""
    require(actor, MANAGE_PRODUCTS)
    claim = claim_key(request_key, verb="catalog.withdraw_listing", actor=actor, inputs={"no": no})
    listing = lock(Listing.objects.own(actor), no=no)
    if claim.result_id:
        return listing
    _withdraw(listing, actor)
    claim.done(listing.pk)
    return listing


def _withdraw(listing: Listing, actor) -> None:
    _move(listing, "withdraw", facts.ListingWithdrawn, actor, waiting=False, expires_at=None)
    clear_queue(listing)
    cancel_deadlines(listing)


def clear_queue(listing: Listing) -> None:
    """A locked listing that is not sold now leaves the reviewers' queue; what was proposed stays as a draft."""
    revision = open_revision(listing)
    if revision and revision.state == "in_review":
        take_back_revision(listing, revision)


@transaction.atomic
def drop_change(no: str, *, actor, request_key: str) -> Listing:
    """Give a proposed change of an own listing up; what is on sale stays as it is."""
    require(actor, MANAGE_PRODUCTS)
    claim = claim_key(request_key, verb="catalog.drop_change", actor=actor, inputs={"no": no})
    listing = lock(Listing.objects.own(actor), no=no)
    if claim.result_id:
        return listing
    revision = open_revision(listing)
    if revision is None:
        raise Refusal("nothing_proposed", _("There is no change of this listing that could be given up."))
    drop_revision(listing, revision, actor)
    claim.done(listing.pk)
    return listing


@transaction.atomic
def renew_listing(no: str, *, actor, request_key: str) -> Listing:
    """Put an own listing on sale again as it was approved, or let one that is on sale run for another full time.

    No review: nothing has changed. Raises Refusal("claims_banned") when the rules have become stricter since.
    """
    require(actor, LIST_GOODS)
    claim = claim_key(request_key, verb="catalog.renew_listing", actor=actor, inputs={"no": no})
    listing = lock(Listing.objects.own(actor).select_related("category"), no=no)
    if claim.result_id:
        return listing
    if listing.published_at is None:
        raise Refusal("never_approved", _("This was never approved. Hand it in for review instead."))
    check_terms(terms_of(listing), listing.category, complete=True)
    if listing.state == "live":
        record(_fact(facts.ListingRenewed, listing), actor=actor, subject=listing, chains=[listing.chain])
    else:
        _move(listing, "renew", facts.ListingRenewed, actor)
    run_anew(listing)
    claim.done(listing.pk)
    return listing


def run_anew(listing: Listing) -> None:
    """Start the time that a locked listing may stay on sale from now, with the reminder before its end."""
    cancel_deadlines(listing, rules.EXPIRY.code, rules.REMINDER.code)
    start_deadline(rules.REMINDER.code, listing, chains=[listing.chain])
    listing.expires_at = start_deadline(rules.EXPIRY.code, listing, chains=[listing.chain]).due_at
    Listing.objects.filter(pk=listing.pk).update(expires_at=listing.expires_at)


@transaction.atomic
def expire_listing(listing_id: int) -> None:
    """End an offer whose time has run out; harmless when it was renewed or withdrawn meanwhile."""
    listing = lock(Listing.objects.all(), pk=listing_id)
    if listing.state == "live" and listing.expires_at and listing.expires_at <= now():
        cancel_deadlines(listing, rules.REMINDER.code)
        _move(listing, "expire", facts.ListingExpired, TIMER)


def _move(listing: Listing, name: str, fact, actor, **changes) -> Listing:
    before = listing.state
    move(listing, name, **changes)
    record(_fact(fact, listing), actor=actor, subject=listing, chains=[listing.chain], changes={"state": [before, listing.state]})
    return listing


def _fact(fact, listing: Listing):
    return fact(listing_id=listing.pk, no=listing.no, seller_id=listing.seller_id)


def _index(listing: Listing) -> None:
    """Keep the search columns: titles weigh most, then specification and category, then the description."""
    seller, category = listing.seller, listing.category
    spec = " ".join(word for line in listing.spec for pair in line.values() for word in pair)
    listing.search = rules.vector(
        [
            (listing.title_zh, "A"), (listing.title_en, "A"), (spec, "B"), (f"{category.name_zh} {category.name_en}", "C"),
            (f"{seller.name} {seller.name_en} {listing.place} {listing.no}", "C"),
            (f"{listing.description_zh} {listing.description_en}"[:1500], "D"),
        ]
    ) or None  # fmt: skip
    listing.wants_search = rules.vector([(" ".join(listing.wants), "A")]) or None
