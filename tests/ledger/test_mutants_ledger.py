"""What earlier tests let pass when the ledger was broken on purpose."""

import pytest

from kernel.money import CREDIT, Money
from kernel.timer import COMMAND
from ledger import audits, queries
from ledger.models import Account
from ledger.services import hold_funds, refund_hold, refund_hold_part, release_hold
from tests.worlds import funded_wallet, verified_enterprise

pytestmark = pytest.mark.django_db
REF = ("tests.order", "17")


@pytest.mark.parametrize(("settle", "expected"), [(release_hold, (630, 370)), (refund_hold, (1000, 0))])
def test_p4_a_hold_that_was_partly_refunded_settles_what_is_left(settle, expected):
    payer, payee = verified_enterprise(), verified_enterprise()
    funded_wallet(payer, Money(1000, CREDIT))
    hold = hold_funds(key="h", payer_id=payer.pk, payee_id=payee.pk, amount=Money(400, CREDIT), ref=REF, actor=COMMAND)
    refund_hold_part(hold.pk, minor=30, key="partial", actor=COMMAND)

    settle(hold.pk, key="s", actor=COMMAND)

    assert (queries.balance(payer.pk).minor, queries.balance(payee.pk).minor) == expected
    assert Account.objects.get(holder=hold.holder).balance_minor == 0
    assert list(audits.holds()) == [] == list(audits.balances())
