"""A harness for races: the same act from many threads, each with its own database connection, let go at one moment."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection


def race(acts: Sequence[Callable[[], object]]) -> list[object]:
    """Run all acts at once and return their results; an exception is a result too."""
    gate = Barrier(len(acts))

    def run(act):
        try:
            connection.ensure_connection()
            gate.wait(timeout=20)
            return act()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))
