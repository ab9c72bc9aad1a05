"""Standing of sellers and synonyms, as staff see them."""

from accounts.models import Enterprise
from kernel.refusals import NotFound

from ..models import SellerStanding, SynonymGroup


def standing_of(enterprise_id: int) -> SellerStanding | None:
    """What the market may say of a seller; None while nothing is known."""
    return SellerStanding.objects.filter(pk=enterprise_id).first()


def standings():
    """The known standings, for the back office."""
    return SellerStanding.objects.select_related("enterprise")


def standing_for_staff(pk) -> SellerStanding:
    """A verified enterprise's standing for its form in the back office, empty when nothing is known yet; raises NotFound."""
    enterprise = Enterprise.objects.verified().filter(pk=_number(pk)).first()
    if enterprise is None:
        raise NotFound()
    return SellerStanding.objects.filter(pk=enterprise.pk).select_related("enterprise").first() or SellerStanding(enterprise=enterprise)


def synonym_group(pk) -> SynonymGroup:
    """One group for its form in the back office; raises NotFound."""
    group = SynonymGroup.objects.filter(pk=_number(pk)).first()
    if group is None:
        raise NotFound()
    return group


def _number(pk) -> int:
    return int(pk) if str(pk).isascii() and str(pk).isdigit() and len(str(pk)) < 19 else 0
