"""VAT special invoices: asked for by whoever receives goods, registered by their giver or by customer service (H28, H29).

Numbers come from the tax system; here they are only typed in. Every act locks the order first, so that neither two requests nor a
refund pass one another.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor, require, require_staff
from accounts.models import Enterprise
from kernel.chains import enterprise_chain
from kernel.clock import now
from kernel.models import Document
from kernel.money import Money
from kernel.refusals import Denied, Refusal
from kernel.services import cancel_deadlines, claim_key, lock, meet_deadline, move, next_no, read_document, record, start_deadline
from kernel.services.facts import keep_personal
from kernel.timer import TIMER
from kernel.uploads import XML
from kernel.vault import digest

from .. import tax
from ..facts import InvoiceLate, InvoiceMoved, InvoiceProfileSet, InvoiceRegistered, InvoiceRequested, RedInvoiceDue
from ..models import InvoiceLine, InvoiceProfile, InvoiceRequest, Order, TaxInvoice
from ..permissions import ASK_INVOICE, HANDLE_INVOICE, ISSUE_INVOICE
from ..queries.invoicing import invoice_refusal, rooms_of
from ..states import INVOICE_OPEN
from .kept_files import INVOICE, bind_file, refuse_partial

SEALED = ("address", "phone", "bank_account")
PROFILE = ("address", "phone", "bank_name", "bank_account")


@transaction.atomic
def save_invoice_profile(*, actor: Actor, values: Mapping[str, str], request_key: str) -> InvoiceProfile:
    """Keep what the enterprise wants on its invoices; raises Refusal fields_incomplete (`fields`: what is wrong with which)."""
    require(actor, ASK_INVOICE)
    wanted = {name: values.get(name, "").strip() for name in PROFILE}
    claim = claim_key(request_key, verb="orders.save_invoice_profile", actor=actor, inputs={"values": digest("|".join(wanted.values()))})
    enterprise = Enterprise.objects.get(pk=actor.party_id)
    found = lock(InvoiceProfile.objects.filter(enterprise=enterprise)) if InvoiceProfile.objects.filter(enterprise=enterprise) else None
    if claim.result_id and found:
        return found
    _complete({**identity_of(enterprise), **wanted})
    before = {name: getattr(found, name, "") for name in PROFILE}
    profile, _made = InvoiceProfile.objects.update_or_create(enterprise=enterprise, defaults={**wanted, "updated_at": now()})
    changed = sorted(name for name in PROFILE if before[name] != wanted[name])
    if changed:
        fact = InvoiceProfileSet(enterprise_id=enterprise.pk, fields=changed)
        record(fact, actor=actor, subject=enterprise, chains=[enterprise.chain])
    claim.done(profile.pk)
    return profile


def identity_of(enterprise: Enterprise) -> dict[str, str]:
    """The three fields that are the company's own, as they are today: nobody types another name or tax number into a request (P17)."""
    return {
        "member_account": enterprise.handle, "company_name": enterprise.name,
        "tax_no": enterprise.tax_no or enterprise.registration_no,
    }  # fmt: skip


def _complete(values: Mapping[str, str]) -> None:
    if gaps := tax.classic_gaps(values):
        name, words = next(iter(gaps.items()))
        raise Refusal("fields_incomplete", words, field=name, fields=gaps)


@transaction.atomic
def request_invoice(
    no: str, *, actor: Actor, values: Mapping[str, str], quantities: Mapping[int, int], note: str = "", request_key: str
) -> InvoiceRequest:  # fmt: skip
    """Ask for a special invoice over whole units of lines that one receives; `values` are the seven fields, all needed.

    Raises Refusal fields_incomplete, not_own_identity, no_invoice, nothing_chosen, beyond_paid.
    """
    require(actor, ASK_INVOICE)
    values = {name: values.get(name, "").strip() for name in tax.FIELDS}
    quantities = {int(pk): int(quantity) for pk, quantity in quantities.items() if quantity}
    inputs = {"no": no, "values": digest("|".join(values.values())), "lines": {str(k): v for k, v in quantities.items()}, "note": note}
    claim = claim_key(request_key, verb="orders.request_invoice", actor=actor, inputs=inputs)
    order = lock(Order.objects.own(actor), no=no)
    if claim.result_id:
        return InvoiceRequest.objects.get(pk=claim.result_id)
    buyer = Enterprise.objects.get(pk=actor.party_id)
    seller = Enterprise.objects.get(pk=order.other_party_id(buyer.pk))
    if refusal := invoice_refusal(order, buyer, seller):
        raise Refusal("no_invoice", refusal)
    _complete(values)
    _identity(buyer, values)
    chosen = _chosen(order, buyer.pk, quantities)
    request = _write(order, buyer, seller, values, note, chosen, actor)
    value = InvoiceRequested(amount_minor=request.gross_minor, currency=request.currency, **_about(order, request))
    record(value, actor=actor, subject=order, chains=order.chains, changes={"invoicerequest": ["", "requested"]})
    start_deadline("orders.invoice", request, chains=order.chains)
    claim.done(request.pk)
    return request


