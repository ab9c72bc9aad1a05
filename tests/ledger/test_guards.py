"""What nobody may do to the books even by hand: the database refuses and names the rule (P1-P4)."""

import pytest
from django.db import DatabaseError, connection, transaction

from kernel.money import CREDIT, Money
from kernel.timer import COMMAND
from ledger import audits
from ledger.models import Account, Entry, Hold, LimitProposal
from ledger.services import Leg, hold_funds, post_entry, propose_limit, release_hold, reverse_entry
from tests.worlds import allow_credit, funded_wallet, key, staff_actor, verified_enterprise

REF = ("tests.thing", "1")
NEW_ENTRY = (
    "INSERT INTO ledger_entry (key, kind, legs_hash, ref_type, ref_id, at, actor_kind, acting_for, legs, reverses_id)"
    " VALUES ('raw', 'x', '', 't', '1', now(), 'command', '', {legs}, {reverses}) RETURNING id"
)
NEW_HOLD = (
    "INSERT INTO ledger_hold (key, payer_id, payee_id, amount_minor, currency, ref_type, ref_id, state, created_at, settled_key)"
    " VALUES ('raw', {a}, {b}, 5, 'XEH', 't', '1', 'held', now(), '')"
)
NEW_ACCOUNT = (
    "INSERT INTO ledger_account (holder, purpose, currency, tracked, balance_minor, floor_minor) VALUES ('enterprise:999', {values})"
)
POSTING = "INSERT INTO ledger_posting (entry_id, account_id, minor, currency) VALUES "
TWO, FEES = NEW_ENTRY.format(legs=2, reverses="NULL"), "({new}, {fees}, -5, 'XEH')"
LIMIT = "INSERT INTO ledger_limitchange (account_id, before_minor, after_minor, reason, at) VALUES "

GRANTED = (
    "INSERT INTO ledger_limitchange (account_id, before_minor, after_minor, reason, at, proposal_id)"
    " VALUES ({place}, {before}, 500, 'r', now(), {{grant}})"
)
IN_FORCE = (
    "INSERT INTO ledger_limitproposal (enterprise_id, kind, before_minor, amount_minor, reason, basis, state, proposed_by_id, proposed_at,"
    " decided_by_id, decided_at) VALUES ({a}, 'debit', 0, 9, 'r', '{{}}', 'in_force', 1, now(), 2, now())"
)

