"""r3-7: what has done its work goes, in batches, and nothing else: facts, ledger and papers in use stay."""

import itertools
import json
import os
import threading
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection, transaction

from accounts.models import QualificationDocument
from kernel.clock import now, telling
from kernel.models import ChainLink, Delivery, Document, Fact, RequestKey
from kernel.refusals import Refusal
from kernel.services import Purpose, claim_key, leftovers, read_document, store_bytes, store_upload, sweep_leftovers
from kernel.services import documents as documents_service
from kernel.timer import COMMAND, TIMER, Machinery
from kernel.uploads import PDF
from tests import worlds
from tests.kernel.bells import ring
from tests.kernel.hostile import pdf

NOTHING = dict.fromkeys(
    ["request_keys", "deliveries", "uploads", "sessions", "session_records", "cache", "files_set_aside", "files_removed"], 0
)


def at(days: float):
    return telling(now() - timedelta(days=days))


def stored(days: float, purpose="tests") -> Document:
    with at(days):
        document = store_bytes(
            b"%PDF-1.4", file_name="a.pdf", content_type=PDF, purpose=purpose, owner_chain="person:5", actor=Machinery("person", 5)
        )
    path = documents_service.path_of(document.token)
    moment = (now() - timedelta(days=days)).timestamp()
    os.utime(path, (moment, moment))
    return document


def files(folder) -> list[str]:
    return sorted(p.name for p in Path(folder).rglob("*") if p.is_file())


@pytest.mark.django_db
def test_request_keys_go_after_a_week_and_answer_the_same_until_then():
    for days, key in ((0.5, "fresh-key-1"), (6.9, "week-old-1"), (7.1, "past-key-1"), (40, "past-key-2")):
        with at(days):
            claim_key(key, verb="tests.act", actor=COMMAND, inputs={}).done(5)

    assert sweep_leftovers(actor=TIMER) == {**NOTHING, "request_keys": 2}
    assert sorted(RequestKey.objects.values_list("key", flat=True)) == ["fresh-key-1", "week-old-1"]
    assert claim_key("week-old-1", verb="tests.act", actor=COMMAND, inputs={}).result_id == 5


@pytest.mark.django_db
def test_p6_no_setting_makes_a_key_live_less_than_a_day(settings):
    settings.LEFTOVER_DAYS = {"request_keys": 0}
    with at(0.9):
        claim_key("fresh-key-1", verb="tests.act", actor=COMMAND, inputs={})

    assert sweep_leftovers(actor=TIMER) == NOTHING


@pytest.mark.django_db
def test_deliveries_go_thirty_days_after_they_were_done_and_their_facts_stay():
    fact = ring()
    Delivery.objects.all().delete()
    old, past = now() - timedelta(days=90), now() - timedelta(days=31)
    for number, (done, dead) in enumerate([(past, None), (past, None), (now() - timedelta(days=29), None), (None, past), (None, None)]):
        Delivery.objects.create(fact=fact, handler=f"tests.h{number}", due_at=old, done_at=done, dead_at=dead)

    assert sweep_leftovers(actor=TIMER) == {**NOTHING, "deliveries": 2}
    assert sorted(Delivery.objects.values_list("handler", flat=True)) == ["tests.h2", "tests.h3", "tests.h4"]
    assert Fact.objects.filter(pk=fact.pk).exists()
    assert ChainLink.objects.filter(fact=fact).exists()


@pytest.mark.django_db
def test_drafts_go_after_a_day_with_their_files_and_papers_in_use_stay(settings):
    bound = stored(400)
    QualificationDocument.objects.create(enterprise=worlds.verified_enterprise(), kind="licence", document=bound, created_at=now())
    fresh, old = stored(0.9), [stored(1.1), stored(30)]

    assert sweep_leftovers(actor=TIMER) == {**NOTHING, "uploads": 2}
    assert set(Document.objects.values_list("pk", flat=True)) == {bound.pk, fresh.pk}
    assert files(settings.MEDIA_ROOT) == sorted([bound.token, fresh.token])
    assert not Document.objects.filter(pk__in=[d.pk for d in old]).exists()
    assert read_document(bound)


