"""Giving a main account to another person: proposed by one of the staff, approved by another, done by a clock (H13, P37)."""

import secrets
from collections.abc import Callable

from allauth.account import app_settings as account_settings
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from kernel.chains import PLATFORM, enterprise_chain
from kernel.clock import now
from kernel.refusals import Denied, NotFound, Refusal
from kernel.services import cancel_deadlines, claim_key, lock, meet_deadline, move, record, start_deadline
from kernel.timer import TIMER

from .. import rules
from ..actors import require_staff
from ..facts import (
    MainAccountTransferred,
    MainTransferApproved,
    MainTransferDismissed,
    MainTransferProposed,
    MainTransferStopped,
    MainTransferTurnedDown,
)
from ..models import (
    Delegation,
    Enterprise,
    EnterpriseUserObjectPermission,
    Invitation,
    MainTransfer,
    Membership,
    TransferProof,
    User,
)
from ..permissions import ROLES
from ..queries import ever_belonged, main_account
from ..queries.transfers import TRANSFER, new_holder_of
from .freezes import end_sessions
from .gates import shut_gate
from .team import grant_boxes

TRADING = ("verified", "frozen")  # others register again, with papers of their own


@transaction.atomic
def propose_transfer(case_id: int, *, enterprise_id: int, keep_as_sub: bool, actor, request_key: str) -> MainTransfer:
    """Say which company a request is about and that both proofs are genuine (staff); a colleague must approve.

    Raises Denied own_enterprise, own_request; Refusal freeze_first for a stolen account that can still act, not_verified, proofs_missing,
    new_holder_…; IllegalMove, NotFound.
    """
    inputs = {"enterprise": enterprise_id, "keep_as_sub": keep_as_sub}
    case, claim = _claimed(case_id, "propose_transfer", actor, request_key, **inputs)
    if claim.result_id:
        return case
    enterprise = lock(Enterprise.objects.all(), pk=enterprise_id)
    _refuse_involved(case, enterprise.pk, actor)
    MainTransfer.MACHINE.target(case.state, "propose")
    if enterprise.state not in TRADING:
        raise Refusal("not_verified", _("Only the main account of a verified company changes hands; this one can register again."))
    if case.cause == "stolen" and enterprise.state != "frozen":
        raise Refusal("freeze_first", _("The account was stolen: freeze the company first, so that nobody acts with it meanwhile."))
    if MainTransfer.objects.filter(enterprise=enterprise, state__in=["proposed", "cooling"]).exists():
        raise Refusal("one_at_a_time", _("Another transfer of this main account is under way."))
    _refuse_without_proofs(case)
    old = _holder(enterprise)
    new_holder(case, old)
    move(
        case, "propose", enterprise=enterprise, old_main_id=old.pk, keep_as_sub=keep_as_sub, proposed_by_id=actor.user_id,
        approved_by_id=None, ends_at=None, reason="",
    )  # fmt: skip
    meet_deadline(rules.TRANSFER_ANSWER.code, case)
    _tell(MainTransferProposed, case, actor, ["asked", "proposed"], old_user_id=old.pk)
    claim.done(case.pk)
    return case


@transaction.atomic
def approve_transfer(case_id: int, *, actor, request_key: str) -> MainTransfer:
    """The second member of staff agrees: the cooling period begins, old contacts are told, and its clock does the rest (P37).

    Raises Denied own_enterprise, own_proposal (superusers too), own_request; Refusal freeze_first, holder_changed; IllegalMove, NotFound.
    """
    case, claim = _claimed(case_id, "approve_transfer", actor, request_key)
    if claim.result_id:
        return case
    MainTransfer.MACHINE.target(case.state, "approve")
    if case.proposed_by_id == actor.user_id:
        raise Denied("own_proposal", _("You proposed this yourself, so a colleague must approve it."))
    enterprise = lock(Enterprise.objects.all(), pk=case.enterprise_id)
    _refuse_involved(case, enterprise.pk, actor)
    if case.cause == "stolen" and enterprise.state != "frozen":
        raise Refusal("freeze_first", _("The account was stolen: freeze the company first, so that nobody acts with it meanwhile."))
    if problem := _problem(case, enterprise):
        raise Refusal("holder_changed", problem)
    cooling = start_deadline(rules.TRANSFER_COOLING.code, case, chains=[enterprise.chain])
    move(case, "approve", approved_by_id=actor.user_id, ends_at=cooling.due_at)
    told = {"old_user_id": case.old_main_id, "until": cooling.due_at.isoformat()}
    _tell(MainTransferApproved, case, actor, ["proposed", "cooling"], **told)
    claim.done(case.pk)
    return case


