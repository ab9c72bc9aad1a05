"""Listings out of a file: the checks of the form, written in bulk, one fact a batch (W9). The article number makes a row find its listing.

What a file changes of goods that are listed already goes the way of the form, one by one: a version, a history row, a fact, and a
review where the form would start one.
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.actors import require
from accounts.models import Enterprise
from accounts.services import grant_own
from kernel.clock import now
from kernel.garbage import uncollected
from kernel.jobs import Begun, Step
from kernel.models import Job
from kernel.refusals import Refusal
from kernel.services import record, start_deadlines
from kernel.workdays import SHANGHAI

from .. import rules
from ..columns import LISTING_COLUMNS
from ..facts import ListingsImported
from ..listing_rows import NOTHING, Row, check_words, read_rows, terms_of, typed
from ..models import Category, Listing, ListingUserObjectPermission, SellerStanding, Stock, StockMovement
from ..permissions import LIST_GOODS
from ..queries.schemas import schema_of
from ..schema import Field, lines
from .bulk import copy_history, copy_in, reserve_ids, reserve_numbers, taken_skus
from .checks import terms_of as terms_on_file
from .checks import today
from .index import STANDING, WORDS, index_listing, rank_of
from .listings import revise_listing
from .sheets import batch_of, cells_of, columns_in, cut_rows, hand_in_sheet
from .stock import SHELF

KIND = "catalog.listing_import"
MADE = {
    "id", "no", "seller_id", "category_id", "created_at", "batch", "attribute_lines", "state", "submitted_at", "waiting", *WORDS, *STANDING,
    "price_minor", "currency", *vars(NOTHING),
}  # fmt: skip
WRITTEN = [field.attname for field in Listing._meta.concrete_fields if field.attname in MADE]


def import_listings(
    *, actor, body: bytes, file_name: str, request_key: str, check_only: bool = False, hand_in: bool = False, owner_chain: str = ""
) -> Job:  # fmt: skip
    """Ask for the listings of a file: `check_only` says what would happen, `hand_in` hands the good rows in for review at once.

    Raises Denied, Refusal table_…, header_unknown, same_file, jobs_waiting.
    """
    require(actor, LIST_GOODS)
    return hand_in_sheet(
        KIND, LISTING_COLUMNS, actor=actor, body=body, file_name=file_name, args={"check_only": check_only, "hand_in": hand_in},
        request_key=request_key, once=True, owner_chain=owner_chain,
    )  # fmt: skip


@uncollected()
def begin_listing_import(job: Job, *, actor) -> Begun:
    """Cut a job's file into batches."""
    return cut_rows(job, LISTING_COLUMNS, once="sku")


@uncollected()
def listing_batch(job: Job, number: int, *, actor) -> Step:
    """Write one batch, or only say what writing it would do."""
    check_only, hand_in = bool(job.args.get("check_only")), bool(job.args.get("hand_in"))
    rows = read_rows(batch_of(job, number), columns_in(job, LISTING_COLUMNS))
    seller = Enterprise.objects.get(pk=actor.enterprise_id)
    known, schemas, day = _known(rows, actor), _Schemas({row.values.get("category", "") for row in rows}), today()
    fresh, counts = [], {"created": 0, "changed": 0, "unchanged": 0}
    for row in rows:
        if row.sku not in known:
            fresh.append(row)
        else:
            counts[_change(job, row, known[row.sku], actor, schemas, check_only=check_only, hand_in=hand_in)] += not row.why
    good, made = _good(fresh, schemas, day, whole=hand_in), _Fresh(job, seller, schemas, 0 if check_only else len(fresh), hand_in=hand_in)
    if check_only:
        counts["created"] = sum(1 for _pair in good)
    elif fresh:
        _write(made, good, actor, hand_in=hand_in)
        counts["created"] = len(made.nos)
    if not check_only and (counts["created"] or counts["changed"]):
        value = ListingsImported(
            job_no=job.no, seller_id=seller.pk, **counts, handed_in=len(made.nos) if hand_in else 0,
            first_no=made.nos[0] if made.nos else "", last_no=made.nos[-1] if made.nos else "", nos=made.nos,
        )  # fmt: skip
        record(value, actor=actor, subject=job, chains=[seller.chain])
    refused = [row.refused(cells_of(job, row.cells)) for row in rows if row.why]
    return Step(done=len(rows), counts=counts, refused=refused)


def _known(rows: Sequence[Row], actor) -> dict[str, Listing | None]:
    """The seller's listings by article number; None for one that the actor does not see."""
    wanted = {row.sku for row in rows} - {""}
    if not wanted:
        return {}
    every = taken_skus(actor.enterprise_id, wanted)
    if not every:
        return {}
    mine = Listing.objects.own(actor).filter(sku__in=every).select_related("category", "seller").defer("search", "titles", "wants_search")
    seen = {listing.sku: listing for listing in mine}
    return {sku: seen.get(sku) for sku in every}


def _good(rows: Sequence[Row], schemas: "_Schemas", day, *, whole: bool) -> Iterator[tuple[Row, rules.Terms]]:
    """The rows that can be listed with what they say, one after the other; the others say why not."""
    for row in rows:
        terms = terms_of(row)
        if terms and _fits(row, schemas):
            fields = schemas.of(row.category)
            terms = typed(row, terms, fields)
            if check_words(row, terms, fields, whole=whole, today=day):
                yield row, terms


