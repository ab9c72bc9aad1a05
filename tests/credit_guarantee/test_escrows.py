"""Escrow: the custodian holds the money, the ledger mirrors it, finance enters what the custodian answered."""

from datetime import date

import pytest

from accounts.models import Membership
from credit_guarantee import audits as escrow_audits
from credit_guarantee import queries, rules, services
from credit_guarantee.models import CustodianInstruction, Escrow
from kernel.clock import now
from kernel.models import Fact
from kernel.money import CREDIT, Money
from kernel.refusals import Denied, IllegalMove, KeyReused, NotFound, Refusal
from kernel.services import deliver_due
from kernel.timer import COMMAND, TIMER
from ledger import audits
from ledger import queries as ledger
from ledger.models import Hold
from tests.worlds import member_actor, staff_actor, verified_enterprise

REF = ("tests.order", "17")
DESK = "credit_guarantee.confirm_custodian"


def cny(minor: int) -> Money:
    return Money(minor, "CNY")


@pytest.fixture
def pair(db):
    return verified_enterprise(), verified_enterprise()


@pytest.fixture
def desk(db):
    return staff_actor(DESK)


def opened(pair, minor=90_000, key="esc-1") -> Escrow:
    payer, payee = pair
    return services.open_escrow(payer_id=payer.pk, payee_id=payee.pk, amount=cny(minor), ref=REF, actor=member_actor(payer), key=key)


def funded(pair, desk, key="esc-1") -> Escrow:
    escrow = opened(pair, key=key)
    return services.confirm_collection(escrow.pk, actor=desk, custodian_reference=f"BANK-{key}", request_key=f"collect-{key}")


def clean() -> bool:
    checks = (audits.zero_sum, audits.balances, audits.running_balances, audits.floors, audits.holds, escrow_audits.escrows)
    return [finding for check in checks for finding in check()] == []


def nothing_booked() -> bool:
    return not Hold.objects.exists() and not Fact.objects.filter(name="credit_guarantee.escrow_funded").exists()


@pytest.mark.parametrize(("serial", "written"), [(17, "26112000017C"), (18, "26112000018J"), (71, "26112000071K")])
def test_remittance_reference_reproduces_the_published_vectors(serial, written):
    assert rules.remittance_reference(date(2026, 11, 20), serial) == written
    assert rules.is_remittance_reference(written)


def test_remittance_check_catches_every_wrong_digit_and_adjacent_swap():
    true = "26112000071K"
    for place in range(11):
        for digit in set("0123456789") - {true[place]}:
            assert not rules.is_remittance_reference(true[:place] + digit + true[place + 1 :])
        swapped = true[:place] + true[place + 1] + true[place] + true[place + 2 :]
        assert swapped == true or not rules.is_remittance_reference(swapped)


@pytest.mark.parametrize("text", ["", "2611200007", "２６１１２０００071K", "26112000071k", "2611200007IK", "26112000071KK"])
def test_strange_texts_are_no_references(text):
    assert not rules.is_remittance_reference(text)


@pytest.mark.parametrize("serial", [0, 100_000])
def test_serials_beyond_the_day_are_refused(serial):
    with pytest.raises(ValueError, match="serial"):
        rules.remittance_reference(date(2026, 11, 20), serial)


@pytest.mark.spec("H55", thin=True)
def test_opening_instructs_the_custodian_and_moves_no_money(pair):
    escrow = opened(pair)

    assert escrow.state == "awaiting_funds"
    assert rules.is_remittance_reference(escrow.remittance_reference)
    instruction = CustodianInstruction.objects.get()
    assert (instruction.kind, instruction.state, instruction.amount) == ("collect", "sent", cny(90_000))
    assert instruction.enterprise_id == pair[0].pk
    assert nothing_booked()
    details = queries.payment_details(escrow)
    assert (details.amount, details.remittance_reference) == (cny(90_000), escrow.remittance_reference)


def test_p6_same_key_opens_one_escrow(pair):
    first, again = opened(pair), opened(pair)

    assert first.pk == again.pk
    assert (Escrow.objects.count(), CustodianInstruction.objects.count()) == (1, 1)
    assert Fact.objects.filter(name="credit_guarantee.escrow_opened").count() == 1
    with pytest.raises(KeyReused):
        opened(pair, minor=90_001)


