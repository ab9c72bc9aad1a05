from . import limits
from .approvals import ask_approval, close_requests, decide_approval, end_stand_in, name_stand_in, withdraw_approval
from .change_review import (
    approve_change,
    ask_about_change,
    judge_change,
    pass_on_change,
    reject_change,
    take_up_change,
    view_change_paper,
)
from .changes import answer_change, changed_values, check_change_papers, current_values, hand_in_change, withdraw_change
from .closing import close_enterprise
from .drafts import hand_in_draft, keep_draft_paper, save_section
from .exports import expire_export, fail_export, make_part, request_export, take_export
from .freeze_reports import add_proof, keep_proof, report_freeze, view_proof
from .freezes import dismiss_report, freeze_own, freeze_reported, keep_frozen, lift_freeze, propose_unfreeze
from .gates import partner_open, pass_gate, shut_gate
from .grants import grant_own, set_grants
from .holds import refuse_held
from .invitations import accept_invitation, invite, mail_invitation, resend_invitation, revoke_invitation
from .licences import watch_licence
from .limits import give_back, inherit_limit, set_approval_rule, set_limit
from .logs import note_list_taken, note_refused_act
from .papers import keep_paper, view_paper
from .privileges import end_privilege, grant_privilege
from .registration import Particulars, register_enterprise, resubmit_enterprise
from .retention import due_for_erasure, erase_old_papers
from .review import approve_enterprise, ask_again, compare_enterprise, reject_enterprise, take_up_review
from .security import note_address_change, note_second_factor_change, watch_openings
from .sessions import choose_language, end_session, note_password_change, record_login, switch_enterprise
from .sight import set_sight
from .staff import note_reset_link, set_staff
from .team import create_sub_account, end_sub_account, set_boxes, set_sub_account_password
from .transfer_reports import ask_main_transfer, keep_transfer_proof, object_to_transfer, view_transfer_proof
from .transfers import (
    approve_transfer,
    complete_transfer,
    dismiss_transfer,
    mail_new_holder,
    propose_transfer,
    stop_transfer,
    turn_down_transfer,
)

__all__ = [
    "Particulars",
    "accept_invitation",
    "add_proof",
    "answer_change",
    "approve_change",
    "approve_enterprise",
    "approve_transfer",
    "ask_about_change",
    "ask_again",
    "ask_approval",
    "ask_main_transfer",
    "changed_values",
    "check_change_papers",
    "choose_language",
    "close_enterprise",
    "close_requests",
    "compare_enterprise",
    "complete_transfer",
    "create_sub_account",
    "current_values",
    "decide_approval",
    "dismiss_report",
    "dismiss_transfer",
    "due_for_erasure",
    "end_privilege",
    "end_session",
    "end_stand_in",
    "end_sub_account",
    "erase_old_papers",
    "expire_export",
    "fail_export",
    "freeze_own",
    "freeze_reported",
    "give_back",
    "grant_own",
    "grant_privilege",
    "hand_in_change",
    "hand_in_draft",
    "inherit_limit",
    "invite",
    "judge_change",
    "keep_draft_paper",
    "keep_frozen",
    "keep_paper",
    "keep_proof",
    "keep_transfer_proof",
    "lift_freeze",
    "limits",
    "mail_invitation",
    "mail_new_holder",
    "make_part",
    "name_stand_in",
    "note_address_change",
    "note_list_taken",
    "note_password_change",
    "note_refused_act",
    "note_reset_link",
    "note_second_factor_change",
    "object_to_transfer",
    "partner_open",
    "pass_gate",
    "pass_on_change",
    "propose_transfer",
    "propose_unfreeze",
    "record_login",
    "refuse_held",
    "register_enterprise",
    "reject_change",
    "reject_enterprise",
    "report_freeze",
    "request_export",
    "resend_invitation",
    "resubmit_enterprise",
    "revoke_invitation",
    "save_section",
    "set_approval_rule",
    "set_boxes",
    "set_grants",
    "set_limit",
    "set_sight",
    "set_staff",
    "set_sub_account_password",
    "shut_gate",
    "stop_transfer",
    "switch_enterprise",
    "take_export",
    "take_up_change",
    "take_up_review",
    "turn_down_transfer",
    "view_change_paper",
    "view_paper",
    "view_proof",
    "view_transfer_proof",
    "watch_licence",
    "watch_openings",
    "withdraw_approval",
    "withdraw_change",
]  # fmt: skip
