"""The filter of the operation log names only what stands in that log: it is no way to look up rows of others (P11)."""

import re

import pytest
from django.test import Client

from accounts.services import set_boxes
from tests.worlds import credit_trade, key, main_account, member_actor, person, registered_enterprise, sub_account, verified_enterprise

pytestmark = pytest.mark.django_db


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def _bare(page: str) -> str:
    """A page without what changes with each request."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)


@pytest.mark.spec("H17")
def test_p11_the_log_names_no_row_that_its_own_entries_do_not_speak_of():
    order, _buyer, _seller, listing = credit_trade()
    waiting = registered_enterprise(person(name="旁人乙"), name="尚未公开的纸业有限公司")
    stranger = verified_enterprise()
    foreign = sub_account(verified_enterprise(), "trade")
    type(foreign).objects.filter(pk=foreign.pk).update(display_name="旁人甲")
    client = signed_in(main_account(stranger))

    told = {
        f"accounts.user:{foreign.pk}": "旁人甲",
        f"accounts.membership:{foreign.memberships.get().pk}": "旁人甲",
        f"accounts.enterprise:{waiting.pk}": waiting.name,
        f"orders.order:{order.pk}": order.no,
        f"catalog.listing:{listing.pk}": listing.no,
    }
    for about, word in told.items():
        page = client.get("/shop/team/log/", {"about": about})
        assert page.status_code == 200 and word not in page.content.decode(), about
        kind, _colon, number = about.partition(":")
        nobody = client.get("/shop/team/log/", {"about": f"{kind}:987654"}).content.decode()
        shown = page.content.decode().replace(f"{kind}:{number}", f"{kind}:987654").replace(f"{kind}%3A{number}", f"{kind}%3A987654")
        assert _bare(shown) == _bare(nobody), about  # one answer for what is others' and what is not there


@pytest.mark.spec("H17")
def test_the_log_still_names_what_its_entries_speak_of():
    order, buyer, _seller, _listing = credit_trade()
    user = sub_account(buyer, "trade")
    type(user).objects.filter(pk=user.pk).update(display_name="本家小李")
    client = signed_in(main_account(buyer))
    place = user.memberships.get()
    set_boxes(place.pk, boxes=["trade", "ship"], actor=member_actor(buyer), request_key=key())

    assert order.no in client.get("/shop/team/log/", {"about": f"orders.order:{order.pk}"}).content.decode()
    assert "本家小李" in client.get("/shop/team/log/", {"about": f"accounts.membership:{place.pk}"}).content.decode()
