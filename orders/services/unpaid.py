"""Goods are not held for nothing: how many orders one buyer may leave unpaid at a time, and let go unpaid in a week."""

from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_lazy as _

from kernel.clock import now
from kernel.refusals import Refusal

from ..models import Order, Tender
from ..rules import UNPAID_DAYS


def refuse_hoarding(order: Order, *, acting: int) -> None:
    """Refuse an order whose cash payer holds goods with too many unpaid orders already, or has let too many go unpaid lately.

    Raises Refusal("too_many_unpaid"). Two confirmations for one payer come one after the other. Call it before stock is locked.
    """
    for payer in sorted({tender.payer_id for tender in order.tenders.all() if tender.kind == "cash"}):
        _one_at_a_time(payer)
        refuse_payer(payer, acting=acting)


def refuse_payer(payer_id: int, *, acting: int) -> None:
    """The same for one enterprise; raises Refusal("too_many_unpaid")."""
    most = settings.UNPAID_ORDERS_MOST
    cash = Tender.objects.filter(kind="cash", payer_id=payer_id)
    unpaid = cash.filter(state="awaiting_funds", order__state="confirmed").values("order").distinct().count()
    if unpaid >= most:
        ours = _("%(n)s orders wait for your payment. Pay one or let one end before you have more goods reserved.")
        theirs = _("%(n)s orders of this buyer wait for its payment already. It can have more goods reserved when it has paid for some.")
        raise Refusal("too_many_unpaid", (ours if payer_id == acting else theirs) % {"n": unpaid})
    since = now() - timedelta(days=UNPAID_DAYS)
    dropped = cash.filter(state="dropped", order__state="cancelled", order__ended_at__gt=since).values("order").distinct().count()
    if unpaid + dropped >= 2 * most:
        ours = _("In the last %(days)s days %(n)s orders ended without your payment. Goods cannot be reserved again and again; try later.")
        theirs = _("In the last %(days)s days %(n)s orders of this buyer ended without its payment. No goods can be reserved for it now.")
        raise Refusal("too_many_unpaid", (ours if payer_id == acting else theirs) % {"n": dropped, "days": UNPAID_DAYS})


def _one_at_a_time(payer_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 17))", [f"unpaid:{payer_id}"])
