"""Log-ins, password changes, ended sessions, the language of mail and the choice of the enterprise to act for, as facts."""

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kernel.refusals import NotFound, Refusal
from kernel.services import claim_key, lock, record

from ..facts import EnterpriseSwitched, LanguageChosen, LoggedIn, PasswordChanged, SessionEnded
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


@transaction.atomic
def end_session(session_id: int, *, own_key: str, actor, request_key: str) -> None:
    """Log the actor out on one other device, by the row of its list; `own_key` is the session that asks, which is not ended here.

    Raises NotFound for rows of others and rows that are gone, Refusal own_session.
    """
    if not actor.user_id:
        raise NotFound()
    claim = claim_key(request_key, verb="accounts.end_session", actor=actor, inputs={"session": session_id})
    if claim.result_id:
        return
    row = lock(UserSession.objects.filter(user_id=actor.user_id), pk=session_id)
    if row.session_key == own_key:
        raise Refusal("own_session", _("This is the device you are using: log out instead."))
    Session.objects.filter(session_key=row.session_key).delete()
    UserSession.objects.filter(pk=row.pk).delete()
    record(SessionEnded(user_id=actor.user_id, session_id=session_id), actor=actor, subject=User(pk=actor.user_id))
    claim.done(session_id)


@transaction.atomic
def choose_language(language: str, *, actor) -> bool:
    """Let mails and notices reach a person in this language from now on; False when they do already, or the language is none of ours."""
    if not actor.user_id or language not in dict(settings.LANGUAGES):
        return False
    person = lock(User.objects.all(), pk=actor.user_id)
    if person.language == language:
        return False
    User.objects.filter(pk=person.pk).update(language=language)
    fact = LanguageChosen(user_id=person.pk, language=language)
    record(fact, actor=actor, subject=person, changes={"language": [person.language, language]})
    return True
