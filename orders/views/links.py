"""Where the pages of an order are."""

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.queries import entry_named
from kernel.queries import fact_label

from ..models import Order
from ..queries.desk import Act


def url_of(order: Order, name: str = "detail", *args) -> str:
    return reverse(f"orders:{name}", args=[order.no, *args])


def link_to(order: Order, act: Act) -> dict:
    """An act of the next step as a link; paying happens at the bank, so it leads to the words on the page itself."""
    args = [act.about_id] if act.about_id else []
    return {"label": act.label, "url": url_of(order, act.page, *args) if act.page else "#money-h"}


def undoing(request) -> str:
    """The reason that a form starts with when it was opened from an entry of the operation log (H18); else empty."""
    seq, fact = entry_named(request.actor, request.GET.get("entry", ""))
    if fact is None:
        return ""
    return _("Reversal of entry #%(seq)s of our operation log: %(what)s.") % {"seq": seq, "what": fact_label(fact.name)}
