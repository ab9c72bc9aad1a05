"""A statement file into the books: once, whole or not at all, and only what agrees goes on by itself (H27, P9)."""

from datetime import timedelta

import pytest

from credit_guarantee import services
from credit_guarantee.models import Allocation, CustodianInstruction, Escrow, StatementEntry, StatementFile
from kernel.models import Fact
from kernel.money import Money
from kernel.refusals import Denied, Refusal
from kernel.services import read_document, work_job
from kernel.timer import COMMAND
from ledger.models import Entry, Hold
from tests.credit_guarantee.bank import (
    MORNING,
    at_custodian,
    awaited,
    clean,
    clerk,
    entries,
    handed_in,
    imported,
    line,
    pays,
    sheet,
    suspense,
)
from tests.worlds import key, staff_actor

pytestmark = pytest.mark.django_db


def state(escrow: Escrow) -> str:
    escrow.refresh_from_db()
    return escrow.state


@pytest.mark.spec("H27", "P9")
def test_a_transfer_that_agrees_in_reference_amount_and_payer_funds_its_escrow():
    escrow = awaited(1_000_000)

    file = imported(sheet(pays(escrow), line("12.34", "利息", "某银行")))

    first, second = entries(file)
    assert (state(escrow), first.state, first.reason) == ("funded", "settled", "exact")
    assert (second.state, second.reason) == ("waiting", "unknown")
    assert escrow.hold.amount == Money(1_000_000, "CNY")
    assert (suspense(), at_custodian()) == (1234, 1_001_234)
    assert file.state == "booked" and file.job.counts == {"matched": 1, "waiting": 1}
    assert Fact.objects.filter(name="credit_guarantee.escrow_funded").count() == 1
    clean()


@pytest.mark.spec("H27", "P9")
def test_p9_overlapping_files_book_each_entry_once():
    one, two, three = (awaited(1_000_000 + n, n=n) for n in range(3))
    imported(sheet(pays(one), pays(two)))

    file = imported(sheet(pays(one), pays(two), pays(three), encoding="utf-8-sig"))

    assert [state(e) for e in (one, two, three)] == ["funded"] * 3
    assert file.job.counts == {"known": 2, "matched": 1}
    assert (StatementEntry.objects.count(), Hold.objects.count(), at_custodian()) == (3, 3, 3_000_003)
    clean()


@pytest.mark.spec("P9")
def test_p9_the_same_file_is_told_what_it_was_before():
    body = sheet(pays(awaited()))
    first = imported(body)

    with pytest.raises(Refusal) as refusal:
        handed_in(body)

    assert refusal.value.code == "same_file" and first.no in str(refusal.value)


@pytest.mark.spec("P6")
def test_p6_the_same_form_twice_hands_in_one_file():
    actor, body, asked = clerk(), sheet(pays(awaited())), key()
    ask = lambda: services.import_statement(currency="CNY", body=body, file_name="a.csv", actor=actor, request_key=asked)  # noqa: E731

    assert ask() == ask()
    assert StatementFile.objects.count() == 1


@pytest.mark.spec("H27", "P9")
def test_p9_an_edited_file_is_named_and_its_rows_are_not_booked():
    one, two, three = (awaited(1_000_000 + n, n=n) for n in range(3))
    lines = [pays(one), line("5.00", "x", "某公司"), pays(two)]
    imported(sheet(*lines))
    before = at_custodian()

    lines[1] = line("500.00", "x", "某公司")
    file = imported(sheet(*lines, pays(three)))

    edited = [e for e in StatementEntry.objects.filter(statement__file=file).order_by("at") if e.state == "doubtful"]
    assert [e.amount.minor for e in edited] == [50_000, 1_000_001, 1_000_002]  # the edited row, and all whose balances follow from it
    assert file.job.failed == 3 and {e.reason for e in edited} == {"late"}
    assert [row for row, _text in file.problems] == [0, 0] and "E00" in file.problems[0][1]  # rows that were there before are missed
    assert at_custodian() == before and state(three) == "awaiting_funds"

    lines[1] = line("5.00", "x", "某公司")
    assert imported(sheet(*lines, pays(three))).state == "booked"  # the true file is read beside it
    assert at_custodian() == before + 1_000_002 and state(three) == "funded"
    clean()


