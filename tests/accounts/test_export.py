"""Everything about a company in one file: complete, its own only, for its main account, once, and gone after its days (H54, P39)."""

import csv
import io
import json
import zipfile
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import ExportJob, QualificationDocument
from accounts.services import make_part, request_export
from kernel import clock
from kernel.models import ChainHead, Delivery, Document, Fact
from kernel.registries import EXPORT_PARTS
from kernel.services import deliver_due, store_bytes, sweep_deadlines
from kernel.services.documents import path_of
from tests import worlds
from tests.security.scene import PDF
from tests.worlds import key, live_listing, main_account, member_actor, sub_account, verified_enterprise

pytestmark = pytest.mark.django_db


def signed_in(user, *, proven: bool = True) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    if proven:
        worlds.reauthenticate(client)
    client.cookies["django_language"] = "en"
    return client


def asked(client) -> ExportJob:
    answer = client.post("/me/export/", {"request_key": key()})
    assert answer.status_code == 302, answer.content.decode()[-2000:]
    return ExportJob.objects.latest("pk")


def made(firm) -> tuple[Client, ExportJob]:
    client = signed_in(main_account(firm))
    job = asked(client)
    deliver_due()
    job.refresh_from_db()
    return client, job


def opened(client, job) -> zipfile.ZipFile:
    answer = client.get(f"/me/export/{job.pk}/file/")
    assert answer.status_code == 200
    return zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))


def everything(archive: zipfile.ZipFile) -> str:
    return "\n".join(name + archive.read(name).decode("utf-8", "replace") for name in archive.namelist())


def party(mark: str):
    """A company every private text of which holds a mark."""
    firm = verified_enterprise(f"公司{mark}", address=f"路 {mark}-address", legal_representative=f"{mark}-legal", phone=f"{mark}-phone")
    for user, name in ((main_account(firm), f"{mark}-main"), (sub_account(firm, "trade"), f"{mark}-sub")):
        type(user).objects.filter(pk=user.pk).update(display_name=name)
    actor = member_actor(firm)
    document = store_bytes(
        f"{mark}-paper-body".encode(), file_name=f"{mark}-licence.pdf", content_type="application/pdf", purpose="licence",
        owner_chain=firm.chain, actor=actor,
    )  # fmt: skip
    QualificationDocument.objects.create(enterprise=firm, kind="licence", document=document, created_at=clock.now())
    from catalog.services import create_listing, move_stock

    terms = worlds.listing_terms(title_zh=f"{mark}-hidden-listing", description_zh=f"{mark}-hidden-text")
    create_listing(terms, actor=actor, category="PAP", request_key=key())
    goods = live_listing(firm)
    move_stock(goods.no, actor=actor, kind="in", quantity=5, reason=f"{mark}-reason", document_no=f"{mark}-doc", request_key=key())
    from helpdesk.models import ServiceRequest

    ServiceRequest.objects.create(
        no=f"Q{mark}", topic=ServiceRequest.TOPICS[0][0], name=f"{mark}-asker", email=f"{mark}@example.com", subject=f"{mark}-subject",
        message=f"{mark}-message", enterprise=firm, created_at=clock.now(),
    )  # fmt: skip
    return firm, goods


OWN = ("address", "legal", "phone", "main", "sub", "licence.pdf", "paper-body", "hidden-listing", "hidden-text", "reason", "doc", "asker",
       "subject", "message")  # fmt: skip


@pytest.mark.spec("H54")
def test_p39_the_export_holds_every_private_text_of_the_company_and_none_of_its_partners():
    (ours, _goods), (theirs, goods) = party("canaryA"), party("canaryB")
    worlds.allow_credit(ours, 5_480_000)
    order = worlds.proposed_order(ours, theirs, get=[(goods, 10)], credit=5_480_000)
    from orders.services import write_message

    upload = SimpleUploadedFile("sketch.pdf", PDF, "application/pdf")
    write_message(order.no, actor=member_actor(ours), body="canaryA-spoken", uploads=[upload], request_key=key())
    worlds.confirmed(order)

    client, job = made(ours)
    archive = opened(client, job)
    text = everything(archive)

    assert (job.state, job.parts_done, job.parts_total) == ("ready", len(EXPORT_PARTS) + 1, len(EXPORT_PARTS) + 1)
    assert [word for word in (*OWN, "spoken") if f"canaryA-{word}" not in text] == []
    assert [word for word in OWN if f"canaryB-{word}" in text] == []
    names = set(archive.namelist())
    assert {f"{part}.{kind}" for part in EXPORT_PARTS for kind in ("json", "csv")} <= names
    assert sum(name.startswith("files/") for name in names) == 3  # licence, attachment, confirmation
    (trade,) = json.loads(archive.read("orders.json"))
    assert (trade["no"], trade["proposed_by"], trade["other_party"], trade["state"]) == (order.no, "we", theirs.name, "funded")
    assert trade["created_at"].endswith("+08:00")
    sheet = list(csv.DictReader(io.StringIO(archive.read("order_lines.csv").decode("utf-8-sig"))))
    assert [(row["order"], row["given_by"], row["amount"]) for row in sheet] == [(order.no, "they", "54800.00 CNY")]
    log = json.loads(archive.read("operation_log.json"))
    assert [entry["entry"] for entry in log] == list(range(1, len(log) + 1))
    assert log[-1]["hash"] in set(ours_links(ours))


def ours_links(firm):
    from kernel.models import ChainLink

    return ChainLink.objects.filter(chain=firm.chain).values_list("hash", flat=True)


