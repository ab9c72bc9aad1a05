"""Invitations: those a team has sent, and the one that somebody's link names."""

import hashlib
from dataclasses import dataclass

from kernel.clock import now
from kernel.refusals import NotFound

from ..actors import require
from ..models import Invitation
from ..permissions import MANAGE_TEAM

SHOWN = 100


@dataclass(frozen=True)
class OpenInvitation:
    """An invitation as the team's page shows it."""

    row: Invitation
    expired: bool


def invitations_of(actor) -> list[OpenInvitation]:
    """The invitations of the actor's enterprise that nobody accepted or withdrew, newest first; raises Denied without the team box."""
    require(actor, MANAGE_TEAM)
    rows = Invitation.objects.filter(enterprise_id=actor.enterprise_id, accepted_at=None, revoked_at=None).order_by("-pk")[:SHOWN]
    return [OpenInvitation(row, row.expires_at <= now()) for row in rows]


def invitation_by_token(token: str) -> Invitation:
    """The open invitation that a link names; raises NotFound for unknown, used, withdrawn and expired ones alike."""
    rows = Invitation.objects.select_related("enterprise").filter(accepted_at=None, revoked_at=None, expires_at__gt=now())
    found = rows.filter(token_digest=hashlib.sha256(token.encode()).hexdigest()).first()
    if found is None or found.enterprise.state != "verified":
        raise NotFound()
    return found