@transaction.atomic
def turn_down_transfer(case_id: int, *, reason: str, actor, request_key: str) -> MainTransfer:
    """Turn a colleague's proposal down, with a reason (staff); the request waits again. Raises Denied, Refusal reason_missing."""
    case, claim = _claimed(case_id, "turn_down_transfer", actor, request_key, reason=reason.strip())
    if claim.result_id:
        return case
    _refuse_involved(case, case.enterprise_id, actor)
    move(case, "turn_down", reason=_reason(reason), proposed_by_id=None)
    start_deadline(rules.TRANSFER_ANSWER.code, case, chains=[])
    _tell(MainTransferTurnedDown, case, actor, ["proposed", "asked"])
    claim.done(case.pk)
    return case


@transaction.atomic
def stop_transfer(case_id: int, *, reason: str, actor, request_key: str) -> MainTransfer:
    """Stop a transfer during its cooling period, with a reason (staff): one is enough. Raises Denied, Refusal reason_missing."""
    case, claim = _claimed(case_id, "stop_transfer", actor, request_key, reason=reason.strip())
    if claim.result_id:
        return case
    _refuse_involved(case, case.enterprise_id, actor)
    stop(case, why="staff", actor=actor, reason=_reason(reason))
    claim.done(case.pk)
    return case


@transaction.atomic
def dismiss_transfer(case_id: int, *, reason: str, actor, request_key: str) -> MainTransfer:
    """Put a request aside for good, with a reason (staff). Raises Denied, Refusal reason_missing, IllegalMove, NotFound."""
    case, claim = _claimed(case_id, "dismiss_transfer", actor, request_key, reason=reason.strip())
    if claim.result_id:
        return case
    _refuse_involved(case, case.enterprise_id, actor)
    move(case, "dismiss", reason=_reason(reason), closed_by_id=actor.user_id, closed_at=now())
    cancel_deadlines(case)
    chains = [enterprise_chain(case.enterprise_id) if case.enterprise_id else PLATFORM]
    fact = MainTransferDismissed(case_id=case.pk, no=case.no)
    record(fact, actor=actor, subject=case, chains=chains, changes={"state": ["asked", "dismissed"]})
    claim.done(case.pk)
    return case


def stop(case: MainTransfer, *, why: str, actor, reason: str = "", objection: str = "") -> None:
    """Take a locked case out of its cooling period; it waits for the staff again, and for two people again."""
    move(case, "stop", reason=reason, objection=objection, proposed_by_id=None, approved_by_id=None, ends_at=None)
    cancel_deadlines(case)
    start_deadline(rules.TRANSFER_ANSWER.code, case, chains=[])
    _tell(MainTransferStopped, case, actor, ["cooling", "asked"], why=why)


