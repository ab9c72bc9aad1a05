"""P34: a spreadsheet runs nothing that a member typed, and numbers stay numbers."""

import csv
import io
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kernel.sheets import FORMULA, neutral


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1+1",
        "-1+1",
        "@SUM(A1)",
        "\tx",
        "\rx",
        "\nx",
        "\0=1",
        "＝1+1",
        "＋1",
        "－1+1",
        "＠A1",
        " =1",
        "\u3000=1",
        "\ufeff=1",
        "\u200b=1",
        "-",
        "+",
    ],
)
def test_what_could_be_a_formula_is_text(text):
    assert neutral(text) == "'" + text


@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        (5, "5"),
        (-5, "-5"),
        (Decimal("-1.50"), "-1.50"),
        ("-1.50", "-1.50"),
        ("纸", "纸"),
        ("a=b", "a=b"),
        ("", ""),
        (None, ""),
        ("2026-11-22", "2026-11-22"),
    ],
)
def test_numbers_and_plain_words_stay_as_they_are(cell, kept):
    assert neutral(cell) == kept


@given(st.text(max_size=40) | st.integers() | st.decimals(allow_nan=False, allow_infinity=False, places=2))
@settings(max_examples=500)
@example("=cmd|' /C calc'!A0")
def test_p34_no_cell_starts_like_a_formula_unless_it_is_a_number(cell):
    out = io.StringIO()
    csv.writer(out).writerow([neutral(cell), "end"])
    out.seek(0)

    if not isinstance(cell, str) or "\r" not in cell:  # a lone CR inside a quoted cell is read back as a line end
        (row,) = csv.reader(io.StringIO(out.getvalue(), newline=""))
        assert row == [neutral(cell), "end"]
    text = neutral(cell)
    if text.startswith(FORMULA):
        assert float(text) == float(cell)
