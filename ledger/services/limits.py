"""Barter limits and highest balances: lowering takes one of finance, raising always two people (SPEC B04, ADR 0022)."""

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as words
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from accounts.actors import require_staff
from accounts.models import Enterprise
from accounts.queries import ever_belonged
from kernel.chains import enterprise_chain
from kernel.clock import now
from kernel.money import CREDIT, Money
from kernel.refusals import Denied, NotFound, Refusal
from kernel.services import claim_key, hold_chains, lock, move, record

from ..facts import DebitLimitSet, LimitBacked, LimitDecided, LimitProposed
from ..limit_queries import ceiling_of, growth_of, standing_of
from ..models import Account, LimitChange, LimitProposal
from ..permissions import SET_DEBIT_LIMIT


@transaction.atomic
def set_debit_limit(enterprise_id: int, *, limit: Money, reason: str, actor, request_key: str) -> Account:
    """Lower how far a wallet may go below zero (staff, SPEC B03); the same request_key answers the same, the limit it has changes nothing.

    Raises Denied (no permission, own enterprise), NotFound, Refusal reason_missing, limit_not_credit, limit_below_balance,
    raise_needs_two, key_reused.
    """
    reason = _allowed(enterprise_id, limit, reason, actor)
    inputs = {"enterprise": enterprise_id, "limit": limit.minor, "reason": reason}
    claim = claim_key(request_key, verb="ledger.set_debit_limit", actor=actor, inputs=inputs)
    if claim.result_id:
        return Account.objects.get(pk=claim.result_id)
    account = _wallet(enterprise_id)
    if limit > account.limit:
        raise Refusal("raise_needs_two", _("A limit is raised by two people. Propose it; a colleague decides."))
    _apply(account, limit, reason, actor, None)
    claim.done(account.pk)
    return account


def _allowed(enterprise_id: int, limit: Money, reason: str, actor) -> str:
    require_staff(actor, SET_DEBIT_LIMIT)
    reason = reason.strip()
    if not reason:
        raise Refusal("reason_missing", _("Give a reason."))
    if limit.currency != CREDIT or limit.minor < 0:
        raise Refusal("limit_not_credit", _("The limit is an amount of barter credit, zero or more."))
    if not Enterprise.objects.filter(pk=enterprise_id).exists():
        raise NotFound()
    if ever_belonged(actor, [enterprise_id]):
        raise Denied("own_enterprise", _("You are a member of this enterprise, so a colleague must decide."))
    return reason


def _wallet(enterprise_id: int) -> Account:
    place = {"holder": enterprise_chain(enterprise_id), "purpose": "wallet", "currency": CREDIT}
    Account.objects.bulk_create([Account(**place, tracked=True, floor_minor=0)], ignore_conflicts=True)
    hold_chains([enterprise_chain(enterprise_id)])  # chains before accounts, as everywhere
    return lock(Account.objects.all(), **place)


def _owner(account: Account) -> int:
    assert account.enterprise_id is not None
    return account.enterprise_id


def _apply(account: Account, limit: Money, reason: str, actor, proposal: LimitProposal | None) -> None:
    before = account.limit
    if limit == before:
        return
    if account.balance_minor < -limit.minor:
        raise Refusal(
            "limit_below_balance",
            _("The wallet stands at %(balance)s, which the new limit would not allow. Nothing was changed.") % {"balance": account.balance},
        )
    LimitChange.objects.create(
        account=account, before_minor=before.minor, after_minor=limit.minor, reason=reason, actor_user_id=actor.user_id, at=now(),
        proposal=proposal,
    )  # fmt: skip
    account.floor_minor = -limit.minor  # as the trigger on the row above has set it
    record(
        DebitLimitSet(enterprise_id=_owner(account), limit_minor=limit.minor, currency=limit.currency),
        actor=actor, subject=account, chains=[account.holder], changes={"limit_minor": [before.minor, limit.minor]},
    )  # fmt: skip


@transaction.atomic
def propose_limit(enterprise_id: int, *, kind: str, limit: Money, reason: str, actor, request_key: str) -> LimitProposal:
    """Ask for another limit ("debit") or highest balance ("ceiling") of a wallet; a lower ceiling is in force at once.

    Raises Denied, NotFound, Refusal reason_missing, limit_not_credit, limit_as_it_is, lower_at_once, ceiling_below_balance,
    proposed_already, key_reused.
    """
    reason = _allowed(enterprise_id, limit, reason, actor)
    inputs = {"enterprise": enterprise_id, "kind": kind, "limit": limit.minor, "reason": reason}
    claim = claim_key(request_key, verb="ledger.propose_limit", actor=actor, inputs=inputs)
    if claim.result_id:
        return LimitProposal.objects.get(pk=claim.result_id)
    account = _wallet(enterprise_id)
    before = _present(account, kind)
    if limit == before:
        raise Refusal("limit_as_it_is", _("The limit is that already."))
    if kind == "debit" and limit < before:
        raise Refusal("lower_at_once", _("A lower limit needs no proposal: set it."))
    proposal = _propose(account, kind, before, limit, reason, actor)
    if limit < before:
        proposal = lock(LimitProposal.objects.all(), pk=proposal.pk)
        _put_in_force(proposal, account, actor)
    claim.done(proposal.pk)
    return proposal


