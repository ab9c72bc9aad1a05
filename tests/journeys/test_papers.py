"""Contract and invoice from asking to the last paper, over HTTP with members, the desk and the clock (H24, H28, H29)."""

import re

import pytest
from django.urls import reverse
from django.utils.timezone import localdate

from kernel.clock import now
from kernel.registries import AUDIT_CHECKS
from kernel.services import deliver_due
from messaging.models import Notice
from orders.models import ContractRequest, InvoiceRequest, RedForm, TaxInvoice
from tests import worlds
from tests.orders.papers import BANK, DESK, TAX_DESK, fapiao_no, page, upload
from tests.worlds import credit_trade, main_account, reauthenticate, staff_user

from .browsing import ask, done, office_of, signed_in

pytestmark = pytest.mark.django_db


def keyed(response) -> str:
    return re.search(r'name="request_key" value="([^"]+)"', response.content.decode()).group(1)


def at_desk(staff, model: str, row, **answers) -> str:
    url = reverse(f"admin:orders_{model}request_change", args=[row.pk])
    return done(staff.post(url, {"request_key": worlds.key(), **answers}))


@pytest.mark.spec("H24")
def test_contract_requested_uploaded_and_accepted_by_both():
    order, buyer, seller, _listing = credit_trade()
    ours, theirs, staff = office_of(buyer), office_of(seller), signed_in(staff_user(*DESK))
    detail = ours.get(reverse("orders:detail", args=[order.no]))
    assert reverse("orders:contract_new", args=[order.no]) in detail.content.decode()

    url = reverse("orders:contract_new", args=[order.no])
    lost = ours.post(url, {"request_key": worlds.key(), "wanted": "", "contact": "王敏", "file": upload(page("draft"), "draft.pdf")})
    assert lost.status_code == 422 and "draft.pdf" in lost.content.decode() and "王敏" in lost.content.decode()  # nothing is lost
    kept = re.search(r'name="kept" value="([^"]+)"', lost.content.decode()).group(1)
    where = done(ours.post(url, {"request_key": worlds.key(), "wanted": "双方盖章", "contact": "王敏", "kept": kept}))
    request = ContractRequest.objects.get()
    assert where == reverse("orders:contract", args=[request.no]) and request.draft.file_name == "draft.pdf"
    assert "3 working days" in ours.get(where).content.decode()

    queue = staff.get(reverse("admin:orders_contractrequest_changelist"))
    assert request.no in queue.content.decode()
    at_desk(staff, "contract", request, act="take")
    at_desk(staff, "contract", request, act="ask", text="按日还是按周？")
    assert "按日还是按周" in ours.get(where).content.decode()
    done(ours.post(reverse("orders:contract_answer", args=[request.no]), {"request_key": worlds.key(), "answer": "按日"}))
    hostile = staff.post(
        reverse("admin:orders_contractrequest_change", args=[request.pk]),
        {"request_key": worlds.key(), "act": "deliver", "signed": "on", "file": upload(b"<html>", "c.pdf")},
    )
    assert hostile.status_code == 422 and request.versions.count() == 0
    at_desk(staff, "contract", request, act="deliver", online="on", file=upload(page("contract"), "contract.pdf"))

    version = request.versions.get()
    for client in (ours, theirs):
        shown = client.get(where).content.decode()
        assert version.sha256 in shown and "contract.pdf" in shown
        assert client.get(reverse("orders:contract_file", args=[request.no, 1])).status_code == 200
        accept = reverse("orders:contract_acceptance", args=[request.no])
        assert "reauthenticate" in client.get(accept).headers["Location"]  # the password is asked for again
        reauthenticate(client)
        ask(client, "contract_acceptance", request.no, read="on")
    assert "accepted online by both" in ours.get(reverse("orders:detail", args=[order.no])).content.decode().lower()
    deliver_due()
    assert Notice.objects.filter(recipient=main_account(buyer), msgid__contains="accepted contract").count() == 1


def registers(client, url: str, number: str, **more):
    data = {"request_key": worlds.key(), "number": number, "issued_on": localdate(now()).isoformat(), "file": upload(page(), "f.pdf")}
    return client.post(url, {**data, **more})


@pytest.mark.spec("H28", "H29")
def test_vat_invoice_asked_registered_refunded_and_taken_back_in_red():
    order, buyer, seller, _listing = credit_trade()
    ours, theirs, staff = office_of(buyer), office_of(seller), signed_in(staff_user(*TAX_DESK))
    assert order.no in ours.get(reverse("orders:papers")).content.decode()
    url, line = reverse("orders:invoice_new", args=[order.no]), order.lines.get()
    form = ours.get(url).context["form"]
    typed = {name: form[name].value() for name in ("member_account", "company_name", "tax_no")}
    typed |= {"request_key": worlds.key(), f"line_{line.pk}": "6", **BANK}
    gap = ours.post(url, {**typed, "bank_account": "12"})
    assert gap.status_code == 422 and BANK["address"] in gap.content.decode()
    foreign = ours.post(url, {**typed, "request_key": worlds.key(), "company_name": seller.name})
    assert foreign.status_code == 422
    where = done(ours.post(url, {**typed, "request_key": worlds.key(), "keep": "on"}))
    request = InvoiceRequest.objects.get()
    assert request.gross_minor == 6 * 548_000

    number = reverse("orders:invoice_registration", args=[request.no])
    rate = {f"rate_{request.lines.get().pk}": "13"}
    wrong = registers(theirs, number, "123", gross="32880.00", **rate)
    assert wrong.status_code == 422 and "f.pdf" in wrong.content.decode()
    blue = fapiao_no()
    done(registers(theirs, number, blue, gross="32880.00", **rate))
    shown = ours.get(where).content.decode()
    assert blue in shown and ours.get(reverse("orders:invoice_file", args=[request.no, TaxInvoice.objects.get().pk])).status_code == 200

    ask(ours, "refund_new", order.no, reason="计划变更")
    ask(theirs, "refund_approval", order.no, order.refunds.get().pk)
    deliver_due()
    findings = AUDIT_CHECKS["orders.red_invoices"]
    assert [found["invoice"] for found in findings()] == [request.no]
    for part, desk in (("10960.00", False), ("21920.00", True)):
        red = reverse("orders:red_new", args=[request.no])
        done(ours.post(red, {"request_key": worlds.key(), "why": "returned", f"line_{request.lines.get().pk}": part}))
        form = RedForm.objects.latest("pk")
        assert form.state == "awaiting_seller"
        answer = reverse("orders:red_answer", args=[request.no, form.number])
        done(theirs.post(answer, {"request_key": worlds.key(), "agree": "yes"}))
        if desk:
            address = reverse("admin:orders_invoicerequest_change", args=[request.pk])
            done(registers(staff, address, fapiao_no(), act="register_red"))
        else:
            done(registers(theirs, reverse("orders:red_registration", args=[request.no, form.number]), fapiao_no()))
        assert bool(list(findings())) is not desk
    request.refresh_from_db()
    assert request.state == "reversed"
    assert "taken back in full" in ours.get(where).content.decode().lower()
