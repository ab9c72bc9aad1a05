"""Privileges of enterprises: granted and ended by staff with a reason, or by a rule of a higher room (customer tiers)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kernel.clock import now
from kernel.refusals import Denied, Refusal
from kernel.services import claim_key, lock, record

from ..actors import require_staff
from ..facts import PrivilegeEnded, PrivilegeGranted
from ..models import Enterprise, Privilege
from ..models.privileges import VIP
from ..queries.acting import ever_belonged

GRANT_PRIVILEGE = "accounts.grant_privilege"
MACHINES = ("timer", "command")  # a rule granted it: the room above says why in the reason


@transaction.atomic
def grant_privilege(
    enterprise_id: int, *, actor, reason: str, request_key: str, until: datetime | None = None, kind: str = VIP
) -> Privilege:
    """Give a verified enterprise a privilege from now on; one in force is replaced, so that there is never more than one.

    Raises Denied, NotFound, Refusal reason_missing, privilege_unverified, privilege_over (it would have ended already).
    """
    _may(actor, enterprise_id)
    inputs = {"enterprise": enterprise_id, "kind": kind, "until": until, "reason": reason}
    claim = claim_key(request_key, verb="accounts.grant_privilege", actor=actor, inputs=inputs)
    if claim.result_id:
        return Privilege.objects.get(pk=claim.result_id)
    enterprise = lock(Enterprise.objects.all(), pk=enterprise_id)
    if not reason.strip():
        raise Refusal("reason_missing", _("Say why this enterprise gets the privilege."))
    if enterprise.state != "verified":
        raise Refusal("privilege_unverified", _("Only a verified enterprise can be given a privilege."))
    if until is not None and until <= now():
        raise Refusal("privilege_over", _("The end must lie in the future."))
    standing = Privilege.objects.filter(enterprise=enterprise, kind=kind, ended_at=None).first()
    if standing is not None:
        _end(standing, actor, "replaced")
    made = Privilege.objects.create(
        enterprise=enterprise,
        kind=kind,
        since=now(),
        until=until,
        granted_by_id=actor.user_id,
        reason=reason.strip()[:200],
        created_at=now(),
    )
    fact = PrivilegeGranted(privilege_id=made.pk, enterprise_id=enterprise_id, kind=kind, until=until.isoformat() if until else "")
    record(fact, actor=actor, subject=made, chains=[enterprise.chain])
    claim.done(made.pk)
    return made


@transaction.atomic
def end_privilege(privilege_id: int, *, actor, reason: str, request_key: str) -> Privilege:
    """End a privilege at once. Raises Denied, NotFound (also when it has ended), Refusal reason_missing."""
    claim_for = {"privilege": privilege_id, "reason": reason}
    _may(actor, None)
    claim = claim_key(request_key, verb="accounts.end_privilege", actor=actor, inputs=claim_for)
    if claim.result_id:
        return Privilege.objects.get(pk=claim.result_id)
    standing = lock(Privilege.objects.filter(ended_at=None), pk=privilege_id)
    _may(actor, standing.enterprise_id)
    if not reason.strip():
        raise Refusal("reason_missing", _("Say why the privilege ends: the enterprise is told that it ended."))
    _end(standing, actor, reason.strip()[:200])
    fact = PrivilegeEnded(privilege_id=standing.pk, enterprise_id=standing.enterprise_id, kind=standing.kind)
    record(fact, actor=actor, subject=standing, chains=[standing.chain])
    claim.done(standing.pk)
    return standing


def _may(actor, enterprise_id: int | None) -> None:
    if actor.kind in MACHINES:
        return
    require_staff(actor, GRANT_PRIVILEGE)
    if enterprise_id and ever_belonged(actor, [enterprise_id]):
        raise Denied("own_enterprise", _("You belong to this enterprise, so a colleague must decide."))


def _end(privilege: Privilege, actor, reason: str) -> None:
    privilege.ended_at, privilege.ended_by_id, privilege.end_reason = now(), actor.user_id, reason
    privilege.save(update_fields=["ended_at", "ended_by_id", "end_reason"])
