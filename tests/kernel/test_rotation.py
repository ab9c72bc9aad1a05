"""Keys at rest: nothing readable on the disk or in a dump, and the old key can be thrown away after a rotation (P30)."""

import io
import json
from pathlib import Path

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings as site
from django.core.management import call_command
from django.db import connection

from accounts.models import Enterprise
from helpdesk.models import ServiceRequest
from kernel.clock import now
from kernel.facts import KeysRotated
from kernel.models import Document, Fact, PersonalValue
from kernel.services import read_document, rotate_keys, store_bytes
from kernel.services.documents import path_of
from kernel.services.facts import keep_personal
from kernel.timer import COMMAND
from kernel.vault import digest, lookup_key, unseal
from tests.worlds import main_account, person, verified_enterprise

pytestmark = pytest.mark.django_db
CANARY = "赵钱孙李-canary-7731"
NEW = Fernet.generate_key().decode()


def dump() -> str:
    """Every row of every table, as a copy of the database would show it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'")
        told = []
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT t::text FROM {table} t")
            told += [row[0] for row in cursor.fetchall()]
    return "\n".join(told)


def disk(folder) -> bytes:
    return b"".join(path.read_bytes() for path in Path(folder).rglob("*") if path.is_file())


@pytest.fixture
def sealed():
    """One of each kind of sealed thing."""
    enterprise = verified_enterprise(legal_representative=CANARY, bank_account=CANARY)
    user = main_account(enterprise)
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(user)
    body = f"%PDF {CANARY}".encode()
    place = {"file_name": "a.pdf", "content_type": "application/pdf", "purpose": "t", "owner_chain": enterprise.chain}
    document = store_bytes(body, **place, actor=COMMAND)
    kept = keep_personal(f"person:{user.pk}", "ip", "203.0.113.77")
    return {"enterprise": enterprise, "user": user, "document": document, "body": body, "personal": kept}


@pytest.mark.spec("H54")
def test_nothing_sealed_is_readable_in_a_dump_or_on_the_disk(sealed, settings):
    assert Enterprise.objects.get().legal_representative == CANARY
    told, lying = dump(), disk(settings.MEDIA_ROOT)

    assert len(told) > 1000 and lying
    for secret in (CANARY, "203.0.113.77", "JBSWY3DPEHPK3PXP"):
        assert secret not in told and secret.encode() not in lying


@pytest.mark.spec("H54")
def test_after_a_rotation_everything_opens_without_the_old_key_and_nothing_with_it_alone(sealed, settings):
    old = list(site.DATA_KEYS)
    before = digest("x")
    settings.DATA_KEYS = [NEW, *old]

    found = {row.kind: row for row in rotate_keys(actor=COMMAND)}
    settings.LOOKUP_KEY = lookup_key()
    settings.DATA_KEYS = [NEW]

    assert all(not row.unreadable and not row.refused for row in found.values())
    assert found["files"].resealed == 1 and found["second factors"].resealed == 2
    assert found["accounts.enterprise.legal_representative"].resealed == 1
    enterprise = Enterprise.objects.get()
    assert (enterprise.legal_representative, enterprise.bank_account) == (CANARY, CANARY)
    assert read_document(Document.objects.get()) == sealed["body"]
    assert PersonalValue.objects.get(kind="ip").value == "203.0.113.77"
    assert get_adapter().decrypt(Authenticator.objects.get(type="totp").data["secret"]) == "JBSWY3DPEHPK3PXP"
    assert len(Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()) == 10
    assert digest("x") == before
    assert keep_personal(f"person:{sealed['user'].pk}", "ip", "203.0.113.77") == sealed["personal"]
    settings.DATA_KEYS = old
    with pytest.raises(InvalidToken):
        unseal(path_of(sealed["document"].token).read_bytes())
    assert Enterprise.objects.get().legal_representative == "�"


@pytest.mark.spec("H54")
def test_a_rotation_is_resumed_and_a_second_one_finds_nothing_to_do(sealed, settings, monkeypatch):
    settings.DATA_KEYS = [NEW, *site.DATA_KEYS]
    monkeypatch.setattr("kernel.services.rotation._files", lambda: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        rotate_keys(actor=COMMAND)
    monkeypatch.undo()

    second = {row.kind: row.resealed for row in rotate_keys(actor=COMMAND) if row.resealed}
    third = [row for row in rotate_keys(actor=COMMAND) if row.resealed]

    assert second == {"files": 1}
    assert third == []
    assert [f.payload["resealed"] for f in Fact.objects.filter(name=KeysRotated.fact_name)] == [{"files": 1}]


@pytest.mark.spec("H54")
def test_what_no_key_opens_is_left_alone_and_told(sealed, settings):
    settings.DATA_KEYS = [NEW]
    raw = path_of(sealed["document"].token).read_bytes()
    out = io.StringIO()

    with pytest.raises(SystemExit) as ended:
        call_command("rotate_keys", json=True, stdout=out)

    told = json.loads(out.getvalue())
    assert (ended.value.code, told["done"]) == (1, False)
    assert next(row for row in told["kinds"] if row["kind"] == "files")["unreadable"] == 1
    assert path_of(sealed["document"].token).read_bytes() == raw
    assert Fact.objects.filter(name=KeysRotated.fact_name).count() == 0


@pytest.mark.spec("H54")
def test_the_command_says_which_lookup_key_to_keep(sealed, settings):
    settings.DATA_KEYS = [NEW, *site.DATA_KEYS]
    out = io.StringIO()
    call_command("rotate_keys", stdout=out)

    assert f"LOOKUP_KEY={lookup_key()}" in out.getvalue()
    assert not any(key in out.getvalue() for key in site.DATA_KEYS)


@pytest.mark.spec("H54")
def test_answers_that_are_append_only_get_a_new_seal_and_keep_their_words(settings):
    from helpdesk.models import Answer

    request = ServiceRequest.objects.create(
        no="S1", name="a", email="a@example.com", subject=CANARY, message=CANARY, created_at=now()
    )  # fmt: skip
    Answer.objects.create(request=request, author=person(), text=CANARY, at=now())
    settings.DATA_KEYS = [NEW, *site.DATA_KEYS]

    found = {row.kind: row.resealed for row in rotate_keys(actor=COMMAND)}

    settings.DATA_KEYS = [NEW]
    assert found["helpdesk.answer.text"] == 1
    assert Answer.objects.get().text == CANARY
