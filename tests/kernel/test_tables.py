"""Tables that people send: read strictly and within limits; tables that we write: harmless to open."""

import csv
import io
import zipfile
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from kernel import tables
from kernel.refusals import Refusal
from kernel.sheets import FORMULA
from kernel.tables import plain, read_table, sheet


def rows_of(body, name="a.csv"):
    table = read_table(body, name)
    return [table.header, *(cells for _number, cells in table.rows)]


def book(*rows):
    made, out = Workbook(), io.BytesIO()
    for row in rows:
        made.active.append(row)
    made.save(out)
    return out.getvalue()


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_any_usual_separator_and_line_end_is_read(separator):
    body = f"a{separator}b\r\n1{separator}2\r\n\r\n3{separator}4\n".encode()

    table = read_table(body, "x.csv")

    assert (table.header, list(table.rows)) == (["a", "b"], [(2, ["1", "2"]), (4, ["3", "4"])])


def test_cells_of_a_workbook_are_what_people_see():
    body = book(
        ["a", "b", "c", "d", "e", "f"],
        [1.0, 0.1, 48041100, datetime(2026, 11, 28), date(2026, 1, 2), True],
        [1e20, -2.5, "x ", None, "", "1"],
    )

    assert rows_of(body, "x.xlsx")[1:] == [
        ["1", "0.1", "48041100", "2026-11-28", "2026-01-02", "1"],
        [f"{10**20}", "-2.5", "x", "", "", "1"],
    ]


def refused(code, body, name="a.csv"):
    with pytest.raises(Refusal) as refusal:
        list(read_table(body, name).rows)
    assert refusal.value.code == code, refusal.value.code
    assert str(refusal.value)


def test_p34_limits_hold(monkeypatch):
    monkeypatch.setattr(tables, "MOST_ROWS", 3)
    monkeypatch.setattr(tables, "MOST_BYTES", 2000)
    refused("table_too_long", b"a\n" + b"1\n" * 4)
    refused("table_too_large", b"a\n" + b"1" * 2000)
    refused("table_too_wide", b"a\n" + b"," * 100 + b"x\n")
    monkeypatch.setattr(tables, "MOST_CELL", 10)
    refused("table_cell_too_long", b"a\n" + b"x" * 11)


def packed(**parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in parts.items():
            archive.writestr(name.replace("__", "/"), body)
    return out.getvalue()


def test_p29_bombs_and_entities_in_a_workbook_are_refused_unopened(monkeypatch):
    refused("table_bomb", packed(**{"xl__worksheets__sheet1.xml": b"0" * 60_000_000}), "a.xlsx")
    refused("table_bomb", packed(**{f"x{n}": b"" for n in range(501)}), "a.xlsx")
    laughs = b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">]><worksheet/>'
    refused("table_broken", packed(**{"xl__worksheets__sheet1.xml": laughs}), "a.xlsx")
    refused("table_broken", packed(**{"readme.txt": b"hello"}), "a.xlsx")
    refused("table_broken", book(["a"])[:200], "a.xlsx")
    refused("table_type", book(["a"]), "a.csv")


@pytest.mark.parametrize("body", [b'a,b\n"1,2', b'a,b\n"1"x,2'])
def test_p34_a_damaged_file_is_refused_with_the_row(body):
    with pytest.raises(Refusal) as refusal:
        list(read_table(body, "a.csv").rows)
    assert refusal.value.code == "table_broken" and "2" in str(refusal.value)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20), min_size=1, max_size=4))
def test_p34_what_we_write_runs_nothing_and_comes_back_as_it_was(cells):
    body, _type = sheet(["head"], [cells], excel=False)
    written = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))[1]

    assert not any(cell.startswith(FORMULA) and not cell.lstrip("-").replace(".", "").isdigit() for cell in written)
    for cell, again in zip(cells, written, strict=True):
        assert plain(again) == plain(cell)


def test_p34_a_workbook_of_ours_holds_no_formula():
    body, _type = sheet(["=1"], [["=cmd()", "+1", "-1", Decimal("-1.5"), 3, "\x01x"]], excel=True)

    cells = [cell for row in load_workbook(io.BytesIO(body)).active for cell in row]
    assert all(cell.data_type != "f" for cell in cells)
    assert [cell.value for cell in cells if cell.row == 2] == ["'=cmd()", "'+1", "-1", -1.5, 3, "x"]
