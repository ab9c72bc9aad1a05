from django.utils.translation import gettext_lazy as _

from kernel.facts import fact


@fact("accounts.enterprise_submitted", label=_("Company registration handed in"))
class EnterpriseSubmitted:
    enterprise_id: int
    paper_kinds: list[str]


@fact("accounts.enterprise_resubmitted", label=_("Company registration corrected and handed in again"))
class EnterpriseResubmitted:
    enterprise_id: int
    paper_kinds: list[str]


@fact("accounts.enterprise_taken_up", label=_("Qualification review begun"))
class EnterpriseTakenUp:
    enterprise_id: int


@fact("accounts.enterprise_approved", label=_("Company verified"))
class EnterpriseApproved:
    enterprise_id: int


@fact("accounts.enterprise_rejected", label=_("Company registration rejected"))
class EnterpriseRejected:
    enterprise_id: int


@fact("accounts.paper_viewed", label=_("Qualification document opened"))
class PaperViewed:
    enterprise_id: int
    paper_id: int
    kind: str


@fact("accounts.sub_account_created", label=_("Sub-account created"))
class SubAccountCreated:
    enterprise_id: int
    membership_id: int
    boxes: list[str]


@fact("accounts.boxes_changed", label=_("Permissions of a sub-account changed"))
class BoxesChanged:
    enterprise_id: int
    membership_id: int


@fact("accounts.sub_account_password_set", label=_("New password set for a sub-account"))
class SubAccountPasswordSet:
    enterprise_id: int
    membership_id: int


@fact("accounts.sub_account_ended", label=_("Sub-account ended"))
class SubAccountEnded:
    enterprise_id: int
    membership_id: int


@fact("accounts.enterprise_switched", label=_("Began to act for this company"))
class EnterpriseSwitched:
    enterprise_id: int


@fact("accounts.logged_in", label=_("Logged in"))
class LoggedIn:
    user_id: int


@fact("accounts.password_changed", label=_("Password changed"))
class PasswordChanged:
    user_id: int


@fact("accounts.staff_rights_set", label=_("Staff rights changed"))
class StaffRightsSet:
    user_id: int
    is_staff: bool
    groups: list[str]


@fact("accounts.reset_link_sent", label=_("Password reset link sent by the staff"))
class ResetLinkSent:
    user_id: int
