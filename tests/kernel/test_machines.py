"""P7: every registered machine, every state, every move: legal ones lead where the table says, all others are refused."""

import pgtrigger
import pytest
from django.db import connection, transaction

from accounts.models import Enterprise
from accounts.states import ENTERPRISE
from kernel.machines import MACHINES, Machine, lock, lock_all, move
from kernel.refusals import IllegalMove, NotFound
from tests.worlds import verified_enterprise

TRIPLES = [(name, state, act) for name, m in sorted(MACHINES.items()) for state in m.states for act in m.moves]


def test_p7_every_move_of_every_machine_is_legal_exactly_where_the_table_says():
    assert len(TRIPLES) > 100
    for name, state, act in TRIPLES:
        machine = MACHINES[name]
        sources, target = machine.moves[act]
        assert (act in machine.allowed(state)) == (state in sources)
        if state in sources:
            assert machine.target(state, act) == target
        else:
            with pytest.raises(IllegalMove) as refused:
                machine.target(state, act)
            assert (refused.value.code, refused.value.status) == ("illegal_move", 409)
            assert refused.value.params == {"machine": name, "state": state, "move": act}


def test_nothing_leaves_a_terminal_state():
    for machine in MACHINES.values():
        assert all(not machine.allowed(state) for state in machine.terminal)


@pytest.mark.parametrize(
    "moves, labels",
    [
        ({"go": (("a",), "b")}, {"a": "A"}),
        ({"go": (("a",), "b")}, {"a": "A", "b": "B", "c": "C"}),
        ({"go": (("a",), "b"), "turn": (("c",), "d")}, {"a": "A", "b": "B", "c": "C", "d": "D"}),
    ],
)
def test_tables_with_unnamed_or_unreachable_states_do_not_load(moves, labels):
    with pytest.raises(ValueError, match=r"tests\.broken"):
        Machine("tests.broken", "a", moves, labels)
    assert "tests.broken" not in MACHINES


@pytest.mark.django_db
def test_p7_a_record_moves_only_along_its_table_and_stays_where_it_was_otherwise():
    firm = verified_enterprise(rejection_reason="papers unreadable")
    for state in ENTERPRISE.states:
        for act in ENTERPRISE.moves:
            with pgtrigger.ignore("accounts.Enterprise:closed_stays"):  # past the database's own guard, to meet the machine's
                Enterprise.objects.filter(pk=firm.pk).update(state=state)
            record = lock(Enterprise.objects.all(), pk=firm.pk)
            legal = act in ENTERPRISE.allowed(state)
            if legal:
                move(record, act)
            else:
                with pytest.raises(IllegalMove):
                    move(record, act)
            expected = ENTERPRISE.target(state, act) if legal else state
            assert Enterprise.objects.get(pk=firm.pk).state == expected == record.state


@pytest.mark.django_db
def test_p7_a_stale_copy_cannot_move_a_record_twice():
    firm = verified_enterprise()
    first, second = lock(Enterprise.objects.all(), pk=firm.pk), lock(Enterprise.objects.all(), pk=firm.pk)
    act = ENTERPRISE.allowed("verified")[0]

    move(first, act)

    with pytest.raises(IllegalMove):
        move(second, act)


@pytest.mark.django_db
def test_an_unlocked_record_does_not_move():
    firm = verified_enterprise()

    with pytest.raises(RuntimeError, match="locked"):
        move(Enterprise.objects.get(pk=firm.pk), ENTERPRISE.allowed("verified")[0])
    assert Enterprise.objects.get(pk=firm.pk).state == "verified"


@pytest.mark.django_db(transaction=True)
def test_a_lock_taken_in_an_earlier_transaction_counts_for_nothing():
    firm = verified_enterprise()
    with transaction.atomic():
        record = lock(Enterprise.objects.all(), pk=firm.pk)

    with pytest.raises(RuntimeError, match="locked"):
        move(record, ENTERPRISE.allowed("verified")[0])


@pytest.mark.django_db
def test_missing_rows_are_not_found_one_by_one_and_together():
    firm = verified_enterprise()

    with pytest.raises(NotFound):
        lock(Enterprise.objects.all(), pk=0)
    with pytest.raises(NotFound):
        lock_all(Enterprise.objects.all(), [firm.pk, 0])
    assert [r.pk for r in lock_all(Enterprise.objects.all(), [firm.pk, firm.pk])] == [firm.pk]


@pytest.mark.django_db
def test_the_database_refuses_a_state_no_table_names():
    from django.db import IntegrityError

    firm = verified_enterprise()

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_enterprise SET state = 'blessed' WHERE id = %s", [firm.pk])
