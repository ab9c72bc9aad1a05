"""Papers that people ask for: frozen when asked, made by the worker, the same file for the same content (B18)."""

import csv
import io
from datetime import date, datetime, time, timedelta

import segno
from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor, require
from accounts.models import Enterprise
from kernel.chains import enterprise_chain
from kernel.clock import now
from kernel.money import CREDIT
from kernel.pdf import render_pdf
from kernel.refusals import NotFound, Refusal
from kernel.services import claim_key, lock, move, next_no, record, store_bytes
from kernel.sheets import neutral
from kernel.timer import COMMAND
from kernel.workdays import SHANGHAI
from ledger.queries import account_statement

from ..facts import TradePaperAsked, TradePaperMade
from ..models import Consignment, Order, TradePaper
from ..paper_contents import (
    MOST_LINES,
    both,
    contract_content,
    credit_part,
    delivery_content,
    fingerprint,
    proforma_content,
    statement_content,
)
from ..permissions import MAKE_STATEMENT, PRINT_PAPERS
from ..queries.statements import cash_movements

MOST_DAYS, MOST_ROWS = 366, 5000
NOT_BEFORE = ("declined", "withdrawn", "lapsed")


@transaction.atomic
def ask_paper(no: str, *, actor: Actor, kind: str, about: int = 0, request_key: str) -> TradePaper:
    """Ask for a paper of an order: proforma (about: whose goods), contract, or delivery (about: the consignment).

    What it says is frozen now; the worker makes the file. The same content again answers with the paper that exists.
    Raises Refusal no_paper_now, NotFound.
    """
    require(actor, PRINT_PAPERS)
    claim = claim_key(request_key, verb="orders.ask_paper", actor=actor, inputs={"no": no, "kind": kind, "about": about})
    order = lock(Order.objects.own(actor), no=no)
    if claim.result_id:
        return TradePaper.objects.get(pk=claim.result_id)
    if order.state in NOT_BEFORE:
        raise Refusal("no_paper_now", _("This order ended without a trade; there is nothing to print."))
    subject: dict = {"order": order}
    if kind == "proforma" and about in order.parties and any(line.giver_id == about for line in order.lines.all()):
        subject["enterprise_id"], content = about, proforma_content(order, about)
    elif kind == "contract":
        content = contract_content(order)
    elif kind == "delivery":
        consignment = Consignment.objects.filter(order=order, pk=about).first()
        if consignment is None:
            raise NotFound()
        if consignment.shipped_at is None:
            raise Refusal("no_paper_now", _("The delivery note is made when the shipment is recorded."))
        subject["consignment"], content = consignment, delivery_content(order, consignment)
    else:
        raise NotFound()
    paper = _keep(kind, content, actor=actor, about=order, chains=order.chains, **subject)
    claim.done(paper.pk)
    return paper


@transaction.atomic
def ask_statement(*, actor: Actor, starts_on: date, ends_on: date, request_key: str) -> TradePaper:
    """Ask for the account statement of one's enterprise over whole days of the past; raises Refusal period_wrong, statement_long."""
    require(actor, MAKE_STATEMENT)
    inputs = {"from": starts_on.isoformat(), "to": ends_on.isoformat()}
    claim = claim_key(request_key, verb="orders.ask_statement", actor=actor, inputs=inputs)
    if claim.result_id:
        return TradePaper.objects.get(pk=claim.result_id)
    if not timedelta(0) <= ends_on - starts_on < timedelta(days=MOST_DAYS) or ends_on >= localtime(now()).date():
        raise Refusal("period_wrong", _("A statement covers whole days that are over, at most a year, from the first to the last."))
    enterprise = Enterprise.objects.get(pk=actor.party_id)
    content = _statement(enterprise, starts_on, ends_on)
    paper = _keep(
        "statement", content, actor=actor, about=enterprise, chains=[enterprise.chain], enterprise_id=enterprise.pk, starts_on=starts_on,
        ends_on=ends_on,
    )  # fmt: skip
    claim.done(paper.pk)
    return paper


def _statement(enterprise: Enterprise, starts_on: date, ends_on: date) -> dict:
    start = datetime.combine(starts_on, time(), SHANGHAI)
    end = datetime.combine(ends_on + timedelta(days=1), time(), SHANGHAI)
    opening, lines, closing = account_statement(enterprise.pk, CREDIT, start, end, limit=MOST_ROWS)
    cash = cash_movements(enterprise.pk, start, end, limit=MOST_ROWS)
    if len(lines) + len(cash) > MOST_ROWS:
        raise Refusal("statement_long", _("There are too many movements for one statement. Choose a shorter period."))
    rows = []
    for line in lines:
        chinese, english = both(line.name)
        rows.append({
            "at": f"{localtime(line.at):%Y-%m-%d %H:%M}", "no": line.no, "zh": chinese, "en": english, "about": line.about,
            "amount": f"{line.amount.decimal:,.2f}", "after": f"{line.after.decimal:,.2f}",
        })  # fmt: skip
    holder = {"zh": enterprise.name, "en": enterprise.name_en or enterprise.name, "registration": enterprise.registration_no}
    return statement_content(holder=holder, starts_on=starts_on, ends_on=ends_on, credit=credit_part(opening, rows, closing), cash=cash)


