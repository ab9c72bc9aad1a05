from contextlib import contextmanager

import pytest

from kernel.refusals import Refusal


@contextmanager
def refused(code: str, kind: type[Refusal] = Refusal):
    """The block must be refused with this code."""
    with pytest.raises(kind) as refusal:
        yield refusal
    assert refusal.value.code == code
