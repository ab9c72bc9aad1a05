"""The list of orders and its download."""

import csv
from dataclasses import asdict
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
from ..list_forms import OrderListForm
from ..permissions import SHIP
from ..queries import desk
from ..worth import by_currency, rate_words


def _asked(request) -> tuple[str, OrderListForm, queries.Filters]:
    tab, form = request.GET.get("tab", ""), OrderListForm(request.GET or None)
    filters = form.filters()
    # A search without a tab looks everywhere: the jump box of the shell sends only q.
    return (tab if tab in queries.TABS else "all" if filters else "mine"), form, filters


def _kept(form: OrderListForm) -> dict[str, str]:
    """The filters as they were typed, for the addresses of tabs and pages."""
    return {name: str(value) for name in form.fields if (value := form[name].value())} if form.is_bound else {}


def _number(request, name: str) -> int | None:
    value = request.GET.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else None


@login_required
def order_list(request):
    """Orders by whose move it is; newest first, by keyset."""
    tab, form, filters = _asked(request)
    page = queries.orders_page(request.actor, tab=tab, filters=filters, before=_number(request, "before"), after=_number(request, "after"))
    clocks, counts = queries.clocks_of(page.rows), queries.tabs_counted(request.actor, filters)
    names = {
        "mine": _("Waiting for us"), "theirs": _("Waiting for the other side"), "disputed": _("In dispute"), "done": _("Ended"),
        "all": _("All"),
    }  # fmt: skip

    def url(**more) -> str:
        return f"{reverse('orders:list')}?{urlencode({'tab': tab, **_kept(form), **more})}"

    context = {
        "nav": "orders", "tab": tab, "form": form, "filtered": bool(filters), "counts": counts,
        "rows": [desk.row_of(order, _side(request, order), clocks) for order in page.rows],
        "tabs": [
            {"label": label, "url": url(tab=code), "on": code == tab, "n": _shown(counts.get(code, 0))}
            for code, label in names.items()
        ],
        "older_url": url(before=page.older) if page.older else "", "newer_url": url(after=page.newer) if page.newer else "",
        "all_url": url(tab="all"), "export_url": f"{reverse('orders:export')}?{urlencode({'tab': tab, **_kept(form)})}",
        "may_track": request.actor.can(SHIP),
    }  # fmt: skip
    return render(request, "orders/list.html", context)


def _shown(count: int) -> str:
    """A tab's number; nothing for none, and no more said than was counted."""
    return f"{count}+" if count == queries.COUNT_MOST else str(count) if count else ""


def _side(request, order) -> int:
    mine = request.actor.enterprise_id
    return mine if mine in order.parties else order.proposer_id


def _in_each(order, giver_id: int) -> str:
    """What one party gives, goods and money, in each of its currencies: 109,600.00 CNY + 9,431.62 USD."""
    parts = [line.amount for line in order.lines.all() if line.giver_id == giver_id]
    parts += [tender.amount for tender in order.tenders.all() if tender.payer_id == giver_id]
    return _sums(parts)


def _sums(parts) -> str:
    return " + ".join(f"{amount.decimal:.{amount.exponent}f} {amount.currency}" for amount in by_currency(parts))


@login_required
def order_export(request):
    """The list as a CSV file that a spreadsheet opens without running anything in it."""
    tab, _shape, filters = _asked(request)
    orders = queries.orders_export(request.actor, tab=tab, filters=filters)
    asked = {name: str(value) for name, value in asdict(filters).items() if value}
    note_list_taken(actor=request.actor, which="orders", asked={"tab": tab, **asked})
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="orders.csv"'
    writer, clocks = csv.writer(response), queries.clocks_of(orders)
    heads = [_("Order number"), _("State"), _("Goods"), _("Other party"), _("Value"), _("Currency"), _("Created"), _("Completed")]
    heads += [_("Given"), _("Got"), _("Refunded in part"), _("Exchange rate"), _("Delivery terms")]
    writer.writerow([*heads, _("Proposed by"), _("Next step"), _("Due"), _("Remittance references"), _("Waybill numbers")])
    for order in orders:
        writer.writerow([neutral(cell) for cell in _cells(order, _side(request, order), clocks)])
    return response


def _cells(order, me: int, clocks) -> list[str]:
    value, step = desk.value_of(order, me), desk.next_step(order, me, clocks)
    moments = (order.created_at, order.completed_at, step.clock.due_at if step.clock else None)
    created, completed, due = (localtime(at).strftime("%Y-%m-%d %H:%M") if at else "" for at in moments)
    references = [t.escrow.remittance_reference for t in order.tenders.all() if t.escrow]
    waybills = [c.waybill_no for c in order.consignments.all() if c.waybill_no]
    ours = order.proposer_id == me
    each = [_in_each(order, side) for side in (me, order.other_party_id(me))]
    return [
        order.no, order.get_state_display(), desk.title_of(order, me), desk.other_name(order, me), value.decimal, value.currency, created,
        completed, *each, _sums(queries.money_back(order)), "; ".join(rate_words(order)),
        "; ".join(part.value for part in carriage_of(order.incoterms, me)), _("us") if ours else _("the other side"),
        str(step.title), due, " ".join(references), " ".join(waybills),
    ]  # fmt: skip