# name: (statements, the constraint or trigger that must refuse them)
ATTEMPTS = {
    "balance by hand": (["UPDATE ledger_account SET balance_minor = balance_minor + 5 WHERE id = {wallet}"], "ledger_account_guard"),
    "floor by hand": (["UPDATE ledger_account SET floor_minor = -99999 WHERE id = {wallet}"], "ledger_account_guard"),
    "floor taken away": (["UPDATE ledger_account SET floor_minor = NULL WHERE id = {wallet}"], "ledger_account_guard"),
    "account of another": (["UPDATE ledger_account SET holder = 'enterprise:1' WHERE id = {wallet}"], "ledger_account_guard"),
    "account in another currency": (["UPDATE ledger_account SET currency = 'CNY' WHERE id = {wallet}"], "ledger_account_guard"),
    "account no longer tracked": (
        ["UPDATE ledger_account SET tracked = false, balance_minor = 0, floor_minor = NULL WHERE id = {wallet}"], "ledger_account_guard",
    ),
    "account deleted": (["DELETE FROM ledger_account WHERE id = {empty}"], "ledger_account_guard"),
    "account born rich": ([NEW_ACCOUNT.format(values="'wallet', 'XEH', true, 500, 0")], "ledger_account_guard"),
    "account born with a limit": ([NEW_ACCOUNT.format(values="'wallet', 'XEH', true, 0, -500")], "ledger_account_guard"),
    "account born without a floor": ([NEW_ACCOUNT.format(values="'wallet', 'XEH', true, 0, NULL")], "ledger_account_guard"),
    "account of an unknown purpose": ([NEW_ACCOUNT.format(values="'pocket', 'XEH', true, 0, 0")], "account_purpose"),
    "entry without postings": ([TWO], "ledger_entry_complete"),
    "posting added to an old entry": ([POSTING + "({entry}, {wallet}, 5, 'XEH')"], "ledger_postings_applied"),
    "balanced pair added to an old entry": (
        [POSTING + "({entry}, {wallet}, 5, 'XEH'), ({entry}, {fees}, -5, 'XEH')"], "ledger_postings_applied",
    ),
    "fewer postings than said": ([NEW_ENTRY.format(legs=3, reverses="NULL"), POSTING + "({new}, {wallet}, 5, 'XEH'), " + FEES],
        "ledger_postings_applied"),
    "unbalanced": ([TWO, POSTING + "({new}, {wallet}, 5, 'XEH'), ({new}, {fees}, -4, 'XEH')"],
        "does not sum to zero"),
    "in the currency of no account": (
        [TWO, POSTING + "({new}, {wallet}, 5, 'CNY'), ({new}, {fees}, -5, 'CNY')"],
        "not in the currency of its account"),
    "below the floor": ([TWO, POSTING + "({new}, {wallet}, -601, 'XEH'), ({new}, {fees}, 601, 'XEH')"],
        "account_floor"),
    "posting of nothing": ([NEW_ENTRY.format(legs=1, reverses="NULL"), POSTING + "({new}, {wallet}, 0, 'XEH')"], "posting_moves_something"),
    "correction that does not mirror": (
        [NEW_ENTRY.format(legs=2, reverses="{entry}"), POSTING + "({new}, {wallet}, 5, 'XEH'), " + FEES],
        "ledger_entry_complete"),
    "second correction": ([NEW_ENTRY.format(legs=2, reverses="{corrected}")], "ledger_entry_reverses_id_key"),
    "hold of another amount": (["UPDATE ledger_hold SET amount_minor = 399 WHERE id = {hold}"], "ledger_hold_guard"),
    "hold for another payee": (["UPDATE ledger_hold SET payee_id = {c} WHERE id = {hold}"], "ledger_hold_guard"),
    "hold of another payer": (["UPDATE ledger_hold SET payer_id = {c} WHERE id = {hold}"], "ledger_hold_guard"),
    "hold of another reference": (["UPDATE ledger_hold SET ref_id = '2' WHERE id = {hold}"], "ledger_hold_guard"),
    "hold deleted": (["DELETE FROM ledger_hold WHERE id = {hold}"], "ledger_hold_guard"),
    "hold settled again": (["UPDATE ledger_hold SET state = 'refunded' WHERE id = {settled}"], "ledger_hold_guard"),
    "hold opened again": (
        ["UPDATE ledger_hold SET state = 'held', settled_at = NULL, settled_key = '' WHERE id = {settled}"], "ledger_hold_guard",
    ),
    "hold settled without paying": (
        ["UPDATE ledger_hold SET state = 'released', settled_at = now() WHERE id = {hold}"], "ledger_hold_conserves",
    ),
    "hold settled without a time": (["UPDATE ledger_hold SET state = 'released' WHERE id = {hold}"], "hold_settled_has_time"),
    "hold without money": ([NEW_HOLD], "ledger_hold_conserves"),
    "hold between one": ([NEW_HOLD.replace("{b}", "{a}")], "hold_between_two"),
    "limit from another limit": (
        [LIMIT + "({wallet}, 9, 7, 'r', now())"],
        "ledger_limit_applied"),
    "limit without a reason": (
        [LIMIT + "({wallet}, 0, 0, '', now())"],
        "limit_change_reasoned"),
    "limit of a hold": (
        [LIMIT + "({held}, 9, 0, 'r', now())"],
        "ledger_limit_applied"),
    "limit raised by nobody": ([LIMIT + "({wallet}, 0, 9, 'r', now())"], "ledger_limit_raised_by_two"),
    "limit raised by what was granted to another": ([GRANTED.format(place="{wallet}", before=0)], "ledger_limit_raised_by_two"),
    "limit raised twice by one grant": (
        [LIMIT + "({empty}, 500, 0, 'r', now())", GRANTED.format(place="{empty}", before=0)], "ledger_limitchange_proposal_id_key",
    ),
    "limit raised as in the old days": (
        [GRANTED.format(place="{wallet}", before=0).replace("proposal_id", "by_one").replace("{grant}", "true")],
        "ledger_limit_raised_by_two",
    ),
    "proposal born in force": ([IN_FORCE], "Cannot insert rows from ledger_limitproposal"),
    "proposal decided by its proposer": (
        ["UPDATE ledger_limitproposal SET state = 'in_force', decided_by_id = proposed_by_id, decided_at = now() WHERE id = {asked}"],
        "limit_proposal_four_eyes"),
    "proposal of the rule decided by one": (
        ["UPDATE ledger_limitproposal SET state = 'in_force', decided_by_id = 1, decided_at = now() WHERE id = {ruled}"],
        "limit_proposal_four_eyes"),
    "proposal of the rule decided by one twice": (
        ["UPDATE ledger_limitproposal SET backed_by_id = 1, backed_at = now() WHERE id = {ruled}",
         "UPDATE ledger_limitproposal SET state = 'in_force', decided_by_id = 1, decided_at = now() WHERE id = {ruled}"],
        "limit_proposal_four_eyes"),
    "first of two taken away": (
        ["UPDATE ledger_limitproposal SET backed_by_id = 1, backed_at = now() WHERE id = {ruled}",
         "UPDATE ledger_limitproposal SET backed_by_id = 2 WHERE id = {ruled}"],
        "Cannot update rows from ledger_limitproposal"),
}  # fmt: skip


