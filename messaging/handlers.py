"""Mail for every notice, and notices about facts of accounts."""

from django.urls import reverse
from django.utils.translation import gettext_noop

from accounts.facts import (
    ApprovalAsked,
    ApprovalDecided,
    BoxesChanged,
    ChangeApproved,
    ChangeAsked,
    ChangePassedOn,
    ChangeRejected,
    EnterpriseApproved,
    EnterpriseFrozen,
    EnterpriseRejected,
    EnterpriseResubmitted,
    EnterpriseSubmitted,
    EnterpriseUnfrozen,
    FreezeReported,
    MainAccountTransferred,
    MainTransferApproved,
    MainTransferAsked,
    MainTransferProposed,
    MainTransferStopped,
    PapersOpenedInBulk,
    PasswordChanged,
    PrivilegeEnded,
    PrivilegeGranted,
    SecondFactorChanged,
    UnfreezeProposed,
)
from accounts.queries import approval_person, approvers_of
from accounts.rules import CHANGE_REVIEW, LICENCE_ENDS, REMINDERS
from kernel.facts import DeadlinePassed, JobFailed, JobFinished, on
from kernel.models import Fact

from . import queries, services
from .facts import NoticeMade


@on(NoticeMade)
def send_mail_for_notice(fact: Fact) -> None:
    """The call to the outside: a delivery of its own, so that a dead mail server holds up nothing else."""
    services.mail_notice(fact.payload["notice_id"])


def _tell_company(fact: Fact, msgid: str) -> None:
    services.notify_enterprise(fact.payload["enterprise_id"], msgid=msgid, params={}, url=reverse("accounts:company"), fact=fact)


@on(EnterpriseSubmitted, EnterpriseResubmitted)
def tell_registration_received(fact: Fact) -> None:
    _tell_company(fact, gettext_noop("We received your company registration. The review takes 1 to 3 working days."))


@on(EnterpriseApproved)
def tell_approved(fact: Fact) -> None:
    _tell_company(fact, gettext_noop("Your company is verified. You can now list goods and trade."))


@on(EnterpriseRejected)
def tell_rejected(fact: Fact) -> None:
    # The reason itself stays on the row: it may name a person.
    _tell_company(fact, gettext_noop("Your company could not be verified yet. The reason and what to correct are on your company page."))


@on(BoxesChanged)
def tell_permissions_changed(fact: Fact) -> None:
    user_id = queries.person_of_membership(fact.payload["membership_id"])
    if user_id:
        services.notify_person(
            user_id, msgid=gettext_noop("Your permissions have changed."), params={}, url=reverse("dashboard"), fact=fact
        )


@on(ApprovalAsked)
def tell_approvers(fact: Fact) -> None:
    asker, title = approval_person(fact.payload["approval_id"])
    url = reverse("accounts:approval", args=[fact.payload["approval_id"]])
    msgid = gettext_noop("A colleague asks for your approval: %(title)s")
    for user_id in approvers_of(fact.payload["enterprise_id"]):
        if user_id != asker:
            services.notify_person(user_id, msgid=msgid, params={"title": title}, url=url, fact=fact)


@on(ApprovalDecided)
def tell_asker(fact: Fact) -> None:
    asker, title = approval_person(fact.payload["approval_id"])
    url = reverse("accounts:approval", args=[fact.payload["approval_id"]])
    approved = gettext_noop("Approved: %(title)s. You may do it now.")
    refused = gettext_noop("Not approved: %(title)s. The reason is on the page of the request.")
    msgid = approved if fact.payload["verdict"] == "approve" else refused
    services.notify_person(asker, msgid=msgid, params={"title": title}, url=url, fact=fact)


@on(PasswordChanged)
def tell_password_changed(fact: Fact) -> None:
    msgid = gettext_noop("Your password was changed. If this was not you, contact customer service.")
    services.notify_person(fact.payload["user_id"], msgid=msgid, params={}, url=reverse("helpdesk:contact"), fact=fact)


@on(ChangeAsked)
def tell_change_asked(fact: Fact) -> None:
    _tell_company(fact, gettext_noop("There is a question about the change of your company data. Your company page shows it."))


@on(ChangeRejected)
def tell_change_refused(fact: Fact) -> None:
    _tell_company(fact, gettext_noop("The change of your company data was refused. The reason is on your company page."))


@on(ChangeApproved)
def tell_change_approved(fact: Fact) -> None:
    """Both hear of it: the main account, at its old address, and whoever asked for the change (P37)."""
    msgid = gettext_noop("Your company data have been changed. If this was not you, ask for an emergency freeze at once.")
    _tell_company(fact, msgid)
    if queries.belongs_to(fact.payload["asked_by_id"], fact.payload["enterprise_id"]):
        services.notify_person(fact.payload["asked_by_id"], msgid=msgid, params={}, url=reverse("accounts:company"), fact=fact)


