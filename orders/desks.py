"""Desks of the back office for contracts and invoices: queues soonest due on top, one page for each request, services decide."""

from functools import partial

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext_lazy as _

from kernel.desks import ChoiceFilter, Desk
from kernel.refusals import NotFound, Refusal
from kernel.responses import private_file
from kernel.templatetags.ui import clock, plain_money

from . import services
from .models import ContractRequest, InvoiceRequest
from .paper_forms import DeskContractForm, DeskInvoiceForm, NumberForm, ReasonForm, RegisterForm
from .permissions import HANDLE_CONTRACT, HANDLE_INVOICE
from .queries import contracts, invoices
from .services.kept_files import CONTRACT, INVOICE
from .states import CONTRACT as CONTRACT_STATES
from .states import INVOICE as INVOICE_STATES
from .views.kept import place, with_file


def number_of(object_id) -> int:
    """The primary key in an admin address; raises NotFound for anything else."""
    if not str(object_id).isdecimal() or len(str(object_id)) > 18:
        raise NotFound()
    return int(object_id)


class Queue(ChoiceFilter):
    """What waits first; other states and all on demand."""

    title, parameter_name = _("state"), "stage"
    open_states: tuple[str, ...] = ()

    def queryset(self, request, queryset):
        if self.value() == "all":
            return queryset
        return queryset.filter(state__in=self.open_states if self.value() == "waiting" else [self.value()])


class ContractQueue(Queue):
    words = (("waiting", _("Waiting")), *CONTRACT_STATES.labels.items())
    open_states = ("requested", "in_work")


class InvoiceQueue(Queue):
    words = (("waiting", _("Waiting")), *INVOICE_STATES.labels.items())
    open_states = ("requested", "in_work")


class PaperDesk(Desk):
    """A queue with a clock; the page of one row takes POST of several forms and says refusals on the one that was sent."""

    sortable_by: list[str] = []
    search_fields = ["no__exact", "order__no__exact"]
    search_help_text = _("Number of the request or of the order")

    def get_ordering(self, request):
        return ["queue_place", "due_at", "pk"]

    def get_urls(self):
        view = self.admin_site.admin_view(self.file_view)
        name = f"{self.opts.app_label}_{self.opts.model_name}_file"
        return [path("<int:pk>/files/<int:number>/", view, name=name), *super().get_urls()]

    def guard(self, request):
        if not self.has_view_permission(request):
            raise PermissionDenied

    @admin.display(description=_("due"))
    def due(self, row):
        if row.late_at:
            return _("overdue")
        return clock(row.due_at, row.clock_from) if row.due_at else "—"


@admin.register(ContractRequest)
class ContractAdmin(PaperDesk):
    list_display = ["no", "order", "asked_by", "state", "created_at", "due"]
    list_filter = [ContractQueue]
    permission = HANDLE_CONTRACT

    def get_queryset(self, request):
        return contracts.contracts_for_desk(request.actor)

    def file_view(self, request, pk, number):
        self.guard(request)
        return private_file(contracts.contract_file_for_desk(request.actor, pk, number))

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """One request: what is wanted, what was handed in, and the acts of the desk."""
        self.guard(request)
        found = contracts.contract_for_desk(request.actor, number_of(object_id))
        form, status = DeskContractForm(), 200
        if request.method == "POST":
            form, document = with_file(request, CONTRACT, DeskContractForm)
            done, status = self.decide(form, partial(self._act, request, found, document))
            if done:
                return done
        names = contracts.staff_names([found.taken_by_id, *(v.created_by_id for v in found.versions.all())])
        versions = [{"version": v, "by": names.get(v.created_by_id, "")} for v in found.versions.all()]
        return self.page(
            request, "orders/admin/contract.html", title=found.no, status=status, contract=found, form=form, versions=versions,
            taker=names.get(found.taken_by_id, ""), parties=[found.order.party_name(pk) for pk in found.order.parties],
        )  # fmt: skip

    def _act(self, request, found, document, *, act, text, signed, online, note, request_key, **_rest):
        who = {"actor": request.actor, "request_key": request_key}
        if act == "take":
            services.take_contract(found.pk, **who)
        elif act == "ask":
            services.ask_about_contract(found.pk, question=text, **who)
        elif act == "decline":
            services.decline_contract(found.pk, reason=text, **who)
        elif document is None:
            raise Refusal("file_missing", _("Choose the PDF of the contract."))
        else:
            services.deliver_contract(found.pk, file=document.token, signed=signed, online=online, note=note, **who)
        messages.success(request, _("Done; the parties are told."))
        return redirect("admin:orders_contractrequest_change", found.pk)


