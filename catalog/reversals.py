"""What undoes an act of this room: a booking of stock by its opposite (H18)."""

from django.urls import reverse

from kernel.registries import reversal

from .facts import StockMoved
from .models import Listing
from .permissions import MANAGE_STOCK


@reversal(StockMoved.fact_name)  # type: ignore[attr-defined]
def stock_movements(actor, facts) -> dict[int, str]:
    """The form of a new movement; it is filled in from the entry."""
    if not actor.can(MANAGE_STOCK):
        return {}
    own = set(Listing.objects.own(actor).filter(no__in={fact.payload["no"] for fact in facts}).values_list("no", flat=True))
    return {fact.pk: reverse("catalog:stock_of", args=[fact.payload["no"]]) + "#b-h" for fact in facts if fact.payload["no"] in own}
