"""Posting: one call of the database function of migration 0004, which locks, checks, writes and answers in one round trip."""

from collections.abc import Sequence

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from kernel.clock import now
from kernel.money import CREDIT, Money
from kernel.refusals import KeyReused, Refusal

from ..models import Entry
from ..rules import Leg, legs_fault, legs_hash, unbalanced

POST = """SELECT entry_id, entry_at, fresh, refusal, detail FROM ledger_post(
    %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::text[], %s::text[], %s::text[], %s::bigint[])"""

SENTENCES = {
    "insufficient_funds": _("The balance and the barter limit do not cover this amount. Nothing was moved."),
    "reversed_already": _("This entry has already been reversed. Nothing was moved."),
}


def post_entry(*, key: str, kind: str, legs: Sequence[Leg], ref: tuple[str, str], actor) -> Entry:
    """Write one balanced entry; the same key with the same inputs answers the same entry, `entry.fresh` tells which.

    Amounts in minor units. Raises Refusal insufficient_funds (a floor would be broken), key_reused, unbalanced; ValueError for legs
    that no caller may build. Needs no transaction of its own: the function is atomic, and a refusal has undone itself.
    """
    return write_entry(key=key, kind=kind, legs=legs, ref=ref, actor=actor)


def write_entry(*, key: str, kind: str, legs: Sequence[Leg], ref: tuple[str, str], actor, reverses: Entry | None = None) -> Entry:
    """What post_entry promises, for this room's own corrections too; raises Refusal reversed_already when `reverses` has its mirror."""
    if fault := legs_fault(legs):
        raise ValueError(fault)
    if unbalanced(legs):
        raise Refusal("unbalanced")
    entry = Entry(
        key=key, kind=kind, legs_hash=legs_hash(kind, legs, ref), ref_type=ref[0], ref_id=str(ref[1]), at=now(),
        actor_kind=actor.kind, actor_user_id=actor.user_id, acting_for=actor.acting_for, reverses_id=reverses.pk if reverses else None,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            POST,
            [
                entry.key, entry.kind, entry.legs_hash, entry.ref_type, entry.ref_id, entry.at, entry.actor_kind,
                entry.actor_user_id, entry.acting_for, entry.reverses_id,
                [leg.holder for leg in legs], [leg.purpose for leg in legs], [leg.currency for leg in legs], [leg.minor for leg in legs],
            ],
        )  # fmt: skip
        entry.pk, entry.at, entry.fresh, refusal, detail = cursor.fetchone()
    if refusal == "key_reused":
        raise KeyReused()
    if refusal:
        raise Refusal(refusal, SENTENCES.get(refusal), account=detail)
    entry._state.adding = False
    return entry


@transaction.atomic
def pay_out(*, key: str, enterprise_id: int, amount: Money, ref: tuple[str, str], actor) -> Entry:
    """Book that the custodian has paid an enterprise what it was owed in cash; raises Refusal insufficient_funds, currency_not_cash.

    The caller, who knows what was paid for, records the fact, and does so first: chains are locked before accounts.
    """
    _refuse_credit(amount, _("Barter credit is never paid out in cash."))
    holder, currency = f"enterprise:{enterprise_id}", amount.currency
    legs = [Leg(holder, "payable", currency, -amount.minor), Leg("custodian", "cash", currency, amount.minor)]
    return post_entry(key=f"payout:{key}", kind="payout", legs=legs, ref=ref, actor=actor)


@transaction.atomic
def pay_fee(*, key: str, amount: Money, ref: tuple[str, str], actor) -> Entry:
    """Book that the custodian has paid the platform the fee that it had earned in cash (SPEC decision 12: its own account gets only fees).

    Raises Refusal currency_not_cash, key_reused. The caller records the fact.
    """
    _refuse_credit(amount, _("Barter credit is never paid out in cash."))
    legs = [Leg("platform", "fees", amount.currency, -amount.minor), Leg("custodian", "cash", amount.currency, amount.minor)]
    return post_entry(key=f"fee_payout:{key}", kind="fee_payout", legs=legs, ref=ref, actor=actor)


@transaction.atomic
def receive_suspense(*, key: str, amount: Money, ref: tuple[str, str], actor) -> Entry:
    """Book money that reached the custodian with nothing waiting for it on the platform's suspense account (P9).

    Raises Refusal currency_not_cash, key_reused. The caller records the fact.
    """
    _refuse_credit(amount, _("The custodian receives money, not barter credit."))
    legs = [Leg("custodian", "cash", amount.currency, -amount.minor), Leg("platform", "suspense", amount.currency, amount.minor)]
    return post_entry(key=f"suspense:{key}", kind="suspense", legs=legs, ref=ref, actor=actor)


@transaction.atomic
def return_suspense(*, key: str, amount: Money, ref: tuple[str, str], actor) -> Entry:
    """Book that the custodian has sent such money back. Raises Refusal currency_not_cash, key_reused. The caller records the fact."""
    _refuse_credit(amount, _("Barter credit is never paid out in cash."))
    legs = [Leg("platform", "suspense", amount.currency, -amount.minor), Leg("custodian", "cash", amount.currency, amount.minor)]
    return post_entry(key=f"returned:{key}", kind="returned", legs=legs, ref=ref, actor=actor)


@transaction.atomic
def receive_statement(*, key: str, amounts: Sequence[Money], ref: tuple[str, str], actor) -> Entry:
    """Book many receipts of one bank statement on the suspense account in one voucher, a pair of legs each (P9); at most 500 of them.

    Raises Refusal currency_not_cash, key_reused. The caller records the fact.
    """
    legs = []
    for amount in amounts:
        _refuse_credit(amount, _("The custodian receives money, not barter credit."))
        legs += [Leg("custodian", "cash", amount.currency, -amount.minor), Leg("platform", "suspense", amount.currency, amount.minor)]
    return post_entry(key=f"statement:{key}", kind="suspense", legs=legs, ref=ref, actor=actor)


@transaction.atomic
def give_up_suspense(*, key: str, amount: Money, ref: tuple[str, str], actor) -> Entry:
    """Book that the bank has taken a receipt back; what had been made of it stays, and suspense is short by it until it is made good.

    Raises Refusal currency_not_cash, key_reused. The caller records the fact.
    """
    _refuse_credit(amount, _("Barter credit is never paid out in cash."))
    legs = [Leg("platform", "suspense", amount.currency, -amount.minor), Leg("custodian", "cash", amount.currency, amount.minor)]
    return post_entry(key=f"taken_back:{key}", kind="taken_back", legs=legs, ref=ref, actor=actor)


@transaction.atomic
def pay_bank_charge(*, key: str, amount: Money, ref: tuple[str, str], actor) -> Entry:
    """Book what the bank has taken for its services: the platform's cost, on its fee account.

    Raises Refusal currency_not_cash, key_reused. The caller records the fact.
    """
    _refuse_credit(amount, _("Barter credit is never paid out in cash."))
    legs = [Leg("platform", "fees", amount.currency, -amount.minor), Leg("custodian", "cash", amount.currency, amount.minor)]
    return post_entry(key=f"bank_charge:{key}", kind="bank_charge", legs=legs, ref=ref, actor=actor)


def _refuse_credit(amount: Money, sentence) -> None:
    if amount.currency == CREDIT or amount.minor <= 0:
        raise Refusal("currency_not_cash", sentence)
