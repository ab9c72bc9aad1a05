from ..models import Want
from .pages import Page, keyset


def open_wants(*, category: str = "", after: str = "", before: str = "") -> Page:
    """A page of open requests for everybody, newest first."""
    rows = Want.objects.open().select_related("enterprise", "category")
    return keyset(rows.filter(category__code=category) if category else rows, ["-id"], after=after, before=before, size=30)


def own_wants(actor):
    """The actor's own open requests (the newest fifty)."""
    return Want.objects.own(actor).filter(state="open").select_related("category").order_by("-id")[:50]
