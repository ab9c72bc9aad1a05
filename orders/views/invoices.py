"""Invoices: asked for on the order, registered by the seller, taken back in red; a page for each request."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.actors import require
from kernel.refusals import Denied, NotFound, Refusal
from kernel.responses import private_file

from .. import services
from ..forms import new_key
from ..models import InvoiceRequest
from ..paper_forms import AgreeForm, InvoiceForm, NumberForm, ProfileForm, ReasonForm, RedEntryForm, RegisterForm
from ..permissions import ASK_INVOICE, ISSUE_INVOICE
from ..queries import desk, invoices, invoicing
from ..services.invoices import PROFILE, identity_of
from ..services.kept_files import INVOICE
from ..states import RED_READY
from ..tax import RATES
from .kept import place, with_file
from .links import url_of


@login_required
def invoice_profile(request):
    """What the company keeps for the invoices it asks for."""
    enterprise, kept = invoices.own_profile(request.actor)
    form, status = ProfileForm(request.POST or None, initial=invoices.profile_of(enterprise)), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = dict(form.cleaned_data)
            key = data.pop("request_key")
            try:
                services.save_invoice_profile(actor=request.actor, values=data, request_key=key)
            except Refusal as refusal:
                place(form, refusal)
                status = refusal.status
            else:
                messages.success(request, _("Saved. The next request starts with these details; earlier ones keep theirs."))
                return redirect("orders:invoice_profile")
    context = {"nav": "papers", "form": form, "identity": identity_of(enterprise), "kept": kept}
    return render(request, "orders/invoice_profile.html", context, status=status)


@login_required
def invoice_new(request, no: str):
    """Ask for a special invoice over goods that one gets under an order."""
    order, buyer, seller = invoices.order_to_invoice(request.actor, no)
    refusal = invoicing.invoice_refusal(order, buyer, seller)
    rooms = [room for room in invoicing.rooms_of(order, buyer.pk) if room.units]
    if request.method != "POST" and (refusal or not rooms):
        messages.info(request, refusal or _("Everything you got under this order has been put on an invoice request already."))
        return redirect(url_of(order) + "#documents-h")
    start = {**identity_of(buyer), **invoices.profile_of(buyer)}
    form, status = InvoiceForm(request.POST or None, initial=start, rooms=rooms), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = _ask(request, no, form)
            except NotFound:
                raise
            except Refusal as problem:
                place(form, problem)
                status = problem.status
            else:
                messages.success(
                    request, _("Asked. The seller and customer service see your request; the number comes within 3 working days.")
                )
                return redirect("orders:invoice", made.no)
    context = {
        "nav": "papers", "order": order, "form": form, "title": desk.title_of(order, buyer.pk),
        "seller_name": order.party_name(seller.pk, request.LANGUAGE_CODE), "rooms": rooms,
    }  # fmt: skip
    return render(request, "orders/invoice_new.html", context, status=status)


def _ask(request, no: str, form: InvoiceForm) -> InvoiceRequest:
    data = form.cleaned_data
    made = services.request_invoice(
        no, actor=request.actor, values=form.values(), quantities=form.quantities(), note=data["note"], request_key=data["request_key"]
    )
    if data["keep"]:
        kept = {name: data[name] for name in PROFILE}
        services.save_invoice_profile(actor=request.actor, values=kept, request_key=f"{data['request_key'][:50]}-keep")
    return made


@login_required
def invoice(request, no: str):
    """One invoice request: the seven fields, its lines, its numbers and files, its red forms, and what comes next."""
    return page(request, invoices.invoice_for(request.actor, no))


def page(request, found: InvoiceRequest, *, form=None, status: int = 200):
    """The page of an invoice request; a form with errors keeps what was typed."""
    actor, order = request.actor, found.order
    side = "buyer" if found.buyer_id == actor.enterprise_id else "seller"
    red, open_request = invoices.open_form(found), found.state in ("requested", "in_work")
    context = {
        "nav": "papers", "invoice": found, "order": order, "side": side, "figures": invoices.figures_of(found), "form": form,
        "blue": invoices.blue_of(found), "fields": _seven(found), "red": red, "key": new_key(),
        "lines": [{"line": line, "title": line.title(request.LANGUAGE_CODE), "basis": RATES[line.rate]} for line in found.lines.all()],
        "clock": invoices.clock_about(found, "orders.invoice") if open_request else None,
        "red_clock": invoices.clock_about(red, "orders.red_confirmation") if red else None,
        "may_issue": side == "seller" and open_request and actor.can(ISSUE_INVOICE),
        "may_withdraw": side == "buyer" and open_request and actor.can(ASK_INVOICE),
        "may_red": found.state == "issued" and red is None and actor.can(ASK_INVOICE),
        "may_answer": _waits_for(red, side) and actor.can(ASK_INVOICE), "may_take_back": _own_form(red, actor) and actor.can(ASK_INVOICE),
        "may_issue_red": side == "seller" and red is not None and red.state in RED_READY and actor.can(ISSUE_INVOICE),
        "may_book": side == "buyer" and found.state == "issued" and not found.booked_at and actor.can(ASK_INVOICE),
        "other_name": desk.other_name(order, actor.enterprise_id), "refused_form": ReasonForm(auto_id="id_refuse_%s"),
    }  # fmt: skip
    return render(request, "orders/invoice.html", context, status=status)


def _waits_for(red, side: str) -> bool:
    return red is not None and red.state == f"awaiting_{side}"


def _own_form(red, actor) -> bool:
    return red is not None and red.entered_by_id == actor.enterprise_id


def _seven(found: InvoiceRequest) -> list[tuple]:
    values = {
        "address": found.address.value, "phone": found.phone.value, "bank_account": found.bank_account.value,
        **{name: getattr(found, name) for name in ("member_account", "company_name", "tax_no", "bank_name")},
    }  # fmt: skip
    order = ("company_name", "tax_no", "address", "phone", "bank_name", "bank_account", "member_account")
    return [(InvoiceRequest._meta.get_field(name).verbose_name, values[name] or _("erased")) for name in order]


@login_required
def invoice_registration(request, no: str):
    """Type in, as seller, the number that the tax system gave, with the file."""
    require(request.actor, ISSUE_INVOICE)
    found = invoices.invoice_for(request.actor, no)
    lines = list(found.lines.all())
    if request.method != "POST":
        if found.seller_id != request.actor.enterprise_id or found.state not in ("requested", "in_work"):
            messages.info(request, _("There is no invoice to register here at the moment."))
            return redirect("orders:invoice", no)
        return _number_page(request, found, RegisterForm(lines=lines, initial={"gross": found.gross.decimal}))
    form, document = with_file(request, INVOICE, lambda sent: RegisterForm(sent, lines=lines))
    if form.is_valid():
        data = form.cleaned_data
        try:
            services.register_invoice(
                no, actor=request.actor, number=data["number"], issued_on=data["issued_on"], gross=form.money(found.currency),
                file=document.token if document else "", rates=form.rates(), request_key=data["request_key"],
            )  # fmt: skip
        except NotFound:
            raise
        except Refusal as refusal:
            place(form, refusal)
            return _number_page(request, found, form, refusal.status)
        messages.success(request, _("Registered. The buyer sees the number and the file."))
        return redirect("orders:invoice", no)
    return _number_page(request, found, form, 422)


def _number_page(request, found, form, status: int = 200, *, red=None):
    context = {"nav": "papers", "invoice": found, "order": found.order, "form": form, "red": red, "figures": invoices.figures_of(found)}
    return render(request, "orders/invoice_number.html", context, status=status)


@login_required
def red_registration(request, no: str, number: int):
    """Type in, as seller, the number of the negative invoice of a confirmed form."""
    require(request.actor, ISSUE_INVOICE)
    found = invoices.invoice_for(request.actor, no)
    red = next((form for form in found.red_forms.all() if form.number == number), None)
    if red is None:
        raise NotFound()
    if request.method != "POST":
        if found.seller_id != request.actor.enterprise_id or red != invoices.open_form(found):
            messages.info(request, _("There is no invoice to register here at the moment."))
            return redirect("orders:invoice", no)
        return _number_page(request, found, NumberForm(), red=red)
    form, document = with_file(request, INVOICE, NumberForm)
    if form.is_valid():
        data = form.cleaned_data
        try:
            services.register_red_invoice(
                no, number, actor=request.actor, number=data["number"], issued_on=data["issued_on"],
                file=document.token if document else "", request_key=data["request_key"],
            )  # fmt: skip
        except NotFound:
            raise
        except Refusal as refusal:
            place(form, refusal)
            return _number_page(request, found, form, refusal.status, red=red)
        messages.success(request, _("The red-letter invoice is registered; both sides see it."))
        return redirect("orders:invoice", no)
    return _number_page(request, found, form, 422, red=red)


@login_required
@require_POST
def invoice_taking(request, no: str):
    """Say, as seller, that the invoice is being made out; staff do so at their desk."""
    require(request.actor, ISSUE_INVOICE)
    services.take_invoice(no, actor=request.actor, request_key=request.POST.get("request_key", ""))
    messages.success(request, _("The buyer sees that you are making the invoice out."))
    return redirect("orders:invoice", no)


@login_required
@require_POST
def invoice_refusal(request, no: str):
    """Say no, as seller, with a reason."""
    require(request.actor, ISSUE_INVOICE)
    found = invoices.invoice_for(request.actor, no)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return page(request, found, form=form, status=422)
    try:
        services.refuse_invoice(no, actor=request.actor, **form.cleaned_data)
    except (NotFound, Denied):
        raise
    except Refusal as refusal:
        place(form, refusal)
        return page(request, found, form=form, status=refusal.status)
    messages.success(request, _("Refused. The buyer reads your reason."))
    return redirect("orders:invoice", no)


@login_required
@require_POST
def invoice_withdrawal(request, no: str):
    services.withdraw_invoice(no, actor=request.actor, request_key=request.POST.get("request_key", ""))
    messages.success(request, _("The request was withdrawn."))
    return redirect("orders:invoice", no)


@login_required
@require_POST
def invoice_booking(request, no: str):
    services.note_booked(no, actor=request.actor, request_key=request.POST.get("request_key", ""))
    messages.success(request, _("Noted. From now on a red-letter form needs your confirmation."))
    return redirect("orders:invoice", no)


@login_required
def red_new(request, no: str):
    """Take an issued invoice back, whole or in part."""
    require(request.actor, ASK_INVOICE)
    found = invoices.invoice_for(request.actor, no)
    parts = invoicing.parts_of(found.lines.all())
    lines = [(line, parts[line.pk].left) for line in found.lines.all() if parts[line.pk].left]
    if request.method != "POST" and (found.state != "issued" or invoices.open_form(found)):
        messages.info(request, _("No red-letter form can be entered at the moment."))
        return redirect("orders:invoice", no)
    form, status = RedEntryForm(request.POST or None, parts=lines), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            try:
                services.enter_red_form(
                    no, actor=request.actor, why=data["why"], amounts=form.amounts(), note=data["note"], request_key=data["request_key"]
                )
            except NotFound:
                raise
            except Refusal as refusal:
                place(form, refusal)
                status = refusal.status
            else:
                messages.success(request, _("The red-letter form is entered."))
                return redirect("orders:invoice", no)
    side = "buyer" if found.buyer_id == request.actor.enterprise_id else "seller"
    context = {"nav": "papers", "invoice": found, "order": found.order, "form": form, "side": side}
    return render(request, "orders/red_new.html", context, status=status)


@login_required
@require_POST
def red_answer(request, no: str, number: int):
    form = AgreeForm(request.POST)
    if not form.is_valid():
        raise Refusal("answer_missing", _("Say yes or no."))
    data = form.cleaned_data
    services.answer_red_form(no, number, actor=request.actor, agree=data["agree"] == "yes", request_key=data["request_key"])
    messages.success(request, _("Your answer to the red-letter form is kept."))
    return redirect("orders:invoice", no)


@login_required
@require_POST
def red_withdrawal(request, no: str, number: int):
    services.withdraw_red_form(no, number, actor=request.actor, request_key=request.POST.get("request_key", ""))
    messages.success(request, _("The red-letter form was withdrawn."))
    return redirect("orders:invoice", no)


@login_required
def invoice_file(request, no: str, invoice_id: int):
    """The file of a registered invoice, to the two parties."""
    return private_file(invoices.invoice_file(request.actor, no, invoice_id))
