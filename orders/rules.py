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
    "orders.answer_refund",
    label=_("Answer to the refund request"),
    consequence=_("the request counts as agreed if nothing has been shipped; otherwise customer service is told"),
    hours=48,
)
SHIP = policy("orders.ship", label=_("Shipping"), consequence=_("both parties and customer service are told that it is late"), hours=240)
# The receiver notes its own signature, so a receiver that stays silent must not keep goods and money for ever.
RECEIVE = policy(
    "orders.receive",
    label=_("Signing for the goods"),
    consequence=_("the goods count as accepted and the held money is paid out"),
    hours=720,
)
MAX_REFUND_REQUESTS = 2  # of one party on one order: each request stops the inspection clock

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


def refund_refusal(order_state: str, *, accepted_own: bool, asked_before: int) -> str:
    """Why a refund cannot be asked for now: it is open from confirmation until the asker has accepted its goods (H33)."""
    if order_state == "completed" or accepted_own:
        return _("Goods of this order were accepted, so a refund can no longer be asked for. You may open a complaint instead.")
    if order_state not in ("confirmed", "funded", "shipped"):
        return _("There is nothing to refund: this order is not running.")
    if asked_before >= MAX_REFUND_REQUESTS:
        return _("You have asked twice on this order. You may open a complaint instead.")
    return ""


def top_up_refusal(given: int, got: int, top_up: TopUp | None) -> str:
    """Why a money part cannot stand: it only balances goods, from the side that gives less (decision 2: credit is never transferred).

    `given` and `got` are the goods' values of the proposer in minor units.
    """
    if top_up is None:
        return ""
    owed = got - given if top_up.payer == "me" else given - got
    if top_up.credit.minor + top_up.cash.minor > max(owed, 0):
        return _("Money only balances the goods: the side that gives less adds at most the difference.")
    return ""


def waybill_refusal(waybill_no: str) -> str:
    return "" if re.fullmatch(r"[A-Z0-9][A-Z0-9 /-]{1,38}", waybill_no) else _("A waybill number has 2 to 39 letters, digits or dashes.")


def waybill_looks_wrong(carrier: str, waybill_no: str) -> bool:
    """Whether a number does not look like this carrier's; worth a second look, never a refusal."""
    return not re.fullmatch(CARRIERS[carrier][1], waybill_no)


def terms_hash(terms: dict) -> str:
    """SHA-256 of the terms in one spelling: what the second party confirms is exactly this (P31)."""
    return hashlib.sha256(json.dumps(terms, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()
