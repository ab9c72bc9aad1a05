"""A correction is the mirror of the entry it names; there is one of it, and held money has none (P2, P4)."""

import pytest
from django.db import IntegrityError, connection, transaction

from kernel.models import ChainLink, Fact
from kernel.money import CREDIT, Money
from kernel.refusals import NotFound, Refusal
from kernel.timer import COMMAND
from ledger import audits, queries
from ledger.models import Entry
from ledger.services import Leg, hold_funds, pay_out, post_entry, receive_hold, release_hold, reverse_entry
from tests.worlds import funded_wallet, verified_enterprise

REF = ("tests.thing", "1")


def xeh(minor: int) -> Money:
    return Money(minor, CREDIT)


@pytest.fixture
def pair(db):
    a, b = verified_enterprise(), verified_enterprise()
    funded_wallet(a, xeh(1000))
    return a, b


def transfer(pair, minor: int = 300, key: str = "k1") -> Entry:
    a, b = pair
    legs = [Leg(a.chain, "wallet", CREDIT, -minor), Leg(b.chain, "wallet", CREDIT, minor - 10), Leg("platform", "fees", CREDIT, 10)]
    return post_entry(key=key, kind="fee", legs=legs, ref=REF, actor=COMMAND)


def test_p2_a_correction_names_its_entry_and_mirrors_every_leg(pair):
    a, b = pair
    entry = transfer(pair)

    mirror = reverse_entry(entry.pk, key="c1", actor=COMMAND)

    assert Entry.objects.get(pk=mirror.pk).reverses_id == entry.pk
    assert sorted(mirror.postings.values_list("account_id", "minor")) == sorted(
        (account, -minor) for account, minor in entry.postings.values_list("account_id", "minor")
    )
    assert (queries.balance(a.pk), queries.balance(b.pk)) == (xeh(1000), xeh(0))
    fact = Fact.objects.get(name="ledger.entry_reversed")
    assert fact.payload == {"entry_id": mirror.pk, "no": mirror.no, "corrected_id": entry.pk, "corrected_no": entry.no}
    assert set(ChainLink.objects.filter(fact=fact).values_list("chain", flat=True)) == {a.chain, b.chain}
    assert list(audits.corrections()) == [] == list(audits.balances())


def test_p6_the_same_key_answers_the_same_correction_and_another_is_refused(pair):
    entry = transfer(pair)
    mirror = reverse_entry(entry.pk, key="c1", actor=COMMAND)

    again = reverse_entry(entry.pk, key="c1", actor=COMMAND)
    with pytest.raises(Refusal) as refusal:
        reverse_entry(entry.pk, key="c2", actor=COMMAND)

    assert (again.pk, again.fresh, refusal.value.code) == (mirror.pk, False, "reversed_already")
    assert Fact.objects.filter(name="ledger.entry_reversed").count() == 1
    assert queries.balance(pair[0].pk) == xeh(1000)


def test_one_key_for_two_entries_makes_two_corrections(pair):
    first, second = transfer(pair), transfer(pair, key="k2")

    mirrors = [reverse_entry(entry.pk, key="c1", actor=COMMAND) for entry in (first, second)]

    assert [mirror.reverses_id for mirror in mirrors] == [first.pk, second.pk]


def test_p3_what_was_spent_meanwhile_cannot_be_taken_back(pair):
    a, b = pair
    entry = transfer(pair)
    hold_funds(key="h", payer_id=b.pk, payee_id=a.pk, amount=xeh(200), ref=REF, actor=COMMAND)

    with pytest.raises(Refusal) as refusal:
        reverse_entry(entry.pk, key="c1", actor=COMMAND)

    assert refusal.value.code == "insufficient_funds"
    assert (queries.balance(a.pk), queries.balance(b.pk)) == (xeh(700), xeh(90))
    assert not Entry.objects.exclude(reverses=None).exists()


def test_p4_entries_of_a_hold_are_never_corrected_one_by_one(pair):
    a, b = pair
    hold = hold_funds(key="h", payer_id=a.pk, payee_id=b.pk, amount=xeh(400), ref=REF, actor=COMMAND)
    release_hold(hold.pk, key="r", actor=COMMAND)

    for kind in ("hold", "release"):
        with pytest.raises(Refusal) as refusal:
            reverse_entry(Entry.objects.get(kind=kind).pk, key="c1", actor=COMMAND)
        assert refusal.value.code == "entry_of_a_hold"

    assert (queries.balance(a.pk), queries.balance(b.pk)) == (xeh(600), xeh(400))
    assert list(audits.holds()) == []


def test_a_payout_that_bounced_is_owed_again(pair):
    a, b = pair
    hold = receive_hold(key="c", payer_id=a.pk, payee_id=b.pk, amount=Money(900, "CNY"), ref=REF, actor=COMMAND)
    release_hold(hold.pk, key="r", actor=COMMAND)
    payout = pay_out(key="p", enterprise_id=b.pk, amount=Money(900, "CNY"), ref=REF, actor=COMMAND)

    reverse_entry(payout.pk, key="c1", actor=COMMAND)

    assert queries.balance(b.pk, "CNY") == Money(900, "CNY")


def test_an_entry_that_is_not_there_is_not_found(db):
    with pytest.raises(NotFound):
        reverse_entry(987_654, key="c1", actor=COMMAND)


def test_p2_any_other_broken_rule_is_a_fault_and_not_a_reversal(pair):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # an index cannot be made while deferred checks wait
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute("CREATE UNIQUE INDEX for_this_test ON ledger_entry (kind) WHERE kind = 'fee'")
    transfer(pair)

    with pytest.raises(IntegrityError, match="for_this_test"), transaction.atomic():
        transfer(pair, key="k2")
