"""Listings: drafted by verified enterprises, reviewed by staff, visible to everybody only while on sale (M44, H52, H53).

Every entry into review starts the clock `catalog.review`; a decision keeps it, a withdrawal cancels it.
"""

import dataclasses
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actors import require, require_staff
from accounts.queries import ever_belonged
from accounts.services import grant_own
from kernel.clock import now
from kernel.refusals import Denied, Refusal
from kernel.services import cancel_deadlines, claim_key, lock, meet_deadline, move, next_no, record, start_deadline

from .. import facts, rules
from ..models import Category, Listing, ListingUserObjectPermission, Stock
from ..permissions import LIST_GOODS, MANAGE_PRODUCTS, REVIEW_LISTING
from ..states import LISTING
from .index import index_listing
from .photos import kept_photo
from .stock import _write

PROSE = {"title_zh", "title_en", "description_zh", "description_en", "spec", "wants", "place"}


@transaction.atomic
def create_listing(
    terms: rules.Terms, *, actor, category: str, request_key: str, photo: str = "", opening_stock: Decimal = Decimal(0),
    hand_in: bool = False,
) -> Listing:  # fmt: skip
    """Draft a listing in a category (code) with its opening stock; it is nobody's to see until reviewed.

    `photo` is the token of a kept photo (`keep_photo`); `hand_in` hands the draft in for review in the same breath.
    Raises Refusal("claims_banned") and Refusal("listing_incomplete") with `fields`, Refusal("category_unknown"), Refusal("photo_unknown").
    """
    require(actor, LIST_GOODS)
    kept = kept_photo(photo, actor=actor)
    inputs = _inputs(terms, category, kept, stock=opening_stock, hand_in=hand_in)
    claim = claim_key(request_key, verb="catalog.create_listing", actor=actor, inputs=inputs)
    if claim.result_id:
        return Listing.objects.get(pk=claim.result_id)
    _refuse_claims(terms)
    if hand_in:
        _refuse_gaps(terms)
    listing = Listing(
        no=next_no("G", sequence="catalog_listing_no"),
        seller_id=actor.enterprise_id,
        category=_category(category),
        created_at=now(),
        **terms.columns(),
    )
    listing.photo = kept
    index_listing(listing)
    listing.save(force_insert=True)
    grant_own(ListingUserObjectPermission, listing, actor=actor)
    stock = Stock.objects.create(listing=listing)
    if opening_stock > 0:
        _write(stock, "in", opening_stock, actor=actor, reason="opening stock")
    record(_fact(facts.ListingCreated, listing), actor=actor, subject=listing, chains=[listing.chain])
    if hand_in:
        listing = _hand_in(lock(Listing.objects.own(actor), pk=listing.pk), actor)
    claim.done(listing.pk)
    return listing


@transaction.atomic
def revise_listing(
    no: str, *, actor, terms: rules.Terms, category: str, request_key: str, photo: str = "", hand_in: bool = False
) -> Listing:
    """Change an own listing; one that was on sale goes back into review and is not shown until it has passed (H53, thin).

    `photo` is the token of a kept photo that replaces the old one; `hand_in` hands a draft in as well.
    Raises Refusal("claims_banned") and Refusal("listing_incomplete") with `fields`, Refusal("photo_unknown").
    """
    require(actor, LIST_GOODS if hand_in else MANAGE_PRODUCTS)
    kept = kept_photo(photo, actor=actor)
    inputs = _inputs(terms, category, kept, no=no, hand_in=hand_in)
    claim = claim_key(request_key, verb="catalog.revise_listing", actor=actor, inputs=inputs)
    listing = lock(Listing.objects.own(actor), no=no)
    if claim.result_id:
        return listing
    _refuse_claims(terms)
    chosen = _category(category)
    new = terms.columns() | {"category_id": chosen.pk}
    changes = {k: _told(k, getattr(listing, k), v) for k, v in new.items() if getattr(listing, k) != v}
    for name, value in new.items():
        setattr(listing, name, value)
    if kept and kept.pk != listing.photo_id:
        changes["photo"] = [listing.photo.sha256 if listing.photo else "", kept.sha256]
        listing.photo = kept
    if hand_in or listing.state in ("in_review", "live"):
        _refuse_gaps(terms)
    if changes:
        _save_revision(listing, changes, actor)
    if hand_in and listing.state in LISTING.moves["submit"][0]:
        _hand_in(listing, actor)
    claim.done(listing.pk)
    return listing


def _told(name: str, old, new) -> list[str]:
    """What a fact, which nobody can erase, says of a change: of free text only that it changed."""
    return ["*", "*"] if name in PROSE else [str(old), str(new)]


def _save_revision(listing: Listing, changes: dict, actor) -> None:
    listing.category = Category.objects.get(pk=listing.category_id)
    listing.version += 1
    index_listing(listing)
    if listing.state == "live":
        move(listing, "revise", submitted_at=now())
        start_deadline(rules.REVIEW.code, listing, chains=[listing.chain])
        changes["state"] = ["live", "in_review"]
    listing.save()
    fact = facts.ListingChanged(listing_id=listing.pk, no=listing.no, seller_id=listing.seller_id, version=listing.version)
    record(fact, actor=actor, subject=listing, chains=[listing.chain], changes=changes)


