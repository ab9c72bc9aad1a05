"""Stock-taking: what the books say is frozen, what is there is counted, differences are booked as corrections with a reason (H32).

A difference is what was counted against what the books said at that moment, so goods that come and go while people count are neither
lost nor counted twice. Booking is a job: of a hundred thousand goods it takes minutes.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.actors import require
from kernel.clock import now
from kernel.jobs import Begun, RowRefused, Step
from kernel.models import Job
from kernel.refusals import Denied, NotFound, Refusal
from kernel.services import claim_key, lock, lock_all, move, next_no, record, request_job

from .. import rules
from ..columns import COUNT_COLUMNS, GOODS, read_cells, told
from ..facts import CountBegun, CountBooked, Counted, CountEnded
from ..models import Listing, Stock, StockCount, StockCountLine, StockMovement
from ..permissions import MANAGE_STOCK
from .bulk import copy_in
from .low_stock import watch_levels
from .sheets import batch_of, cells_of, columns_in, cut_rows, goods_named, hand_in_sheet
from .stock_imports import set_on_hand

IMPORT, BOOKING, BATCH = "catalog.count_import", "catalog.count_booking", 2000


@transaction.atomic
def begin_count(*, actor, title: str, everything: bool, request_key: str, category: str = "") -> StockCount:
    """Begin a stock count of the actor's goods, of those in stock only unless `everything`; what the books say now is kept.

    Raises Denied, Refusal("count_open"), Refusal("nothing_to_count").
    """
    require(actor, MANAGE_STOCK)
    inputs = {"title": title, "everything": everything, "category": category}
    claim = claim_key(request_key, verb="catalog.begin_count", actor=actor, inputs=inputs)
    if claim.result_id:
        return StockCount.objects.get(pk=claim.result_id)
    open_one = StockCount.objects.own(actor).filter(state__in=["open", "booking"]).first()
    if open_one is not None:
        raise Refusal("count_open", _("The stock count %(no)s is open. Book or cancel it before another begins.") % {"no": open_one.no})
    goods = Listing.objects.own(actor).exclude(stock=None)
    goods = goods if everything else goods.filter(stock__on_hand__gt=0)
    goods = goods.filter(category__code=category) if category else goods
    count = StockCount.objects.create(
        no=next_no("K", sequence="catalog_count_no"), seller_id=actor.enterprise_id, title=title.strip(), by_id=actor.user_id,
        created_at=now(),
    )  # fmt: skip
    query, params = goods.order_by("pk").values("pk", "stock__on_hand").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO catalog_stockcountline (count_id, listing_id, expected, reason)"  # noqa: S608 - the ORM's own query
            f" SELECT %s, g.pk, g.on_hand, '' FROM ({query}) AS g(pk, on_hand)",
            [count.pk, *params],
        )
        lines = cursor.rowcount
    if not lines:
        raise Refusal("nothing_to_count", _("None of your goods fits. Count all goods, also those of which the books hold none."))
    record(
        CountBegun(count_id=count.pk, no=count.no, seller_id=count.seller_id, listings=lines),
        actor=actor,
        subject=count,
        chains=[count.chain],
    )
    claim.done(count.pk)
    return count


@transaction.atomic
def enter_counts(no: str, *, actor, counted: Mapping[int, tuple[Decimal | None, str]], request_key: str, at: datetime | None = None) -> int:
    """Write down what was counted: {line id: (quantity, reason)}; None takes a count back. `at` is when it was counted (default: now).

    Returns how many lines changed. Raises NotFound for lines of other counts, Refusal("count_closed"), Refusal("count_time").
    """
    require(actor, MANAGE_STOCK)
    inputs = {"no": no, "counted": {str(pk): [str(q), reason] for pk, (q, reason) in counted.items()}, "at": at}
    claim = claim_key(request_key, verb="catalog.enter_counts", actor=actor, inputs=inputs)
    count = _open(no, actor)
    if claim.result_id:
        return 0
    moment = _moment(count, at)
    lines = {line.pk: line for line in StockCountLine.objects.filter(count=count, pk__in=counted, listing__in=Listing.objects.own(actor))}
    if set(lines) != set(counted):
        raise NotFound()
    told_now = {lines[pk].listing_id: (lines[pk], quantity, reason) for pk, (quantity, reason) in counted.items()}
    changed = _note(told_now, moment)
    if changed:
        value = Counted(count_id=count.pk, no=count.no, seller_id=count.seller_id, listings=changed)
        record(value, actor=actor, subject=count, chains=[count.chain])
    claim.done(count.pk)
    return changed


def _open(no: str, actor) -> StockCount:
    count = lock(StockCount.objects.own(actor), no=no)
    if count.state != "open":
        raise Refusal("count_closed", _("This stock count is closed; nothing more can be written into it."))
    return count


def _refuse_part(count: StockCount, actor) -> None:
    """Whoever sees only some of the goods neither books nor cancels a count of others (H16)."""
    if StockCountLine.objects.filter(count=count).exclude(listing__in=Listing.objects.own(actor)).exists():
        text = _("This count is also about goods that are not yours to see. A colleague who sees them all must book or cancel it.")
        raise Denied("count_of_others", text)


def _moment(count: StockCount, at: datetime | None) -> datetime:
    moment = at or now()
    if not count.created_at <= moment <= now():
        text = _("The time of counting must lie between the beginning of the count and now.")
        raise Refusal("count_time", text, fields={"at": text})
    return moment


def _note(told_now: Mapping[int, tuple[StockCountLine, Decimal | None, str]], moment: datetime) -> int:
    """Write counted quantities with what the books said at that moment; lines that say the same already are left alone."""
    fresh = {pk: entry for pk, entry in told_now.items() if (entry[0].counted, entry[0].reason) != entry[1:]}
    books = book_at(fresh, moment)
    for pk, (line, quantity, reason) in fresh.items():
        line.counted, line.reason = quantity, reason
        line.counted_at, line.book_then = (None, None) if quantity is None else (moment, books[pk])
    lines = [entry[0] for entry in fresh.values()]
    StockCountLine.objects.bulk_update(lines, ["counted", "reason", "counted_at", "book_then"], batch_size=1000)
    return len(lines)


def book_at(listing_ids, moment: datetime) -> dict[int, Decimal]:
    """What the books said of goods at a moment: the balance of the last movement until then, none before the first."""
    found = dict.fromkeys(listing_ids, Decimal(0))
    rows = StockMovement.objects.filter(listing_id__in=list(found), at__lte=moment).order_by("listing_id", "-id").distinct("listing_id")
    return found | dict(rows.values_list("listing_id", "balance"))


# ---------- counted quantities out of a file ----------


def import_counts(no: str, *, actor, body: bytes, file_name: str, request_key: str, at: datetime | None = None) -> Job:
    """Ask for the counted quantities of a filled-in count sheet; raises NotFound, Refusal count_closed / count_time / table_… ."""
    require(actor, MANAGE_STOCK)
    count = StockCount.objects.own(actor).filter(no=no).first()
    if count is None:
        raise NotFound()
    if count.state != "open":
        raise Refusal("count_closed", _("This stock count is closed; nothing more can be written into it."))
    args = {"count": no, "check_only": False, "at": _moment(count, at).isoformat() if at else ""}
    return hand_in_sheet(
        IMPORT, COUNT_COLUMNS, actor=actor, body=body, file_name=file_name, args=args, request_key=request_key, once=False
    )  # fmt: skip


def begin_count_import(job: Job, *, actor) -> Begun:
    """Cut a filled-in count sheet into batches; one row for each of the goods."""
    return cut_rows(job, COUNT_COLUMNS, once="goods")


def count_batch(job: Job, number: int, *, actor) -> Step:
    """Write one batch of counted quantities into its count."""
    count, moment = _open(job.args["count"], actor), _when_counted(job)
    columns, batch = columns_in(job, COUNT_COLUMNS), batch_of(job, number)
    read = [(row, cells, before, *read_cells(columns, cells)) for row, cells, before in batch]
    goods = goods_named(Listing.objects.own(actor), {values["goods"] for *_rest, values, _wrong in read if values.get("goods")})
    ids = [listing.pk for found in goods.values() for listing in found]
    lines = {line.listing_id: line for line in StockCountLine.objects.filter(count=count, listing_id__in=ids)}
    told_now: dict[int, tuple] = {}
    refused = []
    for row, cells, before, values, wrong in read:
        why, found = list(wrong), goods.get(values.get("goods", ""), [])
        if before:
            why.append(told(GOODS, _("row %(row)s of this file names the same goods.") % {"row": before}))
        elif not why and (len(found) != 1 or found[0].pk not in lines):
            why.append(told(GOODS, _("these goods are not part of this stock count.")))
        if why:
            refused.append(RowRefused(row, cells_of(job, cells), why))
        elif values.get("counted") is not None:
            told_now[found[0].pk] = (lines[found[0].pk], values["counted"], values.get("reason") or "")
    changed = _note(told_now, moment)
    if changed:
        value = Counted(count_id=count.pk, no=count.no, seller_id=count.seller_id, listings=changed)
        record(value, actor=actor, subject=count, chains=[count.chain])
    return Step(done=len(batch), counts={"counted": len(told_now)}, refused=refused)


def _when_counted(job: Job) -> datetime:
    return datetime.fromisoformat(job.args["at"]) if job.args["at"] else job.created_at


# ---------- booking and cancelling ----------


@transaction.atomic
def book_count(no: str, *, actor, reason: str, request_key: str) -> Job:
    """Close a count and ask for its differences to be booked, with `reason` where a line has none of its own.

    Raises NotFound, Denied, Refusal("count_closed"), Refusal("nothing_counted"), Refusal("reason_missing").
    """
    require(actor, MANAGE_STOCK)
    claim = claim_key(request_key, verb="catalog.book_count", actor=actor, inputs={"no": no, "reason": reason})
    count = lock(StockCount.objects.own(actor), no=no)
    if claim.result_id:
        return Job.objects.get(pk=claim.result_id)
    _refuse_part(count, actor)
    if count.state not in ("open", "booking"):
        raise Refusal("count_closed", _("This stock count is closed; nothing more can be written into it."))
    counted = StockCountLine.objects.filter(count=count, counted__isnull=False)
    if not counted.exists():
        raise Refusal("nothing_counted", _("Nothing has been counted yet."))
    if not reason.strip() and counted.exclude(counted=F("book_then")).filter(reason="").exists():
        text = _("Say why the books and the shelves differ.")
        raise Refusal("reason_missing", text, fields={"reason": text})
    if count.state == "open":
        move(count, "close")
    job = request_job(BOOKING, actor=actor, args={"count": no, "reason": reason.strip()}, request_key=f"{request_key[:58]}-job")
    claim.done(job.pk)
    return job


def begin_booking(job: Job, *, actor) -> Begun:
    """How many lines are to be booked."""
    total = _unbooked(job, actor).count()
    return Begun(total, -(-total // BATCH))


def _unbooked(job: Job, actor):
    count = StockCount.objects.own(actor).get(no=job.args["count"])
    return StockCountLine.objects.filter(count=count, counted__isnull=False, booked_at=None)


def booking_batch(job: Job, number: int, *, actor) -> Step:
    """Book the next lines of a count: each shelf moves by its difference, from where it is now."""
    if lock(StockCount.objects.own(actor), no=job.args["count"]).state != "booking":
        raise Refusal("count_closed", _("This stock count is closed; nothing more can be written into it."))
    lines = list(_unbooked(job, actor).filter(pk__gt=job.args.get("after", 0)).select_related("listing").order_by("pk")[:BATCH])
    stocks = {s.pk: s for s in lock_all(Stock.objects.all(), {line.listing_id for line in lines if line.difference})}
    moved: list[dict] = []
    refused: list[RowRefused] = []
    booked: list[int] = []
    for line in lines:
        movement = _correction(job, line, stocks, actor, refused) if line.difference else None
        if line.difference and movement is None:
            continue
        booked.append(line.pk)
        if movement is not None:
            moved.append(movement)
    if moved:
        set_on_hand({movement["listing_id"]: movement["balance"] for movement in moved})
        copy_in(StockMovement, moved, list(moved[0]))
        watch_levels(stocks[pk] for pk in sorted(movement["listing_id"] for movement in moved))
    _mark(job, booked)
    if lines:
        job.args["after"] = lines[-1].pk
        Job.objects.filter(pk=job.pk).update(args=job.args)
    return Step(done=len(lines), counts={"differences": len(moved), "right": len(booked) - len(moved)}, refused=refused)


def _correction(job: Job, line: StockCountLine, stocks: dict[int, Stock], actor, refused: list[RowRefused]) -> dict | None:
    stock, difference = stocks[line.listing_id], line.difference
    if refusal := rules.movement_refusal("adjust", difference, on_hand=stock.on_hand, reserved=stock.reserved):
        cells = [line.listing.no, line.listing.title, f"{line.expected.normalize():f}", f"{line.counted or 0:f}", line.reason]
        refused.append(RowRefused(line.pk, cells, [str(refusal[1])]))
        return None
    stock.on_hand += difference
    return {
        "listing_id": stock.pk, "kind": "adjust", "quantity": difference, "balance": stock.on_hand, "at": now(), "by_id": actor.user_id,
        "reason": line.reason or job.args["reason"], "document_no": job.args["count"], "ref": f"{job.args['count']}:{line.pk}",
    }  # fmt: skip


def _mark(job: Job, booked: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE catalog_stockcountline l SET booked_at = %s, movement_id ="
            " (SELECT m.id FROM catalog_stockmovement m WHERE m.ref = %s || l.id AND m.kind = 'adjust')"
            " WHERE l.id = ANY(%s)",
            [now(), f"{job.args['count']}:", booked],
        )


def finish_booking(job: Job, *, actor) -> None:
    """Close the count when every counted line is booked; lines that were refused leave it waiting for another try."""
    count = lock(StockCount.objects.own(actor), no=job.args["count"])
    value = CountBooked(count_id=count.pk, no=count.no, seller_id=count.seller_id, differences=job.counts.get("differences", 0))
    if count.state == "booking" and not StockCountLine.objects.filter(count=count, counted__isnull=False, booked_at=None).exists():
        move(count, "book", ended_at=now())
    record(value, actor=actor, subject=count, chains=[count.chain])


@transaction.atomic
def cancel_count(no: str, *, actor, request_key: str) -> StockCount:
    """Give a count up; what is not booked yet never will be. Raises NotFound, Denied, IllegalMove."""
    require(actor, MANAGE_STOCK)
    claim = claim_key(request_key, verb="catalog.cancel_count", actor=actor, inputs={"no": no})
    count = lock(StockCount.objects.own(actor), no=no)
    if not claim.result_id:
        _refuse_part(count, actor)
        move(count, "cancel", ended_at=now())
        value = CountEnded(count_id=count.pk, no=count.no, seller_id=count.seller_id, how="cancelled")
        record(value, actor=actor, subject=count, chains=[count.chain])
        claim.done(count.pk)
    return count
