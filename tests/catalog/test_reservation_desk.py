"""Customer service keeps goods for a buyer and gives reservations up, from a desk, with reasons that both sides read (H59)."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from catalog.models import BuyerReservation, Stock
from catalog.services import release_reservation, reserve_for_buyer
from kernel.clock import now
from kernel.models import Fact
from kernel.services import deliver_due
from messaging.models import Notice
from tests.catalog.refusing import refused
from tests.journeys.browsing import done, hidden, office_of, signed_in
from tests.worlds import key, live_listing, main_account, member_actor, staff_actor, staff_user, verified_enterprise

pytestmark = [pytest.mark.django_db, pytest.mark.spec("H59")]
ADD = "catalog.add_buyerreservation"


def in_group(name: str):
    user = staff_user()
    user.groups.add(Group.objects.get(name=name))
    return signed_in(user)


def kept(seller, buyer, n=20, **how):
    listing = live_listing(seller, stock=100)
    how = {"actor": member_actor(seller), "note": "年度客户", **how}
    return reserve_for_buyer(listing.no, buyer=buyer.handle, quantity=n, until=now() + timedelta(days=3), request_key=key(), **how)


def test_customer_service_keeps_goods_for_a_buyer_and_both_sides_are_told():
    seller, buyer = verified_enterprise(), verified_enterprise()
    listing, desk = live_listing(seller, stock=100), in_group("customer service")
    assert reverse("admin:catalog_buyerreservation_add") in desk.get(reverse("admin:catalog_buyerreservation_changelist"), follow=True).text
    url = reverse("admin:catalog_buyerreservation_add")
    typed = {"act": "keep", "no": listing.no.lower(), "buyer": buyer.name, "quantity": "20", "note": "VIP 客户排产",
             "until": f"{now() + timedelta(days=5):%Y-%m-%d}"}  # fmt: skip

    for field, wrong in (("no", "G00000000000"), ("quantity", "101"), ("buyer", "无此公司"), ("note", "")):
        page = desk.post(url, {**typed, field: wrong, "request_key": key()})
        assert page.status_code == 422 and list(page.context["acts"][0]["form"].errors) == [field]
    send = {**typed, "request_key": hidden(desk.get(url), "request_key")}
    assert done(desk.post(url, send)) == done(desk.post(url, send))

    row = BuyerReservation.objects.get()
    assert (row.state, row.asked_by, row.quantity) == ("held", "staff", 20)
    assert Stock.objects.get(pk=listing.pk).free == 80
    deliver_due()
    assert {n.recipient_id for n in Notice.objects.all()} == {main_account(seller).pk, main_account(buyer).pk}
    shown = desk.get(reverse("admin:catalog_buyerreservation_change", args=[row.pk])).text
    assert "VIP 客户排产" in shown and "Goods reserved for a buyer" in shown  # the log at the foot


def test_giving_up_needs_a_reason_that_both_sides_read():
    seller, buyer = verified_enterprise(), verified_enterprise()
    row, desk = kept(seller, buyer), in_group("account manager")
    url = reverse("admin:catalog_buyerreservation_change", args=[row.pk])
    assert desk.post(url, {"act": "release", "request_key": key(), "reason": " "}).status_code == 422
    done(desk.post(url, {"act": "release", "request_key": hidden(desk.get(url), "request_key"), "reason": "买方电话取消"}))

    row.refresh_from_db()
    assert (row.state, row.end_reason, Stock.objects.get(pk=row.listing_id).reserved) == ("released", "买方电话取消", 0)
    assert "买方电话取消" in office_of(buyer).get(reverse("catalog:own_reservations")).text
    assert "买方电话取消" in office_of(seller).get(reverse("catalog:reservations")).text
    assert "release" not in [act["name"] for act in desk.get(url).context["acts"]]
    assert Fact.objects.get(name="catalog.reservation_ended").actor_kind == "staff"


def test_what_has_ended_meanwhile_is_said_on_the_page_that_offers_nothing_more():
    row, desk = kept(verified_enterprise(), verified_enterprise()), in_group("customer service")
    url = reverse("admin:catalog_buyerreservation_change", args=[row.pk])
    stale = {"act": "release", "reason": "取消"}
    done(desk.post(url, {**stale, "request_key": key()}))
    late = desk.post(url, {**stale, "request_key": key()})
    assert late.status_code == 409 and "Nothing was done" in late.text and not late.context["acts"]


def test_a_reservation_by_staff_without_a_reason_is_refused_in_the_service_too():
    seller, buyer, staff = verified_enterprise(), verified_enterprise(), staff_actor(ADD)
    with refused("reason_missing"):
        kept(seller, buyer, actor=staff, note="")
    row = kept(seller, buyer)
    with refused("reason_missing"):
        release_reservation(row.no, actor=staff, request_key=key())


def test_others_may_look_or_not_even_that():
    row = kept(verified_enterprise(), verified_enterprise())
    list_url, url = reverse("admin:catalog_buyerreservation_changelist"), reverse("admin:catalog_buyerreservation_change", args=[row.pk])
    auditor = in_group("auditor")
    assert auditor.get(list_url, follow=True).status_code == auditor.get(url).status_code == 200
    assert not auditor.get(url).context["acts"]
    assert auditor.get(reverse("admin:catalog_buyerreservation_add")).status_code == 403
    assert auditor.post(url, {"act": "release", "request_key": key(), "reason": "x"}).status_code == 403
    finance = in_group("finance")
    assert [finance.get(page, follow=True).status_code for page in (list_url, url)] == [403, 403]
    row.refresh_from_db()
    assert row.state == "held"
