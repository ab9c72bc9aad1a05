"""Ledger transfers: our service call against the bare database function (limit) and the same in idiomatic ORM (peer); audited after."""

import itertools
import uuid

from django.db import connection, models, transaction

from kernel.clock import now
from kernel.money import CREDIT
from kernel.timer import COMMAND
from ledger.models import Account, Entry, Posting
from ledger.rules import Leg
from ledger.services import post_entry
from ledger.services.entries import POST

from .harness import Contender, compare

ACCOUNTS = 1000
PLACES = [f"enterprise:{10**9 + n}" for n in range(ACCOUNTS)]


def accounts() -> None:
    rows = [Account(holder=h, purpose="wallet", currency=CREDIT, tracked=True, floor_minor=0) for h in PLACES]
    Account.objects.bulk_create(rows, ignore_conflicts=True)
    for n in range(0, ACCOUNTS, 500):  # the same key again gives nothing more
        gifts = [Leg(h, "wallet", CREDIT, 10**12) for h in PLACES[n : n + 500]]
        paid = Leg("platform", "fees", CREDIT, -(10**12) * len(gifts))
        post_entry(key=f"bench:opening:{n}", kind="opening", legs=[*gifts, paid], ref=("bench", str(n)), actor=COMMAND)


def legs(i: int) -> list[Leg]:
    payer, payee = PLACES[(i * 7919) % ACCOUNTS], PLACES[(i * 104729 + 1) % ACCOUNTS]
    payee = payee if payee != payer else PLACES[(i + 1) % ACCOUNTS]
    return [Leg(payer, "wallet", CREDIT, -100), Leg(payee, "wallet", CREDIT, 100)]


def ours(i: int) -> None:
    post_entry(key=f"bench:{uuid.uuid4()}", kind="bench", legs=legs(i), ref=("bench", str(i)), actor=COMMAND)


def limit(i: int) -> None:
    two = legs(i)
    with connection.cursor() as cursor:
        cursor.execute(
            POST,
            [
                f"bench:{uuid.uuid4()}", "bench", "x", "bench", str(i), now(), "command", None, "", None,
                [leg.holder for leg in two], [leg.purpose for leg in two], [leg.currency for leg in two], [leg.minor for leg in two],
            ],
        )  # fmt: skip
        cursor.fetchone()


@transaction.atomic
def idiomatic(i: int) -> None:
    two, serial = legs(i), uuid.uuid4()
    with connection.cursor() as cursor:  # the peer keeps its balances itself; our triggers would refuse that, and cost it time
        cursor.execute("SET LOCAL session_replication_role = replica")
    rows = {a.holder: a for a in Account.objects.select_for_update().filter(holder__in=[leg.holder for leg in two]).order_by("pk")}
    entry = Entry.objects.create(
        key=f"orm:{serial}", kind="bench", legs_hash="x", ref_type="bench", ref_id=str(i), at=now(), actor_kind="command"
    )
    for leg in two:
        account = rows[leg.holder]
        account.balance_minor = models.F("balance_minor") + leg.minor
        account.save(update_fields=["balance_minor"])
        account.refresh_from_db()
        Posting.objects.create(entry=entry, account=account, minor=leg.minor, currency=leg.currency, balance_after=account.balance_minor)


def audited() -> str:
    sums = Posting.objects.filter(account__holder__startswith="enterprise:1000").aggregate(models.Sum("minor"))["minor__sum"] or 0
    kept = Account.objects.filter(holder__startswith="enterprise:1000").aggregate(models.Sum("balance_minor"))["balance_minor__sum"] or 0
    return "zero sum holds" if sums == kept == 0 else f"BROKEN: postings {sums}, balances {kept}"


def measure() -> list[dict]:
    """Measure one durable commit per transfer on one connection."""
    accounts()
    counter = itertools.count()
    result = compare(
        "ledger, 2 legs, random accounts, 1 connection",
        [
            Contender("ours: post_entry", lambda i: ours(next(counter))),
            Contender("limit: the function alone", lambda i: limit(next(counter))),
            Contender("peer: idiomatic ORM", lambda i: idiomatic(next(counter))),
        ],
        operations=300,
    )
    print("  after:", audited())
    return [result]
