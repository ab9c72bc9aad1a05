"""Holds: money leaves the payer at once and reaches exactly one of the two, once (P4)."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kernel.chains import enterprise_chain
from kernel.clock import now
from kernel.money import CREDIT, Money
from kernel.refusals import KeyReused, Refusal
from kernel.services import lock, move, record

from ..facts import FundsHeld, FundsPartRefunded, FundsRefunded, FundsReleased
from ..models import Entry, Hold
from ..rules import Leg, fee_of
from .entries import post_entry


@transaction.atomic
def hold_funds(*, key: str, payer_id: int, payee_id: int, amount: Money, ref: tuple[str, str], actor, fee_minor: int = 0) -> Hold:
    """Set barter credit aside from the payer's wallet; the same key answers the same hold.

    Of `amount`, `fee_minor` goes to the platform when the rest goes to the payee.

    Raises Refusal insufficient_funds, currency_not_credit, amount_not_positive, key_reused.
    """
    if amount.currency != CREDIT:
        raise Refusal("currency_not_credit", _("Only barter credit lies in a wallet; cash goes through the custodian."))
    source = [Leg(f"enterprise:{payer_id}", "wallet", amount.currency, -amount.minor)]
    return _open(key, "hold", source, payer_id, payee_id, amount, ref, actor, fee_minor)


@transaction.atomic
def receive_hold(*, key: str, payer_id: int, payee_id: int, amount: Money, ref: tuple[str, str], actor, fee_minor: int = 0) -> Hold:
    """Set cash aside that has arrived at the custodian; the same key answers the same hold.

    Raises Refusal currency_not_cash, amount_not_positive, key_reused.
    """
    if amount.currency == CREDIT:
        raise Refusal("currency_not_cash", _("The custodian receives money, not barter credit."))
    source = [Leg("custodian", "cash", amount.currency, -amount.minor)]
    return _open(key, "collection", source, payer_id, payee_id, amount, ref, actor, fee_minor)


@transaction.atomic
def hold_from_suspense(
    *, key: str, payer_id: int, payee_id: int, amount: Money, charges: Money, ref: tuple[str, str], actor, fee_minor: int = 0
) -> Hold:
    """Set cash aside that had come to suspense; the bank's `charges` that are missing of it are the platform's cost, on its fee account.

    The same key answers the same hold. Raises Refusal currency_not_cash, amount_not_positive, key_reused.
    """
    if amount.currency == CREDIT:
        raise Refusal("currency_not_cash", _("The custodian receives money, not barter credit."))
    legs = [
        Leg("platform", "suspense", amount.currency, charges.minor - amount.minor),
        Leg("platform", "fees", charges.currency, -charges.minor),
    ]
    return _open(key, "allocation", [leg for leg in legs if leg.minor], payer_id, payee_id, amount, ref, actor, fee_minor)


def _open(key, kind, source: Sequence[Leg], payer_id, payee_id, amount: Money, ref, actor, fee_minor: int) -> Hold:
    if amount.minor <= 0:
        raise Refusal("amount_not_positive", _("The amount must be more than zero."))
    wanted = Hold(
        key=key, payer_id=payer_id, payee_id=payee_id, amount_minor=amount.minor, fee_minor=fee_minor, currency=amount.currency,
        ref_type=ref[0], ref_id=str(ref[1]), created_at=now(),
    )  # fmt: skip
    Hold.objects.bulk_create([wanted], ignore_conflicts=True)  # a twin with the same key waits here until the first has committed
    hold = lock(Hold.objects.all(), key=key)
    same = ("payer_id", "payee_id", "amount_minor", "fee_minor", "currency", "ref_type", "ref_id")
    if any(getattr(hold, name) != getattr(wanted, name) for name in same):
        raise KeyReused()
    legs = [*source, Leg(hold.holder, "held", amount.currency, amount.minor)]
    entry = post_entry(key=f"{kind}:{key}", kind=kind, legs=legs, ref=ref, actor=actor)
    if entry.fresh:
        _tell(FundsHeld, hold, actor)
    return hold


@transaction.atomic
def release_hold(hold_id: int, *, key: str, actor) -> Hold:
    """Give all that is still held to the payee, less the platform's fee: credit to its wallet, cash as payable by the custodian.

    Raises IllegalMove when it went another way or under another key, NotFound.
    """
    return _settle(hold_id, "release", "released", "payee_id", FundsReleased, key, actor)


@transaction.atomic
def refund_hold(hold_id: int, *, key: str, actor) -> Hold:
    """Give all that is still held back to the payer: credit to its wallet, cash as payable by the custodian.

    Raises IllegalMove when it went another way or under another key, NotFound.
    """
    return _settle(hold_id, "refund", "refunded", "payer_id", FundsRefunded, key, actor)


@transaction.atomic
def refund_hold_part(hold_id: int, *, minor: int, key: str, actor) -> Hold:
    """Give a part of what is still held back to the payer; the rest stays held. The same key answers the same hold.

    Raises Refusal part_too_large unless 0 < minor < what is left (all of it goes back with refund_hold), IllegalMove when nothing is
    held any more, KeyReused, NotFound.
    """
    hold = lock(Hold.objects.all(), pk=hold_id)
    part_key = f"refund_part:{key}:{hold.pk}"
    legs = _legs_to(hold, f"enterprise:{hold.payer_id}", minor)
    if not Entry.objects.filter(key=part_key).exists():
        Hold.MACHINE.target(hold.state, "refund")
        if not 0 < minor < hold.left_minor:
            raise Refusal("part_too_large", _("Only a part of what is still held can go back in part."))
        hold.returned_minor += minor
        hold.save(update_fields=["returned_minor"])
        _tell(FundsPartRefunded, hold, actor, minor=minor)
    post_entry(key=part_key, kind="refund", legs=legs, ref=(hold.ref_type, hold.ref_id), actor=actor)
    return hold


def _legs_to(hold: Hold, holder: str, minor: int, fee: int = 0) -> list[Leg]:
    target = "wallet" if hold.is_credit else "payable"
    legs = [
        Leg(hold.holder, "held", hold.currency, -minor),
        Leg(holder, target, hold.currency, minor - fee),
        Leg("platform", "fees", hold.currency, fee),
    ]
    return [leg for leg in legs if leg.minor]


def _settle(hold_id, verb, state, to, news, key, actor) -> Hold:
    hold = lock(Hold.objects.all(), pk=hold_id)
    if hold.state == state and hold.settled_key == key:
        return hold  # the same request again
    move(hold, verb, settled_at=now(), settled_key=key)
    left = hold.left_minor  # not what was once put there: parts may have gone back (P4)
    fee = fee_of(hold.fee_minor, hold.amount_minor, left) if verb == "release" else 0
    legs = _legs_to(hold, f"enterprise:{getattr(hold, to)}", left, fee)
    post_entry(key=f"{verb}:{key}:{hold.pk}", kind=verb, legs=legs, ref=(hold.ref_type, hold.ref_id), actor=actor)
    _tell(news, hold, actor, minor=left - fee)
    return hold


def _tell(news, hold: Hold, actor, *, minor: int | None = None) -> None:
    value = news(
        hold_id=hold.pk, payer_id=hold.payer_id, payee_id=hold.payee_id, amount_minor=hold.amount_minor if minor is None else minor,
        currency=hold.currency, ref_type=hold.ref_type, ref_id=hold.ref_id,
    )  # fmt: skip
    record(value, actor=actor, subject=hold, chains=[enterprise_chain(hold.payer_id), enterprise_chain(hold.payee_id)])
