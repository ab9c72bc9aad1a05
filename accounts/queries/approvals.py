"""Limits, requests for approval, and who may approve: read from the rows as they are now, so that a change bites at once (P14)."""

import json
from dataclasses import dataclass
from datetime import date, datetime, time

from django.core import signing
from django.db.models import Exists, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kernel.chains import subject_of
from kernel.clock import now
from kernel.models import Fact
from kernel.money import Money
from kernel.refusals import NotFound, Refusal
from kernel.workdays import SHANGHAI

from ..actors import require
from ..facts import SubAccountCreated, SubAccountPasswordSet
from ..models import Approval, ApprovalRule, Delegation, EnterpriseUserObjectPermission, Invitation, Membership, Spending, SpendingLimit
from ..permissions import APPROVE, STAND_IN, VIEW_APPROVAL_RULES, VIEW_APPROVALS

APPROVALS_PAGE = 30
OPEN = ("requested",)
SALT, TICKET_SECONDS = "accounts.approval", 24 * 3600
HANDED_OUT = {fact.fact_name for fact in (SubAccountCreated, SubAccountPasswordSet)}  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Authority:
    """A right to approve: one's own, or that of an absent colleague; up to `ceiling` CNY fen (None: any amount)."""

    membership_id: int
    for_whom: Membership | None = None
    ceiling: int | None = None


@dataclass(frozen=True)
class Allowance:
    """What a sub-account may commit to alone, in CNY fen; None where there is no line. `spent` is of the running period."""

    per_order_minor: int | None
    per_period_minor: int | None
    period: str
    spent: int

    @property
    def left(self) -> int | None:
        return None if self.per_period_minor is None else max(self.per_period_minor - self.spent, 0)


def today() -> date:
    return now().astimezone(SHANGHAI).date()


def place_of_actor(actor) -> Membership | None:
    """The open membership by which somebody acts for their enterprise, as it is now; None when it has ended."""
    if not actor.user_id or not actor.enterprise_id:
        return None
    rows = Membership.objects.filter(user_id=actor.user_id, enterprise_id=actor.enterprise_id, ended_at=None, user__is_active=True)
    return rows.first()


# ---------- limits ----------


def spent_in_period(membership_id: int, period: str) -> int:
    """What a sub-account committed to in the running day or month (Shanghai time) and did not get back, in CNY fen."""
    first = today() if period == "day" else today().replace(day=1)
    start = timezone.make_aware(datetime.combine(first, time()), SHANGHAI)
    rows = Spending.objects.filter(membership_id=membership_id, given_back_at=None, at__gte=start)
    return rows.aggregate(sum=Sum("amount_minor"))["sum"] or 0


def allowance_of(membership: Membership) -> Allowance | None:
    """The limits of a member with what is used of them; None for the main account and for those without limits."""
    limit = None if membership.is_main else SpendingLimit.objects.filter(membership=membership).first()
    if limit is None or (limit.per_order_minor is None and limit.per_period_minor is None):
        return None
    return Allowance(limit.per_order_minor, limit.per_period_minor, limit.period, spent_in_period(membership.pk, limit.period))


def limit_of(membership: Membership) -> SpendingLimit | None:
    """The stored limits of one member, for the form that changes them."""
    return SpendingLimit.objects.filter(membership=membership).first()


def own_allowance(actor) -> Allowance | None:
    """The actor's own limits; None when there are none."""
    place = place_of_actor(actor)
    return allowance_of(place) if place else None


def threshold_of(enterprise_id: int | None) -> int | None:
    """Above which value (CNY fen) acts of sub-accounts need approval; None without a rule."""
    return ApprovalRule.objects.filter(enterprise_id=enterprise_id or 0).values_list("above_minor", flat=True).first()


# ---------- who may approve ----------


def _holders(enterprise_id: int, rows):
    """Of these memberships those that may approve in their own right."""
    held = EnterpriseUserObjectPermission.objects.filter(content_object_id=enterprise_id, permission__codename=APPROVE.box)
    return rows.filter(Q(is_main=True) | Q(user__in=held.values("user")), enterprise_id=enterprise_id, ended_at=None, user__is_active=True)


def approvers_of(enterprise_id: int) -> list[int]:
    """User ids of everybody who may approve today: in their own right or standing in."""
    holders = list(_holders(enterprise_id, Membership.objects.all()).values_list("pk", "user_id"))
    taken = _live().filter(giver_id__in=[pk for pk, _user in holders]).values_list("taker__user_id", flat=True)
    return sorted({user for _pk, user in holders} | set(taken))


