"""A new offer finds the requests and saved searches that it fits, and their owners are told once for each (B12).

The work follows the fact that the offer went live, never the request that approved it: one batch of searches a transaction, each batch
followed by a fact of its own, so that an offer which fits ten thousand holds up nobody.
"""

from collections import defaultdict

from django.db import connection, transaction
from django.db.models import Count, F
from django.utils.translation import gettext_noop

from kernel.chains import PLATFORM, enterprise_chain, person_chain
from kernel.clock import now
from kernel.services import record, start_deadline
from kernel.timer import TIMER
from messaging.queries import belongs_to, people_with_box
from messaging.services import notify_person

from .. import facts, fits, needs
from ..models import Alert, Listing, SavedSearch
from ..queries.alerts import finds
from ..queries.asking import synonym_groups
from ..queries.earlier import found_as_it_was
from .earlier import version_before
from .index import lineage_of, words_of

BATCH = 100
FITS_WANT = gettext_noop("A new offer fits your request %(want)s: %(no)s.")
FITS_SEARCH = gettext_noop("A new offer fits your saved search “%(name)s”: %(no)s.")
NEW_OF_FIRM = gettext_noop("%(name)s, whom you follow, has a new offer: %(no)s.")
SUMMARY = gettext_noop("%(n)s new offers fit “%(name)s” this week.")
SHUT = ("frozen", "closed", "rejected")


@transaction.atomic
def match_listing(listing_id: int, *, fact, url: str, after: int = 0, was: int | None = None, change: int | None = None) -> int:
    """Compare an offer with the next batch of searches, tell the owners of those it fits, and leave the rest to the next fact.

    `url` is where the notices lead. Nothing happens when the offer is not on sale any more.
    `was` is the price a unit (minor) before a change of goods on sale: then only those are told whom it kept away.
    `change` is the version that was approved for goods on sale: then only those are told whom the version before it did not fit.
    Done again it tells nobody twice. Returns how many were told or noted.
    """
    rows = Listing.objects.live().select_related("seller", "category__parent__parent")
    listing = rows.filter(pk=listing_id).first()
    if listing is None:
        return 0
    found = _candidates(listing, after)
    if len(found) == BATCH:
        value = facts.MatchingWentOn(
            listing_id=listing.pk, no=listing.no, seller_id=listing.seller_id, after=found[-1], was=was, change=change
        )
        record(value, actor=TIMER, subject=listing, chains=[PLATFORM])
    fitting = [search for search in _searches(found) if _concerned(search, listing)]
    if was is not None:
        fitting = [search for search in fitting if not _price_fitted(search, listing, was)]
    if change is not None and fitting and (earlier := version_before(listing, change)):
        fitting = [search for search in fitting if not _fitted(search, earlier)]
    new = _keep(listing, [search.pk for search in fitting])
    told = [search for search in fitting if search.pk in new]
    _tell(told, listing, fact, url)
    return len(told)


def _candidates(listing: Listing, after: int) -> list[int]:
    """The next searches in the inverted index whose words and category the offer has, by the same texts as the market finds it by."""
    lineage = lineage_of(listing.category)
    words = _answered(listing, lineage)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT search_id FROM catalog_searchtoken WHERE token = ANY(%s) AND category_id = ANY(%s) AND search_id > %s"
            " GROUP BY search_id, need HAVING count(DISTINCT token) >= need ORDER BY search_id LIMIT %s",
            [words, [0, *(category.pk for category in lineage)], after, BATCH],
        )
        return [row[0] for row in cursor.fetchall()]


def _searches(pks: list[int]) -> list[SavedSearch]:
    rows = SavedSearch.objects.running().filter(pk__in=pks).select_related("enterprise", "user", "want")
    return list(rows.prefetch_related("categories").order_by("pk"))


def _concerned(search: SavedSearch, listing: Listing) -> bool:
    """Whether the owner should hear of it: not of own goods, not while shut out, and only what the market would show them."""
    company = search.enterprise
    if company is not None and (company.pk == listing.seller_id or company.state in SHUT):
        return False
    if search.want is not None and search.want.state != "open":
        return False
    if not search.user.is_active and search.kind != "want":
        return False
    if search.kind == "search":
        return finds(search, listing.pk)
    return fits.passes(search.filters, _offer(listing, listing.price_minor))


