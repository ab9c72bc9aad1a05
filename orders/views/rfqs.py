"""Requests for quotation as their buyer writes, sends, compares and withdraws them."""

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.actors import require
from accounts.queries import enterprise_acted_for
from catalog.queries import categories, compared_listings, inquiry_for, seen_want, similar_listings
from kernel.clock import now
from kernel.money import CREDIT
from kernel.refusals import Denied, NotFound, Refusal

from .. import bargaining, queries, services
from ..forms import DeclineForm, new_key
from ..negotiation_forms import RfqForm, local
from ..permissions import ASK_QUOTATIONS, END_NEGOTIATION
from ..queries.negotiations import clock_of
from .lists import _number

CANDIDATES = 8


@login_required
def rfq_list(request):
    """The requests that our enterprise sent, newest first."""
    page = queries.rfqs_page(request.actor, before=_number(request, "before"), after=_number(request, "after"))
    context = {
        "nav": "negotiations", "rows": [_row(rfq) for rfq in page.rows],
        "older_url": f"?before={page.older}" if page.older else "", "newer_url": f"?after={page.newer}" if page.newer else "",
    }  # fmt: skip
    return render(request, "orders/rfqs.html", context)


def _row(rfq) -> dict:
    threads = list(rfq.threads.all())
    return {"rfq": rfq, "asked": len(threads), "quoted": sum(thread.rounds_made > 0 for thread in threads)}


@login_required
def rfq_new(request):
    """One form; from an offer, a comparison, a request, an inquiry, an earlier one, or blank."""
    require(request.actor, ASK_QUOTATIONS)
    begun = _begun(request)
    options = {"categories": [row for row in categories() if not row.retired_at], "candidates": begun["candidates"]}
    form = RfqForm(request.POST or None, initial={**_start(request, begun), "request_key": new_key()}, **options)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and (made := _sent(request, form, begun)):
            return redirect("orders:rfq", made.no)
    return render(request, "orders/rfq_new.html", {"nav": "negotiations", "form": form, "begun": begun}, status=status)


def _begun(request) -> dict:
    """What the request is begun from; unknown numbers are left out, a foreign inquiry or request is not found."""
    actor, ask = request.actor, request.GET
    goods = compared_listings(ask.getlist("goods"))
    want = seen_want(actor, ask["want"]) if ask.get("want") else None
    inquiry = inquiry_for(actor, ask["inquiry"]) if ask.get("inquiry") else None
    again = queries.rfq_for(actor, ask["again"]) if ask.get("again") else None
    if inquiry and inquiry.listing and inquiry.listing.state == "live":
        goods = [*compared_listings([inquiry.listing.no]), *goods]
    if want and want.enterprise_id != actor.enterprise_id:
        raise NotFound()
    candidates = [row for row in goods if row.seller_id != actor.enterprise_id]
    if candidates:
        known = {row.seller_id for row in candidates} | {actor.enterprise_id}
        for row in similar_listings(candidates[0], CANDIDATES):
            if row.seller_id not in known:
                candidates.append(row)
                known.add(row.seller_id)
    return {"candidates": candidates, "goods": goods, "want": want, "inquiry": inquiry, "again": again}


def _start(request, begun: dict) -> dict:
    company = enterprise_acted_for(request.user, request.actor)
    start = {"place": company.address, "answer_by": local(now() + timedelta(days=5)), "currency": "CNY", "gives_credit": True}
    if again := begun["again"]:
        names = ("title", "quantity", "unit", "currency", "place", "gives_goods", "gives_credit", "gives_cash", "can_give", "words")
        asked = [thread.seller_name for thread in again.threads.all()]
        target = again.target.decimal if again.target else None
        return {**start, **{name: getattr(again, name) for name in names}, "category": again.category.code, "target": target,
                "others": "\n".join(asked)}  # fmt: skip
    if want := begun["want"]:
        return {
            **start, "title": want.title, "category": want.category.code, "quantity": int(want.quantity) or 1, "unit": want.unit,
            "currency": want.currency, "place": "、".join(want.places) or start["place"], "needed_by": want.needed_by,
            "gives_goods": bool(want.can_give), "gives_credit": want.gives_credit, "gives_cash": want.gives_cash,
            "can_give": want.can_give, "words": want.description,
        }  # fmt: skip
    if begun["goods"]:
        first = begun["goods"][0]
        picked = [row.no for row in begun["candidates"] if row in begun["goods"]]
        return {
            **start, "title": first.title, "category": first.category.code, "quantity": max(int(-(-first.moq // 1)), 1), "unit": first.unit,
            "currency": first.currency, "picked": picked,
        }  # fmt: skip
    return start


def _sent(request, form: RfqForm, begun: dict):
    found, missing = queries.sellers_named(form.words_of_sellers())
    if missing:
        form.add_error("others", _("Nobody of this name trades here: %(names)s.") % {"names": ", ".join(missing)})
        return None
    first = next((row for row in begun["goods"]), None)
    try:
        made = services.send_rfq(
            actor=request.actor, needs=form.needs(), sellers={pk: row.pk if row else None for pk, row in found.items()},
            listing_id=first.pk if first else None, want_id=begun["want"].pk if begun["want"] else None,
            inquiry_id=begun["inquiry"].pk if begun["inquiry"] else None, request_key=form.cleaned_data["request_key"],
        )  # fmt: skip
    except (Denied, NotFound):
        raise
    except Refusal as refusal:
        field = refusal.params.get("field", "")
        form.add_error("others" if field == "sellers" else field if field in form.fields else None, str(refusal))
        return None
    messages.success(request, _("Your request %(no)s is with the sellers.") % {"no": made.no})
    return made


@login_required
def rfq(request, no: str):
    """One request and every quotation beside the others."""
    row = queries.rfq_for(request.actor, no)
    context = {
        "nav": "negotiations", "rfq": row, "rows": bargaining.comparison(row), "clock": clock_of("orders.rfq", row.pk),
        "may_end": row.state == "open" and request.actor.can(END_NEGOTIATION), "credit": CREDIT,
        "may_ask": request.actor.can(ASK_QUOTATIONS),
    }  # fmt: skip
    return render(request, "orders/rfq.html", context)


@login_required
def rfq_withdrawal(request, no: str):
    """Take a request back, with a word to those who were asked."""
    row = queries.rfq_for(request.actor, no)
    require(request.actor, END_NEGOTIATION)
    form, status = DeclineForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                services.withdraw_rfq(no, actor=request.actor, **form.cleaned_data)
            except NotFound:
                raise
            except Refusal as refusal:
                form.add_error(None, str(refusal))
                status = refusal.status
            else:
                messages.success(request, _("The request is withdrawn; every seller was told."))
                return redirect("orders:rfq", no)
    elif row.state != "open":
        return redirect("orders:rfq", no)
    context = {
        "nav": "negotiations", "form": form, "question": _("Withdraw this request?"), "go": _("Withdraw"), "subtitle": row.title,
        "text": _("All open quotations end; nothing is owed by anybody."), "here": row.no, "back": request.path.rsplit("withdrawal/", 1)[0],
    }  # fmt: skip
    return render(request, "orders/negotiation_act.html", context, status=status)
