"""What the log keeps beside the acts themselves: attempts that were refused, and lists that were carried away."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction

from kernel.clock import now
from kernel.models import Fact
from kernel.services import record

from ..actors import require
from ..facts import ActRefused, ListExported
from ..models import Enterprise
from ..permissions import VIEW_LOG


@transaction.atomic
def note_refused_act(*, actor, page: str, method: str, code: str, capability: str = "") -> bool:
    """Write that a member of an enterprise tried what they may not; False when enough of this person's are on record for the hour.

    Source: ASVS 16.3.2. The limit is `settings.REFUSED_ACTS_AN_HOUR` a person; none are kept when it is 0.
    """
    most = settings.REFUSED_ACTS_AN_HOUR
    if not actor.enterprise_id or not actor.user_id or not most:
        return False
    before = Fact.objects.filter(actor_user_id=actor.user_id, name=ActRefused.fact_name).order_by("-pk")  # type: ignore[attr-defined]
    last = before.values_list("at", flat=True)[most - 1 : most].first()
    if last and last > now() - timedelta(hours=1):
        return False
    told = ActRefused(enterprise_id=actor.enterprise_id, page=page[:80], method=method[:8], code=code[:60], capability=capability[:60])
    record(told, actor=actor, subject=Enterprise(pk=actor.enterprise_id), chains=[actor.acting_for])
    return True


@transaction.atomic
def note_list_taken(*, actor, which: str, asked: dict[str, str]) -> None:
    """Write that somebody downloaded a list of their enterprise, and which filters it had (H17)."""
    if which == "operation_log":
        require(actor, VIEW_LOG)
    if not actor.enterprise_id:
        return
    told = ListExported(enterprise_id=actor.enterprise_id, which=which, asked={key: str(value)[:80] for key, value in asked.items()})
    record(told, actor=actor, subject=Enterprise(pk=actor.enterprise_id), chains=[actor.acting_for])
