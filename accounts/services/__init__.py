from .papers import keep_paper, view_paper
from .registration import Particulars, register_enterprise, resubmit_enterprise
from .review import approve_enterprise, reject_enterprise, take_up_review
from .sessions import note_password_change, record_login, switch_enterprise
from .staff import note_reset_link, set_staff
from .team import create_sub_account, end_sub_account, set_boxes, set_sub_account_password

__all__ = [
    "Particulars", "approve_enterprise", "create_sub_account", "end_sub_account", "keep_paper", "note_password_change", "note_reset_link",
    "record_login", "register_enterprise", "reject_enterprise", "resubmit_enterprise", "set_boxes", "set_staff", "set_sub_account_password",
    "switch_enterprise", "take_up_review", "view_paper",
]  # fmt: skip
