"""Rules of bargaining as pure functions: what an offer says, how far it lies from the fair value, what changed since the one before."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext_lazy as _

from kernel.deadlines import policy
from kernel.money import MAX_MINOR, Money

from .incoterms import Carriage

RFQ_ANSWER = policy("orders.rfq", label=_("Answers to the request"), consequence=_("sellers that have not quoted can no longer do so"))
VALIDITY = policy("orders.quotation", label=_("Validity of the offer"), consequence=_("the offer expires and the negotiation ends"))
ANSWER_AMENDMENT = policy(
    "orders.amendment", label=_("Answer to the changed terms"), consequence=_("the change lapses and the terms stay as they are"), hours=72
)
SELLERS_MOST = 8
ROUNDS_MOST = 40  # of one negotiation: after so many a call helps more
OPEN_RFQS_MOST = 30
VALID_DAYS_MOST = 90


@dataclass(frozen=True)
class Needs:
    """What a buyer asks several sellers for; `target` is a price a unit, `place` where it is to be delivered."""

    title: str
    category: str
    quantity: int
    unit: str
    currency: str
    answer_by: datetime
    target: Money | None = None
    place: str = ""
    needed_by: date | None = None
    gives_goods: bool = False
    gives_credit: bool = False
    gives_cash: bool = False
    can_give: str = ""
    words: str = ""


@dataclass(frozen=True)
class OfferLine:
    """Goods of an offer at a price a unit (minor units of the goods' currency), whatever their listing asks."""

    listing_id: int
    quantity: int
    price_minor: int


@dataclass(frozen=True)
class Offer:
    """One round as one side writes it: `payer` is "me", "them" or empty; money as amounts; the rest is part of the terms too."""

    lines: tuple[OfferLine, ...]
    payer: str
    credit: Money
    cash: Money
    valid_until: datetime
    lead_days: int | None = None
    deliver_by: date | None = None
    note: str = ""
    address: str = ""
    carriage: Carriage | None = None  # None: the Incoterms of the round before, or what the listings say


def needs_refusal(needs: Needs, *, sellers: int, now: datetime) -> tuple[str, object] | None:
    """The field and the sentence that keep a request from being sent."""
    if not 0 < sellers <= SELLERS_MOST:
        return "sellers", _("Choose one to %(most)s sellers.") % {"most": SELLERS_MOST}
    if not now < needs.answer_by <= now + timedelta(days=VALID_DAYS_MOST):
        return "answer_by", _("Answers can be asked for within the next %(days)s days.") % {"days": VALID_DAYS_MOST}
    if needs.needed_by and needs.needed_by < needs.answer_by.date():
        return "needed_by", _("The goods would be needed before the answers are there. Choose a later day.")
    if not (needs.gives_goods or needs.gives_credit or needs.gives_cash):
        return "gives_goods", _("Say what you can give: goods, barter credit or cash.")
    return None


def offer_refusal(offer: Offer, *, now: datetime) -> tuple[str, object] | None:
    """The field and the sentence that keep an offer from being made, apart from what the goods say (`rules.trade_findings`)."""
    if any(line.price_minor <= 0 for line in offer.lines):
        return "lines", _("Every line needs a price above zero.")
    if any(line.price_minor * line.quantity > MAX_MINOR for line in offer.lines):
        return "lines", _("The value of a line is beyond what this market handles.")
    if not now < offer.valid_until <= now + timedelta(days=VALID_DAYS_MOST):
        return "valid_until", _("An offer holds at least until now and at most %(days)s days.") % {"days": VALID_DAYS_MOST}
    return None


def off_percent(price_minor: int, fair_minor: int) -> Decimal:
    """How far a price lies from the fair value, in percent with one decimal; 0 where there is no fair value."""
    if not fair_minor:
        return Decimal(0)
    return (Decimal(price_minor - fair_minor) * 100 / fair_minor).quantize(Decimal("0.1"), ROUND_HALF_UP)


def far_off(lines: Iterable, percent: int) -> list:
    """The lines (with `unit_price_minor` and `fair_unit_minor`) whose price lies further from the fair value than `percent`."""
    return [line for line in lines if abs(off_percent(line.unit_price_minor, line.fair_unit_minor)) > percent]


@dataclass(frozen=True)
class Terms:
    """Terms of any edition, to be compared: goods {listing: (quantity, price)}, money {(kind, payer): amount}, words by name."""

    goods: Mapping[int, tuple[int, int]]
    money: Mapping[tuple[str, int], Money]
    words: Mapping[str, object]


@dataclass(frozen=True)
class Changes:
    """What differs from the edition before, by place: ids of listings, (kind, payer) of money, names of words."""

    added: frozenset[int] = frozenset()
    gone: frozenset[int] = frozenset()
    quantity: frozenset[int] = frozenset()
    price: frozenset[int] = frozenset()
    money: frozenset[tuple[str, int]] = frozenset()
    words: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return any((self.added, self.gone, self.quantity, self.price, self.money, self.words))


def changes_between(before: Terms | None, after: Terms) -> Changes:
    """What one edition changed against the one before; nothing is marked where there was none."""
    if before is None:
        return Changes()
    both = before.goods.keys() & after.goods.keys()
    return Changes(
        added=frozenset(after.goods.keys() - before.goods.keys()),
        gone=frozenset(before.goods.keys() - after.goods.keys()),
        quantity=frozenset(pk for pk in both if before.goods[pk][0] != after.goods[pk][0]),
        price=frozenset(pk for pk in both if before.goods[pk][1] != after.goods[pk][1]),
        money=frozenset(
            key for key in before.money.keys() | after.money.keys() if before.money.get(key) != after.money.get(key)
        ),
        words=frozenset(
            name for name in before.words.keys() | after.words.keys() if (before.words.get(name) or "") != (after.words.get(name) or "")
        ),
    )  # fmt: skip


@dataclass(frozen=True)
class NewLine:
    """A line of amended terms: the line it goes on from (None: goods that are new to the order), how many, at which price."""

    line_id: int | None
    listing_id: int
    quantity: int
    price_minor: int


@dataclass(frozen=True)
class Change:
    """Amended terms as one side proposes them: all lines of the new version, all money, the words, a new delivery address of its own."""

    lines: tuple[NewLine, ...]
    payer: str
    credit: Money
    cash: Money
    note: str
    reason: str
    address: str = ""


def amendment_refusal(
    state: str, *, sent: Sequence[int], givers: Mapping[int, int], kept: Mapping[int, int], changed_givers: frozenset[int], frozen: bool,
    refund: bool, blocked: str = "",
) -> object:  # fmt: skip
    """Why terms cannot be amended now: goods that left stay as agreed, each side that gives goods goes on giving some (H25).

    `sent` are givers whose goods have left; `givers` and `kept` count the lines of each giver before and after.
    """
    if state not in ("confirmed", "funded", "shipped"):
        return _("Terms are changed while an order runs. This one does not: make a new proposal instead.")
    if refund:
        return _("A refund request is open on this order. Settle it first; until then the terms stay as they are.")
    if blocked:
        return blocked
    if frozen:
        return _("One of the parties is frozen. The terms stay as they are until customer service has lifted the freeze.")
    if set(changed_givers) & set(sent):
        return _("Goods that have been shipped stay as they were agreed. Change the goods that have not left, or ask for a refund.")
    if set(kept) - set(givers):
        return _("A side that gave no goods so far cannot begin to in this order. Make a new proposal for them.")
    if set(givers) - set(kept):
        return _("Each side that gives goods keeps at least one line. To take all of them out, ask for a refund.")
    return ""


def gone_refusal(ended: Iterable, added: Iterable, gone: Mapping[int, int]) -> object:
    """Why lines of which a part has left cannot be changed so: they keep their price and at least what left (by line) in quantity."""
    heirs = {line.listing_id: line for line in added}
    for line in ended:
        many, heir = gone.get(line.pk, 0), heirs.get(line.listing_id)
        if many and (heir is None or heir.quantity < many or heir.unit_price_minor != line.unit_price_minor):
            return _("Of “%(goods)s” %(many)s have been shipped: its price stays, and its quantity cannot be less than that.") % {
                "goods": line, "many": many,
            }  # fmt: skip
    return ""
