"""Listings: drafted by verified enterprises, reviewed by staff, visible to everybody only while on sale (M44, H52, H53)."""

import dataclasses
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actors import require, require_staff
from accounts.queries import ever_belonged
from kernel.clock import now
from kernel.refusals import Denied, Refusal
from kernel.services import Purpose, claim_key, lock, move, record, store_upload
from kernel.uploads import JPEG, PNG, WEBP

from .. import facts, rules
from ..models import Category, Listing, Stock
from ..permissions import MANAGE_PRODUCTS, REVIEW_LISTING
from .numbers import next_no
from .stock import _write

PROSE = {"title_zh", "title_en", "description_zh", "description_en", "spec", "wants", "place"}
PHOTO = Purpose("listing_photo", frozenset({JPEG, PNG, WEBP}), 8 * 1024 * 1024)


@transaction.atomic
def create_listing(
    terms: rules.Terms, *, actor, category: str, request_key: str, photo=None, opening_stock: Decimal = Decimal(0)
) -> Listing:
    """Draft a listing in a category (code) with its opening stock; it is nobody's to see until reviewed.

    Raises Refusal("claims_banned") naming the words, Refusal("category_unknown"), Refusal("upload_…").
    """
    require(actor, MANAGE_PRODUCTS)
    claim = claim_key(request_key, verb="catalog.create_listing", actor=actor, inputs=_inputs(terms, category, opening_stock, photo))
    if claim.result_id:
        return Listing.objects.get(pk=claim.result_id)
    _refuse_claims(terms)
    listing = Listing(no=next_no("G"), seller_id=actor.enterprise_id, category=_category(category), created_at=now(), **terms.columns())
    if photo:
        listing.photo = store_upload(photo, purpose=PHOTO, owner_chain=listing.chain, actor=actor)
    _index(listing)
    listing.save(force_insert=True)
    stock = Stock.objects.create(listing=listing)
    if opening_stock > 0:
        _write(stock, "in", opening_stock, actor=actor, reason="opening stock")
    record(_fact(facts.ListingCreated, listing), actor=actor, subject=listing, chains=[listing.chain])
    claim.done(listing.pk)
    return listing


@transaction.atomic
def revise_listing(no: str, *, actor, terms: rules.Terms, category: str, request_key: str, photo=None) -> Listing:
    """Change an own listing; one that was on sale goes back into review and is not shown until it has passed (H53, thin).

    Raises Refusal("claims_banned") naming the words.
    """
    require(actor, MANAGE_PRODUCTS)
    inputs = {"no": no, **_inputs(terms, category, 0, photo)}
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
    if photo:
        listing.photo = store_upload(photo, purpose=PHOTO, owner_chain=listing.chain, actor=actor)
        changes["photo"] = ["", listing.photo.sha256]
    if changes:
        _save_revision(listing, changes, actor)
    claim.done(listing.pk)
    return listing


def _told(name: str, old, new) -> list[str]:
    """What a fact, which nobody can erase, says of a change: of free text only that it changed."""
    return ["*", "*"] if name in PROSE else [str(old), str(new)]


def _save_revision(listing: Listing, changes: dict, actor) -> None:
    listing.category = Category.objects.get(pk=listing.category_id)
    listing.version += 1
    _index(listing)
    if listing.state == "live":
        _refuse_gaps(listing)
        move(listing, "revise", submitted_at=now())
        changes["state"] = ["live", "in_review"]
    listing.save()
    fact = facts.ListingChanged(listing_id=listing.pk, no=listing.no, seller_id=listing.seller_id, version=listing.version)
    record(fact, actor=actor, subject=listing, chains=[listing.chain], changes=changes)


@transaction.atomic
def submit_listing(no: str, *, actor) -> Listing:
    """Hand an own listing in for review; raises Refusal("listing_incomplete") saying what is missing (H52)."""
    require(actor, MANAGE_PRODUCTS)
    listing = lock(Listing.objects.own(actor), no=no)
    _refuse_gaps(listing)
    return _move(listing, "submit", facts.ListingSubmitted, actor, submitted_at=now(), rejection_reason="")


@transaction.atomic
def withdraw_listing(no: str, *, actor) -> Listing:
    """Take an own listing off sale, or out of review; orders already made keep their goods."""
    require(actor, MANAGE_PRODUCTS)
    return _move(lock(Listing.objects.own(actor), no=no), "withdraw", facts.ListingWithdrawn, actor)


@transaction.atomic
def approve_listing(no: str, *, actor, version: int) -> Listing:
    """Put a reviewed listing on sale (staff); raises Refusal("changed_meanwhile") when it is not the version that was read."""
    listing = _for_review(no, actor, version)
    return _move(listing, "approve", facts.ListingApproved, actor, published_at=now(), rejection_reason="")


@transaction.atomic
def reject_listing(no: str, *, actor, version: int, reason: str) -> Listing:
    """Send a listing back with a reason that its seller reads (staff); raises Refusal("reason_missing")."""
    listing = _for_review(no, actor, version)
    if not reason.strip():
        raise Refusal("reason_missing", _("Say why: the seller reads this reason."))
    return _move(listing, "reject", facts.ListingRejected, actor, rejection_reason=reason.strip())


def _for_review(no: str, actor, version: int) -> Listing:
    require_staff(actor, REVIEW_LISTING)
    listing = lock(Listing.objects.all(), no=no)
    if ever_belonged(actor, [listing.seller_id]):
        raise Denied("own_enterprise", _("You belong to this enterprise, so a colleague must decide."))
    if listing.version != version:
        raise Refusal("changed_meanwhile", _("The seller has changed this listing since you opened it. Read it again before you decide."))
    return listing


def _move(listing: Listing, name: str, fact, actor, **changes) -> Listing:
    before = listing.state
    move(listing, name, **changes)
    record(_fact(fact, listing), actor=actor, subject=listing, chains=[listing.chain], changes={"state": [before, listing.state]})
    return listing


def _fact(fact, listing: Listing):
    return fact(listing_id=listing.pk, no=listing.no, seller_id=listing.seller_id)


def _inputs(terms: rules.Terms, category: str, opening_stock, photo) -> dict:
    return {**dataclasses.asdict(terms), "category": category, "stock": opening_stock, "photo": getattr(photo, "size", 0)}


def _category(code: str) -> Category:
    category = Category.objects.filter(code=code).first()
    if category is None:
        raise Refusal("category_unknown", _("Choose one of the categories."))
    return category


def _refuse_claims(terms: rules.Terms) -> None:
    lines = [word for line in terms.spec for pair in line.values() for word in pair]
    texts = (terms.title_zh, terms.title_en, terms.description_zh, terms.description_en, *lines, *terms.wants)
    if words := rules.banned_claims(*texts):
        text = _(
            "A listing must not claim this: %(words)s. Advertising law forbids superlatives; guarantee marks are the platform's to give."
        )
        raise Refusal("claims_banned", text % {"words": ", ".join(words)}, words=words)


def _refuse_gaps(listing: Listing) -> None:
    if missing := rules.gaps(_terms(listing)):
        raise Refusal("listing_incomplete", " ".join(str(m) for m in missing))


def _terms(listing: Listing) -> rules.Terms:
    names = [f.name for f in dataclasses.fields(rules.Terms) if f.name != "price"]
    return rules.Terms(price=listing.price, **{name: getattr(listing, name) for name in names})


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