def stands_in_beyond(membership: Membership, actor) -> bool:
    """Whether somebody stands in, now or later, for a colleague who may approve more than the actor: their log-in is not the actor's
    to take over (P13)."""
    own = own_authority(actor)
    rows = Delegation.objects.filter(taker=membership, ended_at=None, ends_on__gte=today()).select_related("giver")
    for row in rows:
        wanted = _ceiling(row.giver)
        if row.giver_id == (own and own.membership_id):
            continue
        if own is None or (own.ceiling is not None and (wanted is None or wanted > own.ceiling)):
            return True
    return False


def _live():
    day = today()
    rows = Delegation.objects.filter(ended_at=None, starts_on__lte=day, ends_on__gte=day)
    return rows.filter(taker__ended_at=None, taker__user__is_active=True)


def own_authority(actor) -> Authority | None:
    """The actor's right to approve without standing in for anybody; None when there is none."""
    place = place_of_actor(actor)
    if place is None or not _holders(place.enterprise_id, Membership.objects.filter(pk=place.pk)).exists():
        return None
    return Authority(place.pk, None, _ceiling(place))


def authorities(actor) -> list[Authority]:
    """Every right to approve that the actor has today, the own one first; raises Denied when there is none, Refusal not_verified."""
    place = place_of_actor(actor)
    own = own_authority(actor)
    given = _live().filter(taker=place, giver__enterprise_id=place.enterprise_id).select_related("giver__user") if place else []
    able = {pk for (pk,) in _holders(place.enterprise_id, Membership.objects.all()).values_list("pk")} if given else set()
    lent = [Authority(place.pk, row.giver, _ceiling(row.giver)) for row in given if row.giver_id in able] if place else []
    found = ([own] if own else []) + lent
    require(actor, STAND_IN if lent and not own else APPROVE)
    return found


def _ceiling(place: Membership) -> int | None:
    if place.is_main:
        return None
    limit = SpendingLimit.objects.filter(membership=place).first()
    lines = [line for line in (limit.per_order_minor, limit.per_period_minor) if line is not None] if limit else []
    return min(lines, default=None)  # nobody approves at once what they may not commit in a whole period


def approval_stands(approval: Approval) -> bool:
    """Whether those who gave an approval could still give it: who left or lost the right (or its height) vouches for none (P14)."""
    decider = approval.decided_by
    if decider is None or decider.ended_at or not decider.user.is_active:
        return False
    right = approval.for_whom or decider
    if not _holders(approval.enterprise_id, Membership.objects.filter(pk=right.pk)).exists():
        return False
    ceiling = _ceiling(right)
    return ceiling is None or (approval.currency == "CNY" and approval.amount_minor <= ceiling)


def may_approve(actor) -> bool:
    """Whether the actor may approve anything today."""
    try:
        return bool(authorities(actor))
    except Refusal:
        return False


def in_hand_of(membership: Membership | None, person: Membership) -> bool:
    """Whether the log-in of one member is in another's hand: who made it, or set its password last, or invited its owner (P37)."""
    if membership is None:
        return False
    kind, number = subject_of(membership)
    handed = Fact.objects.filter(subject_type=kind, subject_id=number, name__in=HANDED_OUT).order_by("-pk")
    last = handed.values_list("actor_user_id", flat=True).first()
    invited = Invitation.objects.filter(membership=membership).values_list("invited_by_id", flat=True).first()
    return person.user_id in (last, invited)


def chosen_authority(found: list[Authority], request: Approval, *, approving: bool) -> Authority | None:
    """The right by which a request can be decided: never that of whoever asked, and to approve only up to its ceiling."""
    for right in found:
        if request.membership_id in (right.membership_id, right.for_whom and right.for_whom.pk):
            continue
        if approving and right.ceiling is not None and (request.currency != "CNY" or request.amount_minor > right.ceiling):
            continue
        return right
    return None


# ---------- requests ----------


def approvals_of(actor):
    """The requests somebody sees: approvers all of their enterprise, others their own; raises Denied without the permission."""
    rows = Approval.objects.filter(enterprise_id=actor.enterprise_id or 0).select_related(
        "membership__user", "decided_by__user", "for_whom__user"
    )
    if may_approve(actor):
        return rows
    require(actor, VIEW_APPROVALS)
    return rows if actor.is_main or APPROVE.box in actor.boxes else rows.filter(membership__user_id=actor.user_id)