@pytest.mark.django_db
def test_every_room_that_keeps_documents_is_asked_before_one_goes():
    holders = {
        (relation.related_model._meta.label, relation.field.name)
        for relation in Document._meta.get_fields(include_hidden=True)
        if relation.auto_created and not relation.concrete
    }
    sql = str(documents_service.unbound().query)

    assert {("accounts.QualificationDocument", "document"), ("catalog.MediaFile", "document")} <= holders
    assert sql.count("EXISTS") == len(holders) >= 5


@pytest.mark.django_db
def test_files_without_a_row_wait_aside_for_a_week_before_they_go(settings):
    kept, orphan, young = stored(3), stored(3), stored(0.5)
    Document.objects.filter(pk__in=[orphan.pk, young.pk]).delete()  # what a rolled-back act leaves: the file, not the row
    Document.objects.filter(pk=kept.pk).update(created_at=now())

    assert sweep_leftovers(actor=TIMER) == {**NOTHING, "files_set_aside": 1}
    assert files(Path(settings.MEDIA_ROOT) / "aside") == [orphan.token]
    assert files(Path(settings.MEDIA_ROOT) / "private") == sorted([kept.token, young.token])
    assert sweep_leftovers(actor=TIMER) == NOTHING

    aside = Path(settings.MEDIA_ROOT) / "aside" / orphan.token
    moment = (now() - timedelta(days=7.1)).timestamp()
    os.utime(aside, (moment, moment))
    assert sweep_leftovers(actor=TIMER) == {**NOTHING, "files_removed": 1}
    assert not aside.exists()


@pytest.mark.django_db
def test_sessions_their_records_and_cached_rows_go_when_they_have_run_out():
    person = worlds.main_account(worlds.verified_enterprise())
    for key, days in (("gone", -1), ("alive", 1)):
        Session.objects.create(session_key=key, session_data="", expire_date=now() + timedelta(days=days))
        UserSession.objects.create(user=person, session_key=key, ip="203.0.113.9", user_agent="x")
    UserSession.objects.update(created_at=now() - timedelta(days=3))
    cache.set("stale", 1, timeout=60)
    cache.set("fresh", 1, timeout=600)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE kernel_cache SET expires = %s WHERE cache_key LIKE '%%stale'", [now() - timedelta(seconds=1)])

    assert sweep_leftovers(actor=TIMER) == {**NOTHING, "sessions": 1, "session_records": 1, "cache": 1}
    assert [s.session_key for s in Session.objects.all()] == ["alive"]
    assert [s.session_key for s in UserSession.objects.all()] == ["alive"]
    assert cache.get("fresh") == 1


@pytest.mark.django_db
def test_the_command_says_what_it_removed_and_a_fact_keeps_it(monkeypatch):
    monkeypatch.setattr(leftovers, "BATCH", 3)  # more than one batch, the last one full
    with at(8):
        for n in range(6):
            claim_key(f"past-key-{n}", verb="tests.act", actor=COMMAND, inputs={})
    out = StringIO()

    call_command("sweep_leftovers", "--json", stdout=out)

    assert json.loads(out.getvalue()) == {**NOTHING, "request_keys": 6}
    fact = Fact.objects.get(name="kernel.leftovers_swept")
    assert (fact.payload["removed"]["request_keys"], fact.actor_kind) == (6, "command")
    call_command("sweep_leftovers", "--json", stdout=StringIO())
    assert Fact.objects.filter(name="kernel.leftovers_swept").count() == 1  # nothing done, nothing said


