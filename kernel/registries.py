"""Where a lower room must ask all others: what blocks a closure, what belongs in an export, what the audit checks, who may begin an act."""

from collections.abc import Callable, Iterable
from typing import Any

AUDIT_CHECKS: dict[str, Callable[[], Iterable[dict]]] = {}
CLOSING_BLOCKERS: dict[str, Callable[[int], Iterable[tuple[object, str]]]] = {}
EXPORT_PARTS: dict[str, Callable[[int], Iterable[dict]]] = {}
REVERSALS: dict[str, Callable[[Any, list], dict[int, str]]] = {}
ACT_GATES: dict[str, Callable] = {}
SIGHTS: dict[str, Callable[[str, list], set[int]]] = {}
AMENDMENT_BLOCKERS: dict[str, Callable[[int], object]] = {}
ORDERS_DISPUTED: dict[str, Callable[[], Any]] = {}


def audit_check(name: str):
    """Register a function that yields one dict per finding; `manage.py audit` runs them all."""

    def register(function):
        AUDIT_CHECKS[name] = function
        return function

    return register


def closing_blocker(name: str):
    """Register a function (enterprise id) -> (sentence, path of the page where it is settled) for all that keeps it from closing."""

    def register(function):
        CLOSING_BLOCKERS[name] = function
        return function

    return register


def act_gate(name: str):
    """Register a function (*, actor, verb) that every keyed act passes first in its transaction; it raises a Refusal to stop it."""

    def register(function):
        ACT_GATES[name] = function
        return function

    return register


def export_part(name: str):
    """Register a function (enterprise id) -> rows of one table of an export: dicts with the same keys in each.

    Values are plain, moments, Decimals, Money, lists and dicts; a `kernel.models.Document` puts its file into the export. Nothing of
    other enterprises that their partner does not see on a page belongs there (P39).
    """

    def register(function):
        EXPORT_PARTS[name] = function
        return function

    return register


def reversal(*fact_names: str):
    """Register a function (actor, facts of these names) -> {fact id: address of the form that would undo it}; others are left out."""

    def register(function):
        for name in fact_names:
            REVERSALS[name] = function
        return function

    return register


def amendment_blocker(name: str):
    """Register a function (id of an order) -> why its terms may not be changed now, empty when nothing of the room stands against it."""

    def register(function):
        AMENDMENT_BLOCKERS[name] = function
        return function

    return register


def orders_disputed(name: str):
    """Register a function () -> query of the ids of orders over which the parties are in dispute in this room (lists of orders)."""

    def register(function):
        ORDERS_DISPUTED[name] = function
        return function

    return register


def sight(subject_type: str):
    """Register a function (id of such a subject, memberships of one of its parties) -> pks of those memberships that may see it (H16)."""

    def register(function):
        SIGHTS[subject_type] = function
        return function

    return register
