"""The exports an enterprise asked for, and when chain ends last left the database."""

from datetime import datetime

from kernel.clock import now
from kernel.facts import ChainHeadsKept
from kernel.models import Fact

from ..actors import require_main_account
from ..models import ExportJob

SHOWN = 5


def exports_of(actor) -> list[ExportJob]:
    """The newest exports of the actor's enterprise; raises Denied for all but its main account."""
    require_main_account(actor)
    rows = ExportJob.objects.filter(enterprise_id=actor.enterprise_id).select_related("document")
    return list(rows.order_by("-pk")[:SHOWN])


def checked_now() -> datetime:
    """The moment a check of a log carries."""
    return now()


def heads_kept_at() -> datetime | None:
    """When the ends of all chains were last written outside the database; None when never."""
    kept = Fact.objects.filter(name=ChainHeadsKept.fact_name).order_by("-pk")  # type: ignore[attr-defined]
    return kept.values_list("at", flat=True).first()