@pytest.mark.django_db(transaction=True)
def test_p23_two_sweeps_at_once_share_the_work_and_remove_nothing_twice(monkeypatch):
    monkeypatch.setattr(leftovers, "BATCH", 20)
    with at(8):
        for n in range(300):
            claim_key(f"past-key-{n}", verb="tests.act", actor=COMMAND, inputs={})
    for _ in range(10):
        stored(2)
    done: list[dict] = []

    def sweep():
        done.append(sweep_leftovers(actor=TIMER))
        connection.close()

    threads = [threading.Thread(target=sweep) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert len(done) == 3
    assert sum(one["request_keys"] for one in done) + RequestKey.objects.count() == 300
    assert sum(one["uploads"] for one in done) + Document.objects.count() == 10
    sweep_leftovers(actor=TIMER)
    assert (RequestKey.objects.count(), Document.objects.count()) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_a_draft_that_is_being_bound_at_this_moment_is_left_alone():
    document, firm = stored(2), worlds.verified_enterprise()
    held, go_on = threading.Event(), threading.Event()

    def bind():
        with transaction.atomic():
            QualificationDocument.objects.create(enterprise=firm, kind="licence", document=document, created_at=now())
            with connection.cursor() as cursor:
                cursor.execute(
                    "SET CONSTRAINTS ALL IMMEDIATE"
                )  # the foreign key is asked now, as at the commit, and holds the document's key
            held.set()
            go_on.wait(30)
        connection.close()

    binder = threading.Thread(target=bind)
    binder.start()
    assert held.wait(30)
    removed = sweep_leftovers(actor=TIMER)
    go_on.set()
    binder.join(30)

    assert removed == NOTHING
    assert read_document(document) == b"%PDF-1.4"
    assert firm.papers.get().document == document


@pytest.mark.django_db
@pytest.mark.spec("H02", thin=True)
def test_p29_a_person_may_leave_twenty_files_a_day_lying_about(monkeypatch):
    purpose, me, other = Purpose("tests", frozenset({PDF})), Machinery("person", 5), Machinery("person", 6)
    pages = itertools.count(1)

    def send(actor):
        return store_upload(SimpleUploadedFile("a.pdf", another_pdf(next(pages))), purpose=purpose, owner_chain="person:5", actor=actor)

    monkeypatch.setattr(documents_service, "LOOSE_FILES", 3)
    for _ in range(3):
        send(me)
    with pytest.raises(Refusal) as refused:
        send(me)
    assert (refused.value.code, refused.value.status) == ("upload_quota", 422)
    assert Document.objects.filter(uploaded_by_id=5).count() == 3
    assert send(other)
    Document.objects.filter(uploaded_by_id=5).update(created_at=now() - timedelta(days=1, seconds=1))
    assert send(me)

    monkeypatch.setattr(documents_service, "LOOSE_BYTES", len(pdf()) + 10)
    with pytest.raises(Refusal):
        send(me)


def another_pdf(n: int) -> bytes:
    """A page as wide as no other."""
    return pdf(lambda document: document.pages[0].obj.update({"/MediaBox": [0, 0, 200 + n, 200]}))


@pytest.mark.django_db
@pytest.mark.spec("H02", thin=True)
def test_p29_the_same_file_sent_again_with_a_corrected_form_counts_once_and_copies_have_an_end_too(monkeypatch):
    purpose, me = Purpose("tests", frozenset({PDF})), Machinery("person", 5)
    same = another_pdf(1)

    def send(body):
        return store_upload(SimpleUploadedFile("a.pdf", body), purpose=purpose, owner_chain="person:5", actor=me)

    monkeypatch.setattr(documents_service, "LOOSE_FILES", 2)
    monkeypatch.setattr(documents_service, "LOOSE_COPIES", 5)
    sums = {send(same).sha256 for _ in range(4)}
    if len(sums) > 1:
        pytest.skip("this cleaner writes another file each time")
    send(another_pdf(2))
    with pytest.raises(Refusal) as refused:
        send(same)

    assert refused.value.code == "upload_quota"
