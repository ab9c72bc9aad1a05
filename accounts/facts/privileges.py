from django.utils.translation import gettext_lazy as _

from kernel.facts import fact


@fact("accounts.privilege_granted", label=_("Privilege granted"))
class PrivilegeGranted:
    privilege_id: int
    enterprise_id: int
    kind: str
    until: str  # ISO moment, empty when open-ended


@fact("accounts.privilege_ended", label=_("Privilege ended"))
class PrivilegeEnded:
    privilege_id: int
    enterprise_id: int
    kind: str
