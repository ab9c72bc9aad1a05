"""Facts of contracts, invoices and papers on demand."""

from django.utils.translation import gettext_lazy as _

from kernel.facts import fact


@fact("orders.contract_requested", label=_("Written contract asked for"))
class ContractRequested:
    order_id: int
    no: str
    contract_id: int
    contract_no: str
    asked_by_id: int
    other_id: int


@fact("orders.contract_moved", label=_("Contract request went on"))
class ContractMoved:
    order_id: int
    no: str
    contract_id: int
    contract_no: str
    move: str  # take, ask, answer, decline, withdraw
    asked_by_id: int
    other_id: int


@fact("orders.contract_delivered", label=_("Contract handed in by customer service"))
class ContractDelivered:
    order_id: int
    no: str
    contract_id: int
    contract_no: str
    version: int
    sha256: str
    signed: bool
    online: bool
    asked_by_id: int
    other_id: int


@fact("orders.contract_accepted", label=_("Contract accepted online"))
class ContractAccepted:
    order_id: int
    no: str
    contract_id: int
    contract_no: str
    version: int
    sha256: str
    enterprise_id: int
    other_id: int
    both: bool


@fact("orders.contract_late", label=_("Contract not handed in in time"))
class ContractLate:
    order_id: int
    no: str
    contract_id: int
    contract_no: str
    asked_by_id: int


@fact("orders.invoice_profile_set", label=_("Invoice details of the company changed"))
class InvoiceProfileSet:
    enterprise_id: int
    fields: list[str]


@fact("orders.invoice_requested", label=_("VAT special invoice asked for"))
class InvoiceRequested:
    order_id: int
    no: str
    invoice_id: int
    invoice_no: str
    buyer_id: int
    seller_id: int
    amount_minor: int
    currency: str


@fact("orders.invoice_moved", label=_("Invoice request went on"))
class InvoiceMoved:
    order_id: int
    no: str
    invoice_id: int
    invoice_no: str
    move: str  # take, refuse, withdraw, drop, book
    buyer_id: int
    seller_id: int


@fact("orders.invoice_registered", label=_("Issued invoice registered"))
class InvoiceRegistered:
    order_id: int
    no: str
    invoice_id: int
    invoice_no: str
    kind: str  # blue, red
    number: str
    registered_by: str  # seller, staff
    buyer_id: int
    seller_id: int
    amount_minor: int
    currency: str


@fact("orders.invoice_late", label=_("Invoice not issued in time"))
class InvoiceLate:
    order_id: int
    no: str
    invoice_id: int
    invoice_no: str
    buyer_id: int
    seller_id: int


@fact("orders.red_form_moved", label=_("Red-letter form went on"))
class RedFormMoved:
    order_id: int
    no: str
    invoice_id: int
    invoice_no: str
    form: int
    move: str
    state: str
    entered_by_id: int
    other_id: int
    amount_minor: int
    currency: str


@fact("orders.red_invoice_due", label=_("Refunded after an invoice was issued: a red-letter invoice is due"))
class RedInvoiceDue:
    order_id: int
    no: str
    invoice_id: int
    invoice_no: str
    buyer_id: int
    seller_id: int


@fact("orders.trade_paper_asked", label=_("Paper asked for"))
class TradePaperAsked:
    paper_id: int
    paper_no: str
    kind: str


@fact("orders.trade_paper_made", label=_("Paper ready"))
class TradePaperMade:
    paper_id: int
    paper_no: str
    kind: str
    sha256: str
