"""Trading holds: what a company may not do while its data are reviewed or its licence has expired (H20, H51)."""

from collections.abc import Iterable

from django.conf import settings
from django.db.models import Exists, OuterRef

from ..models import CompanyChange, Enterprise
from ..models.changes import HOLDING_FIELDS
from ..rules import HOLDS, stricter


def holding_change(reference: str) -> Exists:
    """Whether the enterprise named by a column has an open change that holds trade; for annotations."""
    return Exists(CompanyChange.objects.holding().filter(enterprise=OuterRef(reference)))


def hold_of(enterprise: Enterprise, *, changing: bool) -> tuple[str, str]:
    """The hold on an enterprise ("", "new" or "all") and its reason ("change", "licence", or "" for none at all).

    The stricter one counts when there are two; a reason stands also where the operator lets trade go on, so that a page can tell.
    """
    reasons = []
    if enterprise.licence_expired:
        reasons.append(("licence", _set(settings.LICENCE_EXPIRED_HOLD)))
    if changing:
        reasons.append(("change", _set(settings.COMPANY_CHANGE_HOLD)))
    if not reasons:
        return "", ""
    hold = stricter(*(hold for _reason, hold in reasons))
    return hold, next(reason for reason, own in reasons if own == hold)


def hold_while_reviewed(enterprise: Enterprise, fields: Iterable[str]) -> str:
    """The hold that a change of these fields would bring with it: to be said before it is handed in (H20)."""
    return hold_of(enterprise, changing=bool(set(fields) & set(HOLDING_FIELDS)))[0]


def _set(value: str) -> str:
    """A setting as a hold: `none` is no hold, anything unknown the strictest."""
    hold = "" if value == "none" else value
    return hold if hold in HOLDS else "all"


def held_parties(enterprise_ids: Iterable[int]) -> list[int]:
    """Those of some enterprises that may not open business now: no trade is proposed to them or confirmed with them (H20)."""
    rows = Enterprise.objects.filter(pk__in=list(enterprise_ids)).annotate(changing=holding_change("pk")).order_by("pk")
    return [row.pk for row in rows if hold_of(row, changing=row.changing)[0]]
