"""Freezing an enterprise in one act, and unfreezing it with two proofs and two members of staff (H12-H14, P15, P37)."""

import secrets

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kernel.chains import PLATFORM, enterprise_chain
from kernel.clock import now
from kernel.refusals import Denied, Refusal
from kernel.services import claim_key, lock, lock_all, meet_deadline, move, record

from .. import rules
from ..actors import require_staff
from ..facts import (
    EnterpriseFrozen,
    EnterpriseUnfrozen,
    FreezeDismissed,
    FreezeKept,
    FreezeReported,
    InvitationRevoked,
    LogInAddressChanged,
    SecondFactorChanged,
    UnfreezeProposed,
)
from ..models import Enterprise, FreezeCase, FreezeProof, Invitation, Membership, User
from ..queries import companies_meant, ever_belonged
from .gates import shut_gate
from .registration import keep_version

FREEZE, UNFREEZE = "accounts.freeze_enterprise", "accounts.unfreeze_enterprise"

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that sounds or looks like another


def case_number(kind: str = "FZ") -> str:
    """A number that nobody can guess from another."""
    return f"{kind}-" + "-".join("".join(secrets.choice(ALPHABET) for _n in range(4)) for _part in range(2))


def end_sessions(user_ids) -> int:
    """Log people out everywhere; returns how many sessions died."""
    known = UserSession.objects.filter(user_id__in=list(user_ids))
    keys = list(known.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    known.delete()
    return len(keys)


def people_only_here(enterprise_id: int) -> list[int]:
    """Ids of the people who belong to this enterprise and to no other: their sessions are the enterprise's."""
    here = Membership.objects.filter(enterprise_id=enterprise_id, ended_at=None).values_list("user_id", flat=True)
    elsewhere = Membership.objects.filter(user_id__in=here, ended_at=None).exclude(enterprise_id=enterprise_id)
    return sorted(set(here) - set(elsewhere.values_list("user_id", flat=True)))


def refuse_own(case: FreezeCase, *, actor) -> None:
    """Raise Denied own_enterprise for staff who belong, or once belonged, to the company of a case."""
    if case.enterprise_id and ever_belonged(actor, [case.enterprise_id]):
        raise Denied("own_enterprise", _("You belong to this company, so somebody else must decide."))


def _claim(request_key: str, verb: str, actor, **inputs):
    return claim_key(request_key, verb=f"accounts.{verb}", actor=actor, inputs=inputs)


def _reason(text: str) -> str:
    if not text.strip():
        raise Refusal("reason_missing", _("Give a reason."))
    return text.strip()[:400]


@transaction.atomic
def freeze_own(*, reason: str, actor, request_key: str) -> FreezeCase:
    """Freeze the actor's own enterprise at once; only its main account may, and only staff lift it again (H12).

    Raises Denied main_only, Refusal not_verified, reason_missing.
    """
    if not actor.is_main:
        raise Denied("main_only", _("Only the main account of your enterprise can do this."))
    shut_gate(actor.party_id)
    claim = _claim(request_key, "freeze_own", actor, reason=reason.strip())
    if claim.result_id:
        return FreezeCase.objects.get(pk=claim.result_id)
    enterprise = lock(Enterprise.objects.all(), pk=actor.party_id)
    case = FreezeCase.objects.create(
        no=case_number(), enterprise=enterprise, named=enterprise.name, registration_no=enterprise.registration_no,
        reported_by_id=actor.user_id, reported_at=now(),
    )  # fmt: skip
    record(FreezeReported(case_id=case.pk, no=case.no), actor=actor, subject=case, chains=[enterprise.chain])
    _freeze(lock(FreezeCase.objects.all(), pk=case.pk), enterprise, _reason(reason), actor)
    claim.done(case.pk)
    return case


@transaction.atomic
def freeze_reported(case_id: int, *, enterprise_id: int, reason: str, actor, request_key: str) -> FreezeCase:
    """Freeze the company that a report is about (staff): state, sessions, payouts, all in this one act (H12, H14).

    Raises Denied own_enterprise, Refusal reason_missing, not_verified, IllegalMove, NotFound.
    """
    require_staff(actor, FREEZE)
    shut_gate(enterprise_id)
    claim = _claim(request_key, "freeze_reported", actor, case=case_id, enterprise=enterprise_id, reason=reason.strip())
    if claim.result_id:
        return FreezeCase.objects.get(pk=claim.result_id)
    case = lock(FreezeCase.objects.all(), pk=case_id)
    enterprise = lock(Enterprise.objects.all(), pk=enterprise_id)
    case.enterprise = enterprise
    refuse_own(case, actor=actor)
    _freeze(case, enterprise, _reason(reason), actor)
    meet_deadline(rules.FREEZE_REPORT.code, case)
    claim.done(case.pk)
    return case


def _freeze(case: FreezeCase, enterprise: Enterprise, reason: str, actor) -> None:
    FreezeCase.MACHINE.target(case.state, "freeze")
    if enterprise.state != "verified":
        raise Refusal("not_verified", _("Only a verified company can be frozen; this one cannot trade anyway."))
    move(enterprise, "freeze")
    keep_version(enterprise)
    move(case, "freeze", enterprise=enterprise, reason=reason, frozen_at=now(), frozen_by_id=actor.user_id)
    ended = end_sessions(people_only_here(enterprise.pk))
    _close_doors(enterprise, actor)
    fact = EnterpriseFrozen(enterprise_id=enterprise.pk, case_id=case.pk, no=case.no, sessions_ended=ended)
    record(fact, actor=actor, subject=enterprise, chains=[enterprise.chain], changes={"state": ["verified", "frozen"]})


def _close_doors(enterprise: Enterprise, actor) -> None:
    """Withdraw the open invitations of a company that is being frozen: a thief's own address must not come in by one afterwards."""
    waiting = Invitation.objects.filter(enterprise=enterprise, accepted_at=None, revoked_at=None).values_list("pk", flat=True)
    for invitation in lock_all(Invitation.objects.all(), waiting):
        invitation.revoked_at = now()
        invitation.save(update_fields=["revoked_at"])
        fact = InvitationRevoked(enterprise_id=enterprise.pk, invitation_id=invitation.pk)
        record(fact, actor=actor, subject=invitation, chains=[enterprise.chain])


@transaction.atomic
def dismiss_report(case_id: int, *, reason: str, actor, request_key: str) -> FreezeCase:
    """Put a report aside with a reason (staff). Raises Denied (also own_enterprise, for a company that the report may mean), Refusal
    reason_missing, IllegalMove, NotFound."""
    require_staff(actor, FREEZE)
    claim = _claim(request_key, "dismiss_report", actor, case=case_id, reason=reason.strip())
    if claim.result_id:
        return FreezeCase.objects.get(pk=claim.result_id)
    case = lock(FreezeCase.objects.all(), pk=case_id)
    if ever_belonged(actor, [firm.pk for firm in companies_meant(case)]):
        raise Denied("own_enterprise", _("You belong to a company that this report may mean, so somebody else must decide."))
    move(case, "dismiss", reason=_reason(reason), closed_by_id=actor.user_id, closed_at=now())
    meet_deadline(rules.FREEZE_REPORT.code, case)
    record(
        FreezeDismissed(case_id=case.pk, no=case.no),
        actor=actor,
        subject=case,
        chains=[PLATFORM],
        changes={"state": ["reported", "dismissed"]},
    )
    claim.done(case.pk)
    return case


@transaction.atomic
def propose_unfreeze(case_id: int, *, actor, request_key: str) -> FreezeCase:
    """Propose to a colleague that a company be unfrozen; both proofs must be attached (H13).

    Raises Denied own_enterprise, Refusal proofs_missing, IllegalMove, NotFound.
    """
    case, claim = _decided(case_id, "propose_unfreeze", actor, request_key)
    if claim.result_id:
        return case
    there = set(FreezeProof.objects.filter(case=case, stage="unfreeze", document__erased_at=None).values_list("kind", flat=True))
    if missing := [label for kind, label in FreezeProof.KINDS if kind not in there]:
        words = {"papers": ", ".join(str(label) for label in missing)}
        raise Refusal("proofs_missing", _("Unfreezing needs both proofs. Missing: %(papers)s.") % words)
    move(case, "propose_unfreeze", unfreeze_proposed_by_id=actor.user_id)
    _tell(UnfreezeProposed, case, actor, ["frozen", "unfreeze_proposed"])
    claim.done(case.pk)
    return case


@transaction.atomic
def keep_frozen(case_id: int, *, reason: str, actor, request_key: str) -> FreezeCase:
    """Turn a proposal to unfreeze down (staff), with a reason. Raises Denied own_enterprise, Refusal reason_missing, IllegalMove."""
    case, claim = _decided(case_id, "keep_frozen", actor, request_key, reason=reason.strip())
    if claim.result_id:
        return case
    move(case, "keep_frozen", reason=_reason(reason), unfreeze_proposed_by_id=None)
    _tell(FreezeKept, case, actor, ["unfreeze_proposed", "frozen"])
    claim.done(case.pk)
    return case


@transaction.atomic
def lift_freeze(case_id: int, *, actor, request_key: str) -> FreezeCase:
    """Unfreeze a company: the second member of staff says yes. Nobody logs in with a password that a thief may know: the main account
    gets a link, and sets new ones for its sub-accounts (H13, P37).

    Raises Denied own_enterprise, own_proposal (superusers too), IllegalMove, NotFound.
    """
    require_staff(actor, UNFREEZE)
    enterprise_id = FreezeCase.objects.filter(pk=case_id).values_list("enterprise_id", flat=True).first()
    if enterprise_id:
        shut_gate(enterprise_id)
    case, claim = _decided(case_id, "lift_freeze", actor, request_key)
    if claim.result_id:
        return case
    FreezeCase.MACHINE.target(case.state, "lift")
    if case.unfreeze_proposed_by_id == actor.user_id:
        raise Denied("own_proposal", _("You proposed this yourself, so a colleague must approve it."))
    enterprise = lock(Enterprise.objects.all(), pk=case.enterprise_id)
    move(enterprise, "unfreeze")
    keep_version(enterprise)
    move(case, "lift", closed_by_id=actor.user_id, closed_at=now())
    _take_back_log_ins(enterprise, actor)
    fact = EnterpriseUnfrozen(enterprise_id=enterprise.pk, case_id=case.pk, no=case.no)
    record(fact, actor=actor, subject=enterprise, chains=[enterprise.chain], changes={"state": ["frozen", "verified"]})
    claim.done(case.pk)
    return case


def _take_back_log_ins(enterprise: Enterprise, actor) -> None:
    """Whoever stole the main account had its log-in and all that are in its hand: neither their passwords, nor second factors or further
    addresses added meanwhile, open anything any more. Staff keep their second factor; people with log-ins of their own keep theirs."""
    places = Membership.objects.filter(enterprise=enterprise, ended_at=None)
    mine = places.filter(Q(is_main=True) | Q(user__username__contains="/")).values("user_id")
    for user in lock_all(User.objects.all(), User.objects.filter(pk__in=mine).values_list("pk", flat=True)):
        user.set_unusable_password()
        User.objects.filter(pk=user.pk).update(password=user.password)
        end_sessions([user.pk])
        factors = Authenticator.objects.filter(user=user).exclude(user__is_staff=True)
        addresses = EmailAddress.objects.filter(user=user, primary=False)
        for rows, news, what in ((factors, SecondFactorChanged, "removed"), (addresses, LogInAddressChanged, "email_deleted")):
            if rows.exists():
                rows.delete()
                record(news(user_id=user.pk, what=what), actor=actor, subject=user, chains=[enterprise.chain])


def _decided(case_id: int, verb: str, actor, request_key: str, **inputs):
    require_staff(actor, UNFREEZE)
    claim = _claim(request_key, verb, actor, case=case_id, **inputs)
    case = lock(FreezeCase.objects.select_related("enterprise"), pk=case_id)
    if not claim.result_id:
        refuse_own(case, actor=actor)
    return case, claim


def _tell(news, case: FreezeCase, actor, states: list[str]) -> None:
    fact = news(enterprise_id=case.enterprise_id, case_id=case.pk, no=case.no)
    record(fact, actor=actor, subject=case, chains=[enterprise_chain(case.enterprise_id or 0)], changes={"state": states})
