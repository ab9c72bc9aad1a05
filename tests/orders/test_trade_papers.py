"""Papers that people ask for: frozen content, the same bytes again, two languages, a limit on lines, an inert annex (B18, P17)."""

import io
from datetime import date, timedelta

import pikepdf
import pytest
from django.utils.timezone import localdate

from accounts.models import Enterprise
from kernel.clock import now, telling
from kernel.money import CREDIT, Money
from kernel.pdf import render_pdf
from kernel.refusals import Denied, NotFound, Refusal
from kernel.services import read_document
from orders.models import TradePaper
from orders.paper_contents import MOST_LINES, credit_part, fingerprint, statement_content
from orders.queries.papers import statement_file, trade_paper_file
from orders.services import ask_paper, ask_statement, make_trade_paper
from orders.services.trade_papers import annex_csv, paper_html, shortened
from tests.worlds import accepted, credit_trade, key, member_actor, shipped, sub_account, verified_enterprise

pytestmark = pytest.mark.django_db


def text_of(body: bytes) -> str:
    """What stands in a PDF, page by page, as a reader copies it."""
    import subprocess

    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=body, capture_output=True, check=True)
    return done.stdout.decode()


@pytest.mark.spec("B18", thin=True)
def test_every_kind_is_made_once_small_bilingual_and_the_same_content_is_the_same_file():
    order, buyer, seller, _listing = credit_trade()
    consignment = shipped(order, seller)
    order.refresh_from_db()
    sizes = {}
    for kind, about in (("proforma", seller.pk), ("contract", 0), ("delivery", consignment.pk)):
        paper = ask_paper(order.no, actor=member_actor(buyer), kind=kind, about=about, request_key=key())
        assert (paper.state, paper.document) == ("requested", None)
        made = make_trade_paper(paper.pk)
        body = read_document(made.document)
        sizes[kind] = len(body)
        with pikepdf.open(io.BytesIO(body)) as pdf:
            assert len(pdf.pages) == 1
        again = ask_paper(order.no, actor=member_actor(seller), kind=kind, about=about, request_key=key())
        assert again.pk == paper.pk and make_trade_paper(paper.pk).document_id == made.document_id
    assert render_pdf(paper_html(TradePaper.objects.get(kind="contract"))) == read_document(
        TradePaper.objects.get(kind="contract").document
    )
    assert max(sizes.values()) <= 60_000, sizes
    html = paper_html(TradePaper.objects.get(kind="proforma"))
    for words in ("形式发票", "Pro-forma invoice", "不是税务发票", "人民币伍万肆仟捌佰元整", seller.name, seller.name_en, "data:image/svg"):
        assert words in html


@pytest.mark.spec("B18", thin=True)
def test_p17_a_rename_changes_no_paper_of_an_older_order():
    order, buyer, seller, _listing = credit_trade()
    old = seller.name
    Enterprise.objects.filter(pk=seller.pk).update(name="改名后的公司", name_en="Renamed")

    paper = ask_paper(order.no, actor=member_actor(buyer), kind="contract", request_key=key())

    html = paper_html(paper)
    assert old in html and "改名后的公司" not in html and "Renamed" not in html


