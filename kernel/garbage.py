"""The collector of garbage, put off while much is made at once that lives to the end of its work."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Put the search for circular garbage off: for bounded work of many objects, of which it would look at all again and again."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
