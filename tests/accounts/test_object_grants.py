"""Sub-accounts that see only what is granted: lists, counts, searches, details, exports, files, notices and acts obey (H16)."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import Membership
from accounts.services import end_sub_account, set_sight
from catalog.models import ListingUserObjectPermission
from catalog.queries import listing_counts, own_listings, own_stock
from catalog.services import create_listing, grant_listing, move_stock, withdraw_listing
from disputes.queries import complaints_of
from disputes.services import open_complaint
from kernel.models import ChainLink
from kernel.refusals import Denied, NotFound
from kernel.services import deliver_due
from messaging.models import Notice
from orders.models import Order, OrderUserObjectPermission
from orders.queries import Filters, order_for, orders_export, orders_of, orders_page, todo_count
from orders.services import grant_order, write_message
from tests.security.scene import PDF
from tests.worlds import (
    allow_credit,
    confirmed,
    key,
    listing_terms,
    live_listing,
    main_account,
    member_actor,
    proposed_order,
    reauthenticate,
    sub_account,
    verified_enterprise,
)

pytestmark = [pytest.mark.django_db, pytest.mark.spec("H16")]


def as_user(user):
    client = Client()
    client.force_login(user)
    reauthenticate(client)
    return client


def narrowed(firm, *boxes, listings=False, orders=False):
    """A sub-account that sees only granted listings or orders, and its membership."""
    user = sub_account(firm, *boxes)
    place = Membership.objects.get(user=user)
    set_sight(
        place.pk, only_granted_listings=listings, only_granted_orders=orders, actor=member_actor(firm), request_key=key()
    )  # fmt: skip
    return user, place


def two_orders():
    """Two proposals of one buyer to one seller."""
    buyer, seller = verified_enterprise(), verified_enterprise()
    listing = live_listing(seller)
    allow_credit(buyer, 20_000_000)
    orders = [proposed_order(buyer, seller, get=[(listing, 10)], credit=5_480_000) for _ in range(2)]
    return buyer, seller, orders


def test_a_narrowed_sub_account_sees_no_order_until_one_is_granted_and_then_only_that_one():
    _buyer, seller, (first, second) = two_orders()
    clerk, place = narrowed(seller, "trade", orders=True)
    actor = member_actor(seller, clerk)

    before = (list(orders_of(actor)), todo_count(actor))
    grant_order(first.no, people=[place.pk], actor=member_actor(seller), request_key=key())
    actor = member_actor(seller, clerk)

    assert before == ([], 0)
    assert [row.no for row in orders_page(actor).rows] == [first.no]
    assert [row.no for row in orders_page(actor, tab="mine").rows] == [first.no]
    assert [row.no for row in orders_page(actor, filters=Filters(text=second.no)).rows] == []
    assert [row.no for row in orders_export(actor)] == [first.no]
    assert todo_count(actor) == 1 and todo_count(member_actor(seller)) == 2
    assert order_for(actor, first.no).pk == first.pk
    with pytest.raises(NotFound):
        order_for(actor, second.no)


def test_over_http_pages_files_and_acts_of_other_orders_do_not_exist():
    _buyer, seller, (first, second) = two_orders()
    clerk, place = narrowed(seller, "trade", "messages", orders=True)
    upload = SimpleUploadedFile("a.pdf", PDF, "application/pdf")
    message = write_message(second.no, actor=member_actor(seller), body="x", uploads=[upload], request_key=key())
    token = message.attachments.get().document.token
    grant_order(first.no, people=[place.pk], actor=member_actor(seller), request_key=key())
    client = as_user(clerk)

    page = client.get("/me/orders/?tab=all").content.decode()
    overview = client.get("/me/").content.decode()
    export = client.get("/me/orders/export/").content.decode()
    answers = [
        client.get(f"/me/orders/{second.no}/").status_code,
        client.get(f"/me/orders/{second.no}/log/").status_code,
        client.post(f"/me/orders/{second.no}/decline/", {"reason": "x", "request_key": key()}).status_code,
        client.post(f"/me/orders/{second.no}/messages/", {"body": "x", "request_key": key()}).status_code,
        client.get(reverse("messaging:attachment", args=[token])).status_code,
    ]

    assert client.get(f"/me/orders/{first.no}/").status_code == 200
    for text in (page, overview, export):
        assert first.no in text and second.no not in text
    assert answers == [404] * 5
    assert Order.objects.get(pk=second.pk).state == "proposed"


def test_what_a_narrowed_sub_account_proposes_itself_is_granted_to_it_at_once():
    buyer, seller = verified_enterprise(), verified_enterprise()
    clerk, place = narrowed(buyer, "trade", orders=True)
    listing = live_listing(seller)
    from kernel.money import CREDIT, Money
    from orders.rules import LineTerms, TopUp
    from orders.services import propose_order

    order = propose_order(
        seller.pk, actor=member_actor(buyer, clerk), lines=[LineTerms(listing.pk, 10, listing.price_minor)],
        top_up=TopUp("me", Money(0, CREDIT), Money(100, "CNY")), note="", request_key=key(),
    )  # fmt: skip

    assert [row.no for row in orders_of(member_actor(buyer, clerk))] == [order.no]
    assert OrderUserObjectPermission.objects.get().membership_id == place.pk


def test_notices_about_an_order_reach_only_those_who_see_it():
    _buyer, seller, (order, _second) = two_orders()
    deliver_due()
    blind, _ = narrowed(seller, "trade", orders=True)
    seeing, place = narrowed(seller, "trade", orders=True)
    grant_order(order.no, people=[place.pk], actor=member_actor(seller), request_key=key())

    confirmed(order)
    deliver_due()

    told = set(Notice.objects.filter(params__no=order.no).values_list("recipient_id", flat=True))
    assert blind.pk not in told
    write_message(order.no, actor=member_actor(order.proposer), body="何时发货？", uploads=[], request_key=key())
    deliver_due()
    told = set(Notice.objects.filter(params__no=order.no).values_list("recipient_id", flat=True))
    assert seeing.pk in told and blind.pk not in told


def test_complaints_follow_their_order():
    buyer, seller, (first, second) = two_orders()
    clerk, place = narrowed(seller, "disputes", orders=True)
    words = "到货十吨中有一卷受潮，外包装破损，照片已经发给对方，请处理。" * 2
    for order in (first, second):
        confirmed(order)
        open_complaint(order.no, actor=member_actor(buyer), complaint_class="quality", statement=words, request_key=key())
    grant_order(first.no, people=[place.pk], actor=member_actor(seller), request_key=key())

    assert [row.order_id for row in complaints_of(member_actor(seller, clerk))] == [first.pk]
    assert complaints_of(member_actor(seller)).count() == 2


def test_a_narrowed_sub_account_sees_counts_changes_and_offers_only_granted_listings():
    firm = verified_enterprise()
    given, kept = live_listing(firm), live_listing(firm)
    clerk, place = narrowed(firm, "manage_products", "manage_stock", listings=True)
    grant_listing(given.no, people=[place.pk], actor=member_actor(firm), request_key=key())
    actor = member_actor(firm, clerk)

    assert [row.no for row in own_listings(actor).rows] == [given.no]
    assert [row.no for row in own_stock(actor).rows] == [given.no]
    assert listing_counts(actor) == {"live": 1} and listing_counts(member_actor(firm)) == {"live": 2}
    with pytest.raises(NotFound):
        withdraw_listing(kept.no, actor=actor, request_key=key())
    with pytest.raises(NotFound):
        move_stock(kept.no, actor=actor, kind="in", quantity=1, reason="x", request_key=key())
    drafted = create_listing(listing_terms(), actor=actor, category="PAP", request_key=key())
    assert {row.no for row in own_listings(actor).rows} == {given.no, drafted.no}


def test_goods_that_somebody_does_not_see_cannot_be_given_away_by_them():
    buyer, seller = verified_enterprise(), verified_enterprise()
    clerk, _place = narrowed(buyer, "trade", listings=True)
    theirs, ours = live_listing(seller), live_listing(buyer)
    from orders.rules import LineTerms
    from orders.services import propose_order

    lines = [LineTerms(theirs.pk, 10, theirs.price_minor), LineTerms(ours.pk, 10, ours.price_minor)]
    with pytest.raises(NotFound) as refusal:
        propose_order(seller.pk, actor=member_actor(buyer, clerk), lines=lines, top_up=None, note="", request_key=key())

    assert refusal.value.code == "goods_gone" and not Order.objects.exists()


def test_grants_end_with_the_membership_and_do_not_come_back_with_a_new_one():
    _buyer, seller, (order, _second) = two_orders()
    clerk, place = narrowed(seller, "trade", orders=True)
    grant_order(order.no, people=[place.pk], actor=member_actor(seller), request_key=key())
    end_sub_account(place.pk, actor=member_actor(seller), request_key=key())
    clerk.is_active = True
    clerk.save()
    from guardian.shortcuts import assign_perm

    Membership.objects.create(user=clerk, enterprise=seller, created_at=place.created_at, only_granted_orders=True)
    assign_perm("accounts.trade", clerk, seller)

    assert list(orders_of(member_actor(seller, clerk))) == []


def test_a_grant_of_one_company_opens_nothing_for_the_other():
    buyer, seller, (order, _second) = two_orders()
    clerk, place = narrowed(seller, "trade", orders=True)
    Membership.objects.create(user=clerk, enterprise=buyer, created_at=place.created_at, only_granted_orders=True)
    from guardian.shortcuts import assign_perm

    assign_perm("accounts.trade", clerk, buyer)
    grant_order(order.no, people=[place.pk], actor=member_actor(seller), request_key=key())

    assert list(orders_of(member_actor(buyer, clerk))) == []
    with pytest.raises(NotFound):
        grant_order(order.no, people=[place.pk], actor=member_actor(buyer), request_key=key())


def test_granting_is_for_the_team_box_stands_in_the_own_log_only_and_is_done_over_http():
    buyer, seller, (order, _second) = two_orders()
    listing = order.lines.get().listing
    _clerk, place = narrowed(seller, "trade", listings=True, orders=True)
    trader = sub_account(seller, "trade")
    links = {firm: ChainLink.objects.filter(chain=firm.chain).count() for firm in (buyer, seller)}

    with pytest.raises(Denied):
        grant_order(order.no, people=[place.pk], actor=member_actor(seller, trader), request_key=key())
    owner = as_user(main_account(seller))
    assert str(place.user) in owner.get(f"/me/orders/{order.no}/people/").content.decode()
    owner.post(f"/me/orders/{order.no}/people/", {"people": [place.pk], "request_key": key()})
    owner.post(f"/shop/goods/{listing.no}/people/", {"people": [place.pk], "request_key": key()})
    taken_back = owner.post(f"/me/orders/{order.no}/people/", {"request_key": key()})

    assert taken_back.status_code == 302
    assert not OrderUserObjectPermission.objects.exists() and ListingUserObjectPermission.objects.get().membership_id == place.pk
    assert ChainLink.objects.filter(chain=buyer.chain).count() == links[buyer]
    assert ChainLink.objects.filter(chain=seller.chain).count() == links[seller] + 3
    assert as_user(trader).get(f"/me/orders/{order.no}/people/").status_code == 403


def test_the_operation_log_is_closed_to_those_who_see_only_some_orders():
    _buyer, seller, (_first, second) = two_orders()
    reader = sub_account(seller, "reports")
    blind, _place = narrowed(seller, "reports", orders=True)

    open_page, closed = as_user(reader).get("/shop/team/log/"), as_user(blind).get("/shop/team/log/")

    assert (open_page.status_code, closed.status_code) == (200, 403)
    assert second.no in open_page.content.decode() and second.no not in closed.content.decode()
