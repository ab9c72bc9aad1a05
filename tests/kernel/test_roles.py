"""P2, P19, F10: the role the product runs as may add to append-only tables and never change them, nor lift its own limits."""

from datetime import timedelta

import pytest
from django.db import ProgrammingError, connection, transaction

from kernel.append_only import append_only_tables
from kernel.clock import now
from kernel.deadlines import POLICIES, Policy
from kernel.facts import HANDLERS
from kernel.models import Delivery
from kernel.services import claim_key, deliver_due, start_deadline, sweep_deadlines, verify_chain
from kernel.timer import COMMAND
from tests.kernel.bells import BellRung, ring, subject

pytestmark = pytest.mark.django_db
TABLES = append_only_tables()


@pytest.fixture
def as_app():
    """Be the application role until the test ends; a machine without the role cannot prove anything here."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = 'barter_app'")
        assert cursor.fetchone(), "the cluster has no role barter_app; ./dev makes it"
        cursor.execute("SET LOCAL ROLE barter_app")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


def refused(statement: str) -> None:
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_facts_links_and_ledger_are_append_only():
    assert {"kernel_fact", "kernel_chainlink", "ledger_entry", "ledger_posting"} <= set(TABLES)


@pytest.mark.spec("H17", "H54", thin=True)
@pytest.mark.parametrize("table", TABLES)
def test_p2_the_app_role_adds_to_append_only_tables_and_changes_nothing(table, as_app):
    column = connection.introspection.get_table_description(connection.cursor(), table)[0].name

    refused(f'UPDATE "{table}" SET "{column}" = "{column}"')
    refused(f'DELETE FROM "{table}"')
    refused(f'TRUNCATE "{table}" CASCADE')
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege(%s, 'INSERT'), has_table_privilege(%s, 'SELECT')", [table, table])
        assert cursor.fetchone() == (True, True)
        cursor.execute(
            "SELECT count(*) FROM information_schema.column_privileges"
            " WHERE table_name = %s AND grantee = current_user AND privilege_type = 'UPDATE'",
            [table],
        )
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE kernel_fact DISABLE TRIGGER ALL",
        "DROP TABLE kernel_fact CASCADE",
        "DROP TRIGGER pgtrigger_append_only_1587d ON kernel_fact",
        "SET session_replication_role = replica",
        "ALTER ROLE barter_app SUPERUSER",
        "CREATE TABLE public.mine (id int)",
        "TRUNCATE accounts_enterprise CASCADE",
        "COPY kernel_fact TO PROGRAM 'cat'",
        "SELECT pg_read_file('/etc/passwd')",
    ],
)
def test_f10_the_app_role_cannot_lift_its_own_limits(statement, as_app):
    refused(statement)

    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege('kernel_fact', 'UPDATE')")
        assert cursor.fetchone() == (False,)


def test_f10_a_grant_the_app_role_gives_itself_gives_nothing(as_app):
    with connection.cursor() as cursor:
        cursor.execute("GRANT UPDATE, DELETE ON kernel_fact TO barter_app")  # only a warning from PostgreSQL
        cursor.execute("SELECT has_table_privilege('kernel_fact', 'UPDATE'), has_table_privilege('kernel_fact', 'DELETE')")
        assert cursor.fetchone() == (False, False)


def test_the_app_role_can_do_the_kernels_work(as_app, monkeypatch):
    monkeypatch.setitem(HANDLERS, BellRung.fact_name, {"first": lambda fact: None})
    monkeypatch.setitem(POLICIES, "tests.short", Policy("tests.short", "", "", hours=1))
    ring(1)
    start_deadline("tests.short", subject(), chains=["tests:1"], at=now() - timedelta(hours=2))
    claim_key("a-request-key", verb="tests", actor=COMMAND, inputs={}).done(1)

    assert (deliver_due(), sweep_deadlines()) == (1, 1)

    assert verify_chain("tests:1") == []
    assert Delivery.objects.filter(handler="first", done_at=None).count() == 0
