"""Files and acts that the tests of contracts and invoices share."""

import io
import itertools
import zipfile
from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.timezone import localdate

from kernel.clock import now
from orders.services import (
    deliver_contract,
    keep_file,
    register_invoice,
    register_red_invoice,
    request_contract,
    request_invoice,
    take_contract,
)
from orders.services.invoices import identity_of
from orders.services.kept_files import CONTRACT, INVOICE
from tests.kernel.hostile import pdf
from tests.worlds import key, member_actor, staff_actor

_serial = itertools.count(1)
BANK = {"address": "佛山市示例路 1 号", "phone": "0757-80000000", "bank_name": "示例银行佛山分行", "bank_account": "2013021009200123456"}
DESK = ("orders.handle_contract", "orders.view_contractrequest")
TAX_DESK = ("orders.handle_invoice", "orders.view_invoicerequest")


def page(text: str = "") -> bytes:
    """An honest one-page PDF; another text is another file."""
    return pdf(lambda document: document.docinfo.__setitem__("/Title", text or f"paper {next(_serial)}"))


def upload(body: bytes, name: str = "file.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, body)


def fapiao_no() -> str:
    """A well-shaped number of this year; nobody issued it."""
    return f"{localdate(now()).year % 100:02d}44{next(_serial):016d}"


def ofd(extra: dict | None = None, root: bytes = b'<ofd:OFD xmlns:ofd="http://www.ofdspec.org/2016"/>') -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("OFD.xml", root)
        packed.writestr("Doc_0/Document.xml", b"<a/>")
        for name, body in (extra or {}).items():
            packed.writestr(name, body)
    return out.getvalue()


def asked_contract(order, party, **more):
    values = {"wanted": "双方盖章的框架合同", "contact": "王敏 13800000000", **more}
    return request_contract(order.no, actor=member_actor(party), request_key=key(), **values)


def delivered_contract(order, party, *, signed=False, online=True, body=b""):
    """Asked for, taken up and handed in by the desk: (request, version, the desk's actor)."""
    request, desk = asked_contract(order, party), staff_actor(*DESK)
    take_contract(request.pk, actor=desk, request_key=key())
    version = next_version(request, desk, signed=signed, online=online, body=body)
    return request, version, desk


def next_version(request, desk, *, signed=False, online=True, body=b""):
    kept = keep_file(upload(body or page()), purpose=CONTRACT, actor=desk)
    return deliver_contract(request.pk, actor=desk, file=kept.token, signed=signed, online=online, request_key=key())


def asked_invoice(order, buyer, *, quantity=None, actor=None, **values):
    """The buyer asks an invoice for the first line that it gets."""
    line = order.lines.exclude(giver=buyer).first()
    told = {**identity_of(buyer), **BANK, **values}
    actor = actor or member_actor(buyer)
    return request_invoice(
        order.no, actor=actor, values=told, quantities={line.pk: line.quantity if quantity is None else quantity}, request_key=key()
    )  # fmt: skip


def registered(request, actor, *, number="", on=None, body=b"", name="fapiao.pdf", **more):
    kept = keep_file(upload(body or page(), name), purpose=INVOICE, actor=actor)
    values = {"number": number or fapiao_no(), "issued_on": on or localdate(now()), "gross": request.gross, "file": kept.token, **more}
    return register_invoice(request.no, actor=actor, request_key=key(), **values)


def registered_red(request, form, actor, *, number=""):
    kept = keep_file(upload(page(), "red.pdf"), purpose=INVOICE, actor=actor)
    return register_red_invoice(
        request.no, form.number, actor=actor, number=number or fapiao_no(), issued_on=localdate(now()), file=kept.token, request_key=key()
    )


def days(n: int) -> timedelta:
    return timedelta(days=n)
