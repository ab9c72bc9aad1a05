"""`manage.py verify_ledger` is silent about true books and exits 1 over cooked ones."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from kernel.money import CREDIT, Money
from kernel.timer import COMMAND
from ledger.models import Account, Hold
from ledger.services import hold_funds
from tests.worlds import funded_wallet, verified_enterprise


def verify() -> tuple[int, dict]:
    out = StringIO()
    try:
        call_command("verify_ledger", "--json", stdout=out)
    except SystemExit as end:
        return end.code, json.loads(out.getvalue())["checks"]
    return 0, json.loads(out.getvalue())["checks"]


def cook(rows, **changed) -> None:
    """Change rows as somebody who has switched the triggers off."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # as if the hold had been committed
        cursor.execute("SET LOCAL session_replication_role = replica")
        rows.update(**changed)
        cursor.execute("SET LOCAL session_replication_role = origin")


@pytest.fixture
def hold(db) -> Hold:
    a, b = verified_enterprise(), verified_enterprise()
    funded_wallet(a, Money(1000, CREDIT))
    return hold_funds(key="h", payer_id=a.pk, payee_id=b.pk, amount=Money(400, CREDIT), ref=("tests.order", "1"), actor=COMMAND)


def test_true_books_are_clean(hold):
    code, checks = verify()

    names = (
        "zero_sum", "entries", "balances", "running_balances", "floors", "limits", "ceilings", "holds", "suspense", "corrections", "guards",
        "custodian_account", "fees",
    )  # fmt: skip
    assert (code, set(checks)) == (0, {f"ledger.{name}" for name in names})


def test_p1_canary_cooked_balance_is_found(hold):
    cook(Account.objects.filter(holder=hold.holder), balance_minor=500)

    code, checks = verify()

    assert code == 1
    assert [name for name, found in checks.items() if found] == ["ledger.balances"]


@pytest.mark.parametrize("cooked", [{"amount_minor": 399}, {"state": "released", "settled_at": "2026-11-22T00:00Z"}])
def test_p4_canary_hold_that_does_not_conserve_is_found(hold, cooked):
    cook(Hold.objects.filter(pk=hold.pk), **cooked)

    code, checks = verify()

    assert code == 1
    assert [name for name, found in checks.items() if found] == ["ledger.holds"]


def test_words_for_people(hold, capsys):
    call_command("verify_ledger")

    assert "0 findings in 13 checks" in capsys.readouterr().out
