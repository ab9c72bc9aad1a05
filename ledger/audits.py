"""What the audit and `manage.py verify_ledger` ask of the ledger; every check recomputes from the postings (P1-P4)."""

from django.db import connection

from kernel.registries import audit_check

LIMIT = 100  # findings named by one question; one is already enough to stop the presses


def _findings(sql: str, sentence: str):
    """Run a question whose every row is a finding; the sentence is filled with its columns."""
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} LIMIT {LIMIT}")
        names = [column.name for column in cursor.description]
        for row in cursor.fetchall():
            yield {"finding": sentence.format(**dict(zip(names, row, strict=True)))}


@audit_check("ledger.zero_sum")
def zero_sum():
    """Every entry sums to zero in every currency, and so does the whole."""
    yield from _findings(
        "SELECT entry_id, currency, sum(minor) AS total FROM ledger_posting GROUP BY 1, 2 HAVING sum(minor) <> 0 ORDER BY 1",
        "entry {entry_id} sums to {total} {currency}",
    )
    yield from _findings(
        "SELECT currency, sum(minor) AS total FROM ledger_posting GROUP BY 1 HAVING sum(minor) <> 0 ORDER BY 1",
        "the whole ledger sums to {total} {currency}",
    )


@audit_check("ledger.entries")
def entries():
    """Every entry has legs, and every leg is in the currency of its account."""
    yield from _findings(
        "SELECT e.id FROM ledger_entry e WHERE NOT EXISTS (SELECT 1 FROM ledger_posting p WHERE p.entry_id = e.id) ORDER BY 1",
        "entry {id} has no postings",
    )
    yield from _findings(
        "SELECT p.id, p.currency, a.currency AS account_currency FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id"
        " WHERE p.currency <> a.currency ORDER BY 1",
        "posting {id} is in {currency} on an account in {account_currency}",
    )


@audit_check("ledger.balances")
def balances():
    """Every tracked balance is the sum of its postings."""
    yield from _findings(
        "SELECT a.id, a.balance_minor, coalesce(s.total, 0) AS total FROM ledger_account a"
        " LEFT JOIN (SELECT account_id, sum(minor) AS total FROM ledger_posting GROUP BY 1) s ON s.account_id = a.id"
        " WHERE a.tracked AND a.balance_minor <> coalesce(s.total, 0) ORDER BY 1",
        "account {id} says {balance_minor}, its postings say {total}",
    )


@audit_check("ledger.running_balances")
def running_balances():
    """Every running balance follows from the one before; untracked accounts carry none."""
    yield from _findings(
        "SELECT * FROM (SELECT p.id, p.account_id, p.balance_after, a.tracked,"
        " sum(p.minor) OVER (PARTITION BY p.account_id ORDER BY p.id) AS expected"
        " FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id) r"
        " WHERE CASE WHEN tracked THEN balance_after IS DISTINCT FROM expected ELSE balance_after IS NOT NULL END ORDER BY id",
        "posting {id} of account {account_id} says {balance_after} where {expected} follows",
    )


@audit_check("ledger.floors")
def floors():
    """No balance is below its floor, nor ever was below zero where no limit was ever set."""
    yield from _findings(
        "SELECT id, balance_minor, floor_minor FROM ledger_account WHERE tracked AND balance_minor < floor_minor ORDER BY 1",
        "account {id} stands at {balance_minor}, below its floor {floor_minor}",
    )
    yield from _findings(
        "SELECT p.id, p.account_id, p.balance_after FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id"
        " WHERE a.tracked AND p.balance_after < 0 AND p.minor < 0"
        " AND NOT EXISTS (SELECT 1 FROM ledger_limitchange c WHERE c.account_id = a.id AND c.after_minor > 0) ORDER BY 1",
        "posting {id} took account {account_id} to {balance_after} though it never had a limit",
    )


