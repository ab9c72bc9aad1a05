"""What an export says of contracts, invoices and papers asked for, with their files (P39)."""

from django.db.models import Q

from kernel.money import Money
from kernel.registries import export_part

from .models import (
    ContractAcceptance,
    ContractRequest,
    ContractVersion,
    InvoiceProfile,
    InvoiceRequest,
    Order,
    RedForm,
    TaxInvoice,
    TradePaper,
)


@export_part("contract_requests")
def contract_requests(enterprise_id: int):
    rows = ContractRequest.objects.filter(order__in=Order.objects.of_party(enterprise_id)).select_related("order", "contact", "draft")
    for row in rows.order_by("pk").iterator(chunk_size=500):
        ours = row.asked_by_id == enterprise_id
        yield {
            "no": row.no, "order": row.order.no, "asked_by": "we" if ours else "they", "wanted": row.wanted, "state": row.state,
            "contact": row.contact.value if ours and row.contact else "", "draft": row.draft if ours else None, "question": row.question,
            "answer": row.answer, "reason": row.reason, "asked": row.created_at, "handed_in": row.delivered_at,
        }  # fmt: skip


@export_part("contract_versions")
def contract_versions(enterprise_id: int):
    rows = ContractVersion.objects.filter(request__order__in=Order.objects.of_party(enterprise_id)).select_related("request", "document")
    for row in rows.order_by("pk").iterator(chunk_size=500):
        yield {
            "contract": row.request.no, "version": row.number, "file": row.document, "sha256": row.sha256, "signed": row.signed,
            "online": row.online, "note": row.note, "handed_in": row.created_at,
        }  # fmt: skip


@export_part("contract_acceptances")
def contract_acceptances(enterprise_id: int):
    rows = ContractAcceptance.objects.filter(version__request__order__in=Order.objects.of_party(enterprise_id))
    for row in rows.select_related("version__request").order_by("pk").iterator(chunk_size=500):
        yield {
            "contract": row.version.request.no, "version": row.version.number, "company": row.party_name,
            "sha256": row.sha256, "at": row.at,
        }  # fmt: skip


@export_part("invoice_profile")
def invoice_profile(enterprise_id: int):
    for row in InvoiceProfile.objects.filter(enterprise_id=enterprise_id):
        yield {
            "address": row.address, "phone": row.phone, "bank": row.bank_name, "bank_account": row.bank_account, "changed": row.updated_at,
        }  # fmt: skip


def _mine(enterprise_id: int):
    rows = InvoiceRequest.objects.filter(Q(buyer_id=enterprise_id) | Q(seller_id=enterprise_id))
    return rows.select_related("order", "address", "phone", "bank_account").order_by("pk")


@export_part("invoice_requests")
def invoice_requests(enterprise_id: int):
    for row in _mine(enterprise_id).iterator(chunk_size=500):
        yield {
            "no": row.no, "order": row.order.no, "we_are": "buyer" if row.buyer_id == enterprise_id else "seller", "state": row.state,
            "company": row.company_name, "tax_no": row.tax_no, "member_account": row.member_account, "address": row.address.value,
            "phone": row.phone.value, "bank": row.bank_name, "bank_account": row.bank_account.value, "seller": row.seller_name,
            "seller_tax_no": row.seller_tax_no, "total": Money(row.gross_minor, row.currency), "remark": row.note, "reason": row.reason,
            "asked": row.created_at, "issued": row.issued_at, "booked": row.booked_at,
        }  # fmt: skip


@export_part("tax_invoices")
def tax_invoices(enterprise_id: int):
    rows = TaxInvoice.objects.filter(request__in=_mine(enterprise_id)).select_related("request", "document").order_by("pk")
    for row in rows.iterator(chunk_size=500):
        yield {
            "request": row.request.no, "kind": row.kind, "number": row.number, "issued_on": row.issued_on,
            "total": Money(row.gross_minor, row.currency), "file": row.document, "registered": row.created_at,
        }  # fmt: skip


@export_part("red_forms")
def red_forms(enterprise_id: int):
    rows = RedForm.objects.filter(request__in=_mine(enterprise_id)).select_related("request").order_by("pk")
    for row in rows.iterator(chunk_size=500):
        yield {
            "request": row.request.no, "number": row.number, "entered_by": "we" if row.entered_by_id == enterprise_id else "they",
            "reason": row.why, "amount": Money(row.gross_minor, row.currency), "state": row.state, "note": row.note,
            "entered": row.created_at, "answered": row.answered_at,
        }  # fmt: skip


@export_part("trade_papers")
def trade_papers(enterprise_id: int):
    own = Q(order__in=Order.objects.of_party(enterprise_id)) | Q(enterprise_id=enterprise_id, kind="statement")
    rows = TradePaper.objects.filter(own).select_related("order", "document", "annex").defer("content").order_by("pk")
    for row in rows.iterator(chunk_size=500):
        yield {
            "no": row.no, "order": row.order.no if row.order else "", "kind": row.kind, "file": row.document, "annex": row.annex,
            "made": row.made_at,
        }  # fmt: skip
