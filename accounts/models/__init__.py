from .changes import ChangePaper, CompanyChange, DraftPaper, FieldVerdict, FormerName, RegistrationDraft
from .enterprises import Enterprise, EnterpriseGroupObjectPermission, EnterpriseUserObjectPermission, QualificationDocument
from .freezes import Closure, ExportJob, FreezeCase, FreezeProof
from .people import Membership, User
from .team import Approval, ApprovalRule, Delegation, Invitation, Spending, SpendingLimit
from .transfers import MainTransfer, TransferProof

__all__ = [
    "Approval", "ApprovalRule", "ChangePaper", "Closure", "CompanyChange", "Delegation", "DraftPaper", "Enterprise",
    "EnterpriseGroupObjectPermission",
    "EnterpriseUserObjectPermission", "ExportJob", "FieldVerdict", "FormerName", "FreezeCase", "FreezeProof", "Invitation", "MainTransfer",
    "Membership",
    "QualificationDocument", "RegistrationDraft", "Spending", "SpendingLimit", "TransferProof", "User",
]  # fmt: skip
