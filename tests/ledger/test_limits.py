"""Limits of wallets: two raise, one lowers, a full wallet refuses before confirmation, warnings, growth by sales (B04)."""

import threading
from unittest import mock

import pytest
from django.db import Error, transaction
from django.urls import reverse

from kernel.chains import enterprise_chain
from kernel.models import ChainLink, Fact
from kernel.money import CREDIT, Money
from kernel.refusals import Denied, IllegalMove, Refusal
from kernel.services import deliver_due
from kernel.timer import COMMAND
from ledger import audits, limit_queries, queries
from ledger.growth import Growth, near
from ledger.models import LimitProposal
from ledger.services import (
    approve_limit,
    ceilings,
    hold_funds,
    propose_growth,
    propose_limit,
    refund_hold,
    refund_hold_part,
    refuse_limit,
    refuse_over_ceiling,
    release_hold,
    set_debit_limit,
    weigh_limits,
)
from messaging.models import Notice
from orders.models import Order
from tests.ledger.test_races import Racers
from tests.worlds import (
    allow_credit,
    confirmed,
    funded_wallet,
    key,
    live_listing,
    main_account,
    proposed_order,
    staff_actor,
    verified_enterprise,
)


def xeh(minor: int) -> Money:
    return Money(minor, CREDIT)


def clerk():
    return staff_actor("ledger.set_debit_limit")


def proposed(firm, minor, *, kind="debit", actor=None):
    return propose_limit(firm.pk, kind=kind, limit=xeh(minor), reason="known for years", actor=actor or clerk(), request_key=key())


def capped(firm, minor):
    """A highest balance that was never higher than the general one, so that one person sets it."""
    return proposed(firm, minor, kind="ceiling")


def sold(seller, minor):
    buyer = verified_enterprise()
    allow_credit(buyer, minor)
    hold = hold_funds(key=key(), payer_id=buyer.pk, payee_id=seller.pk, amount=xeh(minor), ref=("tests.order", "1"), actor=COMMAND)
    return release_hold(hold.pk, key=key(), actor=COMMAND)


@pytest.mark.spec("B04")
def test_p37_a_limit_is_raised_by_two_and_lowered_by_one_each_step_on_the_chain(db):
    firm, first = verified_enterprise(), clerk()
    with pytest.raises(Refusal) as refused:
        set_debit_limit(firm.pk, limit=xeh(500), reason="r", actor=first, request_key=key())
    assert refused.value.code == "raise_needs_two"
    proposal = proposed(firm, 500, actor=first)
    with pytest.raises(Denied) as denied:
        approve_limit(proposal.pk, actor=first, request_key=key())
    assert (denied.value.code, queries.debit_limit(firm.pk)) == ("four_eyes", xeh(0))

    approve_limit(proposal.pk, actor=clerk(), request_key=key())
    assert queries.debit_limit(firm.pk) == xeh(500)
    set_debit_limit(firm.pk, limit=xeh(200), reason="r", actor=first, request_key=key())

    assert queries.debit_limit(firm.pk) == xeh(200)
    told = ChainLink.objects.filter(chain=enterprise_chain(firm.pk), fact__name__startswith="ledger.").order_by("seq")
    assert [link.fact.name for link in told] == [
        "ledger.limit_proposed", "ledger.limit_decided", "ledger.debit_limit_set", "ledger.debit_limit_set",
    ]  # fmt: skip
    assert list(audits.limits()) == []


def test_a_proposal_is_decided_once_and_stays_as_it_was(db):
    firm = verified_enterprise()
    proposal = proposed(firm, 500)
    with pytest.raises(Refusal) as refused:
        proposed(firm, 600)
    assert refused.value.code == "proposed_already"
    refuse_limit(proposal.pk, actor=clerk(), request_key=key())

    with pytest.raises(IllegalMove):
        approve_limit(proposal.pk, actor=clerk(), request_key=key())
    rows = LimitProposal.objects.filter(pk=proposal.pk)
    for wrong in (lambda: rows.update(amount_minor=9), lambda: rows.update(state="in_force"), lambda: rows.delete()):
        with pytest.raises(Error), transaction.atomic():
            wrong()


def test_p37_the_database_knows_that_one_person_is_not_enough(db):
    proposal = proposed(verified_enterprise(), 500)

    with pytest.raises(Error), transaction.atomic():
        LimitProposal.objects.filter(pk=proposal.pk).update(
            state="in_force", decided_by_id=proposal.proposed_by_id, decided_at=proposal.proposed_at
        )