def _identity(buyer: Enterprise, values: Mapping[str, str]) -> None:
    for name, own in identity_of(buyer).items():
        if values[name] != own:
            text = _("An invoice names your own company as it is verified here: %(own)s. Ask for a change of the company data first.")
            raise Refusal("not_own_identity", text % {"own": own}, field=name)


def _chosen(order: Order, buyer_id: int, quantities: Mapping[int, int]) -> list:
    rooms = {room.line.pk: room for room in rooms_of(order, buyer_id)}
    if not quantities:
        raise Refusal("nothing_chosen", _("Say for which goods you want an invoice."))
    for line_id, quantity in quantities.items():
        room = rooms.get(line_id)
        if room is None or quantity < 0:
            raise Refusal("beyond_paid", _("One of these goods is not on this order."), line=line_id)
        if quantity > room.units:
            text = _("Of “%(title)s” at most %(units)s can still be invoiced: what was paid for, less refunds and earlier invoices.")
            raise Refusal("beyond_paid", text % {"title": room.line, "units": room.units}, line=line_id)
    return [(rooms[line_id].line, quantity) for line_id, quantity in sorted(quantities.items())]


def _write(order, buyer, seller, values, note, chosen, actor) -> InvoiceRequest:
    personal: dict = {}
    for name in SEALED:
        personal[f"{name}_id"], personal[f"{name}_commitment"] = keep_personal(buyer.chain, name, values[name])
    plain = {name: values[name] for name in tax.FIELDS if name not in SEALED}
    request = InvoiceRequest.objects.create(
        no=next_no("V", sequence="orders_invoice_no"), order=order, buyer=buyer, seller=seller, seller_name=seller.name,
        seller_tax_no=identity_of(seller)["tax_no"], currency=order.currency,
        gross_minor=sum(line.unit_price_minor * quantity for line, quantity in chosen), note=note.strip(), created_at=now(),
        created_by_id=actor.user_id, **plain, **personal,
    )  # fmt: skip
    rows = []
    for line, quantity in chosen:
        rate = tax.line_rate(line.listing.category.code)
        taxed = tax.inside(Money(line.unit_price_minor * quantity, line.currency), rate)
        rows.append(InvoiceLine(
            request=request, order_line=line, title_zh=line.title_zh, title_en=line.title_en, unit=line.unit, quantity=quantity, rate=rate,
            gross_minor=taxed.gross.minor, net_minor=taxed.net.minor, tax_minor=taxed.tax.minor, currency=line.currency,
        ))  # fmt: skip
    InvoiceLine.objects.bulk_create(rows)
    return request


def _about(order: Order, request: InvoiceRequest) -> dict:
    return {
        "order_id": order.pk, "no": order.no, "invoice_id": request.pk, "invoice_no": request.no, "buyer_id": request.buyer_id,
        "seller_id": request.seller_id,
    }  # fmt: skip


def locked_invoice(no: str, *, actor: Actor) -> tuple[Order, InvoiceRequest, str]:
    """Lock an order and one of its invoice requests; say who acts: buyer, seller or staff. Raises NotFound, Denied own_case."""
    if actor.kind == "staff" and not actor.enterprise_id:
        require_staff(actor, HANDLE_INVOICE)
        order, side = lock(Order.objects.all(), invoices__no=no), "staff"
        refuse_partial(order, actor=actor)
    else:
        order, side = lock(Order.objects.own(actor), invoices__no=no), ""
    request = lock(InvoiceRequest.objects.filter(order=order), no=no)
    return order, request, side or ("buyer" if request.buyer_id == actor.enterprise_id else "seller")


def issuer(*, actor: Actor) -> None:
    """Pass those who may register invoices, members or staff; raises Denied."""
    if actor.kind == "staff" and not actor.enterprise_id:
        require_staff(actor, HANDLE_INVOICE)
    else:
        require(actor, ISSUE_INVOICE)


def only(side: str, *allowed: str) -> None:
    """Raise Denied other_party unless one of these acts."""
    if side not in allowed:
        raise Denied("other_party", _("Only the other party of this invoice can do this."))


