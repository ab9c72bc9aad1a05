"""Where a lower room must ask all higher ones: what blocks a closure, what belongs in an export, what the audit checks. Nothing else."""

from collections.abc import Callable, Iterable

AUDIT_CHECKS: dict[str, Callable[[], Iterable[dict]]] = {}
CLOSING_BLOCKERS: dict[str, Callable[[int], Iterable[str]]] = {}
EXPORT_PARTS: dict[str, Callable[[int], object]] = {}


def audit_check(name: str):
    """Register a function that yields one dict per finding; `manage.py audit` runs them all."""

    def register(function):
        AUDIT_CHECKS[name] = function
        return function

    return register


def closing_blocker(name: str):
    """Register a function (enterprise id) -> sentences that say what still keeps an enterprise from closing."""

    def register(function):
        CLOSING_BLOCKERS[name] = function
        return function

    return register
