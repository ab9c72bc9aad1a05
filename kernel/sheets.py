"""Cells of a spreadsheet: text stays text, whatever a spreadsheet would make of it (P34)."""

import re
from decimal import Decimal

# What starts a formula, in both widths, and what some programs pass over before they look for one.
FORMULA = tuple("=+-@\uff1d\uff0b\uff0d\uff20\t\r\n\0")
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
PASSED_OVER = "".join(map(chr, (*range(0x21), 0x85, 0xA0, 0x200B, 0x2028, 0x2029, 0x3000, 0xFEFF)))


def neutral(cell: object) -> str:
    """A cell that no spreadsheet takes for a formula; numbers stay numbers, None is empty."""
    if cell is None:
        return ""
    text = str(cell)
    if isinstance(cell, (int, Decimal)) or NUMBER.fullmatch(text):
        return text
    return f"'{text}" if text.startswith(FORMULA) or text.lstrip(PASSED_OVER).startswith(FORMULA) else text
