"""The operation log: filtered, traced from an object, taken along, checked, and with what was refused in it."""

import csv
import io

import pytest
from django.apps import apps
from django.test import Client

from accounts.queries import log_subjects, operation_log
from catalog.services import move_stock
from kernel.models import ChainLink, Fact
from orders.services import request_refund
from tests import worlds
from tests.worlds import credit_trade, key, live_listing, main_account, member_actor, proposed_order, sub_account, verified_enterprise

pytestmark = pytest.mark.django_db


def signed_in(user, language: str = "en") -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    worlds.reauthenticate(client)
    client.cookies["django_language"] = language
    return client


def rows(client, **asked) -> list[dict]:
    return client.get("/shop/team/log/", asked).context["rows"]


@pytest.mark.spec("H18")
def test_from_an_order_the_log_shows_everything_about_it_and_about_its_money_and_nothing_else():
    order, buyer, seller, _listing = credit_trade()
    other = worlds.confirmed(proposed_order(buyer, seller, get=[(live_listing(seller), 10)], cash=100))
    client = signed_in(main_account(seller))

    found = rows(client, about=order.no)

    assert {row["subject"] for row in found} == {order.no}
    names = {row["fact"].name for row in found}
    assert {"orders.order_proposed", "orders.order_confirmed", "ledger.funds_held", "orders.order_funded"} <= names
    assert f'href="/shop/team/log/?about={order.no}"' in client.get(f"/me/orders/{order.no}/").content.decode()
    assert {row["subject"] for row in rows(client, about=other.no)} == {other.no}
    assert rows(client, about="B20200101-00001") == []
    assert rows(signed_in(main_account(verified_enterprise())), about=order.no) == []


@pytest.mark.spec("H18")
def test_listing_stock_and_company_lead_to_their_own_traces():
    firm = verified_enterprise()
    listing, other = live_listing(firm), live_listing(firm)
    move_stock(listing.no, actor=member_actor(firm), kind="in", quantity=5, reason="r", request_key=key())
    client = signed_in(main_account(firm))

    for page in (f"/shop/goods/{listing.no}/edit/", f"/shop/stock/{listing.no}/"):
        assert f"/shop/team/log/?about={listing.no}" in client.get(page).content.decode()
    assert f"?about=accounts.enterprise%3A{firm.pk}" in client.get("/me/company/").content.decode()
    assert {row["subject"] for row in rows(client, about=listing.no)} == {listing.no}
    assert "catalog.stock_moved" in {row["fact"].name for row in rows(client, about=listing.no)}
    company = rows(client, about=f"accounts.enterprise:{firm.pk}")
    assert {row["fact"].subject_type for row in company} <= {"accounts.enterprise"}
    assert other.no not in str(company)


