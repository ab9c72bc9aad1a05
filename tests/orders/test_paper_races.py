"""P4, P31: two requests for one amount, two desks with one number, two acceptances; each race has a canary that the harness must catch."""

import time

import pytest
from django.db import transaction

from kernel.refusals import Refusal
from orders.models import ContractAcceptance, InvoiceRequest, Order, TaxInvoice
from orders.queries.invoicing import rooms_of
from orders.services import accept_contract
from tests.races import race
from tests.worlds import credit_trade, key, member_actor, staff_actor

from .papers import TAX_DESK, asked_invoice, delivered_contract, fapiao_no, page, registered

pytestmark = pytest.mark.django_db(transaction=True)


def test_p4_eight_requests_for_the_same_goods_make_one():
    order, buyer, _seller, _listing = credit_trade()
    actor = member_actor(buyer)

    results = race([lambda: asked_invoice(order, buyer, actor=actor) for _ in range(6)])

    assert sum(isinstance(r, InvoiceRequest) for r in results) == 1, results
    assert {r.code for r in results if isinstance(r, Refusal)} == {"beyond_paid"}
    assert InvoiceRequest.objects.get().gross_minor == 5_480_000


def test_the_race_of_requests_catches_a_check_without_a_lock():
    order, buyer, _seller, _listing = credit_trade()
    line = order.lines.get()
    from orders.models import InvoiceLine

    template = asked_invoice(order, buyer)
    InvoiceLine.objects.filter(request=template).update(rate=9)

    def unlocked():
        with transaction.atomic():
            free = rooms_of(Order.objects.get(pk=order.pk), buyer.pk, but=template.pk)[0].units
            time.sleep(0.05)
            if not free:
                raise Refusal("beyond_paid")
            again = InvoiceRequest.objects.get(pk=template.pk)
            again.pk, again.no = None, f"X{time.monotonic_ns() % 10**12}"
            again.save(force_insert=True)
            return InvoiceLine.objects.create(
                request=again, order_line=line, title_zh="x", unit="t", quantity=10, rate=13, gross_minor=5_480_000, net_minor=4_849_558,
                tax_minor=630_442, currency="CNY",
            )  # fmt: skip

    results = race([unlocked for _ in range(4)])

    assert sum(not isinstance(r, Exception) for r in results) > 1  # the harness sees what the lock prevents


def test_two_desks_register_one_number_once():
    number = fapiao_no()
    requests = []
    for _ in range(2):
        order, buyer, _seller, _listing = credit_trade()
        requests.append(asked_invoice(order, buyer))
    desks = [staff_actor(*TAX_DESK), staff_actor(*TAX_DESK)]
    bodies = [page(), page()]

    results = race([lambda n=n: registered(requests[n], desks[n], number=number, body=bodies[n]) for n in range(2)])

    assert sum(isinstance(r, TaxInvoice) for r in results) == 1, results
    assert [r.code for r in results if isinstance(r, Refusal)] == ["number_taken"]
    assert sorted(InvoiceRequest.objects.values_list("state", flat=True)) == ["issued", "requested"]


def test_p31_both_sides_accept_at_once_and_each_only_once():
    order, buyer, seller, _listing = credit_trade()
    request, version, _desk = delivered_contract(order, buyer)
    actors = [member_actor(buyer), member_actor(seller)] * 3

    results = race([
        lambda actor=actor: accept_contract(request.no, actor=actor, number=1, sha256=version.sha256, request_key=key()) for actor in actors
    ])  # fmt: skip

    assert sum(isinstance(r, ContractAcceptance) for r in results) == 2, results
    assert {r.code for r in results if isinstance(r, Refusal)} == {"already_accepted"}
