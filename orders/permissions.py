from django.utils.translation import gettext_lazy as _

from accounts.permissions import Capability

VIEW_ORDERS = Capability(
    "orders.view_orders", "trade", _("see orders"), verified=False, also=("ship", "finance", "disputes", "messages", "reports")
)
# `hold` says which trading hold stops the act (H20): "new" what opens business, "all" every move; reading and writing are never held.
PROPOSE = Capability("orders.propose", "trade", _("propose a trade"), hold="new")
ANSWER_PROPOSAL = Capability("orders.answer_proposal", "trade", _("answer a proposal"), hold="new")
DECLINE = Capability("orders.decline", "trade", _("decline a proposal"), hold="all")
WITHDRAW = Capability("orders.withdraw", "trade", _("withdraw a proposal"), hold="all")
SHIP = Capability("orders.ship", "ship", _("ship goods"), hold="all")
ACCEPT_GOODS = Capability("orders.accept_goods", "trade", _("accept goods"), hold="all")
REQUEST_REFUND = Capability("orders.request_refund", "trade", _("ask for a refund"), hold="all")
ANSWER_REFUND = Capability("orders.answer_refund", "trade", _("answer a refund request"), hold="all")
VIEW_PAPERS = Capability(
    "orders.view_papers", "invoices", _("see invoices and contracts"), verified=False, also=("trade", "finance", "reports")
)
PRINT_PAPERS = Capability(
    "orders.print_papers", "trade", _("make papers of an order"), verified=False, also=("ship", "finance", "invoices", "reports")
)
ASK_CONTRACT = Capability("orders.ask_contract", "trade", _("ask for a written contract"))
ACCEPT_CONTRACT = Capability("orders.accept_contract", "trade", _("accept a contract"), hold="new")
ASK_INVOICE = Capability("orders.ask_invoice", "invoices", _("ask for invoices"))
ISSUE_INVOICE = Capability("orders.issue_invoice", "invoices", _("register issued invoices"))
MAKE_STATEMENT = Capability("orders.make_statement", "finance", _("make account statements"), whole=True)
HANDLE_CONTRACT, HANDLE_INVOICE = "orders.handle_contract", "orders.handle_invoice"  # staff
NOTE_TRACKING = "orders.note_tracking"  # staff
ENTER_COMMISSION, APPROVE_COMMISSION = "orders.enter_commission", "orders.approve_commission"  # staff

WRITE_MESSAGES = Capability("orders.write_messages", "messages", _("write on an order"), also=("trade",))
ASK_QUOTATIONS = Capability("orders.ask_quotations", "trade", _("ask sellers for quotations"), hold="new")
QUOTE = Capability("orders.quote", "trade", _("quote and make counter-offers"), hold="new")
ACCEPT_QUOTATION = Capability("orders.accept_quotation", "trade", _("accept a quotation"), hold="new")
END_NEGOTIATION = Capability("orders.end_negotiation", "trade", _("decline or withdraw an offer"), hold="all")
PROPOSE_AMENDMENT = Capability("orders.propose_amendment", "trade", _("propose changed terms"), hold="all")
ANSWER_AMENDMENT = Capability("orders.answer_amendment", "trade", _("answer changed terms"), hold="all")
