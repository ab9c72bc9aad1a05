from django.utils.translation import gettext_lazy as _

from accounts.permissions import Capability

VIEW_ORDERS = Capability("orders.view_orders", "trade", _("see orders"), verified=False, also=("ship", "finance", "disputes", "messages"))
PROPOSE = Capability("orders.propose", "trade", _("propose a trade"))
ANSWER_PROPOSAL = Capability("orders.answer_proposal", "trade", _("answer a proposal"))
SHIP = Capability("orders.ship", "ship", _("ship goods"))
ACCEPT_GOODS = Capability("orders.accept_goods", "trade", _("accept goods"))
REQUEST_REFUND = Capability("orders.request_refund", "trade", _("ask for a refund"))
ANSWER_REFUND = Capability("orders.answer_refund", "trade", _("answer a refund request"))
WRITE_MESSAGES = Capability("orders.write_messages", "messages", _("write on an order"), also=("trade",))