@transaction.atomic
def complete_transfer(case_id: int) -> bool:
    """The clock has run out: the main account changes hands, unless the case was stopped or the company is no longer what was approved.

    The old holder's sessions end; it leaves the company or stays as a sub-account that only reads. Safe when asked twice.
    """
    found = MainTransfer.objects.filter(pk=case_id).values_list("enterprise_id", flat=True).first()
    if found is None:
        return False
    shut_gate(found)  # acts that the old holder has begun end first
    case = lock(MainTransfer.objects.all(), pk=case_id)
    if case.state != "cooling" or case.ends_at > now():  # stopped, or stopped and approved anew
        return False
    enterprise = lock(Enterprise.objects.all(), pk=found)
    if problem := _problem(case, enterprise):
        stop(case, why="changed", actor=TIMER, reason=str(problem)[:400])
        return False
    old = User.objects.get(pk=case.old_main_id)
    new = _person(case)
    _step_down(old, enterprise, case)
    _step_up(new, enterprise)
    ended = end_sessions([old.pk])
    move(case, "complete", new_main_id=new.pk, closed_at=now())
    fact = MainAccountTransferred(
        enterprise_id=enterprise.pk, case_id=case.pk, no=case.no, old_user_id=old.pk, new_user_id=new.pk, kept_as_sub=case.keep_as_sub,
        sessions_ended=ended,
    )  # fmt: skip
    changes = {"state": ["cooling", "done"], "main_account": [old.pk, new.pk]}
    record(fact, actor=TIMER, subject=case, chains=[enterprise.chain], changes=changes)
    return True


def _step_down(old: User, enterprise: Enterprise, case: MainTransfer) -> None:
    place = lock(Membership.objects.filter(enterprise=enterprise, is_main=True, ended_at=None), user_id=old.pk)
    Delegation.objects.filter(Q(giver=place) | Q(taker=place), ended_at=None).update(ended_at=now())
    Invitation.objects.filter(enterprise=enterprise, invited_by_id=old.pk, accepted_at=None, revoked_at=None).update(revoked_at=now())
    if case.keep_as_sub:
        Membership.objects.filter(pk=place.pk).update(is_main=False)
        _held(old, enterprise).delete()
        grant_boxes(place, ROLES["auditor"][1])  # to read; the new holder gives what else is right
    else:
        Membership.objects.filter(pk=place.pk).update(is_main=False, ended_at=now())
        _held(old, enterprise).delete()
    if case.cause == "stolen":
        old.set_unusable_password()  # whoever stole it must not come back with it, wherever else it leads
        User.objects.filter(pk=old.pk).update(password=old.password)


def _step_up(new: User, enterprise: Enterprise) -> None:
    place = Membership.objects.filter(enterprise=enterprise, user=new, ended_at=None).first()
    if place is None:
        Membership.objects.create(enterprise=enterprise, user=new, is_main=True, created_at=now())
        return
    _held(new, enterprise).delete()
    Membership.objects.filter(pk=place.pk).update(is_main=True, only_granted_listings=False, only_granted_orders=False)


def _held(user: User, enterprise: Enterprise):
    return EnterpriseUserObjectPermission.objects.filter(user=user, content_object=enterprise)


def new_holder(case: MainTransfer, old: User) -> User | None:
    """The person behind the address of a request, None when nobody confirmed it yet. Raises Refusal new_holder_… when it cannot be them.

    Only a confirmed address names a person: anybody can sign up with an address that is not theirs.
    """
    email = new_holder_of(case)["email"]
    known = User.objects.filter(emailaddress__email=email, emailaddress__verified=True).first()
    if email == old.email.lower() or (known and known.pk == old.pk):
        raise Refusal("new_holder_same", _("The new holder's address is the one of the present holder."))
    if known and (known.is_sub_account or not known.is_active):
        raise Refusal(
            "new_holder_log_in", _("The new holder's address belongs to a log-in that cannot be a main account. Ask for another.")
        )
    if known and known.is_staff:
        raise Refusal("new_holder_staff", _("The new holder's address belongs to a member of staff."))
    return known


def _problem(case: MainTransfer, enterprise: Enterprise) -> object:
    """Why an approved transfer must not go on, as a sentence; empty when everything is as it was proposed."""
    if enterprise.state not in TRADING:
        return _("The company is no longer verified.")
    present = main_account(enterprise.pk)
    if present is None or present.pk != case.old_main_id:
        return _("The main account has another holder meanwhile.")
    try:
        new_holder(case, present)
    except Refusal as refusal:
        return str(refusal)
    return ""


