import io
from datetime import datetime

import pytest

from credit_guarantee.statements import StatementRefused, read_statements
from kernel.money import Money
from kernel.workdays import SHANGHAI

ACCOUNT = "0200001119012345678"
ICBC_A = (
    "中国工商银行账户明细\n"
    "凭证号,本方账号,对方账号,交易时间,借/贷,借方发生额,贷方发生额,对方行号,摘要,用途,对方单位名称,余额,个性化信息\n"
    '000000000,\t0200001119012345678,\'622202,2026-11-20 10:11:12,贷,,"12,475.00",1021,款,货款26112000017C,青岚纸业有限公司,"112,475.00",\n'
    '000000000,\t0200001119012345678,\'6222021001116245703,2026-11-20 11:00:00,借,475.00,,1021,付款,,远山包装有限公司,"112,000.00",\n'
)
ICBC_B = (
    "交易时间\t本方账号\t对方单位\t对方账号\t摘要\t附言\t用途\t转出金额\t转入金额\t余额\n"
    "20261121 09:00:00\t0200001119012345678\tＡＢＣ　公司\t622202\t转账\t2611-2000-018J\t\t\t90.40\t90.40\n"
)
MT940 = """:20:STMT261120
:25:ICBKCNBJ/0200001119012345678
:28C:00231/001
:60F:C261119USD100000,00
:61:2611201120C12475,00NTRFBO26112000017//A0E1120XYZ
:86:/ORDP/ACME TRADING LLC/REMI/BO26112000017 BALANCE 70PCT/CHGS/USD25,00
:62F:C261120USD112475,00
"""


def read(text, *, currency="CNY", encoding="utf-8"):
    return read_statements(text if isinstance(text, bytes) else text.encode(encoding), account=ACCOUNT, currency=currency)


def refused(text, **more):
    with pytest.raises(StatementRefused) as caught:
        read(text, **more)
    return [(p.row, p.code) for p in caught.value.problems]


def camt(version="08", entries="", opening="1000.00", closing="1300.00", extra=""):
    balance = "<Bal><Tp><CdOrPrtry><Cd>{}</Cd></CdOrPrtry></Tp><Amt Ccy='USD'>{}</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>"
    return (
        f"<?xml version='1.0'?>{extra}<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}'><BkToCstmrStmt>"
        f"<Stmt><Id>1</Id><ElctrncSeqNb>7</ElctrncSeqNb><Acct><Id><Othr><Id>{ACCOUNT}</Id></Othr></Id></Acct>"
        f"{balance.format('OPBD', opening)}{balance.format('CLBD', closing)}{entries}</Stmt></BkToCstmrStmt></Document>"
    )


def entry(amount, *, status="<Sts><Cd>BOOK</Cd></Sts>", into="CRDT", ref="R1", details=""):
    return (
        f"<Ntry><Amt Ccy='USD'>{amount}</Amt><CdtDbtInd>{into}</CdtDbtInd>{status}<BookgDt><Dt>2026-11-20</Dt></BookgDt>"
        f"<AcctSvcrRef>{ref}</AcctSvcrRef><NtryDtls>{details}</NtryDtls></Ntry>"
    )


def transaction(amount, name, text):
    return (
        f"<TxDtls><Refs><EndToEndId>E2E</EndToEndId></Refs><Amt Ccy='USD'>{amount}</Amt><RltdPties><Dbtr><Pty><Nm>{name}</Nm></Pty></Dbtr>"
        f"<DbtrAcct><Id><IBAN>DE02</IBAN></Id></DbtrAcct></RltdPties><RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls>"
    )


@pytest.mark.spec("H27")
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_the_first_icbc_layout_is_read_in_every_encoding(encoding):
    (statement,) = read(ICBC_A.replace("\n", "\r\n"), encoding=encoding)

    paid, sent = statement.bookings
    assert (paid.into, paid.amount, paid.name, paid.account) == (True, Money(1247500, "CNY"), "青岚纸业有限公司", "622202")
    assert paid.at == datetime(2026, 11, 20, 10, 11, 12, tzinfo=SHANGHAI)
    assert "26112000017C" in paid.text
    assert (sent.into, sent.amount, sent.balance) == (False, Money(47500, "CNY"), Money(11200000, "CNY"))


@pytest.mark.spec("H27")
def test_the_second_icbc_layout_is_read_with_tabs_and_full_width_letters():
    (statement,) = read(ICBC_B)

    (booking,) = statement.bookings
    assert (booking.into, booking.amount, booking.name, booking.text) == (True, Money(9040, "CNY"), "ABC 公司", "转账 2611-2000-018J")


def test_a_workbook_is_read_like_a_csv():
    from openpyxl import Workbook

    book, body = Workbook(), io.BytesIO()
    for line in ICBC_B.splitlines():
        book.active.append(line.split("\t"))
    book.save(body)

    assert read(body.getvalue()) == [read(ICBC_B)[0]]