@admin.register(InvoiceRequest)
class InvoiceAdmin(PaperDesk):
    list_display = ["no", "order", "company_name", "seller_name", "total", "state", "created_at", "due"]
    list_filter = [InvoiceQueue]
    permission = HANDLE_INVOICE

    def get_queryset(self, request):
        return invoices.invoices_for_desk(request.actor)

    @admin.display(description=_("total"))
    def total(self, row):
        return plain_money(row.gross)

    def file_view(self, request, pk, number):
        self.guard(request)
        return private_file(invoices.invoice_file_for_desk(request.actor, pk, number))

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """One request: the seven fields, the lines, the numbers, and the acts of the desk."""
        self.guard(request)
        found = invoices.invoice_for_desk(request.actor, number_of(object_id))
        red, forms, status = invoices.open_form(found), self._forms(found), 200
        if request.method == "POST":
            act = DeskInvoiceForm(request.POST)
            form, status = self._sent(request, found, red, act.cleaned_data["act"]) if act.is_valid() else (None, 422)
            if status == 302:
                return redirect("admin:orders_invoicerequest_change", found.pk)
            forms |= {act.cleaned_data["act"]: form} if form is not None else {}
        return self.page(
            request, "orders/admin/invoice.html", title=found.no, status=status, invoice=found, forms=forms, red=red,
            figures=invoices.figures_of(found), lines=list(found.lines.all()), blue=invoices.blue_of(found),
            may_red=red is not None and red.state in ("no_confirmation", "confirmed"),
        )  # fmt: skip

    def _forms(self, found) -> dict:
        lines = list(found.lines.all())
        return {
            "take": ReasonForm(), "refuse": ReasonForm(auto_id="id_refuse_%s"),
            "register": RegisterForm(lines=lines, auto_id="id_blue_%s", initial={"gross": found.gross.decimal}),
            "register_red": NumberForm(auto_id="id_red_%s"),
        }  # fmt: skip

    def _sent(self, request, found, red, act):
        """Do what a sent form asks: the form with its refusals, and the status; 302 when it is done."""
        who = {"actor": request.actor}
        key = request.POST.get("request_key", "")
        document = None
        if act == "register":
            lines = list(found.lines.all())
            form, document = with_file(request, INVOICE, lambda sent: RegisterForm(sent, lines=lines, auto_id="id_blue_%s"))
        elif act == "register_red":
            form, document = with_file(request, INVOICE, lambda sent: NumberForm(sent, auto_id="id_red_%s"))
        else:
            form = ReasonForm(request.POST, auto_id="id_refuse_%s")
        if not form.is_valid() and act != "take":
            return form, 422
        data, file = form.cleaned_data, document.token if document else ""
        try:
            if act == "take":
                services.take_invoice(found.no, request_key=key, **who)
            elif act == "refuse":
                services.refuse_invoice(found.no, reason=data["reason"], request_key=key, **who)
            elif act == "register":
                services.register_invoice(
                    found.no, number=data["number"], issued_on=data["issued_on"], gross=form.money(found.currency), file=file,
                    rates=form.rates(), request_key=key, **who,
                )  # fmt: skip
            else:
                number = red.number if red else 0
                services.register_red_invoice(
                    found.no, number, number=data["number"], issued_on=data["issued_on"], file=file, request_key=key, **who
                )
        except NotFound:
            raise
        except Refusal as refusal:
            place(form, refusal)
            return form, refusal.status
        messages.success(request, _("Done; the parties are told."))
        return form, 302
