"""What reviewers said of the fields of a submission, and what else the desk should know of a company."""

from datetime import datetime

from django.db.models import Q

from kernel.models import Deadline
from kernel.queries import deadlines_about

from ..models import CompanyChange, Enterprise, FieldVerdict, FormerName

MOST = 20  # look-alikes and namesakes that the desk shows


def verdicts_of_submission(
    enterprise: Enterprise, *, submitted_at: datetime, change: CompanyChange | None = None
) -> dict[str, FieldVerdict]:
    """The newest verdict on each field of one submission: of a registration, or of a change."""
    rows = FieldVerdict.objects.filter(enterprise=enterprise, change=change, submitted_at=submitted_at).order_by("pk")
    return {row.field: row for row in rows}


def submitted_at(enterprise: Enterprise) -> datetime:
    """When the newest registration of a company was handed in, decided or not."""
    clock: Deadline | None = deadlines_about(enterprise).filter(policy="accounts.review").order_by("started_at", "pk").last()
    return clock.started_at if clock else enterprise.created_at


def verdicts_on_registration(enterprise: Enterprise) -> dict[str, FieldVerdict]:
    """The newest verdict on each field of the newest registration."""
    return verdicts_of_submission(enterprise, submitted_at=submitted_at(enterprise))


def same_code(enterprise: Enterprise) -> list[Enterprise]:
    """Other companies with the same registration number, whatever their state: trading, waiting, sent back or closed (H23)."""
    rows = Enterprise.objects.filter(country=enterprise.country, registration_no=enterprise.registration_no)
    return list(rows.exclude(pk=enterprise.pk).order_by("-pk")[:MOST])


def look_alikes(enterprise: Enterprise) -> list[Enterprise]:
    """Other companies whose name, or a name they bore, cannot be told from this one's on a screen."""
    alike = Q(pk__in=FormerName.objects.filter(name__iexact=enterprise.name).values("enterprise_id"))
    if enterprise.name_skeleton:
        alike |= Q(name_skeleton=enterprise.name_skeleton)
    rows = Enterprise.objects.filter(alike).exclude(pk=enterprise.pk)
    return list(rows.exclude(country=enterprise.country, registration_no=enterprise.registration_no).order_by("-pk")[:MOST])