def test_one_signed_column_is_read_with_its_mark():
    (statement,) = read("入账日期,交易金额,借贷标志,对方户名,摘要\n2026/11/20,10.00,贷,甲,a\n2026年11月21日,4.50,借,乙,b\n")

    assert [(b.into, b.amount.minor) for b in statement.bookings] == [(True, 1000), (False, 450)]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("", [(0, "empty")]),
        ("a,b,c\n1,2,3\n", [(0, "no_header")]),
        ("交易时间,借方发生额,贷方发生额,余额\n", [(0, "no_bookings")]),
        ("交易时间,借方发生额,贷方发生额\n2026-11-20,,12.475,00\n", [(2, "amount")]),
        (
            "交易时间,借方发生额,贷方发生额\n2026-11-20,-5.00,\n2026-11-20,1.00,2.00\nyesterday,,3\n",
            [(2, "amount"), (3, "amount"), (4, "time")],
        ),
        ("交易时间,借方发生额,贷方发生额,对方账号\n2026-11-20,,5.00,6.22202E+18\n", [(2, "account")]),
        ("交易时间,借方发生额,贷方发生额,本方账号\n2026-11-20,,5.00,999\n", [(2, "other_account")]),
        ("交易时间,借方发生额,贷方发生额,币种\n2026-11-20,,5.00,美元\n", [(2, "other_currency")]),
        ("交易时间,借方发生额,贷方发生额,余额\n2026-11-20,,5.00,100.00\n2026-11-21,,5.00,200.00\n", [(3, "balance_gap")]),
        ("交易时间,贷方发生额,转入金额\n2026-11-20,5.00,5.00\n", [(1, "header_twice")]),
        ("交易时间,借方发生额,贷方发生额\n2026-11-20,,5.00\0\n", [(0, "not_text")]),
        (b"PK\x03\x04not a workbook", [(0, "not_a_sheet")]),
        (b"\xff\xfe\x00\x81\xff", [(0, "encoding")]),
        (b":20:X\n:25:broken", [(0, "no_balance")]),
        (b"<Document/>", [(0, "camt_version")]),
        (b"<Document", [(0, "not_camt")]),
    ],
)
def test_p9_a_wrong_file_is_refused_whole_and_every_wrong_row_is_named(body, found):
    assert refused(body) == found


def test_rows_may_run_backwards_in_time():
    (statement,) = read("交易时间,借方发生额,贷方发生额,余额\n2026-11-21,,5.00,110.00\n2026-11-20,,5.00,105.00\n")

    assert len(statement.bookings) == 2


@pytest.mark.spec("H27")
def test_p9_a_booking_has_one_name_in_overlapping_files_and_like_payments_are_told_apart():
    rows = ["2026-11-20 10:00:00,,5.00,甲,x", "2026-11-20 10:00:00,,5.00,甲,x", "2026-11-20 11:00:00,,7.00,甲,x"]
    head = "交易时间,借方发生额,贷方发生额,对方单位,摘要\n"
    first = read(head + "\n".join(rows))[0]
    second = read(head + "\n".join(rows[:2]))[0]

    assert len({b.fingerprint for b in first.bookings}) == 3
    assert [b.fingerprint for b in second.bookings] == [b.fingerprint for b in first.bookings[:2]]


@pytest.mark.spec("H27")
def test_mt940_is_read_with_payer_reference_charges_and_checked_against_its_balances():
    (statement,) = read(MT940, currency="USD")

    (booking,) = statement.bookings
    assert (booking.amount, booking.name, booking.bank_ref) == (Money(1247500, "USD"), "ACME TRADING LLC", "A0E1120XYZ")
    assert booking.charges == Money(2500, "USD")
    assert (statement.number, statement.opening, statement.closing) == ("00231/001", Money(10000000, "USD"), Money(11247500, "USD"))
    assert refused(MT940.replace(":62F:C261120USD112475,00", ":62F:C261120USD112475,01"), currency="USD") == [(0, "balance_gap")]
    assert refused(MT940.replace("0200001119012345678", "999"), currency="USD") == [(0, "other_account")]


@pytest.mark.parametrize("version", ["02", "04", "08", "13"])
def test_camt053_is_read_in_its_versions_and_only_what_is_booked_counts(version):
    status = "<Sts>BOOK</Sts>" if version == "02" else "<Sts><Cd>BOOK</Cd></Sts>"
    pending = status.replace("BOOK", "PDNG")
    body = camt(
        version, entry("300.00", status=status, details=transaction("300.00", "ACME", "26112000071K")) + entry("9.00", status=pending)
    )

    (statement,) = read(body, currency="USD")

    (booking,) = statement.bookings
    assert (booking.amount, booking.name, booking.account, booking.bank_ref) == (Money(30000, "USD"), "ACME", "DE02", "R1")
    assert "26112000071K" in booking.text


def test_a_batch_entry_is_opened_when_its_parts_add_up():
    details = transaction("100.00", "A", "one") + transaction("200.00", "B", "two")

    (statement,) = read(camt(entries=entry("300.00", details=details)), currency="USD")

    assert [(b.amount.minor, b.name, b.bank_ref) for b in statement.bookings] == [(10000, "A", "R1/1"), (20000, "B", "R1/2")]


def test_camt053_with_a_gap_a_strange_version_or_entities_is_refused():
    laughs = "<!DOCTYPE x [<!ENTITY a 'ha'>]>"

    assert refused(camt(entries=entry("299.99")), currency="USD") == [(0, "balance_gap")]
    assert refused(camt("99"), currency="USD") == [(0, "camt_version")]
    assert refused(camt(extra=laughs), currency="USD") == [(0, "not_camt")]
