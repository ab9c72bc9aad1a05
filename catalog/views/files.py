"""Goods and stock as files: sent, checked, written and taken away; the work itself is a job with a page of its own."""

from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.actors import require
from kernel.queries import jobs_of
from kernel.refusals import Denied, NotFound, Refusal
from kernel.tables import sheet

from .. import services
from ..columns import LISTING_COLUMNS, STOCK_COLUMNS
from ..forms import ExportForm, GoodsSheetForm, SheetForm, StockExportForm
from ..permissions import LIST_GOODS, MANAGE_PRODUCTS, MANAGE_STOCK
from ..services import sheets, stock_exports

GOODS_KINDS = ("catalog.listing_import", "catalog.listing_export")
STOCK_KINDS = ("catalog.stock_import", "catalog.stock_export", "catalog.movement_export")


def _asked(form, ask):
    """The job that a form asked for; None when it was refused, with the sentence on the form."""
    try:
        return ask()
    except (Denied, NotFound):
        raise
    except Refusal as refusal:
        form.show_refusal(refusal)
        return None


def _under_way(request, job):
    messages.success(request, _("%(no)s is under way. You may leave this page; the inbox tells you when it is finished.") % {"no": job.no})
    return redirect("kernel:job", job.no)


@login_required
def listing_import(request):
    """Send a file of goods; the newest jobs stand below."""
    require(request.actor, LIST_GOODS if request.method == "POST" else MANAGE_PRODUCTS)
    form = GoodsSheetForm(request.POST or None, request.FILES or None)
    if (
        request.method == "POST"
        and form.is_valid()
        and (job := _asked(form, lambda: services.import_listings(actor=request.actor, **form.sent)))
    ):
        return _under_way(request, job)
    return _listing_page(request, form, ExportForm())


def _listing_page(request, form, export):
    jobs, _older = jobs_of(request.actor, kinds=GOODS_KINDS, limit=5)
    context = {"form": form, "export": export, "columns": LISTING_COLUMNS, "jobs": jobs, "nav": "listings"}
    return render(request, "catalog/listing_import.html", context, status=422 if form.errors or export.errors else 200)


@login_required
@require_POST
def listing_export(request):
    export = ExportForm(request.POST)
    if export.is_valid():
        ask = partial(services.export_goods, stock_exports.LISTINGS, actor=request.actor, **export.cleaned_data)
        if job := _asked(export, ask):
            return _under_way(request, job)
    require(request.actor, MANAGE_PRODUCTS)
    return _listing_page(request, GoodsSheetForm(), export)


@login_required
def stock_import(request):
    """Send a file of movements, or ask for a file of stock or movements."""
    require(request.actor, MANAGE_STOCK)
    form = SheetForm(request.POST or None, request.FILES or None)
    if (
        request.method == "POST"
        and form.is_valid()
        and (job := _asked(form, lambda: services.import_stock(actor=request.actor, **form.sent)))
    ):
        return _under_way(request, job)
    return _stock_page(request, form, StockExportForm())


def _stock_page(request, form, export):
    jobs, _older = jobs_of(request.actor, kinds=STOCK_KINDS, limit=5)
    context = {"form": form, "export": export, "columns": STOCK_COLUMNS, "jobs": jobs, "nav": "stock"}
    return render(request, "catalog/stock_import.html", context, status=422 if form.errors or export.errors else 200)


@login_required
@require_POST
def stock_export(request):
    require(request.actor, MANAGE_STOCK)
    export = StockExportForm(request.POST)
    if export.is_valid():
        asked = dict(export.cleaned_data)
        kind = stock_exports.STOCK if asked.pop("what") == "stock" else stock_exports.MOVEMENTS
        if job := _asked(export, partial(services.export_goods, kind, actor=request.actor, **asked)):
            return _under_way(request, job)
    return _stock_page(request, SheetForm(), export)


def _template(table, name: str, suffix: str) -> HttpResponse:
    if suffix not in ("csv", "xlsx"):
        raise Http404
    header, example = sheets.template(table, get_language() or "zh-hans")
    body, content_type = sheet(header, [example], excel=suffix == "xlsx")
    response = HttpResponse(body, content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{suffix}"'
    return response


@login_required
def listing_template(request, suffix):
    """The file of goods to fill in, with one example, in the reader's language."""
    require(request.actor, MANAGE_PRODUCTS)
    return _template(LISTING_COLUMNS, "goods", suffix)


@login_required
def stock_template(request, suffix):
    """The file of movements to fill in, with one example, in the reader's language."""
    require(request.actor, MANAGE_STOCK)
    return _template(STOCK_COLUMNS, "stock", suffix)
