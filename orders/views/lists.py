"""The list of orders and its download."""

import csv
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.services import note_list_taken
from kernel.sheets import neutral

from .. import queries
from ..bargaining import carriage_of
from ..permissions import SHIP
from ..queries import desk
from ..worth import by_currency, rate_words


def _asked(request) -> tuple[str, str]:
    tab = request.GET.get("tab", "")
    text = request.GET.get("q", "").strip()[:100]
    # A search without a tab looks everywhere: the jump box of the shell sends only q.
    return (tab if tab in queries.TABS else "all" if text else "mine"), text


def _number(request, name: str) -> int | None:
    value = request.GET.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else None


@login_required
def order_list(request):
    """Orders by whose move it is; newest first, by keyset."""
    tab, text = _asked(request)
    page = queries.orders_page(request.actor, tab=tab, text=text, before=_number(request, "before"), after=_number(request, "after"))
    clocks = queries.clocks_of(page.rows)
    names = {"mine": _("Waiting for us"), "theirs": _("Waiting for the other side"), "done": _("Ended"), "all": _("All")}

    def url(**more) -> str:
        return f"{reverse('orders:list')}?{urlencode({'tab': tab, **({'q': text} if text else {}), **more})}"

    context = {
        "nav": "orders", "tab": tab, "text": text,
        "rows": [desk.row_of(order, _side(request, order), clocks) for order in page.rows],
        "tabs": [{"label": name, "url": url(tab=code), "on": code == tab} for code, name in names.items()],
        "older_url": url(before=page.older) if page.older else "", "newer_url": url(after=page.newer) if page.newer else "",
        "may_track": request.actor.can(SHIP), "export_url": f"{reverse('orders:export')}?{urlencode({'tab': tab, 'q': text})}",
    }  # fmt: skip
    return render(request, "orders/list.html", context)


def _side(request, order) -> int:
    mine = request.actor.enterprise_id
    return mine if mine in order.parties else order.proposer_id


def _in_each(order, giver_id: int) -> str:
    """What one party gives, goods and money, in each of its currencies: 109,600.00 CNY + 9,431.62 USD."""
    parts = [line.amount for line in order.lines.all() if line.giver_id == giver_id]
    parts += [tender.amount for tender in order.tenders.all() if tender.payer_id == giver_id]
    return " + ".join(f"{amount.decimal:.{amount.exponent}f} {amount.currency}" for amount in by_currency(parts))


@login_required
def order_export(request):
    """The list as a CSV file that a spreadsheet opens without running anything in it."""
    tab, text = _asked(request)
    orders = queries.orders_export(request.actor, tab=tab, text=text)
    note_list_taken(actor=request.actor, which="orders", asked={"tab": tab, "q": text})
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="orders.csv"'
    writer = csv.writer(response)
    writer.writerow([
        _("Order number"), _("State"), _("Goods"), _("Other party"), _("Value"), _("Currency"), _("Created"), _("Completed"),
        _("Given"), _("Got"), _("Exchange rate"), _("Delivery terms"),
    ])  # fmt: skip
    for order in orders:
        me, value = _side(request, order), desk.value_of(order, _side(request, order))
        times = [localtime(at).strftime("%Y-%m-%d %H:%M") if at else "" for at in (order.created_at, order.completed_at)]
        row = [
            order.no,
            order.get_state_display(),
            desk.title_of(order, me),
            desk.other_name(order, me),
            value.decimal,
            value.currency,
            *times,
            *(_in_each(order, side) for side in (me, order.other_party_id(me))),
            "; ".join(rate_words(order)),
            "; ".join(part.value for part in carriage_of(order.incoterms, me)),
        ]
        writer.writerow([neutral(cell) for cell in row])
    return response
