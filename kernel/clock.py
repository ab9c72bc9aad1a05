"""The one clock: every service asks here what time it is, so that tests, seeds and simulations can answer."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from django.utils import timezone

_told: ContextVar[datetime | None] = ContextVar("told", default=None)


def now() -> datetime:
    """Return the present moment, aware, in UTC; inside `telling` the moment that was told."""
    return _told.get() or timezone.now()


@contextmanager
def telling(moment: datetime) -> Iterator[None]:
    """Tell everything inside that it is `moment`: for seeds and simulations, never for requests."""
    token = _told.set(moment)
    try:
        yield
    finally:
        _told.reset(token)
