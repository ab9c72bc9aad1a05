"""Two imports side by side, an import beside a hand, two clerks at one proposal: every booking counts once (P9, P37)."""

import contextlib
from datetime import timedelta
from threading import Barrier
from unittest import mock

import pytest

from credit_guarantee.models import BookingProposal, Escrow, StatementEntry, StatementFile
from credit_guarantee.services import approve_booking, confirm_collection, custody, imports, matching, propose_booking
from kernel.clock import now
from kernel.models import Job
from kernel.money import Money
from kernel.refusals import IllegalMove, Refusal
from ledger.models import Hold
from tests.credit_guarantee.bank import MORNING, at_custodian, awaited, clean, clerk, handed_in, line, pays, sheet, suspense
from tests.races import race
from tests.worlds import key, verified_enterprise

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 6


def booked(file: StatementFile, actor) -> None:
    """Every step of a file's job, beside whatever other job runs: as if the queue let two run at once."""
    from django.db import transaction

    job = Job.objects.get(pk=file.job_id)
    with transaction.atomic():
        begun = imports.begin_import(job, actor=actor)
    for number in range(begun.batches):
        with transaction.atomic():
            imports.import_batch(Job.objects.get(pk=job.pk), number, actor=actor)
    Job.objects.filter(pk=job.pk).update(state="finished", ended_at=now())


@pytest.mark.spec("P9")
def test_p9_race_of_two_overlapping_imports_books_each_entry_once():
    actor, payer, payee = clerk(), verified_enterprise(), verified_enterprise()
    for n in range(ROUNDS):
        before = at_custodian()
        escrows = [awaited(1_000_000 + n * 10 + k, payer=payer, payee=payee, n=k) for k in range(4)]
        rows = [pays(escrow) for escrow in escrows]
        one = handed_in(sheet(*rows[:3], start=MORNING + timedelta(days=n)), actor=actor)
        two = handed_in(sheet(*rows, start=MORNING + timedelta(days=n), encoding="utf-8"), actor=actor)

        results = race([lambda: booked(one, actor), lambda: booked(two, actor)])  # noqa: B023

        assert results == [None, None]
        assert StatementEntry.objects.filter(amount_minor__in=[e.amount_minor for e in escrows]).count() == 4
        assert at_custodian() - before == sum(e.amount_minor for e in escrows)
        assert Escrow.objects.filter(pk__in=[e.pk for e in escrows], state="funded").count() == 4
    assert Hold.objects.count() == 4 * ROUNDS and suspense() == 0


@pytest.mark.spec("P9")
def test_p9_race_of_an_import_and_a_hand_books_a_receipt_once():
    actor, hand, payer, payee = clerk(), clerk(), verified_enterprise(), verified_enterprise()
    seen = set()
    for n in range(ROUNDS):
        escrow = awaited(1_000_000 + n, payer=payer, payee=payee, n=n)
        before, file = at_custodian(), handed_in(sheet(pays(escrow), start=MORNING + timedelta(days=n)), actor=actor)
        acts = [
            lambda: booked(file, actor),  # noqa: B023
            lambda: confirm_collection(escrow.pk, actor=hand, custodian_reference=f"HAND-{n}", request_key=key()),  # noqa: B023
        ]

        imported, confirmed = race(acts if n % 2 else acts[::-1])[:: 1 if n % 2 else -1]

        entry = StatementEntry.objects.get(amount_minor=escrow.amount_minor)
        assert imported is None and isinstance(confirmed, (Escrow, IllegalMove, Refusal)), (imported, confirmed)
        assert at_custodian() - before == escrow.amount_minor
        assert Escrow.objects.get(pk=escrow.pk).state == "funded" and entry.state == "settled"
        seen.add(entry.reason)
    assert seen <= {"exact", "by_hand"} and Hold.objects.count() == ROUNDS and suspense() == 0


@pytest.mark.spec("P9")
def test_p9_canary_without_the_desks_lock_a_receipt_is_booked_twice():
    """The import has looked for receipts by hand and found none; the hand has looked for entries and found none; then both book."""
    actor, hand, escrow = clerk(), clerk(), awaited()
    booked(handed_in(sheet(line("1.00", "x"), start=MORNING - timedelta(days=1)), actor=actor), actor)  # the accounts are there
    before = at_custodian()
    file, looked = handed_in(sheet(pays(escrow)), actor=actor), Barrier(2)
    link = matching.recognition.link_by_hand
    look = custody.refuse_on_statement

    def meets(act):
        def both(*args, **more):
            act(*args, **more)
            with contextlib.suppress(Exception):
                looked.wait(timeout=20)  # neither writes before both have looked

        return both

    with (
        mock.patch.object(custody, "one_desk", lambda currency: None), mock.patch.object(imports, "one_desk", lambda currency: None),
        mock.patch.object(matching.recognition, "link_by_hand", meets(link)),
        mock.patch.object(custody, "refuse_on_statement", meets(look)),
    ):  # fmt: skip
        results = race([
            lambda: booked(file, actor),
            lambda: confirm_collection(escrow.pk, actor=hand, custodian_reference="HAND-1", request_key=key()),
        ])  # fmt: skip

    assert at_custodian() - before == 2 * escrow.amount_minor, results  # what the race above forbids


@pytest.mark.spec("P37")
def test_p37_race_of_two_clerks_carries_a_proposal_out_once():
    proposer, clerks, payer, payee = clerk(), [clerk() for _ in range(4)], verified_enterprise(), verified_enterprise()
    for n in range(ROUNDS):
        escrow = awaited(1_000_000 + n, payer=payer, payee=payee, n=n)
        body = sheet(line("1.00", escrow.remittance_reference, payer.name), start=MORNING + timedelta(days=n))
        booked(handed_in(body, actor=proposer), proposer)
        entry = StatementEntry.objects.filter(meant=[escrow.pk]).get()
        terms = {"lines": [(escrow.remittance_reference, Money(100, "CNY"), False)]}
        proposal = propose_booking(entry.pk, kind="allocate", terms=terms, reason="x", actor=proposer, request_key=key())

        results = race([lambda a=a: approve_booking(proposal.pk, actor=a, request_key=key()) for a in clerks])  # noqa: B023

        assert sum(isinstance(r, BookingProposal) for r in results) == 1, results
        assert sum(isinstance(r, IllegalMove) for r in results) == 3
        assert entry.allocations.count() == 1
    assert suspense() == ROUNDS * 100


@pytest.mark.spec("P9")
def test_p9_race_of_two_hands_with_the_same_file_takes_it_once():
    actors, body = [clerk() for _ in range(4)], sheet(line("1.00", "x"))

    results = race([lambda a=a: handed_in(body, actor=a) for a in actors])

    assert sum(isinstance(r, StatementFile) for r in results) == 1, results
    assert {r.code for r in results if isinstance(r, Refusal)} == {"same_file"}
    clean()
