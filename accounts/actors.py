"""Who acts: a person for one enterprise at a time, or staff; read afresh at each request, so that changes bite at once (P14)."""

from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from kernel.chains import enterprise_chain
from kernel.refusals import Denied, Refusal

from .permissions import GRID, Capability


@dataclass(frozen=True)
class Actor:
    """What services ask of whoever acts; values only, so it can be built in tests and jobs."""

    kind: str  # member, person, staff
    user_id: int | None = None
    enterprise_id: int | None = None
    enterprise_state: str = ""
    is_main: bool = False
    boxes: frozenset[str] = frozenset()  # permission grid
    staff_permissions: frozenset[str] = frozenset()  # "app.codename"
    request_id: str = ""
    ip: str = ""

    @property
    def acting_for(self) -> str:
        return enterprise_chain(self.enterprise_id) if self.enterprise_id else ""

    @property
    def party_id(self) -> int:
        """The enterprise acted for; raises Denied for those who act for none."""
        if not self.enterprise_id:
            raise Denied("no_enterprise", _("Only enterprises can do this. Register your enterprise first."))
        return self.enterprise_id

    def can(self, capability: Capability) -> bool:
        """Whether `require` would let this actor pass."""
        if not self.enterprise_id or (capability.verified and self.enterprise_state != "verified"):
            return False
        if self.enterprise_state in ("frozen", "closed"):
            return False
        return self.is_main or not self.boxes.isdisjoint((capability.box, *capability.also))

    def can_staff(self, permission: str) -> bool:
        return self.kind == "staff" and permission in self.staff_permissions


@dataclass(frozen=True)
class Nobody(Actor):
    kind: str = field(default="person")


def require(actor: Actor, capability: Capability) -> None:
    """Pass or raise: Denied names the missing capability and who can grant it; Refusal says when the enterprise's state forbids it."""
    if actor.can(capability):
        return
    if not actor.enterprise_id:
        raise Denied("no_enterprise", _("Only enterprises can do this. Register your enterprise first."))
    if actor.enterprise_state == "frozen":
        raise Denied("frozen", _("Your enterprise is frozen. Contact customer service; your counterparties keep their rights."))
    if actor.enterprise_state == "closed":
        raise Denied("closed", _("Your enterprise's account is closed."))
    if capability.verified and actor.enterprise_state != "verified":
        raise Refusal("not_verified", _("Your enterprise is not verified yet. A review takes 1 to 3 working days."))
    raise Denied(
        "capability_missing",
        _("You need the permission “%(box)s” to %(act)s. The main account of your enterprise can grant it.")
        % {"box": GRID[capability.box], "act": capability.label},
        capability=capability.name,
    )


def require_staff(actor: Actor, permission: str) -> None:
    """Pass or raise Denied: staff acts need a staff permission ("app.codename")."""
    if not actor.can_staff(permission):
        raise Denied("staff_permission_missing", _("This needs a staff permission you do not have."), capability=permission)