def _fits(row: Row, schemas: "_Schemas") -> bool:
    if schemas.categories[row.category].retired_at:
        row.refuse("category", _("Choose one of the categories."))
    if row.opening_stock >= SHELF:
        row.refuse("opening_stock", _("No more than 99,999,999,999 units of one thing can be kept. Give a smaller quantity."))
    return not row.why


# ---------- goods that are listed already ----------


def _change(job: Job, row: Row, listing: Listing | None, actor, schemas, *, check_only: bool, hand_in: bool) -> str:
    """Change a listing to what its row says; returns the name of the count it belongs to, the row says when it was refused."""
    if listing is None:
        row.refuse("sku", _("goods that you do not see have this article number."))
        return "unchanged"
    old = terms_on_file(listing)
    terms = terms_of(row, old)
    if terms is None:
        return "unchanged"
    fields = schemas.of(row.category)
    terms = typed(row, terms, fields)
    handing_in = hand_in and listing.state in ("draft", "rejected", "withdrawn")
    if terms == old and row.category == listing.category.code and not handing_in:
        return "unchanged"
    whole = handing_in or listing.state in ("in_review", "live")
    if not check_words(row, terms, fields, whole=whole, today=today()) or check_only:
        return "changed"
    try:
        revise_listing(
            listing.no,
            actor=actor,
            terms=terms,
            category=row.category,
            request_key=f"{job.no}-{row.number:07d}",
            hand_in=handing_in or None,
        )
    except Refusal as refusal:
        row.refuse("", refusal)
    return "changed"


# ---------- new goods ----------


class _Schemas:
    """The attributes of each category that the rows of a batch name, read before any of them is written."""

    def __init__(self, codes: set[str]):
        self.categories = {row.code: row for row in Category.objects.select_related("parent__parent")}
        self._known = {code: schema_of(self.categories[code]) for code in codes if code in self.categories}

    def of(self, code: str) -> list[Field]:
        return self._known.get(code, [])


class _Fresh:
    """New listings of a batch: all that the database is asked for is asked first, so that rows can be made while it writes."""

    def __init__(self, job: Job, seller: Enterprise, schemas: _Schemas, most: int, *, hand_in: bool):
        moment = now()
        standing = SellerStanding.objects.filter(pk=seller.pk).first() or SellerStanding()
        self.ranks = {ready: rank_of(standing, ready) for ready in (True, False)}
        self.schemas, self.day, self.moment = schemas, f"G{moment.astimezone(SHANGHAI):%y%m%d}", moment
        self.ids, self.numbers = iter(reserve_ids(Listing, most)), iter(reserve_numbers("catalog_listing_no", most))
        state: dict[str, Any] = {"state": "draft", "submitted_at": None, "waiting": False}
        if hand_in:
            state = {"state": "in_review", "submitted_at": moment, "waiting": True}
        self.same: dict[str, Any] = {"seller": seller, "seller_id": seller.pk, "created_at": moment, "batch": job.no, **state}
        self.pks: list[int] = []
        self.nos: list[str] = []
        self.stocks: list[Decimal] = []

    def columns(self, good: Iterable[tuple[Row, rules.Terms]]) -> Iterator[dict]:
        """The columns of each listing; a plain object stands for a model, of which a thousand take a second."""
        for row, terms in good:
            category, pk, no = self.schemas.categories[row.category], next(self.ids), f"{self.day}{next(self.numbers):05d}"
            listing = SimpleNamespace(id=pk, pk=pk, no=no, category=category, category_id=category.pk, **self.same)
            listing.attribute_lines = lines(self.schemas.of(row.category), terms.attributes) if terms.attributes else []
            columns = vars(listing)
            columns.update(terms.columns())
            index_listing(listing, ranks=self.ranks)  # type: ignore[arg-type]
            self.pks.append(pk)
            self.nos.append(no)
            self.stocks.append(row.opening_stock)
            yield columns


def _write(fresh: _Fresh, good: Iterable[tuple[Row, rules.Terms]], actor, *, hand_in: bool) -> None:
    """Write drafts with history, shelf and opening movement; rows are checked while the database writes those before them."""
    copy_in(Listing, fresh.columns(good), WRITTEN)
    copy_history(Listing, fresh.pks, user_id=actor.user_id, at=fresh.moment)
    shelves = list(zip(fresh.pks, fresh.stocks, strict=True))
    copy_in(Stock, ({"listing_id": pk, "on_hand": held} for pk, held in shelves), ["listing_id", "on_hand"])
    opening = {"kind": "in", "reason": "opening stock", "at": fresh.moment, "by_id": actor.user_id}
    moved = ({"listing_id": pk, "quantity": held, "balance": held, **opening} for pk, held in shelves if held)
    copy_in(StockMovement, moved, ["listing_id", "quantity", "balance", *opening])
    if not actor.is_main:
        for made in Listing.objects.filter(pk__in=fresh.pks).only("pk"):
            grant_own(ListingUserObjectPermission, made, actor=actor)
    if hand_in:
        waiting = list(Listing.objects.filter(pk__in=fresh.pks).only("pk", "seller_id"))
        start_deadlines(rules.REVIEW.code, waiting, chains=[fresh.same["seller"].chain])
