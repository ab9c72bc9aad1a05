"""What stands in the way of a proposal: asked when its terms are checked, and again by the service that sends it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from catalog.models import Listing
from catalog.queries import kept_for_parties, what_changed
from catalog.rules import price_stands, unit_price
from kernel.clock import now
from kernel.refusals import NotFound
from kernel.workdays import SHANGHAI

from .. import rules
from ..worth import Yardstick, account_of
from .rates import yardstick_now


def traded_listings(ids: Iterable[int], parties: tuple[int, int]) -> dict[int, Listing]:
    """Goods on sale of two enterprises by id, with their stock; raises NotFound goods_gone when one of them is not offered any more."""
    wanted = list(ids)
    found = Listing.objects.filter(pk__in=wanted, state="live", seller__in=parties).select_related("stock").in_bulk()
    if len(found) != len(wanted):
        raise NotFound("goods_gone", _("Some of these goods are no longer offered. Open the offer again."))
    return found


def refuse_unseen(actor: Actor, listings: Iterable[Listing]) -> None:
    """Raise NotFound goods_gone when own goods are among these that the actor, who sees only granted ones, does not see (H16)."""
    own = {listing.pk for listing in listings if listing.seller_id == actor.enterprise_id}
    if own and Listing.objects.own(actor).filter(pk__in=own).count() != len(own):
        raise NotFound("goods_gone", _("Some of these goods are no longer offered. Open the offer again."))


def offered(listing: Listing, proposer_id: int, line: rules.LineTerms, kept: Decimal) -> rules.Offered:
    """Goods as the rules see them, at the price of the wanted quantity; what is kept for the party that gets them is free for it."""
    seen = line.seen_version
    return rules.Offered(
        title=listing.title, unit=listing.get_unit_display(), price_minor=unit_price(listing, line.quantity).minor,
        currency=listing.currency, moq=listing.moq, free=listing.stock.free + kept, own=listing.seller_id == proposer_id,
        version=listing.version, stands=price_stands(listing, now().astimezone(SHANGHAI).date()),
        changes=tuple(what_changed(listing, seen)) if seen not in (None, listing.version) else (),
    )  # fmt: skip


def offers(lines: Iterable[rules.LineTerms], listings: dict[int, Listing], proposer_id: int) -> dict[int, rules.Offered]:
    """The goods of all lines as the rules see them, by listing."""
    kept = kept_for_parties(listings, {listing.seller_id for listing in listings.values()} | {proposer_id})
    return {line.listing_id: offered(listings[line.listing_id], proposer_id, line, kept.get(line.listing_id, Decimal(0))) for line in lines}


def proposal_findings(
    actor: Actor, partner_id: int, *, lines: Sequence[rules.LineTerms], top_up: rules.TopUp | None
) -> list[rules.Finding]:  # fmt: skip
    """Everything that `propose_order` would refuse in these terms now; raises NotFound goods_gone."""
    if refusal := rules.proposal_refusal(lines, top_up):
        return [rules.Finding("proposal_refused", refusal)]
    found = traded_listings([line.listing_id for line in lines], (actor.party_id, partner_id))
    refuse_unseen(actor, found.values())
    stick = trade_stick([found[line.listing_id].currency for line in lines], top_up)
    return rules.trade_findings(lines, offers(lines, found, actor.party_id), top_up, stick)


def trade_stick(currencies: Sequence[str], top_up: rules.TopUp | None, account: str = "") -> Yardstick:
    """What weighs goods of these currencies and the money between them now."""
    cash = [top_up.cash.currency] if top_up and top_up.cash else []
    return yardstick_now([*currencies, *cash], account or account_of(currencies))


def negotiated(line: rules.LineTerms, goods: rules.Offered) -> rules.Offered:
    """The same goods at the price both sides talk about: the listing's price, its tier and its least quantity are open to bargaining."""
    return replace(goods, price_minor=line.seen_price_minor, moq=Decimal(0), stands=True)