def test_two_escrows_of_a_day_have_two_references(pair):
    assert opened(pair, key="e1").remittance_reference != opened(pair, key="e2").remittance_reference


@pytest.mark.parametrize("amount", [Money(5, CREDIT), cny(0), cny(-1)])
def test_escrow_takes_only_cash_above_zero(pair, amount):
    with pytest.raises(Refusal):
        services.open_escrow(payer_id=pair[0].pk, payee_id=pair[1].pk, amount=amount, ref=REF, actor=COMMAND, key="k")

    assert Escrow.objects.count() == 0


@pytest.mark.spec("H55", "B03", thin=True)
def test_p4_collected_released_and_paid_out(pair, desk):
    escrow = funded(pair, desk)
    assert (escrow.state, ledger.held(pair[0].pk, "CNY")) == ("funded", cny(90_000))

    services.release_escrow(escrow.pk, actor=COMMAND, key="rel-1")
    assert ledger.balance(pair[1].pk, "CNY") == cny(90_000)
    payout = CustodianInstruction.objects.get(kind="pay_out")
    services.confirm_payout(payout.pk, actor=desk, custodian_reference="OUT-1", request_key="payout-1")

    payout.refresh_from_db()
    assert (payout.state, payout.external_ref, payout.answered_by_id) == ("confirmed", "OUT-1", desk.user_id)
    assert ledger.balance(pair[1].pk, "CNY") == cny(0)
    assert [m.kind for m in ledger.entries_about(REF)] == ["collection", "release", "payout"]
    fact = Fact.objects.get(name="credit_guarantee.escrow_funded")
    assert fact.payload == {"escrow_id": escrow.pk, "ref_type": REF[0], "ref_id": REF[1], "amount_minor": 90_000, "currency": "CNY"}
    assert clean()


def test_p4_refund_is_paid_back_to_the_payer(pair, desk):
    escrow = funded(pair, desk)

    services.refund_escrow(escrow.pk, actor=COMMAND, key="ref-1")
    services.refund_escrow(escrow.pk, actor=COMMAND, key="ref-1")

    instruction = CustodianInstruction.objects.get(kind="pay_back")
    assert (instruction.enterprise_id, ledger.balance(pair[0].pk, "CNY")) == (pair[0].pk, cny(90_000))
    for settle in (services.refund_escrow, services.release_escrow):
        with pytest.raises(IllegalMove):
            settle(escrow.pk, actor=COMMAND, key="other")
    assert not CustodianInstruction.objects.filter(kind="pay_out").exists()
    assert clean()


def test_p6_confirming_twice_with_one_key_books_once(pair, desk):
    escrow = opened(pair)

    for _ in range(2):
        services.confirm_collection(escrow.pk, actor=desk, custodian_reference="BANK-1", request_key="collect-1")

    assert Hold.objects.count() == 1
    with pytest.raises(KeyReused):
        services.confirm_collection(escrow.pk, actor=desk, custodian_reference="BANK-2", request_key="collect-1")
    with pytest.raises(IllegalMove):
        services.confirm_collection(escrow.pk, actor=desk, custodian_reference="BANK-2", request_key="collect-2")
    assert Hold.objects.count() == 1


def test_p9_one_bank_booking_confirms_one_instruction(pair, desk):
    funded(pair, desk)
    other = opened(pair, key="esc-2")

    with pytest.raises(Refusal) as refusal:
        services.confirm_collection(other.pk, actor=desk, custodian_reference=" bank-esc-1 ", request_key="collect-2")

    assert refusal.value.code == "custodian_reference_used"
    assert Hold.objects.count() == 1


@pytest.mark.parametrize("reference", ["", "   ", "X" * 65])
def test_confirmation_needs_the_custodians_reference(pair, desk, reference):
    escrow = opened(pair)

    with pytest.raises(Refusal) as refusal:
        services.confirm_collection(escrow.pk, actor=desk, custodian_reference=reference, request_key="collect-1")

    assert refusal.value.code == "custodian_reference_missing"
    assert nothing_booked()


def test_confirmation_needs_its_permission(pair):
    escrow = opened(pair)

    for actor in (member_actor(pair[0]), staff_actor(), staff_actor("ledger.set_debit_limit")):
        with pytest.raises(Denied):
            services.confirm_collection(escrow.pk, actor=actor, custodian_reference="B", request_key="collect-1")

    assert nothing_booked()


