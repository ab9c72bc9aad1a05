"""What a trade across a border says besides goods and money: its Incoterms, and the rate that was read (M41)."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from accounts.models import Enterprise
from catalog.models import Listing
from kernel.refusals import Refusal

from ..incoterms import Carriage, Incoterm, default_of, incoterm_fault, rows_of
from ..worth import Yardstick


def refuse_other_rates(stick: Yardstick, seen: str | None) -> None:
    """Refuse when the rates are not the ones that were read; raises Refusal rate_changed."""
    if seen is not None and seen != stick.read:
        raise Refusal(
            "rate_changed", _("The exchange rate has changed since you opened this page. The new one is shown; check and send again.")
        )


def incoterm_rows(mine: Enterprise, partner: Enterprise, listings: Mapping[int, Listing], carriage: Carriage | None) -> list[list]:
    """The Incoterms of a trade by giver, from the side of `mine`.

    `carriage` None: nobody was asked, and across a border the listings' own count. Whoever is asked names one for each direction there,
    because somebody pays freight, insurance and duty. Raises Refusal incoterm_refused (with the side and which of the two fields).
    """
    abroad = mine.country != partner.country
    chosen: dict[int, Incoterm | None] = {}
    for side, giver in (("give", mine.pk), ("get", partner.pk)):
        goods = [row for row in listings.values() if row.seller_id == giver]
        term = getattr(carriage, side) if carriage else default_of(goods) if abroad else None
        if goods and term is not None and (fault := incoterm_fault(term.code, term.place)):
            raise Refusal("incoterm_refused", fault[1], side=side, part=fault[0])
        if goods and term is None and abroad and carriage is not None:
            text = _("The two companies are in different countries: choose an Incoterm and its place for these goods.")
            raise Refusal("incoterm_refused", text, side=side, part="code")
        chosen[giver] = term if goods else None
    return rows_of(chosen)
