"""H25: terms of a running order are changed by both sides together; the original and every version stay readable."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from disputes.services import open_complaint
from kernel.clock import now, telling
from kernel.money import CREDIT, Money
from kernel.refusals import Denied, IllegalMove, NotFound, Refusal
from kernel.services import deliver_due, sweep_deadlines
from ledger.queries import balance, held
from orders import bargaining
from orders.audits import stock, tenders, terms
from orders.models import Order, OrderLine
from orders.negotiation_rules import Change, NewLine
from orders.queries import order_with_versions
from orders.services import cancel_unpaid, confirm_amendment, end_amendment, propose_amendment, request_refund
from tests.worlds import (
    accepted,
    allow_credit,
    confirmed,
    credit_trade,
    key,
    live_listing,
    member_actor,
    proposed_order,
    shipped,
    verified_enterprise,
)

pytestmark = pytest.mark.django_db
PRICE = 548_000


def change(order, *, quantity=None, price=None, credit=None, **changes) -> Change:
    """A change of a purchase on credit: its one line in another quantity or at another price."""
    line = order.lines.get()
    quantity, price = quantity or line.quantity, price or line.unit_price_minor
    values = {
        "lines": (NewLine(line.pk, line.listing_id, quantity, price),), "payer": "me",
        "credit": Money(quantity * price if credit is None else credit, CREDIT), "cash": Money(0, "CNY"), "note": order.note,
        "reason": "项目追加",
    }  # fmt: skip
    return Change(**{**values, **changes})


def proposes(order, firm, wanted: Change, **more):
    return propose_amendment(order.no, actor=member_actor(firm), change=wanted, seen_hash=order.terms_hash, request_key=key(), **more)


def confirms(amendment, firm, **more):
    return confirm_amendment(
        amendment.order.no, amendment.pk, actor=member_actor(firm), terms_hash=amendment.terms_hash, request_key=key(), **more
    )


def refusal_of(act) -> str:
    with pytest.raises(Refusal) as refused:
        act()
    return refused.value.code


def sound() -> bool:
    return not [*terms(), *stock(), *tenders()]


@pytest.mark.spec("H25")
def test_p31_a_new_version_is_in_force_when_the_other_side_confirms_and_the_original_stays():
    order, buyer, seller, listing = credit_trade()
    allow_credit(buyer, 20_000_000)
    before = order.terms_hash
    made = proposes(order, buyer, change(order, quantity=15, note="分两批到货"))
    order.refresh_from_db()
    listing.stock.refresh_from_db()
    assert (order.version, order.terms_hash, listing.stock.reserved) == (1, before, 10)  # nothing changes yet

    confirms(made, seller)

    order.refresh_from_db()
    listing.stock.refresh_from_db()
    assert (order.version, order.terms_hash, order.note) == (2, made.terms_hash, "分两批到货")
    assert (order.lines.get().quantity, order.tenders.get().amount_minor, listing.stock.reserved) == (15, 15 * PRICE, 15)
    assert held(buyer.pk, CREDIT).minor == 15 * PRICE and balance(buyer.pk, CREDIT).minor == -15 * PRICE
    assert OrderLine.every.filter(order=order).count() == 2
    rows = bargaining.versions_of(order_with_versions(member_actor(buyer), order.no), buyer.pk)
    assert [(row["version"], row["view"].get[0].quantity, row["hash"]) for row in rows] == [(2, 15, order.terms_hash), (1, 10, before)]
    assert rows[0]["view"].get[0].was_quantity.startswith("10") and not rows[1]["view"].changes
    assert sound()
    shipped(order, seller)
    accepted(order, buyer)
    assert balance(seller.pk, CREDIT).minor == 15 * PRICE
    assert sound()


@pytest.mark.spec("H25")
def test_the_proposing_side_cannot_confirm_and_a_stranger_finds_nothing():
    order, buyer, seller, _listing = credit_trade()
    made = proposes(order, seller, change(order, payer="them", note="托盘包装"))
    with pytest.raises(Denied):
        confirms(made, seller)
    with pytest.raises(NotFound):
        confirms(made, verified_enterprise())
    with pytest.raises(Refusal) as refused:
        confirm_amendment(order.no, made.pk, actor=member_actor(buyer), terms_hash="0" * 64, request_key=key())
    assert refused.value.code == "terms_changed"


@pytest.mark.spec("H25")
def test_a_lower_price_gives_credit_back_and_a_declined_change_changes_nothing():
    order, buyer, seller, _listing = credit_trade()
    end = end_amendment(
        order.no, proposes(order, buyer, change(order, price=500_000)).pk, actor=member_actor(seller), answer="不行", request_key=key()
    )
    assert end.state == "declined" and Order.objects.get(pk=order.pk).version == 1
    confirms(proposes(order, buyer, change(order, price=530_000)), seller)
    assert held(buyer.pk, CREDIT).minor == 5_300_000
    assert sound()


@pytest.mark.spec("H25")
def test_goods_that_left_stay_as_agreed_but_words_and_money_may_still_change():
    order, buyer, seller, _listing = credit_trade()
    waiting = proposes(order, buyer, change(order, quantity=12))
    shipped(order, seller)
    with pytest.raises(Refusal) as refused:
        confirms(waiting, seller)
    assert refused.value.code == "amendment_refused"
    end_amendment(order.no, waiting.pk, actor=member_actor(buyer), answer="", request_key=key())
    order.refresh_from_db()
    confirms(proposes(order, seller, change(order, credit=5_000_000, payer="them", reason="两件外包装破损，降价")), buyer)
    assert held(buyer.pk, CREDIT).minor == 5_000_000
    assert sound()


@pytest.mark.spec("H25")
def test_an_open_refund_a_complaint_and_an_ended_order_block():
    order, buyer, seller, _listing = credit_trade()
    made = proposes(order, buyer, change(order, quantity=9))
    words = "到货十吨中有一卷受潮，照片已经发给对方，请处理。" * 2
    open_complaint(order.no, actor=member_actor(buyer), complaint_class="quality", statement=words, request_key=key())
    assert refusal_of(lambda: confirms(made, seller)) == "amendment_refused"
    other, buyer, seller, _listing = credit_trade()
    made = proposes(other, buyer, change(other, quantity=9))
    request_refund(other.no, actor=member_actor(buyer), reason="换货", request_key=key())
    assert refusal_of(lambda: confirms(made, seller)) == "amendment_refused"


@pytest.mark.spec("H25")
def test_cash_that_is_asked_for_is_asked_anew_and_cash_that_is_held_stays():
    buyer, seller = verified_enterprise(), verified_enterprise()
    listing = live_listing(seller)
    order = confirmed(proposed_order(buyer, seller, get=[(listing, 10)], cash=5_480_000))
    first = order.tenders.get().escrow
    wanted = change(order, quantity=12, credit=0, cash=Money(12 * PRICE, "CNY"))
    confirms(proposes(order, buyer, wanted), seller)
    first.refresh_from_db()
    tender = order.tenders.get()
    assert (first.state, tender.state, tender.escrow.amount_minor) == ("cancelled", "awaiting_funds", 12 * PRICE)
    assert sound()
    cancel_unpaid(order.pk, reason="not paid in time")
    listing.stock.refresh_from_db()
    assert listing.stock.reserved == 0 and sound()


@pytest.mark.spec("H25")
def test_a_change_that_nobody_answers_lapses_with_its_clock():
    order, buyer, seller, _listing = credit_trade()
    made = proposes(order, buyer, change(order, quantity=9))
    with telling(now() + timedelta(hours=73)):
        sweep_deadlines()
        deliver_due()
    made.refresh_from_db()
    assert made.state == "lapsed"
    with pytest.raises(IllegalMove):
        confirms(made, seller)


@pytest.mark.spec("H25")
def test_nothing_changed_bad_numbers_and_an_empty_side_are_refused_with_a_sentence():
    order, buyer, _seller, _listing = credit_trade()
    line = order.lines.get()
    wrong = {
        "nothing_changed": change(order), "proposal_refused": change(order, lines=(NewLine(line.pk, line.listing_id, -1, PRICE),)),
        "reason_missing": change(order, quantity=9, reason=" "), "top_up_refused": change(order, credit=99_000_000),
        "price_far_off": change(order, price=200_000),
    }  # fmt: skip
    for code, wanted in wrong.items():
        assert refusal_of(lambda: proposes(order, buyer, wanted)) == code  # noqa: B023


@pytest.mark.spec("H25")
def test_the_database_keeps_versions_in_order():
    order, buyer, seller, _listing = credit_trade()
    confirms(proposes(order, buyer, change(order, quantity=9)), seller)
    wrong = [
        lambda: Order.objects.filter(pk=order.pk).update(version=9),
        lambda: Order.objects.filter(pk=order.pk).update(note="x"),
        lambda: Order.objects.filter(pk=order.pk).update(terms_hash="0" * 64),
        lambda: OrderLine.every.filter(order=order).exclude(ended_version=None).update(ended_version=None),
        lambda: OrderLine.every.filter(order=order).update(quantity=1),
        lambda: OrderLine.every.filter(order=order).delete(),
    ]
    for act in wrong:
        with pytest.raises(DatabaseError), transaction.atomic():
            act()
