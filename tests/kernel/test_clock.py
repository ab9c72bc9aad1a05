"""The one clock: told moments hold inside the block and its services, and nowhere else."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from kernel.clock import now, telling

MOMENT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_inside_telling_it_is_the_told_moment_and_afterwards_the_present_again():
    with telling(MOMENT):
        assert now() == MOMENT
        with telling(MOMENT + timedelta(days=1)):
            assert now() == MOMENT + timedelta(days=1)
        assert now() == MOMENT
    assert abs(now() - timezone.now()) < timedelta(seconds=5)


def test_an_error_inside_telling_ends_it():
    with pytest.raises(ZeroDivisionError), telling(MOMENT):
        1 / 0  # noqa: B018
    assert now() > MOMENT


def test_another_thread_is_not_told():
    seen = []
    with telling(MOMENT):
        thread = threading.Thread(target=lambda: seen.append(now()))
        thread.start()
        thread.join()
    assert seen[0] > MOMENT
