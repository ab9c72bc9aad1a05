"""What a sub-account may commit its enterprise to alone, and what happens to every act that commits (B10, P13, P14)."""

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kernel.clock import now
from kernel.money import Money
from kernel.refusals import Denied, Refusal
from kernel.services import claim_key, hold_chains, lock, lock_all, move, record

from .. import queries, rules
from ..actors import require
from ..facts import ApprovalRuleSet, ApprovalUsed, SpendingGivenBack, SpendingLimitSet
from ..models import Approval, ApprovalRule, Enterprise, Membership, Spending, SpendingLimit
from ..permissions import MANAGE_TEAM, Capability

MAX_LIMIT = 10**14  # a trillion yuan, in fen


@transaction.atomic
def commit(
    *, actor, verb: Capability, subject: str, terms: str, amount: Money, asked_for: str = "", chains: Iterable[str] = ()
) -> None:  # fmt: skip
    """Let an act that commits the enterprise pass: it is within the actor's limits, or an approval for exactly this is used up.

    `subject` names the row ("orders.order:17") that the spending is counted on; `asked_for` what an approval is asked on when that row
    does not exist before the act; `terms` is a hash of what is agreed. The caller holds its own rows, stock and escrows; `chains` are
    those it will record on. Main accounts are exempt. Raises Denied membership_ended, Refusal approval_needed (B10).
    """
    place = queries.place_of_actor(actor)
    if place is None:
        raise Denied("membership_ended", _("You no longer act for this enterprise."))
    if place.is_main:
        return
    limit = SpendingLimit.objects.select_for_update(no_key=True).filter(membership=place).first()  # the lock under which sums are made
    above = queries.threshold_of(place.enterprise_id)
    spent = queries.spent_in_period(place.pk, limit.period) if limit and limit.per_period_minor is not None else 0
    lines: dict = {"per_order": limit and limit.per_order_minor, "per_period": limit and limit.per_period_minor, "above": above}
    why = rules.line_crossed(amount, **lines, spent=spent)
    if why:
        _use_approval(place, actor, verb, asked_for or subject, terms, amount, why, chains, lines["per_order"], limit, spent, above)
    elif amount.currency == "CNY":
        counted = {"amount_minor": amount.minor, "at": now()}
        Spending.objects.get_or_create(membership=place, subject=subject, defaults=counted)


def _use_approval(place, actor, verb, subject, terms, amount, why, chains, per_order, limit, spent, above) -> None:
    rows = Approval.objects.select_for_update(of=("self",), no_key=True).filter(
        membership=place, verb=verb.name, subject=subject, terms=terms, currency=amount.currency, amount_minor__gte=amount.minor
    )
    found = rows.filter(state="approved").select_related("decided_by__user", "for_whom").first()
    if found is None or not queries.approval_stands(found):
        waiting = Approval.objects.filter(enterprise_id=place.enterprise_id, verb=verb.name, subject=subject, state="requested").first()
        if waiting and waiting.membership_id == place.pk and waiting.terms != terms:
            waiting = None  # about other terms: asking anew replaces it
        raise Refusal(
            "approval_needed", _sentence(why, amount, per_order, limit, spent, above), verb=verb.name, subject=subject, terms=terms,
            amount_minor=amount.minor, currency=amount.currency, why=why, waiting_id=waiting.pk if waiting else None,
        )  # fmt: skip
    found._row_locked = True  # type: ignore[attr-defined]
    hold_chains({actor.acting_for, *chains})  # all that this transaction will link, in their one order
    move(found, "use", used_at=now())
    value = ApprovalUsed(
        approval_id=found.pk, enterprise_id=place.enterprise_id, membership_id=place.pk, amount_minor=amount.minor, currency=amount.currency
    )
    record(value, actor=actor, subject=found, chains=[actor.acting_for], changes={"state": ["approved", "used"]})


