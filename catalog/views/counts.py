"""Stock-taking: begun, counted on the page or in a sheet, booked (H32)."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.services import note_list_taken
from kernel.queries import jobs_of
from kernel.refusals import Denied, NotFound, Refusal
from kernel.responses import private_stream
from kernel.tables import CSV, sheet

from .. import queries, services
from ..columns import COUNT_COLUMNS
from ..forms import CountBookForm, CountedForm, CountNewForm, CountSheetForm, KeyedForm

SHOWN = {"": gettext_lazy("All"), "left": gettext_lazy("Still to count"), "different": gettext_lazy("With a difference")}


def _ask(form, service, *args, **how):
    """What a service answered; None when it refused, with the sentence on the form."""
    try:
        return service(*args, **how)
    except (Denied, NotFound):
        raise
    except Refusal as refusal:
        form.show_refusal(refusal)
        return None


@login_required
def stock_counts(request):
    """All stock counts; a posted form begins one."""
    page = queries.stock_counts(request.actor, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    form = CountNewForm(request.POST or None, categories=queries.categories())
    if (
        request.method == "POST"
        and form.is_valid()
        and (count := _ask(form, services.begin_count, actor=request.actor, **form.cleaned_data))
    ):
        return redirect("catalog:stock_count", count.no)
    context = {"page": page, "form": form, "nav": "stock"}
    return render(request, "catalog/stock_counts.html", context, status=422 if form.errors else 200)


@login_required
def stock_count(request, no):
    """One count: its lines, to be filled in page by page."""
    count = queries.stock_count(request.actor, no)
    if request.method != "POST":
        return _page(request, count, None)
    form = CountedForm(request.POST, lines=queries.count_lines_named(request.actor, count, _posted_lines(request)))
    if form.is_valid():
        told = form.counted
        if not told:
            return redirect(request.get_full_path())
        key = form.cleaned_data["request_key"]
        done = _ask(form, services.enter_counts, no, actor=request.actor, counted=told, request_key=key)
        if done is not None:
            messages.success(request, _("Written down."))
            return redirect(request.get_full_path())
    return _page(request, count, form)


def _posted_lines(request) -> list[int]:
    numbers = [name.removeprefix("counted-") for name in request.POST if name.startswith("counted-")][:100]
    return [int(number) for number in numbers if number.isascii() and number.isdigit() and len(number) < 19]


def _page(request, count, form, *, upload=None, book=None):
    show = request.GET.get("show", "")
    show = show if show in SHOWN else ""
    place = {"after": request.GET.get("after", ""), "before": request.GET.get("before", "")}
    page = queries.count_lines(request.actor, count, show=show, **place)
    jobs, _older = jobs_of(request.actor, kinds=("catalog.count_import", "catalog.count_booking"), limit=3)
    upload, book = upload or CountSheetForm(), book or CountBookForm()
    tabs = [{"label": label, "url": f"?show={code}" if code else "?", "on": code == show} for code, label in SHOWN.items()]
    form = form or CountedForm(lines=page.rows)
    context = {
        "count": count, "page": page, "form": form, "upload": upload, "book": book, "tabs": tabs, "query": f"show={show}&" if show else "",
        "progress": queries.count_progress(request.actor, count), "jobs": [job for job in jobs if job.args.get("count") == count.no],
        "nav": "stock",
    }  # fmt: skip
    wrong = form.errors or upload.errors or book.errors
    return render(request, "catalog/stock_count.html", context, status=422 if wrong else 200)


@login_required
def count_sheet(request, no) -> HttpResponse:
    """The sheet to count with: a workbook when it is short, else CSV."""
    count = queries.stock_count(request.actor, no)
    kind = "xlsx" if request.GET.get("format") == "xlsx" else "csv"
    lines = queries.count_progress(request.actor, count).lines
    excel = kind == "xlsx" and lines <= queries.SHEET_ROWS
    note_list_taken(actor=request.actor, which="stock_count", asked={"no": no})
    body, content_type = sheet([str(column.label) for column in COUNT_COLUMNS], queries.count_sheet(request.actor, count), excel=excel)
    return private_stream([body], file_name=f"{no}.{'xlsx' if excel else 'csv'}", content_type=content_type if excel else CSV)


@login_required
@require_POST
def count_upload(request, no):
    """A filled-in sheet comes back."""
    count = queries.stock_count(request.actor, no)
    upload = CountSheetForm(request.POST, request.FILES)
    if upload.is_valid():
        data, file = upload.cleaned_data, upload.cleaned_data["file"]
        sent = {"body": file.read(), "file_name": file.name, "at": data["at"], "request_key": data["request_key"]}
        if job := _ask(upload, services.import_counts, no, actor=request.actor, **sent):
            return redirect("kernel:job", job.no)
    return _page(request, count, None, upload=upload)


@login_required
@require_POST
def count_book(request, no):
    """Book the differences."""
    count = queries.stock_count(request.actor, no)
    book = CountBookForm(request.POST)
    if book.is_valid() and (job := _ask(book, services.book_count, no, actor=request.actor, **book.cleaned_data)):
        return redirect("kernel:job", job.no)
    return _page(request, count, None, book=book)


@login_required
@require_POST
def count_cancel(request, no):
    form = KeyedForm(request.POST)
    services.cancel_count(no, actor=request.actor, request_key=form.data.get("request_key", ""))
    messages.success(request, _("%(no)s is cancelled; nothing more of it is booked.") % {"no": no})
    return redirect("catalog:stock_counts")
