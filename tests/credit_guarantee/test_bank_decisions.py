"""What finance makes of bank entries that did not match by themselves: proposed by one, approved by another (P9, P37, H27)."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError

from credit_guarantee import services
from credit_guarantee.models import BookingProposal, CustodianInstruction, Escrow, StatementEntry
from credit_guarantee.queries import short_of
from kernel.models import Fact
from kernel.money import Money
from kernel.refusals import Denied, Refusal
from kernel.services import deliver_due
from kernel.timer import COMMAND
from tests.credit_guarantee.bank import (
    MORNING,
    account_minor,
    at_custodian,
    awaited,
    clean,
    clerk,
    entries,
    imported,
    line,
    pays,
    sheet,
    suspense,
)
from tests.worlds import key, upload

pytestmark = pytest.mark.django_db


def cny(minor: int) -> Money:
    return Money(minor, "CNY")


def proposed(found, kind, actor=None, /, *, note="", **terms) -> BookingProposal:
    return services.propose_booking(
        found.pk, kind=kind, terms=terms, reason="核对过回单", actor=actor or clerk(), request_key=key(), note=note
    )  # fmt: skip


def decided(found, kind, /, **terms) -> BookingProposal:
    return services.approve_booking(proposed(found, kind, **terms).pk, actor=clerk(), request_key=key())


def lines(*pairs) -> list:
    return [(escrow.remittance_reference, cny(minor), False) for escrow, minor in pairs]


def fresh(row):
    row.refresh_from_db()
    return row


def brought(*rows, **how) -> list[StatementEntry]:
    return entries(imported(sheet(*rows, **how)))


@pytest.mark.spec("H27", "P9")
def test_two_partial_transfers_make_an_order_whole():
    escrow = awaited(1_000_000)
    (first,) = brought(pays(escrow, "4000.00"))

    decided(first, "allocate", lines=lines((escrow, 400_000)))

    assert (fresh(first).state, fresh(escrow).state, suspense()) == ("settled", "awaiting_funds", 400_000)
    told = Fact.objects.get(name="credit_guarantee.transfer_received").payload
    assert (told["received_minor"], told["due_minor"]) == (400_000, 600_000)

    (second,) = brought(pays(escrow, "6000.00"), opening=400_000, start=MORNING + timedelta(days=1))  # exactly what was left

    assert (second.state, second.reason, fresh(escrow).state, suspense()) == ("settled", "exact", "funded", 0)
    clean()


@pytest.mark.spec("P9")
def test_p9_what_was_paid_too_much_stays_in_suspense_and_goes_back_to_its_sender():
    escrow = awaited(1_000_000)
    (entry,) = brought(pays(escrow, "10500.00"))

    decided(entry, "allocate", lines=lines((escrow, 1_000_000)))
    assert (fresh(escrow).state, fresh(entry).state, suspense()) == ("funded", "waiting", 50_000)
    decided(entry, "give_back")

    back = CustodianInstruction.objects.get(kind="return")
    assert (back.amount, back.payee_account.value, back.payee_holder) == (cny(50_000), "6222021001116245702", escrow.payer.name)
    services.confirm_payout(back.pk, actor=clerk(), custodian_reference="OUT-1", request_key=key())
    assert (fresh(entry).state, suspense(), at_custodian()) == ("settled", 0, 1_000_000)
    assert Fact.objects.filter(name="credit_guarantee.entry_returned").count() == 1
    clean()


@pytest.mark.spec("P37")
def test_p37_nobody_approves_an_own_proposal_not_even_the_database():
    escrow, actor = awaited(), clerk()
    (entry,) = brought(pays(escrow, "1.00"))
    proposal = proposed(entry, "allocate", actor, lines=lines((escrow, 100)))

    with pytest.raises(Denied) as refusal:
        services.approve_booking(proposal.pk, actor=actor, request_key=key())
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE credit_guarantee_bookingproposal SET state = 'approved', decided_at = now(), decided_by_id = proposed_by_id"
        )  # fmt: skip

    assert refusal.value.code == "four_eyes"
    assert (fresh(proposal).state, suspense()) == ("proposed", 100)


@pytest.mark.spec("P37")
def test_p37_staff_do_not_decide_about_money_of_their_own_company():
    from accounts.models import Membership, User
    from kernel.clock import now

    escrow, actor = awaited(), clerk()
    (entry,) = brought(pays(escrow, "1.00"))
    Membership.objects.create(user=User.objects.get(pk=actor.user_id), enterprise=escrow.payer, created_at=now())
    terms = {"lines": lines((escrow, 100))}

    with pytest.raises(Denied) as proposing:
        proposed(entry, "allocate", actor, **terms)
    with pytest.raises(Denied) as approving:
        services.approve_booking(proposed(entry, "allocate", **terms).pk, actor=actor, request_key=key())

    assert (proposing.value.code, approving.value.code) == ("own_enterprise", "own_enterprise")


@pytest.mark.spec("H27", "P9")
def test_p9_a_third_party_payment_needs_a_signed_note_of_the_payer():
    escrow, actor = awaited(), clerk()
    (entry,) = brought(line("10000.00", escrow.remittance_reference, "代付有限公司"))
    terms = {"lines": lines((escrow, 1_000_000))}

    with pytest.raises(Refusal) as refusal:
        proposed(entry, "allocate", actor, **terms)
    note = services.keep_note(upload("note"), actor=actor).token
    proposal = proposed(entry, "allocate", actor, note=note, **terms)
    services.approve_booking(proposal.pk, actor=clerk(), request_key=key())

    assert refusal.value.code == "note_missing"
    assert (proposal.note.token, fresh(escrow).state) == (note, "funded")
    clean()


@pytest.mark.spec("P9")
@pytest.mark.parametrize("state", ["cancelled", "funded"])
def test_p9_nothing_is_allocated_to_a_payment_that_waits_for_nothing(state):
    escrow, actor = awaited(), clerk()
    if state == "cancelled":
        services.cancel_escrow(escrow.pk, actor=COMMAND)
    else:
        services.confirm_collection(escrow.pk, actor=actor, custodian_reference="IN-1", request_key=key())
    (entry,) = brought(line("20.00", escrow.remittance_reference, escrow.payer.name))

    with pytest.raises(Refusal) as refusal:
        proposed(entry, "allocate", actor, lines=lines((escrow, 2_000)))

    assert (refusal.value.code, entry.reason) == ("not_waiting", "ended")


def test_p9_a_proposal_that_no_longer_fits_is_refused_when_it_is_approved():
    escrow = awaited(1_000_000)
    first, second = brought(pays(escrow, "9999.00"), pays(escrow, "9998.00"))
    one, two = (proposed(e, "allocate", lines=lines((escrow, e.amount_minor))) for e in (first, second))
    services.approve_booking(one.pk, actor=clerk(), request_key=key())

    with pytest.raises(Refusal) as refusal:
        services.approve_booking(two.pk, actor=clerk(), request_key=key())

    assert (refusal.value.code, fresh(two).state, fresh(second).state) == ("not_waiting", "proposed", "waiting")
    clean()


def test_a_declined_proposal_leaves_the_entry_for_another():
    escrow = awaited()
    (entry,) = brought(pays(escrow, "1.00"))
    proposal = proposed(entry, "allocate", lines=lines((escrow, 100)))

    with pytest.raises(Refusal):
        proposed(entry, "give_back")  # one at a time
    with pytest.raises(Refusal):
        services.decline_booking(proposal.pk, actor=clerk(), answer=" ", request_key=key())
    services.decline_booking(proposal.pk, actor=clerk(), answer="金额不对", request_key=key())

    assert decided(entry, "give_back").state == "approved"


@pytest.mark.spec("P9")
def test_p9_what_had_come_for_an_order_that_ends_waits_in_suspense_again():
    escrow = awaited(1_000_000)
    (entry,) = brought(pays(escrow, "4000.00"))
    decided(entry, "allocate", lines=lines((escrow, 400_000)))

    services.cancel_escrow(escrow.pk, actor=COMMAND)
    deliver_due()

    assert (fresh(entry).state, entry.reason, suspense()) == ("waiting", "ended", 400_000)
    assert decided(entry, "give_back").state == "approved"
    clean()


@pytest.mark.spec("P9")
def test_p9_a_transfer_that_the_bank_takes_back_is_undone_by_two_people_and_nothing_is_paid_out():
    escrow = awaited(1_000_000)
    brought(pays(escrow))
    receipt = StatementEntry.objects.get()
    (reversal,) = brought(line("10000.00", "冲正", escrow.payer.name, out=True), opening=1_000_000, start=MORNING + timedelta(days=1))
    assert (reversal.state, reversal.reason, at_custodian()) == ("waiting", "taken_back", 1_000_000)

    decided(reversal, "take_back", entry=receipt.no)

    assert (fresh(receipt).state, fresh(reversal).takes_back, at_custodian(), suspense()) == ("taken_back", receipt, 0, -1_000_000)
    assert short_of(fresh(escrow)) and escrow.state == "funded"
    assert Fact.objects.filter(name="credit_guarantee.receipt_taken_back").count() == 1
    services.release_escrow(escrow.pk, actor=COMMAND, key="done")
    deliver_due()
    payout = CustodianInstruction.objects.get(kind="pay_out")
    assert payout.handed_at is None
    with pytest.raises(Refusal) as refusal:
        services.confirm_payout(payout.pk, actor=clerk(), custodian_reference="OUT-1", request_key=key())
    assert refusal.value.code == "taken_back"
    clean()

    (again,) = brought(pays(escrow), opening=0, start=MORNING + timedelta(days=2))
    decided(again, "allocate", lines=lines((escrow, 1_000_000)))
    deliver_due()

    assert (suspense(), short_of(escrow), fresh(payout).handed_at is None) == (0, False, False)
    services.confirm_payout(payout.pk, actor=clerk(), custodian_reference="OUT-1", request_key=key())
    clean()


@pytest.mark.spec("P9")
def test_p9_a_refund_that_the_bank_made_by_taking_the_transfer_back_is_confirmed_by_it():
    escrow = awaited(1_000_000)
    (receipt,) = brought(pays(escrow))
    services.refund_escrow(escrow.pk, actor=COMMAND, key="undone")
    (reversal,) = brought(line("10000.00", "冲正", escrow.payer.name, out=True), opening=1_000_000, start=MORNING + timedelta(days=1))

    decided(reversal, "take_back", entry=receipt.no)

    refund = CustodianInstruction.objects.get(kind="pay_back")
    assert (refund.state, at_custodian(), suspense()) == ("confirmed", 0, 0)
    assert account_minor(f"enterprise:{escrow.payer_id}", "payable") == 0
    clean()


@pytest.mark.spec("H55")
def test_a_payout_on_the_statement_confirms_its_instruction_and_a_bank_charge_is_booked_by_two():
    escrow = awaited(1_000_000)
    brought(pays(escrow))
    services.release_escrow(escrow.pk, actor=COMMAND, key="done")
    deliver_due()

    paid, wrong, fee = brought(
        line("10000.00", escrow.remittance_reference, "收款人", account="", out=True),
        line("10.00", escrow.remittance_reference, "收款人", account="", out=True), line("15.00", "手续费", out=True),
        opening=1_000_000, start=MORNING + timedelta(days=1),
    )  # fmt: skip

    payout = CustodianInstruction.objects.get(kind="pay_out")
    assert (paid.state, paid.reason, paid.confirms, payout.state) == ("settled", "paid", payout, "confirmed")
    assert [(e.state, e.reason) for e in (wrong, fee)] == [("waiting", "unknown")] * 2
    assert at_custodian() == 0
    decided(fee, "charge")
    assert (account_minor("platform", "fees"), fresh(fee).state) == (-1_500, "settled")
    clean()


@pytest.mark.spec("P9")
def test_p9_doubtful_entries_reach_the_books_by_two_people_or_not_at_all():
    one = awaited(1_000_000, n=1)
    rows = [line("5.00", "a"), line("6.00", "b"), pays(one)]
    imported(sheet(*rows))
    before = at_custodian()
    rows[1:1] = [line("7.00", "late")]
    file = imported(sheet(*rows))
    late, *others = [e for e in entries(file) if e.state == "doubtful"]

    decided(late, "accept")
    for other in others:
        decided(other, "dismiss")

    assert (fresh(late).state, at_custodian()) == ("waiting", before + 700)
    assert {fresh(e).state for e in others} == {"dismissed"}


@pytest.mark.spec("P2", "P9")
def test_the_database_keeps_bank_entries_by_itself():
    escrow: Escrow = awaited(1_000_000)
    (entry,) = brought(pays(escrow, "10.00"))

    for sql in (
        "UPDATE credit_guarantee_statemententry SET amount_minor = 1", "DELETE FROM credit_guarantee_statemententry",
        "UPDATE credit_guarantee_statemententry SET text = 'x'", "UPDATE credit_guarantee_statemententry SET booked_at = now()",
        f"INSERT INTO credit_guarantee_allocation (entry_id, escrow_id, amount_minor, charges_minor, at) VALUES ({entry.pk}, {escrow.pk}, 1001, 0, now())",  # noqa: E501
        f"INSERT INTO credit_guarantee_allocation (entry_id, escrow_id, amount_minor, charges_minor, at) VALUES ({entry.pk}, {escrow.pk}, 1, 1000000, now())",  # noqa: E501
    ):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
