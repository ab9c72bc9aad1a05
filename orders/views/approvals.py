"""From an act that is above somebody's limits to the request for approval of exactly this act."""

from collections.abc import Iterable

from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.queries import approval_ticket
from catalog.rules import unit_price
from kernel.money import Money
from kernel.refusals import Refusal
from kernel.templatetags.ui import plain_money

from .. import queries
from ..forms import new_key
from ..models import Order
from ..queries import desk
from ..schedules import cash_parts, due_words, name_of

NOT_KEPT = ("csrfmiddlewaretoken",)


def approval_page(request, refusal: Refusal, *, title: str, rows: Iterable[tuple], fields=None, back: str = ""):
    """Say why the act needs approval and offer to ask for it; what was typed waits with the request."""
    typed = [(name, value) for name, values in request.POST.lists() for value in values if name not in NOT_KEPT]
    fields, rows = fields or typed, [(name, value) for name, value in rows if value]
    url = request.get_full_path()
    context = {
        "nav": "approvals", "sentence": str(refusal), "asked": {"title": title, "rows": rows}, "back": back or url,
        "ticket": approval_ticket(request.actor, refusal, title=title, rows=rows, url=url, fields=fields), "request_key": new_key(),
        "waiting_id": refusal.params.get("waiting_id"),
    }  # fmt: skip
    return render(request, "accounts/approval_needed.html", context, status=refusal.status)


def rows_of_order(order: Order, me: int, data: dict) -> list[tuple]:
    """What an order is about, for whoever decides without seeing the order itself."""
    language = get_language() or ""
    sides = [(_("We give"), me), (_("We get"), order.other_party_id(me))]
    rows = [(_("Other party"), desk.other_name(order, me)), (_("Order"), order.no)]
    for name, side in sides:
        goods = [
            f"{line.title(language)} × {line.quantity}: {plain_money(line.amount)}" for line in order.lines.all() if line.giver_id == side
        ]
        money = [plain_money(t.amount) for t in order.tenders.all() if t.payer_id == side]
        rows.append((name, "\n".join(goods + money)))
    return [*rows, (_("Terms in words"), order.note), (_("Where our goods go"), place_words(data))]


def place_words(data: dict) -> str:
    """A typed destination in one line."""
    return " · ".join(value for value in (data.get(name) for name in ("to_address", "to_contact", "to_phone")) if value)


def parts_words(top_up) -> str:
    """The parts of a cash amount that is not proposed yet, a line each."""
    rows = cash_parts(queries.money_parts(top_up, me=1, other=2)) if top_up and top_up.parts else []
    return "\n".join(f"{name_of(row, len(rows))}: {plain_money(row.amount)}, {due_words(row)}" for row in rows)


def rows_of_proposal(wanted, form) -> list[tuple]:
    """What a proposal that is not sent yet is about."""
    data, rows = form.cleaned_data, [(_("Other party"), wanted.seller.name)]
    for name, side, payer in ((_("We give"), "give", "me"), (_("We get"), "get", "them")):
        goods = [
            f"{listing.title} × {quantity}: {plain_money(Money(unit_price(listing, quantity).minor * quantity, listing.currency))}"
            for listing, quantity, _seen, _version in form.chosen(side)
        ]
        top_up = form.top_up()
        parts = [top_up.credit, top_up.cash] if top_up and top_up.payer == payer else []
        money = [plain_money(amount) for amount in parts if amount]
        rows.append((name, "\n".join(goods + money)))
    rows.append((_("Payment in parts"), parts_words(form.top_up())))
    return [*rows, (_("Terms in words"), data["note"]), (_("Where our goods go"), place_words(data))]