@pytest.mark.spec("H18")
def test_each_entry_that_can_be_undone_leads_to_the_form_that_undoes_it_filled_in():
    buyer, seller = verified_enterprise(), verified_enterprise()
    goods = live_listing(seller)
    worlds.allow_credit(buyer, 20_000_000)
    clerk = sub_account(buyer, "trade")
    proposal = proposed_order(buyer, seller, get=[(goods, 10)], credit=5_480_000)
    booked = move_stock(goods.no, actor=member_actor(seller), kind="in", quantity=7, reason="r", request_key=key())
    place = clerk.memberships.get()
    from accounts.services import set_boxes

    set_boxes(place.pk, boxes=["ship", "trade"], actor=member_actor(buyer), request_key=key())
    trade = worlds.confirmed(proposed_order(buyer, seller, get=[(goods, 10)], credit=5_480_000))
    ours, theirs = signed_in(main_account(buyer)), signed_in(main_account(seller))

    undo = {(row["fact"].name, row["subject"]): row["undo"] for row in rows(ours)}
    undo_theirs = {(row["fact"].name, row["subject"]): row["undo"] for row in rows(theirs)}

    seq = ChainLink.objects.get(chain=buyer.chain, fact__name="accounts.boxes_changed").seq
    assert undo["orders.order_proposed", proposal.no].startswith(f"/me/orders/{proposal.no}/withdrawal/?entry=")
    assert undo["orders.order_proposed", trade.no].startswith(f"/me/orders/{trade.no}/refunds/new/?entry=")
    assert undo["orders.order_confirmed", trade.no] == ""  # theirs, not ours
    assert undo_theirs["orders.order_confirmed", trade.no].startswith(f"/me/orders/{trade.no}/refunds/new/?entry=")
    assert undo["accounts.boxes_changed", "Sub"] == f"/shop/team/{place.pk}/?entry={seq}#boxes"
    assert undo_theirs["ledger.funds_held", trade.no] == ""
    stock = undo_theirs["catalog.stock_moved", goods.no]

    form = theirs.get(stock.partition("#")[0]).context["form"]
    assert (form["kind"].value(), form["quantity"].value()) == ("out", "7") and str(booked.quantity) == "7"
    assert ours.get(f"/shop/team/{place.pk}/?entry={seq}").context["boxes"]["boxes"].value() == ["trade"]
    refund = ours.get(undo["orders.order_proposed", trade.no])
    named = ChainLink.objects.get(chain=buyer.chain, fact__name="orders.order_proposed", fact__payload__no=trade.no).seq
    assert refund.context["form"]["reason"].value() == f"Reversal of entry #{named} of our operation log: Trade proposed."
    assert ours.get(f"/me/orders/{proposal.no}/withdrawal/").status_code == 200

    request_refund(trade.no, actor=member_actor(buyer), reason="r", request_key=key())
    after = {(row["fact"].name, row["subject"]): row["undo"] for row in rows(ours)}
    assert after["orders.order_confirmed", trade.no] == "" and after["orders.order_proposed", trade.no] == ""
    assert "/withdrawal/" in after["orders.refund_requested", trade.no]


@pytest.mark.spec("H17")
def test_a_sub_accounts_refused_attempt_stands_in_the_log_of_its_company_and_in_no_other(settings):
    settings.REFUSED_ACTS_AN_HOUR = 60
    firm, other = verified_enterprise(), verified_enterprise()
    clerk = sub_account(firm, "ship")
    client, owner = signed_in(clerk), signed_in(main_account(firm))
    boxes = list(clerk.enterpriseuserobjectpermission_set.values_list("permission__codename", flat=True))

    answer = client.get("/shop/team/")
    posted = client.post("/shop/team/new/", {"request_key": key()})

    assert (answer.status_code, posted.status_code) == (403, 403)
    refused = rows(owner, outcome="refused")
    assert [(row["who"], row["what"], row["fact"].payload["method"]) for row in refused] == [
        ("Sub", "Attempt refused", "POST"),
        ("Sub", "Attempt refused", "GET"),
    ]
    assert refused[1]["detail"] == "Tried to manage sub-accounts without the permission “team and sub-accounts”"
    assert not [row for row in rows(owner, outcome="done") if row["refused"]]
    assert rows(signed_in(main_account(other)), outcome="refused") == []
    assert list(clerk.enterpriseuserobjectpermission_set.values_list("permission__codename", flat=True)) == boxes


def test_refused_attempts_of_one_person_are_kept_up_to_the_limit_of_an_hour(settings):
    settings.REFUSED_ACTS_AN_HOUR = 3
    firm = verified_enterprise()
    client, second = signed_in(sub_account(firm, "ship")), signed_in(sub_account(firm, "ship"))

    for _ in range(5):
        client.get("/shop/team/")
    second.get("/shop/team/")

    kept = list(Fact.objects.filter(name="accounts.act_refused").values_list("actor_user_id", flat=True))
    assert len(kept) == 4 and len(set(kept)) == 2


