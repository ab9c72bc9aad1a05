"""What a person's log-in is protected by, and who logged in with it lately."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef

from kernel.chains import subject_of
from kernel.clock import now
from kernel.models import Fact, PersonalValue

from ..facts import LoggedIn
from ..models import User

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
LOGINS_SHOWN = 10
SESSIONS_SHOWN = 50


def account_named(login: str) -> int | None:
    """Whose log-in a user name or an address is; None when nobody's. Never tell anybody outside."""
    if not login or "\x00" in login:
        return None
    by_address = EmailAddress.objects.filter(email=login).order_by("-verified", "pk").values_list("user_id", flat=True).first()
    by_name = User.objects.filter(username=login).values_list("pk", flat=True).first()
    return by_address or by_name


def has_second_factor(user, *, besides: int = 0) -> bool:
    """Whether a person has a one-time code app or a passkey, other than the one that `besides` names."""
    return Authenticator.objects.filter(user_id=user.pk, type__in=FACTORS).exclude(pk=besides).exists()


def security_of(actor, *, own_key: str = "") -> dict:
    """The actor's own second factors, open sessions (the one of `own_key` first) and newest log-ins; five reads."""
    rows = list(Authenticator.objects.filter(user_id=actor.user_id).order_by("pk"))
    codes = next((row.wrap() for row in rows if row.type == Authenticator.Type.RECOVERY_CODES), None)
    return {
        "totp": any(row.type == Authenticator.Type.TOTP for row in rows),
        "passkeys": sum(row.type == Authenticator.Type.WEBAUTHN for row in rows),
        "codes_left": len(codes.get_unused_codes()) if codes else None,
        "sessions": _sessions(actor, own_key),
        "logins": _logins(actor),
    }


def _sessions(actor, own_key: str) -> list[dict]:
    alive = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=now())
    rows = UserSession.objects.filter(Exists(alive), user_id=actor.user_id).order_by("-created_at", "-pk")[:SESSIONS_SHOWN]
    told = [{"id": r.pk, "since": r.created_at, "ip": r.ip, "browser": r.user_agent, "own": r.session_key == own_key} for r in rows]
    return sorted(told, key=lambda row: not row["own"])


def _logins(actor) -> list[dict]:
    kind, number = subject_of(User(pk=actor.user_id))
    facts = list(Fact.objects.filter(subject_type=kind, subject_id=number, name=LoggedIn.fact_name).order_by("-pk")[:LOGINS_SHOWN])  # type: ignore[attr-defined]
    refs = {fact.pk: fact.personal["ip"][0] for fact in facts if fact.personal.get("ip")}
    kept = dict(PersonalValue.objects.filter(pk__in=refs.values(), erased_at=None).values_list("pk", "value"))
    return [{"at": fact.at, "ip": kept.get(refs.get(fact.pk), "")} for fact in facts]
