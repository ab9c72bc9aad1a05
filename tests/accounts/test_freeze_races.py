"""Freeze against settling, closing against new business: one wins, fifty times, and without the gate the test would notice (P15, P16)."""

from unittest import mock

import pytest
from django.core.cache import cache

from accounts import services
from accounts.models import Enterprise, FreezeCase
from accounts.services import gates
from kernel.clock import now
from kernel.models import ChainLink
from kernel.refusals import Denied
from orders.models import Order
from orders.services import accept_unanswered, ship_goods
from tests import worlds
from tests.races import race
from tests.worlds import key, member_actor, staff_actor, verified_enterprise

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 24
DESK = ("accounts.view_freezecase", "accounts.freeze_enterprise")


def positions(chain: str, *names: str) -> list[int | None]:
    links = {link.fact.name: link.seq for link in ChainLink.objects.filter(chain=chain).select_related("fact")}
    return [links.get(name) for name in names]


def broken_by_freeze(seller, act) -> bool:
    """Whether the act stands on the chain behind the freeze."""
    desk = staff_actor(*DESK)
    case = FreezeCase.objects.create(no=key()[:12], named=seller.name, reported_at=now())

    def freeze():
        return services.freeze_reported(case.pk, enterprise_id=seller.pk, reason="r", actor=desk, request_key=key())

    results = race([act, freeze])
    assert isinstance(results[1], FreezeCase), results[1]
    frozen_at, shipped, accepted = positions(
        seller.chain, "accounts.enterprise_frozen", "orders.consignment_shipped", "orders.consignment_accepted"
    )
    return any(at is not None and at > frozen_at for at in (shipped, accepted))


def orders_to_ship(n: int) -> list[tuple[Order, Enterprise]]:
    cache.clear()
    made = []
    for _n in range(n):
        order, _buyer, seller, _listing = worlds.credit_trade()
        made.append((order, seller))
    return made


@pytest.mark.spec("H14")
def test_p15_race_of_freeze_and_settling_never_settles_behind_the_freeze():
    broken, paid = 0, 0
    for n, (order, seller) in enumerate(orders_to_ship(ROUNDS)):
        if n % 2:
            actor = member_actor(seller)
            broken += broken_by_freeze(seller, lambda: ship_it(order, actor))  # noqa: B023
        else:
            worlds.shipped(order, seller)
            consignment = order.consignments.get()
            broken += broken_by_freeze(seller, lambda: accept_unanswered(consignment.pk))  # noqa: B023
        order.refresh_from_db()
        paid += order.state == "completed"

    assert broken == 0


def ship_it(order, actor):
    return ship_goods(order.no, actor=actor, carrier="sf", carrier_name="", waybill_no="SF1385628716739", request_key=key())


def test_canary_without_the_gate_an_act_slips_behind_the_freeze():
    (order, seller), *_ = orders_to_ship(1)
    actor, case = member_actor(seller), FreezeCase.objects.create(no="FZ-1", named="x", reported_at=now())
    services.freeze_reported(case.pk, enterprise_id=seller.pk, reason="r", actor=staff_actor(*DESK), request_key=key())

    with pytest.raises(Denied):
        ship_it(order, actor)
    with mock.patch.dict("kernel.registries.ACT_GATES", clear=True):
        ship_it(order, actor)  # what was read before the freeze would do


def broken_by_closing(firm, other, listing) -> bool:
    """Whether both won: the company closed with a proposal open."""
    owner, partner = member_actor(firm), member_actor(other)
    assert owner.is_main and partner.is_main

    def close():
        return services.close_enterprise(reason="", typed_name=firm.name, actor=owner, request_key=key())

    def propose():
        return worlds.proposed_order(other, firm, get=[(listing, 10)], cash=5_480_000)

    race([close, propose])
    open_orders = Order.objects.of_party(firm.pk).filter(state="proposed").exists()
    closed = Enterprise.objects.get(pk=firm.pk).state == "closed"
    assert open_orders or closed
    return open_orders and closed


@pytest.mark.spec("H22")
def test_p16_race_of_closing_and_a_new_order_has_one_winner():
    other, reviewer = verified_enterprise(), staff_actor("catalog.review_listing")
    broken = 0
    for _n in range(ROUNDS):
        firm = verified_enterprise()
        broken += broken_by_closing(firm, other, worlds.live_listing(firm, reviewer=reviewer))

    assert broken == 0


def test_canary_without_the_gate_closing_and_ordering_both_win():
    import threading

    other, firm = verified_enterprise(), verified_enterprise()
    listing = worlds.live_listing(firm)
    looked, ordered = threading.Event(), threading.Event()
    from accounts.queries.closing import closing_blockers

    def slow_look(enterprise_id):
        found = closing_blockers(enterprise_id)
        looked.set()
        ordered.wait(5)
        return found

    def close():
        return services.close_enterprise(reason="", typed_name=firm.name, actor=member_actor(firm), request_key=key())

    def propose():
        looked.wait(5)
        try:
            return worlds.proposed_order(other, firm, get=[(listing, 10)], cash=5_480_000)
        finally:
            ordered.set()

    with mock.patch("accounts.services.closing.closing_blockers", slow_look), mock.patch.object(gates, "_take"):
        race([close, propose])

    assert Order.objects.of_party(firm.pk).filter(state="proposed").exists()
    assert Enterprise.objects.get(pk=firm.pk).state == "closed"  # what the gate prevents
