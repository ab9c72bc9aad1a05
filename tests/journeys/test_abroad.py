"""Paper for pumps across a border, over HTTP: yuan against dollars, dollars on top less bank charges, booked by two people (M41, H55)."""

import re

import pytest
from django.urls import reverse

from credit_guarantee.bank import designated_account
from credit_guarantee.models import CustodianInstruction, StatementEntry
from kernel.services import deliver_due, read_document
from orders.models import Order
from orders.services.trade_papers import paper_html
from tests.credit_guarantee.bank import clean
from tests.orders.abroad import rates_in_force
from tests.worlds import staff_user, verified_enterprise

from .browsing import approves_listing, ask, done, hidden, lists_goods, office_of, proposes, signed_in
from .test_bank_transfer import allocates, approves, clerk, entry_page, imports, order_page
from .test_first_trade import REVIEWER, delivers

pytestmark = pytest.mark.django_db
TERMS = {
    "get_incoterm": "CIF", "get_incoterm_place": "Port of Hamburg", "give_incoterm": "FOB", "give_incoterm_place": "Port of Hamburg",
}  # fmt: skip


def world():
    """(pump maker in Germany, its client, mill in China, its client, paper in yuan, pumps in dollars), both on sale."""
    maker = verified_enterprise("Nordwind Pumpen GmbH", name_en="Nordwind Pumpen GmbH", country="DE", registration_no="HRB1", province="")
    mill = verified_enterprise("青岚纸业有限公司", name_en="Qinglan Paper")
    making, milling, desk = office_of(maker), office_of(mill), signed_in(staff_user(*REVIEWER))
    paper = lists_goods(milling)
    pumps = lists_goods(making, title_zh="离心泵", title_en="Centrifugal pump", price="1200", currency="USD", place="Hamburg")
    for goods in (paper, pumps):
        approves_listing(desk, goods)
    return maker, making, mill, milling, paper, pumps


def statement(reference_words: str, came: str, closing: str, payer: str) -> bytes:
    number = designated_account("USD").number
    return (
        f":20:STMT261120\r\n:25:EXAMCNBJ/{number}\r\n:28C:00231/001\r\n:60F:C261119USD0,00\r\n"
        f":61:2611201120C{came}NTRFNONREF//A0E1120XYZ\r\n:86:/ORDP/{payer}/REMI/{reference_words}\r\n:62F:C261120USD{closing}\r\n"
    ).encode()