def _offer(listing: Listing, price: int) -> dict:
    spec = {pair[0]: pair[1] for line in listing.spec for pair in line.values()}
    return {"currency": listing.currency, "price": price, "unit": listing.unit, "spec": spec}


def _price_fitted(search: SavedSearch, listing: Listing, price: int) -> bool:
    """Whether an offer that fits at its price of today did at an earlier one."""
    if search.kind != "search":
        return fits.passes(search.filters, _offer(listing, price))
    low, high = search.filters.get("price_min"), search.filters.get("price_max")
    return (low is None or low <= price) and (high is None or price <= high)


def _fitted(search: SavedSearch, earlier: Listing) -> bool:
    """Whether an earlier version of an offer was found already, by its words and by all else."""
    if search.kind == "search":
        return found_as_it_was(search, earlier)
    lineage = lineage_of(earlier.category)
    words = _answered(earlier, lineage)
    tokens = search.tokens.filter(category_id__in=[0, *(category.pk for category in lineage)], token__in=words)
    enough = tokens.values("need").annotate(n=Count("token", distinct=True)).filter(n__gte=F("need")).exists()
    return enough and fits.passes(search.filters, _offer(earlier, earlier.price_minor))


def _answered(listing: Listing, lineage) -> list[str]:
    texts = [text for text, _weight in words_of(listing, lineage)]
    return fits.answered_by(texts, seller_id=listing.seller_id, synonyms=synonym_groups())


def _keep(listing: Listing, pks: list[int]) -> set[int]:
    """Write an alert for each pair that has none and return the searches of the new ones: the unique row decides, not a look before."""
    if not pks:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO catalog_alert (search_id, listing_id, at) SELECT s, %s, %s FROM unnest(%s::bigint[]) s ORDER BY s"
            " ON CONFLICT (search_id, listing_id) DO NOTHING RETURNING search_id",
            [listing.pk, now(), sorted(pks)],
        )
        return {row[0] for row in cursor.fetchall()}


def _tell(searches: list[SavedSearch], listing: Listing, fact, url: str) -> None:
    """Notices in the order of their readers, so that two batches never wait for each other in a circle; weekly ones start their clock."""
    notices: dict[int, list[SavedSearch]] = defaultdict(list)
    at_once = []
    for search in searches:
        if search.weekly:
            chain = enterprise_chain(search.enterprise_id) if search.enterprise_id else person_chain(search.user_id)
            start_deadline(needs.DIGEST.code, search, chains=[chain])
            continue
        at_once.append(search.pk)
        for user_id in _readers(search, listing):
            notices[user_id].append(search)
    for user_id in sorted(notices):
        for search in notices[user_id]:
            msgid, params = _words(search, listing)
            notify_person(user_id, msgid=msgid, params=params, url=url, fact=fact, mail=search.by_mail)
    Alert.objects.filter(listing=listing, search__in=at_once).update(told_at=now())


def _readers(search: SavedSearch, listing: Listing) -> list[int]:
    """Of a request everybody who trades for its company; of a search the one who saved it, while they belong to the company."""
    if search.kind == "want" and search.enterprise_id:
        found = people_with_box(search.enterprise_id, "trade")
    else:
        found = [search.user_id] if search.user.is_active else []
        if found and search.enterprise_id and not belongs_to(search.user_id, search.enterprise_id):
            found = []
    sellers = set(listing.seller.memberships.filter(user_id__in=found, ended_at=None).values_list("user_id", flat=True))
    return [user_id for user_id in found if user_id not in sellers]


def _words(search: SavedSearch, listing: Listing) -> tuple[str, dict]:
    if search.want is not None:
        return FITS_WANT, {"want": search.want.no, "no": listing.no}
    return (NEW_OF_FIRM if search.kind == "firm" else FITS_SEARCH), {"name": search.name, "no": listing.no}


@transaction.atomic
def send_digest(search_id: int, *, fact, url: str) -> int:
    """Tell how many offers came to a saved search in its week; returns that number, 0 when it was paused, removed or told already."""
    search = SavedSearch.objects.running().select_related("enterprise", "user").filter(pk=search_id).first()
    if search is None or not search.user.is_active or (search.enterprise and search.enterprise.state in SHUT):
        return 0
    waiting = Alert.objects.filter(search=search, told_at=None)
    n = waiting.update(told_at=now())
    if n:
        notify_person(search.user_id, msgid=SUMMARY, params={"n": n, "name": search.name}, url=url, fact=fact, mail=search.by_mail)
    return n
