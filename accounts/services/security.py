"""Changes of how a person proves who they are, and the alarm about staff who open too many papers, as facts."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction

from kernel.chains import PLATFORM
from kernel.clock import now
from kernel.models import Fact
from kernel.services import record

from ..facts import (
    ChangePaperViewed,
    FreezeProofViewed,
    LogInAddressChanged,
    MainTransferProofViewed,
    PapersOpenedInBulk,
    PaperViewed,
    SecondFactorChanged,
)
from ..models import User

# The facts that say that staff opened a paper.
OPENINGS = {fact.fact_name for fact in (PaperViewed, ChangePaperViewed, FreezeProofViewed, MainTransferProofViewed)}  # type: ignore[union-attr]


@transaction.atomic
def note_second_factor_change(what: str, *, actor) -> None:
    """Write that a person's second factor was added, removed or renewed, on the chain of the enterprise they act for (P18)."""
    record(SecondFactorChanged(user_id=actor.user_id, what=what), actor=actor, subject=User(pk=actor.user_id))


@transaction.atomic
def note_address_change(what: str, *, actor) -> None:
    """Write that a person's log-in got another address, or lost one; never which (decision 17)."""
    record(LogInAddressChanged(user_id=actor.user_id, what=what), actor=actor, subject=User(pk=actor.user_id))


@transaction.atomic
def watch_openings(*, actor) -> bool:
    """Raise the alarm, once an hour, when a member of staff has opened more than PAPERS_AN_HOUR papers within an hour (P30).

    Called after the fact of an opening; returns whether it was raised. Auditors hear it; nothing is refused.
    """
    lately = Fact.objects.filter(at__gt=now() - timedelta(hours=1), actor_user_id=actor.user_id)
    opened = lately.filter(name__in=OPENINGS).count()
    if opened <= settings.PAPERS_AN_HOUR or lately.filter(name=PapersOpenedInBulk.fact_name).exists():  # type: ignore[attr-defined]
        return False
    fact = PapersOpenedInBulk(user_id=actor.user_id, count=opened)
    record(fact, actor=actor, subject=User(pk=actor.user_id), chains=[PLATFORM])
    return True