@pytest.mark.spec("B04")
def test_a_trade_that_would_overfill_the_wallet_is_refused_before_confirmation_and_nothing_on_its_way_is_lost(db, client):
    buyer, seller = verified_enterprise(), verified_enterprise()
    listing = live_listing(seller)
    allow_credit(buyer, 100_000)
    capped(seller, 15_000)
    first = confirmed(proposed_order(buyer, seller, get=[(listing, 10)], credit=10_000))
    second = proposed_order(buyer, seller, get=[(listing, 10)], credit=6_000)

    with pytest.raises(Refusal) as refused, transaction.atomic():
        confirmed(second)

    assert refused.value.code == "ceiling_reached"
    assert "最高余额" in str(refused.value)
    client.force_login(main_account(seller))
    form = {"terms_hash": second.terms_hash, "request_key": key()}
    page = client.post(reverse("orders:confirmation", args=[second.no]), form)
    assert (page.status_code, "最高余额" in page.content.decode()) == (422, True)
    assert Order.objects.get(pk=second.pk).state == "proposed"
    assert queries.held(buyer.pk) == xeh(10_000)
    release_hold(first.tenders.get(kind="credit").hold_id, key=key(), actor=COMMAND)
    assert queries.balance(seller.pk) == xeh(10_000)
    assert confirmed(proposed_order(buyer, seller, get=[(listing, 10)], credit=5_000)).state != "proposed"
    assert list(audits.ceilings()) == []


def test_a_ceiling_is_raised_by_two_and_never_set_below_what_the_wallet_holds(db):
    firm, first = verified_enterprise(), clerk()
    funded_wallet(firm, xeh(1_000))
    with pytest.raises(Refusal) as refused, transaction.atomic():
        capped(firm, 999)
    assert refused.value.code == "ceiling_below_balance"
    assert capped(firm, 1_000).state == "in_force"

    higher = proposed(firm, 2_000, kind="ceiling", actor=first)
    assert (higher.state, limit_queries.ceiling_of(firm.pk)) == ("proposed", xeh(1_000))
    approve_limit(higher.pk, actor=clerk(), request_key=key())

    assert limit_queries.ceiling_of(firm.pk) == xeh(2_000)


@pytest.mark.spec("B04")
def test_each_crossing_is_told_once_on_the_page_and_by_mail(client, db, mailoutbox, django_capture_on_commit_callbacks):
    firm, other = verified_enterprise(), verified_enterprise()
    allow_credit(firm, 1_000)
    hold = hold_funds(key="w", payer_id=firm.pk, payee_id=other.pk, amount=xeh(800), ref=("tests.order", "1"), actor=COMMAND)
    assert [w.kind for w in weigh_limits(firm.pk, actor=COMMAND)] == ["debit"]
    assert weigh_limits(firm.pk, actor=COMMAND) == []
    deliver_due()

    told = Notice.objects.filter(recipient=main_account(firm), fact__name="ledger.limit_near")
    assert (told.count(), told.get().url) == (1, "/wallet/")
    assert any("80%" in mail.subject or "80%" in mail.body for mail in mailoutbox)
    client.force_login(main_account(firm))
    assert client.get(reverse("ledger:wallet")).content.count(b"80%") >= 1

    funded_wallet(firm, xeh(700))  # away from the limit …
    assert weigh_limits(firm.pk, actor=COMMAND) == []
    hold_funds(key="w2", payer_id=firm.pk, payee_id=other.pk, amount=xeh(750), ref=("tests.order", "2"), actor=COMMAND)
    assert len(weigh_limits(firm.pk, actor=COMMAND)) == 1  # … and near it again: another crossing
    assert hold.amount_minor == 800


@pytest.mark.parametrize(("used", "limit", "expected"), [(79, 100, False), (80, 100, True), (0, 0, False), (100, 100, True)])
def test_near_begins_at_the_percent_and_needs_a_limit(used, limit, expected):
    assert near(used, limit, 80) is expected


@pytest.mark.parametrize(
    ("sold_minor", "back", "cap", "expected"),
    [
        (1_000_000, 0, 10**9, 100_000),
        (1_000_000, 400_000, 10**9, 60_000),
        (1_000_000, 0, 50_000, 50_000),
        (10, 20, 10**9, 0),
        (9_990, 0, 10**9, 900),
    ],
)
def test_growth_is_a_share_of_net_sales_up_to_the_cap(sold_minor, back, cap, expected):
    assert Growth(sold_minor, back, 10, cap).limit == expected


@pytest.mark.spec("B04")
def test_completed_sales_propose_a_higher_limit_with_the_figures_printed_and_two_of_staff_decide(db, settings):
    settings.LIMIT_GROWTH_CAP = 600
    seller = verified_enterprise()
    sold(seller, 500_000)
    proposal = propose_growth(seller.pk, actor=COMMAND)

    assert proposal.basis == {"sold": 500_000, "given_back": 0, "percent": 10, "cap": 60_000, "net": 500_000, "limit": 50_000}
    assert propose_growth(seller.pk, actor=COMMAND) is None
    one = clerk()
    assert approve_limit(proposal.pk, actor=one, request_key=key()).state == "proposed"
    with pytest.raises(Denied) as denied:
        approve_limit(proposal.pk, actor=one, request_key=key())
    assert (denied.value.code, queries.debit_limit(seller.pk)) == ("four_eyes", xeh(0))
    approve_limit(proposal.pk, actor=clerk(), request_key=key())
    assert queries.debit_limit(seller.pk) == xeh(50_000)

    sold(seller, 900_000)
    assert propose_growth(seller.pk, actor=COMMAND).amount_minor == 60_000  # never beyond the cap
    assert list(audits.limits()) == []


