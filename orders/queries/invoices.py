"""Invoices as their parties and the desk read them."""

from dataclasses import dataclass

from django.db.models import Case, IntegerField, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum, When

from accounts.actors import Actor, require, require_staff
from accounts.models import Enterprise
from kernel.chains import subject_of
from kernel.models import Deadline, Document
from kernel.money import Money
from kernel.refusals import NotFound

from ..models import InvoiceLine, InvoiceProfile, InvoiceRequest, Order, RedForm, RedLine, TaxInvoice
from ..permissions import ASK_INVOICE, HANDLE_INVOICE, VIEW_PAPERS
from ..states import RED_DEAD, RED_WAITING
from .contracts import desk_rows

ISSUED = Prefetch("issued", TaxInvoice.objects.select_related("document").order_by("pk"))
FORMS = Prefetch("red_forms", RedForm.objects.prefetch_related(Prefetch("lines", RedLine.objects.select_related("line"))).order_by("-pk"))
LINES = Prefetch("lines", InvoiceLine.objects.order_by("pk"))


def profile_of(enterprise: Enterprise) -> dict[str, str]:
    """The four details an enterprise keeps for its invoices, prefilled from its company data until it has said them."""
    found = InvoiceProfile.objects.filter(enterprise=enterprise).first()
    names = ("address", "phone", "bank_name", "bank_account")
    return {name: getattr(found or enterprise, name) for name in names}


def own_profile(actor: Actor) -> tuple[Enterprise, InvoiceProfile | None]:
    """The actor's enterprise and what it keeps for its invoices; raises Denied."""
    require(actor, ASK_INVOICE)
    enterprise = Enterprise.objects.get(pk=actor.party_id)
    return enterprise, InvoiceProfile.objects.filter(enterprise=enterprise).first()


def order_to_invoice(actor: Actor, no: str) -> tuple[Order, Enterprise, Enterprise]:
    """An order to ask an invoice for, with buyer (the actor's enterprise) and seller; raises Denied, NotFound."""
    require(actor, ASK_INVOICE)
    order = Order.objects.own(actor).filter(no=no).select_related("proposer", "responder").prefetch_related("lines", "tenders").first()
    if order is None:
        raise NotFound()
    mine = actor.enterprise_id == order.proposer_id
    return order, (order.proposer if mine else order.responder), (order.responder if mine else order.proposer)


def _own(actor: Actor) -> QuerySet[InvoiceRequest]:
    return InvoiceRequest.objects.filter(order__in=Order.objects.own(actor).order_by())


def _full(rows: QuerySet[InvoiceRequest]) -> QuerySet[InvoiceRequest]:
    return rows.select_related("order", "address", "phone", "bank_account").prefetch_related(LINES, ISSUED, FORMS)


def invoice_for(actor: Actor, no: str) -> InvoiceRequest:
    """An invoice request of an order of the actor's, with lines, numbers and red forms; raises NotFound."""
    require(actor, VIEW_PAPERS)
    found = _full(_own(actor)).filter(no=no).first()
    if found is None:
        raise NotFound()
    return found


def invoice_file(actor: Actor, no: str, invoice_id: int) -> Document:
    """The file of a registered invoice, for a party; raises NotFound."""
    return _file(invoice_for(actor, no), invoice_id)


def _file(request: InvoiceRequest, invoice_id: int) -> Document:
    found = next((one.document for one in request.issued.all() if one.pk == invoice_id and one.document), None)
    if found is None:
        raise NotFound()
    return found


@dataclass(frozen=True)
class Figures:
    """What an invoice says and what red ones took back of it."""

    gross: Money
    net: Money
    tax: Money
    red: Money

    @property
    def left(self) -> Money:
        return self.gross - self.red


def figures_of(request: InvoiceRequest) -> Figures:
    """The sums of a loaded request: totals are sums of rounded lines."""
    lines = list(request.lines.all())
    zero = Money.zero(request.currency)
    red = sum((Money(-one.gross_minor, one.currency) for one in request.issued.all() if one.kind == "red"), zero)
    return Figures(request.gross, sum((one.net for one in lines), zero), sum((one.tax for one in lines), zero), red)


def blue_of(request: InvoiceRequest) -> TaxInvoice | None:
    return next((one for one in request.issued.all() if one.kind == "blue"), None)


def open_form(request: InvoiceRequest) -> RedForm | None:
    """The red-letter form of a loaded request that is not done: waiting, or confirmed and not issued."""
    done = {one.red_form_id for one in request.issued.all()}
    return next((form for form in request.red_forms.all() if form.state not in RED_DEAD and form.pk not in done), None)


def clock_about(row, policy: str) -> Deadline | None:
    """The clock of a row that runs or was missed; None when it was met."""
    subject_type, subject_id = subject_of(row)
    rows = Deadline.objects.filter(policy=policy, subject_type=subject_type, subject_id=subject_id)
    return rows.filter(met_at=None, cancelled_at=None).order_by("-pk").first()


def invoices_of_order(order: Order) -> list[InvoiceRequest]:
    """All invoice requests of a loaded order, newest first."""
    return list(order.invoices.prefetch_related(ISSUED).order_by("-pk"))


def invoices_for_desk(actor: Actor) -> QuerySet[InvoiceRequest]:
    """Every invoice request for the desk: open ones and confirmed red forms first, soonest due on top; raises Denied."""
    require_staff(actor, HANDLE_INVOICE)
    place = Case(When(state__in=["requested", "in_work"], then=0), default=1, output_field=IntegerField())
    rows = desk_rows(InvoiceRequest, "orders.invoice").annotate(queue_place=place)
    return rows.select_related("order", "buyer", "seller").order_by("queue_place", "due_at", "pk")


def invoices_waiting(actor: Actor) -> QuerySet[InvoiceRequest]:
    """What waits for a number."""
    return invoices_for_desk(actor).filter(state__in=["requested", "in_work"])


def invoice_for_desk(actor: Actor, pk: int) -> InvoiceRequest:
    """One request for the desk; raises NotFound."""
    found = _full(invoices_for_desk(actor)).filter(pk=pk).first()
    if found is None:
        raise NotFound()
    return found


def invoice_file_for_desk(actor: Actor, pk: int, invoice_id: int) -> Document:
    return _file(invoice_for_desk(actor, pk), invoice_id)


def waiting_red_forms(enterprise_id: int) -> QuerySet[RedForm]:
    """Red-letter forms that wait for an enterprise's confirmation."""
    mine = Q(state="awaiting_buyer", request__buyer_id=enterprise_id) | Q(state="awaiting_seller", request__seller_id=enterprise_id)
    return RedForm.objects.filter(mine, state__in=RED_WAITING)


def issued_red(request: QuerySet) -> QuerySet:
    """Invoice requests with `red_minor`: what issued red invoices took back."""
    red = TaxInvoice.objects.filter(request=OuterRef("pk"), kind="red").order_by().values("request")
    return request.annotate(red_minor=Subquery(red.annotate(total=Sum("gross_minor")).values("total")))
