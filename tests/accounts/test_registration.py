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
from tests.worlds import person, staff_actor, uscc, verified_enterprise

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

    reject_enterprise(enterprise.pk, reason="执照照片看不清", actor=reviewer)
    assert "执照照片看不清" in client.get("/me/company/").content.decode()
    client.post("/join/", filled(name="示例纸业（广东）有限公司", licence=None, request_key="second-try-1"))
    approve_enterprise(enterprise.pk, actor=reviewer)

    enterprise.refresh_from_db()
    assert (enterprise.state, enterprise.name) == ("verified", "示例纸业（广东）有限公司")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_end_date_of_a_licence_comes_back_in_the_shape_a_date_input_keeps(language):
    client = logged_in(person())
    client.post("/join/", filled())
    enterprise = Enterprise.objects.get()
    reject_enterprise(enterprise.pk, reason="执照照片看不清", actor=staff_actor("accounts.review_enterprise", "accounts.view_enterprise"))

    page = client.get("/join/", headers={"accept-language": language}).content.decode()

    assert 'value="2035-01-01"' in page  # any other shape is dropped by browsers, and the licence would become endless


@pytest.mark.django_db(transaction=True)
def test_two_registrations_of_one_code_at_once_make_one_enterprise():
    clients = [logged_in() for _ in range(4)]

    results = race([lambda c=c, n=n: c.post("/join/", filled(request_key=f"race-key-{n:04d}")).status_code for n, c in enumerate(clients)])

    assert sorted(results) == [302, 422, 422, 422]
    assert Enterprise.objects.count() == 1
