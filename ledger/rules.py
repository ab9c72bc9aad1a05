"""Pure rules of double entry: what a leg is, when a set of legs may be posted, how it is hashed."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import astuple, dataclass

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.money import EXPONENTS, MAX_MINOR

PURPOSES = frozenset({"wallet", "held", "payable", "fees", "suspense", "cash"})
HOLDER = re.compile(r"^(platform|custodian|[a-z_]{1,16}:[1-9][0-9]{0,18})$")
MAX_LEGS = 1000

KIND_LABELS = {
    "hold": _("held"),
    "collection": _("received by the custodian"),
    "release": pgettext_lazy("funds", "released"),
    "refund": _("refunded"),
    "payout": _("paid out by the custodian"),
    "opening": _("opening balance"),
    "fee": _("fee"),
    "fee_payout": _("fee paid out by the custodian"),
    "rebate": _("rebate"),
    "compensation": _("compensation"),
    "correction": _("correction"),
    "suspense": _("received without an order waiting for it"),
    "returned": _("returned to the sender"),
    "allocation": _("held from a bank transfer"),
    "taken_back": _("taken back by the bank"),
    "bank_charge": _("bank charge"),
}


@dataclass(frozen=True, slots=True)
class Leg:
    """`minor` is added to the account of (holder, purpose, currency); positive is to the holder's good."""

    holder: str
    purpose: str
    currency: str
    minor: int


def legs_fault(legs: Sequence[Leg]) -> str:
    """Name what is wrong with legs before the database is asked; empty when nothing is. A fault is the caller's bug, not a refusal."""
    if not 2 <= len(legs) <= MAX_LEGS:
        return "an entry has 2 to 1000 legs"
    for leg in legs:
        if not HOLDER.match(leg.holder) or leg.purpose not in PURPOSES or leg.currency not in EXPONENTS:
            return f"no such account: {leg.holder} {leg.purpose} {leg.currency}"
        if type(leg.minor) is not int or not 0 < abs(leg.minor) <= MAX_MINOR:
            return f"not an amount: {leg.minor!r}"
    return ""


def unbalanced(legs: Sequence[Leg]) -> list[str]:
    """Currencies whose legs do not sum to zero (P1)."""
    sums: Counter = Counter()
    for leg in legs:
        sums[leg.currency] += leg.minor
    return sorted(currency for currency, total in sums.items() if total)


def mirrored(legs: Sequence[Leg]) -> list[Leg]:
    """The legs that undo these (P2)."""
    return [Leg(leg.holder, leg.purpose, leg.currency, -leg.minor) for leg in legs]


def reversal_refusal(legs: Sequence[Leg]) -> str:
    """Why an entry may not be corrected by its mirror; empty when it may. A hold is undone by settling it, never behind its back (P4)."""
    return "entry_of_a_hold" if any(leg.holder.startswith("hold:") for leg in legs) else ""


def fee_of(fee_minor: int, amount_minor: int, left_minor: int) -> int:
    """The platform's fee on what is left of an amount, rounded down: what went back to the payer took its share of the fee along."""
    return fee_minor * left_minor // amount_minor


def legs_hash(kind: str, legs: Sequence[Leg], ref: tuple[str, str]) -> str:
    """SHA-256 over the inputs of an entry, whatever order its legs were named in."""
    return hashlib.sha256(json.dumps([kind, *ref, sorted(map(astuple, legs))]).encode()).hexdigest()