def _sentence(why: str, amount: Money, per_order, limit, spent: int, above):
    named = {"amount": _yuan(amount.minor) if amount.currency == "CNY" else str(amount)}
    if why == "over_order_limit":
        text = _("This act weighs %(amount)s; you may commit up to %(limit)s per order. Somebody who may approve has to agree.")
        return text % {**named, "limit": _yuan(per_order)}
    if why == "over_period_limit":
        left = max(limit.per_period_minor - spent, 0)
        text = (
            _("This act weighs %(amount)s; of your limit for today %(left)s are left. Somebody who may approve has to agree.")
            if limit.period == "day"
            else _("This act weighs %(amount)s; of your limit for this month %(left)s are left. Somebody who may approve has to agree.")
        )
        return text % {**named, "left": _yuan(left)}
    if why == "other_currency":
        text = _("This act weighs %(amount)s; acts in other currencies than yuan always need approval in your company.")
        return text % named
    text = _("This act weighs %(amount)s; in your company acts above %(limit)s need approval.")
    return text % {**named, "limit": _yuan(above)}


def _yuan(minor: int | None) -> str:
    return f"¥{Money(minor or 0, 'CNY').decimal:,.2f}"


@transaction.atomic
def give_back(subject: str, *, actor) -> int:
    """Count back what was committed with a row that came to nothing; returns how many spendings. Harmless when done before."""
    pks = Spending.objects.filter(subject=subject, given_back_at=None).values_list("pk", flat=True)
    given = 0
    for row in lock_all(Spending.objects.select_related("membership__enterprise"), pks):
        if row.given_back_at is not None:
            continue
        Spending.objects.filter(pk=row.pk).update(given_back_at=now())
        ref_type, _dot, ref_id = subject.partition(":")
        place = row.membership
        value = SpendingGivenBack(
            enterprise_id=place.enterprise_id, membership_id=place.pk, ref_type=ref_type, ref_id=ref_id, amount_minor=row.amount_minor
        )
        record(value, actor=actor, subject=row, chains=[place.enterprise.chain])
        given += 1
    return given


@transaction.atomic
def set_limit(
    membership_id: int, *, per_order_minor: int | None, per_period_minor: int | None, period: str, actor, request_key: str
) -> SpendingLimit:  # fmt: skip
    """Set how much a sub-account may commit to alone, in CNY fen (None: no line), from its next act on (B10, P14).

    Raises Denied own_account / beyond_own_limit / beyond_own_boxes, NotFound, Refusal limit_invalid.
    """
    require(actor, MANAGE_TEAM)
    inputs = {"membership": membership_id, "per_order": per_order_minor, "per_period": per_period_minor, "period": period}
    claim = claim_key(request_key, verb="accounts.set_limit", actor=actor, inputs=inputs)
    place = lock(Membership.objects.own(actor).filter(is_main=False), pk=membership_id)
    if claim.result_id:
        return SpendingLimit.objects.get(pk=claim.result_id)
    wanted = SpendingLimit(membership=place, per_order_minor=per_order_minor, per_period_minor=per_period_minor, period=period)
    _check_limit(wanted, actor)
    limit = SpendingLimit.objects.select_for_update(no_key=True).filter(membership=place).first()
    fields = ("per_order_minor", "per_period_minor", "period")
    before = {name: getattr(limit, name) if limit else None for name in fields}
    after = {name: getattr(wanted, name) for name in fields}
    limit, _made = SpendingLimit.objects.update_or_create(membership=place, defaults={**after, "updated_at": now()})
    claim.done(limit.pk)
    if before == after:
        return limit
    changes = {name: [before[name], after[name]] for name in fields if before[name] != after[name]}
    value = SpendingLimitSet(enterprise_id=place.enterprise_id, membership_id=place.pk)
    record(value, actor=actor, subject=limit, chains=[actor.acting_for], changes=changes)
    return limit