@pytest.mark.spec("B18", thin=True)
def test_a_statement_counts_from_opening_to_closing_over_whole_days_that_are_over():
    order, buyer, seller, _listing = credit_trade()
    shipped(order, seller)
    accepted(order, buyer)
    today = localdate(now())
    with pytest.raises(Refusal) as early:
        ask_statement(actor=member_actor(buyer), starts_on=today, ends_on=today, request_key=key())
    with telling(now() + timedelta(days=1)):
        paper = ask_statement(actor=member_actor(buyer), starts_on=today, ends_on=today, request_key=key())
        same = ask_statement(actor=member_actor(buyer), starts_on=today, ends_on=today, request_key=key())
        for first, last in ((today, today - timedelta(days=1)), (today - timedelta(days=400), today)):
            with pytest.raises(Refusal):
                ask_statement(actor=member_actor(buyer), starts_on=first, ends_on=last, request_key=key())
    assert early.value.code == "period_wrong" and same.pk == paper.pk
    credit = paper.content["credit"]
    assert (credit["opening"], credit["closing"]) == ("0.00", "-54,800.00")
    assert [row["amount"] for row in credit["rows"]] == ["-54,800.00"]
    assert credit["rows"][0]["about"] == order.no
    make_trade_paper(paper.pk)
    assert statement_file(member_actor(buyer), paper.no, "pdf").content_type == "application/pdf"
    with pytest.raises(NotFound):
        statement_file(member_actor(seller), paper.no, "pdf")
    with pytest.raises(Denied):
        ask_statement(actor=member_actor(buyer, sub_account(buyer, "trade")), starts_on=today, ends_on=today, request_key=key())


def long_statement(n: int) -> dict:
    rows = [{"at": "2026-10-01 10:00", "no": f"E{i}", "zh": "放款", "en": "released", "about": "=1+1", "amount": "1.00", "after": "2.00"}
            for i in range(n)]  # fmt: skip
    zero = Money(0, CREDIT)
    holder = {"zh": "甲", "en": "A", "registration": "1"}
    return statement_content(
        holder=holder, starts_on=date(2026, 10, 1), ends_on=date(2026, 10, 31), credit=credit_part(zero, rows, zero), cash=[]
    )


@pytest.mark.spec("B18", thin=True)
def test_f12_no_document_lists_more_than_five_hundred_lines_and_the_annex_runs_nothing():
    content, left = shortened(long_statement(MOST_LINES + 20))
    assert (len(content["credit"]["rows"]), left) == (MOST_LINES, 20)
    assert shortened(long_statement(3))[1] == 0
    sheet = annex_csv(long_statement(MOST_LINES + 20)).decode("utf-8-sig")
    assert sheet.count("\n") == MOST_LINES + 21
    assert "'=1+1" in sheet and "1.00" in sheet  # P34: text stays text, figures stay figures


def test_p33_p35_what_people_typed_is_text_in_a_paper():
    order, buyer, _seller, _listing = credit_trade()
    paper = ask_paper(order.no, actor=member_actor(buyer), kind="contract", request_key=key())
    paper.content["note"] = '<img src="http://127.0.0.1:9/x"><script>alert(1)</script><link rel=attachment href="file:///etc/passwd">'

    html = paper_html(paper)

    assert "<script>" not in html and '<img src="http' not in html and "&lt;img src=" in html


def test_p11_papers_are_the_parties_own_and_a_box_opens_them():
    order, buyer, seller, _listing = credit_trade()
    paper = ask_paper(order.no, actor=member_actor(buyer, sub_account(buyer, "ship")), kind="contract", request_key=key())
    make_trade_paper(paper.pk)
    assert trade_paper_file(member_actor(seller), order.no, paper.no, "pdf") == TradePaper.objects.get(pk=paper.pk).document
    for who in (lambda: trade_paper_file(member_actor(verified_enterprise()), order.no, paper.no, "pdf"),
                lambda: trade_paper_file(member_actor(seller), order.no, paper.no, "annex")):  # fmt: skip
        with pytest.raises(NotFound):
            who()
    with pytest.raises(Denied):
        ask_paper(order.no, actor=member_actor(buyer, sub_account(buyer, "chat")), kind="contract", request_key=key())
    with pytest.raises(Refusal):
        ask_paper(order.no, actor=member_actor(buyer), kind="delivery", about=order.consignments.get().pk, request_key=key())


def test_the_fingerprint_changes_with_every_word():
    content = long_statement(1)
    assert fingerprint("statement", content) != fingerprint("statement", {**content, "to": "2026-10-30"})
    assert fingerprint("statement", content) != fingerprint("proforma", content)