def _keep(kind: str, content: dict, *, actor: Actor, about, chains, **subject) -> TradePaper:
    digest = fingerprint(kind, content if kind != "statement" else {**content, "of": subject["enterprise_id"]})
    found = TradePaper.objects.filter(content_hash=digest).first()
    if found is not None:
        return found
    paper = TradePaper.objects.create(
        no=next_no("P", sequence="orders_paper_no"), kind=kind, content=content, content_hash=digest, created_at=now(),
        created_by_id=actor.user_id or 0, **subject,
    )  # fmt: skip
    record(TradePaperAsked(paper_id=paper.pk, paper_no=paper.no, kind=kind), actor=actor, subject=about, chains=chains)
    return paper


def _page(paper: TradePaper) -> str:
    """Where the paper and its fingerprint stand, for the QR code."""
    path = f"/me/orders/{paper.order.no}/" if paper.order else "/me/papers/statements/"
    return settings.SITE_URL + path


def paper_html(paper: TradePaper) -> str:
    """The paper as the renderer gets it: at most MOST_LINES lines, the rest is counted and stands in the annex."""
    content, left = shortened(paper.content)
    code = segno.make(f"{_page(paper)}?paper={paper.no}&sha256={paper.content_hash}", error="m").svg_data_uri(scale=1, border=1)
    context = {"paper": paper, "p": content, "left": left, "most": MOST_LINES, "qr": code}
    with_base = f"orders/paper_{paper.kind}.html"
    return render_to_string(with_base, context)


def shortened(content: dict) -> tuple[dict, int]:
    """Content with at most MOST_LINES lines in all its tables, and how many were left out."""
    room, left, short = MOST_LINES, 0, dict(content)
    if "credit" in content:
        rows = content["credit"]["rows"]
        short["credit"] = {**content["credit"], "rows": rows[:room]}
        left, room = left + max(len(rows) - room, 0), max(room - len(rows), 0)
        short["cash"] = content["cash"][:room]
        left += len(content["cash"]) - len(short["cash"])
    for name in ("lines",):
        if name in content:
            short[name] = content[name][:room]
            left += len(content[name]) - len(short[name])
    if "goods" in content:
        lines = content["goods"]["lines"]
        short["goods"] = {**content["goods"], "lines": lines[:room]}
        left += len(lines) - len(lines[:room])
    if "sides" in content:
        sides = []
        for side in content["sides"]:
            sides.append({**side, "lines": side["lines"][:room]})
            left += max(len(side["lines"]) - room, 0)
            room = max(room - len(side["lines"]), 0)
        short["sides"] = sides
    return short, left


def annex_csv(content: dict) -> bytes:
    """Every line of a paper as a sheet that runs nothing (P34)."""
    tables = [content.get("lines"), content.get("goods", {}).get("lines"), *[side["lines"] for side in content.get("sides", [])]]
    tables += [content.get("credit", {}).get("rows"), content.get("cash")]
    out = io.StringIO()
    writer = csv.writer(out)
    for rows in tables:
        if rows:
            writer.writerow(rows[0].keys())
            writer.writerows([neutral(cell) for cell in row.values()] for row in rows)
    return ("\ufeff" + out.getvalue()).encode()


def make_trade_paper(paper_id: int) -> TradePaper:
    """Make a paper's file once; asked again it returns the one that exists. Raises RenderError."""
    paper = TradePaper.objects.select_related("order").get(pk=paper_id)
    if paper.state == "made":
        return paper
    body = render_pdf(paper_html(paper))  # outside of every lock: it takes a second or more
    annex = annex_csv(paper.content) if shortened(paper.content)[1] else b""
    return _store(paper_id, body, annex)


@transaction.atomic
def _store(paper_id: int, body: bytes, annex: bytes) -> TradePaper:
    paper = lock(TradePaper.objects.all(), pk=paper_id)
    if paper.state == "made":
        return paper
    chains = paper.order.chains if paper.order else [enterprise_chain(paper.enterprise_id)]
    name, purpose, owner = f"{paper.order.no if paper.order else paper.no}-{paper.kind}", f"orders.{paper.kind}", chains[0]
    document = store_bytes(
        body, file_name=f"{name}.pdf", content_type="application/pdf", purpose=purpose, owner_chain=owner, actor=COMMAND
    )  # fmt: skip
    kept = None
    if annex:
        sheet = {"file_name": f"{name}-annex.csv", "content_type": "text/csv; charset=utf-8"}
        kept = store_bytes(annex, **sheet, purpose=purpose, owner_chain=owner, actor=COMMAND)
    move(paper, "make", document=document, annex=kept, made_at=now())
    subject = paper.order or Enterprise(pk=paper.enterprise_id)
    value = TradePaperMade(paper_id=paper.pk, paper_no=paper.no, kind=paper.kind, sha256=document.sha256)
    record(value, actor=COMMAND, subject=subject, chains=chains)
    return paper