@pytest.mark.spec("H54")
def test_only_the_main_account_exports_after_its_password_and_others_learn_nothing():
    firm, other = verified_enterprise(), verified_enterprise()
    client, job = made(firm)
    clerk = signed_in(sub_account(firm, "company", "team", "reports", "finance"))
    stranger, unproven = signed_in(main_account(other)), signed_in(main_account(firm), proven=False)
    url = f"/me/export/{job.pk}/file/"

    assert client.get(url).status_code == 200
    assert (clerk.get("/me/export/").status_code, clerk.post("/me/export/", {"request_key": key()}).status_code) == (403, 403)
    assert clerk.get(url).status_code == 403
    assert (stranger.get(url).status_code, stranger.get("/me/export/999999/file/").status_code) == (404, 404)
    assert unproven.get(url)["Location"].startswith("/accounts/reauthenticate/")
    assert unproven.post("/me/export/", {"request_key": key()})["Location"].startswith("/accounts/reauthenticate/")
    assert Client().get(url)["Location"].startswith("/accounts/login/")
    assert ExportJob.objects.count() == 1
    taken = Fact.objects.filter(name="accounts.export_taken")
    assert [fact.actor_user_id for fact in taken] == [main_account(firm).pk]


def test_one_export_at_a_time_and_the_same_form_twice_is_one():
    firm = verified_enterprise()
    client, form = signed_in(main_account(firm)), {"request_key": key()}

    first, again = client.post("/me/export/", form), client.post("/me/export/", form)
    another = client.post("/me/export/", {"request_key": key()})

    assert (first.status_code, again.status_code, another.status_code) == (302, 302, 422)
    assert "being made already" in another.content.decode()
    assert ExportJob.objects.count() == 1


@pytest.mark.spec("H54")
def test_a_worker_that_dies_in_the_middle_is_followed_by_one_that_goes_on_and_there_is_one_file():
    firm = verified_enterprise()
    live_listing(firm)
    client = signed_in(main_account(firm))
    job = asked(client)
    names = sorted(EXPORT_PARTS)
    for part in range(5):
        make_part(job.pk, part=part)
    page = client.get("/me/export/").content.decode()

    class Killed(BaseException):
        """What a worker's death is to Python."""

    def die(_enterprise_id):
        raise Killed

    with patch.dict(EXPORT_PARTS, {names[5]: die}), pytest.raises(Killed):
        make_part(job.pk, part=5)
    job.refresh_from_db()
    assert (job.state, job.parts_done) == ("running", 5) and f"5 / {len(names) + 1}" in page
    assert "hx-get" in page and "http-equiv" in page

    deliver_due()  # the facts of the parts are all still promised: old ones do nothing, the last one goes on
    make_part(job.pk, part=5)

    job.refresh_from_db()
    assert job.state == "ready"
    documents = Document.objects.filter(purpose=f"accounts.export:{job.pk}")
    assert [document.pk for document in documents] == [job.document_id]
    assert sorted(n for n in opened(client, job).namelist() if n.endswith(".json"))[:1] == ["about.json"]
    assert Fact.objects.filter(name="accounts.export_made").count() == 1
    assert not Delivery.objects.filter(done_at=None, handler__endswith="make_export").exists()


@pytest.mark.spec("H54")
def test_an_export_that_cannot_be_made_in_time_fails_with_a_sentence_and_may_be_asked_for_again(monkeypatch):
    firm = verified_enterprise()
    client = signed_in(main_account(firm))
    job = asked(client)
    for part in range(3):
        make_part(job.pk, part=part)
    later = clock.now() + timedelta(hours=1, minutes=1)

    with patch("django.utils.timezone.now", lambda: later):
        sweep_deadlines()
        with patch.dict(EXPORT_PARTS, {sorted(EXPORT_PARTS)[3]: lambda _pk: 1 / 0}):
            deliver_due()

    job.refresh_from_db()
    assert (job.state, job.document_id) == ("failed", None)
    assert not Document.objects.filter(purpose=f"accounts.export:{job.pk}").exists()
    page = client.get("/me/export/").content.decode()
    assert "It took too long and was given up" in page
    assert asked(client).pk != job.pk


@pytest.mark.spec("H54")
def test_an_export_is_erased_after_seven_days():
    firm = verified_enterprise()
    client, job = made(firm)
    path = path_of(job.document.token)
    assert path.exists() and job.expires_at - job.ready_at == timedelta(days=7)
    day = clock.now() + timedelta(days=7, minutes=1)

    with patch("django.utils.timezone.now", lambda: day):
        late = client.get(f"/me/export/{job.pk}/file/")
        sweep_deadlines()
        deliver_due()

    job.refresh_from_db()
    assert late.status_code in (302, 404)  # the session may be over too
    assert (job.state, job.document_id) == ("expired", None)
    assert not Document.objects.filter(purpose=f"accounts.export:{job.pk}").exists()


def test_a_file_erased_since_is_left_out_and_told():
    firm, _goods = party("canaryC")
    client, job = made(firm)
    Document.objects.filter(file_name="canaryC-licence.pdf").update(erased_at=clock.now())

    archive = opened(client, job)

    assert archive.read("files-erased-since.txt").decode().endswith("canaryC-licence.pdf")
    assert "canaryC-paper-body" not in everything(archive)


def test_parts_are_no_news_in_the_companys_log():
    firm = verified_enterprise()
    before = ChainHead.objects.filter(pk=firm.chain).values_list("seq", flat=True).first() or 0

    made(firm)

    assert ChainHead.objects.get(pk=firm.chain).seq == before + 2  # asked for, made


def test_a_request_is_refused_to_a_frozen_company():
    from kernel.refusals import Denied

    firm = verified_enterprise(state="frozen")
    with pytest.raises(Denied) as refused:
        request_export(actor=member_actor(firm), request_key=key())
    assert refused.value.code == "frozen"
    assert ExportJob.objects.count() == 0
