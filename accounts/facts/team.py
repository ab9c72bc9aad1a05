from django.utils.translation import gettext_lazy as _

from kernel.facts import fact


@fact("accounts.invitation_sent", label=_("Invitation to the team sent"))
class InvitationSent:
    enterprise_id: int
    invitation_id: int
    boxes: list[str]
    again: bool = False


@fact("accounts.invitation_revoked", label=_("Invitation to the team withdrawn"))
class InvitationRevoked:
    enterprise_id: int
    invitation_id: int


@fact("accounts.invitation_accepted", label=_("Invitation accepted: joined the team"))
class InvitationAccepted:
    enterprise_id: int
    invitation_id: int
    membership_id: int
    boxes: list[str]


@fact("accounts.sight_changed", label=_("What a sub-account sees was changed"))
class SightChanged:
    enterprise_id: int
    membership_id: int
