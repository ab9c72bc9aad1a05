"""News that accounts hears about itself."""

from django.urls import reverse

from kernel.facts import DeadlinePassed, on
from kernel.models import Fact

from . import services
from .facts import (
    ChangeApproved,
    EnterpriseApproved,
    ExportPartMade,
    ExportRequested,
    InvitationSent,
    MainAccountTransferred,
)
from .rules import TRANSFER_COOLING


@on(EnterpriseApproved, ChangeApproved)
def watch_licence(fact: Fact) -> None:
    """The licence on file may have another end now: its reminders are set anew (H51)."""
    services.watch_licence(fact.payload["enterprise_id"])


@on(InvitationSent)
def send_invitation(fact: Fact) -> None:
    """The call to the outside, a delivery of its own; an invitation withdrawn meanwhile is not sent."""
    services.mail_invitation(fact.payload["invitation_id"], page=lambda token: reverse("accounts:invitation", args=[token]))


@on(ExportRequested, ExportPartMade)
def make_export(fact: Fact) -> None:
    """One part of an export; the fact that it leaves asks for the next one."""
    services.make_part(fact.payload["job_id"], part=fact.payload.get("part", 0))


@on(DeadlinePassed)
def end_export(fact: Fact) -> None:
    """An export that took too long is given up, and one that was there for its days is erased."""
    if fact.payload["policy"] == "accounts.export":
        services.fail_export(int(fact.payload["subject_id"]))
    elif fact.payload["policy"] == "accounts.export_kept":
        services.expire_export(int(fact.payload["subject_id"]))


@on(DeadlinePassed)
def transfer_main_account(fact: Fact) -> None:
    """The cooling period is over: the main account changes hands (H13)."""
    if fact.payload["policy"] == TRANSFER_COOLING.code:
        services.complete_transfer(int(fact.payload["subject_id"]))


@on(MainAccountTransferred)
def send_link_to_new_holder(fact: Fact) -> None:
    """The call to the outside, a delivery of its own."""

    def page(uid: str, key: str) -> str:
        return reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": key})

    services.mail_new_holder(fact.payload["case_id"], page=page, log_in=reverse("account_login"))
