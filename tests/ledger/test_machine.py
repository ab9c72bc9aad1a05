"""A random walk over the ledger's services: a plain model of the money must agree with it after every step (P1, P3, P4)."""

from contextlib import contextmanager
from unittest import mock

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from kernel.money import CREDIT, Money
from kernel.refusals import IllegalMove, Refusal
from kernel.timer import COMMAND
from ledger import audits, queries
from ledger.models import Hold
from ledger.services import hold_funds, holds, pay_out, receive_hold, refund_hold, release_hold
from tests.worlds import decide_debit_limit, funded_wallet, key, staff_actor, verified_enterprise

FIRMS = st.integers(0, 2)
MINOR = st.integers(1, 900)
CHECKS = (audits.zero_sum, audits.entries, audits.balances, audits.running_balances, audits.floors, audits.holds)


class Undo(Exception):
    """Rolls a walk back."""


@contextmanager
def walk_rolled_back():
    try:
        with transaction.atomic():
            yield
            raise Undo
    except Undo:
        pass


class MoneyWalk(RuleBasedStateMachine):
    """The model: wallets and payables by firm, limits, open holds; nothing else exists."""

    def __init__(self):
        super().__init__()
        self.walk = walk_rolled_back()
        self.walk.__enter__()

    @initialize()
    def open(self):
        self.firms = [verified_enterprise().pk for _ in range(3)]
        self.staff = staff_actor("ledger.set_debit_limit")
        self.wallet, self.payable, self.limit = [0, 0, 0], [0, 0, 0], [0, 0, 0]
        self.open_holds: dict[int, tuple[int, int, int, str]] = {}
        self.settled: list[int] = []
        self.n = 0

    def key(self) -> str:
        self.n += 1
        return f"walk-{self.n}"

    def teardown(self):
        self.walk.__exit__(None, None, None)

    @rule(firm=FIRMS, minor=MINOR)
    def give(self, firm, minor):
        from accounts.models import Enterprise

        funded_wallet(Enterprise(pk=self.firms[firm]), Money(minor, CREDIT))
        self.wallet[firm] += minor

    @rule(firm=FIRMS, limit=st.integers(0, 500))
    def set_limit(self, firm, limit):
        try:
            decide_debit_limit(self.firms[firm], limit=Money(limit, CREDIT), reason="walk", actor=self.staff, request_key=key())
        except Refusal as refusal:
            assert refusal.code == "limit_below_balance"
            assert self.wallet[firm] < -limit
        else:
            assert self.wallet[firm] >= -limit
            self.limit[firm] = limit

    @rule(payer=FIRMS, step=st.integers(1, 2), minor=MINOR)
    def hold_credit(self, payer, step, minor):
        payee = (payer + step) % 3
        amount, ref = Money(minor, CREDIT), ("tests.walk", "1")
        try:
            hold = hold_funds(key=self.key(), payer_id=self.firms[payer], payee_id=self.firms[payee], amount=amount, ref=ref, actor=COMMAND)
        except Refusal as refusal:
            assert refusal.code == "insufficient_funds"
            assert self.wallet[payer] + self.limit[payer] < minor
        else:
            assert self.wallet[payer] + self.limit[payer] >= minor
            self.wallet[payer] -= minor
            self.open_holds[hold.pk] = (payer, payee, minor, CREDIT)

    @rule(payer=FIRMS, step=st.integers(1, 2), minor=MINOR)
    def receive_cash(self, payer, step, minor):
        payee = (payer + step) % 3
        hold = receive_hold(
            key=self.key(), payer_id=self.firms[payer], payee_id=self.firms[payee], amount=Money(minor, "CNY"),
            ref=("tests.walk", "1"), actor=COMMAND,
        )  # fmt: skip
        self.open_holds[hold.pk] = (payer, payee, minor, "CNY")

    @precondition(lambda self: self.open_holds)
    @rule(pick=st.integers(0, 99), release=st.booleans(), twice=st.booleans())
    def settle(self, pick, release, twice):
        pk = sorted(self.open_holds)[pick % len(self.open_holds)]
        payer, payee, minor, currency = self.open_holds.pop(pk)
        key = self.key()
        for _ in range(1 + twice):
            (release_hold if release else refund_hold)(pk, key=key, actor=COMMAND)
        (self.wallet if currency == CREDIT else self.payable)[payee if release else payer] += minor
        self.settled.append(pk)

    @precondition(lambda self: self.settled)
    @rule(pick=st.integers(0, 99), release=st.booleans())
    def settle_a_settled_one(self, pick, release):
        with pytest.raises(IllegalMove):
            (release_hold if release else refund_hold)(self.settled[pick % len(self.settled)], key=self.key(), actor=COMMAND)

    @rule(firm=FIRMS, minor=MINOR)
    def pay_cash_out(self, firm, minor):
        amount, ref = Money(minor, "CNY"), ("tests.walk", "1")
        try:
            pay_out(key=self.key(), enterprise_id=self.firms[firm], amount=amount, ref=ref, actor=COMMAND)
        except Refusal as refusal:
            assert refusal.code == "insufficient_funds"
            assert self.payable[firm] < minor
        else:
            self.payable[firm] -= minor

    @invariant()
    def the_model_agrees(self):
        if not hasattr(self, "firms"):
            return
        for n, pk in enumerate(self.firms):
            assert queries.balance(pk).minor == self.wallet[n]
            assert queries.available(pk).minor == self.wallet[n] + self.limit[n]
            assert queries.balance(pk, "CNY").minor == self.payable[n] >= 0
        held = dict(Hold.objects.filter(state="held").values_list("pk", "amount_minor"))
        assert held == {pk: minor for pk, (_payer, _payee, minor, _currency) in self.open_holds.items()}

    @invariant()
    def the_audit_is_clean(self):
        assert [finding for check in CHECKS for finding in check()] == []


QUIET = {"deadline": None, "suppress_health_check": list(HealthCheck), "print_blob": True, "database": None}
WALK = settings(max_examples=20, stateful_step_count=20, **QUIET)
FIND = settings(max_examples=60, stateful_step_count=20, phases=[Phase.generate], **QUIET)  # shrinking takes minutes and proves nothing


@pytest.mark.spec("B03", thin=True)
def test_p1_p3_p4_random_walk_keeps_the_ledger_true(db):
    run_state_machine_as_test(MoneyWalk, settings=WALK)


def test_p4_canary_release_of_the_wrong_amount_is_found(db):
    right = holds.post_entry

    def short_by_one(**values):
        if values["kind"] == "release" and values["legs"][1].minor > 1:
            give, take = values["legs"]
            values["legs"] = [
                holds.Leg(give.holder, give.purpose, give.currency, give.minor + 1),
                holds.Leg(take.holder, take.purpose, take.currency, take.minor - 1),
            ]
        return right(**values)

    with mock.patch.object(holds, "post_entry", short_by_one), pytest.raises(AssertionError):
        run_state_machine_as_test(MoneyWalk, settings=FIND)
