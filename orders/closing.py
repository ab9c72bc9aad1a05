"""What of orders keeps an enterprise from closing: proposals, running orders, open refunds (P16)."""

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from kernel.registries import closing_blocker

from .models import ContractRequest, InvoiceRequest, Negotiation, Order, RedForm, Refund
from .states import CONTRACT_OPEN, INVOICE_OPEN, NEGOTIATION_OPEN, ORDER_LIVE, RED_DEAD, REFUND_OPEN

MOST = 20


@closing_blocker("orders.1_running")
def running(enterprise_id: int):
    """Orders that are confirmed and not done."""
    for order in Order.objects.of_party(enterprise_id).filter(state__in=ORDER_LIVE).order_by("pk")[:MOST]:
        yield _("Order %(no)s is not done: %(state)s.") % {"no": order.no, "state": order.get_state_display()}, _page(order.no)


@closing_blocker("orders.2_proposals")
def proposals(enterprise_id: int):
    """Proposals of either side that nobody has answered."""
    for order in Order.objects.of_party(enterprise_id).filter(state="proposed").order_by("pk")[:MOST]:
        yield _("Proposal %(no)s is not answered.") % {"no": order.no}, _page(order.no)


@closing_blocker("orders.3_refunds")
def refunds(enterprise_id: int):
    """Refund requests that are open."""
    mine = Order.objects.of_party(enterprise_id)
    for refund in Refund.objects.filter(order__in=mine, state__in=REFUND_OPEN).select_related("order").order_by("pk")[:MOST]:
        yield _("A refund request on order %(no)s is open.") % {"no": refund.order.no}, _page(refund.order.no)


@closing_blocker("orders.4_invoices")
def invoices(enterprise_id: int):
    """Invoice requests without a number, and issued invoices whose red-letter form is open."""
    mine = InvoiceRequest.objects.filter(Q(buyer_id=enterprise_id) | Q(seller_id=enterprise_id))
    forms = RedForm.objects.filter(request=OuterRef("pk"), issued=None).exclude(state__in=RED_DEAD)
    for row in mine.filter(Q(state__in=INVOICE_OPEN) | Exists(forms)).order_by("pk")[:MOST]:
        yield _("Invoice request %(no)s is not done.") % {"no": row.no}, reverse("orders:invoice", args=[row.no])


@closing_blocker("orders.5_contracts")
def contracts(enterprise_id: int):
    """Contract requests that customer service is working on."""
    mine = Order.objects.of_party(enterprise_id)
    for row in ContractRequest.objects.filter(order__in=mine, state__in=CONTRACT_OPEN).order_by("pk")[:MOST]:
        yield _("Contract request %(no)s is not done.") % {"no": row.no}, reverse("orders:contract", args=[row.no])


@closing_blocker("orders.6_negotiations")
def negotiations(enterprise_id: int):
    """Requests and offers of either side that are still open."""
    rows = Negotiation.objects.of_party(enterprise_id).filter(state__in=NEGOTIATION_OPEN)
    for thread in rows.order_by("pk")[:MOST]:
        yield _("Negotiation %(no)s is open.") % {"no": thread.no}, reverse("orders:negotiation", args=[thread.no])


def _page(no: str) -> str:
    return reverse("orders:detail", args=[no])
