"""Which commission an order is charged that is proposed now."""

from django.conf import settings

from kernel.clock import now
from kernel.workdays import SHANGHAI

from ..models import CommissionRate, Tender
from ..rules import TopUp
from ..schedules import stage_fields


def rates_now() -> tuple[int, int]:
    """Basis points of the paying and the receiving side: the newest rates in force, else those of the settings."""
    today = now().astimezone(SHANGHAI).date()
    row = CommissionRate.objects.filter(state="in_force", starts_on__lte=today).order_by("-starts_on", "-pk").first()
    return (row.payer_bp, row.payee_bp) if row else tuple(settings.COMMISSION_BP)  # type: ignore[return-value]


def money_parts(top_up: TopUp | None, *, me: int, other: int) -> list[Tender]:
    """The unsaved money parts of a proposal, its credit and each part of its cash, between two parties by id."""
    if top_up is None:
        return []
    payer, payee = (me, other) if top_up.payer == "me" else (other, me)
    rows = [("credit", top_up.credit, {"amount_minor": top_up.credit.minor})]
    rows += [("cash", top_up.cash, fields) for fields in stage_fields(top_up.parts, top_up.cash)]
    return [
        Tender(kind=kind, payer_id=payer, payee_id=payee, currency=part.currency, **fields) for kind, part, fields in rows if part.minor
    ]
