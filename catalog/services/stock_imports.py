"""Stock movements out of a file: the checks of the form, shelves locked in their order, one fact a batch.

A movement's reference names the job and the row, and is unique: no row is ever booked twice.
"""

from collections.abc import Sequence
from decimal import Decimal

from django.db import connection
from django.utils.translation import gettext_lazy as _

from accounts.actors import require
from kernel.clock import now
from kernel.jobs import Begun, RowRefused, Step
from kernel.models import Job
from kernel.services import lock_all, record

from .. import rules
from ..columns import GOODS, STOCK_COLUMNS, read_cells, told
from ..facts import StockImported
from ..models import Listing, Stock, StockMovement
from ..permissions import MANAGE_STOCK
from .bulk import copy_in
from .low_stock import watch_levels
from .sheets import batch_of, cells_of, columns_in, cut_rows, goods_named, hand_in_sheet

KIND = "catalog.stock_import"


def import_stock(*, actor, body: bytes, file_name: str, request_key: str, check_only: bool = False, owner_chain: str = "") -> Job:
    """Ask for the movements of a file to be booked; `check_only` says what would happen.

    Raises Denied, Refusal table_…, header_unknown, same_file, jobs_waiting.
    """
    require(actor, MANAGE_STOCK)
    return hand_in_sheet(
        KIND, STOCK_COLUMNS, actor=actor, body=body, file_name=file_name, args={"check_only": check_only}, request_key=request_key,
        once=True, owner_chain=owner_chain,
    )  # fmt: skip


def begin_stock_import(job: Job, *, actor) -> Begun:
    """Cut a job's file into batches."""
    return cut_rows(job, STOCK_COLUMNS)


def stock_batch(job: Job, number: int, *, actor) -> Step:
    """Book one batch, or only say what booking it would do."""
    check_only, columns = bool(job.args.get("check_only")), columns_in(job, STOCK_COLUMNS)
    batch = batch_of(job, number)
    read = [(row, cells, *read_cells(columns, cells)) for row, cells, _before in batch]
    goods = goods_named(Listing.objects.own(actor), {values["goods"] for _row, _cells, values, _wrong in read if values.get("goods")})
    ids = sorted({listing.pk for found in goods.values() for listing in found})
    stocks = {s.pk: s for s in (Stock.objects.filter(pk__in=ids) if check_only else lock_all(Stock.objects.all(), ids))}
    moved: list[StockMovement] = []
    refused = []
    for row, cells, values, wrong in read:
        why = list(wrong)
        if not why:
            movement = _movement(job, row, values, goods.get(values["goods"], []), stocks, actor, why)
            if movement is not None:
                moved.append(movement)
        if why:
            refused.append(RowRefused(row, cells_of(job, cells), why))
    if moved and not check_only:
        _write(moved, stocks)
        record(
            StockImported(job_no=job.no, seller_id=actor.enterprise_id, moved=len(moved)),
            actor=actor,
            subject=job,
            chains=[job.owner_chain],
        )
    return Step(done=len(batch), counts={"moved": len(moved)}, refused=refused)


def _movement(job: Job, row: int, values: dict, found: Sequence[Listing], stocks: dict, actor, why: list[str]) -> StockMovement | None:
    if len(found) != 1:
        text = _("you have no goods of this number.") if not found else _("this is the number of two of your goods; use the other number.")
        why.append(told(GOODS, text))
        return None
    stock, kind, quantity = stocks[found[0].pk], values["kind"], values["quantity"]
    if refusal := rules.movement_refusal(kind, quantity, on_hand=stock.on_hand, reserved=stock.reserved):
        why.append(str(refusal[1]))
        return None
    signed = -quantity if kind == "out" else quantity
    stock.on_hand += signed
    return StockMovement(
        listing_id=stock.pk, kind=kind, quantity=signed, balance=stock.on_hand, reason=values["reason"],
        document_no=values.get("document_no") or "", ref=f"{job.no}:{row}", at=now(), by_id=actor.user_id,
    )  # fmt: skip


def _write(moved: Sequence[StockMovement], stocks: dict[int, Stock]) -> None:
    columns = ["listing_id", "kind", "quantity", "balance", "reason", "document_no", "ref", "at", "by_id"]
    touched = {movement.listing_id for movement in moved}
    set_on_hand({pk: stocks[pk].on_hand for pk in touched})
    copy_in(StockMovement, map(vars, moved), columns)
    watch_levels(stocks[pk] for pk in sorted(touched))


def set_on_hand(levels: dict[int, Decimal]) -> None:
    """Write what is on hand of many locked shelves in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE catalog_stock s SET on_hand = v.on_hand FROM unnest(%s::bigint[], %s::numeric[]) AS v(id, on_hand)"
            " WHERE s.listing_id = v.id",
            [list(levels), list(levels.values())],
        )
