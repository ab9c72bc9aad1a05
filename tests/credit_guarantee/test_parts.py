"""An escrow pays parts back before it ends, and the platform's fee to the platform's own account (SPEC decision 12, P4)."""

import pytest
from django.db import DatabaseError, connection, transaction

from credit_guarantee import audits as escrow_audits
from credit_guarantee import queries, services
from credit_guarantee.models import CustodianInstruction, Escrow
from kernel.money import Money
from kernel.refusals import IllegalMove, Refusal
from kernel.timer import COMMAND
from ledger import audits
from ledger import queries as ledger
from ledger.models import Account
from tests.worlds import member_actor, staff_actor, verified_enterprise

pytestmark = pytest.mark.django_db
REF = ("tests.order", "17")


@pytest.fixture
def pair(db):
    return verified_enterprise(), verified_enterprise()


@pytest.fixture
def desk(db):
    return staff_actor("credit_guarantee.confirm_custodian")


def funded(pair, desk, fee=900) -> Escrow:
    payer, payee = pair
    escrow = services.open_escrow(
        payer_id=payer.pk, payee_id=payee.pk, amount=Money(90_000, "CNY"), ref=REF, actor=member_actor(payer), key="e", fee_minor=fee
    )
    return services.confirm_collection(escrow.pk, actor=desk, custodian_reference="IN-1", request_key="request-in-1")


def told(kind: str) -> list[int]:
    return list(CustodianInstruction.objects.filter(kind=kind).order_by("pk").values_list("amount_minor", flat=True))


def clean() -> list:
    checks = (audits.zero_sum, audits.balances, audits.holds, audits.fees, escrow_audits.escrows, escrow_audits.suspense)
    return [finding for check in checks for finding in check()]


@pytest.mark.spec("H55", "B03", thin=True)
def test_p4_parts_are_paid_back_and_the_rest_is_paid_out_less_the_fee(pair, desk):
    payer, payee = pair
    escrow = funded(pair, desk)
    for _ in range(2):
        services.refund_escrow_part(escrow.pk, minor=30_000, key="p1", actor=COMMAND)
    services.refund_escrow_part(escrow.pk, minor=10_000, key="p2", actor=COMMAND)
    services.release_escrow(escrow.pk, actor=COMMAND, key="rel")

    assert (told("part"), told("pay_out"), told("fee")) == ([30_000, 10_000], [49_500], [500])
    for n, instruction in enumerate(CustodianInstruction.objects.filter(state="sent").order_by("pk")):
        services.confirm_payout(instruction.pk, actor=desk, custodian_reference=f"OUT-{n}", request_key=f"request-out-{n}")
    assert (ledger.balance(payer.pk, "CNY").minor, ledger.balance(payee.pk, "CNY").minor) == (0, 0)
    for holder, purpose in (("custodian", "cash"), ("platform", "fees")):
        account = Account.objects.get(holder=holder, purpose=purpose, currency="CNY")
        assert sum(posting.minor for posting in account.postings.all()) == 0, holder
    fee = CustodianInstruction.objects.get(kind="fee")
    assert fee.enterprise is None and fee.payee_holder and fee.payee_account.value
    assert clean() == []


def test_a_refunded_rest_takes_no_fee(pair, desk):
    escrow = funded(pair, desk)
    services.refund_escrow_part(escrow.pk, minor=1, key="p1", actor=COMMAND)
    services.refund_escrow(escrow.pk, actor=COMMAND, key="back")
    assert (told("part"), told("pay_back"), told("fee")) == ([1], [89_999], [])
    assert clean() == []


def test_no_part_before_the_money_is_there_or_after_it_has_gone(pair, desk):
    payer, payee = pair
    amount = Money(5_000, "CNY")
    waiting = services.open_escrow(payer_id=payer.pk, payee_id=payee.pk, amount=amount, ref=REF, actor=COMMAND, key="w")
    with pytest.raises(IllegalMove):
        services.refund_escrow_part(waiting.pk, minor=5, key="p", actor=COMMAND)
    escrow = funded(pair, desk)
    with pytest.raises(Refusal):
        services.refund_escrow_part(escrow.pk, minor=90_000, key="p", actor=COMMAND)
    services.release_escrow(escrow.pk, actor=COMMAND, key="rel")
    with pytest.raises(IllegalMove):
        services.refund_escrow_part(escrow.pk, minor=5, key="p", actor=COMMAND)
    assert clean() == []


def test_a_refused_part_is_sent_again_but_never_twice(pair, desk):
    escrow = funded(pair, desk)
    services.refund_escrow_part(escrow.pk, minor=100, key="p1", actor=COMMAND)
    services.refund_escrow_part(escrow.pk, minor=200, key="p2", actor=COMMAND)
    first = CustodianInstruction.objects.filter(kind="part").order_by("pk").first()
    services.refuse_instruction(first.pk, actor=desk, reason="Account closed", request_key="request-no")
    first.refresh_from_db()
    assert queries.can_send_again(first)
    again = services.send_again(first.pk, actor=desk, request_key="request-again")
    assert again.amount_minor == 100
    first.refresh_from_db()
    assert not queries.can_send_again(first)


RAW = (
    "INSERT INTO credit_guarantee_custodianinstruction (escrow_id, kind, state, idempotency_key, enterprise_id, amount_minor, currency,"
    " external_ref, refusal_reason, created_at) VALUES ({escrow}, '{kind}', 'sent', 'raw', {to}, {minor}, 'CNY', '', '', now())"
)


@pytest.mark.parametrize(
    ("kind", "to", "minor", "rule"),
    [
        ("part", "{payer}", 101, "instruction_guard"),
        ("pay_out", "{payee}", 90_000, "instruction_guard"),
        ("fee", "NULL", 901, "instruction_guard"),
        ("fee", "{payee}", 899, "instruction_guard"),
    ],
)
def test_p4_the_database_refuses_what_the_escrow_does_not_owe(pair, desk, kind, to, minor, rule):
    escrow = funded(pair, desk)
    services.refund_escrow_part(escrow.pk, minor=100, key="p1", actor=COMMAND)
    sql = RAW.format(escrow=escrow.pk, kind=kind, to=to.format(payer=pair[0].pk, payee=pair[1].pk), minor=minor)
    with pytest.raises(DatabaseError, match=rule), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize("change", ["returned_minor = 5", "returned_minor = 200", "fee_minor = 5", "returned_minor = 90000"])
def test_p4_what_went_back_is_not_rewritten_by_hand(pair, desk, change):
    escrow = funded(pair, desk)
    services.refund_escrow_part(escrow.pk, minor=100, key="p1", actor=COMMAND)
    for table, pk in (("credit_guarantee_escrow", escrow.pk), ("ledger_hold", escrow.hold_id)):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE {table} SET {change} WHERE id = {pk}")
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