@audit_check("ledger.limits")
def limits():
    """Every limit is its newest change's, and whatever was raised since two are needed was decided by two (B04, P37)."""
    yield from _findings(
        "SELECT a.id, a.floor_minor, c.after_minor FROM ledger_account a LEFT JOIN LATERAL (SELECT after_minor FROM ledger_limitchange l"
        " WHERE l.account_id = a.id ORDER BY l.id DESC LIMIT 1) c ON true"
        " WHERE a.purpose = 'wallet' AND a.floor_minor <> -coalesce(c.after_minor, 0) ORDER BY 1",
        "account {id} has the floor {floor_minor}, its last decision says a limit of {after_minor}",
    )
    yield from _findings(
        "SELECT c.id, c.after_minor FROM ledger_limitchange c JOIN ledger_account a ON a.id = c.account_id"
        " WHERE c.after_minor > c.before_minor AND NOT c.by_one AND NOT EXISTS (SELECT 1 FROM ledger_limitproposal p"
        " WHERE p.id = c.proposal_id AND p.kind = 'debit' AND p.state = 'in_force' AND a.holder = 'enterprise:' || p.enterprise_id"
        " AND p.amount_minor = c.after_minor AND p.before_minor = c.before_minor"
        " AND p.decided_by_id <> coalesce(p.proposed_by_id, p.backed_by_id)) ORDER BY 1",
        "limit change {id} to {after_minor} was not decided by two",
    )


@audit_check("ledger.ceilings")
def ceilings():
    """No wallet's trades brought it beyond the highest balance decided for it, counting what is held (B04); gifts since are no trades."""
    yield from _findings(
        "SELECT * FROM (SELECT a.id, c.amount_minor, a.balance_minor"
        " + coalesce((SELECT sum(h.amount_minor - h.returned_minor - CASE WHEN h.payee_id = c.enterprise_id"
        " THEN div(h.fee_minor::numeric * (h.amount_minor - h.returned_minor), h.amount_minor) ELSE 0 END)"
        " FROM ledger_hold h WHERE h.state = 'held' AND h.currency = a.currency"
        " AND c.enterprise_id IN (h.payer_id, h.payee_id)), 0)"
        " - coalesce((SELECT sum(p.minor) FROM ledger_posting p JOIN ledger_entry e ON e.id = p.entry_id WHERE p.account_id = a.id"
        " AND p.minor > 0 AND e.kind NOT IN ('release', 'refund') AND e.at >= c.decided_at), 0) AS brim"
        " FROM ledger_account a JOIN LATERAL (SELECT l.* FROM ledger_limitproposal l WHERE l.kind = 'ceiling' AND l.state = 'in_force'"
        " AND a.holder = 'enterprise:' || l.enterprise_id ORDER BY l.decided_at DESC, l.id DESC LIMIT 1) c ON true"
        " WHERE a.purpose = 'wallet') f WHERE brim > amount_minor ORDER BY id",
        "account {id} stands for {brim}, beyond its highest balance {amount_minor}",
    )


@audit_check("ledger.holds")
def holds():
    """Every hold conserves: what went in is its amount, and released + refunded + still held is the same (P4).

    Before it is settled exactly what is noted as returned in parts has gone back, and a release takes no other fee than its own.
    """
    yield from _findings(
        "SELECT * FROM (SELECT h.id, h.state, h.amount_minor, h.returned_minor,"
        " coalesce(sum(p.minor) FILTER (WHERE p.minor > 0), 0) AS came,"
        " coalesce(-sum(p.minor) FILTER (WHERE p.minor < 0), 0) AS went,"
        " coalesce(-sum(p.minor) FILTER (WHERE e.kind = 'release'), 0) AS released,"
        " coalesce(-sum(p.minor) FILTER (WHERE e.kind = 'refund'), 0) AS refunded"
        " FROM ledger_hold h"
        " LEFT JOIN ledger_account a ON a.holder = 'hold:' || h.id"
        " LEFT JOIN ledger_posting p ON p.account_id = a.id"
        " LEFT JOIN ledger_entry e ON e.id = p.entry_id GROUP BY h.id) s"
        " WHERE came <> amount_minor OR released + refunded <> went OR (state = 'held') <> (went < came)"
        " OR (state = 'released' AND released = 0) OR (state = 'refunded' AND refunded = 0)"
        " OR (state <> 'refunded' AND refunded <> returned_minor) OR (state = 'refunded' AND refunded < returned_minor) ORDER BY id",
        "hold {id} ({state}) of {amount_minor}: {came} came, {released} released, {refunded} refunded, {went} went",
    )