@transaction.atomic
def propose_growth(enterprise_id: int, *, actor) -> LimitProposal | None:
    """Propose the barter limit that the rule of growth gives by completed sales, never beyond its cap; two of staff decide.

    None when the rule gives nothing more, something waits already, or the same was refused before.
    """
    account = _wallet(enterprise_id)
    growth = growth_of(enterprise_id)
    if growth.limit <= account.limit.minor:
        return None
    # What was decided stands until the rule gives more than was asked for then.
    known = LimitProposal.objects.filter(enterprise_id=enterprise_id, kind="debit")
    if known.filter(state="proposed").exists() or known.filter(amount_minor__gte=growth.limit, state="refused").exists():
        return None
    with override(settings.LANGUAGE_CODE):
        reason = words("By the rule of growth: a share of the completed sales of the last 12 months.")
    return _propose(account, "debit", account.limit, Money(growth.limit, CREDIT), reason, actor, growth.printed())


def _present(account: Account, kind: str) -> Money:
    return account.limit if kind == "debit" else ceiling_of(_owner(account))


def _propose(account: Account, kind: str, before: Money, limit: Money, reason: str, actor, basis=None) -> LimitProposal:
    if LimitProposal.objects.filter(enterprise_id=_owner(account), kind=kind, state="proposed").exists():
        raise Refusal("proposed_already", _("A proposal for this limit waits already. Decide on it first."))
    proposal = LimitProposal.objects.create(
        enterprise_id=_owner(account), kind=kind, before_minor=before.minor, amount_minor=limit.minor, reason=reason,
        basis=basis or {}, proposed_by_id=actor.user_id, proposed_at=now(),
    )  # fmt: skip
    news = LimitProposed(proposal_id=proposal.pk, enterprise_id=_owner(account), kind=kind, limit_minor=limit.minor, by_rule=bool(basis))
    record(news, actor=actor, subject=proposal, chains=[account.holder])
    return proposal


@transaction.atomic
def approve_limit(proposal_id: int, *, actor, request_key: str) -> LimitProposal:
    """Put a proposed limit in force; never by the person who proposed it. What the rule proposed, the first backs and the second decides.

    Raises Denied four_eyes / own_enterprise, NotFound, IllegalMove, Refusal limit_moved (another limit is in force meanwhile).
    """
    return _decide(proposal_id, "approve", actor, request_key)


@transaction.atomic
def refuse_limit(proposal_id: int, *, actor, request_key: str) -> LimitProposal:
    """Turn a proposed limit down; whoever proposed it may do so too. Raises Denied, NotFound, IllegalMove."""
    return _decide(proposal_id, "refuse", actor, request_key)


def _decide(proposal_id: int, verb: str, actor, request_key: str) -> LimitProposal:
    require_staff(actor, SET_DEBIT_LIMIT)
    claim = claim_key(request_key, verb=f"ledger.{verb}_limit", actor=actor, inputs={"proposal": proposal_id})
    found = LimitProposal.objects.filter(pk=proposal_id).first()
    if found is None:
        raise NotFound()
    account = _wallet(found.enterprise_id)
    proposal = lock(LimitProposal.objects.all(), pk=proposal_id)
    if claim.result_id:
        return proposal
    if ever_belonged(actor, [proposal.enterprise_id]):
        raise Denied("own_enterprise", _("You are a member of this enterprise, so a colleague must decide."))
    if verb == "approve" and proposal.proposed_by_id == actor.user_id:
        raise Denied("four_eyes", _("You proposed this limit, so a colleague must decide on it."))
    if verb == "approve" and proposal.backed_by_id == actor.user_id:
        raise Denied("four_eyes", _("You approved this limit already; a colleague must approve it too."))
    if verb == "approve" and proposal.wants_backer:
        _back(proposal, actor)
    elif verb == "approve":
        _put_in_force(proposal, account, actor)
    else:
        _close(proposal, "refuse", actor)
    claim.done(proposal.pk)
    return proposal


def _back(proposal: LimitProposal, actor) -> None:
    """Note the first of the two people that a proposal of the rule needs."""
    proposal.backed_by_id, proposal.backed_at = actor.user_id, now()
    proposal.save(update_fields=["backed_by_id", "backed_at"])
    news = LimitBacked(proposal_id=proposal.pk, enterprise_id=proposal.enterprise_id, kind=proposal.kind)
    record(news, actor=actor, subject=proposal, chains=[enterprise_chain(proposal.enterprise_id)])


def _put_in_force(proposal: LimitProposal, account: Account, actor) -> None:
    before = _present(account, proposal.kind)
    if proposal.state == "proposed" and before != proposal.before:
        raise Refusal("limit_moved", _("The limit is no longer what it was when this was proposed. Refuse this and propose again."))
    if proposal.kind == "ceiling" and proposal.amount < standing_of(proposal.enterprise_id).full:
        text = _("The wallet holds more than that already, counting what is on its way. Nothing was changed.")
        raise Refusal("ceiling_below_balance", text)
    _close(proposal, "approve", actor)
    if proposal.kind == "debit":
        _apply(account, proposal.amount, proposal.reason, actor, proposal)


def _close(proposal: LimitProposal, verb: str, actor) -> None:
    changes = {f"{proposal.kind}_minor": [proposal.before_minor, proposal.amount_minor]} if verb == "approve" else {}
    move(proposal, verb, decided_by_id=actor.user_id, decided_at=now())
    news = LimitDecided(proposal_id=proposal.pk, enterprise_id=proposal.enterprise_id, kind=proposal.kind, move=verb)
    record(news, actor=actor, subject=proposal, chains=[enterprise_chain(proposal.enterprise_id)], changes=changes)
