"""Changes of goods that have been on sale: numbers at once, all else as a revision that is reviewed while the old version stays (H53)."""

from kernel.clock import now
from kernel.services import cancel_deadlines, lock_all, move, record, start_deadline

from .. import facts, rules
from ..models import Category, Listing, Revision
from ..models.revisions import OPEN
from .checks import terms_of, write_columns
from .media import use_media

PROSE = {
    "title_zh", "title_en", "description_zh", "description_en", "spec", "wants", "place", "packaging_zh", "packaging_en", "origin", "maker",
    "attributes", "fair_value", "media", "incoterm_place",
}  # fmt: skip


def next_version(listing: Listing) -> int:
    """The next number for an edit of a locked listing."""
    listing.latest_version += 1
    Listing.objects.filter(pk=listing.pk).update(latest_version=listing.latest_version)
    return listing.latest_version


def open_revision(listing: Listing) -> Revision | None:
    """The locked revision of a locked listing that is drafted, waits or was sent back."""
    found = Revision.objects.filter(listing=listing, state__in=OPEN).values_list("pk", flat=True)
    return next(iter(lock_all(Revision.objects.select_related("category"), list(found))), None)


def told(changed: set[str], before: rules.Terms, after: rules.Terms) -> dict[str, list[str]]:
    """What a fact, which nobody can erase, says of a change: of free text only that it changed."""
    old, new = before.columns(), after.columns()
    return {name: ["*", "*"] if name in PROSE else [str(old[name]), str(new[name])] for name in sorted(changed)}


def keep_version(listing: Listing, *, reviewed: bool, by) -> Revision:
    """Keep what a listing's columns say now as its approved version: whoever orders it agrees on this."""
    return Revision.objects.create(
        listing=listing, version=listing.version, category=listing.category, terms=terms_of(listing).stored(), state="applied",
        reviewed=reviewed, created_at=now(), decided_at=now(), decided_by_id=by.user_id,
    )  # fmt: skip


def change_published(listing: Listing, terms: rules.Terms, category: Category, *, hand_in: bool, actor) -> None:
    """Change goods that were approved before: `hand_in` puts numbers into force and the rest into review, else all is kept as a draft."""
    before, revision = terms_of(listing), open_revision(listing)
    changed = rules.differences(before, terms)
    moved = category.pk != listing.category_id
    if hand_in and (quick := changed & rules.QUICK):
        _change_numbers(listing, quick, before, terms, actor)
    rest = changed - rules.QUICK if hand_in else changed
    if not rest and not moved:
        if revision:
            drop_revision(listing, revision, actor=actor)
        return
    revision = _propose(listing, revision, terms, category, told(rest, before, terms), actor)
    if hand_in:
        submit_revision(listing, revision, actor=actor)
    elif revision.state == "in_review":
        take_back_revision(listing, revision)


def _change_numbers(listing: Listing, quick: set[str], before: rules.Terms, terms: rules.Terms, actor) -> None:
    values = terms.columns()
    for name in quick:
        setattr(listing, name, values[name])
    if not Revision.objects.filter(listing=listing, version=listing.version).exists():
        _keep_old(listing, before, actor)  # goods from before versions were kept
    listing.version = next_version(listing)
    listing.save()
    keep_version(listing, reviewed=False, by=actor)
    fact = facts.ListingChanged(listing_id=listing.pk, no=listing.no, seller_id=listing.seller_id, version=listing.version)
    record(fact, actor=actor, subject=listing, chains=[listing.chain], changes=told(quick, before, terms))


def _keep_old(listing: Listing, before: rules.Terms, actor) -> None:
    Revision.objects.create(
        listing=listing, version=listing.version, category=listing.category, terms=before.stored(), state="applied", created_at=now(),
        decided_at=now(),
    )  # fmt: skip


def _propose(listing: Listing, revision: Revision | None, terms, category: Category, changes: dict, actor) -> Revision:
    stored = terms.stored()
    if revision and revision.terms == stored and revision.category_id == category.pk:
        return revision
    version = next_version(listing)
    if revision is None:
        revision = Revision.objects.create(listing=listing, version=version, category=category, terms=stored, created_at=now())
        revision = lock_all(Revision.objects.all(), [revision.pk])[0]
    else:
        revision.version, revision.category, revision.terms = version, category, stored
        revision.save(update_fields=["version", "category", "terms"])
    use_media(listing, terms)
    fact = facts.RevisionDrafted(listing_id=listing.pk, no=listing.no, seller_id=listing.seller_id, version=version)
    record(fact, actor=actor, subject=listing, chains=[listing.chain], changes=changes)
    return revision


def submit_revision(listing: Listing, revision: Revision, *, actor) -> None:
    """Hand a revision in; one that waits already keeps its place and its clock."""
    if revision.state == "in_review":
        return
    move(revision, "submit", submitted_at=now())
    start_deadline(rules.REVIEW.code, listing, chains=[listing.chain])
    _wait(listing, True)
    fact = facts.RevisionSubmitted(listing_id=listing.pk, no=listing.no, seller_id=listing.seller_id, version=revision.version)
    record(fact, actor=actor, subject=listing, chains=[listing.chain])


def _wait(listing: Listing, waiting: bool) -> None:
    listing.waiting = waiting
    changes = {"submitted_at": now()} if waiting else {}
    Listing.objects.filter(pk=listing.pk).update(waiting=waiting, **changes)


def drop_revision(listing: Listing, revision: Revision, *, actor) -> None:
    """Give a proposed change up; the version on sale stays."""
    if revision.state == "in_review":
        cancel_deadlines(listing, rules.REVIEW.code)
        _wait(listing, False)
    move(revision, "drop")
    fact = facts.RevisionDropped(listing_id=listing.pk, no=listing.no, seller_id=listing.seller_id, version=revision.version)
    record(fact, actor=actor, subject=listing, chains=[listing.chain])


def take_back_revision(listing: Listing, revision: Revision) -> None:
    """Take a waiting revision out of the queue; it stays with its seller as a draft."""
    move(revision, "take_back")
    cancel_deadlines(listing, rules.REVIEW.code)
    _wait(listing, False)


def swap_in(listing: Listing, revision: Revision) -> None:
    """Put a revision's terms into a locked listing's columns in one go; the caller indexes, saves and records."""
    write_columns(listing, revision.said, revision.category)
    listing.version = revision.version
    listing.waiting = False
