"""Capabilities: what an act is called, and which box of the permission grid opens it (H16)."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

CAPABILITIES: dict[str, "Capability"] = {}
GRID = {
    "manage_products": _("product management"),
    "manage_stock": _("stock"),
    "trade": _("orders and proposals"),
    "ship": _("shipping"),
    "finance": _("finance"),
    "chat": _("online chat"),
    "messages": _("site messages"),
    "invoices": _("invoices"),
    "disputes": _("complaints and disputes"),
    "reports": _("reports"),
    "team": _("team and sub-accounts"),
    "company": _("company profile"),
    "approve": _("approving"),
}
# The grid as people read it: what belongs together, and one line about each box.
GRID_GROUPS = {
    pgettext_lazy("permissions", "Goods"): ("manage_products", "manage_stock"),
    pgettext_lazy("permissions", "Trade"): ("trade", "ship", "disputes"),
    _("Talking"): ("chat", "messages"),
    _("Money and papers"): ("finance", "invoices", "reports"),
    _("The company"): ("company", "team", "approve"),
}
EXPLAINED = {
    "manage_products": _("Write listings, change them and take them off sale."),
    "manage_stock": _("Book goods in and out, and see what is on hand."),
    "trade": _("Propose and confirm trades, accept goods, ask for refunds and answer them."),
    "ship": _("Hand over goods and enter waybill numbers."),
    "finance": _("See balances, pay what orders owe, ask for payouts."),
    "chat": _("Talk with customers in the online chat."),
    "messages": _("Read and write site messages, also those on orders."),
    "invoices": _("Ask for invoices and issue them."),
    "disputes": _("Open complaints, answer them and hand in evidence."),
    "reports": _("Read reports, orders and the operation log; change nothing."),
    "team": _("Add sub-accounts, invite people and set their permissions, never beyond the person's own."),
    "company": _("See the company profile and ask for changes of it."),
    "approve": _("Approve what colleagues may not commit to alone."),
}
# Ready roles: a starting point for the grid; what is kept are the boxes, never the name of a role.
ROLES = {
    "sales": (pgettext_lazy("role", "Sales"), ("manage_products", "trade", "chat", "messages")),
    "purchasing": (pgettext_lazy("role", "Purchasing"), ("trade", "messages")),
    "warehouse": (pgettext_lazy("role", "Warehouse"), ("manage_stock", "ship")),
    "finance": (pgettext_lazy("role", "Finance"), ("finance", "invoices", "reports")),
    "customer_contact": (pgettext_lazy("role", "Customer contact"), ("chat", "messages", "disputes")),
    "auditor": (pgettext_lazy("role", "Reading only"), ("reports",)),
}


@dataclass(frozen=True)
class Capability:
    """`name` is what logs and refusals say; `box` is the grid permission a sub-account needs; `verified` whether the enterprise must be."""

    name: str
    box: str
    label: object
    verified: bool = True
    also: tuple[str, ...] = ()  # other boxes that open it too
    whole: bool = False  # shows all of the company: closed to those who see only granted listings or orders (H16)
    hold: str = ""  # which trading hold stops it while a company change is under review: "new" for new business, "all" for every move (H20)

    def __post_init__(self):
        CAPABILITIES[self.name] = self  # so that a row that keeps a name can say it in words


VIEW_COMPANY = Capability("accounts.view_company", "company", _("see the company profile"), verified=False)
MANAGE_TEAM = Capability("accounts.manage_team", "team", _("manage sub-accounts"))
VIEW_LOG = Capability("accounts.view_log", "team", _("read the operation log"), verified=False, also=("reports",), whole=True)
CHANGE_COMPANY = Capability("accounts.change_company", "company", _("ask for a change of the company data"))
EDIT_COMPANY = Capability("accounts.edit_company", "company", _("change the company profile"), verified=False)
APPROVE = Capability("accounts.approve", "approve", _("approve acts of colleagues"))
STAND_IN = Capability("accounts.stand_in", "approve", _("approve acts of colleagues"), also=tuple(GRID))  # named by days, not by a box
VIEW_APPROVALS = Capability("accounts.view_approvals", "approve", _("see requests for approval"), verified=False, also=("trade",))
VIEW_APPROVAL_RULES = Capability(
    "accounts.view_approval_rules", "approve", _("see limits and who approves"), verified=False, also=("team",)
)
