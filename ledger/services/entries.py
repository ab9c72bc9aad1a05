"""Posting: one call of the database function of migration 0002, which locks, checks, writes and answers in one round trip."""

from collections.abc import Sequence

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from kernel.chains import enterprise_chain
from kernel.clock import now
from kernel.money import CREDIT, Money
from kernel.refusals import KeyReused, Refusal
from kernel.services import record

from ..facts import PaidOut
from ..models import Entry
from ..rules import Leg, legs_fault, legs_hash, unbalanced

POST = """SELECT entry_id, entry_at, fresh, refusal, detail FROM ledger_post(
    %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::text[], %s::text[], %s::text[], %s::bigint[])"""

SENTENCES = {
    "insufficient_funds": _("The balance and the barter limit do not cover this amount. Nothing was moved."),
    "reversed_already": _("This entry has already been reversed. Nothing was moved."),
}


def post_entry(*, key: str, kind: str, legs: Sequence[Leg], ref: tuple[str, str], actor, reverses: Entry | None = None) -> Entry:
    """Write one balanced entry; the same key with the same inputs answers the same entry, `entry.fresh` tells which.

    Amounts in minor units. Raises Refusal insufficient_funds (a floor would be broken), key_reused, reversed_already, unbalanced;
    ValueError for legs that no caller may build. Needs no transaction of its own: the function is atomic, and a refusal has undone itself.
    """
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
    """Book that the custodian has paid an enterprise what it was owed in cash; raises Refusal insufficient_funds, currency_not_cash."""
    if amount.currency == CREDIT or amount.minor <= 0:
        raise Refusal("currency_not_cash", _("Barter credit is never paid out in cash."))
    holder, currency = f"enterprise:{enterprise_id}", amount.currency
    legs = [Leg(holder, "payable", currency, -amount.minor), Leg("custodian", "cash", currency, amount.minor)]
    entry = post_entry(key=f"payout:{key}", kind="payout", legs=legs, ref=ref, actor=actor)
    if entry.fresh:
        news = PaidOut(
            entry_id=entry.pk,
            enterprise_id=enterprise_id,
            amount_minor=amount.minor,
            currency=currency,
            ref_type=ref[0],
            ref_id=str(ref[1]),
        )
        record(news, actor=actor, subject=entry, chains=[enterprise_chain(enterprise_id)])
    return entry
