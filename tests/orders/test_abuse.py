"""What a clever party might try: keep goods and money by silence, trade with itself, move credit without goods."""

from datetime import timedelta

import pytest

from accounts.models import Membership
from kernel.clock import now, telling
from kernel.models import Fact
from kernel.money import CREDIT, Money
from kernel.refusals import Refusal
from kernel.services import deliver_due, sweep_deadlines
from ledger.queries import balance
from orders.models import Order
from orders.services import note_tracking, reject_refund, request_refund
from tests.worlds import (
    accepted,
    confirmed,
    credit_trade,
    key,
    listing_terms,
    live_listing,
    main_account,
    member_actor,
    proposed_order,
    shipped,
    staff_actor,
    verified_enterprise,
)

pytestmark = pytest.mark.django_db


def days_later(days: int) -> None:
    """Let the clock run and everything that follows from it happen."""
    with telling(now() + timedelta(days=days)):
        sweep_deadlines()
        deliver_due()


def swap():
    """Goods for goods, no money: both owe a shipment."""
    a, b = verified_enterprise(), verified_enterprise()
    return confirmed(proposed_order(a, b, give=[(live_listing(a), 10)], get=[(live_listing(b), 10)])), a, b


def ask(order, by, reason="where are the goods?"):
    return request_refund(order.no, actor=member_actor(by), reason=reason, request_key=key())


def test_who_still_waits_for_goods_may_ask_even_when_the_other_side_has_accepted():
    order, a, b = swap()
    shipped(order, a)
    accepted(order, b)  # b keeps a's goods and ships nothing

    refund = ask(order, a)

    assert refund.state == "requested"
    with pytest.raises(Refusal):
        ask(order, b)


def test_silence_on_a_refund_before_shipping_counts_as_agreement():
    order, buyer, _seller, listing = credit_trade()
    ask(order, buyer)

    days_later(3)

    order.refresh_from_db()
    listing.stock.refresh_from_db()
    assert (order.state, balance(buyer.pk, CREDIT).minor, listing.stock.reserved) == ("cancelled", 0, 0)
    assert Fact.objects.filter(name="orders.refund_unanswered").count() == 1


def test_silence_after_shipping_moves_nothing_and_is_told():
    order, buyer, seller, _listing = credit_trade()
    shipped(order, seller)
    ask(order, buyer)

    days_later(3)

    order.refresh_from_db()
    assert (order.state, order.refunds.get().state) == ("shipped", "requested")
    assert Fact.objects.filter(name="orders.refund_unanswered").count() == 1


def test_goods_that_do_not_leave_in_time_are_told_once():
    _order, _buyer, _seller, _listing = credit_trade()

    days_later(11)
    days_later(30)

    assert Fact.objects.filter(name="orders.shipping_late").count() == 1


def test_a_shipping_clock_that_ran_out_stays_on_the_page_with_what_has_happened(client):
    order, _buyer, seller, _listing = credit_trade()
    client.force_login(main_account(seller))
    client.cookies["django_language"] = "en"

    days_later(12)
    with telling(now() + timedelta(days=12)):
        page = client.get(f"/me/orders/{order.no}/").content.decode()

    assert "2 d 0 h late" in page
    assert "The time has passed; both parties and customer service have been told." in page


def test_a_receiver_that_never_signs_does_not_keep_goods_and_money():
    order, _buyer, seller, _listing = credit_trade()
    shipped(order, seller)

    days_later(29)
    assert balance(seller.pk, CREDIT).minor == 0
    days_later(31)

    assert balance(seller.pk, CREDIT).minor == 5_480_000


def test_a_signature_typed_in_the_past_does_not_pay_at_once():
    order, buyer, seller, _listing = credit_trade()
    with telling(now() - timedelta(days=9)):
        consignment = shipped(order, seller)
    note_tracking(
        order.no,
        consignment.pk,
        actor=member_actor(buyer),
        kind="signed",
        happened_at=now() - timedelta(days=8),
        place="",
        request_key=key(),
    )

    days_later(1)
    assert balance(seller.pk, CREDIT).minor == 0
    days_later(8)
    assert balance(seller.pk, CREDIT).minor == 5_480_000


def test_a_party_asks_twice_at_most():
    order, buyer, seller, _listing = credit_trade()
    shipped(order, seller)
    for _turn in range(2):
        refund = ask(order, buyer)
        reject_refund(order.no, refund.pk, actor=member_actor(seller), answer="no", request_key=key())

    with pytest.raises(Refusal, match=r"complaint|投诉"):
        ask(order, buyer)


@pytest.mark.parametrize(
    ("credit", "cash", "payer"), [(5_480_001, 0, "me"), (5_480_000, 1, "me"), (1, 0, "them"), (10**12, 0, "me"), (0, 900_000_000, "them")]
)
def test_money_only_balances_goods(credit, cash, payer):
    buyer, seller = verified_enterprise(), verified_enterprise()
    listing = live_listing(seller)

    with pytest.raises(Refusal) as refusal:
        proposed_order(buyer, seller, get=[(listing, 10)], credit=credit, cash=cash, payer=payer)

    assert refusal.value.code == "top_up_refused"
    assert Order.objects.count() == 0


def test_two_firms_that_share_a_person_do_not_trade():
    owner = main_account(verified_enterprise())
    mine, second, third = owner.memberships.get().enterprise, verified_enterprise(owner=owner), verified_enterprise()
    listing = live_listing(second)

    with pytest.raises(Refusal) as at_proposal:
        proposed_order(mine, second, get=[(listing, 10)])
    order = proposed_order(third, second, get=[(listing, 10)])
    Membership.objects.create(user=owner, enterprise=third, created_at=now())
    with pytest.raises(Refusal) as at_confirmation:
        confirmed(order)

    assert at_proposal.value.code == at_confirmation.value.code == "related_parties"
    order.refresh_from_db()
    assert order.state == "proposed"


@pytest.mark.parametrize("change", ["revised", "withdrawn"])
def test_goods_changed_after_the_proposal_are_not_confirmed(change):
    from catalog.services import approve_listing, revise_listing, withdraw_listing

    buyer, seller = verified_enterprise(), verified_enterprise()
    listing = live_listing(seller)
    order = proposed_order(buyer, seller, get=[(listing, 10)])
    actor = member_actor(seller)
    if change == "revised":
        waste = [{"zh": ["等级", "废纸 B 级"], "en": ["Grade", "waste B"]}, {"zh": ["包", "散"], "en": ["Pack", "loose"]}]
        changed = revise_listing(listing.no, actor=actor, terms=listing_terms(spec=waste), category="PAP", request_key=key())
        reviewer = staff_actor("catalog.review_listing")
        approve_listing(listing.no, actor=reviewer, version=changed.latest_version, request_key=key())
    else:
        withdraw_listing(listing.no, actor=actor, request_key=key())

    with pytest.raises(Refusal) as refusal:
        confirmed(order)

    assert refusal.value.code == "terms_changed"
    assert not order.consignments.exists()


def test_a_line_beyond_the_market_is_refused():
    buyer, seller = verified_enterprise(), verified_enterprise()
    listing = live_listing(seller, stock=10**9, price=Money(9_999_999_999, "CNY"))

    with pytest.raises(Refusal) as refusal:
        proposed_order(buyer, seller, get=[(listing, 1_000_000_000)])

    assert refusal.value.code == "amount_too_large"
