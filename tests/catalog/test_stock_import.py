"""Stock movements out of a file and into one."""

import csv
import io

import pytest

from catalog.audits import stock as audit_stock
from catalog.models import Stock, StockMovement
from catalog.services import Wanted, export_goods, import_stock, reserve_stock
from kernel.services import read_document
from tests.catalog.refusing import refused
from tests.catalog.sheets import done, table, workbook
from tests.worlds import key, live_listing, member_actor, verified_enterprise

pytestmark = pytest.mark.django_db
HEADER = ["goods", "kind", "quantity", "reason", "document_no"]


@pytest.fixture
def world(db):
    seller = verified_enterprise()
    return member_actor(seller), live_listing(seller, stock=100, sku="KP-1")


def sent(actor, rows, made=table, **how):
    name = "stock.csv" if made is table else "stock.xlsx"
    return done(import_stock(actor=actor, body=made(rows, header=HEADER), file_name=name, request_key=key(), **how))


def why(job):
    return [row[-1] for row in csv.reader(io.StringIO(read_document(job.refused).decode("utf-8-sig")))][1:]


@pytest.mark.spec("H32")
@pytest.mark.spec("B15", thin=True)
@pytest.mark.parametrize("made", [table, workbook], ids=["csv", "xlsx"])
def test_rows_are_booked_in_their_order_and_refused_with_a_sentence(world, made):
    actor, listing = world
    reserve_stock([Wanted(listing.pk, 40, "line")], actor=actor)
    rows = [
        ["KP-1", "in", "10", "delivery", "DN-1"], [listing.no, "出库", "70", "sold outside", ""], ["KP-1", "out", "1", "too much", ""],
        ["nobody", "in", "1", "x", ""], ["KP-1", "adjust", "-0.5", "damaged", ""],
        ["KP-1", "in", "-1", "x", ""], ["KP-1", "in", "1", "", ""],
    ]  # fmt: skip

    job = sent(actor, rows, made)

    assert (job.state, job.counts["moved"], job.failed) == ("finished", 2, 5)
    assert Stock.objects.get(pk=listing.pk).on_hand == 40
    moved = list(StockMovement.objects.filter(listing=listing).exclude(ref="").order_by("pk").values_list("quantity", "document_no"))
    assert moved == [(10, "DN-1"), (-70, "")]
    assert list(audit_stock()) == []


def test_only_checking_books_nothing_and_the_same_file_is_booked_once(world):
    actor, listing = world
    rows = [["KP-1", "in", "10", "delivery", "DN-1"]]
    assert sent(actor, rows, check_only=True).counts["moved"] == 1
    assert Stock.objects.get(pk=listing.pk).on_hand == 100

    sent(actor, rows)

    with refused("same_file"):
        sent(actor, rows)
    assert Stock.objects.get(pk=listing.pk).on_hand == 110


def test_foreign_goods_are_unknown_goods(world):
    _actor, listing = world
    stranger = member_actor(verified_enterprise())

    job = sent(stranger, [[listing.no, "in", "1", "x", ""]])

    assert job.failed == 1 and listing.title not in why(job)[0]


@pytest.mark.spec("B15", thin=True)
def test_p34_stock_and_movements_go_out_neutralised(world):
    actor, listing = world
    sent(actor, [["KP-1", "in", "10", "=HYPERLINK(1)", "@x"]])
    stock = done(export_goods("catalog.stock_export", actor=actor, excel=False, request_key=key()))
    movements = done(export_goods("catalog.movement_export", actor=actor, excel=True, request_key=key()))

    rows = list(csv.reader(io.StringIO(read_document(stock.result).decode("utf-8-sig"))))
    assert (len(rows), rows[1][:2], rows[1][4:7]) == (2, [listing.no, "KP-1"], ["110", "0", "110"])
    from openpyxl import load_workbook

    cells = [cell for row in load_workbook(io.BytesIO(read_document(movements.result))).active.values for cell in row]
    assert "'=HYPERLINK(1)" in cells and "'@x" in cells