@on(ChangePassedOn)
def tell_second_reviewers(fact: Fact) -> None:
    msgid = gettext_noop("A change of company data waits for a second reviewer.")
    url = reverse("admin:accounts_companychange_change", args=[fact.payload["change_id"]])
    services.notify_staff("accounts.review_change", msgid=msgid, params={}, url=url, fact=fact)


@on(DeadlinePassed)
def tell_licence_ends(fact: Fact) -> None:
    """The reminders before a licence ends, and the word that it has (H51)."""
    days = {code: number for number, code in REMINDERS.items()}.get(fact.payload["policy"])
    if days is None and fact.payload["policy"] != LICENCE_ENDS:
        return
    msgid = gettext_noop("Your business licence on file has expired. Your verified badge is off until a valid one has been approved.")
    if days:
        msgid = gettext_noop("Your business licence on file ends within %(days)s days. Hand in the new one on your company page.")
    firm, url = int(fact.payload["subject_id"]), reverse("accounts:company")
    services.notify_enterprise(firm, msgid=msgid, params={"days": days} if days else {}, url=url, fact=fact, box="company")


@on(DeadlinePassed)
def tell_reviewers_of_late_change(fact: Fact) -> None:
    if fact.payload["policy"] == CHANGE_REVIEW.code:
        msgid = gettext_noop("A change of company data is past its 3 working days.")
        url = reverse("admin:accounts_companychange_change", args=[fact.payload["subject_id"]])
        services.notify_staff("accounts.review_change", msgid=msgid, params={}, url=url, fact=fact)


@on(DeadlinePassed)
def tell_reviewers_of_delay(fact: Fact) -> None:
    if fact.payload["policy"] == "accounts.review":
        services.notify_staff(
            "accounts.review_enterprise",
            msgid=gettext_noop("A company review is past its 3 working days."),
            params={},
            url=reverse("admin:accounts_enterprise_change", args=[fact.payload["subject_id"]]),
            fact=fact,
        )


@on(SecondFactorChanged)
def tell_second_factor_changed(fact: Fact) -> None:
    msgid = gettext_noop("The second factor of your log-in was changed. If this was not you, contact customer service.")
    services.notify_person(fact.payload["user_id"], msgid=msgid, params={}, url=reverse("accounts:security"), fact=fact)


@on(PapersOpenedInBulk)
def tell_auditors(fact: Fact) -> None:
    msgid = gettext_noop("A member of staff opened %(count)s identity papers within an hour. Look at why.")
    url = reverse("admin:kernel_fact_change", args=[fact.pk])
    services.notify_staff("kernel.view_fact", msgid=msgid, params={"count": fact.payload["count"]}, url=url, fact=fact)


def _tell_freeze_desk(fact: Fact, case_id, permission: str, msgid: str, params: dict) -> None:
    url = reverse("admin:accounts_freezecase_change", args=[case_id])
    services.notify_staff(permission, msgid=msgid, params=params, url=url, fact=fact)


@on(FreezeReported)
def tell_freeze_desk(fact: Fact) -> None:
    msgid = gettext_noop("An emergency freeze is asked for: case %(no)s. It must be looked at within the hour.")
    _tell_freeze_desk(fact, fact.payload["case_id"], "accounts.freeze_enterprise", msgid, {"no": fact.payload["no"]})


@on(UnfreezeProposed)
def tell_second_person(fact: Fact) -> None:
    msgid = gettext_noop("Unfreezing is proposed in case %(no)s. A second person must approve it.")
    _tell_freeze_desk(fact, fact.payload["case_id"], "accounts.unfreeze_enterprise", msgid, {"no": fact.payload["no"]})


@on(DeadlinePassed)
def tell_freeze_desk_it_is_late(fact: Fact) -> None:
    if fact.payload["policy"] == "accounts.freeze_report":
        msgid = gettext_noop("A request for an emergency freeze is past its hour.")
        _tell_freeze_desk(fact, fact.payload["subject_id"], "accounts.freeze_enterprise", msgid, {})


@on(EnterpriseFrozen)
def tell_company_it_is_frozen(fact: Fact) -> None:
    msgid = gettext_noop("Your company is frozen under case %(no)s: nobody can act for it. If this is wrong, contact customer service.")
    params = {"no": fact.payload["no"]}
    services.notify_enterprise(fact.payload["enterprise_id"], msgid=msgid, params=params, url=reverse("helpdesk:contact"), fact=fact)