@transaction.atomic
def submit_listing(no: str, *, actor, request_key: str) -> Listing:
    """Hand an own listing in for review; raises Refusal("listing_incomplete") saying in `fields` what is missing where (H52)."""
    require(actor, LIST_GOODS)
    claim = claim_key(request_key, verb="catalog.submit_listing", actor=actor, inputs={"no": no})
    listing = lock(Listing.objects.own(actor), no=no)
    if claim.result_id:
        return listing
    _refuse_gaps(_terms(listing))
    _hand_in(listing, actor)
    claim.done(listing.pk)
    return listing


def _hand_in(listing: Listing, actor) -> Listing:
    start_deadline(rules.REVIEW.code, listing, chains=[listing.chain])
    return _move(listing, "submit", facts.ListingSubmitted, actor, submitted_at=now(), rejection_reason="")


@transaction.atomic
def withdraw_listing(no: str, *, actor, request_key: str) -> Listing:
    """Take an own listing off sale, or out of review; orders already made keep their goods."""
    require(actor, MANAGE_PRODUCTS)
    claim = claim_key(request_key, verb="catalog.withdraw_listing", actor=actor, inputs={"no": no})
    listing = lock(Listing.objects.own(actor), no=no)
    if claim.result_id:
        return listing
    cancel_deadlines(listing)
    claim.done(listing.pk)
    return _move(listing, "withdraw", facts.ListingWithdrawn, actor)


@transaction.atomic
def approve_listing(no: str, *, actor, version: int, request_key: str) -> Listing:
    """Put a reviewed listing on sale (staff); raises Refusal("changed_meanwhile") when it is not the version that was read."""
    require_staff(actor, REVIEW_LISTING)
    claim = claim_key(request_key, verb="catalog.approve_listing", actor=actor, inputs={"no": no, "version": version})
    listing = _for_review(no, actor)
    if claim.result_id:
        return listing
    _refuse_other_version(listing, version)
    meet_deadline(rules.REVIEW.code, listing)
    claim.done(listing.pk)
    return _move(listing, "approve", facts.ListingApproved, actor, published_at=now(), rejection_reason="")


@transaction.atomic
def reject_listing(no: str, *, actor, version: int, reason: str, request_key: str) -> Listing:
    """Send a listing back with a reason that its seller reads (staff); raises Refusal("reason_missing"), Refusal("changed_meanwhile")."""
    require_staff(actor, REVIEW_LISTING)
    reason = reason.strip()
    claim = claim_key(request_key, verb="catalog.reject_listing", actor=actor, inputs={"no": no, "version": version, "reason": reason})
    listing = _for_review(no, actor)
    if claim.result_id:
        return listing
    _refuse_other_version(listing, version)
    if not reason:
        raise Refusal("reason_missing", _("Say why: the seller reads this reason."))
    meet_deadline(rules.REVIEW.code, listing)
    claim.done(listing.pk)
    return _move(listing, "reject", facts.ListingRejected, actor, rejection_reason=reason)


def _for_review(no: str, actor) -> Listing:
    listing = lock(Listing.objects.all(), no=no)
    if ever_belonged(actor, [listing.seller_id]):
        raise Denied("own_enterprise", _("You belong to this enterprise, so a colleague must decide."))
    return listing


def _refuse_other_version(listing: Listing, version: int) -> None:
    if listing.version != version:
        raise Refusal("changed_meanwhile", _("The seller has changed this listing since you opened it. Read it again before you decide."))


def _move(listing: Listing, name: str, fact, actor, **changes) -> Listing:
    before = listing.state
    move(listing, name, **changes)
    record(_fact(fact, listing), actor=actor, subject=listing, chains=[listing.chain], changes={"state": [before, listing.state]})
    return listing


def _fact(fact, listing: Listing):
    return fact(listing_id=listing.pk, no=listing.no, seller_id=listing.seller_id)


def _inputs(terms: rules.Terms, category: str, photo, **more) -> dict:
    """What a request key stands for; of a photo its content, so that another picture is another request."""
    return {**dataclasses.asdict(terms), "category": category, "photo": photo.sha256 if photo else "", **more}


def _category(code: str) -> Category:
    category = Category.objects.filter(code=code).first()
    if category is None:
        raise Refusal("category_unknown", _("Choose one of the categories."))
    return category


def _refuse_claims(terms: rules.Terms) -> None:
    if found := rules.claims_of(rules.texts_of(terms)):
        words = [word for said in found.values() for word in said]
        fields = {name: rules.claims_told(said) for name, said in found.items()}
        raise Refusal("claims_banned", rules.claims_told(words), words=words, fields=fields)


def _refuse_gaps(terms: rules.Terms) -> None:
    if missing := rules.gaps(terms):
        raise Refusal("listing_incomplete", " ".join(str(m) for m in missing.values()), fields=missing)


def _terms(listing: Listing) -> rules.Terms:
    names = [f.name for f in dataclasses.fields(rules.Terms) if f.name != "price"]
    return rules.Terms(price=listing.price, **{name: getattr(listing, name) for name in names})
