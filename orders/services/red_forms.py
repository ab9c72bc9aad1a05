"""Red-letter forms: an issued invoice is never voided, it is taken back in whole or part by a negative one (DOMAIN §3)."""

from collections.abc import Mapping
from datetime import date

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor, require
from kernel.clock import now
from kernel.refusals import Denied, Refusal
from kernel.services import cancel_deadlines, claim_key, lock, meet_deadline, move, record, start_deadline
from kernel.timer import TIMER

from .. import tax
from ..facts import RedFormMoved
from ..models import InvoiceRequest, Order, RedForm, RedLine, TaxInvoice
from ..permissions import ASK_INVOICE
from ..queries.invoicing import parts_of
from ..states import RED_DEAD, RED_READY, RED_WAITING
from .invoices import issuer, keep_number, locked_invoice, only, tell_registered


@transaction.atomic
def enter_red_form(no: str, *, actor: Actor, why: str, amounts: Mapping[int, int], note: str = "", request_key: str) -> RedForm:
    """Enter a red-letter form over amounts of an invoice's lines ({line: minor units, tax included}).

    The seller needs no confirmation while the buyer has not booked the invoice; otherwise the other party has 72 hours.
    Raises Refusal not_issued, form_open, nothing_chosen, beyond_blue, whole_only.
    """
    require(actor, ASK_INVOICE)
    amounts = {int(pk): int(minor) for pk, minor in amounts.items() if minor}
    inputs = {"no": no, "why": why, "amounts": {str(k): v for k, v in amounts.items()}, "note": note}
    claim = claim_key(request_key, verb="orders.enter_red_form", actor=actor, inputs=inputs)
    order, request, side = locked_invoice(no, actor=actor)
    if claim.result_id:
        return RedForm.objects.get(pk=claim.result_id)
    only(side, "buyer", "seller")
    form = _write(request, actor, why, amounts, note.strip())
    name = "ask_seller" if side == "buyer" else "ask_buyer" if request.booked_at else "skip"
    move(lock_form(form.pk), name)
    form.refresh_from_db()
    if form.state in RED_WAITING:
        start_deadline("orders.red_confirmation", form, chains=order.chains)
    _tell(order, request, form, "enter", actor, ["", form.state])
    claim.done(form.pk)
    return form


def lock_form(pk: int) -> RedForm:
    """Lock a red-letter form; its order and invoice are held already."""
    return lock(RedForm.objects.all(), pk=pk)


def _write(request: InvoiceRequest, actor: Actor, why: str, amounts: Mapping[int, int], note: str) -> RedForm:
    if request.state != "issued":
        raise Refusal("not_issued", _("Only an issued invoice can be taken back."))
    if request.red_forms.exclude(state__in=RED_DEAD).filter(issued=None).exists():
        raise Refusal("form_open", _("A red-letter form about this invoice is open. Finish it or withdraw it first."))
    if why not in dict(RedForm.REASONS):
        raise Refusal("reason_missing", _("Choose the reason."))
    if not amounts:
        raise Refusal("nothing_chosen", _("Say how much of which line is taken back."))
    lines = {line.pk: line for line in request.lines.all()}
    parts = parts_of(lines.values())
    if set(amounts) - set(lines) or any(not 0 < minor <= parts[pk].left for pk, minor in amounts.items()):
        raise Refusal("beyond_blue", _("No more can be taken back than is left of the invoice's line."))
    if why == "wrong" and amounts != {pk: part.left for pk, part in parts.items() if part.left}:
        raise Refusal("whole_only", _("A wrong invoice is taken back whole and issued anew."))
    form = RedForm.objects.create(
        request=request, number=request.red_forms.count() + 1, entered_by_id=actor.party_id, why=why, note=note,
        gross_minor=sum(amounts.values()), currency=request.currency, created_at=now(),
    )  # fmt: skip
    rows = []
    for pk, minor in sorted(amounts.items()):
        net, vat = tax.red_part(parts[pk], minor, lines[pk].rate)
        rows.append(RedLine(form=form, line_id=pk, gross_minor=minor, net_minor=net, tax_minor=vat))
    RedLine.objects.bulk_create(rows)
    return form


def _tell(order: Order, request: InvoiceRequest, form: RedForm, name: str, actor, states: list[str]) -> None:
    other = request.buyer_id if form.entered_by_id == request.seller_id else request.seller_id
    value = RedFormMoved(
        order_id=order.pk, no=order.no, invoice_id=request.pk, invoice_no=request.no, form=form.number, move=name, state=form.state,
        entered_by_id=form.entered_by_id, other_id=other, amount_minor=form.gross_minor, currency=form.currency,
    )  # fmt: skip
    record(value, actor=actor, subject=order, chains=order.chains, changes={"redform": states})