@pytest.mark.spec("P9")
def test_p9_a_booking_whose_text_was_edited_is_recognised_and_named():
    escrow = awaited()
    imported(sheet(line("5.00", "first"), pays(escrow)))

    file = imported(sheet(line("5.00", "second"), pays(escrow), line("6.00", "new", at=MORNING + timedelta(hours=1))))

    assert file.job.counts == {"known": 2, "changed": 1, "waiting": 1}
    assert StatementEntry.objects.get(amount_minor=500).text.startswith("转账 first")


@pytest.mark.spec("H27")
def test_a_file_that_is_wrong_anywhere_leaves_nothing_but_its_problems():
    escrow = awaited()
    body = sheet(pays(escrow), line("1.00", "a"), line("2.00", "b")).decode("gb18030").replace("1.00|", "1,0,0|", 1).encode("gb18030")

    file = imported(body)

    assert (file.state, state(escrow)) == ("refused", "awaiting_funds")
    assert [row for row, _text in file.problems] == [3]
    assert not StatementEntry.objects.exists() and not Entry.objects.exists()
    rows = read_document(file.job.refused).decode("utf-8-sig").splitlines()
    assert rows[0].startswith("交易时间") and "1,0,0" in rows[1]
    assert imported(sheet(pays(escrow))).state == "booked"  # the corrected file is read


@pytest.mark.spec("H27")
def test_a_gap_between_two_statements_is_refused_with_both_balances():
    imported(sheet(line("100.00", "a")))

    file = imported(sheet(line("1.00", "b"), opening=99_00, start=MORNING + timedelta(days=1)))

    assert file.state == "refused" and "100.00 CNY" in file.problems[0][1] and "99.00 CNY" in file.problems[0][1]
    assert imported(sheet(line("1.00", "b"), opening=100_00, start=MORNING + timedelta(days=1))).state == "booked"


@pytest.mark.spec("P9")
@pytest.mark.parametrize(
    ("amount", "reason"), [("9999.99", "under"), ("10000.01", "over")], ids=["a_cent_too_little", "a_cent_too_much"]
)  # fmt: skip
def test_p9_a_cent_too_much_or_too_little_is_never_paid(amount, reason):
    escrow = awaited(1_000_000)

    (entry,) = entries(imported(sheet(pays(escrow, amount))))

    assert (entry.state, entry.reason, entry.meant, state(escrow)) == ("waiting", reason, [escrow.pk], "awaiting_funds")
    assert suspense() == entry.amount_minor
    assert Fact.objects.filter(name="credit_guarantee.transfer_differed", payload__reason=reason).count() == 1


@pytest.mark.spec("H27")
def test_one_transfer_pays_many_orders_when_it_names_them_all():
    payer = awaited(1_000_000).payer
    one, two = awaited(1_000_000, payer=payer, n=1), awaited(500_000, payer=payer, n=2)
    text = f"货款 {one.remittance_reference} {two.remittance_reference}"

    (entry,) = entries(imported(sheet(line("15000.00", text, payer.name))))

    assert (state(one), state(two), entry.state) == ("funded", "funded", "settled")
    assert sorted(Allocation.objects.values_list("amount_minor", flat=True)) == [500_000, 1_000_000]
    clean()


@pytest.mark.spec("P9")
def test_p9_a_third_party_or_another_companys_reference_waits_for_finance():
    escrow, other = awaited(1_000_000, n=1), awaited(2_000_000, n=2)

    found = entries(imported(sheet(
        line("10000.00", escrow.remittance_reference, "个人张三"), line("10000.00", escrow.remittance_reference, other.payer.name),
        line("20000.00", other.remittance_reference, ""),
    )))  # fmt: skip

    assert [(e.state, e.reason) for e in found] == [("waiting", "third_party")] * 3
    assert (state(escrow), state(other)) == ("awaiting_funds", "awaiting_funds")