@audit_check("ledger.fees")
def fees():
    """A release has given the platform exactly the fee on what was left, no more and no less."""
    yield from _findings(
        "SELECT * FROM (SELECT h.id,"
        " div(h.fee_minor::numeric * (h.amount_minor - h.returned_minor), h.amount_minor) AS due,"
        " coalesce(sum(p.minor) FILTER (WHERE a.holder = 'platform' AND a.purpose = 'fees'), 0) AS taken"
        " FROM ledger_hold h JOIN ledger_posting o ON o.minor < 0"
        " AND o.account_id = (SELECT id FROM ledger_account WHERE holder = 'hold:' || h.id AND purpose = 'held')"
        " JOIN ledger_entry e ON e.id = o.entry_id AND e.kind = 'release'"
        " JOIN ledger_posting p ON p.entry_id = e.id JOIN ledger_account a ON a.id = p.account_id"
        " WHERE h.state = 'released' GROUP BY h.id) f WHERE due <> taken ORDER BY id",
        "hold {id} owes a fee of {due}, {taken} was taken",
    )


@audit_check("ledger.suspense")
def suspense():
    """What was sent back of money nobody waited for is at most what had come, for every reference and currency (P9)."""
    yield from _findings(
        "SELECT * FROM (SELECT e.ref_type, e.ref_id, p.currency, sum(p.minor) AS total"
        " FROM ledger_posting p JOIN ledger_entry e ON e.id = p.entry_id JOIN ledger_account a ON a.id = p.account_id"
        " WHERE a.holder = 'platform' AND a.purpose = 'suspense' AND e.kind IN ('suspense', 'returned') GROUP BY 1, 2, 3) s"
        " WHERE total < 0 ORDER BY 1, 2, 3",
        "suspense of {ref_type} {ref_id} stands at {total} {currency}",
    )


@audit_check("ledger.corrections")
def corrections():
    """Every correction mirrors the entry it names, leg by leg (P2)."""
    yield from _findings(
        "SELECT * FROM (SELECT e.id, e.reverses_id,"
        " (SELECT array_agg(p.account_id || ' ' || p.minor ORDER BY p.account_id, p.minor) FROM ledger_posting p"
        " WHERE p.entry_id = e.id) AS legs,"
        " (SELECT array_agg(p.account_id || ' ' || -p.minor ORDER BY p.account_id, -p.minor) FROM ledger_posting p"
        " WHERE p.entry_id = e.reverses_id) AS mirror"
        " FROM ledger_entry e WHERE e.reverses_id IS NOT NULL) m WHERE legs IS DISTINCT FROM mirror ORDER BY id",
        "entry {id} does not mirror entry {reverses_id}",
    )


GUARDS = {
    "ledger_account": ("ledger_account_guard",),
    "ledger_entry": ("ledger_entry_complete", "pgtrigger_append_only"),
    "ledger_hold": ("ledger_hold_conserves", "ledger_hold_guard"),
    "ledger_limitchange": ("ledger_limit_applied", "ledger_limit_raised_by_two", "pgtrigger_append_only"),
    "ledger_posting": ("ledger_postings_applied", "ledger_zero_sum", "pgtrigger_append_only"),
}


@audit_check("ledger.guards")
def guards():
    """The triggers that keep the books by themselves are there and switched on (P1-P4)."""
    wanted = {(table, name) for table, names in GUARDS.items() for name in names}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, regexp_replace(t.tgname, '^(pgtrigger_append_only).*$', '\\1') FROM pg_trigger t"
            " JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')"
            " AND c.relnamespace = current_schema()::regnamespace"
        )
        present = set(cursor.fetchall())
    for table, name in sorted(wanted - present):
        yield {"finding": f"{table} is without its trigger {name}"}
