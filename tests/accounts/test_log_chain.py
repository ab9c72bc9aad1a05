"""A company's log cannot be changed behind its back: its own check, the audit and the ends kept outside find it (P19)."""

import json
import random

import pytest
from django.db import connection, transaction
from django.test import Client

from accounts.models import User
from kernel.audits import chain_anchors, fact_chains
from kernel.models import ChainHead, ChainLink, Fact
from kernel.services import keep_chain_heads, verify_chain
from kernel.services.facts import content_hash, link_hash
from kernel.timer import COMMAND
from tests.worlds import credit_trade, main_account, verified_enterprise

pytestmark = pytest.mark.django_db
ROUNDS = 100


def as_owner(*statements) -> None:
    """Run SQL past the append-only triggers and keys, as only the database's owner can."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for sql, values in statements:
            cursor.execute(sql, values)
        cursor.execute("SET LOCAL session_replication_role = origin")


def check_page(user: User):
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    client.cookies["django_language"] = "en"
    return client.get("/shop/team/log/check/")


@pytest.mark.spec("H17")
def test_a_company_checks_its_own_log_and_may_print_the_last_hash():
    _order, _buyer, seller, _listing = credit_trade()
    head = ChainHead.objects.get(pk=seller.chain)

    page = check_page(main_account(seller))

    text = page.content.decode()
    assert page.context["findings"] == 0 and head.hash in text and "nothing was changed" in text
    assert page.context["length"] == head.seq
    first = ChainLink.objects.get(chain=seller.chain, seq=1)
    as_owner(("UPDATE kernel_fact SET actor_user_id = 1 WHERE id = %s", [first.fact_id]))
    broken = check_page(main_account(seller))
    assert broken.context["findings"] == 2 and "customer service" in broken.content.decode()
    assert check_page(main_account(verified_enterprise())).context["findings"] == 0


def test_a_long_log_is_checked_from_a_link_on():
    _order, _buyer, seller, _listing = credit_trade()
    links = list(ChainLink.objects.filter(chain=seller.chain).order_by("seq"))

    assert verify_chain(seller.chain, after=3) == []
    as_owner(("UPDATE kernel_fact SET request_id = 'x' WHERE id = %s", [links[1].fact_id]))
    assert verify_chain(seller.chain, after=3) == [] and verify_chain(seller.chain) != []
    as_owner(("UPDATE kernel_fact SET request_id = 'x' WHERE id = %s", [links[4].fact_id]))
    assert len(verify_chain(seller.chain, after=3)) == 2


def rewritten(chain: str, seq: int) -> list:
    """Statements that change one fact and write its whole chain anew from there on, hashes and head and all."""
    links = list(ChainLink.objects.filter(chain=chain, seq__gte=seq).select_related("fact").order_by("seq"))
    fact, prev = links[0].fact, links[0].prev_hash
    fact.payload = {**fact.payload, "no": "B20260101-99999"}
    fact.content_hash = content_hash(fact)
    done = [
        ("UPDATE kernel_fact SET payload = %s, content_hash = %s WHERE id = %s", [json.dumps(fact.payload), fact.content_hash, fact.pk])
    ]
    for link in links:
        hashed = link_hash(prev, link.seq, chain, (fact if link.fact_id == fact.pk else link.fact).content_hash)
        done.append(("UPDATE kernel_chainlink SET prev_hash = %s, hash = %s WHERE id = %s", [prev, hashed, link.pk]))
        prev = hashed
    done.append(("UPDATE kernel_chainhead SET hash = %s WHERE chain = %s", [prev, chain]))
    return done


def cut(chain: str, seq: int) -> list:
    """Statements that take the end of a chain away with its facts and turn the head back, as if it had never been."""
    gone = list(ChainLink.objects.filter(chain=chain, seq__gt=seq).values_list("fact_id", flat=True))
    last = ChainLink.objects.get(chain=chain, seq=seq)
    return [
        ("DELETE FROM kernel_chainlink WHERE chain = %s AND seq > %s", [chain, seq]),
        ("DELETE FROM kernel_chainlink WHERE fact_id = ANY(%s)", [gone]),
        ("DELETE FROM kernel_fact WHERE id = ANY(%s)", [gone]),
        ("UPDATE kernel_chainhead SET seq = %s, hash = %s WHERE chain = %s", [seq, last.hash, chain]),
    ]


def tampering(kind: str, chain: str, rng: random.Random) -> list:
    links = list(ChainLink.objects.filter(chain=chain).order_by("seq"))
    one, two = rng.sample(links[:-1], 2)
    column = rng.choice(["name = 'x'", "actor_user_id = 987", "acting_for = 'enterprise:0'", "request_id = 'x'", "subject_id = '0'",
                         "changes = '{\"a\": [1, 2]}'", "at = at + interval '1 second'", "actor_kind = 'staff'"])  # fmt: skip
    fake = f"{rng.getrandbits(256):064x}"
    return {
        "edit": lambda: [(f"UPDATE kernel_fact SET {column} WHERE id = %s", [one.fact_id])],
        "edit_with_hash": lambda: [
            (f"UPDATE kernel_fact SET {column}, content_hash = %s WHERE id = %s", [fake, one.fact_id]),
        ],
        "link": lambda: [("UPDATE kernel_chainlink SET hash = %s WHERE id = %s", [fake, one.pk])],
        "link_before": lambda: [("UPDATE kernel_chainlink SET prev_hash = %s WHERE id = %s", [fake, one.pk])],
        "gone": lambda: [("DELETE FROM kernel_chainlink WHERE id = %s", [one.pk])],
        "swapped": lambda: [
            ("UPDATE kernel_chainlink SET fact_id = -1 WHERE id = %s", [one.pk]),
            ("UPDATE kernel_chainlink SET fact_id = %s WHERE id = %s", [one.fact_id, two.pk]),
            ("UPDATE kernel_chainlink SET fact_id = %s WHERE id = %s", [two.fact_id, one.pk]),
        ],
        "slipped_in": lambda: [
            ("UPDATE kernel_chainlink SET seq = -seq WHERE chain = %s AND seq >= %s", [chain, one.seq]),
            ("UPDATE kernel_chainlink SET seq = 1 - seq WHERE chain = %s AND seq < 0", [chain]),
        ],
        "head": lambda: [("UPDATE kernel_chainhead SET hash = %s WHERE chain = %s", [fake, chain])],
        "head_back": lambda: [("UPDATE kernel_chainhead SET seq = %s, hash = %s WHERE chain = %s", [one.seq, one.hash, chain])],
        "tail": lambda: [("DELETE FROM kernel_chainlink WHERE chain = %s AND seq > %s", [chain, one.seq])],
        "rewritten": lambda: rewritten(chain, one.seq),
        "cut": lambda: cut(chain, one.seq),
    }[kind]()


PLAIN = ["edit", "edit_with_hash", "link", "link_before", "gone", "swapped", "slipped_in", "head", "head_back", "tail"]
THOROUGH = ["rewritten", "cut"]  # whoever owns the database can make a chain that holds: the ends kept outside do not


@pytest.mark.spec("H17")
def test_p19_a_hundred_tamperings_with_a_companys_log_are_all_found(settings, tmp_path):
    settings.CHAIN_HEADS_DIR = str(tmp_path / "heads")
    _order, _buyer, seller, _listing = credit_trade()
    owner, rng = main_account(seller), random.Random(20261122)
    keep_chain_heads(actor=COMMAND)
    check_page(owner)
    assert [*fact_chains(), *chain_anchors()] == []

    for number in range(ROUNDS):
        kind = [*PLAIN, *THOROUGH][number % 12]
        point = transaction.savepoint()
        as_owner(*tampering(kind, seller.chain, rng))
        found = [finding for finding in (*fact_chains(), *chain_anchors()) if finding]
        seen = bool(verify_chain(seller.chain)) if number >= 24 else bool(check_page(owner).context["findings"])
        transaction.savepoint_rollback(point)
        assert found, f"round {number}: {kind} was not found by the audit"
        assert seen or kind in THOROUGH, f"round {number}: {kind} was not found by the company's own check"

    assert [*fact_chains(), *chain_anchors()] == []
    assert Fact.objects.filter(links__chain=seller.chain).count() == ChainHead.objects.get(pk=seller.chain).seq
