"""The one clock: every service asks here what time it is, so that tests and simulations can answer."""

from datetime import datetime

from django.utils import timezone


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return timezone.now()