@pytest.mark.parametrize("ended", [False, True])
@pytest.mark.parametrize("side", [0, 1])
def test_p37_staff_cannot_confirm_for_their_own_enterprise(pair, desk, side, ended):
    escrow = opened(pair)
    Membership.objects.create(user_id=desk.user_id, enterprise=pair[side], created_at=now(), ended_at=now() if ended else None)

    with pytest.raises(Denied) as denied:
        services.confirm_collection(escrow.pk, actor=desk, custodian_reference="B", request_key="collect-1")

    assert denied.value.code == "own_enterprise"
    assert nothing_booked()


def test_unfunded_escrow_cannot_be_released(pair):
    escrow = opened(pair)

    with pytest.raises(IllegalMove):
        services.release_escrow(escrow.pk, actor=COMMAND, key="rel-1")

    assert nothing_booked()
    assert CustodianInstruction.objects.count() == 1


def test_cancelling_withdraws_the_collection(pair):
    escrow = opened(pair)

    services.cancel_escrow(escrow.pk, actor=COMMAND)
    services.cancel_escrow(escrow.pk, actor=COMMAND)

    assert CustodianInstruction.objects.get().state == "withdrawn"
    assert Fact.objects.filter(name="credit_guarantee.escrow_cancelled").count() == 1
    assert nothing_booked()


def test_funded_escrow_cannot_be_cancelled(pair, desk):
    escrow = funded(pair, desk)

    with pytest.raises(IllegalMove):
        services.cancel_escrow(escrow.pk, actor=COMMAND)

    assert Escrow.objects.get().state == "funded"


def test_refused_payout_is_sent_again_and_paid_once(pair, desk):
    escrow = funded(pair, desk)
    services.release_escrow(escrow.pk, actor=COMMAND, key="rel-1")
    first = CustodianInstruction.objects.get(kind="pay_out")
    services.refuse_instruction(first.pk, actor=desk, reason="account closed", request_key="refuse-1")

    again = services.send_again(first.pk, actor=desk, request_key="again-01")
    with pytest.raises(Refusal):
        services.send_again(first.pk, actor=desk, request_key="again-02")
    services.confirm_payout(again.pk, actor=desk, custodian_reference="OUT-1", request_key="payout-1")

    assert again.idempotency_key != first.idempotency_key
    assert ledger.balance(pair[1].pk, "CNY") == cny(0)
    with pytest.raises(IllegalMove):
        services.confirm_payout(first.pk, actor=desk, custodian_reference="OUT-2", request_key="payout-2")
    assert clean()


def test_a_collection_is_not_confirmed_as_a_payout(pair, desk):
    opened(pair)

    with pytest.raises(Refusal) as refusal:
        services.confirm_payout(CustodianInstruction.objects.get().pk, actor=desk, custodian_reference="B", request_key="payout-1")

    assert refusal.value.code == "not_a_payout"
    assert nothing_booked()


def test_relay_hands_an_instruction_over_once(pair):
    opened(pair)

    deliver_due()
    handed = CustodianInstruction.objects.get().handed_at
    services.hand_over_instruction(CustodianInstruction.objects.get().pk, actor=TIMER)

    assert handed is not None
    assert CustodianInstruction.objects.get().handed_at == handed
    fact = Fact.objects.get(name="credit_guarantee.instruction_handed")
    assert (fact.actor_kind, fact.payload["kind"]) == ("timer", "collect")


def test_unknown_ones_are_not_found(desk):
    with pytest.raises(NotFound):
        services.confirm_collection(99, actor=desk, custodian_reference="B", request_key="collect-1")
    with pytest.raises(NotFound):
        services.confirm_payout(99, actor=desk, custodian_reference="B", request_key="payout-1")
    with pytest.raises(NotFound):
        services.release_escrow(99, actor=COMMAND, key="k")


def test_queue_is_for_the_desk_only_and_longest_waiting_first(pair, desk):
    first, second = opened(pair, key="e1"), opened(pair, key="e2")

    assert [i.escrow_id for i in queries.open_instructions(desk)] == [first.pk, second.pk]
    with pytest.raises(Denied):
        queries.open_instructions(member_actor(pair[0]))
