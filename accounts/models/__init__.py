from .enterprises import Enterprise, EnterpriseGroupObjectPermission, EnterpriseUserObjectPermission, QualificationDocument
from .people import Membership, User

__all__ = ["Enterprise", "EnterpriseGroupObjectPermission", "EnterpriseUserObjectPermission", "Membership", "QualificationDocument", "User"]