def _moved(order, request, name, actor, **changes) -> None:
    before = request.state
    move(request, name, **changes)
    value = InvoiceMoved(move=name, **_about(order, request))
    record(value, actor=actor, subject=order, chains=order.chains, changes={"invoicerequest": [before, request.state]})


@transaction.atomic
def take_invoice(no: str, *, actor: Actor, request_key: str) -> InvoiceRequest:
    """Say, as seller or customer service, that the invoice is being made out."""
    issuer(actor=actor)
    claim = claim_key(request_key, verb="orders.take_invoice", actor=actor, inputs={"no": no})
    order, request, side = locked_invoice(no, actor=actor)
    if not claim.result_id:
        only(side, "seller", "staff")
        _moved(order, request, "take", actor, taken_at=now())
        claim.done(request.pk)
    return request


@transaction.atomic
def refuse_invoice(no: str, *, actor: Actor, reason: str, request_key: str) -> InvoiceRequest:
    """Say no to a request, with a reason that the buyer reads; it may ask again."""
    issuer(actor=actor)
    reason = reason.strip()
    claim = claim_key(request_key, verb="orders.refuse_invoice", actor=actor, inputs={"no": no, "reason": reason})
    order, request, side = locked_invoice(no, actor=actor)
    if claim.result_id:
        return request
    only(side, "seller", "staff")
    if not reason:
        raise Refusal("reason_missing", _("Say why: the buyer reads it."))
    _moved(order, request, "refuse", actor, reason=reason, ended_at=now())
    cancel_deadlines(request)
    claim.done(request.pk)
    return request


@transaction.atomic
def withdraw_invoice(no: str, *, actor: Actor, request_key: str) -> InvoiceRequest:
    """Take one's own request back before the invoice was issued."""
    require(actor, ASK_INVOICE)
    claim = claim_key(request_key, verb="orders.withdraw_invoice", actor=actor, inputs={"no": no})
    order, request, side = locked_invoice(no, actor=actor)
    if not claim.result_id:
        only(side, "buyer")
        _moved(order, request, "withdraw", actor, ended_at=now())
        cancel_deadlines(request)
        claim.done(request.pk)
    return request


@transaction.atomic
def note_booked(no: str, *, actor: Actor, request_key: str) -> InvoiceRequest:
    """Say, as buyer, that the invoice is in the books and its tax deducted: from now on a red-letter form needs confirming."""
    require(actor, ASK_INVOICE)
    claim = claim_key(request_key, verb="orders.note_booked", actor=actor, inputs={"no": no})
    order, request, side = locked_invoice(no, actor=actor)
    if claim.result_id:
        return request
    only(side, "buyer")
    if request.state != "issued" or request.booked_at:
        raise Refusal("not_bookable", _("There is no issued invoice here to book, or it is booked already."))
    InvoiceRequest.objects.filter(pk=request.pk).update(booked_at=now())
    record(InvoiceMoved(move="book", **_about(order, request)), actor=actor, subject=order, chains=order.chains)
    claim.done(request.pk)
    return request


@transaction.atomic
def register_invoice(
    no: str, *, actor: Actor, number: str, issued_on: date, gross: Money, file: str, rates: Mapping[int, Decimal] | None = None,
    request_key: str,
) -> TaxInvoice:  # fmt: skip
    """Register the invoice that the tax system issued: its 20-digit number, day, total and file; `rates` corrects lines' tax rates.

    Raises Refusal number_malformed, number_taken, day_wrong, total_differs, file_missing, file_gone, file_differs, same_file, refunded.
    """
    issuer(actor=actor)
    number, rates = number.strip(), dict(rates or {})
    inputs = {"no": no, "number": number, "on": issued_on.isoformat(), "gross": gross.minor, "file": file,
              "rates": {str(k): str(v) for k, v in rates.items()}}  # fmt: skip
    claim = claim_key(request_key, verb="orders.register_invoice", actor=actor, inputs=inputs)
    order, request, side = locked_invoice(no, actor=actor)
    if claim.result_id:
        return TaxInvoice.objects.get(pk=claim.result_id)
    only(side, "seller", "staff")
    InvoiceRequest.MACHINE.target(request.state, "issue")
    if gross != request.gross:
        text = _("The total on the invoice must be what was asked for: %(total)s.")
        raise Refusal("total_differs", text % {"total": f"{request.gross.decimal:,.2f}"})
    if _beyond(order, request):
        raise Refusal("refunded", _("Part of this was refunded meanwhile. Refuse the request; the buyer asks again for what is left."))
    _set_rates(request, rates)
    made = keep_number(
        order, request, actor=actor, side=side, number=number, issued_on=issued_on, gross_minor=request.gross_minor, file=file
    )
    before = request.state
    move(request, "issue", issued_at=now())
    meet_deadline("orders.invoice", request)
    tell_registered(order, request, made, actor=actor, changes={"invoicerequest": [before, request.state]})
    claim.done(made.pk)
    return made