@pytest.fixture
def books(db) -> dict:
    a, b, c = (verified_enterprise() for _ in range(3))
    funded_wallet(a, Money(1000, CREDIT))
    allow_credit(c, 500)
    hold = hold_funds(key="h1", payer_id=a.pk, payee_id=b.pk, amount=Money(300, CREDIT), ref=REF, actor=COMMAND)
    settled = hold_funds(key="h2", payer_id=a.pk, payee_id=b.pk, amount=Money(100, CREDIT), ref=REF, actor=COMMAND)
    release_hold(settled.pk, key="s", actor=COMMAND)
    legs = [Leg(a.chain, "wallet", CREDIT, -5), Leg("platform", "fees", CREDIT, 5)]
    corrected = post_entry(key="fee", kind="fee", legs=legs, ref=REF, actor=COMMAND)
    reverse_entry(corrected.pk, key="c", actor=COMMAND)
    finance = {"reason": "r", "actor": staff_actor("ledger.set_debit_limit"), "request_key": key()}
    asked = propose_limit(a.pk, kind="debit", limit=Money(7, CREDIT), **finance)
    ruled = LimitProposal.objects.create(
        enterprise=b, kind="debit", before_minor=0, amount_minor=7, reason="r", basis={"sold": 70}, proposed_at=asked.proposed_at
    )
    place = {row.holder + row.purpose: row.pk for row in Account.objects.all()}
    return {
        "a": a.pk, "b": b.pk, "c": c.pk, "wallet": place[a.chain + "wallet"], "empty": place[c.chain + "wallet"],
        "fees": place["platformfees"], "held": place[hold.holder + "held"], "hold": hold.pk, "settled": settled.pk,
        "entry": Entry.objects.get(kind="opening").pk, "corrected": corrected.pk,
        "grant": LimitProposal.objects.get(enterprise=c).pk, "asked": asked.pk, "ruled": ruled.pk,
    }  # fmt: skip


def snapshot() -> list:
    accounts = list(Account.objects.order_by("pk").values_list())
    return [accounts, list(Hold.objects.order_by("pk").values_list()), Entry.objects.count()]


@pytest.mark.parametrize("role", ["barter_app", ""], ids=["application", "owner"])
@pytest.mark.parametrize("name", ATTEMPTS)
def test_p3_the_database_refuses_by_itself(books, name, role):
    statements, rule = ATTEMPTS[name]
    before, values = snapshot(), dict(books)

    with pytest.raises(DatabaseError) as refused, transaction.atomic(), connection.cursor() as cursor:
        if role:
            cursor.execute(f"SET LOCAL ROLE {role}")
        for sql in statements:
            cursor.execute(sql.format(**values))
            if "RETURNING" in sql:
                values["new"] = cursor.fetchone()[0]
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what COMMIT does

    diagnosis = refused.value.__cause__.diag
    assert rule in {diagnosis.constraint_name} or rule in diagnosis.message_primary
    assert snapshot() == before


def test_canary_with_triggers_off_the_same_hand_goes_through(books):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE ledger_account SET balance_minor = balance_minor + 5 WHERE id = %s", [books["wallet"]])
        cursor.execute("SET LOCAL session_replication_role = origin")

    assert [f["finding"] for f in audits.balances()] == [f"account {books['wallet']} says 605, its postings say 600"]


@pytest.mark.parametrize(("table", "names"), audits.GUARDS.items())
def test_p2_canary_audit_misses_every_dropped_guard(books, table, names):
    assert list(audits.guards()) == []
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")

    assert list(audits.guards()) == [{"finding": f"{table} is without its trigger {name}"} for name in sorted(names)]
