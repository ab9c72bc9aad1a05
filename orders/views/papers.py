"""The list of papers, the papers that people ask for, and statements."""

from datetime import timedelta
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.actors import require
from kernel.clock import now
from kernel.refusals import NotFound, Refusal
from kernel.responses import private_file

from .. import services
from ..paper_forms import PaperForm, StatementForm
from ..permissions import ASK_INVOICE, MAKE_STATEMENT, PRINT_PAPERS
from ..queries import contracts, desk, papers
from .kept import place
from .links import url_of


@login_required
def paper_list(request):
    """Invoices to ask for, in work, issued; contracts; newest first, by keyset."""
    asked = request.GET.get("tab", "")
    tab = asked if asked in papers.PAPER_TABS else "due"
    text = request.GET.get("before", "")
    before = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
    found, me = papers.papers_page(request.actor, tab=tab, before=before), request.actor.enterprise_id
    names = {"due": _("Invoices to ask for"), "work": _("Invoices in work"), "issued": _("Invoices done"), "contracts": _("Contracts")}
    make = {"due": _order_row, "contracts": _contract_row}.get(tab, _invoice_row)
    context = {
        "nav": "papers", "tab": tab, "rows": [make(row, me) for row in found.rows], "paged": before is not None,
        "tabs": [{"label": name, "url": f"?tab={code}", "on": code == tab} for code, name in names.items()],
        "next_url": f"{reverse('orders:papers')}?{urlencode({'tab': tab, 'before': found.older})}" if found.older else "",
        "may_ask": request.actor.can(ASK_INVOICE), "may_state": request.actor.can(MAKE_STATEMENT),
    }  # fmt: skip
    return render(request, "orders/papers.html", context)


def _order_row(order, me: int) -> dict:
    return {"order": order, "other": desk.other_name(order, me), "title": desk.title_of(order, me), "value": desk.value_of(order, me)}


def _invoice_row(found, me: int) -> dict:
    blue = next((one for one in found.issued.all() if one.kind == "blue"), None)
    return {"invoice": found, "other": desk.other_name(found.order, me), "buying": found.buyer_id == me, "blue": blue,
            "red": bool(found.red_minor)}  # fmt: skip


def _contract_row(found, me: int) -> dict:
    return {"contract": found, "other": desk.other_name(found.order, me), "standing": contracts.standing_of(found), "me": me}


@login_required
@require_POST
def paper_new(request, no: str):
    """Ask for a paper of an order; the worker makes it."""
    form = PaperForm(request.POST)
    if not form.is_valid():
        require(request.actor, PRINT_PAPERS)
        raise Refusal("no_paper", _("Choose a paper."))
    data = form.cleaned_data
    made = services.ask_paper(no, actor=request.actor, kind=data["kind"], about=data["about"] or 0, request_key=data["request_key"])
    messages.success(
        request, _("The paper is ready below.") if made.state == "made" else _("The paper is being made; it appears within a minute.")
    )
    return redirect(url_of(made.order) + "#documents-h")


@login_required
def trade_paper(request, no: str, paper_no: str, which: str):
    """A paper's file or its annex, to the parties."""
    return private_file(papers.trade_paper_file(request.actor, no, paper_no, which))


@login_required
def statements(request):
    """Statements made so far, and a form for the next."""
    found = papers.statements_of(request.actor)
    last = localdate(now()).replace(day=1) - timedelta(days=1)
    form, status = StatementForm(request.POST or None, initial={"starts_on": last.replace(day=1), "ends_on": last}), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                services.ask_statement(actor=request.actor, **form.cleaned_data)
            except NotFound:
                raise
            except Refusal as refusal:
                place(form, refusal)
                status = refusal.status
            else:
                messages.success(request, _("The statement is being made; it appears below within a minute."))
                return redirect("orders:statements")
    return render(request, "orders/statements.html", {"nav": "papers", "form": form, "statements": found}, status=status)


@login_required
def statement_file(request, paper_no: str, which: str):
    """A statement or its annex, to the company whose it is."""
    return private_file(papers.statement_file(request.actor, paper_no, which))
