"""Barter limits: how far an enterprise's wallet may go below zero."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actors import require_staff
from accounts.models import Enterprise
from accounts.queries import ever_belonged
from kernel.chains import enterprise_chain
from kernel.clock import now
from kernel.money import CREDIT, Money
from kernel.refusals import Denied, NotFound, Refusal
from kernel.services import claim_key, hold_chains, lock, record

from ..facts import DebitLimitSet
from ..models import Account, LimitChange
from ..permissions import SET_DEBIT_LIMIT


@transaction.atomic
def set_debit_limit(enterprise_id: int, *, limit: Money, reason: str, actor, request_key: str) -> Account:
    """Let a wallet go down to -limit (staff, SPEC B03); the same request_key answers the same, and the limit it has changes nothing.

    Raises Denied (no permission, own enterprise), NotFound, Refusal reason_missing, limit_not_credit, limit_below_balance, key_reused.
    """
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
    inputs = {"enterprise": enterprise_id, "limit": limit.minor, "reason": reason}
    claim = claim_key(request_key, verb="ledger.set_debit_limit", actor=actor, inputs=inputs)
    if claim.result_id:
        return Account.objects.get(pk=claim.result_id)
    place = {"holder": f"enterprise:{enterprise_id}", "purpose": "wallet", "currency": CREDIT}
    Account.objects.bulk_create([Account(**place, tracked=True, floor_minor=0)], ignore_conflicts=True)
    hold_chains([enterprise_chain(enterprise_id)])  # chains before accounts, as everywhere
    account = lock(Account.objects.all(), **place)
    before = account.limit
    claim.done(account.pk)
    if limit == before:
        return account
    if account.balance_minor < -limit.minor:
        raise Refusal(
            "limit_below_balance",
            _("The wallet stands at %(balance)s, which the new limit would not allow. Nothing was changed.") % {"balance": account.balance},
        )
    LimitChange.objects.create(
        account=account, before_minor=before.minor, after_minor=limit.minor, reason=reason, actor_user_id=actor.user_id, at=now()
    )
    account.floor_minor = -limit.minor  # as the trigger on the row above has set it
    record(
        DebitLimitSet(enterprise_id=enterprise_id, limit_minor=limit.minor, currency=limit.currency),
        actor=actor, subject=account, chains=[enterprise_chain(enterprise_id)], changes={"limit_minor": [before.minor, limit.minor]},
    )  # fmt: skip
    return account
