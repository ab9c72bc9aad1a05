"""A bank statement as a job: read, checked, into suspense, matched, funded. The limit: COPY of the entries alone."""

import secrets
import time
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from accounts.models import Enterprise, User
from accounts.queries import staff_again
from credit_guarantee.audits import entries as audit_entries
from credit_guarantee.audits import suspense as audit_suspense
from credit_guarantee.bank import designated_account
from credit_guarantee.models import BankStatement, Escrow, StatementEntry
from credit_guarantee.queries import trusted_statements
from credit_guarantee.services import STATEMENT_IMPORT, import_statement, open_escrow
from credit_guarantee.statements.making import Movement, icbc_sheet
from kernel.clock import now
from kernel.models import Job
from kernel.money import Money
from kernel.services import fail_late_job, work_job
from kernel.timer import COMMAND

from .harness import backend_cpu

FIRMS = 200


def _firms() -> list[Enterprise]:
    values = {"country": "CN", "state": "verified", "created_at": now(), "verified_at": now()}
    firms = []
    for n in range(FIRMS):
        own = {**values, "name": f"对账{n}公司", "registration_no": f"BENCH-BANK-{n}"}
        firms.append(Enterprise.objects.get_or_create(handle=f"bank-{n}", defaults=own)[0])
    return firms


def _clerk():
    from django.contrib.auth.models import Group

    settings.STAFF_SECOND_FACTOR = False
    user, _made = User.objects.get_or_create(username="bench-finance", defaults={"email": "bench-finance@example.com", "is_staff": True})
    user.groups.add(Group.objects.get(name="finance"))
    return staff_again(user.pk)


def statement(rows: int, share: int, start: datetime) -> bytes:
    """A sheet of `rows` lines, `share` of a hundred of which pay an escrow made for it."""
    firms, movements, serial = _firms(), [], secrets.token_hex(4)
    for n in range(rows):
        amount, name, text = Money(10_000 + n, "CNY"), f"往来单位{n}", f"往来款 {n}"
        if n % 100 < share:
            payer, payee = firms[n % FIRMS], firms[(n + 1) % FIRMS]
            escrow = open_escrow(
                payer_id=payer.pk, payee_id=payee.pk, amount=amount, ref=("bench.order", str(n)), actor=COMMAND, key=f"{serial}-{n}"
            )  # fmt: skip
            name, text = payer.name, f"货款 {escrow.remittance_reference}"
        movements.append(Movement(start + timedelta(seconds=n), True, amount, name, f"62220000{n:08d}", text))
    account = designated_account("CNY")
    last = trusted_statements(account.number).order_by("-last_at", "-id").first()
    return icbc_sheet(account.number, last.closing if last else Money.zero("CNY"), movements)


def ours(rows: int, share: int, start: datetime) -> dict:
    """Import one file; handing it in is part of the time."""
    body, actor = statement(rows, share, start), _clerk()
    cpu, backend, wall = time.process_time(), backend_cpu(), time.perf_counter()
    file = import_statement(currency="CNY", body=body, file_name="bench.csv", actor=actor, request_key=secrets.token_urlsafe(12))
    job = work_job(file.job_id)
    spent = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu + backend_cpu() - backend, "steps": job.step}
    matched = sum(n % 100 < share for n in range(rows))
    assert (job.state, job.done, job.counts.get("matched", 0)) == ("finished", rows, matched), (job.problem_text, job.counts)
    return spent


def limit(rows: int) -> dict:
    """Write as many entries, made before the clock starts, in one statement each batch; rolled back."""
    statement = BankStatement.objects.order_by("-pk").first()
    made = [
        StatementEntry(
            statement=statement,
            account_no="limit",
            currency="CNY",
            fingerprint=f"{n:064d}",
            row=n,
            at=now(),
            into=True,
            amount_minor=1,
            reason="unknown",
            created_at=now(),
            account=f"{n}",
        )
        for n in range(rows)
    ]
    with transaction.atomic():
        wall = time.perf_counter()
        StatementEntry.objects.bulk_create(made, batch_size=500)
        spent = {"wall": time.perf_counter() - wall}
        transaction.set_rollback(True)
    return spent


def measure(rows: int = 5000) -> list[dict]:
    """Print the time of a statement of `rows` lines of which a tenth pays an order, and of a fifth as many that all do."""
    results = []
    for left in Job.objects.filter(kind=STATEMENT_IMPORT, state__in=["requested", "running"]):  # of a run that was interrupted
        fail_late_job(left.pk)
    start = max([now() - timedelta(days=30), *BankStatement.objects.values_list("last_at", flat=True)]) + timedelta(minutes=1)
    for lines, share in ((rows, 10), (rows // 5, 100)):
        mine = ours(lines, share, start)
        start += timedelta(seconds=lines + 60)
        found = {"workload": "statement", "rows": lines, "paying_percent": share, **mine, "limit_wall": limit(lines)["wall"]}
        print(
            f"statement of {lines} lines, {share} % of them pay an order: {mine['wall']:.1f} s wall, {mine['cpu']:.1f} s CPU, "
            f"{mine['steps']} steps; entries written alone {found['limit_wall']:.2f} s"
        )  # fmt: skip
        results.append(found)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM credit_guarantee_escrow WHERE state = 'funded'")
        print(f"{cursor.fetchone()[0]} escrows funded, {Escrow.objects.count()} in all; audits: {[*audit_entries(), *audit_suspense()]}")
    return results
