"""Papers of the demo: contracts asked for, handed in and half accepted, invoices in every stage; of the tour's two firms."""

import io
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.timezone import localdate
from PIL import Image, ImageDraw

from accounts.models import User
from accounts.queries import actor_for
from kernel.clock import now
from kernel.refusals import Refusal
from orders.models import InvoiceRequest, Order
from orders.queries.invoices import profile_of
from orders.queries.invoicing import rooms_of
from orders.services import (
    accept_contract,
    deliver_contract,
    enter_red_form,
    keep_file,
    register_invoice,
    request_contract,
    request_invoice,
    save_invoice_profile,
    take_contract,
    take_invoice,
)
from orders.services.invoices import identity_of
from orders.services.kept_files import CONTRACT, INVOICE

from .firms import Firm

WANTED = ["请按订单条款出一份双方盖章的书面合同，并约定迟延交货违约金。", "需要框架合同，附质检条款。", "请把付款与验收期限写进合同。"]


def specimen_pdf(text: str) -> SimpleUploadedFile:
    """One page that says it is no contract."""
    page = Image.new("RGB", (840, 1188), "white")
    draw = ImageDraw.Draw(page)
    draw.text((60, 80), "SPECIMEN - NOT A REAL CONTRACT", fill="#b4281b", font_size=34)
    draw.text((60, 160), text, fill="#152328", font_size=28)
    out = io.BytesIO()
    page.save(out, "PDF")
    return SimpleUploadedFile("contract-specimen.pdf", out.getvalue())


def specimen_invoice(number: str) -> SimpleUploadedFile:
    """The file of an invoice that nobody issued."""
    body = f'<?xml version="1.0" encoding="utf-8"?><EInvoice specimen="NOT A REAL INVOICE"><Number>{number}</Number></EInvoice>'
    return SimpleUploadedFile("invoice-specimen.xml", body.encode())


def paper_story(firms: list[Firm], staff: dict[str, User]) -> Iterator[datetime]:
    """Contracts and invoices on the newest paid orders of the tour's first firm."""
    by_id = {firm.enterprise.pk: firm for firm in firms}
    tour = firms[0]
    paid = Order.objects.of_party(tour.enterprise.pk).filter(state__in=["funded", "shipped", "completed"]).order_by("-pk")
    for n, order in enumerate(paid.prefetch_related("lines")[:6]):
        other = by_id.get(order.other_party_id(tour.enterprise.pk))
        if other is None:
            continue
        try:
            yield from _contract(order, n, tour, other, staff)
            yield from _invoice(order, n, tour, other)
        except Refusal:
            continue


def _contract(order: Order, n: int, tour: Firm, other: Firm, staff: dict[str, User]) -> Iterator[datetime]:
    key = f"seed-contract-{n}"
    if n > 3:
        return
    asker = tour if n % 2 else other
    request = request_contract(
        order.no, actor=asker.actor, wanted=WANTED[n % 3], contact="陈立 020-80000000", request_key=f"{key}-ask"
    )  # fmt: skip
    yield now() + timedelta(hours=3)
    if n == 0:
        return
    desk = actor_for(staff["service"])
    take_contract(request.pk, actor=desk, request_key=f"{key}-take")
    yield now() + timedelta(hours=5)
    if n == 1:
        return
    kept = keep_file(specimen_pdf(order.no), purpose=CONTRACT, actor=desk)
    version = deliver_contract(request.pk, actor=desk, file=kept.token, signed=n == 3, online=n == 2, request_key=f"{key}-in")
    yield now() + timedelta(hours=2)
    if n == 2:
        accept_contract(request.no, actor=other.actor, number=1, sha256=version.sha256, request_key=f"{key}-yes")


def _invoice(order: Order, n: int, tour: Firm, other: Firm) -> Iterator[datetime]:
    buyer, seller = (tour, other) if n % 3 else (other, tour)
    company = buyer.enterprise
    values = {**identity_of(company), **profile_of(company)}
    values |= {"bank_name": values["bank_name"] or "示例银行", "bank_account": values["bank_account"] or "2013021009200123456"}
    kept = {name: values[name] for name in ("address", "phone", "bank_name", "bank_account")}
    save_invoice_profile(actor=buyer.actor, values=kept, request_key=f"seed-profile-{n}")
    rooms = {room.line.pk: room.units for room in rooms_of(order, company.pk) if room.units}
    key = f"seed-invoice-{n}"
    request = request_invoice(order.no, actor=buyer.actor, values=values, quantities=rooms, request_key=f"{key}-ask")
    yield now() + timedelta(hours=4)
    if n % 2 == 0 and n < 2:
        return
    take_invoice(request.no, actor=seller.actor, request_key=f"{key}-take")
    yield now() + timedelta(hours=4)
    if n >= 2:
        _issue(request, n, buyer, seller)


def _issue(request: InvoiceRequest, n: int, buyer: Firm, seller: Firm) -> None:
    day = localdate(now())
    number = f"{day:%y}44999999999999{n:04d}"  # nobody's: the demo has no tax system
    kept = keep_file(specimen_invoice(number), purpose=INVOICE, actor=seller.actor)
    register_invoice(
        request.no, actor=seller.actor, number=number, issued_on=day, gross=request.gross, file=kept.token,
        request_key=f"seed-invoice-{n}-issue",
    )  # fmt: skip
    if n == 4:
        line = request.lines.first()
        enter_red_form(
            request.no, actor=buyer.actor, why="allowance", amounts={line.pk: line.gross_minor // 10}, note="部分受潮，协商折让",
            request_key=f"seed-invoice-{n}-red",
        )  # fmt: skip
