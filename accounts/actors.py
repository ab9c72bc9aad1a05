"""Who acts: a person for one enterprise at a time, or staff; read afresh at each request, so that changes bite at once (P14)."""

from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from kernel.chains import enterprise_chain
from kernel.refusals import Denied, Refusal

from .permissions import GRID, Capability

HOLDS = {
    "": _("This cannot be done while your company data are being reviewed."),
    "change": _("This cannot be done while a change of your company data is being reviewed. Your company page shows how far it is."),
    "licence": _("This cannot be done: the business licence on file has expired. Hand in a valid one on your company page."),
}


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
    membership_id: int | None = None
    hold: str = ""  # trading hold of the enterprise: "", "new" business or "all" moves (H20)
    only_granted_listings: bool = False
    only_granted_orders: bool = False
    hold_reason: str = ""  # "change" (company data under review) or "licence" (expired); also said when `hold` stops nothing

    @property
    def acting_for(self) -> str:
        return enterprise_chain(self.enterprise_id) if self.enterprise_id else ""

    @property
    def party_id(self) -> int:
        """The enterprise acted for; raises Denied for those who act for none."""
        if not self.enterprise_id:
            raise Denied("no_enterprise", _("Only enterprises can do this. Register your enterprise first."))
        return self.enterprise_id

    @property
    def narrowed(self) -> bool:
        """Whether this person sees only what is granted of the company's listings or orders (H16)."""
        return not self.is_main and (self.only_granted_listings or self.only_granted_orders)

    def held_from(self, capability: Capability) -> bool:
        """Whether a trading hold stops this act: "all" stops every move, "new" only what opens business (H20)."""
        return bool(capability.hold) and self.hold in ("all", capability.hold)

    def can(self, capability: Capability) -> bool:
        """Whether `require` would let this actor pass."""
        return self.may(capability) and not self.held_from(capability)

    def may(self, capability: Capability) -> bool:
        """Whether this is the actor's to do at all, leaving aside a passing hold."""
        if not self.enterprise_id or (capability.verified and self.enterprise_state != "verified"):
            return False
        if self.enterprise_state in ("frozen", "closed") or (capability.whole and self.narrowed):
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
    if actor.may(capability):
        raise Refusal("change_hold", HOLDS[actor.hold_reason], hold=actor.hold)
    if not actor.enterprise_id:
        raise Denied("no_enterprise", _("Only enterprises can do this. Register your enterprise first."))
    if actor.enterprise_state == "frozen":
        raise Denied("frozen", _("Your enterprise is frozen. Contact customer service; your counterparties keep their rights."))
    if actor.enterprise_state == "closed":
        raise Denied("closed", _("Your enterprise's account is closed."))
    if capability.verified and actor.enterprise_state != "verified":
        raise Refusal("not_verified", _("Your enterprise is not verified yet. A review takes 1 to 3 working days."))
    if capability.whole and actor.narrowed:
        raise Denied("beyond_own_sight", _("You see only some of the company's listings or orders, and this shows all of them."))
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


def require_main_account(actor) -> None:
    """Pass, or raise Denied no_enterprise, frozen, closed or main_account_only: the whole of a company goes to nobody else."""
    if not actor.enterprise_id:
        raise Denied("no_enterprise", _("Only enterprises can do this. Register your enterprise first."))
    if actor.enterprise_state in ("frozen", "closed"):
        raise Denied(actor.enterprise_state, _("This cannot be done while your enterprise is frozen or closed. Contact customer service."))
    if not actor.is_main:
        raise Denied("main_account_only", _("Only the main account of your enterprise can do this."))
