"""Limits, requests for approval and stand-ins: values in `changes` are CNY fen, those of acts in the currency named."""

from django.utils.translation import gettext_lazy as _

from kernel.facts import fact


@fact("accounts.spending_limit_set", label=_("Spending limit of a sub-account set"))
class SpendingLimitSet:
    enterprise_id: int
    membership_id: int
    currency: str = "CNY"


@fact("accounts.approval_rule_set", label=_("Threshold for approval set"))
class ApprovalRuleSet:
    enterprise_id: int
    currency: str = "CNY"


@fact("accounts.spending_given_back", label=_("Spending counted back: the trade came to nothing"))
class SpendingGivenBack:
    enterprise_id: int
    membership_id: int
    ref_type: str
    ref_id: str
    amount_minor: int
    currency: str = "CNY"


@fact("accounts.approval_asked", label=_("Approval asked for"))
class ApprovalAsked:
    approval_id: int
    enterprise_id: int
    membership_id: int
    verb: str
    why: str
    amount_minor: int
    currency: str


@fact("accounts.approval_decided", label=_("Request for approval decided"))
class ApprovalDecided:
    approval_id: int
    enterprise_id: int
    membership_id: int
    verdict: str
    decided_by_id: int
    for_whom_id: int | None
    amount_minor: int
    currency: str


@fact("accounts.approval_withdrawn", label=_("Request for approval withdrawn"))
class ApprovalWithdrawn:
    approval_id: int
    enterprise_id: int
    membership_id: int


@fact("accounts.approval_used", label=_("Approval used"))
class ApprovalUsed:
    approval_id: int
    enterprise_id: int
    membership_id: int
    amount_minor: int
    currency: str


@fact("accounts.stand_in_named", label=_("Stand-in for approving named"))
class StandInNamed:
    delegation_id: int
    enterprise_id: int
    giver_id: int
    taker_id: int


@fact("accounts.stand_in_ended", label=_("Stand-in for approving ended early"))
class StandInEnded:
    delegation_id: int
    enterprise_id: int
    giver_id: int
    taker_id: int