@on(EnterpriseUnfrozen)
def tell_company_it_is_unfrozen(fact: Fact) -> None:
    msgid = gettext_noop("Your company is no longer frozen. Choose a new password by the link we sent, then log in.")
    services.notify_enterprise(fact.payload["enterprise_id"], msgid=msgid, params={}, url=reverse("account_login"), fact=fact)


def _tell_transfer_desk(fact: Fact, msgid: str, permission: str = "accounts.transfer_main_account") -> None:
    url = reverse("admin:accounts_maintransfer_change", args=[fact.payload["case_id"]])
    services.notify_staff(permission, msgid=msgid, params={"no": fact.payload["no"]}, url=url, fact=fact)


@on(MainTransferAsked)
def tell_transfer_desk(fact: Fact) -> None:
    _tell_transfer_desk(fact, gettext_noop("Another main account is asked for: case %(no)s."))


@on(MainTransferProposed)
def tell_second_person_of_transfer(fact: Fact) -> None:
    _tell_transfer_desk(fact, gettext_noop("The transfer of a main account is proposed in case %(no)s. A second person must approve it."))


@on(MainTransferApproved)
def warn_old_contacts(fact: Fact) -> None:
    """The holder and all who manage the team, at the addresses they always had: there is time to object (H13)."""
    msgid = gettext_noop(
        "The main account of your company is to go to another person (case %(no)s). If this is wrong, object on the page"
        " “Account security” or phone customer service at once."
    )
    params, url = {"no": fact.payload["no"]}, reverse("accounts:security")
    services.notify_person(fact.payload["old_user_id"], msgid=msgid, params=params, url=url, fact=fact)
    services.notify_enterprise(fact.payload["enterprise_id"], msgid=msgid, params=params, url=url, fact=fact, box="team")


@on(MainTransferStopped)
def tell_transfer_stopped(fact: Fact) -> None:
    _tell_transfer_desk(fact, gettext_noop("The transfer of a main account was stopped in case %(no)s. Look at why."))
    msgid, params = gettext_noop("The transfer of your company's main account was stopped (case %(no)s)."), {"no": fact.payload["no"]}
    services.notify_enterprise(fact.payload["enterprise_id"], msgid=msgid, params=params, url=reverse("accounts:security"), fact=fact)


@on(MainAccountTransferred)
def tell_both_holders(fact: Fact) -> None:
    params = {"no": fact.payload["no"]}
    gone = gettext_noop("The main account of your company has gone to another person (case %(no)s); you no longer hold it.")
    services.notify_person(fact.payload["old_user_id"], msgid=gone, params=params, url=reverse("helpdesk:contact"), fact=fact)
    came = gettext_noop("You hold the main account of your company now (case %(no)s). Look through the sub-accounts first.")
    services.notify_person(fact.payload["new_user_id"], msgid=came, params=params, url=reverse("accounts:team"), fact=fact)


@on(DeadlinePassed)
def tell_transfer_desk_it_is_late(fact: Fact) -> None:
    if fact.payload["policy"] == "accounts.main_transfer_answer":
        msgid = gettext_noop("A request for another main account is past its 3 working days.")
        url = reverse("admin:accounts_maintransfer_change", args=[fact.payload["subject_id"]])
        services.notify_staff("accounts.transfer_main_account", msgid=msgid, params={}, url=url, fact=fact)


@on(JobFinished, JobFailed)
def tell_job_ended(fact: Fact) -> None:
    """Whoever asked for a job hears of its end; what an operator's command asked for, nobody."""
    asked_by = queries.asker_of_job(fact.payload["job_id"])
    if not asked_by:
        return
    finished = gettext_noop("%(no)s is finished: %(done)s rows.")
    refused = gettext_noop("%(no)s is finished: %(done)s rows, %(refused)s of them refused. The sheet on its page says why.")
    failed = gettext_noop("%(no)s could not be finished. Its page says why.")
    msgid = failed if fact.name == JobFailed.fact_name else refused if fact.payload["refused"] else finished  # type: ignore[attr-defined]
    params = {name: fact.payload[name] for name in ("no", "done", "refused") if name in fact.payload}
    url = queries.page_of_job(fact.payload["job_id"]) or reverse("kernel:job", args=[fact.payload["no"]])
    services.notify_person(asked_by, msgid=msgid, params=params, url=url, fact=fact)


@on(PrivilegeGranted)
def tell_privilege_granted(fact: Fact) -> None:
    _tell_company(fact, gettext_noop("Your company is VIP now: ad places are open to you and your requests go through the green channel."))


@on(PrivilegeEnded)
def tell_privilege_ended(fact: Fact) -> None:
    _tell_company(fact, gettext_noop("Your company is no longer VIP."))
