"""Rules of the trade as pure functions: they answer with a sentence, empty when the act is allowed."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from kernel.deadlines import policy
from kernel.money import Money

ANSWER = policy(
    "orders.answer", label=_("Answer to the proposal"), consequence=_("the proposal lapses and nothing is owed by anybody"), hours=168
)
PAY = policy(
    "orders.pay", label=_("Payment to the custodian"), consequence=_("the order is cancelled, stock and credit are freed"), hours=120
)
INSPECT = policy(
    "orders.inspect", label=_("Inspection"), consequence=_("the goods count as accepted and the held money is paid out"), hours=168
)
ANSWER_REFUND = policy(
    "orders.answer_refund", label=_("Answer to the refund request"), consequence=_("customer service is told and steps in"), hours=48
)

MAX_LINES = 20
MAX_QUANTITY = 1_000_000_000

# Carriers and the shapes of their numbers (DOMAIN §5): hints for the eye, not gates, because patterns drift.
CARRIERS: dict[str, tuple[object, str]] = {
    "sf": (_("SF Express"), r"SF[A-Z0-9]\d{12}|\d{12}"),
    "jd": (_("JD Logistics"), r"JD[A-Z0-9]{2}\d{11}(-\d+-\d+-?)?"),
    "zto": (_("ZTO"), r"7[3-68]\d{12}"),
    "yto": (_("YTO"), r"YT\d{13}"),
    "yunda": (_("Yunda"), r"[34]\d{14}|5\d{12}"),
    "sto": (_("STO"), r"(77|43)\d{12,15}"),
    "deppon": (_("Deppon"), r"DPK\d{12}"),
    "jt": (_("J&T"), r"JT\d{13}"),
    "ems": (_("EMS / China Post"), r"[A-Z]{2}\d{9}[A-Z]{2}|[189]\d{12}"),
    "other": (_("other carrier or own fleet"), r"[A-Z0-9][A-Z0-9 /-]{1,38}"),
}


@dataclass(frozen=True)
class LineTerms:
    """A wanted line: `quantity` whole units of a listing, at the unit price the proposer saw (minor units)."""

    listing_id: int
    quantity: int
    seen_price_minor: int


@dataclass(frozen=True)
class TopUp:
    """What is added to the lighter side: `payer` is "me" or "them"; a credit and a cash amount, either may be zero."""

    payer: str
    credit: Money
    cash: Money


def proposal_refusal(lines: Sequence[LineTerms], top_up: TopUp | None) -> str:
    """Why a proposal cannot stand as it is written."""
    if not lines:
        return _("A trade needs goods: choose at least one line.")
    if len(lines) > MAX_LINES or len({line.listing_id for line in lines}) != len(lines):
        return _("Name each good once, at most 20 lines.")
    if any(not 0 < line.quantity <= MAX_QUANTITY for line in lines):
        return _("Quantities are whole numbers above zero.")
    if top_up and (top_up.credit.minor < 0 or top_up.cash.minor < 0):
        return _("Amounts cannot be negative.")
    return ""


def refund_refusal(order_state: str, *, anything_accepted: bool) -> str:
    """Why a refund cannot be asked for now: it is open from confirmation until goods are accepted (H33)."""
    if order_state == "completed" or anything_accepted:
        return _("Goods of this order were accepted, so a refund can no longer be asked for. You may open a complaint instead.")
    if order_state not in ("confirmed", "funded", "shipped"):
        return _("There is nothing to refund: this order is not running.")
    return ""


def waybill_refusal(waybill_no: str) -> str:
    return "" if re.fullmatch(r"[A-Z0-9][A-Z0-9 /-]{1,38}", waybill_no) else _("A waybill number has 2 to 39 letters, digits or dashes.")


def waybill_looks_wrong(carrier: str, waybill_no: str) -> bool:
    """Whether a number does not look like this carrier's; worth a second look, never a refusal."""
    return not re.fullmatch(CARRIERS[carrier][1], waybill_no)


def terms_hash(terms: dict) -> str:
    """SHA-256 of the terms in one spelling: what the second party confirms is exactly this (P31)."""
    return hashlib.sha256(json.dumps(terms, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()