@pytest.mark.spec("M41", "H55", "H27")
def test_paper_in_yuan_for_pumps_and_cash_in_dollars_with_charges_booked_by_two():
    rates_in_force()
    maker, making, mill, milling, paper, pumps = world()

    # The proposal: the balance is struck at the rate, the rest filled in as cash in dollars, never more than it needs.
    url = reverse("orders:new") + f"?goods={paper.no}"
    typed = {
        "request_key": hidden(making.get(url), "request_key"), "get_1": paper.pk, "get_1_quantity": 20, "give_1": pumps.pk,
        "give_1_quantity": 5, "cash_currency": "USD", "note": "", **TERMS,
    }  # fmt: skip
    filled = making.post(url, {**typed, "step": "fill_cash"})
    assert filled.status_code == 200 and filled.context["form"].data["cash"] == "9431.62"
    page = re.sub(r"\s+", " ", filled.content.decode())
    assert "Weighed at 7.1023 CNY/USD, PBoC" in page and "rounded half to even" in page
    no = proposes(making, paper, **{k: v for k, v in typed.items() if k not in ("request_key", "get_1")}, payer="me", cash="9431.62")

    page = re.sub(r"<[^>]+>", "", order_page(milling, no))
    assert all(w in page for w in ("7.1023 CNY/USD", "FOB Port of Hamburg", "CIF Port of Hamburg", "US$6,000", "¥109,600", "US$9,431.62"))
    ask(milling, "confirmation", no)
    order = Order.objects.get(no=no)
    escrow = order.tenders.get().escrow
    assert str(escrow.amount) == "9,431.62 USD" and "(OUR)" in order_page(making, no)

    # The bank cut the reference off and took US$25: it waits for two people, who put the rest down to bank charges.
    finance, colleague = clerk(), clerk()
    imports(finance, statement("PAYMENT FOR PAPER", "9406,62", "9406,62", maker.name_en), "USD", "mt940.sta")
    deliver_due()
    entry = StatementEntry.objects.get()
    assert (entry.state, Order.objects.get(no=no).state) == ("waiting", "confirmed")
    allocates(finance, entry, escrow.remittance_reference, "9406.62", charges_0="on")
    assert "You proposed this yourself" in entry_page(finance, entry)[1].content.decode()
    assert Order.objects.get(no=no).state == "confirmed"
    approves(colleague, entry)
    assert Order.objects.get(no=no).state == "funded"
    page = order_page(making, no)
    assert "Banks on the way took US$25.00 of the transfer; the platform bears it." in page and "Held in full" in page
    clean()

    # Both sides deliver and accept; the whole sum goes to the mill, in dollars.
    delivers(making, milling, no)
    delivers(milling, making, no)
    deliver_due()
    order = Order.objects.get(no=no)
    payout = CustodianInstruction.objects.get(kind="pay_out")
    assert (order.state, str(payout.amount), payout.escrow.payee_id) == ("completed", "9,431.62 USD", mill.pk)
    assert order.papers.get().document_id and read_document(order.papers.get().document).startswith(b"%PDF")
    clean()

    # Lists and downloads: the trade is listed by what it weighs; papers print each currency as it is.
    sheet = making.get(reverse("orders:export") + "?tab=all").content.decode("utf-8-sig")
    assert "109600.00,CNY" in sheet and "15431.62 USD" in sheet and "7.1023 CNY/USD" in sheet
    key = hidden(making.get(reverse("orders:detail", args=[no])), "request_key")
    done(making.post(reverse("orders:paper_new", args=[no]), {"request_key": key, "kind": "proforma", "about": maker.pk}))
    html = paper_html(order.trade_papers.get())
    assert all(words in html for words in ("US$6,000.00", "7.1023 CNY/USD", "FOB Port of Hamburg", "Incoterms 2020"))


@pytest.mark.spec("M41")
def test_without_a_rate_the_proposal_page_names_the_pair_and_keeps_what_was_typed():
    _maker, making, _mill, _milling, paper, pumps = world()
    url = reverse("orders:new") + f"?goods={paper.no}"
    typed = {
        "request_key": hidden(making.get(url), "request_key"), "get_1": paper.pk, "get_1_quantity": 20, "give_1": pumps.pk,
        "give_1_quantity": 5, "note": "as agreed", **TERMS,
    }  # fmt: skip

    refused = making.post(url, {**typed, "step": "check"})

    page = refused.content.decode()
    assert refused.status_code == 422 and "No exchange rate between USD and CNY" in page
    assert "as agreed" in page and "Port of Hamburg" in page


@pytest.mark.spec("M41")
def test_a_rate_that_changes_while_the_terms_are_checked_shows_the_new_one_before_anything_is_sent():
    rates_in_force()
    _maker, making, _mill, _milling, paper, pumps = world()
    url = reverse("orders:new") + f"?goods={paper.no}"
    typed = {
        "request_key": hidden(making.get(url), "request_key"), "get_1": paper.pk, "get_1_quantity": 20, "give_1": pumps.pk,
        "give_1_quantity": 5, "note": "", **TERMS,
    }  # fmt: skip
    check = making.post(url, {**typed, "step": "check"})
    rates_in_force(("USD", 1, "7.2000"), days_ago=0, source="BOC")

    again = making.post(url, {**dict(check.context["hidden"]), "step": "send"})

    page = again.content.decode()
    assert again.status_code == 422 and "The exchange rate has changed" in page and "7.2000 CNY/USD, BOC" in page
    assert not Order.objects.exists()
    done(making.post(url, {**dict(again.context["hidden"]), "step": "send"}))
    assert Order.objects.get().rates[0][1] == "7.2000000000"
