"""Where goods go: said by the receiver, confirmed by both, and no person in it that could not be erased (decision 17, r1-19)."""

import pytest
from django.test import Client
from django.urls import reverse

from kernel.models import Fact, PersonalValue
from orders import rules
from orders.audits import terms as audit_terms
from orders.models import Destination
from orders.services import confirm_order, propose_order
from orders.services.proposals import current_hash
from tests.worlds import key, live_listing, main_account, member_actor, verified_enterprise

pytestmark = pytest.mark.django_db
WAREHOUSE = rules.DeliveryTerms("佛山市顺德区仓库路 8 号", "李仓管", "13800000001")


def browser(enterprise) -> Client:
    client = Client()
    client.force_login(main_account(enterprise), backend="allauth.account.auth_backends.AuthenticationBackend")
    client.cookies["django_language"] = "en"
    return client


def barter(delivery=WAREHOUSE):
    buyer, seller = verified_enterprise(address="天河路 1 号"), verified_enterprise(address="中山路 2 号", phone="0757-22220000")
    ours, theirs = live_listing(buyer), live_listing(seller)
    lines = [rules.LineTerms(theirs.pk, 10, theirs.price_minor), rules.LineTerms(ours.pk, 10, ours.price_minor)]
    order = propose_order(
        seller.pk, actor=member_actor(buyer), lines=lines, top_up=None, note="", request_key=key(), delivery=delivery
    )  # fmt: skip
    return order, buyer, seller


def places(order) -> dict:
    rows = Destination.objects.filter(order=order).select_related("contact", "phone")
    return {row.receiver_id: (row.address, row.contact_words) for row in rows}


def test_each_side_says_where_its_goods_go_and_both_are_in_what_is_confirmed():
    order, buyer, seller = barter()
    proposed = order.terms_hash
    assert places(order) == {buyer.pk: ("佛山市顺德区仓库路 8 号", "李仓管 · 13800000001")}

    order = confirm_order(order.no, actor=member_actor(seller), terms_hash=proposed, request_key=key())

    assert places(order)[seller.pk] == ("中山路 2 号", "0757-22220000")  # said nothing: its registered address
    assert order.terms_hash == current_hash(order) != proposed
    assert Fact.objects.get(name="orders.order_confirmed").payload["terms_hash"] == order.terms_hash
    assert list(audit_terms()) == []


def test_another_destination_is_another_hash_and_another_request():
    order, _buyer, seller = barter()
    same, other = (barter(place)[0] for place in (WAREHOUSE, rules.DeliveryTerms("别处")))
    assert len({order.terms_hash, same.terms_hash, other.terms_hash}) == 3

    again = key()
    confirm_order(order.no, actor=member_actor(seller), terms_hash=order.terms_hash, request_key=again, delivery=WAREHOUSE)
    with pytest.raises(Exception) as refusal:
        confirm_order(order.no, actor=member_actor(seller), terms_hash=order.terms_hash, request_key=again)

    assert refusal.value.code == "key_reused"


def test_a_purchase_has_one_destination():
    buyer, seller = verified_enterprise(), verified_enterprise()
    listing = live_listing(seller)
    from tests.worlds import confirmed, proposed_order

    order = confirmed(proposed_order(buyer, seller, get=[(listing, 10)]))

    assert list(places(order)) == [buyer.pk]


def test_persons_are_erased_and_the_terms_still_hold():
    order, buyer, _seller = barter()
    kept = PersonalValue.objects.filter(subject=f"enterprise:{buyer.pk}")
    assert sorted(kept.values_list("kind", flat=True)) == ["name", "phone"]
    assert not Fact.objects.filter(payload__icontains="李仓管").exists()

    kept.update(value="", salt="")

    assert places(order) == {buyer.pk: ("佛山市顺德区仓库路 8 号", "")}
    assert current_hash(order) == order.terms_hash


def test_the_sender_reads_what_goes_where_on_the_order_and_when_it_ships():
    order, buyer, seller = barter()
    client = browser(seller)
    page = client.get(reverse("orders:confirmation", args=[order.no]))
    assert "仓库路 8 号" in page.content.decode() and page.context["form"]["to_address"].value() == "中山路 2 号"
    data = {"terms_hash": order.terms_hash, "request_key": key(), "to_address": "中山路 3 号", "to_contact": "陈二", "to_phone": "1390000"}
    assert client.post(page.request["PATH_INFO"], data).status_code == 302

    ship = client.get(reverse("orders:shipment", args=[order.no])).content.decode()
    assert "仓库路 8 号" in ship and "李仓管" in ship and "Offset paper" in ship and "10 t remain to be shipped" in ship
    for firm in (buyer, seller):
        shown = browser(firm).get(reverse("orders:detail", args=[order.no])).content.decode()
        assert "仓库路 8 号" in shown and "中山路 3 号" in shown and "陈二" in shown


def test_the_proposal_form_starts_with_the_registered_address_and_its_check_shows_it():
    buyer, seller = verified_enterprise(address="天河路 1 号"), verified_enterprise()
    wanted = live_listing(seller)
    client, url = browser(buyer), reverse("orders:new") + f"?goods={wanted.no}"
    assert client.get(url).context["form"]["to_address"].value() == "天河路 1 号"
    data = {"request_key": key(), "get_1": wanted.pk, "get_1_quantity": "10", "payer": "me", "credit": "100", "step": "check"}

    empty, typed = client.post(url, data), client.post(url, {**data, "to_address": "仓库路 8 号", "to_contact": "李仓管"})

    assert "天河路 1 号" in empty.content.decode() and "仓库路 8 号 · 李仓管" in typed.content.decode()
    assert dict(typed.context["hidden"])["to_contact"] == "李仓管"
