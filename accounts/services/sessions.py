"""Log-ins, password changes and the choice of the enterprise to act for, as facts."""

from django.db import transaction

from kernel.refusals import NotFound
from kernel.services import record

from ..facts import EnterpriseSwitched, LoggedIn, PasswordChanged
from ..models import Enterprise, User


@transaction.atomic
def record_login(*, actor) -> None:
    """Write that a person logged in, on the chain of the enterprise they act for, else on their own (H17)."""
    record(LoggedIn(user_id=actor.user_id), actor=actor, subject=User(pk=actor.user_id))


@transaction.atomic
def note_password_change(*, actor) -> None:
    """Write that a person's password was changed or reset."""
    record(PasswordChanged(user_id=actor.user_id), actor=actor, subject=User(pk=actor.user_id))


@transaction.atomic
def switch_enterprise(enterprise_id: int, *, actor) -> Enterprise:
    """Choose which of a person's enterprises they act for; raises NotFound for one they do not belong to."""
    own = Enterprise.objects.filter(memberships__user_id=actor.user_id, memberships__ended_at=None)
    enterprise = own.filter(pk=enterprise_id).first()
    if enterprise is None:
        raise NotFound()
    if enterprise.pk == actor.enterprise_id:
        return enterprise  # sent twice, or chosen already
    record(EnterpriseSwitched(enterprise_id=enterprise.pk), actor=actor, subject=enterprise, chains=[enterprise.chain])
    return enterprise
