from .changes import ChangePaper, CompanyChange, DraftPaper, FieldVerdict, FormerName, RegistrationDraft
from .consents import Consent
from .enterprises import Enterprise, EnterpriseGroupObjectPermission, EnterpriseUserObjectPermission, QualificationDocument
from .freezes import Closure, ExportJob, FreezeCase, FreezeProof
from .people import Membership, User
from .privileges import Privilege
from .team import Approval, ApprovalRule, Delegation, Invitation, Spending, SpendingLimit
from .transfers import MainTransfer, TransferProof

__all__ = [
    "Approval", "ApprovalRule", "ChangePaper", "Closure", "CompanyChange", "Consent", "Delegation", "DraftPaper", "Enterprise",
    "EnterpriseGroupObjectPermission",
    "EnterpriseUserObjectPermission",
    "ExportJob",
    "FieldVerdict",
    "FormerName",
    "FreezeCase",
    "FreezeProof",
    "Invitation",
    "MainTransfer",
    "Membership",
    "Privilege",
    "QualificationDocument",
    "RegistrationDraft",
    "Spending",
    "SpendingLimit",
    "TransferProof",
    "User",
]  # fmt: skip
