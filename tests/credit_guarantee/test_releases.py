"""Large payments leave custody by rule and two people; nobody counts twice, nobody decides for an own company (H55, P37)."""

import pytest

from accounts.models import Membership
from credit_guarantee import services
from credit_guarantee.models import CustodianInstruction, ReleaseApproval
from kernel.clock import now
from kernel.models import Fact
from kernel.refusals import Denied, Refusal
from kernel.services import deliver_due
from kernel.timer import COMMAND
from tests.credit_guarantee.bank import awaited, clerk
from tests.worlds import key

pytestmark = pytest.mark.django_db
LARGE = 50_000_001


def payout(minor: int, currency: str = "CNY") -> CustodianInstruction:
    escrow = awaited(minor, currency)
    services.confirm_collection(escrow.pk, actor=clerk(), custodian_reference=key(), request_key=key())
    services.release_escrow(escrow.pk, actor=COMMAND, key=key())
    deliver_due()
    return CustodianInstruction.objects.get(escrow=escrow, kind="pay_out")


def approve(instruction, actor=None):
    return services.approve_release(instruction.pk, actor=actor or clerk(), request_key=key())


def pay(instruction):
    return services.confirm_payout(instruction.pk, actor=clerk(), custodian_reference=key(), request_key=key())


@pytest.mark.spec("H55")
def test_a_large_payment_goes_to_the_custodian_only_after_two_people_have_approved_it():
    instruction = payout(LARGE)
    assert instruction.handed_at is None
    with pytest.raises(Refusal) as refusal:
        pay(instruction)
    assert refusal.value.code == "two_people"

    approve(instruction)
    deliver_due()
    instruction.refresh_from_db()
    assert instruction.handed_at is None
    approve(instruction)
    deliver_due()

    instruction.refresh_from_db()
    assert instruction.handed_at is not None
    assert pay(instruction).state == "confirmed"
    assert [f.payload["people"] for f in Fact.objects.filter(name="credit_guarantee.release_approved").order_by("pk")] == [1, 2]


@pytest.mark.spec("H55")
@pytest.mark.parametrize(("minor", "currency", "needed"), [(50_000_000, "CNY", False), (7_000_001, "USD", True), (1, "KWD", True)])
def test_the_limit_stands_in_each_currency_and_where_there_is_none_two_always_look(minor, currency, needed):
    assert (payout(minor, currency).handed_at is None) == needed


@pytest.mark.spec("H55")
def test_the_limit_is_a_setting(settings):
    settings.RELEASE_TWO_PEOPLE_OVER = {"CNY": "100"}

    assert payout(10_001).handed_at is None
    assert payout(10_000).handed_at is not None


@pytest.mark.spec("P37")
def test_p37_one_person_counts_once_and_not_for_an_own_company():
    instruction, one, member = payout(LARGE), clerk(), clerk()
    Membership.objects.create(user_id=member.user_id, enterprise=instruction.enterprise, created_at=now(), ended_at=now())
    approve(instruction, one)

    with pytest.raises(Refusal) as twice:
        approve(instruction, one)
    with pytest.raises(Denied) as own:
        approve(instruction, member)

    assert (twice.value.code, own.value.code, ReleaseApproval.objects.count()) == ("approved_already", "own_enterprise", 1)


def test_what_needs_no_approval_takes_none():
    with pytest.raises(Refusal) as refusal:
        approve(payout(100))

    assert refusal.value.code == "approval_not_needed"


@pytest.mark.spec("H55")
def test_an_instruction_sent_again_after_a_refusal_keeps_its_approvals():
    instruction = payout(LARGE)
    approve(instruction), approve(instruction)
    services.refuse_instruction(instruction.pk, actor=clerk(), reason="账号有误", request_key=key())

    again = services.send_again(instruction.pk, actor=clerk(), request_key=key())
    deliver_due()

    again.refresh_from_db()
    assert again.handed_at is not None
