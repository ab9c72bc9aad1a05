"""What stands in the way of a proposal: asked when its terms are checked, and again by the service that sends it."""

from collections.abc import Iterable, Mapping, Sequence

from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from catalog.models import Listing
from catalog.queries import kept_for_parties
from kernel.refusals import NotFound

from .. import rules


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


def offers(found: Mapping[int, Listing], proposer_id: int) -> dict[int, rules.Offered]:
    """Goods as the rules see them; what is kept for the party that gets them is free for it."""
    kept = kept_for_parties(found, {listing.seller_id for listing in found.values()} | {proposer_id})
    return {
        pk: rules.Offered(
            title=listing.title, unit=listing.get_unit_display(), price_minor=listing.price_minor, currency=listing.currency,
            moq=listing.moq, free=listing.stock.free + kept.get(pk, 0), own=listing.seller_id == proposer_id,
        )
        for pk, listing in found.items()
    }  # fmt: skip


def proposal_findings(
    actor: Actor, partner_id: int, *, lines: Sequence[rules.LineTerms], top_up: rules.TopUp | None
) -> list[rules.Finding]:  # fmt: skip
    """Everything that `propose_order` would refuse in these terms now; raises NotFound goods_gone."""
    if refusal := rules.proposal_refusal(lines, top_up):
        return [rules.Finding("proposal_refused", refusal)]
    found = traded_listings([line.listing_id for line in lines], (actor.party_id, partner_id))
    refuse_unseen(actor, found.values())
    return rules.trade_findings(lines, offers(found, actor.party_id), top_up)
