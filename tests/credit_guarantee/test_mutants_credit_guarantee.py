"""What earlier tests let pass when the custodian's desk was broken on purpose."""

import pytest

from credit_guarantee import services
from credit_guarantee.models import CustodianInstruction, Escrow
from kernel.models import ChainLink, Fact
from kernel.money import Money
from kernel.refusals import Denied
from kernel.timer import COMMAND
from tests.worlds import member_actor, staff_actor, verified_enterprise

pytestmark = pytest.mark.django_db
DESK = "credit_guarantee.confirm_custodian"


@pytest.fixture
def escrow() -> Escrow:
    payer, payee = verified_enterprise(), verified_enterprise()
    ref = ("tests.order", "17")
    return services.open_escrow(payer_id=payer.pk, payee_id=payee.pk, amount=Money(90_000, "CNY"), ref=ref, actor=COMMAND, key="e1")


def asked(escrow: Escrow) -> CustodianInstruction:
    return CustodianInstruction.objects.get(escrow=escrow, state="sent")


def test_a_refused_and_a_repeated_instruction_stand_on_both_parties_chains(escrow):
    desk = staff_actor(DESK)

    services.refuse_instruction(asked(escrow).pk, actor=desk, reason="account closed", request_key="refuse-01")
    services.send_again(CustodianInstruction.objects.get(state="refused").pk, actor=desk, request_key="again-001")

    for name, count in (("credit_guarantee.instruction_refused", 1), ("credit_guarantee.instruction_sent", 2)):
        facts = Fact.objects.filter(name=name)
        assert facts.count() == count, name
        fact = facts.latest("pk")
        assert fact.actor_user_id == desk.user_id
        chains = set(ChainLink.objects.filter(fact=fact).values_list("chain", flat=True))
        assert chains == {f"enterprise:{escrow.payer_id}", f"enterprise:{escrow.payee_id}"}


ACTS = {
    "confirm_collection": lambda e, a: services.confirm_collection(e.pk, actor=a, custodian_reference="IN-1", request_key="collect-1"),
    "refuse_instruction": lambda e, a: services.refuse_instruction(asked(e).pk, actor=a, reason="x", request_key="refuse-01"),
    "send_again": lambda e, a: services.send_again(asked(e).pk, actor=a, request_key="again-001"),
    "confirm_payout": lambda e, a: services.confirm_payout(asked(e).pk, actor=a, custodian_reference="OUT-1", request_key="payout-01"),
}


@pytest.mark.parametrize("name", ACTS)
def test_the_desks_acts_are_denied_to_staff_without_the_permission_and_to_the_parties(escrow, name):
    facts = Fact.objects.count()

    for actor in (staff_actor("orders.view_order"), member_actor(escrow.payee)):
        with pytest.raises(Denied) as denied:
            ACTS[name](escrow, actor)
        assert denied.value.code == "staff_permission_missing"

    assert Fact.objects.count() == facts and asked(escrow).kind == "collect"