@pytest.mark.spec("P9")
def test_p9_a_second_transfer_and_one_for_an_ended_order_stay_in_suspense():
    paid, ended = awaited(1_000_000, n=1), awaited(2_000_000, n=2)
    services.cancel_escrow(ended.pk, actor=COMMAND)

    found = entries(imported(sheet(pays(paid), pays(paid), pays(ended))))

    assert [(e.state, e.reason) for e in found] == [("settled", "exact"), ("waiting", "ended"), ("waiting", "ended")]
    assert suspense() == 3_000_000
    clean()


@pytest.mark.spec("P9")
def test_p9_a_receipt_confirmed_by_hand_before_its_statement_is_not_booked_twice():
    escrow = awaited()
    services.confirm_collection(escrow.pk, actor=clerk(), custodian_reference="HAND-1", request_key=key())

    first, second = entries(imported(sheet(pays(escrow), pays(escrow))))

    collect = CustodianInstruction.objects.get(kind="collect")
    assert (first.state, first.reason, first.confirms) == ("settled", "by_hand", collect)
    assert (second.state, second.reason) == ("waiting", "ended")  # the payer did pay twice
    assert (at_custodian(), suspense()) == (2_000_000, 1_000_000)
    clean()


@pytest.mark.spec("P9")
def test_p9_a_receipt_that_a_statement_brought_is_not_confirmed_by_hand():
    escrow, actor = awaited(), clerk()
    imported(sheet(line("10000.00", escrow.remittance_reference, "别家公司")))

    with pytest.raises(Refusal) as refusal:
        services.confirm_collection(escrow.pk, actor=actor, custodian_reference="HAND-1", request_key=key())

    assert (refusal.value.code, state(escrow)) == ("on_statement", "awaiting_funds")


@pytest.mark.spec("P14")
def test_p14_whoever_lost_the_right_meanwhile_books_nothing():
    from accounts.models import User

    escrow, actor = awaited(), clerk()
    file = handed_in(sheet(pays(escrow)), actor=actor)
    User.objects.get(pk=actor.user_id).user_permissions.clear()

    job = work_job(file.job_id)

    assert (job.state, job.problem) == ("failed", "staff_permission_missing")
    assert not StatementEntry.objects.exists() and state(escrow) == "awaiting_funds"


@pytest.mark.spec("P37")
def test_p37_an_importer_does_not_match_money_of_an_own_company():
    from accounts.models import Membership, User
    from kernel.clock import now

    escrow, actor = awaited(), clerk()
    user = User.objects.get(pk=actor.user_id)
    Membership.objects.create(user=user, enterprise=escrow.payee, created_at=now(), ended_at=now())

    (entry,) = entries(imported(sheet(pays(escrow)), actor=actor))

    assert (entry.state, entry.reason, state(escrow)) == ("waiting", "own", "awaiting_funds")


def test_nobody_without_the_right_hands_in_a_statement():
    with pytest.raises(Denied):
        handed_in(sheet(line("1.00")), actor=staff_actor("credit_guarantee.confirm_custodian"))


@pytest.mark.spec("H27")
def test_money_in_an_account_without_a_text_waits_with_a_suggestion():
    escrow = awaited(1_234_500)

    (entry,) = entries(imported(sheet(line("12345.00", "货款", escrow.payer.name))))

    assert (entry.state, entry.reason, entry.meant) == ("waiting", "likely", [escrow.pk])


@pytest.mark.spec("H27")
def test_a_virtual_sub_account_names_its_payment_without_a_text(settings):
    settings.CUSTODIAN_ACCOUNTS = {"CNY": {"virtual_prefix": "88001"}}
    escrow = awaited()
    own = "88001" + escrow.remittance_reference[:11]

    (entry,) = entries(imported(sheet(line("10000.00", "", escrow.payer.name), own=own)))

    assert (entry.state, entry.reason, entry.to_account, state(escrow)) == ("settled", "exact", own, "funded")
