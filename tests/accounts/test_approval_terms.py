"""An approval lets one act through, on the terms and up to the value that were approved, for whoever asked (B10, P31)."""

import pytest

from accounts.models import Approval, Spending
from accounts.queries import approval_ticket
from accounts.services import ask_approval, decide_approval, end_sub_account, limits
from kernel.money import Money
from kernel.refusals import IllegalMove, Refusal
from orders.permissions import ANSWER_REFUND, PROPOSE
from orders.rules import DeliveryTerms
from orders.services import confirm_order
from tests.races import race
from tests.worlds import key, live_listing, member_actor, proposed_order, sub_account, verified_enterprise

from .test_limits import TONNE, asked, firms, limited, place_of, refused, send

pytestmark = pytest.mark.django_db
ACT = {"verb": PROPOSE, "subject": "tests.thing:1", "terms": "t" * 64, "amount": Money(500, "CNY")}


def commit(firm, user, **changes):
    return limits.commit(actor=member_actor(firm, user), **{**ACT, **changes})


def approved(firm, user, **changes) -> Approval:
    actor = member_actor(firm, user)
    refusal = refused(lambda: commit(firm, user, **changes))
    ticket = approval_ticket(actor, refusal, title="x", rows=[], url="/", fields=[])
    row = ask_approval(ticket=ticket, note="", actor=actor, request_key=key())
    return decide_approval(row.pk, verdict="approve", note="", actor=member_actor(firm), request_key=key())


@pytest.mark.spec("B10")
@pytest.mark.parametrize(
    "changes",
    [
        {"terms": "u" * 64},
        {"amount": Money(501, "CNY")},
        {"amount": Money(500, "USD")},
        {"verb": ANSWER_REFUND},
        {"subject": "tests.thing:2"},
    ],
    ids=["terms", "amount", "currency", "verb", "subject"],
)
def test_an_approval_is_for_these_very_terms_and_no_more_than_this_value(changes):
    firm = verified_enterprise()
    user = limited(firm, per_order=100)
    row = approved(firm, user)

    refused(lambda: commit(firm, user, **changes))
    row.refresh_from_db()
    assert row.state == "approved"
    commit(firm, user)
    row.refresh_from_db()
    assert row.state == "used" and not Spending.objects.exists()
    refused(lambda: commit(firm, user))  # once


@pytest.mark.spec("B10")
def test_an_approval_covers_the_same_act_at_a_smaller_value_and_no_colleague():
    firm = verified_enterprise()
    user, colleague = limited(firm, per_order=100), limited(firm, per_order=100)
    approved(firm, user)

    refused(lambda: commit(firm, colleague))
    commit(firm, user, amount=Money(400, "CNY"))


@pytest.mark.spec("B10")
def test_terms_that_changed_after_the_approval_are_not_confirmed_with_it():
    buyer, seller = verified_enterprise(), verified_enterprise()
    order = proposed_order(buyer, seller, get=[(live_listing(seller), 10)], cash=5_480_000)
    user = limited(seller, per_order=TONNE)

    def confirm(delivery=None):
        actor = member_actor(seller, user)
        return confirm_order(order.no, actor=actor, terms_hash=order.terms_hash, request_key=key(), delivery=delivery)

    row = asked(refused(confirm), seller, user)
    decide_approval(row.pk, verdict="approve", note="", actor=member_actor(seller), request_key=key())
    refused(lambda: confirm(DeliveryTerms("别处 9 号", "旁人", "13800000002")))
    assert confirm().state == "confirmed"


@pytest.mark.spec("B10")
def test_what_a_leaver_asked_for_stands_in_no_colleagues_way():
    buyer, seller = verified_enterprise(), verified_enterprise()
    order = proposed_order(buyer, seller, get=[(live_listing(seller), 10)], cash=5_480_000)
    leaver, colleague = limited(seller, per_order=TONNE), limited(seller, per_order=TONNE)

    def confirm(user):
        return confirm_order(order.no, actor=member_actor(seller, user), terms_hash=order.terms_hash, request_key=key())

    row = asked(refused(lambda: confirm(leaver)), seller, leaver)
    with pytest.raises(Refusal, match=r"."):
        asked(refused(lambda: confirm(colleague)), seller, colleague)
    end_sub_account(place_of(leaver).pk, actor=member_actor(seller), request_key=key())

    row.refresh_from_db()
    assert row.state == "withdrawn"
    assert asked(refused(lambda: confirm(colleague)), seller, colleague).state == "requested"


@pytest.mark.django_db(transaction=True)
@pytest.mark.spec("B10")
def test_of_two_approvers_at_one_request_one_decides_and_the_other_is_told():
    buyer, seller, goods = firms()
    user, second = limited(buyer, per_order=TONNE), sub_account(buyer, "approve")
    for _round in range(5):
        row = asked(refused(lambda: send(buyer, user, seller, goods, 10)), buyer, user)
        one, two = member_actor(buyer), member_actor(buyer, second)
        results = race([
            lambda row=row, one=one: decide_approval(row.pk, verdict="approve", note="", actor=one, request_key=key()),
            lambda row=row, two=two: decide_approval(row.pk, verdict="reject", note="no", actor=two, request_key=key()),
        ])  # fmt: skip

        assert sorted(isinstance(result, IllegalMove) for result in results) == [False, True], results
        row.refresh_from_db()
        assert (row.state == "approved") == (row.decided_by_id == place_of(one_user(buyer)).pk)
        if row.state == "approved":
            from accounts.services import withdraw_approval

            withdraw_approval(row.pk, actor=member_actor(buyer), request_key=key())


def one_user(firm):
    from tests.worlds import main_account

    return main_account(firm)
