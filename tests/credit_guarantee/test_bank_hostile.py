"""Files that nobody should trust, and messages of foreign banks: refused whole with reasons, or read for what they say (H27, P9, M41)."""

import io
import zipfile

import pytest

from credit_guarantee.bank import designated_account
from credit_guarantee.models import StatementEntry
from kernel.money import Money
from kernel.refusals import Refusal
from ledger.models import Entry
from tests.credit_guarantee.bank import (
    HEAD,
    account_minor,
    at_custodian,
    awaited,
    clean,
    entries,
    handed_in,
    imported,
    line,
    pays,
    sheet,
    suspense,
)

pytestmark = pytest.mark.django_db
GOOD = "2026-11-20 09:00:00|0000000000000000000|某公司|6222|转账|x|货款||1.00|1.00"


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * 210_000_000)
    return out.getvalue()


HOSTILE = {
    "formula": f"{HEAD}\n{GOOD}\n2026-11-20 09:01:00|0000000000000000000|=cmd()|6222|转账|x|货款||=1+1|2.00".encode(),
    "nul": f"{HEAD}\n{GOOD}\x00".encode(),
    "encoding": HEAD.encode("utf-16"),
    "decimal_comma": f"{HEAD}\n{GOOD.replace('1.00', '1,00')}".encode(),
    "negative": f"{HEAD}\n{GOOD.replace('|1.00|', '|-1.00|')}".encode(),
    "both_sides": f"{HEAD}\n{GOOD.replace('货款||', '货款|1.00|')}".encode(),
    "other_account": f"{HEAD}\n{GOOD.replace('0000000000000000000', '9999999999999999999')}".encode(),
    "rounded_account": f"{HEAD}\n{GOOD.replace('6222', '6.22202E+18')}".encode(),
    "no_header": b"a|b|c\n1|2|3",
    "too_many_rows": f"{HEAD}\n".encode() + b"x|\n" * 50_001,
    "xml_bomb": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><Document>&a;</Document>',
    "camt_version": b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.99"/>',
    "not_a_workbook": b"PK\x03\x04 nonsense",
    "picture": b"\x89PNG\r\n\x1a\n" + b"\x00" * 50,
}


@pytest.mark.spec("H27", "P9")
@pytest.mark.parametrize("name", HOSTILE)
def test_p9_a_hostile_file_is_refused_whole_and_nothing_is_booked(name):
    awaited()

    file = imported(HOSTILE[name])

    assert (file.state, bool(file.problems)) == ("refused", True)
    assert not StatementEntry.objects.exists() and not Entry.objects.exists()


@pytest.mark.slow
def test_a_workbook_that_unpacks_to_too_much_is_refused():
    assert imported(bomb()).state == "refused"


@pytest.mark.spec("P9")
@pytest.mark.parametrize(("body", "code"), [(b"", "empty"), (b" \n", "empty"), (b"x" * (20 * 1024 * 1024 + 1), "too_large")])
def test_p9_a_file_that_is_none_is_not_even_taken(body, code):
    with pytest.raises(Refusal) as refusal:
        handed_in(body)

    assert refusal.value.code == code


@pytest.mark.spec("P9")
@pytest.mark.parametrize("shape", ["utf-8", "utf-8-sig", "gb18030", "lf", "reversed"])
def test_p9_the_same_bookings_are_the_same_in_every_encoding_and_order(shape):
    escrow = awaited()
    rows = [pays(escrow), line("3.00", "a"), line("4.00", "b")]
    imported(sheet(*rows, encoding="gb18030"))
    text = sheet(*rows, encoding="utf-8").decode()
    head, *found = text.split("\r\n")
    bodies = {
        "utf-8": text.encode(), "utf-8-sig": text.encode("utf-8-sig"), "gb18030": (text + "\r\n").encode("gb18030"),
        "lf": text.replace("\r\n", "\n").encode("gb18030"), "reversed": "\r\n".join([head, *found[::-1]]).encode("gb18030"),
    }  # fmt: skip

    file = imported(bodies[shape])

    assert file.job.counts == {"known": 3} and StatementEntry.objects.count() == 3
    clean()


