"""Registration through the browser: required fields, codes, papers, the review clock, correction after a rejection."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from accounts.models import Enterprise, QualificationDocument
from accounts.services import approve_enterprise, reject_enterprise
from kernel.clock import telling
from kernel.models import Deadline, Document
from kernel.services import read_document
from tests.races import race
from tests.worlds import key, person, staff_actor, uscc, verified_enterprise

pytestmark = pytest.mark.django_db


def picture(name="licence.png", kind="PNG"):
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(out, kind)
    return SimpleUploadedFile(name, out.getvalue())


def filled(**changes):
    values = {
        "request_key": "registration-key-1", "name": "示例纸业有限公司", "name_en": "Sample Paper", "country": "CN",
        "registration_no": uscc(77), "province": "广东",
        "address": "示例路 8 号", "phone": "020-80000000", "legal_representative": "王小明",
        "licence_expires_on": "2035-01-01", "licence": picture(),
    }  # fmt: skip
    return {key: value for key, value in (values | changes).items() if value is not None}


def logged_in(user=None):
    client = Client()
    client.force_login(user or person())
    return client


@pytest.mark.spec("H01")
@pytest.mark.spec("H03")
@pytest.mark.spec("H07", thin=True)
def test_a_registration_is_under_review_until_the_third_working_day():
    from datetime import UTC, datetime

    client = logged_in()
    with telling(datetime(2026, 9, 30, 2, tzinfo=UTC)):  # the last working day before the national holiday
        response = client.post("/join/", filled())

    assert response.status_code == 302 and response["Location"] == "/me/company/"
    enterprise = Enterprise.objects.get()
    assert (enterprise.state, enterprise.registration_no) == ("submitted", uscc(77))
    due = Deadline.objects.get(policy="accounts.review").due_at
    assert due.isoformat() == "2026-10-10T10:00:00+00:00"  # Saturday 10 October 18:00 in Beijing: a make-up working day
    page = client.get("/me/company/").content.decode()
    assert "示例纸业有限公司" in page and "审核" in page


@pytest.mark.spec("H01")
@pytest.mark.parametrize("field", ["name", "registration_no", "address", "phone", "legal_representative", "province", "licence"])
def test_every_required_field_is_asked_for_and_what_was_typed_stays(field):
    client = logged_in()

    response = client.post("/join/", filled(**{field: None}))

    assert response.status_code == 422
    assert Enterprise.objects.count() == 0
    kept = {"name": "示例纸业有限公司", "address": "示例路 8 号"}
    kept.pop(field, None)
    assert all(value in response.content.decode() for value in kept.values())


@pytest.mark.spec("H01")
@pytest.mark.parametrize("code", ["91350100M000100Y4Z", "9144030019220382I6", "914403001922038261", "91440300192203821", "'; drop table"])
def test_a_code_whose_check_digit_is_wrong_is_refused(code):
    response = logged_in().post("/join/", filled(registration_no=code))

    assert response.status_code == 422
    assert Enterprise.objects.count() == 0


@pytest.mark.spec("H01")
@pytest.mark.parametrize("typed", [" 914403001922038216 ", "９１４４０３００１９２２０３８２１６"])
def test_a_code_is_normalised(typed):
    logged_in().post("/join/", filled(registration_no=typed))

    assert Enterprise.objects.get().registration_no == "914403001922038216"


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
def test_a_file_that_is_not_what_it_says_is_refused_and_nothing_is_kept(upload):
    response = logged_in().post("/join/", filled(licence=upload))

    assert response.status_code == 422
    assert (Enterprise.objects.count(), Document.objects.count()) == (0, 0)


@pytest.mark.spec("H02")
def test_a_paper_is_sealed_and_reachable_only_by_its_enterprise():
    owner = person()
    client = logged_in(owner)
    client.post("/join/", filled())
    paper = QualificationDocument.objects.get()
    address = f"/me/company/papers/{paper.document.token}/"

    answer = client.get(address)
    stranger = logged_in(verified_enterprise().memberships.get().user).get(address)
    visitor = Client().get(address)

    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    assert answer.content == read_document(paper.document)
    assert answer["Content-Disposition"].startswith("attachment") and "no-store" in answer["Cache-Control"]
    assert (stranger.status_code, visitor.status_code) == (404, 302)


@pytest.mark.spec("H02")
def test_a_file_survives_a_mistake_in_another_field():
    client = logged_in()
    client.post("/join/", filled(phone="12"))
    assert Enterprise.objects.count() == 0

    response = client.post("/join/", filled(licence=None))

    assert response.status_code == 302
    assert QualificationDocument.objects.get().kind == "licence"


def test_a_code_that_is_taken_tells_an_outsider_nothing():
    known = verified_enterprise()
    pending = logged_in()
    pending.post("/join/", filled())

    first = logged_in().post("/join/", filled(registration_no=known.registration_no, request_key="another-key-1"))
    second = logged_in().post("/join/", filled(request_key="another-key-2"))

    sentence = "我们无法受理此次注册"
    assert first.status_code == second.status_code == 422
    for response in (first, second):
        page = response.content.decode()
        assert sentence in page or "could not accept this registration" in page
        assert known.name not in page
    assert Enterprise.objects.count() == 2


@pytest.mark.spec("H03")
@pytest.mark.spec("H04", thin=True)
def test_a_rejected_registration_shows_the_reason_and_can_be_corrected():
    owner = person()
    client = logged_in(owner)
    client.post("/join/", filled())
    enterprise = Enterprise.objects.get()
    reviewer = staff_actor("accounts.review_enterprise", "accounts.view_enterprise")

    reject_enterprise(enterprise.pk, reason="执照照片看不清", actor=reviewer, request_key=key())
    assert "执照照片看不清" in client.get("/me/company/").content.decode()
    client.post("/join/", filled(name="示例纸业（广东）有限公司", licence=None, request_key="second-try-1"))
    approve_enterprise(enterprise.pk, actor=reviewer, request_key=key())

    enterprise.refresh_from_db()
    assert (enterprise.state, enterprise.name) == ("verified", "示例纸业（广东）有限公司")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_end_date_of_a_licence_comes_back_in_the_shape_a_date_input_keeps(language):
    client = logged_in(person())
    client.post("/join/", filled())
    enterprise = Enterprise.objects.get()
    reject_enterprise(
        enterprise.pk,
        reason="执照照片看不清",
        actor=staff_actor("accounts.review_enterprise", "accounts.view_enterprise"),
        request_key=key(),
    )

    page = client.get("/join/", headers={"accept-language": language}).content.decode()

    assert 'value="2035-01-01"' in page  # any other shape is dropped by browsers, and the licence would become endless


@pytest.mark.django_db(transaction=True)
def test_two_registrations_of_one_code_at_once_make_one_enterprise():
    clients = [logged_in() for _ in range(4)]

    results = race([lambda c=c, n=n: c.post("/join/", filled(request_key=f"race-key-{n:04d}")).status_code for n, c in enumerate(clients)])

    assert sorted(results) == [302, 422, 422, 422]
    assert Enterprise.objects.count() == 1


# ---------- what came before, and what stands in the way ----------


def drafts() -> tuple[int, int]:
    """Rows and sealed files that are there."""
    from pathlib import Path

    from django.conf import settings

    return Document.objects.count(), len([f for f in Path(settings.MEDIA_ROOT).rglob("*") if f.is_file()])


@pytest.mark.spec("H02")
def test_failed_attempts_keep_one_draft_of_a_kind_and_not_one_each(django_capture_on_commit_callbacks):
    client = logged_in()
    for n in range(4):
        colour = Image.new("RGB", (40 + n, 30), "white")
        out = io.BytesIO()
        colour.save(out, "PNG")
        with django_capture_on_commit_callbacks(execute=True):
            assert client.post("/join/", filled(phone="", licence=SimpleUploadedFile(f"{n}.png", out.getvalue()))).status_code == 422

    assert drafts() == (1, 1)
    assert Document.objects.get().file_name == "3.png"
    assert client.post("/join/", filled(licence=None)).status_code == 302
    assert QualificationDocument.objects.get().document == Document.objects.get()


def test_the_same_registration_sent_again_is_one_company_and_another_is_refused(django_capture_on_commit_callbacks):
    client, sent = logged_in(), filled(licence=None)
    with django_capture_on_commit_callbacks(execute=True):
        first = client.post("/join/", {**sent, "licence": picture()})
        again = client.post("/join/", {**sent, "licence": picture()})
        other = client.post("/join/", {**sent, "licence": picture(), "name": "另一家有限公司"})
    later = client.post("/join/", {**sent, "licence": picture(), "name": "另一家有限公司", "request_key": "registration-key-2"})

    assert [(a.status_code, a["Location"]) for a in (first, again, later)] == [(302, "/me/company/")] * 3
    assert other.status_code == 409
    assert (Enterprise.objects.get().name, drafts()) == ("示例纸业有限公司", (1, 1))


def test_too_many_loose_files_are_refused_at_the_field(monkeypatch):
    monkeypatch.setattr("kernel.services.documents.LOOSE_FILES", 1)
    client = logged_in()
    client.post("/join/", filled(phone=""))

    page = client.post("/join/", filled(phone="", licence=None, tax=picture("tax.png")))

    assert page.status_code == 422
    assert "tax" in page.context["form"].errors
    assert Document.objects.count() == 1


@pytest.mark.parametrize("name", ["示例\u202e纸业有限公司", "示例\u2066纸业有限公司", "示例\u0007纸业有限公司"])
def test_names_that_turn_round_on_the_screen_are_refused(name):
    page = logged_in().post("/join/", filled(name=name))

    assert page.status_code == 422
    assert list(page.context["form"].errors) == ["name"] and not Enterprise.objects.exists()


def test_what_nobody_sees_is_not_part_of_a_name():
    assert logged_in().post("/join/", filled(name=" 示例\u200b纸业\ufeff有限公司 ")).status_code == 302

    assert Enterprise.objects.get().name == "示例纸业有限公司"


def test_services_take_no_hidden_characters_either():
    from accounts.queries import actor_for
    from accounts.services import Particulars, register_enterprise
    from kernel.refusals import Refusal

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

    assert logged_in().post("/join/", filled()).status_code == 302

    assert (Enterprise.objects.latest("pk").handle, len(asked)) == ("sample-paper-2", 2)


def test_only_a_code_that_is_taken_is_called_refused(monkeypatch):
    from django.db import IntegrityError

    from accounts.services import registration

    monkeypatch.setattr(registration, "now", lambda: None)  # a column that must not be empty
    client = logged_in()
    client.raise_request_exception = True

    with pytest.raises(IntegrityError):
        client.post("/join/", filled())
