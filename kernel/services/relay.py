"""The relay: hands each promised fact to its handler, in one transaction with the handler's effect (F6)."""

import logging
from collections.abc import Collection
from datetime import timedelta

from django.db import transaction

from ..chains import PLATFORM
from ..clock import now
from ..facts import HANDLERS, DeliveriesRevived
from ..models import Delivery
from .facts import record

log = logging.getLogger(__name__)
MAX_ATTEMPTS = 10


def _due():
    return Delivery.objects.filter(done_at=None, dead_at=None, due_at__lte=now()).order_by("due_at", "id")


def deliver_due(limit: int = 1000, *, leave: Collection[str] = ()) -> int:
    """Deliver up to `limit` due facts and return how many handlers were run; safe beside itself and after any crash.

    Handlers named in `leave` are left to another relay.
    """
    ran = 0
    while ran < limit and _deliver_next(leave):
        ran += 1
    return ran


@transaction.atomic
def _deliver_next(leave: Collection[str]) -> bool:
    delivery = (
        _due().exclude(handler__in=leave).select_for_update(skip_locked=True, of=("self",), no_key=True).select_related("fact").first()
    )
    if delivery is None:
        return False
    handler = HANDLERS.get(delivery.fact.name, {}).get(delivery.handler)
    try:
        with transaction.atomic():
            if handler is None:
                raise LookupError(f"no handler {delivery.handler}")
            handler(delivery.fact)
    except Exception as error:
        _put_off(delivery, error)
    else:
        Delivery.objects.filter(pk=delivery.pk).update(done_at=now(), attempts=delivery.attempts + 1, error="")
    return True


def _put_off(delivery: Delivery, error: Exception) -> None:
    attempts = delivery.attempts + 1
    log.warning("delivery %s of fact %s to %s failed (%s): %r", delivery.pk, delivery.fact_id, delivery.handler, attempts, error)
    dead = now() if attempts >= MAX_ATTEMPTS else None
    wait = timedelta(seconds=min(2**attempts, 600))
    Delivery.objects.filter(pk=delivery.pk).update(attempts=attempts, due_at=now() + wait, dead_at=dead, error=repr(error)[:2000])


@transaction.atomic
def revive_dead(*, actor) -> int:
    """Give deliveries that were given up a new start; returns how many, and writes who did it."""
    first = Delivery.objects.exclude(dead_at=None).order_by("pk").first()
    if first is None:
        return 0
    count = Delivery.objects.exclude(dead_at=None).update(dead_at=None, attempts=0, due_at=now())
    record(DeliveriesRevived(count=count), actor=actor, subject=first, chains=[PLATFORM])
    return count
