"""Registration through the browser: sections saved one by one, codes, papers, the review clock, correction after a rejection."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import DraftPaper, Enterprise, QualificationDocument, RegistrationDraft
from accounts.queries import actor_for
from kernel.clock import now, telling
from kernel.models import Deadline, Document, Fact
from kernel.refusals import Refusal
from kernel.services import deliver_due, read_document, sweep_deadlines, sweep_leftovers
from kernel.timer import COMMAND
from tests.worlds import key, person, registered_enterprise, staff_user, uscc, verified_enterprise

from .joining import PAPERS, fills_in, hands_in, picture, registers, saves, signed_in, statuses

pytestmark = pytest.mark.django_db


# ---------- the list of tasks ----------


@pytest.mark.spec("H01")
def test_a_registration_is_saved_section_by_section_and_taken_up_another_day():
    owner = person()
    client = signed_in(owner)
    assert set(statuses(client).values()) == {"new"}

    assert saves(client, "company")["Location"] == "/join/licence/"
    assert saves(client, "representative", later="1", legal_representative="")["Location"] == "/join/"
    with telling(now() + timedelta(days=9)):
        sweep_leftovers(actor=COMMAND)
        later = signed_in(owner)
        assert statuses(later) == {"company": "done", "licence": "new", "representative": "correct", "tax": "new", "papers": "new"}
        assert "示例路 8 号" in later.get("/join/company/").content.decode()
    assert not Enterprise.objects.exists()


@pytest.mark.spec("H02")
def test_papers_of_a_draft_outlive_the_sweep_of_loose_uploads():
    client = signed_in()
    saves(client, "papers")

    with telling(now() + timedelta(days=9)):
        sweep_leftovers(actor=COMMAND)

    assert sorted(DraftPaper.objects.values_list("kind", flat=True)) == sorted(PAPERS)
    assert [read_document(d)[:4] for d in Document.objects.all()] == [b"\x89PNG"] * 3


@pytest.mark.spec("H54", thin=True)
def test_a_draft_is_sealed_in_the_database():
    from django.db import connection

    saves(signed_in(), "representative", legal_representative="王小明")

    with connection.cursor() as cursor:
        cursor.execute("SELECT values FROM accounts_registrationdraft")
        (stored,) = cursor.fetchone()
    assert "王小明" not in stored and "legal_representative" not in stored
    assert "王小明" in RegistrationDraft.objects.get().values


@pytest.mark.spec("H01")
def test_answers_are_checked_before_they_are_handed_in_and_a_change_since_is_refused():
    owner = person()
    client = signed_in(owner)
    assert client.get("/join/check/")["Location"] == "/join/"  # nothing to hand in yet
    fills_in(client)
    page = client.get("/join/check/")
    shown = page.content.decode()
    assert all(words in shown for words in ("示例纸业有限公司", uscc(77), "2035 年 1 月 1 日", "王小明", "licence.png"))
    saves(signed_in(owner), "company", address="另一路 9 号")

    refused = client.post("/join/check/", {"request_key": key(), "answers": page.context["digest"], "consent": "on"})

    assert refused.status_code == 422 and not Enterprise.objects.exists()
    assert hands_in(client)["Location"] == "/me/company/"
    assert Enterprise.objects.get().address == "另一路 9 号"
    assert not RegistrationDraft.objects.exists()


@pytest.mark.spec("H01")
@pytest.mark.spec("H03")
@pytest.mark.spec("H07")
@pytest.mark.parametrize(
    ("handed_in", "due"),
    [
        ("2026-09-30T10:00", "2026-10-10T18:00"),  # the last working day before the national holiday; a Saturday that is worked
        ("2026-10-03T10:00", "2026-10-10T18:00"),  # within the holiday
        ("2026-02-13T10:00", "2026-02-25T18:00"),  # before Spring Festival, over a Saturday that is worked
        ("2025-09-30T10:00", "2025-10-11T18:00"),
    ],
)
def test_a_review_is_due_at_the_end_of_the_third_working_day(handed_in, due):
    from zoneinfo import ZoneInfo

    beijing = ZoneInfo("Asia/Shanghai")
    client = signed_in()
    with telling(datetime.fromisoformat(handed_in).replace(tzinfo=beijing)):
        answer = registers(client)

    assert answer["Location"] == "/me/company/"
    enterprise = Enterprise.objects.get()
    assert (enterprise.state, enterprise.registration_no, enterprise.tax_no) == ("submitted", uscc(77), uscc(77))
    clock = Deadline.objects.get(policy="accounts.review")
    assert clock.due_at == datetime.fromisoformat(due).replace(tzinfo=beijing)


@pytest.mark.spec("H07")
def test_a_review_past_its_time_alerts_every_reviewer_once():
    from messaging.models import Notice

    colleague = staff_user("accounts.review_enterprise")
    start = datetime(2026, 9, 30, 2, tzinfo=UTC)
    with telling(start):
        enterprise = registered_enterprise()
    due = Deadline.objects.get(policy="accounts.review").due_at
    with telling(due - timedelta(minutes=1)):
        sweep_deadlines()
    assert not Notice.objects.filter(recipient=colleague).exists()

    with telling(due + timedelta(minutes=1)):
        sweep_deadlines()
        sweep_deadlines()
        deliver_due()

    notice = Notice.objects.get(recipient=colleague)
    assert notice.url == f"/admin/accounts/enterprise/{enterprise.pk}/change/"


@pytest.mark.spec("H01")
@pytest.mark.parametrize(
    ("section", "field"),
    [
        ("company", "name"), ("company", "address"), ("company", "phone"), ("company", "province"), ("licence", "registration_no"),
        ("representative", "legal_representative"),
    ],
)  # fmt: skip
def test_every_required_field_is_asked_for_and_what_was_typed_stays(section, field):
    client = signed_in()
    kept = {"company": "示例路 8 号" if field != "address" else "示例纸业有限公司", "licence": "2035-01-01", "representative": ""}[section]

    answer = saves(client, section, **{field: None})

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert kept in answer.content.decode()
    assert not RegistrationDraft.objects.exists()


@pytest.mark.spec("H06")
@pytest.mark.parametrize("missing", PAPERS)
def test_a_missing_paper_is_named_and_nothing_is_handed_in_without_it(missing):
    client = signed_in()
    fills_in(client)
    DraftPaper.objects.get(kind=missing).document.delete()

    answer = saves(client, "papers", **dict.fromkeys(PAPERS))

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [missing])
    assert hands_in(client)["Location"] == "/join/" or not Enterprise.objects.exists()
    assert not Enterprise.objects.exists()


@pytest.mark.spec("H06")
@pytest.mark.parametrize("missing", PAPERS)
def test_a_registration_without_a_paper_is_refused_by_the_service_and_the_paper_is_named(missing):
    from accounts.services import register_enterprise
    from accounts.services.papers import KINDS
    from tests.worlds import kept_papers, particulars

    actor = actor_for(person())
    papers = {kind: token for kind, token in kept_papers(actor).items() if kind != missing}

    with pytest.raises(Refusal) as refused:
        register_enterprise(particulars(), papers=papers, actor=actor, request_key=key())

    assert refused.value.code == "paper_missing" and str(KINDS[missing]) in str(refused.value)
    assert not Enterprise.objects.exists()


# ---------- codes, tax, bank ----------


@pytest.mark.spec("H01")
@pytest.mark.parametrize("code", ["91350100M000100Y4Z", "9144030019220382I6", "914403001922038261", "91440300192203821", "'; drop table"])
def test_a_code_whose_check_digit_is_wrong_is_refused(code):
    answer = saves(signed_in(), "licence", registration_no=code)

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["registration_no"])


@pytest.mark.spec("H01")
@pytest.mark.parametrize("typed", [" 914403001922038216 ", "９１４４０３００１９２２０３８２１６"])
def test_a_code_is_normalised(typed):
    registers(signed_in(), registration_no=typed)

    assert Enterprise.objects.get().registration_no == "914403001922038216"


def test_a_licence_that_has_expired_is_refused_at_its_field():
    answer = saves(signed_in(), "licence", licence_expires_on="2020-01-01")

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["licence_expires_on"])


@pytest.mark.spec("H01")
@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({}, []),
        ({"tax_no": "914403001922038216"}, []),
        ({"tax_no": "12"}, ["tax_no"]),
        ({"bank_name": "工商银行佛山支行", "bank_code": "102588000018", "bank_account": "2013 0210 0920 0123 456"}, []),
        ({"bank_name": "工商银行佛山支行", "bank_code": "10258800001", "bank_account": "2013021009200123456"}, ["bank_code"]),
        ({"bank_name": "工商银行佛山支行", "bank_code": "102588000018", "bank_account": "1234567"}, ["bank_account"]),
        ({"bank_account": "2013021009200123456"}, ["bank_code", "bank_name"]),
    ],
)
def test_tax_and_bank_are_checked_and_the_bank_may_wait(typed, wrong):
    answer = saves(signed_in(), "tax", **typed)

    assert answer.status_code == (422 if wrong else 302)
    assert sorted(answer.context["form"].errors if wrong else []) == wrong


def test_a_bank_account_is_kept_without_blanks_and_sealed():
    registers(signed_in(), bank_name="工商银行", bank_code="102588000018", bank_account="2013 0210-0920 0123")

    assert Enterprise.objects.get().bank_account == "2013021009200123"
    assert not Fact.objects.filter(payload__icontains="20130210").exists()


def test_the_country_changed_later_sends_the_code_back_to_be_corrected():
    client = signed_in()
    fills_in(client)
    saves(client, "company", country="CN")
    saves(client, "licence", registration_no="HRB 12345", later="1")

    assert statuses(client)["licence"] == "correct"
    saves(client, "company", country="DE", province="", phone="+49 40 1234567")
    assert statuses(client)["licence"] == "done"


# ---------- papers ----------


@pytest.mark.spec("H02")
@pytest.mark.parametrize(
    "upload",
    [
        SimpleUploadedFile("licence.pdf", b"MZ\x90\x00" + b"\0" * 200),
        SimpleUploadedFile("licence.png", b"<html><script>alert(1)</script></html>"),
        SimpleUploadedFile("licence.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        SimpleUploadedFile("licence.png", b""),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused_and_the_others_are_kept(upload):
    upload.seek(0)
    answer = saves(signed_in(), "papers", licence=upload)

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["licence"])
    assert sorted(DraftPaper.objects.values_list("kind", flat=True)) == ["legal_rep_id", "tax"]


@pytest.mark.spec("H02")
def test_a_paper_is_sealed_and_reachable_only_by_its_enterprise():
    client = signed_in()
    registers(client)
    paper = QualificationDocument.objects.get(kind="licence")
    address = f"/me/company/papers/{paper.document.token}/"

    answer = client.get(address)
    stranger = signed_in(verified_enterprise().memberships.get().user).get(address)
    visitor = Client().get(address)

    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    assert answer.content == read_document(paper.document)
    assert answer["Content-Disposition"].startswith("attachment") and "no-store" in answer["Cache-Control"]
    assert (stranger.status_code, visitor.status_code) == (404, 302)


@pytest.mark.spec("H02")
def test_another_file_of_a_kind_takes_the_place_of_the_one_before(django_capture_on_commit_callbacks):
    client = signed_in()
    for n in range(4):
        with django_capture_on_commit_callbacks(execute=True):
            saves(client, "papers", licence=picture(f"{n}.png"), legal_rep_id=None, tax=None)

    files = [f for f in Path(settings.MEDIA_ROOT).rglob("*") if f.is_file()]
    assert (Document.objects.get().file_name, len(files)) == ("3.png", 1)


def test_too_many_loose_files_are_refused_at_the_field(monkeypatch):
    monkeypatch.setattr("kernel.services.documents.LOOSE_FILES", 0)

    page = saves(signed_in(), "papers", licence=None, legal_rep_id=None)

    assert page.status_code == 422 and "tax" in page.context["form"].errors
    assert not Document.objects.exists()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_end_date_of_a_licence_comes_back_in_the_shape_a_date_input_keeps(language):
    client = signed_in()
    saves(client, "licence")

    page = client.get("/join/licence/", headers={"accept-language": language}).content.decode()

    assert 'value="2035-01-01"' in page  # any other shape is dropped by browsers, and the licence would become endless


@pytest.mark.parametrize("name", ["示例\u202e纸业有限公司", "示例\u2066纸业有限公司", "示例\u0007纸业有限公司"])
@pytest.mark.parametrize("later", [None, "1"])
def test_names_that_turn_round_on_the_screen_are_refused(name, later):
    page = saves(signed_in(), "company", name=name, later=later)

    assert page.status_code == 422
    assert "name" in page.context["form"].errors and not RegistrationDraft.objects.exists()


def test_what_nobody_sees_is_not_part_of_a_name():
    registers(signed_in(), name=" 示例\u200b纸业\ufeff有限公司 ")

    assert Enterprise.objects.get().name == "示例纸业有限公司"


def test_a_second_registration_waits_for_the_first():
    owner = person()
    registered_enterprise(owner)
    client = signed_in(owner)

    assert client.get("/join/")["Location"] == client.get("/join/company/")["Location"] == "/me/company/"
    assert saves(client, "company")["Location"] == "/me/company/"
    assert not RegistrationDraft.objects.exists()


def test_services_take_no_hidden_characters_either():
    from accounts.services import Particulars, register_enterprise

    told = Particulars(
        name="示例\u202e", registration_no=uscc(5), address="路 1 号", phone="020-80000000", legal_representative="王", province="广东"
    )
    with pytest.raises(Refusal) as refused:
        register_enterprise(told, papers={}, actor=actor_for(person()), request_key=key())

    assert refused.value.code == "name_invalid"


@pytest.mark.parametrize(
    ("name", "handle"),
    [
        ("Willow Bridge Paper Trading Co Ltd", "willow-bridge-paper"),
        ("Sample Paper", "sample-paper"),
        ("Donaudampfschifffahrtsgesellschaft", "donaudampfschifffahrtsge"),
        ("Exactly Four and Twenties Paper", "exactly-four-and"),
        ("", "e0000077"),
    ],
)
def test_a_handle_ends_with_a_word(name, handle):
    from accounts.rules import handle_from

    found = handle_from(name, uscc(77))

    assert len(found) <= 24
    assert found == handle or (not name and found.startswith("e") and len(found) == 9)


def test_a_handle_taken_at_the_same_moment_is_no_reason_to_refuse(monkeypatch):
    from accounts.services import registration

    verified_enterprise(handle="sample-paper")
    free, asked = registration._free_handle, []
    monkeypatch.setattr(
        registration, "_free_handle", lambda values: asked.append(1) or ("sample-paper" if len(asked) == 1 else free(values))
    )

    assert registers(signed_in()).status_code == 302

    assert (Enterprise.objects.latest("pk").handle, len(asked)) == ("sample-paper-2", 2)
