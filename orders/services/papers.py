"""Papers of an order, made outside the request and kept with their hash (B18, thin: the bilingual trade confirmation)."""

from django.db import transaction
from django.template.loader import render_to_string

from kernel.clock import now
from kernel.pdf import render_pdf
from kernel.services import lock, record, store_bytes
from kernel.timer import COMMAND

from ..facts import PaperMade
from ..models import Order, OrderPaper
from ..papers import confirmation_context


@transaction.atomic
def make_confirmation(order_id: int) -> OrderPaper:
    """Make the confirmation of a confirmed order once; asked again it returns the one that exists. Raises RenderError."""
    order = Order.objects.get(pk=order_id)
    if existing := OrderPaper.objects.filter(order=order, kind="confirmation").first():
        return existing
    body = render_pdf(render_to_string("orders/paper_confirmation.html", confirmation_context(order)))
    lock(Order.objects.all(), pk=order_id)  # only now: rendering takes a second, and a confirmed order's terms no longer change
    if existing := OrderPaper.objects.filter(order=order, kind="confirmation").first():
        return existing
    document = store_bytes(
        body,
        file_name=f"{order.no}-confirmation.pdf",
        content_type="application/pdf",
        purpose="orders.confirmation",
        owner_chain=order.chains[0],
        actor=COMMAND,
    )
    paper = OrderPaper.objects.create(order=order, kind="confirmation", document=document, created_at=now())
    record(
        PaperMade(order_id=order.pk, no=order.no, kind="confirmation", sha256=document.sha256),
        actor=COMMAND,
        subject=order,
        chains=order.chains,
    )
    return paper
