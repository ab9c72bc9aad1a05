"""VAT special invoices: seven fields, never more than was paid for, numbers of the tax system, red-letter forms (H28, H29, DOMAIN §3)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils.timezone import localdate

from accounts.models import Enterprise
from kernel.clock import now, telling
from kernel.models import Deadline, Fact
from kernel.money import Money
from kernel.refusals import Denied, IllegalMove, NotFound, Refusal
from kernel.registries import AUDIT_CHECKS
from kernel.services import deliver_due, sweep_deadlines
from messaging.models import Notice
from orders.models import InvoiceRequest, RedForm, TaxInvoice
from orders.queries.invoices import figures_of, invoice_for, invoices_waiting
from orders.queries.invoicing import rooms_of
from orders.services import (
    answer_red_form,
    approve_refund,
    enter_red_form,
    keep_file,
    note_booked,
    refuse_invoice,
    request_refund,
    save_invoice_profile,
    take_invoice,
    withdraw_invoice,
    withdraw_red_form,
)
from orders.services.invoices import identity_of
from orders.services.kept_files import INVOICE
from tests.worlds import (
    confirmed,
    credit_trade,
    key,
    live_listing,
    member_actor,
    proposed_order,
    staff_actor,
    sub_account,
    verified_enterprise,
)

from .papers import BANK, TAX_DESK, asked_invoice, fapiao_no, ofd, page, registered, registered_red, upload

pytestmark = pytest.mark.django_db
PRICE = 548_000


def red_findings():
    return list(AUDIT_CHECKS["orders.red_invoices"]())


def refunded(order, buyer, seller):
    refund = request_refund(order.no, actor=member_actor(buyer), reason="计划变更", request_key=key())
    approve_refund(order.no, refund.pk, actor=member_actor(seller), request_key=key())
    deliver_due()
    order.refresh_from_db()


@pytest.mark.spec("H28", "H29")
def test_all_seven_fields_are_needed_and_a_snapshot_that_a_rename_leaves_alone():
    order, buyer, seller, _listing = credit_trade()
    for name in ("address", "phone", "bank_name", "bank_account"):
        with pytest.raises(Refusal) as gap:
            asked_invoice(order, buyer, **{name: " "})
        assert (gap.value.code, gap.value.params["field"]) == ("fields_incomplete", name)

    request = asked_invoice(order, buyer, quantity=6)
    Enterprise.objects.filter(pk=buyer.pk).update(name="改名后的公司")

    request.refresh_from_db()
    assert (request.company_name, request.tax_no, request.member_account) == (buyer.name, buyer.registration_no, buyer.handle)
    assert (request.address.value, request.bank_account.value) == (BANK["address"], BANK["bank_account"])
    buyer.refresh_from_db()
    assert asked_invoice(order, buyer, quantity=1).company_name == "改名后的公司"  # P17: the name of the day of the request
    assert (request.seller, request.gross) == (seller, Money(6 * PRICE, "CNY"))


@pytest.mark.spec("H29")
@pytest.mark.parametrize("field", ["company_name", "tax_no", "member_account"])
def test_nobody_puts_another_name_or_tax_number_on_an_invoice(field):
    order, buyer, seller, _listing = credit_trade()
    other = identity_of(seller)[field]

    with pytest.raises(Refusal) as refusal:
        asked_invoice(order, buyer, **{field: other})

    assert (refusal.value.code, refusal.value.params["field"]) == ("not_own_identity", field)
    assert InvoiceRequest.objects.count() == 0


@pytest.mark.spec("H28")
def test_requests_never_exceed_what_was_paid_for_and_withdrawn_ones_make_room():
    order, buyer, _seller, _listing = credit_trade()
    first = asked_invoice(order, buyer, quantity=6)
    with pytest.raises(Refusal) as refusal:
        asked_invoice(order, buyer, quantity=5)
    assert refusal.value.code == "beyond_paid" and "4" in str(refusal.value)
    asked_invoice(order, buyer, quantity=4)
    withdraw_invoice(first.no, actor=member_actor(buyer), request_key=key())
    assert [room.units for room in rooms_of(order, buyer.pk)] == [6]
    for quantity in (0, -1):
        with pytest.raises(Refusal):
            asked_invoice(order, buyer, quantity=quantity)


def test_an_invoice_is_only_asked_for_when_everything_is_paid_by_who_gets_goods_and_between_mainland_firms_in_yuan():
    buyer, seller = verified_enterprise(), verified_enterprise()
    unpaid = confirmed(proposed_order(buyer, seller, get=[(live_listing(seller), 10)], cash=5_480_000))
    with pytest.raises(Refusal) as refusal:
        asked_invoice(unpaid, buyer)
    assert refusal.value.code == "no_invoice"

    order, buyer, seller, _listing = credit_trade()
    line = order.lines.get()
    from orders.services import request_invoice

    with pytest.raises(Refusal) as own:
        request_invoice(
            order.no, actor=member_actor(seller), values={**identity_of(seller), **BANK}, quantities={line.pk: 1}, request_key=key()
        )
    assert own.value.code == "beyond_paid"  # the giver of goods gets none under this order
    Enterprise.objects.filter(pk=seller.pk).update(country="DE")
    with pytest.raises(Refusal, match=r"commercial invoice|商业发票"):
        asked_invoice(order, buyer)


@pytest.mark.spec("H28")
def test_lines_carry_rate_and_rounded_net_and_tax_and_whoever_issues_may_correct_the_rate():
    order, buyer, seller, _listing = credit_trade()
    request = asked_invoice(order, buyer)
    line = request.lines.get()
    assert (line.rate, line.gross_minor, line.net_minor, line.tax_minor) == (13, 5_480_000, 4_849_558, 630_442)

    registered(request, member_actor(seller), rates={line.pk: Decimal(9)})

    line.refresh_from_db()
    assert (line.rate, line.net_minor, line.tax_minor) == (9, 5_027_523, 452_477)
    figures = figures_of(invoice_for(member_actor(buyer), request.no))
    assert (figures.gross, figures.net + figures.tax) == (request.gross, request.gross)


@pytest.mark.spec("H28")
@pytest.mark.parametrize("who", ["seller", "staff"])
def test_the_number_comes_from_outside_with_its_file_and_is_registered_once(who):
    order, buyer, seller, _listing = credit_trade()
    request = asked_invoice(order, buyer)
    actor = member_actor(seller) if who == "seller" else staff_actor(*TAX_DESK)
    number = fapiao_no()
    for wrong in ("123", "00440000000000000001", number[:2] + "99" + number[4:]):
        with pytest.raises(Refusal) as refusal:
            registered(request, actor, number=wrong)
        assert refusal.value.code == "number_malformed"
    with pytest.raises(Refusal) as total:
        registered(request, actor, gross=Money(1, "CNY"))
    with pytest.raises(Refusal) as day:
        registered(request, actor, on=localdate(now()) + timedelta(days=1))
    assert (total.value.code, day.value.code) == ("total_differs", "day_wrong")

    made = registered(request, actor, number=number)

    assert (made.number, made.kind, made.registered_by) == (number, "blue", who)
    assert InvoiceRequest.objects.get(pk=request.pk).state == "issued"
    assert Deadline.objects.get(policy="orders.invoice").met_at is not None
    other, *_ = credit_trade()
    second = asked_invoice(other, other.proposer)
    with pytest.raises(Refusal) as taken:
        registered(second, staff_actor(*TAX_DESK), number=number)
    with pytest.raises(Denied):
        registered(second, member_actor(other.proposer))
    assert taken.value.code == "number_taken"


def test_a_file_belongs_to_one_invoice_and_an_xml_holds_its_number():
    order, buyer, seller, _listing = credit_trade()
    actor, number = member_actor(seller), fapiao_no()
    first, second = asked_invoice(order, buyer, quantity=4), asked_invoice(order, buyer, quantity=4)
    xml = f"<EInvoice><Number>{number}</Number></EInvoice>".encode()

    with pytest.raises(Refusal) as other:
        registered(first, actor, number=fapiao_no(), body=xml, name="a.xml")
    registered(first, actor, number=number, body=xml, name="a.xml")
    with pytest.raises(Refusal) as same:
        registered(second, actor, number=fapiao_no(), body=xml, name="a.xml")
    registered(second, actor, body=ofd(), name="a.ofd")

    assert (other.value.code, same.value.code) == ("file_differs", "same_file")


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("a.ofd", ofd({"../../evil.xml": b"x"})), ("a.ofd", ofd({"run.exe": b"MZ"})), ("a.ofd", ofd(root=b"<html/>")),
        ("a.ofd", ofd({f"p{n}.xml": b"x" for n in range(400)})), ("a.ofd", b"PK\x03\x04nothing"), ("a.pdf", ofd()),
        ("a.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'), ("a.xml", b"<html><script/></html>"), ("a.xml", b"<a>"), ("a.pdf", b"<a/>"),
        ("a.ofd", ofd({"big.dat": b"\0" * (41 * 1024 * 1024)})), ("a.exe", page()), ("a.xml", b'<?xml version="1.0"?><svg/>'),
    ],
)  # fmt: skip
def test_p29_files_that_are_no_invoice_are_refused(name, body):
    _order, _buyer, seller, _listing = credit_trade()

    with pytest.raises(Refusal) as refusal:
        keep_file(upload(body, name), purpose=INVOICE, actor=member_actor(seller))

    assert refusal.value.code in ("upload_type", "upload_broken")


@pytest.mark.spec("H28")
def test_clock_refusal_and_the_desk():
    order, buyer, seller, _listing = credit_trade()
    request, desk = asked_invoice(order, buyer), staff_actor(*TAX_DESK)
    assert list(invoices_waiting(desk)) == [request]
    take_invoice(request.no, actor=desk, request_key=key())
    clock = Deadline.objects.get(policy="orders.invoice")
    with telling(clock.due_at):
        sweep_deadlines()
        deliver_due()
    assert Notice.objects.filter(msgid__contains="issue it or say why not").exists()
    with pytest.raises(Refusal) as silent:
        refuse_invoice(request.no, actor=member_actor(seller), reason=" ", request_key=key())
    refuse_invoice(request.no, actor=member_actor(seller), reason="税号有误", request_key=key())
    assert silent.value.code == "reason_missing"
    assert [room.units for room in rooms_of(order, buyer.pk)] == [10]
    with pytest.raises(IllegalMove):
        registered(request, member_actor(seller))


@pytest.mark.spec("H28")
def test_a_refund_drops_open_requests_and_an_issued_invoice_needs_a_red_one_until_the_audit_is_calm():
    order, buyer, seller, _listing = credit_trade()
    issued, waiting = asked_invoice(order, buyer, quantity=6), asked_invoice(order, buyer, quantity=4)
    registered(issued, member_actor(seller))
    assert red_findings() == []

    refunded(order, buyer, seller)

    waiting.refresh_from_db()
    assert waiting.state == "dropped"
    assert [finding["invoice"] for finding in red_findings()] == [issued.no]
    assert Fact.objects.filter(name="orders.red_invoice_due").count() == 1
    with pytest.raises(Refusal) as refusal:
        asked_invoice(order, buyer, quantity=1)
    assert refusal.value.code == "no_invoice"
    line = issued.lines.get()
    first = enter_red_form(issued.no, actor=member_actor(seller), why="returned", amounts={line.pk: 2 * PRICE}, request_key=key())
    assert first.state == "no_confirmation"
    registered_red(issued, first, member_actor(seller))
    assert len(red_findings()) == 1  # four tonnes are still too much
    rest = enter_red_form(issued.no, actor=member_actor(seller), why="returned", amounts={line.pk: 4 * PRICE}, request_key=key())
    registered_red(issued, rest, staff_actor(*TAX_DESK))

    issued.refresh_from_db()
    assert (issued.state, red_findings()) == ("reversed", [])
    red = [part for form in RedForm.objects.all() for part in form.lines.all()]
    assert (sum(p.net_minor for p in red), sum(p.tax_minor for p in red)) == (line.net_minor, line.tax_minor)
    assert sorted(TaxInvoice.objects.filter(kind="red").values_list("gross_minor", flat=True)) == [-4 * PRICE, -2 * PRICE]


@pytest.mark.spec("H28")
def test_red_forms_follow_the_states_of_the_tax_system():
    order, buyer, seller, _listing = credit_trade()
    request = asked_invoice(order, buyer)
    mine, theirs = member_actor(seller), member_actor(buyer)
    line = request.lines.get()

    def enter(actor, minor=PRICE, why="allowance"):
        return enter_red_form(request.no, actor=actor, why=why, amounts={line.pk: minor}, request_key=key())

    def code(form):
        from orders.states import RED_CODES

        form.refresh_from_db()
        return RED_CODES[form.state]

    with pytest.raises(Refusal) as early:
        enter(mine)
    registered(request, mine)
    with pytest.raises(Refusal) as whole:
        enter(mine, why="wrong")
    with pytest.raises(Refusal) as more:
        enter(mine, line.gross_minor + 1)
    assert [e.value.code for e in (early, whole, more)] == ["not_issued", "whole_only", "beyond_blue"]
    form = enter(mine)
    assert code(form) == "01"  # the buyer has not booked it
    with pytest.raises(Refusal) as second:
        enter(theirs)
    withdraw_red_form(request.no, form.number, actor=mine, request_key=key())
    assert (second.value.code, code(form)) == ("form_open", "09")

    note_booked(request.no, actor=theirs, request_key=key())
    form = enter(mine)
    assert code(form) == "02"
    with pytest.raises(Denied):
        answer_red_form(request.no, form.number, actor=mine, agree=True, request_key=key())
    answer_red_form(request.no, form.number, actor=theirs, agree=False, request_key=key())
    assert code(form) == "05"
    form = enter(theirs)
    assert code(form) == "03"
    with pytest.raises(Refusal):
        registered_red(request, form, mine)
    answer_red_form(request.no, form.number, actor=mine, agree=False, request_key=key())
    assert code(form) == "06"
    form = enter(theirs)
    withdraw_red_form(request.no, form.number, actor=theirs, request_key=key())
    assert code(form) == "08"
    form = enter(theirs)
    with telling(now() + timedelta(hours=72, minutes=1)):
        sweep_deadlines()
        deliver_due()
    assert code(form) == "07"
    form = enter(theirs)
    answer_red_form(request.no, form.number, actor=mine, agree=True, request_key=key())
    assert code(form) == "04"
    registered_red(request, form, mine)
    request.refresh_from_db()
    assert request.state == "issued"
    assert [room.left for room in rooms_of(order, buyer.pk)] == [PRICE]  # what was taken back may be asked for again
    with pytest.raises(Refusal):
        withdraw_red_form(request.no, form.number, actor=theirs, request_key=key())


def test_p11_foreign_invoices_do_not_exist_and_the_box_decides():
    order, buyer, seller, _listing = credit_trade()
    request = asked_invoice(order, buyer)
    stranger, boxed, other = verified_enterprise(), sub_account(seller, "invoices"), sub_account(seller, "ship", "chat")

    with pytest.raises(NotFound):
        invoice_for(member_actor(stranger), request.no)
    with pytest.raises(NotFound):
        take_invoice(request.no, actor=member_actor(stranger), request_key=key())
    with pytest.raises(Denied):
        take_invoice(request.no, actor=member_actor(seller, other), request_key=key())
    registered(request, member_actor(seller, boxed))
    assert invoice_for(member_actor(seller, boxed), request.no).state == "issued"
    own = sub_account(buyer, "invoices")
    other_order = credit_trade()[0]
    assert asked_invoice_of(other_order, other_order.proposer).state == "requested"
    save_invoice_profile(actor=member_actor(buyer, own), values=BANK, request_key=key())


def asked_invoice_of(order, buyer):
    return asked_invoice(order, buyer, actor=member_actor(buyer, sub_account(buyer, "invoices")))
