"""A person's saved searches, followed firms and requests, and the offers that came to them."""

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

from kernel.refusals import NotFound

from ..models import Alert, Listing, SavedSearch, Want
from .asking import Asking, Search
from .pages import Page, keyset


def own_searches(actor) -> list[SavedSearch]:
    """What the actor has saved and follows, newest first, each with `found`, how many offers came to it."""
    counted = Alert.objects.filter(search=OuterRef("pk")).order_by().values("search").annotate(n=Count("pk")).values("n")
    rows = SavedSearch.objects.own(actor).select_related("firm").annotate(found=Coalesce(Subquery(counted), 0))
    return list(rows.order_by("-id"))


def own_search(actor, pk: int) -> SavedSearch:
    """One saved search of the actor, or the search behind an own request; raises NotFound."""
    rows = SavedSearch.objects.select_related("firm", "want")
    own = rows.own(actor).filter(pk=pk).first() if actor.user_id else None
    found = own or (rows.filter(pk=pk, want__in=Want.objects.own(actor).values("pk")).first() if actor.user_id else None)
    if found is None:
        raise NotFound()
    return found


def offers_for(search: SavedSearch, *, after: str = "", before: str = "") -> Page:
    """A page of the offers that came to a saved search and are still on sale, the newest first."""
    rows = Listing.objects.live().filter(pk__in=Alert.objects.filter(search=search).values("listing"))
    rows = rows.select_related("seller", "category", "stock").defer("search", "wants_search", "description_zh", "description_en")
    return keyset(rows, ["-published_at", "-id"], after=after, before=before, size=20)


KEPT = ("q", "give", "ready", "guaranteed", "places", "currency", "price_min", "price_max", "have", "attributes")


def kept_of(search: Search) -> dict:
    """What a saved search keeps of a search of the market, without its categories."""
    return {name: getattr(search, name) for name in KEPT}


def asked_again(saved: SavedSearch) -> Search:
    """The search of the market that was saved."""
    return Search(
        categories=[category.code for category in saved.categories.all()],
        **{name: saved.filters[name] for name in KEPT if name in saved.filters},
    )


def finds(saved: SavedSearch, listing_id: int) -> bool:
    """Whether the market shows an offer to who saved this search: the very conditions of its page, of one row.

    Titles that are only like the words are no reason to write to anybody.
    """
    asking = Asking(asked_again(saved))
    return asking.worded().filter(asking.filters(), pk=listing_id).exists()


def searches_of_wants(wants) -> dict[int, int]:
    """The saved search behind each of these requests, by the request's id."""
    return dict(SavedSearch.objects.filter(want__in=[want.pk for want in wants]).values_list("want_id", "pk"))
