"""What search reads of a listing, kept beside it: written with the listing, and again for all of them by `manage.py reindex`."""

from collections.abc import Iterator, Mapping, Sequence

from django.db import transaction
from django.db.models import Case, IntegerField, Value, When

from accounts.models import Enterprise
from kernel.chains import PLATFORM
from kernel.services import record
from kernel.timer import TIMER

from .. import ranking_rules, search_rules
from ..facts import IndexWentOn
from ..models import Category, Listing, SellerStanding

WORDS = ["search", "titles", "wants_search"]
STANDING = ["guarantee_minor", "record", "merit"]
RENAMED = 500  # listings of one transaction, when a name has changed


def lineage_of(category: Category) -> list[Category]:
    """A category and those above it."""
    lineage = [category]
    while lineage[-1].parent:
        lineage.append(lineage[-1].parent)
    return lineage


def words_of(listing: Listing, lineage: Sequence[Category]) -> list[tuple[str, str]]:
    """Every text by which a listing is found, with its weight (A–D); the titles come first."""
    seller = listing.seller
    spec = " ".join([word for line in (*listing.attribute_lines, *listing.spec) for lang in ("zh", "en") for word in line.get(lang) or ()])
    named = " ".join([f"{c.name_zh} {c.name_en}" for c in lineage])
    return [
        (listing.title_zh, "A"), (listing.title_en, "A"), (spec, "B"), (named, "C"),
        (f"{seller.name} {seller.name_en}", "C"), (listing.place, "C"), (listing.no, "C"),
        (f"{listing.description_zh} {listing.description_en}", "D"),
    ]  # fmt: skip


def index_listing(
    listing: Listing, *, standing: SellerStanding | None = None, ranks: Mapping[bool, Mapping[str, int]] | None = None
) -> None:  # fmt: skip
    """Fill the search columns of a listing that is about to be saved: its words, its facets, its seller's standing.

    `ranks`: what that standing is worth for goods that are ready to ship, and for others; for many listings of one seller.
    """
    lineage = lineage_of(listing.category)
    words = words_of(listing, lineage)
    titles = search_rules.vector(words[:2])
    facets = [search_rules.facet(kind, value) for kind, value in search_rules.facet_values(listing, [c.code for c in lineage])]
    listing.search = " ".join(filter(None, (titles, search_rules.vector(words[2:], facets))))
    listing.titles = titles or None
    listing.wants_search = search_rules.vector([(" ".join(listing.wants), "A")]) if listing.wants else None
    if ranks is None:
        standing = standing or SellerStanding.objects.filter(pk=listing.seller_id).first() or SellerStanding()
        ranks = {listing.ready_to_ship: rank_of(standing, listing.ready_to_ship)}
    for name, value in ranks[listing.ready_to_ship].items():
        setattr(listing, name, value)


def rank_of(standing: SellerStanding, ready: bool, weights: Mapping[str, int] | None = None) -> dict[str, int]:
    """What a listing carries of its seller's standing: the line behind it, the seller's record, the points that order the market."""
    record = ranking_rules.record_of(standing.completed_orders, standing.rating)
    merit = ranking_rules.merit(weights or ranking_rules.weights(), guaranteed=standing.guaranteed, record=record, ready=ready)
    return {"guarantee_minor": standing.line_minor if standing.guaranteed else 0, "record": record, "merit": merit}


def rank_listings_of(standing: SellerStanding) -> int:
    """Bring a seller's standing to all its listings, in one statement behind locks in the order of ids; returns how many changed."""
    return _rank_all(Listing.objects.filter(seller_id=standing.pk), standing, ranking_rules.weights())


def _rank_all(rows, standing: SellerStanding, weights: Mapping[str, int]) -> int:
    ready, other = rank_of(standing, True, weights), rank_of(standing, False, weights)
    merit = Case(When(ready_to_ship=True, then=Value(ready["merit"])), default=Value(other["merit"]), output_field=IntegerField())
    same = ready | {"merit": merit}
    changed = rows.exclude(**same).select_for_update(no_key=True).order_by("pk")
    return rows.filter(pk__in=list(changed.values_list("pk", flat=True))).update(**same)


def reindex_listings(*, batch: int = 2000, after: int = 0) -> Iterator[tuple[int, int]]:
    """Fill the search columns of every listing anew, a batch a transaction; yields (last listing's id, listings done) after each."""
    done = 0
    while True:
        with transaction.atomic():
            found = _index_again(Listing.objects.filter(pk__gt=after), batch)
        if not found:
            return
        after, done = found[-1].pk, done + len(found)
        yield after, done


def _index_again(rows, batch: int) -> list[Listing]:
    """A listing that is being changed at the same moment is waited for, so that what its seller wrote is what is found."""
    locked = rows.select_for_update(of=("self",), no_key=True).order_by("pk")
    found = list(locked.select_related("seller", "category__parent__parent")[:batch])
    standings = SellerStanding.objects.in_bulk({listing.seller_id for listing in found})
    for listing in found:
        index_listing(listing, standing=standings.get(listing.seller_id) or SellerStanding())
    Listing.objects.bulk_update(found, [*WORDS, *STANDING], batch_size=500)
    return found


@transaction.atomic
def index_renamed(*, seller_id: int | None = None, category_id: int | None = None, after: int = 0) -> int:
    """Let the goods of a seller, or of a category and all below it, be found by its new name and place: a batch, and a fact for the rest.

    Returns how many were written.
    """
    subject: Enterprise | Category | None
    if seller_id:
        subject, rows = Enterprise.objects.get(pk=seller_id), Listing.objects.filter(seller_id=seller_id)
    else:
        subject = Category.objects.filter(pk=category_id or 0).first()
        if subject is None:  # nothing can be in it
            return 0
        rows = Listing.objects.filter(category__path__contains=[subject.code])
    found = _index_again(rows.filter(pk__gt=after), RENAMED)
    if len(found) == RENAMED:
        value = IndexWentOn(seller_id=seller_id, category_id=category_id, after=found[-1].pk)
        record(value, actor=TIMER, subject=subject, chains=[PLATFORM])
    return len(found)


def rerank_listings() -> Iterator[tuple[int, int]]:
    """Bring every listing's merit to the weights in force, a seller a transaction; yields (seller's id, listings changed so far)."""
    weights, done = ranking_rules.weights(), 0
    sellers = Listing.objects.order_by("seller_id").values_list("seller_id", flat=True).distinct()
    for seller_id in list(sellers):
        with transaction.atomic():
            standing = SellerStanding.objects.filter(pk=seller_id).select_for_update(no_key=True).first() or SellerStanding()
            done += _rank_all(Listing.objects.filter(seller_id=seller_id), standing, weights)
        yield seller_id, done
