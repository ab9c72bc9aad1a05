"""Proposing a trade: what you want, what you give, what money balances it; then check, then send."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.actors import require
from accounts.queries import enterprise_acted_for
from catalog.queries import live_listing, own_tradable_listings, tradable_listings
from catalog.rules import unit_price
from kernel.money import CREDIT, Money
from kernel.refusals import NotFound, Refusal

from .. import queries, services
from ..commission import Charged, charge, charged
from ..forms import ROWS, ProposalForm, new_key
from ..permissions import PROPOSE
from ..schedules import cash_parts, due_words, name_of
from .approvals import approval_page, rows_of_proposal
from .links import url_of

PLACE = ("to_address", "to_contact", "to_phone")
CHOICES = 200  # goods offered in a select: enough for one firm, and a page that stays small


@login_required
def propose(request):
    """One page in two steps; every button re-renders it on the server, so that it works without scripts."""
    require(request.actor, PROPOSE)
    wanted = live_listing(request.GET.get("goods", ""))
    if wanted.seller_id == request.actor.enterprise_id:
        raise Refusal("own_enterprise", _("You cannot trade with your own enterprise."))
    theirs, mine = _goods(tradable_listings(wanted.seller_id), wanted), _goods(own_tradable_listings(request.actor), None, wanted.currency)
    options = {"mine": mine, "theirs": theirs, "currency": wanted.currency}
    if request.method == "POST":
        return _posted(request, wanted, options)
    form = ProposalForm(
        _start(wanted, enterprise_acted_for(request.user, request.actor)), **options
    )  # bound, so that the balance shows from the first moment
    form.is_valid()
    return _edit(request, wanted, form, 200)


def _goods(found, first, currency: str = "") -> dict:
    rows = [row for row in found[:CHOICES] if row.currency == (currency or first.currency)]
    if first is not None and first.pk not in {row.pk for row in rows}:
        rows.insert(0, first)
    return {row.pk: row for row in rows}


def _start(wanted, company) -> dict:
    quantity = int(-(-wanted.moq // 1))
    return {
        "request_key": new_key(), "get_1": str(wanted.pk), "get_1_quantity": str(max(quantity, 1)),
        "to_address": company.address, "to_phone": company.phone,
    }  # fmt: skip


def _posted(request, wanted, options: dict):
    form = ProposalForm(request.POST, **options)
    step = request.POST.get("step", "")
    if not form.is_valid():
        return _edit(request, wanted, form, 422)
    if step == "fill":
        data = request.POST.copy()
        data.update(_balancing(form))
        form = ProposalForm(data, **options)
        form.is_valid()
        return _edit(request, wanted, form, 200)
    if step == "check":
        found = queries.proposal_findings(request.actor, wanted.seller_id, lines=form.lines(), top_up=form.top_up())
        if found:
            return _edit(request, wanted, form, 422, found)
        return _check(request, wanted, form, 200)
    if step == "send":
        return _send(request, wanted, form)
    return _edit(request, wanted, form, 200)


def _balancing(form: ProposalForm) -> dict:
    """The money part that makes both sides even, in barter credit where the goods are priced in yuan, else in cash."""
    weights = form.weights()
    gap = weights["get"] - weights["give"]
    kind, currency = ("credit", CREDIT) if form.currency == "CNY" else ("cash", form.currency)
    amount = str(Money(abs(gap), currency).decimal)
    return {"payer": ("me" if gap > 0 else "them") if gap else "", "credit": "", "cash": "", kind: amount if gap else ""}


def _edit(request, wanted, form: ProposalForm, status: int, findings=()):
    weights = form.weights() if form.is_valid() else None
    for finding in findings:
        form.mark(finding)
    gap = weights["get"] - weights["give"] - weights["credit"] - weights["cash"] if weights else 0
    context = {
        "nav": "orders", "wanted": wanted, "form": form, "weights": weights, "gap": Money(abs(gap), form.currency) if gap else None,
        "gap_is_mine": gap > 0, "currency": form.currency, "has_goods": bool(form.goods["give"]), "by_credit": form.currency == "CNY",
    }  # fmt: skip
    return render(request, "orders/propose.html", context, status=status)


def _check(request, wanted, form: ProposalForm, status: int):
    sides = {side: [_shown(*row) for row in form.chosen(side)] for side in ("give", "get")}
    context = {
        "nav": "orders", "wanted": wanted, "form": form, "sides": sides, "weights": form.weights(), "currency": form.currency,
        "top_up": form.top_up(), "parts": _parts(form.top_up()), "commission": _commission(form.top_up()),
        "hidden": _hidden(form), "to": form.delivery(),
        "registered": enterprise_acted_for(request.user, request.actor).address,
    }  # fmt: skip
    return render(request, "orders/propose_check.html", context, status=status)


def _parts(top_up) -> list[dict]:
    """The parts of the cash as the page shows them before they are rows."""
    rows = cash_parts(queries.money_parts(top_up, me=1, other=2)) if top_up and top_up.parts else []
    return [{"amount": row.amount, "name": name_of(row, len(rows)), "due": due_words(row)} for row in rows]


def _commission(top_up) -> list[Charged]:
    """What the proposer would pay and get with the commission of today."""
    rates = queries.rates_now()
    rows = queries.money_parts(top_up, me=1, other=2)
    charge(rows, *rates)
    return charged(rows, 1, *rates)


def _shown(listing, quantity: int, _seen, _version) -> dict:
    return {
        "listing": listing,
        "quantity": quantity,
        "unit": listing.get_unit_display(),
        "price": unit_price(listing, quantity),
        "amount": Money(unit_price(listing, quantity).minor * quantity, listing.currency),
    }


def _hidden(form: ProposalForm) -> list[tuple[str, str]]:
    """Everything that was typed, as hidden fields, with the prices that stand on the page."""
    data = form.cleaned_data
    pairs = [(name, data.get(name)) for name in ("request_key", "payer", "credit", "cash", "note", *PLACE)]
    pairs += form.part_pairs()
    for side, goods in form.goods.items():
        for i in range(1, ROWS + 1):
            listing = goods.get(int(data.get(f"{side}_{i}") or 0))
            quantity = data.get(f"{side}_{i}_quantity")
            if listing and quantity:
                pairs += [
                    (f"{side}_{i}", listing.pk),
                    (f"{side}_{i}_quantity", quantity),
                    (f"{side}_{i}_seen", unit_price(listing, quantity).minor),
                ]
                pairs.append((f"{side}_{i}_version", listing.version))
    return [(name, "" if value is None else str(value)) for name, value in pairs]


def _send(request, wanted, form: ProposalForm):
    data = form.cleaned_data
    try:
        order = services.propose_order(
            wanted.seller_id,
            actor=request.actor,
            lines=form.lines(),
            top_up=form.top_up(),
            note=data["note"],
            delivery=form.delivery(),
            request_key=data["request_key"],
        )
    except NotFound:
        raise
    except Refusal as refusal:
        if refusal.code == "approval_needed":
            title = _("Propose a trade to %(firm)s") % {"firm": wanted.seller.name}
            fields = [*_hidden(form), ("step", "check")]
            return approval_page(request, refusal, title=title, rows=rows_of_proposal(wanted, form), fields=fields)
        form.add_error(None, str(refusal))
        return _check(request, wanted, form, refusal.status)
    messages.success(request, _("Your proposal %(no)s is with the other party.") % {"no": order.no})
    return redirect(url_of(order))
