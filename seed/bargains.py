"""Bargaining in the demo: requests out for quotation, a counter-offer, one that became an order, a countered proposal, changed terms."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from catalog.rules import unit_price
from kernel.clock import now
from kernel.money import CREDIT, Money
from kernel.refusals import Refusal
from orders.models import Negotiation, Order, Round
from orders.rules import LineTerms, TopUp
from orders.services import (
    Change,
    Needs,
    NewLine,
    Offer,
    OfferLine,
    accept_offer,
    confirm_order,
    counter_proposal,
    make_offer,
    propose_amendment,
    propose_order,
    send_rfq,
)

from .firms import Firm

NOTE = ("含税含运费，货到付清。", "可分两批发货，首批三天内。", "托盘包装，随货附检验单。")


def _sellers(firms: list[Firm], buyer: Firm, most: int = 3) -> list[tuple[Firm, object]]:
    """Firms with goods of one category, each with one of them, priced in yuan."""
    goods = [(firm, row) for firm in firms if firm is not buyer for row in firm.listings if row.currency == "CNY"]
    for _firm, first in goods:
        same = {}
        for firm, row in goods:
            if row.category_id == first.category_id and row.unit == first.unit:
                same.setdefault(firm.name, (firm, row))
        if len(same) >= most:
            return list(same.values())[:most]
    return []


def _offer(listing, quantity: int, price: int, *, payer: str, n: int, days: int) -> Offer:
    return Offer(
        lines=(OfferLine(listing.pk, quantity, price),), payer=payer, credit=Money(price * quantity, CREDIT), cash=Money(0, "CNY"),
        valid_until=now() + timedelta(days=days), lead_days=5 + n, note=NOTE[n % len(NOTE)],
    )  # fmt: skip


def _asked(n: int, buyer: Firm, sellers: list) -> tuple[dict[int, Negotiation], int]:
    first = sellers[0][1]
    quantity = max(int(-(-first.moq // 1)), 1)
    needs = Needs(
        title=first.title_zh or first.title_en, category=first.category.code, quantity=quantity, unit=first.unit, currency="CNY",
        answer_by=now() + timedelta(days=4), place=buyer.place, needed_by=(now() + timedelta(days=30)).date(), gives_credit=True,
        gives_goods=n % 2 == 0, words="按批次检验，外包装防潮。",
    )  # fmt: skip
    rfq = send_rfq(
        actor=buyer.actor, needs=needs, sellers={firm.enterprise.pk: row.pk for firm, row in sellers}, request_key=f"seed-rfq-{n}"
    )
    return {thread.seller_id: thread for thread in rfq.threads.all()}, quantity


def _price(row, quantity: int, percent: int) -> int:
    return max(unit_price(row, quantity).minor * percent // 100, 1)


def _quoted(n: int, seller: Firm, row, thread: Negotiation, quantity: int, percent: int) -> Round:
    offer = _offer(row, quantity, _price(row, quantity, percent), payer="them", n=n, days=9)
    return make_offer(thread.no, actor=seller.actor, offer=offer, seen_round=0, acknowledged=True, request_key=f"seed-quote-{thread.pk}")


def open_story(firms: list[Firm], buyer: Firm, n: int) -> Iterator[datetime]:
    """Three sellers asked: one is silent, one has quoted, one has been countered and may answer."""
    sellers = _sellers(firms, buyer)
    if not sellers:
        return
    threads, quantity = _asked(n, buyer, sellers)
    yield now() + timedelta(hours=3)
    try:
        for k, (seller, row) in enumerate(sellers[:2]):
            _quoted(k, seller, row, threads[seller.enterprise.pk], quantity, 100 - 3 * k)
        yield now() + timedelta(hours=4)
        seller, row = sellers[1]
        thread = threads[seller.enterprise.pk]
        counter = _offer(row, quantity, _price(row, quantity, 93), payer="me", n=2, days=6)
        make_offer(thread.no, actor=buyer.actor, offer=counter, seen_round=1, acknowledged=True, request_key=f"seed-counter-{n}")
    except Refusal:
        return


def chosen_story(firms: list[Firm], buyer: Firm, n: int) -> Iterator[datetime]:
    """Two quotations; the cheaper is accepted and confirmed, and a day later the seller proposes changed terms."""
    sellers = _sellers(firms, buyer, 2)
    if not sellers:
        return
    threads, quantity = _asked(n, buyer, sellers)
    yield now() + timedelta(hours=5)
    try:
        made = [
            _quoted(k, seller, row, threads[seller.enterprise.pk], quantity, 98 - 2 * k) for k, (seller, row) in enumerate(sellers)
        ]  # fmt: skip
        yield now() + timedelta(hours=9)
        best = made[-1]
        order = accept_offer(best.negotiation.no, actor=buyer.actor, number=1, terms_hash=best.terms_hash, request_key=f"seed-accept-{n}")
        confirm_order(order.no, actor=buyer.actor, terms_hash=order.terms_hash, acknowledged=True, request_key=f"seed-agreed-{n}")
        yield now() + timedelta(hours=20)
        _changes(Order.objects.get(pk=order.pk), sellers[-1][0], n)
    except Refusal:
        return


def _changes(order: Order, seller: Firm, n: int) -> None:
    line = order.lines.get()
    quantity = line.quantity + max(line.quantity // 10, 1)
    change = Change(
        lines=(NewLine(line.pk, line.listing_id, quantity, line.unit_price_minor),), payer="them",
        credit=Money(quantity * line.unit_price_minor, CREDIT), cash=Money(0, "CNY"), note=f"{order.note}\n整车发运，凑足一车。".strip(),
        reason="整车装运更省运费，建议数量凑足一车。",
    )  # fmt: skip
    propose_amendment(
        order.no, actor=seller.actor, change=change, seen_hash=order.terms_hash, acknowledged=True, request_key=f"seed-change-{n}"
    )


def countered_story(buyer: Firm, seller: Firm, n: int) -> Iterator[datetime]:
    """A barter proposal that the other side answers with a higher price."""
    wanted = next((row for row in seller.listings if row.currency == "CNY"), None)
    if wanted is None:
        return
    quantity = max(int(-(-wanted.moq // 1)), 1)
    price = unit_price(wanted, quantity).minor
    try:
        order = propose_order(
            seller.enterprise.pk, actor=buyer.actor, lines=[LineTerms(wanted.pk, quantity, price)],
            top_up=TopUp("me", Money(price * quantity, CREDIT), Money(0, "CNY")), note="", request_key=f"seed-countered-{n}",
        )  # fmt: skip
        yield now() + timedelta(hours=6)
        higher = _price(wanted, quantity, 104)
        offer = _offer(wanted, quantity, higher, payer="them", n=n, days=7)
        counter_proposal(
            order.no, actor=seller.actor, offer=offer, terms_hash=order.terms_hash, acknowledged=True, request_key=f"seed-answer-{n}"
        )
    except Refusal:
        return


def plan_bargains(firms: list[Firm], _rng: random.Random) -> list[tuple[Iterator[datetime], int]]:
    """The stories and how many hours before now each begins; the two firms of the tour are in most of them."""
    able = [firm for firm in firms if firm.listings]
    first, second = able[0], able[1]
    return [
        (open_story(able, first, 1), 30), (open_story(able, second, 2), 50), (chosen_story(able, first, 3), 60),
        (countered_story(second, first, 4), 26), (countered_story(first, second, 5), 20),
    ]  # fmt: skip
