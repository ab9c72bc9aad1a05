"""The shop page of an enterprise: who it is, its categories, and its goods with a search inside."""

from django.db.models import Count, Q

from accounts.models import Enterprise
from kernel.refusals import NotFound

from ..models import Category, Listing, SavedSearch, Want
from .pages import Page, keyset
from .ranking import shown


def seller_page(handle: str) -> Enterprise:
    """A verified enterprise as the public sees it; raises NotFound."""
    seller = Enterprise.objects.verified().filter(handle=handle).first()
    if seller is None:
        raise NotFound()
    return seller


def shop_goods(seller_id: int, *, q: str = "", category: str = "", after: str = "", before: str = "") -> Page:
    """A page of what one enterprise has on sale, narrowed by words of the title and by category."""
    rows = shown(Listing.objects.live().filter(seller_id=seller_id))
    for word in q.split()[:5]:
        rows = rows.filter(Q(title_zh__icontains=word) | Q(title_en__icontains=word) | Q(no__iexact=word))
    if category:
        rows = rows.filter(category__path__contains=[category])
    return keyset(rows, ["-published_at", "-id"], after=after, before=before, size=20)


def shop_categories(seller_id: int) -> list[tuple[Category, int]]:
    """The categories an enterprise has goods on sale in, with how many, in the order of the categories."""
    counted = Listing.objects.live().filter(seller_id=seller_id).order_by().values_list("category").annotate(n=Count("pk"))
    counts = dict(counted)
    return [(category, counts[category.pk]) for category in Category.objects.filter(pk__in=counts)]


def shop_wants(seller_id: int) -> list[Want]:
    """What an enterprise looks for now (the newest five)."""
    return list(Want.objects.open().filter(enterprise_id=seller_id).select_related("category").order_by("-id")[:5])


def following(actor, firm: Enterprise) -> SavedSearch | None:
    """The row by which the actor follows a firm."""
    return SavedSearch.objects.own(actor).filter(firm=firm).first() if actor.user_id else None
