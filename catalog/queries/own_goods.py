"""What a visitor can give in exchange."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from django.utils.translation import get_language

from ..models import UNIT_NAMES
from ..search_rules import token_set
from .listings import own_tradable_listings

OWN_CAP = 200
COLUMNS = (
    "pk", "no", "title_zh", "title_en", "price_minor", "currency", "unit", "category__path", "stock__on_hand", "stock__reserved",
)  # fmt: skip


class OwnRow(NamedTuple):
    """One of them, with what matching asks; a page of a member reads two hundred."""

    pk: int
    no: str
    title_zh: str
    title_en: str
    price_minor: int
    currency: str
    unit: str
    path: list[str]  # codes of its categories from the top down
    on_hand: Decimal
    reserved: Decimal

    def get_unit_display(self) -> str:
        return str(UNIT_NAMES.get(self.unit, self.unit))

    @property
    def code(self) -> str:
        return self.path[0]

    @property
    def free(self) -> Decimal:
        return self.on_hand - self.reserved

    @property
    def title(self) -> str:
        first, second = (self.title_en, self.title_zh) if (get_language() or "").startswith("en") else (self.title_zh, self.title_en)
        return first or second


@dataclass
class OwnGoods:
    """What a visitor can give: goods on sale with free stock (the newest OWN_CAP of them)."""

    listings: Sequence[OwnRow] = ()

    def only(self, no: str) -> "OwnGoods":
        """The same narrowed to one listing; unknown numbers narrow nothing."""
        found = [row for row in self.listings if row.no == no] if no else []
        return OwnGoods(found) if found else self

    @cached_property
    def categories(self) -> list[str]:
        return list(dict.fromkeys(row.code for row in self.listings))

    @cached_property
    def tokens(self) -> set[str]:
        return set().union(*(token_set(f"{row.title_zh} {row.title_en}") for row in self.listings))

    @cached_property
    def worth(self) -> dict[str, int]:
        """The value of the free stock by currency, minor units."""
        sums: Counter = Counter()
        for row in self.listings:
            sums[row.currency] += int(row.free * row.price_minor)
        return dict(sums)

    def has(self, want: str) -> bool:
        """Whether some of these goods are called what is wanted."""
        words = token_set(want, 2)
        return bool(words) and words <= self.tokens


def own_goods(actor) -> OwnGoods:
    """The goods that the actor's enterprise can give; none for guests and unverified enterprises."""
    if not actor.enterprise_id or actor.enterprise_state != "verified":
        return OwnGoods()
    rows = own_tradable_listings(actor).select_related(None).values_list(*COLUMNS)[:OWN_CAP]
    return OwnGoods([OwnRow._make(row) for row in rows])