def _check_limit(wanted: SpendingLimit, actor) -> None:
    sums = [value for value in (wanted.per_order_minor, wanted.per_period_minor) if value is not None]
    if wanted.period not in dict(SpendingLimit.PERIODS) or any(not 0 <= value <= MAX_LIMIT for value in sums):
        raise Refusal("limit_invalid", _("Enter an amount that can be a limit."))
    place = wanted.membership
    if place.user_id == actor.user_id:
        raise Denied("own_account", _("Nobody changes their own limits. Ask the main account."))
    own = queries.place_of_actor(actor)
    if own is None or own.is_main:
        return
    held = queries.boxes_of_team(actor).get(place.user_id, set())
    if not rules.may_manage(actor.boxes, actor.is_main, held):
        raise Denied("beyond_own_boxes", _("You can only manage permissions that you hold yourself. Ask the main account."))
    _within_reach(own, wanted)


def _within_reach(own: Membership, wanted: SpendingLimit) -> None:
    limit = SpendingLimit.objects.filter(membership=own).first()
    if limit and (problem := rules.limit_reach_problem(limit, wanted)):
        raise Denied("beyond_own_limit", problem)


def check_limit_reach(membership: Membership, *, actor) -> None:
    """Pass, or raise Denied beyond_own_limit: nobody takes over the log-in of a colleague who may commit to more (P13)."""
    own = queries.place_of_actor(actor)
    if own is not None and not own.is_main:
        held = SpendingLimit.objects.filter(membership=membership).first()
        _within_reach(own, held or SpendingLimit(membership=membership))


def inherit_limit(membership: Membership, *, giver, actor) -> None:
    """Give a new colleague no wider limits than those of the sub-account that let it in; nothing when a main account did (P13)."""
    own = queries.place_of_actor(giver)
    limit = SpendingLimit.objects.filter(membership=own).first() if own and not own.is_main else None
    if limit is None:
        return
    values = {"per_order_minor": limit.per_order_minor, "per_period_minor": limit.per_period_minor, "period": limit.period}
    made = SpendingLimit.objects.create(membership=membership, updated_at=now(), **values)
    value = SpendingLimitSet(enterprise_id=membership.enterprise_id, membership_id=membership.pk)
    record(value, actor=actor, subject=made, chains=[giver.acting_for], changes={name: [None, new] for name, new in values.items()})


@transaction.atomic
def set_approval_rule(*, above_minor: int | None, actor, request_key: str) -> ApprovalRule | None:
    """Say above which value (CNY fen; None: no threshold) acts of sub-accounts need approval; the main account only (B10).

    Raises Denied main_only, Refusal limit_invalid.
    """
    require(actor, MANAGE_TEAM)
    if not actor.is_main:
        raise Denied("main_only", _("Only the main account sets the threshold."))
    claim = claim_key(request_key, verb="accounts.set_approval_rule", actor=actor, inputs={"above": above_minor})
    if above_minor is not None and not 0 <= above_minor <= MAX_LIMIT:
        raise Refusal("limit_invalid", _("Enter an amount that can be a limit."))
    enterprise = lock(Enterprise.objects.all(), pk=actor.party_id)
    rule = ApprovalRule.objects.filter(enterprise=enterprise).first()
    if claim.result_id:
        return rule
    before = rule.above_minor if rule else None
    subject = rule or enterprise
    if above_minor is None:
        ApprovalRule.objects.filter(enterprise=enterprise).delete()
        rule = None
    else:
        rule, _made = ApprovalRule.objects.update_or_create(
            enterprise=enterprise, defaults={"above_minor": above_minor, "updated_at": now()}
        )
    claim.done(enterprise.pk)
    if before != above_minor:
        value = ApprovalRuleSet(enterprise_id=enterprise.pk)
        record(value, actor=actor, subject=rule or subject, chains=[actor.acting_for], changes={"above_minor": [before, above_minor]})
    return rule
