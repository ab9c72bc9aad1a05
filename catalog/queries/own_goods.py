"""What a visitor can give in exchange."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from .. import search_rules
from ..models import Listing
from .listings import own_tradable_listings

OWN_CAP = 200
OWN = ("no", "title_zh", "title_en", "price_minor", "currency", "category__code", "stock__on_hand", "stock__reserved")


@dataclass
class OwnGoods:
    """What a visitor can give: goods on sale with free stock (the newest OWN_CAP of them)."""

    listings: Sequence[Listing] = ()

    def only(self, no: str) -> "OwnGoods":
        """The same narrowed to one listing; unknown numbers narrow nothing."""
        return OwnGoods([row for row in self.listings if row.no == no] or self.listings)

    @property
    def categories(self) -> list[str]:
        return list(dict.fromkeys(row.category.code for row in self.listings))

    @cached_property
    def tokens(self) -> set[str]:
        return {token for row in self.listings for token in search_rules.tokens(f"{row.title_zh} {row.title_en}")}

    @cached_property
    def worth(self) -> dict[str, int]:
        """The value of the free stock by currency, minor units."""
        sums: Counter = Counter()
        for row in self.listings:
            sums[row.currency] += int(row.stock.free * row.price_minor)
        return dict(sums)

    def has(self, want: str) -> bool:
        """Whether some of these goods are called what is wanted."""
        words = {token for token in search_rules.tokens(want) if len(token) > 1}
        return bool(words) and words <= self.tokens


def own_goods(actor) -> OwnGoods:
    """The goods that the actor's enterprise can give; none for guests and unverified enterprises."""
    if not actor.enterprise_id or actor.enterprise_state != "verified":
        return OwnGoods()
    rows = own_tradable_listings(actor).select_related(None).select_related("category", "stock").only(*OWN)
    return OwnGoods(list(rows[:OWN_CAP]))
