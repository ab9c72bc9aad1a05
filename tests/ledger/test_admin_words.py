"""The books and the custodian's desk speak the reader's language: companies by name, orders by number, no word of the machine (P25)."""

import html
import re

import pytest
from django.contrib.auth.models import Group

from credit_guarantee.models import CustodianInstruction, Escrow
from credit_guarantee.services import confirm_collection
from kernel.services import deliver_due
from ledger.models import Account, Entry, Hold
from tests.worlds import allow_credit, confirmed, key, live_listing, proposed_order, staff_actor, staff_user, verified_enterprise

# What stands for itself in either language: codes of currencies, units, files and the names that the fixtures gave.
CODES = re.compile(r"^(XEH|CNY|US|VIP|B\d+|V\d+|IN|OUT|BANK|SF\d*|mailto|en|English|zh|t|g|mm|staff|person|test)$")


@pytest.fixture
def books(db, client):
    buyer, seller = verified_enterprise(), verified_enterprise()
    listing = live_listing(seller)
    allow_credit(buyer, 5_480_000)
    order = confirmed(proposed_order(buyer, seller, get=[(listing, 10)], credit=1_000_000, cash=4_480_000))
    confirm_collection(
        Escrow.objects.get().pk, actor=staff_actor("credit_guarantee.confirm_custodian"), custodian_reference="IN-1", request_key=key()
    )
    deliver_due()
    user = staff_user()
    user.groups.add(Group.objects.get(name="finance"))
    client.force_login(user)
    return client, order, buyer, seller


def english(page: str) -> list[str]:
    """The Latin words that a reader of the page's main part sees."""
    body = page.partition('id="content"')[2].partition(">")[2].partition("<footer")[0]
    body = re.sub(r"<(script|style|svg|code|head)\b.*?</\1>", " ", body, flags=re.S)
    words = re.findall(r"[A-Za-z_.]{2,}", html.unescape(re.sub(r"<[^>]+>", " ", body)))
    return [word for word in words if not CODES.match(word.strip("."))]


MODELS = {
    "ledger/account": Account, "ledger/entry": Entry, "ledger/hold": Hold, "credit_guarantee/escrow": Escrow,
    "credit_guarantee/custodianinstruction": CustodianInstruction,
}  # fmt: skip


def test_p25_lists_and_pages_have_no_english_leftovers_in_chinese(books):
    client, found = books[0], {}
    for path, model in MODELS.items():
        listed = client.get(f"/admin/{path}/?all=1" if "instruction" not in path else f"/admin/{path}/?state__exact=confirmed", follow=True)
        found[f"/admin/{path}/"] = english(listed.content.decode())
        for row in model.objects.all():
            url = f"/admin/{path}/{row.pk}/change/"
            found[url] = [word for word in english(client.get(url).content.decode()) if word not in (getattr(row, "key", "") or "")]

    assert {url: words for url, words in found.items() if words} == {}


def test_money_is_named_and_found_by_the_number_of_its_order(books):
    for path in ("ledger/entry", "ledger/hold", "credit_guarantee/escrow"):
        _named_and_found(*books[:3], path)


def _named_and_found(client, order, buyer, path: str) -> None:
    everything = client.get(f"/admin/{path}/").content.decode()
    found = client.get(f"/admin/{path}/?q={order.no}").content.decode()
    nothing = client.get(f"/admin/{path}/?q=B20991231-00001").content.decode()

    assert order.no in everything and order.no in found
    assert f"orders.order {order.pk}" not in everything
    assert order.no not in nothing.partition('id="content"')[2].replace(f'value="{order.no}"', "")
    if path != "ledger/entry":
        assert buyer.name in found


def test_accounts_are_named_and_found_by_their_company(books):
    client, _order, buyer, seller = books

    found = client.get("/admin/ledger/account/", {"q": buyer.name}).content.decode()
    shown = found.partition('id="result_list"')[2]

    assert buyer.name in shown and seller.name not in shown
    assert f"enterprise:{buyer.pk}" not in shown


def test_lists_of_the_books_ask_as_many_questions_for_many_rows_as_for_one(books, django_assert_max_num_queries):
    client = books[0]

    for path in MODELS:
        with django_assert_max_num_queries(15):
            client.get(f"/admin/{path}/?state__exact=confirmed" if "instruction" in path else f"/admin/{path}/")
