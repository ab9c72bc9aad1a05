"""What a part of an order is worth and how it goes back over the money parts. Numbers in, numbers out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from kernel.money import Money

ONE_THING = _("Of one line ask for one thing in one request: goods that are not sent, goods of one shipment, or a lower price.")


@dataclass(frozen=True)
class Claim:
    """What a part refund asks for of one line: units that are not sent any more or that go back of a shipment, or an amount off."""

    line_id: int
    quantity: int = 0
    off_minor: int = 0
    consignment_id: int = 0


@dataclass(frozen=True)
class Room:
    """What can still be refunded of one line: units that have not left, the value of what is not accepted yet, units by shipment."""

    line_id: int
    price_minor: int
    unsent: int
    value_minor: int
    sent: Mapping[int, int] = field(default_factory=dict)

    def asked(self, claim: Claim) -> int:
        """Minor units that a claim takes back."""
        return claim.quantity * self.price_minor + claim.off_minor


def claims_refusal(rooms: Mapping[int, Room], claims: Sequence[Claim], left: Sequence[int]) -> object:
    """Why such parts cannot be refunded, `left` being what each money part still holds; empty when they can."""
    if not claims:
        return _("Say of at least one line how much is not to be sent, or by how much its price is reduced.")
    for claim in claims:
        room = rooms.get(claim.line_id)
        if room is None or len({one.line_id for one in claims}) != len(claims) or claim.quantity < 0 or claim.off_minor < 0:
            return _("Name lines of this order, each once, with quantities and amounts above zero.")
        if (claim.quantity and claim.off_minor) or (claim.consignment_id and not claim.quantity):
            return ONE_THING
        if not room.asked(claim):
            return _("Say of at least one line how much is not to be sent, or by how much its price is reduced.")
        if claim.quantity > (room.sent.get(claim.consignment_id, 0) if claim.consignment_id else room.unsent):
            return _("That is more than what has not left, or than what is on its way in that shipment.")
        if room.asked(claim) > room.value_minor:
            return _("That is more than what is left of a line: parts that were accepted or refunded before no longer count.")
    if sum(rooms[claim.line_id].asked(claim) for claim in claims) > sum(one - 1 for one in left):
        return _("That is all the money there is. Ask to undo the whole order instead.")
    return ""


def fee_back(fee_minor: int, amount_minor: int, gone_minor: int, given_minor: int) -> int:
    """The payer's commission that goes back with a part, once `gone_minor` of the amount are back and `given_minor` of it were before.

    It is rounded on the whole of what is back (half a minor unit up), so that many small parts cost nobody more than one.
    """
    return (2 * fee_minor * gone_minor + amount_minor) // (2 * amount_minor) - given_minor


def shares(amount: Money, left: Sequence[int]) -> list[int]:
    """Share an amount out over money parts by what each still holds (largest remainder); each keeps at least one minor unit."""
    found = [share.minor for share in amount.split(left)]
    over = sum(max(share - (have - 1), 0) for share, have in zip(found, left, strict=True))
    found = [min(share, have - 1) for share, have in zip(found, left, strict=True)]
    for i in sorted(range(len(left)), key=lambda i: (found[i] - left[i], i)):
        more = min(over, left[i] - 1 - found[i])
        found[i] += more
        over -= more
    return found