@pytest.mark.spec("P9")
def test_p9_a_truncated_file_books_what_it_has_and_the_whole_one_the_rest():
    escrow, later = awaited(n=1), awaited(2_000_000, n=2)
    rows = [pays(escrow), line("3.00", "a"), pays(later)]
    imported(sheet(*rows[:2]))

    assert imported(sheet(*rows)).job.counts == {"known": 2, "matched": 1}
    assert at_custodian() == 3_000_300
    clean()


# ---------- messages of banks abroad ----------


def mt940(
    reference: str, amount: str, number: str = "00231/001", opening="100000,00", closing="112475,00", ref="A0E1120XYZ", name=""
) -> bytes:  # fmt: skip
    """DOMAIN §4's statement, of our account."""
    account = designated_account("USD").number
    return (
        f":20:STMT261120\r\n:25:EXAMCNBJ/{account}\r\n:28C:{number}\r\n:60F:C261119USD{opening}\r\n"
        f":61:2611201120C{amount}NTRFBO{reference}//{ref}\r\n"
        f":86:/ORDP/{name}/REMI/BO{reference} BALANCE 70PCT/CHGS/USD25,00\r\n:62F:C261120USD{closing}\r\n"
    ).encode()


@pytest.mark.spec("M41", "H27")
def test_a_transfer_from_abroad_short_by_bank_charges_funds_its_order_and_the_platform_bears_them():
    escrow = awaited(1_250_000, "USD")

    file = imported(mt940(escrow.remittance_reference, "12475,00", name=escrow.payer.name_en), currency="USD", name="s.sta")

    (entry,) = entries(file)
    escrow.refresh_from_db()
    assert (entry.state, entry.reason, entry.bank_ref, entry.charges_minor) == ("settled", "charged", "A0E1120XYZ", 2_500)
    assert (escrow.state, escrow.hold.amount) == ("funded", Money(1_250_000, "USD"))
    assert (account_minor("platform", "fees", "USD"), at_custodian("USD"), suspense("USD")) == (-2_500, 1_247_500, 0)
    assert entry.allocations.get().charges_minor == 2_500
    clean()


@pytest.mark.spec("M41")
@pytest.mark.parametrize(("amount", "closing", "reason"), [("12449,99", "112449,99", "under"), ("12437,49", "112437,49", "under")])
def test_more_than_bank_charges_may_take_is_never_written_off(amount, closing, reason):
    escrow = awaited(1_250_000, "USD")

    (entry,) = entries(
        imported(mt940(escrow.remittance_reference, amount, closing=closing, name=escrow.payer.name_en), currency="USD")
    )  # fmt: skip

    assert (entry.state, entry.reason) == ("waiting", reason)


@pytest.mark.spec("H27")
def test_a_statement_that_skips_a_number_is_refused_and_its_own_number_twice_is_not():
    imported(mt940("000000000000", "12475,00"), currency="USD")

    skipped = imported(mt940("000000000000", "1,00", "00233/001", "112475,00", "112476,00", "B2"), currency="USD")
    again = imported(mt940("000000000000", "12475,00") + b"\r\n", currency="USD")
    following = imported(mt940("000000000000", "1,00", "00232/001", "112475,00", "112476,00", "B2"), currency="USD")

    assert (skipped.state, again.state, following.state) == ("refused", "booked", "booked")
    assert "00233/001" in skipped.problems[0][1] and again.job.counts == {"known": 1}


@pytest.mark.spec("P9")
def test_p9_the_banks_reference_with_another_amount_is_doubtful():
    imported(mt940("000000000000", "12475,00"), currency="USD")

    file = imported(mt940("000000000000", "1,00", "00232/001", "112475,00", "112476,00"), currency="USD")

    (entry,) = entries(file)
    assert (entry.state, entry.reason, at_custodian("USD")) == ("doubtful", "edited", 1_247_500)