def _form(request: InvoiceRequest, number: int) -> RedForm:
    return lock(RedForm.objects.filter(request=request), number=number)


@transaction.atomic
def answer_red_form(no: str, number: int, *, actor: Actor, agree: bool, request_key: str) -> RedForm:
    """Confirm or refuse, as the other party, a red-letter form within its 72 hours. Raises Denied own_form, IllegalMove."""
    require(actor, ASK_INVOICE)
    claim = claim_key(request_key, verb="orders.answer_red_form", actor=actor, inputs={"no": no, "form": number, "agree": agree})
    order, request, side = locked_invoice(no, actor=actor)
    form = _form(request, number)
    if claim.result_id:
        return form
    only(side, "buyer", "seller")
    if form.entered_by_id == actor.enterprise_id:
        raise Denied("own_form", _("The party that entered the form cannot confirm it; only the other party can."))
    before = form.state
    move(form, "confirm" if agree else f"{side}_refuse", answered_at=now())
    if not meet_deadline("orders.red_confirmation", form):
        cancel_deadlines(form)
    _tell(order, request, form, "confirm" if agree else "refuse", actor, [before, form.state])
    claim.done(form.pk)
    return form


@transaction.atomic
def withdraw_red_form(no: str, number: int, *, actor: Actor, request_key: str) -> RedForm:
    """Take one's own form back, before or after its confirmation, until the red invoice is registered."""
    require(actor, ASK_INVOICE)
    claim = claim_key(request_key, verb="orders.withdraw_red_form", actor=actor, inputs={"no": no, "form": number})
    order, request, _side = locked_invoice(no, actor=actor)
    form = _form(request, number)
    if claim.result_id:
        return form
    if form.entered_by_id != actor.enterprise_id:
        raise Denied("other_form", _("Only the party that entered the form can withdraw it."))
    if TaxInvoice.objects.filter(red_form=form).exists():
        raise Refusal("red_issued", _("The red-letter invoice has been issued; it stays."))
    before = form.state
    move(form, "withdraw_late" if form.state in RED_READY else "withdraw")
    cancel_deadlines(form)
    _tell(order, request, form, "withdraw", actor, [before, form.state])
    claim.done(form.pk)
    return form


@transaction.atomic
def register_red_invoice(
    no: str, form_number: int, *, actor: Actor, number: str, issued_on: date, file: str, request_key: str
) -> TaxInvoice:  # fmt: skip
    """Register the negative invoice of a confirmed form; when all is taken back the request counts as reversed.

    Raises Refusal form_not_ready, beyond_blue and those of a number and its file.
    """
    issuer(actor=actor)
    number = number.strip()
    inputs = {"no": no, "form": form_number, "number": number, "on": issued_on.isoformat(), "file": file}
    claim = claim_key(request_key, verb="orders.register_red_invoice", actor=actor, inputs=inputs)
    order, request, side = locked_invoice(no, actor=actor)
    form = _form(request, form_number)
    if claim.result_id:
        return TaxInvoice.objects.get(pk=claim.result_id)
    only(side, "seller", "staff")
    if form.state not in RED_READY or TaxInvoice.objects.filter(red_form=form).exists():
        raise Refusal("form_not_ready", _("This form is not confirmed, or its red-letter invoice is registered already."))
    parts = parts_of(request.lines.all())
    if any(row.gross_minor > parts[row.line_id].left for row in form.lines.all()):
        raise Refusal("beyond_blue", _("No more can be taken back than is left of the invoice's line."))
    made = keep_number(
        order, request, actor=actor, side=side, number=number, issued_on=issued_on, gross_minor=-form.gross_minor, file=file, red_form=form
    )  # fmt: skip
    changes = {}
    if sum(part.left for part in parts.values()) == form.gross_minor:
        move(request, "reverse", ended_at=now())
        changes = {"invoicerequest": ["issued", "reversed"]}
    tell_registered(order, request, made, actor=actor, changes=changes)
    claim.done(made.pk)
    return made


@transaction.atomic
def lapse_red_form(form_id: int) -> None:
    """Let a form lapse that nobody confirmed in 72 hours; harmless when it was answered meanwhile."""
    order = lock(Order.objects.all(), invoices__red_forms__pk=form_id)
    request = lock(InvoiceRequest.objects.filter(order=order), red_forms__pk=form_id)
    form = lock_form(form_id)
    if form.state in RED_WAITING:
        before = form.state
        move(form, "lapse", answered_at=now())
        _tell(order, request, form, "lapse", TIMER, [before, form.state])


__all__ = ["answer_red_form", "enter_red_form", "lapse_red_form", "register_red_invoice", "withdraw_red_form"]
