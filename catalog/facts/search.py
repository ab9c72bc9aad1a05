"""What goes on in batches behind the market: each batch leaves the fact that begins the next."""

from django.utils.translation import gettext_lazy as _

from kernel.facts import fact


@fact("catalog.matching_went_on", label=_("More saved searches compared with an offer"))
class MatchingWentOn:
    listing_id: int
    no: str
    seller_id: int
    after: int
    was: int | None = None  # the price before, in minor units, when it is a change of price that is compared
    change: int | None = None  # the version that was approved, when it is a change of words that is compared


@fact("catalog.index_went_on", label=_("More listings indexed under a new name"))
class IndexWentOn:
    seller_id: int | None
    category_id: int | None
    after: int
