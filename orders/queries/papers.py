"""The list of papers for finance: invoices to ask for, in work and issued; contracts; statements. And the papers people asked for."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.actors import Actor, require
from kernel.models import Document
from kernel.refusals import NotFound

from ..models import ContractRequest, InvoiceLine, InvoiceRequest, Order, OrderLine, TradePaper
from ..permissions import MAKE_STATEMENT, PRINT_PAPERS, VIEW_PAPERS
from .contracts import VERSIONS
from .invoices import ISSUED, issued_red
from .invoicing import DEAD, PAID

PAGE = 30
PAPER_TABS = ("due", "work", "issued", "contracts")


@dataclass(frozen=True)
class PaperPage:
    """One page of a keyset list; `older` is the id to page on with."""

    rows: list
    older: int | None


def _page(rows: QuerySet, before: int | None) -> PaperPage:
    found = list((rows.filter(pk__lt=before) if before else rows).order_by("-pk")[: PAGE + 1])
    return PaperPage(found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None)


def papers_page(actor: Actor, *, tab: str, before: int | None = None) -> PaperPage:
    """One page of a tab: orders to ask an invoice for, invoice requests in work or issued, contract requests. Raises Denied."""
    require(actor, VIEW_PAPERS)
    own = Order.objects.own(actor).order_by()
    if tab == "due":
        return _page(_uninvoiced(own, actor.enterprise_id or 0).prefetch_related("lines", "tenders"), before)
    if tab == "contracts":
        return _page(ContractRequest.objects.filter(order__in=own).select_related("order").prefetch_related(VERSIONS), before)
    rows = issued_red(InvoiceRequest.objects.filter(order__in=own)).select_related("order").prefetch_related(ISSUED)
    states = ["requested", "in_work"] if tab == "work" else ["issued", "reversed", "refused", "withdrawn", "dropped"]
    return _page(rows.filter(state__in=states), before)


def _uninvoiced(own: QuerySet[Order], enterprise_id: int) -> QuerySet[Order]:
    """Paid orders in yuan between mainland companies on which this enterprise got goods and has no invoice for some line yet."""
    said = InvoiceLine.objects.filter(order_line=OuterRef("pk")).exclude(request__state__in=DEAD)
    line = OrderLine.objects.filter(~Q(giver_id=enterprise_id), ~Exists(said), order=OuterRef("pk"))
    return own.filter(Exists(line), state__in=PAID, currency="CNY", proposer__country="CN", responder__country="CN")


def trade_papers_of(order: Order) -> list[TradePaper]:
    """The papers asked for on a loaded order, newest first, those of old content too."""
    return list(order.trade_papers.select_related("document", "annex").defer("content").order_by("-pk")[:30])


def trade_paper_file(actor: Actor, no: str, paper_no: str, which: str) -> Document:
    """A paper's file or annex, for a party of its order; raises NotFound."""
    require(actor, PRINT_PAPERS)
    paper = TradePaper.objects.filter(order__in=Order.objects.own(actor).filter(no=no).order_by(), no=paper_no).first()
    return _file(paper, which)


def _file(paper: TradePaper | None, which: str) -> Document:
    found = {"pdf": paper.document, "annex": paper.annex}.get(which) if paper else None
    if found is None:
        raise NotFound()
    return found


def statements_of(actor: Actor) -> list[TradePaper]:
    """The statements an enterprise asked for, newest first; raises Denied."""
    require(actor, MAKE_STATEMENT)
    rows = TradePaper.objects.filter(kind="statement", enterprise_id=actor.party_id)
    return list(rows.select_related("document", "annex").defer("content").order_by("-pk")[:PAGE])


def statement_file(actor: Actor, paper_no: str, which: str) -> Document:
    """A statement's file or annex; raises NotFound."""
    require(actor, MAKE_STATEMENT)
    paper = TradePaper.objects.filter(kind="statement", enterprise_id=actor.party_id, no=paper_no).first()
    return _file(paper, which)
