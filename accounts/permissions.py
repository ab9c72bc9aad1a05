"""Capabilities: what an act is called, and which box of the permission grid opens it (H16)."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

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
}


@dataclass(frozen=True)
class Capability:
    """`name` is what logs and refusals say; `box` is the grid permission a sub-account needs; `verified` whether the enterprise must be."""

    name: str
    box: str
    label: object
    verified: bool = True
    also: tuple[str, ...] = ()  # other boxes that open it too


VIEW_COMPANY = Capability("accounts.view_company", "company", _("see the company profile"), verified=False)
MANAGE_TEAM = Capability("accounts.manage_team", "team", _("manage sub-accounts"))
VIEW_LOG = Capability("accounts.view_log", "team", _("read the operation log"), verified=False)
EDIT_COMPANY = Capability("accounts.edit_company", "company", _("change the company profile"), verified=False)
