"""Goods, stock and movements as files: made batch by batch in the columns in which they can be sent again, neutralised (P34)."""

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.actors import require
from kernel.jobs import Begun, Made, Step
from kernel.models import Job
from kernel.services import parts, put_part, request_job
from kernel.tables import MANY_ROWS, sheet
from kernel.workdays import SHANGHAI

from ..columns import LISTING_COLUMNS
from ..models import Listing, StockMovement
from ..permissions import MANAGE_PRODUCTS, MANAGE_STOCK

LISTINGS, STOCK, MOVEMENTS = "catalog.listing_export", "catalog.stock_export", "catalog.movement_export"
BATCH = 5000


@transaction.atomic
def export_goods(kind: str, *, actor, excel: bool, request_key: str, first: date | None = None, last: date | None = None) -> Job:
    """Ask for own goods (LISTINGS), their stock (STOCK) or its movements between two days (MOVEMENTS) as a file; raises Denied."""
    require(actor, MANAGE_PRODUCTS if kind == LISTINGS else MANAGE_STOCK)
    args = {"excel": excel, "first": first.isoformat() if first else "", "last": last.isoformat() if last else ""}
    return request_job(kind, actor=actor, args=args, request_key=request_key)


def plain(number: Decimal | None) -> str:
    """A quantity as a file says it."""
    return "" if number is None else f"{number.normalize():f}"


def _listing(listing: Listing) -> list[str]:
    lines = {lang: "；".join(f"{line[lang][0]}：{line[lang][1]}" for line in listing.spec if line.get(lang)) for lang in ("zh", "en")}
    values = {
        **{name: getattr(listing, name) for name in ("sku", "title_zh", "title_en", "description_zh", "description_en")},
        "currency": listing.currency, "unit": listing.unit,
        "category": listing.category.code, "spec_zh": lines["zh"], "spec_en": lines["en"], "price": f"{listing.price.decimal}",
        "moq": plain(listing.moq), "opening_stock": "", "lead_days": str(listing.lead_days), "place": listing.place,
        "hs_code": listing.hs_code, "ready_to_ship": "1" if listing.ready_to_ship else "0", "wants": "，".join(listing.wants),
        "want_categories": ",".join(listing.want_categories),
        "attributes": "；".join(f"{code}：{_said(value)}" for code, value in listing.attributes.items()),
    }  # fmt: skip
    return [values.get(column.name, "") for column in LISTING_COLUMNS]


def _said(value) -> str:
    return str(value) if not isinstance(value, bool) else "yes" if value else "no"


def _shelf(listing: Listing) -> list[str]:
    stock = listing.stock
    level = [plain(stock.on_hand), plain(stock.reserved), plain(stock.free), plain(stock.low_at)]
    return [listing.no, listing.sku, listing.title, listing.get_unit_display(), *level, str(listing.get_state_display())]


def _movement(row: StockMovement) -> list[str]:
    at = timezone.localtime(row.at).strftime("%Y-%m-%d %H:%M:%S")
    said = _("opening stock") if row.reason == "opening stock" else row.reason
    goods = [row.listing.no, row.listing.sku, row.listing.title]
    return [at, *goods, str(row.get_kind_display()), plain(row.quantity), plain(row.balance), said, row.document_no]


def _heads(kind: str) -> list[str]:
    if kind == LISTINGS:
        return [str(column.label) for column in LISTING_COLUMNS]
    if kind == STOCK:
        levels = [_("On hand"), _("Promised or kept"), _("Free"), _("Low from")]
        return [_("Number"), _("Article number"), _("Goods"), _("Unit"), *levels, _("State")]
    heads = [
        _("Time"),
        _("Number"),
        _("Article number"),
        _("Goods"),
        _("What happened"),
        _("Quantity"),
        pgettext("stock", "Balance"),
        _("Reason"),
    ]
    return [*heads, _("Document number")]


def _rows(job: Job, actor) -> QuerySet:
    goods = Listing.objects.own(actor).defer("search", "wants_search")
    if job.kind == LISTINGS:
        return goods.select_related("category").order_by("pk")
    if job.kind == STOCK:
        return goods.exclude(stock=None).select_related("stock").order_by("pk")
    rows = StockMovement.objects.filter(listing__in=Listing.objects.own(actor)).select_related("listing").order_by("pk")
    if job.args["first"]:
        rows = rows.filter(at__gte=_midnight(job.args["first"]))
    return rows.filter(at__lt=_midnight(job.args["last"]) + timedelta(days=1)) if job.args["last"] else rows


def _midnight(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(), SHANGHAI)


WRITERS: dict[str, Callable[..., Sequence[str]]] = {LISTINGS: _listing, STOCK: _shelf, MOVEMENTS: _movement}


def begin_export(job: Job, *, actor) -> Begun:
    """How many rows the file will have; what comes later is in the next one."""
    rows = _rows(job, actor)
    total = rows.count()
    job.args["until"] = rows.order_by("-pk").values_list("pk", flat=True).first() or 0
    Job.objects.filter(pk=job.pk).update(args=job.args)
    return Begun(total, -(-total // BATCH))


def export_batch(job: Job, number: int, *, actor) -> Step:
    """Write the next rows, in the order of their keys, as one part."""
    rows = list(_rows(job, actor).filter(pk__gt=job.args.get("after", 0), pk__lte=job.args["until"])[:BATCH])
    rows = rows[: job.total - job.done]  # rows that a wider sight lets in meanwhile are not promised
    write = WRITERS[job.kind]
    put_part(job, number, json.dumps([write(row) for row in rows], ensure_ascii=False).encode())
    if rows:
        job.args["after"] = rows[-1].pk
        Job.objects.filter(pk=job.pk).update(args=job.args)
    return Step(done=len(rows))


def finish_export(job: Job, *, actor) -> Made:
    """Put the parts together: a workbook when asked for and short enough, else CSV."""
    excel = bool(job.args["excel"]) and job.total <= MANY_ROWS
    body, content_type = sheet(_heads(job.kind), (row for part in parts(job) for row in json.loads(part)), excel=excel)
    name = job.kind.partition(".")[2].replace("_export", "")
    return Made(body, f"{name}-{job.no}.{'xlsx' if excel else 'csv'}", content_type)
