"""A part of what was shipped comes back: the promise is divided first, so that its part can return on its own, once."""

from collections.abc import Mapping
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from kernel.refusals import IllegalMove, KeyReused, NotFound, Refusal
from kernel.services import lock, move

from ..models import StockReservation
from .stock import divide, locked_promises


@transaction.atomic
def split_shipped(parts: Mapping[str, tuple[str, Decimal]], *, actor) -> None:
    """Divide promises that were shipped: of each ref so much goes over to a new ref; no stock moves by it.

    Raises NotFound for a ref that was never promised, IllegalMove when it was not shipped, Refusal("stock_quantity") unless both parts
    are more than nothing, KeyReused for a new ref that is known already.
    """
    _stocks, reservations = locked_promises(parts)
    if len(reservations) != len(parts):
        raise NotFound()
    if StockReservation.objects.filter(ref__in=[ref for ref, _quantity in parts.values()]).exists():
        raise KeyReused()
    for reservation in reservations:
        ref, quantity = parts[reservation.ref]
        if reservation.state != "shipped":
            raise IllegalMove("catalog.reservation", reservation.state, "split")
        if not 0 < quantity < reservation.quantity:
            raise Refusal("stock_quantity", _("A part must be more than nothing and less than the whole."))
        made = divide(reservation, ref, quantity)
        move(lock(StockReservation.objects.all(), pk=made.pk), "ship")
