from django.utils.translation import gettext_lazy as _

from kernel.facts import fact


@fact("accounts.freeze_reported", label=_("Emergency freeze asked for"))
class FreezeReported:
    case_id: int
    no: str


@fact("accounts.freeze_dismissed", label=_("Request for an emergency freeze dismissed"))
class FreezeDismissed:
    case_id: int
    no: str


@fact("accounts.enterprise_frozen", label=_("Company frozen"))
class EnterpriseFrozen:
    enterprise_id: int
    case_id: int
    no: str
    sessions_ended: int


@fact("accounts.freeze_proof_added", label=_("Proof added to a freeze case"))
class FreezeProofAdded:
    case_id: int
    no: str
    kind: str
    sha256: str


@fact("accounts.freeze_proof_viewed", label=_("Proof of a freeze case opened"))
class FreezeProofViewed:
    case_id: int
    no: str
    proof_id: int
    kind: str


@fact("accounts.unfreeze_proposed", label=_("Unfreezing proposed"))
class UnfreezeProposed:
    enterprise_id: int
    case_id: int
    no: str


@fact("accounts.freeze_kept", label=_("Unfreezing refused; the company stays frozen"))
class FreezeKept:
    enterprise_id: int
    case_id: int
    no: str


@fact("accounts.enterprise_unfrozen", label=_("Company unfrozen"))
class EnterpriseUnfrozen:
    enterprise_id: int
    case_id: int
    no: str


@fact("accounts.enterprise_closed", label=_("Company account closed"))
class EnterpriseClosed:
    enterprise_id: int
    people: int
    pseudonymised: int