def test_a_form_without_its_token_and_a_page_that_is_missing_are_no_attempts(settings):
    settings.REFUSED_ACTS_AN_HOUR = 60
    clerk = sub_account(verified_enterprise(), "ship")
    bare = Client(enforce_csrf_checks=True)
    bare.force_login(clerk, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert bare.post("/shop/team/new/").status_code == 403
    assert bare.get("/me/orders/B20200101-00001/").status_code in (403, 404)

    assert not Fact.objects.filter(name="accounts.act_refused", payload__method="POST").exists()


@pytest.mark.spec("H17")
def test_the_log_is_filtered_by_kind_of_act_room_and_time():
    order, _buyer, seller, _listing = credit_trade()
    client = signed_in(main_account(seller))

    names = {row["fact"].name for row in rows(client, what="orders.")}
    one = {row["fact"].name for row in rows(client, what="orders.order_confirmed")}

    assert names == {n for n in names if n.startswith("orders.")} and len(names) >= 3
    assert one == {"orders.order_confirmed"}
    assert rows(client, since="2020-01-01", until="2020-01-02") == []
    assert rows(client, since="2020-01-01", about=order.no) != []


@pytest.mark.spec("H17")
def test_the_log_is_downloaded_with_the_filters_neutral_cells_and_zoned_times_and_that_is_logged():
    firm = verified_enterprise()
    listing = live_listing(firm)
    clerk = sub_account(firm, "trade")
    type(clerk).objects.filter(pk=clerk.pk).update(display_name="=HYPERLINK(1)")
    from catalog.services import post_want

    post_want(actor=member_actor(firm, clerk), category="PAP", title="纸", quantity=5, unit="t", can_give="", request_key=key())
    client = signed_in(main_account(firm))

    answer = client.get("/shop/team/log/file/", {"who": clerk.pk})
    whole = client.get("/shop/team/log/file/")

    table = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    every = list(csv.reader(io.StringIO(b"".join(whole.streaming_content).decode("utf-8-sig"))))
    assert table[0][:5] == ["Entry", "Time (Beijing)", "Who", "What", "About"]
    assert [(row[2], row[3]) for row in table[1:]] == [("'=HYPERLINK(1)", "Request posted")]
    assert table[1][1].endswith("+08:00")
    assert listing.no in str(every) and len(every) - 1 == ChainLink.objects.filter(chain=firm.chain).count()
    taken = Fact.objects.filter(name="accounts.list_exported").order_by("pk")
    assert [fact.payload["asked"] for fact in taken] == [{"who": str(clerk.pk)}, {}]
    assert {fact.actor_user_id for fact in taken} == {main_account(firm).pk}


def test_a_download_of_the_log_asks_for_the_password_again_and_needs_the_permission():
    firm = verified_enterprise()
    owner = Client()
    owner.force_login(main_account(firm), backend="allauth.account.auth_backends.AuthenticationBackend")

    assert owner.get("/shop/team/log/file/")["Location"].startswith("/accounts/reauthenticate/")
    assert signed_in(sub_account(firm, "trade")).get("/shop/team/log/file/").status_code == 403
    assert signed_in(main_account(firm)).get("/shop/team/log/file/?since=x").status_code == 422
    assert not Fact.objects.filter(name="accounts.list_exported").exists()


def test_hostile_filters_are_answered():
    client = signed_in(main_account(verified_enterprise()))
    for about in ("'", "a" * 60, "orders.order:99999999999999999999", "accounts.enterprise:0", "../../x", "%", "orders.order:１"):
        assert client.get("/shop/team/log/", {"about": about, "outcome": "x", "what": "orders"}).status_code == 200


def test_a_batch_of_the_download_costs_as_much_as_a_page(django_assert_max_num_queries):
    _order, _buyer, seller, _listing = credit_trade()
    actor = member_actor(seller)

    with django_assert_max_num_queries(1):
        assert len(operation_log(actor, most=1000)) > 5


def test_naming_what_a_page_is_about_costs_three_queries_whatever_kinds_of_rows_it_names(django_assert_max_num_queries):
    order, _buyer, _seller, listing = credit_trade()
    labels = sorted(model._meta.label_lower for model in apps.get_models() if model._meta.pk.name == "id")
    facts = [Fact(pk=place, name="x", subject_type=label, subject_id="7", payload={}) for place, label in enumerate(labels, 10)]
    facts += [Fact(pk=1, name="x", subject_type="orders.order", subject_id=str(order.pk), payload={})]
    facts += [Fact(pk=2, name="x", subject_type="catalog.listing", subject_id=str(listing.pk), payload={})]
    facts += [Fact(pk=3, name="x", subject_type="ledger.hold", subject_id=str(order.tenders.get().hold_id), payload={})]

    with django_assert_max_num_queries(3):
        named = log_subjects(facts)

    assert (named[1], named[2], named[3]) == (order.no, listing.no, order.no)
    assert len(named) == len(facts) > 40
    assert all(named.values())