def approvals_page(actor, *, tab: str, before: int | None = None) -> list[Approval]:
    """Requests, newest first, at most APPROVALS_PAGE + 1; `tab` is open, decided or own."""
    rows = approvals_of(actor).order_by("-pk")
    if tab == "own":
        rows = rows.filter(membership__user_id=actor.user_id)
    else:
        rows = rows.filter(state__in=OPEN) if tab == "open" else rows.exclude(state__in=OPEN)
    return list((rows.filter(pk__lt=before) if before else rows)[: APPROVALS_PAGE + 1])


def approvals_to_do(actor, most: int = 20) -> list[Approval]:
    """What the actor has to do about approvals, oldest first: decide colleagues' requests, go on with the own that were approved.

    One query; whether a stand-in may decide a single request is found out on its page.
    """
    rows = Approval.objects.filter(enterprise_id=actor.enterprise_id or 0)
    wanted = Q(state="approved", membership__user_id=actor.user_id)
    if actor.is_main or APPROVE.box in actor.boxes:
        wanted |= Q(state="requested") & ~Q(membership__user_id=actor.user_id)
    else:
        standing_in = Exists(_live().filter(taker__user_id=actor.user_id, taker__enterprise_id=actor.enterprise_id or 0))
        wanted |= Q(standing_in, state="requested") & ~Q(membership__user_id=actor.user_id)
    return list(rows.filter(wanted).select_related("membership__user").order_by("pk")[:most])


def approval_for(actor, approval_id: int) -> Approval:
    """One request that the actor may see; raises NotFound."""
    found = approvals_of(actor).filter(pk=approval_id).first()
    if found is None:
        raise NotFound()
    return found


def approval_person(approval_id: int) -> tuple[int, str]:
    """Whose request it is, for notices: user id, and what it is about."""
    row = Approval.objects.select_related("membership").get(pk=approval_id)
    return row.membership.user_id, asked_of(row).get("title", "")


def asked_of(approval: Approval) -> dict:
    """What was asked, as it was shown to the asker: title, rows, and the address and fields of the form that waits."""
    try:
        return json.loads(approval.asked) if approval.asked else {}
    except ValueError:  # the key is gone
        return {}


# ---------- the way from a refusal to a request ----------


def approval_ticket(actor, refusal: Refusal, *, title: str, rows, url: str, fields) -> str:
    """Seal what a refused act was, so that the form that asks for approval can carry it and nobody can change it."""
    act = {name: refusal.params[name] for name in ("verb", "subject", "terms", "amount_minor", "currency", "why")}
    asked = {"title": str(title), "rows": [[str(name), str(value)] for name, value in rows], "url": url, "fields": list(fields)}
    return signing.dumps({"who": [actor.user_id, actor.enterprise_id], "act": act, "asked": asked}, salt=SALT, compress=True)


def opened_ticket(actor, ticket: str) -> dict:
    """What a ticket of this very actor says ({"act": …, "asked": …}); raises Refusal ticket_old for every other one."""
    try:
        found = signing.loads(ticket, salt=SALT, max_age=TICKET_SECONDS)
    except signing.BadSignature:
        found = {}
    if found.get("who") != [actor.user_id, actor.enterprise_id]:
        raise Refusal("ticket_old", _("This page is too old. Open the act again and ask for approval from there."))
    return found


# ---------- limits and stand-ins of the team ----------


def limits_of_team(actor) -> list[tuple[Membership, Allowance | None]]:
    """The sub-accounts of the actor's enterprise with their limits; raises Denied without the permission."""
    require(actor, VIEW_APPROVAL_RULES)
    people = list(Membership.objects.own(actor).filter(is_main=False).select_related("user", "limit").order_by("pk"))
    return [(place, allowance_of(place) if hasattr(place, "limit") else None) for place in people]


def stand_ins_of(actor) -> list[Delegation]:
    """The stand-ins of the actor's enterprise whose days are not over, the earliest first."""
    require(actor, VIEW_APPROVAL_RULES)
    rows = Delegation.objects.filter(giver__enterprise_id=actor.enterprise_id or 0, ended_at=None, ends_on__gte=today())
    return list(rows.select_related("giver__user", "taker__user").order_by("starts_on", "pk"))


def possible_stand_ins(actor) -> dict[int, str]:
    """The sub-accounts that the actor may name, by membership id."""
    rows = Membership.objects.own(actor).filter(is_main=False, user__is_active=True).exclude(user_id=actor.user_id)
    return {place.pk: str(place.user) for place in rows.select_related("user").order_by("pk")}


def sole_amount(approval: Approval) -> Money:
    return Money(approval.amount_minor, approval.currency)
