"""B11: several sellers asked at once, quotations and counter-offers in rounds, one chosen; every round is kept."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from kernel.clock import now, telling
from kernel.money import CREDIT, Money
from kernel.refusals import Denied, IllegalMove, NotFound, Refusal
from kernel.services import deliver_due, sweep_deadlines
from messaging.models import Notice
from orders.models import Negotiation, Order, Round
from orders.negotiation_rules import Needs, Offer, OfferLine
from orders.queries import bargaining_record, negotiation_for, rfq_for
from orders.services import accept_offer, confirm_order, counter_proposal, end_negotiation, make_offer, send_rfq, withdraw_rfq
from tests.worlds import allow_credit, key, live_listing, member_actor, proposed_order, verified_enterprise

pytestmark = pytest.mark.django_db


def needs(**changes) -> Needs:
    values = {
        "title": "双胶纸 70g", "category": "PAP", "quantity": 20, "unit": "t", "currency": "CNY", "answer_by": now() + timedelta(days=3),
        "gives_credit": True, "place": "广州",
    }  # fmt: skip
    return Needs(**{**values, **changes})


def asked(sellers: int = 3):
    """A buyer and sellers with paper on sale who are asked. Returns (rfq, buyer, [(seller, listing, thread)])."""
    buyer = verified_enterprise()
    allow_credit(buyer, 900_000_000)
    firms = [verified_enterprise() for _n in range(sellers)]
    goods = {firm.pk: live_listing(firm, stock=100) for firm in firms}
    rfq = send_rfq(
        actor=member_actor(buyer), needs=needs(), sellers={pk: listing.pk for pk, listing in goods.items()}, request_key=key()
    )  # fmt: skip
    return rfq, buyer, [(firm, goods[firm.pk], rfq.threads.get(seller=firm)) for firm in firms]


def offer(listing, price: int, *, quantity: int = 20, payer: str = "them", days: float = 7, **changes) -> Offer:
    values = {
        "lines": (OfferLine(listing.pk, quantity, price),), "payer": payer, "credit": Money(price * quantity, CREDIT),
        "cash": Money(0, "CNY"), "valid_until": now() + timedelta(days=days), "lead_days": 5,
    }  # fmt: skip
    return Offer(**{**values, **changes})


def quotes(firm, listing, thread, price=548_000, seen=0, **changes) -> Round:
    return make_offer(thread.no, actor=member_actor(firm), offer=offer(listing, price, **changes), seen_round=seen, request_key=key())


def accepts(firm, made: Round) -> Order:
    no = made.negotiation.no
    return accept_offer(no, actor=member_actor(firm), number=made.number, terms_hash=made.terms_hash, request_key=key())


@pytest.mark.spec("B11")
def test_three_sellers_two_rounds_one_order():
    rfq, buyer, sellers = asked()
    first = [quotes(*seller, price=price) for seller, price in zip(sellers, (548_000, 540_000, 560_000), strict=True)]
    firm, listing, thread = sellers[1]

    counter = make_offer(
        thread.no, actor=member_actor(buyer), offer=offer(listing, 520_000, payer="me"), seen_round=1, request_key=key()
    )  # fmt: skip
    order = accepts(firm, counter)

    assert (order.proposer, order.responder, order.state) == (buyer, firm, "proposed")  # the offer is its maker's
    line = order.lines.get()
    assert (line.unit_price_minor, line.fair_unit_minor, line.fair_method) == (520_000, 548_000, "listing_price")
    assert order.tenders.get().amount_minor == 520_000 * 20
    states = {thread.seller_id: thread.state for thread in Negotiation.objects.filter(rfq=rfq)}
    assert [states[seller.pk] for seller, _listing, _thread in sellers] == ["not_chosen", "agreed", "not_chosen"]
    rfq.refresh_from_db()
    assert rfq.state == "chosen"
    with pytest.raises(Denied):
        confirm_order(order.no, actor=member_actor(buyer), terms_hash=order.terms_hash, request_key=key())
    confirmed = confirm_order(order.no, actor=member_actor(firm), terms_hash=order.terms_hash, request_key=key())
    assert confirmed.state == "funded"
    record = bargaining_record(buyer.pk)
    assert [(row["round"], row["asked"] + row["offered"]) for row in record if row["negotiation"] == thread.no] == [
        (1, 540_000 * 20), (2, 520_000 * 20),
    ]  # fmt: skip
    assert len(first) == 3


@pytest.mark.spec("B11")
def test_each_is_told_once_and_not_chosen_are_told_so():
    _rfq, buyer, sellers = asked()
    made = [quotes(*seller) for seller in sellers]
    accepts(buyer, made[0])
    deliver_due()
    deliver_due()

    def told(firm):
        return sorted(Notice.objects.filter(recipient=member_actor(firm).user_id).values_list("msgid", flat=True))

    assert sum("not chosen" in text for text in told(sellers[1][0])) == 1
    assert sum("accepted" in text for text in told(sellers[0][0])) == 1
    assert sum("quotation has come" in text for text in told(buyer)) == 3


@pytest.mark.spec("B11")
def test_expiry_is_honoured_before_and_by_its_clock():
    _rfq, buyer, sellers = asked(1)
    made = quotes(*sellers[0], days=1)
    later = now() + timedelta(days=2)
    with telling(later):
        with pytest.raises(Refusal) as refused:
            accepts(buyer, made)
        assert refused.value.code == "offer_expired"
        sweep_deadlines()
        deliver_due()
    thread = Negotiation.objects.get(pk=made.negotiation_id)
    assert (thread.state, thread.rfq.state) == ("expired", "lapsed")
    with telling(later), pytest.raises(IllegalMove):
        accepts(buyer, made)


@pytest.mark.spec("B11")
def test_when_the_time_to_answer_is_over_silent_sellers_are_out_and_offers_stay():
    rfq, _buyer, sellers = asked(2)
    quotes(*sellers[0], days=30)
    with telling(now() + timedelta(days=4)):
        sweep_deadlines()
        deliver_due()
        with pytest.raises(IllegalMove):
            quotes(*sellers[1])
    assert sorted(Negotiation.objects.filter(rfq=rfq).values_list("state", flat=True)) == ["expired", "open"]
    rfq.refresh_from_db()
    assert rfq.state == "open"


@pytest.mark.spec("B11")
def test_p11_a_seller_sees_its_own_thread_only():
    rfq, _buyer, sellers = asked()
    (one, listing, thread), (_two, _goods, other) = sellers[:2]
    assert negotiation_for(member_actor(one), thread.no).pk == thread.pk
    for ask in (lambda: negotiation_for(member_actor(one), other.no), lambda: rfq_for(member_actor(one), rfq.no)):
        with pytest.raises(NotFound):
            ask()
    with pytest.raises(NotFound):
        quotes(one, listing, other)
    with pytest.raises(NotFound):
        end_negotiation(other.no, actor=member_actor(one), reason="", request_key=key())


@pytest.mark.spec("B11")
def test_the_seller_quotes_first_and_nobody_accepts_its_own_offer():
    _rfq, buyer, sellers = asked(1)
    firm, listing, thread = sellers[0]
    with pytest.raises(Denied):
        make_offer(thread.no, actor=member_actor(buyer), offer=offer(listing, 1_000, payer="me"), seen_round=0, request_key=key())
    made = quotes(firm, listing, thread)
    with pytest.raises(Denied):
        accepts(firm, made)


@pytest.mark.spec("B11")
def test_p31_only_the_round_that_was_read_can_be_accepted_or_answered():
    _rfq, buyer, sellers = asked(1)
    firm, listing, thread = sellers[0]
    read = quotes(firm, listing, thread)
    quotes(firm, listing, thread, price=550_000, seen=1)
    with pytest.raises(Refusal) as refused:
        accepts(buyer, read)
    assert refused.value.code == "terms_changed"
    with pytest.raises(Refusal) as refused:
        make_offer(thread.no, actor=member_actor(buyer), offer=offer(listing, 540_000, payer="me"), seen_round=1, request_key=key())
    assert refused.value.code == "round_changed"


@pytest.mark.spec("B11")
def test_a_price_far_from_the_fair_value_is_acknowledged_by_both_sides_not_forbidden():
    _rfq, buyer, sellers = asked(1)
    firm, listing, thread = sellers[0]
    far = offer(listing, 300_000)
    with pytest.raises(Refusal) as refused:
        make_offer(thread.no, actor=member_actor(firm), offer=far, seen_round=0, request_key=key())
    assert refused.value.code == "price_far_off"
    made = make_offer(thread.no, actor=member_actor(firm), offer=far, seen_round=0, acknowledged=True, request_key=key())
    order = accepts(buyer, made)
    with pytest.raises(Refusal) as refused:
        confirm_order(order.no, actor=member_actor(buyer), terms_hash=order.terms_hash, request_key=key())
    assert refused.value.code == "price_far_off"
    assert confirm_order(
        order.no, actor=member_actor(buyer), terms_hash=order.terms_hash, acknowledged=True, request_key=key()
    ).confirmed_at  # fmt: skip


@pytest.mark.spec("B11")
def test_a_request_is_withdrawn_for_all_and_one_seller_declines_for_itself():
    rfq, buyer, sellers = asked(2)
    end_negotiation(sellers[0][2].no, actor=member_actor(sellers[0][0]), reason="排产已满", request_key=key())
    withdraw_rfq(rfq.no, actor=member_actor(buyer), reason="项目取消", request_key=key())
    states = dict(Negotiation.objects.filter(rfq=rfq).values_list("seller_id", "state"))
    assert (states[sellers[0][0].pk], states[sellers[1][0].pk]) == ("declined", "withdrawn")
    with pytest.raises(IllegalMove):
        quotes(*sellers[1])


@pytest.mark.spec("B11")
def test_rounds_cannot_be_changed_or_deleted_in_the_database():
    _rfq, _buyer, sellers = asked(1)
    made = quotes(*sellers[0])
    for act in (lambda: Round.objects.filter(pk=made.pk).update(note="x"), lambda: made.lines.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


@pytest.mark.spec("B11")
def test_a_proposal_is_answered_with_a_counter_offer_with_goods_and_credit():
    buyer, seller = verified_enterprise(), verified_enterprise()
    paper, board = live_listing(seller), live_listing(buyer, title_zh="箱板纸")
    allow_credit(buyer, 90_000_000)
    order = proposed_order(buyer, seller, get=[(paper, 20)], give=[(board, 10)], credit=5_480_000)
    lines = (OfferLine(paper.pk, 20, 560_000), OfferLine(board.pk, 10, 540_000))
    changed = Offer(
        lines=lines, payer="them", credit=Money(20 * 560_000 - 10 * 540_000, CREDIT), cash=Money(0, "CNY"),
        valid_until=now() + timedelta(days=3),
    )  # fmt: skip

    made = counter_proposal(order.no, actor=member_actor(seller), offer=changed, terms_hash=order.terms_hash, request_key=key())

    order.refresh_from_db()
    thread = made.negotiation
    thread.refresh_from_db()
    assert (order.state, thread.rounds_made, thread.source_id, made.number) == ("declined", 2, order.pk, 2)
    assert [row.by_id for row in thread.rounds.order_by("number")] == [buyer.pk, seller.pk]
    agreed = accepts(buyer, made)
    agreed = confirm_order(agreed.no, actor=member_actor(buyer), terms_hash=agreed.terms_hash, request_key=key())
    assert (agreed.proposer, agreed.state, agreed.tenders.get().amount_minor) == (seller, "funded", 20 * 560_000 - 10 * 540_000)
