"""Consent to the handling of identity papers and bank accounts: asked for by itself, kept with its wording."""

from kernel.clock import now
from kernel.refusals import Refusal
from kernel.services import record

from ..facts import ConsentGiven
from ..models import Consent, Enterprise
from ..rules import CONSENT_NEEDED, CONSENT_VERSION


def need_consent(given: bool) -> None:
    """Raise Refusal("consent_missing") unless the person has agreed."""
    if not given:
        raise Refusal("consent_missing", CONSENT_NEEDED)


def keep_consent(kind: str, enterprise: Enterprise, *, actor) -> None:
    """Write that the actor agreed to the wording in force, in the caller's transaction."""
    Consent.objects.create(user_id=actor.user_id, enterprise=enterprise, kind=kind, version=CONSENT_VERSION, given_at=now())
    news = ConsentGiven(enterprise_id=enterprise.pk, kind=kind, version=CONSENT_VERSION)
    record(news, actor=actor, subject=enterprise, chains=[enterprise.chain])
