"""Rules of the trade as pure functions: they answer with a sentence, empty when the act is allowed."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from kernel.deadlines import policy
from kernel.money import MAX_MINOR, Money

from .schedules import Instalment
from .worth import Yardstick

ANSWER = policy(
    "orders.answer", label=_("Answer to the proposal"), consequence=_("the proposal lapses and nothing is owed by anybody"), hours=168
)
PAY = policy(
    "orders.pay", label=_("Payment to the custodian"),
    consequence=_("the order is cancelled, everything that was paid goes back, stock and credit are freed"), hours=120,
)  # fmt: skip
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
CONTRACT = policy(
    "orders.contract", label=_("Written contract"), consequence=_("customer service and both parties are told that it is late"),
    working_days=3,
)  # fmt: skip
INVOICE = policy(
    "orders.invoice", label=_("Special invoice"), consequence=_("the seller and customer service are told that it is late"), working_days=3
)
RED_CONFIRMATION = policy(
    "orders.red_confirmation", label=_("Confirmation of the red-letter form"),
    consequence=_("the form lapses, as in the tax system, and has to be entered anew"), hours=72,
)  # fmt: skip
MAX_REFUND_REQUESTS = 2  # of one party on one order: each request stops the inspection clock

MAX_LINES = 20
MAX_QUANTITY = 1_000_000_000

# A number of any carrier, or the plate of an own lorry: one character of the province in front, one of the kind behind.
WAYBILL = r"[\u4e00-\u9fff]?[A-Z0-9][A-Z0-9 /-]{1,36}[挂学]?"

# Carriers and the shapes of their numbers (DOMAIN §5): hints for the eye, not gates, because patterns drift.
UNPAID_DAYS = 7  # so long an order that its buyer let go unpaid counts against the next
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
    "freight": (_("freight by road: full or part load"), WAYBILL),
    "bill": (_("sea, rail or air: bill of lading or container"), r"[A-Z]{4}\d{7}|[A-Z0-9]{6,20}|\d{3}-\d{8}"),
    "own": (_("own lorry"), r"[\u4e00-\u9fff][A-Z][A-Z0-9]{4,6}[挂学]?"),
    "other": (_("other carrier"), WAYBILL),
}


@dataclass(frozen=True)
class LineTerms:
    """A wanted line: `quantity` whole units of a listing, at the unit price for so many that the proposer saw (minor units)."""

    listing_id: int
    quantity: int
    seen_price_minor: int  # of a negotiated line: the price that both sides talk about, whatever the listing asks
    seen_version: int | None = None  # of the listing whose terms were read; None: only the price is compared


@dataclass(frozen=True)
class TopUp:
    """What is added to the lighter side: `payer` is "me" or "them"; a credit and a cash amount, either may be zero; cash in `parts`."""

    payer: str
    credit: Money
    cash: Money
    parts: tuple[Instalment, ...] = ()


@dataclass(frozen=True)
class Offered:
    """What the rules must know of goods: price of the wanted quantity (minor units a unit), least quantity, how much is free now; `own`:
    the proposer's; `stands`: whether the price is still offered; `changes` since the version that was seen, in words.
    """

    title: str
    unit: object
    price_minor: int
    currency: str
    moq: Decimal
    free: Decimal
    own: bool
    version: int = 0
    stands: bool = True
    changes: tuple[str, ...] = ()


@dataclass(frozen=True)
class DeliveryTerms:
    """Where a party wants its goods; an empty address means its registered one."""

    address: str = ""
    contact: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Finding:
    """Why a proposal cannot stand: a refusal code, a sentence, and the goods it is about (none: the trade as a whole)."""

    code: str
    text: object
    listing_id: int | None = None


def trade_findings(lines: Sequence[LineTerms], goods: Mapping[int, Offered], top_up: TopUp | None, stick: Yardstick) -> list[Finding]:
    """Everything that keeps well-formed terms from standing, in the order in which it is refused; empty when they may be sent.

    `stick` weighs goods and money of two currencies (M41).
    """
    found = [Finding(code, text, line.listing_id) for line in lines for code, text in _line_findings(line, goods[line.listing_id]) if text]
    codes = list(dict.fromkeys(offered.currency for offered in goods.values()))
    if refused := currency_refusal(codes, top_up, stick):
        return [*found, Finding(*refused)]
    rows = [(goods[line.listing_id].own, Money(goods[line.listing_id].price_minor * line.quantity, goods[line.listing_id].currency))
            for line in lines]  # fmt: skip
    given, got = (stick.worth(amount for own, amount in rows if own == mine).minor for mine in (True, False))
    if refusal := gift_refusal(given, got, top_up):
        found.append(Finding("gift_refused", refusal))
    elif refusal := top_up_refusal(given, got, top_up, stick):
        found.append(Finding("top_up_refused", refusal))
    return found


def currency_refusal(codes: Sequence[str], top_up: TopUp | None, stick: Yardstick) -> tuple[str, object] | None:
    """Why goods priced in these currencies and their money part cannot be traded in one order: a refusal code and a sentence (M41)."""
    if len(set(codes)) > 2:
        return "currencies_mixed", _("Goods of one trade are priced in at most two currencies.")
    allowed = {*codes, stick.currency} if len({*codes, stick.currency}) <= 2 else set(codes)
    if top_up and top_up.cash and top_up.cash.currency not in allowed:
        return "currencies_mixed", _("The cash part must be in a currency of the goods.")
    if top_up and top_up.credit and "CNY" not in codes:
        return "credit_not_yuan", _("Barter credit counts in yuan, so it can only balance goods priced in yuan.")
    if missing := stick.missing(codes):
        text = _(
            "No exchange rate between %(one)s and %(other)s of the last days is in force, so these goods cannot be weighed against each "
            "other. Choose goods priced in one currency, or try again when the platform has entered a new rate."
        )
        return "rate_missing", text % {"one": missing[0], "other": stick.currency}
    return None


def _line_findings(line: LineTerms, offered: Offered) -> list[tuple[str, object]]:
    words = {"title": offered.title, "unit": offered.unit, "moq": _plain(offered.moq), "free": _plain(offered.free)}
    found: list[tuple[str, object]] = []
    if offered.price_minor != line.seen_price_minor:
        text = _("A price has changed since you opened this page. The current prices are shown now; check and send again.")
        found.append(("price_changed", text))
    if line.seen_version not in (None, offered.version):
        what = "; ".join(offered.changes) or _("its text or conditions")
        text = _("“%(title)s” was changed since you opened this page: %(what)s. What holds now is shown; check and send again.")
        found.append(("goods_changed", text % {"title": offered.title, "what": what}))
    if not offered.stands:
        text = _("The price of “%(title)s” has run out. Ask its seller to renew it.")
        found.append(("price_expired", text % {"title": offered.title}))
    if not offered.own and line.quantity < offered.moq:  # one's own goods one may offer in any quantity
        found.append(("below_moq", _("The minimum order quantity of “%(title)s” is %(moq)s %(unit)s.") % words))
    if offered.price_minor * line.quantity > MAX_MINOR:
        found.append(("amount_too_large", _("The value of a line is beyond what this market handles.")))
    if line.quantity > offered.free:
        found.append(("stock_short", _("Of “%(title)s” only %(free)s %(unit)s is free at the moment.") % words))
    return found


def _plain(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}" if quantity else "0"


def gift_refusal(given: int, got: int, top_up: TopUp | None) -> str:
    """Why a one-sided trade cannot stand: whoever gets goods gives goods, credit or cash for them (decision 2)."""
    money = top_up is not None and (top_up.credit or top_up.cash)
    return "" if (given and got) or money else _("One side would get goods for nothing. Add goods or money from that side.")


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


def fates_refusal(own: Iterable[int], silent: Iterable[int], fates: Mapping[int, str]) -> str:
    """Why an order whose goods have left cannot be undone yet: each giver has to say what became of its own goods.

    `own` are the consignments that this party sent, `silent` those that the other party sent and has not spoken about. Nobody speaks
    about goods of the other: the receiver that says "returned" would keep both the goods and the refund.
    """
    own = set(own)
    if set(fates) - own or any(fate not in ("returned", "given_up") for fate in fates.values()):
        return _("Say only what became of the goods that you sent.")
    if own - set(fates):
        return _("Your goods have left. Say whether they have come back before you go on.")
    if set(silent):
        return _("The other party has to say first whether the goods that it sent have come back.")
    return ""


def part_refusal(remaining: Mapping[int, int], parts: Mapping[int, int]) -> str:
    """Why such quantities (by line) cannot leave now, of what remains to ship."""
    if set(parts) - set(remaining) or any(many < 0 for many in parts.values()):
        return _("Ship only goods of yours that remain to be shipped under this order.")
    if not any(parts.values()):
        return _("Say of at least one line how much leaves now.")
    if any(many > remaining[pk] for pk, many in parts.items()):
        return _("More than what remains to be shipped cannot leave. What remains is shown now; check and send again.")
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


def top_up_refusal(given: int, got: int, top_up: TopUp | None, stick: Yardstick) -> str:
    """Why a money part cannot stand: it only balances goods, from the side that gives less (decision 2: credit is never transferred).

    `given` and `got` are what the proposer's goods weigh by `stick`, in minor units of its currency.
    """
    if top_up is None:
        return ""
    owed = got - given if top_up.payer == "me" else given - got
    if stick.worth([top_up.credit, top_up.cash]).minor > max(owed, 0):
        return _("Money only balances the goods: the side that gives less adds at most the difference.")
    return ""


def heavier_side(given: Sequence[tuple[int, Money]], stick: Yardstick) -> Money:
    """What a trade weighs: the larger of the two sums that the parties give, goods and money together, in yuan where a rate says how.

    Barter credit is nominal yuan and counts where the trade knows the yuan (decision 2).
    """
    parties = {party for party, _amount in given}
    sums = [stick.worth(amount for giver, amount in given if giver == party) for party in parties]
    return stick.yuan(max(sums, key=lambda amount: amount.minor, default=Money.zero(stick.currency)))


def waybill_refusal(waybill_no: str) -> str:
    return "" if re.fullmatch(WAYBILL, waybill_no) else _("A waybill number has 2 to 39 letters, digits or dashes.")


def waybill_looks_wrong(carrier: str, waybill_no: str) -> bool:
    """Whether a number does not look like this carrier's; worth a second look, never a refusal."""
    number = waybill_no.replace(" ", "") if carrier == "own" else waybill_no
    return not re.fullmatch(CARRIERS[carrier][1], number) or (carrier == "bill" and container_looks_wrong(number))


def container_looks_wrong(number: str) -> bool:
    """Whether what has the shape of a container's number (ISO 6346: owner, U, J or Z, six digits) ends in another check digit."""
    if not re.fullmatch(r"[A-Z]{3}[UJZ]\d{7}", number):
        return False
    values = [int(c) if c.isdigit() else 10 + ord(c) - 65 + (ord(c) - 65 + 9) // 10 for c in number[:10]]
    return sum(value << n for n, value in enumerate(values)) % 11 % 10 != int(number[10])


def terms_hash(terms: dict) -> str:
    """SHA-256 of the terms in one spelling: what the second party confirms is exactly this (P31)."""
    return hashlib.sha256(json.dumps(terms, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()
