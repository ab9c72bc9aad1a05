"""Sub-accounts: made, limited, logged, ended; the operation log is the enterprise's own."""

import re

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client
from guardian.shortcuts import assign_perm

from accounts.models import Membership, User
from accounts.services import set_boxes
from kernel.models import Fact
from orders.services import decline_order
from tests.worlds import (
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

pytestmark = pytest.mark.django_db
PASSWORD = "correct-horse-7"


def as_user(user):
    client = Client()
    client.force_login(user)
    reauthenticate(client)
    return client


def made(client, **changes):
    values = {
        "request_key": "sub-key-0001",
        "display_name": "仓库李娜",
        "username": "lina",
        "password": "long enough 9",
        "boxes": ["manage_stock"],
    }
    return client.post("/shop/team/new/", values | changes)


@pytest.mark.spec("H15")
def test_the_main_account_makes_a_sub_account_that_logs_in_without_an_address():
    firm = verified_enterprise()
    assert made(as_user(main_account(firm))).status_code == 302

    client = Client()
    response = client.post("/accounts/login/", {"login": f"{firm.handle}/lina", "password": "long enough 9"})

    assert response.status_code == 302 and response["Location"] == "/me/"
    assert client.get("/shop/stock/").status_code == 200
    assert client.get("/shop/goods/new/").status_code == 403
    assert mail.outbox == []


@pytest.mark.spec("H15")
@pytest.mark.parametrize(
    "changes", [{"username": "No Spaces"}, {"username": "a/b"}, {"password": "short"}, {"boxes": []}, {"boxes": ["superuser"]}]
)
def test_a_bad_sub_account_is_refused_with_a_sentence(changes):
    firm = verified_enterprise()

    response = made(as_user(main_account(firm)), **changes)

    assert response.status_code == 422
    assert Membership.objects.filter(enterprise=firm).count() == 1


@pytest.mark.spec("H15")
def test_a_sub_account_makes_none_unless_allowed_and_never_gives_more_than_it_has():
    firm = verified_enterprise()
    clerk, lead = sub_account(firm, "trade"), sub_account(firm, "team", "trade")

    refused = made(as_user(clerk))
    beyond = made(as_user(lead), boxes=["finance"])
    allowed = made(as_user(lead), boxes=["trade"], username="wang", request_key="sub-key-0002")

    assert (refused.status_code, beyond.status_code, allowed.status_code) == (403, 422, 302)
    assert sorted(Membership.objects.filter(enterprise=firm, is_main=False).values_list("user__display_name", flat=True)) == [
        "Sub",
        "Sub",
        "仓库李娜",
    ]


def test_permissions_bite_at_the_next_request_and_an_ended_account_is_out():
    firm = verified_enterprise()
    clerk = sub_account(firm, "manage_stock")
    place = Membership.objects.get(user=clerk)
    owner, theirs = as_user(main_account(firm)), as_user(clerk)
    assert theirs.get("/shop/stock/").status_code == 200

    owner.post(f"/shop/team/{place.pk}/boxes/", {"boxes": ["messages"], "request_key": key()})
    after_change = theirs.get("/shop/stock/").status_code
    owner.post(f"/shop/team/{place.pk}/end/", {"request_key": key()})
    after_end = theirs.get("/shop/stock/").status_code

    assert (after_change, after_end) == (403, 302)
    assert not User.objects.get(pk=clerk.pk).is_active


@pytest.mark.spec("H15", "B16")
def test_a_sub_account_that_lost_its_phone_gets_in_again_by_a_new_password_without_the_second_factor():
    firm = verified_enterprise()
    clerk = sub_account(firm, "trade")
    place = Membership.objects.get(user=clerk)
    Authenticator.objects.create(user=clerk, type="totp", data={"secret": "x"})
    owner = as_user(main_account(firm))

    owner.post(f"/shop/team/{place.pk}/password/", {"password": "another-horse-8", "request_key": key()})
    assert Authenticator.objects.filter(user=clerk).exists()  # only when it was asked for
    owner.post(f"/shop/team/{place.pk}/password/", {"password": "another-horse-9", "drop_factors": "on", "request_key": key()})

    assert not Authenticator.objects.filter(user=clerk).exists()
    told = Fact.objects.get(name="accounts.second_factor_changed", subject_id=str(clerk.pk))
    assert told.links.filter(chain=firm.chain).exists() and told.actor_user_id == main_account(firm).pk


def test_the_team_of_another_enterprise_does_not_exist():
    firm, other = verified_enterprise(), verified_enterprise()
    place = Membership.objects.get(user=sub_account(firm, "trade"))
    stranger = as_user(main_account(other))

    answers = [
        stranger.get(f"/shop/team/{place.pk}/").status_code,
        stranger.post(f"/shop/team/{place.pk}/boxes/", {"boxes": ["finance"], "request_key": key()}).status_code,
        stranger.post(f"/shop/team/{place.pk}/password/", {"password": "taken over 1", "request_key": key()}).status_code,
        stranger.post(f"/shop/team/{place.pk}/end/", {"request_key": key()}).status_code,
    ]

    assert answers == [404, 404, 404, 404]
    assert Membership.objects.get(pk=place.pk).ended_at is None


@pytest.mark.spec("H17")
def test_the_main_account_sees_what_a_sub_account_did_and_nobody_else_does():
    firm, other = verified_enterprise(), verified_enterprise()
    clerk = sub_account(firm, "manage_products")
    client = Client()
    client.post("/accounts/login/", {"login": clerk.username, "password": PASSWORD})
    from catalog.services import create_listing

    listing = create_listing(listing_terms(), actor=member_actor(firm, clerk), category="PAP", request_key=key())

    log = as_user(main_account(firm)).get("/shop/team/log/").content.decode()
    foreign = as_user(main_account(other)).get("/shop/team/log/").content.decode()

    assert listing.no in log and "Sub" in log and "登录" in log
    assert listing.no not in foreign and "Sub" not in foreign


@pytest.mark.spec("H17")
def test_the_log_filters_by_person_and_pages_on():
    firm = verified_enterprise()
    for _ in range(20):
        live_listing(firm)
    owner = as_user(main_account(firm))

    page = owner.get("/shop/team/log/")
    older = owner.get("/shop/team/log/?before=3")
    nobody = owner.get("/shop/team/log/?who=999999999")
    hostile = owner.get("/shop/team/log/?before=١&who=x&since=9999-99-99")

    assert "before=" in page.content.decode()
    assert older.content.decode().count("#2<") + older.content.decode().count("#1<") == 2
    assert (nobody.status_code, hostile.status_code) == (200, 200)


def test_a_person_acts_for_one_enterprise_at_a_time_and_only_for_own_ones():
    owner = main_account(verified_enterprise())
    second, foreign = verified_enterprise(owner=owner), verified_enterprise()
    client = as_user(owner)

    refused = client.post("/me/enterprise/", {"enterprise": foreign.pk})
    client.post("/me/enterprise/", {"enterprise": second.pk, "next": "//evil.example/"})

    assert refused.status_code == 404
    assert second.name in client.get("/me/company/").content.decode()
    assert Fact.objects.filter(name="accounts.enterprise_switched").count() == 1


@pytest.mark.spec("H09")
def test_a_forgotten_password_is_reset_by_mail_once_and_old_sessions_end():
    import re

    owner = main_account(verified_enterprise())
    old = as_user(owner)
    Client().post("/accounts/password/reset/", {"email": owner.email})
    link = re.search(r"http://[^/]+(/accounts/password/reset/key/\S+)", mail.outbox[0].body).group(1)

    client = Client()
    form = client.get(link, follow=True)
    client.post(form.redirect_chain[-1][0], {"password1": "brand new 2026", "password2": "brand new 2026"})

    owner.refresh_from_db()
    assert owner.check_password("brand new 2026")
    assert old.get("/me/company/").status_code == 302
    again = Client().get(link, follow=True)
    assert "password1" not in again.content.decode()


@pytest.mark.spec("H08")
def test_a_wrong_log_in_says_the_same_for_known_and_unknown_and_hints_at_caps_lock():
    owner = main_account(verified_enterprise())

    def answer(login):
        page = Client(REMOTE_ADDR=f"10.0.0.{len(login) % 200}").post("/accounts/login/", {"login": login, "password": "wrong-pass-1"})
        return page.status_code, page.content.decode().replace(login, "LOGIN")

    known, unknown = answer(owner.email), answer("a" * (len(owner.email) - 12) + "@example.com")

    import re

    def strip(text):
        return re.sub(r'(csrfmiddlewaretoken" value="[^"]+|LOGIN|[\w@.]+@example.com)', "", text)

    assert known[0] == unknown[0] == 200
    assert strip(known[1]) == strip(unknown[1])
    assert "data-capslock" in known[1]


def test_somebody_who_acts_for_another_firm_is_not_named_in_the_first_ones_log():
    ours, theirs = verified_enterprise(), verified_enterprise()
    shared = main_account(ours)
    shared.display_name = "双面人王五"
    shared.save(update_fields=["display_name"])
    order = proposed_order(ours, theirs, get=[(live_listing(theirs), 10)])
    Membership.objects.create(user=shared, enterprise=theirs, created_at=theirs.created_at)
    assign_perm("accounts.trade", shared, theirs)
    decline_order(order.no, actor=member_actor(theirs, shared), reason="", request_key=key())

    log = as_user(shared).get("/shop/team/log/?what=orders.proposal_ended").content.decode()
    rows = log[log.index("<tbody>") :]

    assert order.no in rows and "双面人王五" not in rows


@pytest.mark.spec("H17")
def test_the_log_names_what_acts_are_about_and_the_sums_in_both_languages():
    from kernel.models import ChainLink
    from tests.worlds import credit_trade

    order, _buyer, seller, _listing = credit_trade()
    place = sub_account(seller, "trade").memberships.get()
    owner = member_actor(seller)
    set_boxes(place.pk, boxes=["ship"], actor=owner, request_key=key())
    client = Client()
    client.force_login(main_account(seller))
    for language, held, changed in (("zh-hans", "款项已冻结", "权限"), ("en", "Funds were held", "permissions")):
        client.cookies["django_language"] = language
        rows = client.get("/shop/team/log/").context["rows"]

        assert len(rows) == ChainLink.objects.filter(chain=seller.chain).count()
        assert not [row["subject"] for row in rows if re.fullmatch(r".* [0-9]+", row["subject"])]  # no number of a row
        (money,) = [row for row in rows if row["what"] == held]
        assert (money["subject"], money["amount"].replace("\xa0", " ").split()[-1]) == (order.no, "54,800.00")
        assert next((row["subject"], row["changes"][0]["field"]) for row in rows if row["changes"]) == ("Sub", changed)


def test_a_message_on_an_order_is_told_once_in_the_log_of_each_party():
    from kernel.models import ChainLink
    from orders.services import write_message
    from tests.worlds import credit_trade

    order, buyer, seller, _listing = credit_trade()
    newest = {firm: ChainLink.objects.filter(chain=firm.chain).count() for firm in (buyer, seller)}

    write_message(order.no, actor=member_actor(buyer), body="何时发货？", uploads=[], request_key=key())

    for firm, before in newest.items():
        told = ChainLink.objects.filter(chain=firm.chain, seq__gt=before).values_list("fact__name", flat=True)
        assert list(told) == ["orders.message_written"]


def test_the_log_costs_no_more_queries_for_a_full_page(django_assert_max_num_queries):
    from tests.worlds import credit_trade

    _order, _buyer, seller, _listing = credit_trade()
    client = Client()
    client.force_login(main_account(seller))
    client.get("/shop/team/log/")

    with django_assert_max_num_queries(15):
        client.get("/shop/team/log/")