def _person(case: MainTransfer) -> User:
    """The new holder, made when nobody has confirmed the address: only who reads its mail can choose the password."""
    told = new_holder_of(case)
    known = User.objects.filter(emailaddress__email=told["email"], emailaddress__verified=True).first()
    if known:
        return lock(User.objects.all(), pk=known.pk)
    claimed = User.objects.filter(email__iexact=told["email"]).first()
    if claimed is None:
        user = User(username=f"member-{secrets.token_hex(6)}", email=told["email"], display_name=told["name"][:60], language=case.language)
        user.set_unusable_password()
        user.save(force_insert=True)
    else:  # signed up and never confirmed: whoever that was keeps no key to it
        user = lock(User.objects.all(), pk=claimed.pk)
        user.set_unusable_password()
        User.objects.filter(pk=user.pk).update(password=user.password, display_name=told["name"][:60], language=case.language)
        Authenticator.objects.filter(user=user).delete()
        end_sessions([user.pk])
    EmailAddress.objects.filter(email=told["email"]).delete()  # claims that nobody confirmed
    EmailAddress.objects.create(user=user, email=told["email"], verified=True, primary=True)
    return User.objects.get(pk=user.pk)


def mail_new_holder(case_id: int, *, page: Callable[[str, str], str], log_in: str) -> bool:
    """Send the new holder the link by which a password is chosen, or the way to their own log-in; False when that is somebody else now.

    `page` makes the path of the page that takes a person's number and a key. The link holds as long as every reset link.
    """
    case = MainTransfer.objects.select_related("enterprise").get(pk=case_id)
    person = main_account(case.enterprise_id) if case.enterprise_id else None
    if case.state != "done" or person is None or person.pk != case.new_main_id or not person.email:
        return False
    fresh = not person.has_usable_password()
    path = page(user_pk_to_url_str(person), account_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(person)) if fresh else log_in
    with translation.override(person.language):
        firm = case.enterprise.local_name(person.language)
        context = {"firm": firm, "no": case.no, "url": settings.SITE_URL + path, "fresh": fresh, "brand": settings.BRAND}
        body = render_to_string("accounts/transfer_mail.txt", context)
        subject = " ".join(str(_("You hold the main account of %(firm)s now") % {"firm": firm}).split())[:150]
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">") or "localhost"
    EmailMessage(subject, body, to=[person.email], headers={"Message-ID": f"<transfer-{case.pk}@{domain}>"}).send()
    return True


def _claimed(case_id: int, verb: str, actor, request_key: str, **inputs):
    require_staff(actor, TRANSFER)
    claim = claim_key(request_key, verb=f"accounts.{verb}", actor=actor, inputs={"case": case_id, **inputs})
    case = lock(MainTransfer.objects.all(), pk=case_id)
    return case, claim


def _refuse_involved(case: MainTransfer, enterprise_id: int | None, actor) -> None:
    """Raise Denied own_enterprise, own_request for staff who belong to the company, once did, or are to hold its account."""
    if enterprise_id and ever_belonged(actor, [enterprise_id]):
        raise Denied("own_enterprise", _("You belong to this company, so somebody else must decide."))
    own = EmailAddress.objects.filter(user_id=actor.user_id, email__iexact=new_holder_of(case)["email"]).exists()
    if own or case.asked_by_id == actor.user_id:
        raise Denied("own_request", _("Nobody decides about their own request."))


def _refuse_without_proofs(case: MainTransfer) -> None:
    there = set(TransferProof.objects.filter(case=case, document__erased_at=None).values_list("kind", flat=True))
    if missing := [str(label) for kind, label in TransferProof.KINDS if kind not in there]:
        raise Refusal("proofs_missing", _("A transfer needs both proofs. Missing: %(papers)s.") % {"papers": ", ".join(missing)})


def _holder(enterprise: Enterprise) -> User:
    person = main_account(enterprise.pk)
    if person is None:
        raise NotFound()
    return person


def _reason(text: str) -> str:
    if not text.strip():
        raise Refusal("reason_missing", _("Give a reason."))
    return text.strip()[:400]


def _tell(news, case: MainTransfer, actor, states: list[str], **told) -> None:
    fact = news(enterprise_id=case.enterprise_id, case_id=case.pk, no=case.no, **told)
    record(fact, actor=actor, subject=case, chains=[enterprise_chain(case.enterprise_id)], changes={"state": states})
