"""Money that arrives in the moment its order is given up: booked exactly once, held or in suspense, whoever is faster (P4, P8, P9)."""

import time
from threading import Barrier
from unittest import mock

import pytest

from credit_guarantee import audits as desk_audits
from credit_guarantee.models import CustodianInstruction, Escrow
from credit_guarantee.services import (
    cancel_escrow,
    confirm_collection,
    custody,
    escrows,
    open_escrow,
    refund_escrow,
    release_escrow,
)
from kernel.money import Money
from kernel.refusals import IllegalMove
from kernel.timer import COMMAND
from ledger import audits
from ledger.models import Entry, Hold
from tests.races import race
from tests.worlds import key, staff_actor, verified_enterprise

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 50
AMOUNT = Money(90_000, "CNY")


@pytest.fixture
def pair():
    return verified_enterprise(), verified_enterprise()


def opened(pair, n: int) -> Escrow:
    payer, payee = pair
    ref = ("tests.order", str(n))
    return open_escrow(payer_id=payer.pk, payee_id=payee.pk, amount=AMOUNT, ref=ref, actor=COMMAND, key=f"e{n}")


def clean() -> None:
    checks = (audits.zero_sum, audits.balances, audits.holds, audits.suspense, desk_audits.escrows, desk_audits.suspense)
    assert [finding for check in checks for finding in check()] == []


def test_p9_race_of_collection_and_cancellation_books_the_money_exactly_once(pair):
    desk, seen = staff_actor("credit_guarantee.confirm_custodian"), set()
    for n in range(ROUNDS):
        escrow = opened(pair, n)
        acts = [
            lambda: confirm_collection(escrow.pk, actor=desk, custodian_reference=f"IN-{n}", request_key=key()),  # noqa: B023
            lambda: cancel_escrow(escrow.pk, actor=COMMAND),  # noqa: B023
        ]

        received, given_up = race(acts if n % 2 else acts[::-1])[:: 1 if n % 2 else -1]

        escrow.refresh_from_db()
        assert isinstance(received, Escrow), received  # real money is never turned away
        booked = list(Entry.objects.filter(ref_id=str(n)).values_list("kind", flat=True))
        if escrow.state == "funded":
            assert isinstance(given_up, IllegalMove) and booked == ["collection"]
        else:
            assert isinstance(given_up, Escrow) and booked == ["suspense"]
            assert CustodianInstruction.objects.filter(escrow=escrow, kind="return", state="sent").count() == 1
        seen.add(escrow.state)
    assert seen <= {"funded", "cancelled"}
    clean()


def test_p9_canary_without_the_lock_the_harness_sees_a_third_outcome(pair):
    desk, escrow = staff_actor("credit_guarantee.confirm_custodian"), opened(pair, 1)
    looked = Barrier(2)

    def unlocked(rows, **wanted):
        record = rows.get(**wanted)
        record._row_locked = True
        if isinstance(record, Escrow):
            looked.wait(timeout=60)  # both have read before either writes
        return record

    def unlocked_and_slow(rows, **wanted):
        record = unlocked(rows, **wanted)
        time.sleep(0.5 if isinstance(record, Escrow) else 0)
        return record

    with mock.patch.object(custody, "lock", unlocked_and_slow), mock.patch.object(escrows, "lock", unlocked):
        received, given_up = race([
            lambda: confirm_collection(escrow.pk, actor=desk, custodian_reference="IN-1", request_key=key()),
            lambda: cancel_escrow(escrow.pk, actor=COMMAND),
        ])  # fmt: skip

    assert isinstance(given_up, Escrow)
    assert isinstance(received, IllegalMove)  # what the race above forbids: the money is turned away
    assert not Entry.objects.exists()


def test_p9_race_for_one_bank_booking_has_one_winner(pair):
    desk = staff_actor("credit_guarantee.confirm_custodian")
    waiting = [opened(pair, n) for n in range(8)]

    results = race([
        lambda e=e: confirm_collection(e.pk, actor=desk, custodian_reference="IN-1", request_key=key()) for e in waiting
    ])  # fmt: skip

    assert sum(isinstance(result, Escrow) for result in results) == 1, results
    assert {getattr(result, "code", "") for result in results if not isinstance(result, Escrow)} == {"custodian_reference_used"}
    assert Hold.objects.count() == 1
    clean()


def test_p4_race_of_release_and_refund_settles_an_escrow_once(pair):
    desk = staff_actor("credit_guarantee.confirm_custodian")
    for n in range(6):
        escrow = opened(pair, n)
        confirm_collection(escrow.pk, actor=desk, custodian_reference=f"IN-{n}", request_key=key())

        results = race([
            lambda s=s, k=k: s(escrow.pk, actor=COMMAND, key=f"{s.__name__}-{k}")  # noqa: B023
            for k in range(4) for s in (release_escrow, refund_escrow)
        ])  # fmt: skip

        assert sum(isinstance(result, Escrow) for result in results) == 1, results
        assert all(isinstance(result, (Escrow, IllegalMove)) for result in results), results
        assert CustodianInstruction.objects.filter(escrow=escrow, kind__in=["pay_out", "pay_back"]).count() == 1
    clean()
