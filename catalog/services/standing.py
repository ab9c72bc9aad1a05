"""What the market may say of a seller (C05, C09): told by the rooms that know it, until then by staff."""

from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actors import require_staff
from accounts.models import Enterprise
from kernel.clock import now
from kernel.money import Money
from kernel.refusals import Refusal
from kernel.services import claim_key, lock, record

from ..facts import StandingSet
from ..models import SellerStanding
from ..models.standing import CURRENCY
from ..permissions import CHANGE_STANDING
from .index import rank_listings_of


@transaction.atomic
def set_standing(
    enterprise_id: int, *, actor, request_key: str, guarantee_active: bool | None = None, line: Money | None = None,
    completed_orders: int | None = None, rating: Decimal | None = None,
) -> SellerStanding:  # fmt: skip
    """Set what is known of a seller, None leaving a value as it is; badge and rank of all its listings follow in the same commit.

    `line` in US$, `rating` from 1 to 5. For staff with the permission, and for the machinery of higher rooms.
    Raises NotFound, Refusal("line_currency"), Refusal("line_negative"), Refusal("line_missing") for a guarantee without a line,
    Refusal("rating_range").
    """
    if actor.kind in ("member", "person", "staff"):
        require_staff(actor, CHANGE_STANDING)
    _refuse_nonsense(line, completed_orders, rating)
    told = {"guarantee_active": guarantee_active, "line_minor": None if line is None else line.minor,
            "completed_orders": completed_orders, "rating": rating}  # fmt: skip
    claim = claim_key(request_key, verb="catalog.set_standing", actor=actor, inputs={"enterprise": enterprise_id, **told})
    enterprise = lock(Enterprise.objects.all(), pk=enterprise_id)
    standing = SellerStanding.objects.filter(pk=enterprise.pk).first() or SellerStanding(enterprise=enterprise)
    if claim.result_id:
        return standing
    changes = {name: [str(getattr(standing, name)), str(value)] for name, value in told.items()
               if value is not None and getattr(standing, name) != value}  # fmt: skip
    for name in changes:
        setattr(standing, name, told[name])
    if standing.guarantee_active and not standing.line_minor:
        raise Refusal("line_missing", _("Give the line: a guarantee without one guarantees nothing."))
    if changes or standing.updated_at is None:
        standing.updated_at = now()
        standing.save()
        rank_listings_of(standing)
        fact = StandingSet(enterprise_id=enterprise.pk, guarantee_active=standing.guarantee_active, line_minor=standing.line_minor)
        record(fact, actor=actor, subject=standing, chains=[standing.chain], changes=changes)
    claim.done(standing.pk)
    return standing


def _refuse_nonsense(line: Money | None, completed_orders: int | None, rating: Decimal | None) -> None:
    if line is not None and line.currency != CURRENCY:
        raise Refusal("line_currency", _("Guarantee lines are in US dollars."))
    if (line is not None and line.minor < 0) or (completed_orders is not None and completed_orders < 0):
        raise Refusal("line_negative", _("Give a number that is not below zero."))
    if rating is not None and not 1 <= rating <= 5:
        raise Refusal("rating_range", _("A rating is between 1 and 5."))
