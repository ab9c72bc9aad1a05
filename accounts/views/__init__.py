from .company import company, join, paper, switch
from .team import log, member, member_ending, member_new, member_password, member_permissions, team

__all__ = [
    "company", "join", "log", "member", "member_ending", "member_new", "member_password", "member_permissions", "paper", "switch", "team",
]  # fmt: skip
