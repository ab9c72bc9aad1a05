"""Paying by corporate bank transfer, over HTTP: account and reference, a statement file, what does not fit, abroad (H27, H55, M41)."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from credit_guarantee.bank import designated_account, grouped
from credit_guarantee.models import CustodianInstruction, StatementEntry, StatementFile
from kernel.models import Job
from kernel.services import deliver_due
from messaging.models import Notice
from orders.models import Order
from tests.credit_guarantee.bank import DESK, MORNING, clean, line, sheet
from tests.worlds import main_account, png, staff_user, verified_enterprise

from .browsing import approves_listing, ask, done, hidden, lists_goods, office_of, proposes, signed_in
from .test_first_trade import REVIEWER, delivers

pytestmark = pytest.mark.django_db


def world(**goods):
    buyer, seller = verified_enterprise("远山包装制品有限公司"), verified_enterprise("青岚纸业有限公司")
    selling = office_of(seller)
    paper = lists_goods(selling, **goods)
    approves_listing(signed_in(staff_user(*REVIEWER)), paper)
    return buyer, seller, office_of(buyer), selling, paper


def clerk():
    return signed_in(staff_user(*DESK))


def imports(finance, body: bytes, currency: str = "CNY", name: str = "icbc.csv") -> StatementFile:
    """Hand a statement in at the desk and let the relay work its job."""
    url = reverse("admin:credit_guarantee_statementfile_import")
    file = SimpleUploadedFile(name, body, "text/csv")
    key = hidden(finance.get(url), "request_key")
    where = done(finance.post(url, {"request_key": key, "currency": currency, "file": file}))
    deliver_due()
    assert finance.get(where).status_code == 200
    return StatementFile.objects.latest("pk")


def entry_page(finance, entry: StatementEntry):
    url = reverse("admin:credit_guarantee_statemententry_change", args=[entry.pk])
    return url, finance.get(url)


def allocates(finance, entry: StatementEntry, reference: str, amount: str, **more) -> None:
    """Propose at the desk that an entry pays a payment."""
    url, page = entry_page(finance, entry)
    form = page.context["forms"]["allocate"]
    typed = {
        "act": "allocate", "request_key": form["request_key"].value(), "reference_0": reference, "amount_0": amount, "reason": "已核对回单",
    }  # fmt: skip
    done(finance.post(url, {**typed, **more}))


def approves(finance, entry: StatementEntry) -> None:
    url, page = entry_page(finance, entry)
    key = page.context["forms"]["approve"]["request_key"].value()
    done(finance.post(url, {"act": "approve", "request_key": key}))
    deliver_due()


def order_page(client, no: str) -> str:
    return re.sub(r"\s+", " ", client.get(reverse("orders:detail", args=[no])).content.decode())


@pytest.mark.spec("H27", "H55", "C14")
def test_a_purchase_by_bank_transfer_with_a_statement_file():
    buyer, seller, buying, selling, paper = world()
    finance, colleague = clerk(), clerk()
    no = proposes(buying, paper, get_1_quantity=2, payer="me", cash="10960", note="")
    ask(selling, "confirmation", no)
    order = Order.objects.get(no=no)
    reference = order.tenders.get().escrow.remittance_reference
    page, account = order_page(buying, no), designated_account("CNY")
    assert all(text in page for text in (reference, account.holder, account.bank, grouped(account.number), "data-copy"))
    assert reference not in order_page(selling, no)  # the payer's own to use

    # A part arrives first: nothing is paid, the buyer is told, and two people put it to the order.
    imports(finance, sheet(line("5000.00", f"货款{reference}", buyer.name), line("88.00", "往来款", "不相干公司")))
    deliver_due()
    part, stray = StatementEntry.objects.order_by("at")
    assert "A transfer of ¥5,000.00 that names this payment has arrived" in order_page(buying, no)
    assert Notice.objects.filter(recipient=main_account(buyer), msgid__contains="less than the").count() == 1
    queue = finance.get(reverse("admin:credit_guarantee_statemententry_changelist")).content.decode()
    assert part.no in queue and stray.no in queue
    allocates(finance, part, reference, "5000")
    url, own = entry_page(finance, part)
    assert "You proposed this yourself" in own.content.decode()
    assert finance.post(url, {"act": "approve", "request_key": "not-by-myself"}).status_code == 403
    approves(colleague, part)
    page = order_page(buying, no)
    assert "Received ¥5,000.00 of ¥10,960.00" in page and "¥5,960.00 is still due" in page
    assert Order.objects.get(no=no).state == "confirmed"

    # The rest comes with the next statement and goes on by itself; the goods can leave.
    rest = sheet(line("5960.00", f"尾款 {reference}", buyer.name), opening=508_800, start=MORNING + timedelta(days=1))
    file = imports(finance, rest)
    deliver_due()
    assert file.job.counts == {"matched": 1} or Job.objects.get(pk=file.job_id).counts == {"matched": 1}
    assert Order.objects.get(no=no).state == "funded"
    listed = finance.get(reverse("admin:credit_guarantee_statementfile_changelist")).content.decode()
    assert "The two agree." in listed
    clean()

    delivers(selling, buying, no)
    deliver_due()
    payout = CustodianInstruction.objects.get(kind="pay_out")
    imports(finance, sheet(
        line("10960.00", f"付款 {reference}", seller.name, account="", out=True), opening=1_104_800, start=MORNING + timedelta(days=2)
    ))  # fmt: skip
    payout.refresh_from_db()
    assert payout.state == "confirmed" and "Paid out to the receiving party." in order_page(buying, no)
    clean()


@pytest.mark.spec("H27")
def test_a_third_party_pays_with_a_signed_note_and_nothing_typed_is_lost():
    _buyer, _seller, buying, selling, paper = world()
    finance, colleague = clerk(), clerk()
    no = proposes(buying, paper, get_1_quantity=2, payer="me", cash="10960", note="")
    ask(selling, "confirmation", no)
    reference = Order.objects.get(no=no).tenders.get().escrow.remittance_reference
    imports(finance, sheet(line("10960.00", reference, "代付有限公司")))
    entry = StatementEntry.objects.get()
    assert "Send customer service a signed note of the payer" in order_page(buying, no)

    url, page = entry_page(finance, entry)
    typed = {
        "act": "allocate", "request_key": page.context["forms"]["allocate"]["request_key"].value(), "reference_0": reference,
        "amount_0": "10960", "reason": "代付说明已收",
    }  # fmt: skip
    refused = finance.post(url, typed)
    assert refused.status_code == 422 and "signed note that it pays for the other" in refused.content.decode()
    note = SimpleUploadedFile("note.png", png("note"), "image/png")
    wrong = finance.post(url, {**typed, "amount_0": "99999999", "note": note})  # another mistake: the file need not be chosen again
    assert wrong.status_code == 422 and "A note is attached already" in wrong.content.decode()
    token = re.search(r'name="note_token" value="([^"]+)"', wrong.content.decode()).group(1)
    done(finance.post(url, {**typed, "note_token": token}))
    shown = entry_page(colleague, entry)[1].content.decode()
    assert "note.png" in shown
    assert colleague.get(reverse("admin:credit_guarantee_note", args=[entry.proposals.get().pk])).status_code == 200
    approves(colleague, entry)

    assert Order.objects.get(no=no).state == "funded"
    clean()


@pytest.mark.spec("M41", "H27")
def test_a_purchase_across_the_border_in_dollars_with_bank_charges():
    buyer, _seller, buying, selling, paper = world(price="6250", currency="USD")
    finance = clerk()
    no = proposes(buying, paper, get_1_quantity=2, payer="me", cash="12500", note="")
    ask(selling, "confirmation", no)
    escrow = Order.objects.get(no=no).tenders.get().escrow
    page, account = order_page(buying, no), designated_account("USD")
    assert account.swift in page and grouped(account.number) in page and "(OUR)" in page

    reference = escrow.remittance_reference
    message = (
        f":20:STMT261120\r\n:25:EXAMCNBJ/{account.number}\r\n:28C:00231/001\r\n:60F:C261119USD100000,00\r\n"
        f":61:2611201120C12475,00NTRFBO{reference}//A0E1120XYZ\r\n"
        f":86:/ORDP/{buyer.name_en}/REMI/BO{reference} BALANCE 70PCT/CHGS/USD25,00\r\n:62F:C261120USD112475,00\r\n"
    )
    imports(finance, message.encode(), "USD", "mt940.sta")
    deliver_due()

    assert Order.objects.get(no=no).state == "funded"
    page = order_page(buying, no)
    assert "Banks on the way took US$25.00 of the transfer; the platform bears it." in page and "12,500" in page
    listed = finance.get(reverse("admin:credit_guarantee_statementfile_changelist")).content.decode()
    assert "stood there before the first statement" in listed  # 100,000.00 that no order knows
    clean()


@pytest.mark.spec("H27")
def test_a_wrong_file_is_named_row_by_row_and_the_sheet_can_be_downloaded():
    finance = clerk()
    body = sheet(line("1.00", "a"), line("2.00", "b")).replace(b"2.00|3.00", b"2,00|3.00")

    file = imports(finance, body)

    page = finance.get(reverse("admin:credit_guarantee_statementfile_change", args=[file.pk])).content.decode()
    assert "nothing of it is booked" in page and "The amounts of this row cannot be read" in page
    sent = finance.get(reverse("admin:credit_guarantee_statementfile_refused", args=[file.pk]))
    assert sent.status_code == 200 and "2,00" in sent.content.decode("utf-8-sig")
    assert finance.get(reverse("admin:credit_guarantee_statementfile_original", args=[file.pk])).content == body


@pytest.mark.spec("H27")
def test_the_sandbox_offers_a_statement_of_what_waits_and_it_can_be_imported():
    _buyer, _seller, buying, selling, paper = world()
    finance = clerk()
    no = proposes(buying, paper, get_1_quantity=2, payer="me", cash="10960", note="")
    ask(selling, "confirmation", no)

    offered = finance.get(reverse("admin:credit_guarantee_statementfile_demo", args=["CNY"]))
    imports(finance, b"".join(offered.streaming_content))
    deliver_due()

    assert Order.objects.get(no=no).state == "funded"
    assert finance.get(reverse("admin:credit_guarantee_statementfile_demo", args=["USD"])).status_code == 302  # nothing waits there
    clean()


@pytest.mark.spec("H54", "P13")
def test_staff_without_the_right_and_members_see_nothing_of_statements():
    finance, other = clerk(), signed_in(staff_user("ledger.view_account"))
    file = imports(finance, sheet(line("1.00", "a")))
    entry = StatementEntry.objects.get()
    names = [
        ("statementfile_import", []), ("statementfile_original", [file.pk]), ("statementfile_refused", [file.pk]),
        ("statementfile_demo", ["CNY"]), ("statementfile_change", [file.pk]), ("statemententry_change", [entry.pk]),
        ("statementfile_changelist", []), ("statemententry_changelist", []), ("note", [1]),
    ]  # fmt: skip

    for name, args in names:
        assert other.get(reverse(f"admin:credit_guarantee_{name}", args=args)).status_code == 403, name
