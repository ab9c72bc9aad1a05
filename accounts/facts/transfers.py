from django.utils.translation import gettext_lazy as _

from kernel.facts import fact


@fact("accounts.main_transfer_asked", label=_("Another main account asked for"))
class MainTransferAsked:
    case_id: int
    no: str


@fact("accounts.main_transfer_dismissed", label=_("Request for another main account dismissed"))
class MainTransferDismissed:
    case_id: int
    no: str


@fact("accounts.main_transfer_proof_viewed", label=_("Proof of a request for another main account opened"))
class MainTransferProofViewed:
    case_id: int
    no: str
    proof_id: int
    kind: str


@fact("accounts.main_transfer_proposed", label=_("Transfer of the main account proposed"))
class MainTransferProposed:
    enterprise_id: int
    case_id: int
    no: str
    old_user_id: int


@fact("accounts.main_transfer_turned_down", label=_("Transfer of the main account turned down"))
class MainTransferTurnedDown:
    enterprise_id: int
    case_id: int
    no: str


@fact("accounts.main_transfer_approved", label=_("Transfer of the main account approved; the cooling period runs"))
class MainTransferApproved:
    enterprise_id: int
    case_id: int
    no: str
    old_user_id: int
    until: str


@fact("accounts.main_transfer_stopped", label=_("Transfer of the main account stopped"))
class MainTransferStopped:
    enterprise_id: int
    case_id: int
    no: str
    why: str  # staff, objection, changed: the company or its people are no longer what was approved


@fact("accounts.main_account_transferred", label=_("Main account transferred to another person"))
class MainAccountTransferred:
    enterprise_id: int
    case_id: int
    no: str
    old_user_id: int
    new_user_id: int
    kept_as_sub: bool
    sessions_ended: int
