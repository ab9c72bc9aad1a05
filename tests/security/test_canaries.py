"""No page tells an outsider a private word: every private text of the parties holds a canary, and nobody else may ever hear it (P11)."""

import re
import zlib

import pytest
from django.core import mail
from django.db import connection

from .scene import CANARY, fingerprint
from .walk import declared, none, place

pytestmark = pytest.mark.django_db

OUTSIDERS = ("anonymous", "individual", "stranger", "pending", "frozen", "staff")
SONG = CANARY[6:]  # what a page may echo is the beginning, which a search asked for; never the rest
ASKED = CANARY[:6]


OWN = {("accounts:join_company", "individual"), ("accounts:join_check", "individual")}  # the registration that this person has begun
# Downloads are written down: whoever takes data away stands in the log (H17).
TAKEN = {"messaging:notice_open", "accounts:log_file", "accounts:export_file", "orders:export"}
TAKEN |= {"kernel:job_result", "catalog:count_sheet"}


def heard(response) -> bool:
    body = b"".join(response.streaming_content) if response.streaming else response.content
    text = body + repr(sorted(response.items())).encode()
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", body, re.S) if body.startswith(b"%PDF") else []:
        text += zlib.decompressobj().decompress(stream)
    return SONG.encode() in text


def test_no_outsider_hears_a_private_word_on_any_page(world):
    findings = []
    for name, _url in declared():
        path = place(world, name)
        join = "&" if "?" in path else "?"
        for who in OUTSIDERS:
            searched = [f"{path}{join}q={ASKED}&tab=all&title={ASKED}"] if who in ("anonymous", "stranger") else []
            for asked in (path, *searched):
                if (name, who) not in OWN and heard(world.clients[who].get(asked)):
                    findings.append(f"{name} tells {who}")

    none(findings)


def test_a_party_hears_nothing_of_what_the_other_keeps_to_itself(world):
    """Drafts, stock papers and company records of the seller are not the buyer's to read, nor anybody's in a message."""
    shared = (
        "orders:detail",
        "orders:log",
        "orders:refund_approval",
        "orders:refund_rejection",
        "orders:refund_withdrawal",
        "messaging:attachment",
        "catalog:own_reservations",  # the note on a reservation is for both
        "catalog:inquiry",
        "catalog:reports",  # what the reader itself reported
        *("accounts:company", "accounts:team", "accounts:log", "disputes:detail", "disputes:list"),  # its own
        *("accounts:change", "accounts:change_answer", "accounts:approval_rules"),
    )

    none(
        f"{name} tells the buyer"
        for name, url in declared()
        if name not in shared and heard(world.clients["buyer"].get(place(world, name)))
    )


def test_the_canary_sings_where_it_should(world):
    """The walk above can fail: the seller itself reads its draft, and the parties their thread."""
    assert heard(world.clients["seller"].get(place(world, "catalog:listing_edit")))
    assert heard(world.clients["buyer"].get(place(world, "orders:detail")))
    assert heard(world.clients["seller"].get(place(world, "catalog:stock_of")))


def test_facts_hold_no_private_text(world):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, payload::text, changes::text FROM kernel_fact WHERE payload::text || changes::text LIKE %s", [f"%{SONG}%"]
        )
        told = cursor.fetchall()

    assert told == []


def test_sealed_columns_and_files_do_not_hold_the_plain_text(world, settings):
    from pathlib import Path

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM accounts_enterprise WHERE legal_representative LIKE %s", [f"%{SONG}%"])
        plain = cursor.fetchone()[0]
    files = [f for f in Path(settings.MEDIA_ROOT).rglob("*") if f.is_file()]

    assert plain == 0
    assert files and not [f for f in files if b"%PDF" in f.read_bytes() or CANARY in f.name]


def test_mail_holds_no_private_text(world):
    assert [m.subject for m in mail.outbox if SONG in m.subject + m.body] == []


def test_looking_changes_nothing(world):
    """A GET by anybody leaves every row as it was; opening a notice marks it read, and downloads are written down."""
    before = fingerprint()
    for name, _url in declared():
        for who in ("anonymous", "stranger", "seller", "buyer"):
            if name not in TAKEN:
                world.clients[who].get(place(world, name))
    after = fingerprint()

    assert sorted(t for t in after if after[t] != before[t]) == []