@pytest.mark.spec("B04")
def test_sales_of_the_rule_are_what_arrived_without_fees_and_part_refunds(db):
    buyer, seller = verified_enterprise(), verified_enterprise()
    funded_wallet(buyer, xeh(10_000))
    hold = hold_funds(
        key=key(), payer_id=buyer.pk, payee_id=seller.pk, amount=xeh(10_000), fee_minor=333, ref=("tests.order", "1"), actor=COMMAND
    )
    refund_hold_part(hold.pk, minor=4_000, key=key(), actor=COMMAND)
    fee = 333 * 6_000 // 10_000
    assert limit_queries.standing_of(seller.pk).full == xeh(6_000 - fee)
    capped(seller, 6_000 - fee)  # the fee never comes, so the wallet takes the rest in to the brim
    assert list(audits.ceilings()) == []

    release_hold(hold.pk, key=key(), actor=COMMAND)

    assert (limit_queries.growth_of(seller.pk).sold, limit_queries.standing_of(seller.pk).room) == (6_000 - fee, xeh(0))


@pytest.mark.spec("B04")
def test_a_wallet_without_a_limit_is_warned_when_little_is_left_of_what_it_spends(db, client):
    firm, other = verified_enterprise(), verified_enterprise()
    funded_wallet(firm, xeh(1_000))
    spend = {"payer_id": firm.pk, "payee_id": other.pk, "ref": ("tests.order", "1"), "actor": COMMAND}
    hold_funds(key="w1", amount=xeh(800), **spend)
    assert weigh_limits(firm.pk, actor=COMMAND) == []
    last = hold_funds(key="w2", amount=xeh(50), **spend)
    assert [warning.kind for warning in weigh_limits(firm.pk, actor=COMMAND)] == ["free"]
    assert weigh_limits(firm.pk, actor=COMMAND) == []
    deliver_due()

    client.force_login(main_account(firm))
    assert "即将用尽" in client.get(reverse("ledger:wallet")).content.decode()
    assert Notice.objects.filter(recipient=main_account(firm), fact__name="ledger.limit_near").count() == 1
    refund_hold(last.pk, key=key(), actor=COMMAND)
    assert weigh_limits(firm.pk, actor=COMMAND) == []
    assert "即将用尽" not in client.get(reverse("ledger:wallet")).content.decode()


def test_what_staff_refused_is_not_proposed_again_until_the_rule_gives_more(db):
    seller = verified_enterprise()
    sold(seller, 500_000)
    refuse_limit(propose_growth(seller.pk, actor=COMMAND).pk, actor=clerk(), request_key=key())

    assert propose_growth(seller.pk, actor=COMMAND) is None
    sold(seller, 500_000)
    assert propose_growth(seller.pk, actor=COMMAND).amount_minor == 100_000


def _taken_in(buyers, seller) -> int:
    def act(racer, turn):
        with transaction.atomic():
            refuse_over_ceiling(seller.pk, xeh(400))
            hold_funds(
                key=f"c{racer}", payer_id=buyers[racer % 2].pk, payee_id=seller.pk, amount=xeh(400), ref=("tests.race", "1"), actor=COMMAND
            )
        return True

    [result] = Racers(8).run(1, act)
    return result.count(True)


@pytest.fixture
def filling():
    buyers, seller = (verified_enterprise(), verified_enterprise()), verified_enterprise()
    for buyer in buyers:
        funded_wallet(buyer, xeh(10_000))
    capped(seller, 1_200)
    return buyers, seller


@pytest.mark.spec("B04")
@pytest.mark.django_db(transaction=True)
def test_p3_race_of_trades_never_overfills_a_wallet(filling):
    assert _taken_in(*filling) == 3
    assert list(audits.ceilings()) == []


@pytest.mark.django_db(transaction=True)
def test_p3_canary_without_the_chain_held_the_wallet_is_overfilled_and_the_audit_says_so(filling):
    looked, real = threading.Barrier(8), ceilings.standing_of

    def seen(pk):
        standing = real(pk)
        looked.wait(timeout=60)  # everybody has looked before anybody holds
        return standing

    with mock.patch.object(ceilings, "hold_chains", lambda chains: []), mock.patch.object(ceilings, "standing_of", seen):
        assert _taken_in(*filling) == 8
    assert list(audits.ceilings()) != []


def test_facts_of_limits_keep_reasons_outside(db):
    proposed(verified_enterprise(), 500)

    assert "known" not in str(Fact.objects.get(name="ledger.limit_proposed").payload)