def _set_rates(request: InvoiceRequest, rates: Mapping[int, Decimal]) -> None:
    for line in request.lines.all():
        rate = rates.get(line.pk, line.rate)
        if rate not in tax.RATES:
            raise Refusal("rate_unknown", _("There is no such tax rate."))
        if rate != line.rate:
            taxed = tax.inside(line.gross, rate)
            InvoiceLine.objects.filter(pk=line.pk).update(rate=rate, net_minor=taxed.net.minor, tax_minor=taxed.tax.minor)


def keep_number(order, request, *, actor, side, number, issued_on, gross_minor, file, red_form=None) -> TaxInvoice:
    """Write a number of the tax system with its file, once; raises the refusals of `register_invoice`."""
    today = localdate(now())
    if refusal := tax.fapiao_no_refusal(number, today=today):
        raise Refusal("number_malformed", refusal)
    if not localdate(order.confirmed_at) <= issued_on <= today or issued_on.year % 100 != int(number[:2]):
        raise Refusal("day_wrong", _("The date of issue lies between the order and today, in the year with which the number begins."))
    if not file:
        raise Refusal("file_missing", _("Choose the file of the invoice: PDF, OFD or XML."))
    document = bind_file(file, purpose=INVOICE, owner_chain=enterprise_chain(request.seller_id), actor=actor)
    _file_is_of(document, number)
    try:
        with transaction.atomic():
            return TaxInvoice.objects.create(
                request=request, red_form=red_form, kind="red" if red_form else "blue", number=number, issued_on=issued_on,
                gross_minor=gross_minor, currency=request.currency, document=document, registered_by=side, created_at=now(),
                created_by_id=actor.user_id,
            )  # fmt: skip
    except IntegrityError as error:
        raise Refusal("number_taken", _("An invoice with this number has been registered already.")) from error


def _file_is_of(document: Document, number: str) -> None:
    if TaxInvoice.objects.filter(document__sha256=document.sha256).exists():
        raise Refusal("same_file", _("This very file has been registered for another invoice."))
    if document.content_type == XML and number.encode() not in read_document(document):
        raise Refusal("file_differs", _("The number does not stand in this XML file: it belongs to another invoice."))


def tell_registered(order, request, made: TaxInvoice, *, actor, changes) -> None:
    """Record that a number was registered, for both parties."""
    value = InvoiceRegistered(
        kind=made.kind, number=made.number, registered_by=made.registered_by, amount_minor=made.gross_minor, currency=made.currency,
        **_about(order, request),
    )  # fmt: skip
    record(value, actor=actor, subject=order, chains=order.chains, changes=changes)


def _beyond(order: Order, request: InvoiceRequest, *, issued_only: bool = False) -> bool:
    """Whether a line of the request says more, with all others, than is still paid for."""
    own = set(request.lines.values_list("order_line_id", flat=True))
    return any(room.over for room in rooms_of(order, request.buyer_id, issued_only=issued_only) if room.line.pk in own)


@transaction.atomic
def follow_refund(order_id: int) -> None:
    """After a refund: requests beyond what is still paid for are dropped, and issued invoices beyond it are said to need a red one.

    Harmless when asked again: nothing is said twice while it stays as it is.
    """
    order = lock(Order.objects.all(), pk=order_id)
    for request in InvoiceRequest.objects.filter(order=order, state__in=INVOICE_OPEN).order_by("-pk"):
        if _beyond(order, request):
            _moved(order, lock(InvoiceRequest.objects.all(), pk=request.pk), "drop", TIMER, ended_at=now())
            cancel_deadlines(request)
    for request in InvoiceRequest.objects.filter(order=order, state="issued").order_by("pk"):
        if _beyond(order, request, issued_only=True):
            record(RedInvoiceDue(**_about(order, request)), actor=TIMER, subject=order, chains=order.chains)


@transaction.atomic
def note_late_invoice(request_id: int) -> None:
    """Write that an invoice was not issued in time; harmless when it was meanwhile."""
    order = lock(Order.objects.all(), invoices__pk=request_id)
    request = lock(InvoiceRequest.objects.filter(order=order), pk=request_id)
    if request.state in INVOICE_OPEN:
        record(InvoiceLate(**_about(order, request)), actor=TIMER, subject=order, chains=order.chains)
