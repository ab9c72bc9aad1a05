"""Emergency freeze: asked for by anybody, decided at the desk, felt on every page, lifted by two with two proofs (H12-H14, P15, P37)."""

import io
from datetime import timedelta

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from accounts import services
from accounts.actors import Actor
from accounts.models import Enterprise, FreezeCase, FreezeProof, Membership, User
from accounts.services.freeze_reports import REPORTS_AN_HOUR
from kernel.clock import now, telling
from kernel.models import ChainLink, Deadline, Document
from kernel.refusals import Denied, IllegalMove, Refusal
from kernel.services import deliver_due, sweep_deadlines
from tests import worlds
from tests.worlds import key, main_account, person, staff_actor, staff_user, sub_account, verified_enterprise

pytestmark = pytest.mark.django_db
DESK = ("accounts.view_freezecase", "accounts.freeze_enterprise", "accounts.unfreeze_enterprise")
PASSWORD = "correct-horse-7"


@pytest.fixture(autouse=True)
def _fresh_counters(db):
    cache.clear()


def picture(name="proof.png"):
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(out, "PNG")
    return SimpleUploadedFile(name, out.getvalue())


def report(**changes):
    values = {
        "named": "示例纸业有限公司", "registration_no": "", "name": "王五", "role": "法定代表人", "phone": "13800000000", "email": "",
        "story": "密码被改，登录不了。", "request_key": key(), "licence": picture(), "legal_rep_id": picture("id.png"),
    }  # fmt: skip
    return {name: value for name, value in (values | changes).items() if value is not None}


def log_in(user) -> Client:
    client = Client()
    assert client.login(username=user.username, password=PASSWORD)
    worlds.reauthenticate(client)
    return client


def typed_in(user) -> Client:
    """Logged in through the page, as people do."""
    client = Client()
    assert client.post("/accounts/login/", {"login": user.email or user.username, "password": PASSWORD}).status_code == 302
    return client


def frozen(firm: Enterprise, actor=None) -> FreezeCase:
    case = FreezeCase.objects.create(no=key()[:12], named=firm.name, reported_at=now())
    desk = actor or staff_actor(*DESK)
    return services.freeze_reported(case.pk, enterprise_id=firm.pk, reason="证件核对一致", actor=desk, request_key=key())


def proofs_added(case: FreezeCase, actor) -> None:
    for kind in ("licence", "legal_rep_id"):
        services.add_proof(case.pk, kind=kind, upload=picture(f"{kind}.png"), actor=actor, request_key=key())


def lifted(case: FreezeCase) -> FreezeCase:
    first, second = staff_actor(*DESK), staff_actor(*DESK)
    proofs_added(case, first)
    services.propose_unfreeze(case.pk, actor=first, request_key=key())
    return services.lift_freeze(case.pk, actor=second, request_key=key())


# ---------- the report ----------


@pytest.mark.spec("H12")
def test_somebody_without_log_in_reports_with_two_proofs_and_gets_a_number(client):
    assert "/accounts/freeze/" in client.get("/accounts/login/").content.decode()
    assert "/accounts/freeze/" in client.get("/help/").content.decode()

    answer = client.post("/accounts/freeze/", report(), follow=True)

    case = FreezeCase.objects.get()
    assert answer.redirect_chain == [("/accounts/freeze/sent/", 302)] and case.no in answer.content.decode()
    assert (case.state, case.enterprise_id, case.named) == ("reported", None, "示例纸业有限公司")
    assert sorted(case.proofs.values_list("stage", "kind")) == [("freeze", "legal_rep_id"), ("freeze", "licence")]
    clock = Deadline.objects.get(policy="accounts.freeze_report")
    assert clock.due_at - clock.started_at == timedelta(hours=1)


@pytest.mark.spec("H12")
@pytest.mark.parametrize("missing", ["named", "name", "role", "story", "licence", "legal_rep_id", "phone"])
def test_every_part_of_a_report_is_asked_for_and_files_stay_kept(client, missing):
    answer = client.post("/accounts/freeze/", report(**{missing: None}))

    assert answer.status_code == 422 and FreezeCase.objects.count() == 0
    if missing not in ("licence", "legal_rep_id"):
        assert "proof.png" in answer.content.decode() and "id.png" in answer.content.decode()
        again = client.post("/accounts/freeze/", report(licence=None, legal_rep_id=None))
        assert again.status_code == 302 and FreezeProof.objects.count() == 2 and Document.objects.count() == 2


@pytest.mark.spec("H12")
def test_the_answer_is_the_same_whether_the_company_trades_here_or_not(django_assert_num_queries):
    firm = verified_enterprise("示例纸业有限公司")
    answers, costs = [], []
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for named, code in ((firm.name, firm.registration_no), ("不存在有限公司", "91440101MA00000000")):
        with CaptureQueriesContext(connection) as queries:
            answer = Client().post("/accounts/freeze/", report(named=named, registration_no=code))
        costs.append(len(queries))
        answers.append((answer.status_code, answer["Location"]))

    assert answers == [(302, "/accounts/freeze/sent/")] * 2 and costs[0] == costs[1]
    firm.refresh_from_db()
    assert firm.state == "verified"


def test_reports_from_one_network_are_limited(client):
    for _n in range(REPORTS_AN_HOUR):
        assert Client().post("/accounts/freeze/", report()).status_code == 302

    assert Client().post("/accounts/freeze/", report()).status_code == 429
    assert FreezeCase.objects.count() == REPORTS_AN_HOUR


def test_a_file_that_is_not_what_it_says_is_refused(client):
    answer = client.post("/accounts/freeze/", report(licence=SimpleUploadedFile("licence.pdf", b"MZ not a pdf")))

    assert answer.status_code == 422 and FreezeCase.objects.count() == 0


# ---------- the desk ----------


@pytest.mark.spec("H12")
@pytest.mark.spec("H14")
def test_customer_service_freezes_in_one_act_and_every_session_dies(client):
    firm = verified_enterprise("示例纸业有限公司")
    owner, sub = main_account(firm), sub_account(firm, "trade")
    browsers = [typed_in(owner), typed_in(owner), typed_in(sub)]
    assert [b.get("/me/").status_code for b in browsers] == [200, 200, 200]
    client.post("/accounts/freeze/", report(registration_no=firm.registration_no))
    case, desk = FreezeCase.objects.get(), Client()
    desk.force_login(staff_user(*DESK), backend="allauth.account.auth_backends.AuthenticationBackend")
    page = desk.get(f"/admin/accounts/freezecase/{case.pk}/change/")
    assert firm.registration_no in page.content.decode()

    form = {"step": "freeze", "enterprise": firm.pk, "reason": "证件核对一致", "request_key": key()}
    answer = desk.post(f"/admin/accounts/freezecase/{case.pk}/change/", form)

    assert answer.status_code == 302
    firm.refresh_from_db()
    case.refresh_from_db()
    assert (firm.state, case.state, case.enterprise_id) == ("frozen", "frozen", firm.pk)
    assert all(b.get("/me/")["Location"].startswith("/accounts/login/") for b in browsers)
    assert Deadline.objects.get(policy="accounts.freeze_report").met_at is not None
    fact = ChainLink.objects.get(chain=firm.chain, fact__name="accounts.enterprise_frozen").fact
    assert fact.payload["sessions_ended"] == 3 and fact.changes == {"state": ["verified", "frozen"]}


@pytest.mark.spec("H14")
def test_a_person_of_two_companies_keeps_the_session_and_sees_the_notice_for_the_frozen_one():
    owner = person()
    first, second = verified_enterprise(owner=owner), verified_enterprise(owner=owner)
    client = log_in(owner)

    frozen(first)

    assert client.get("/me/").status_code == 403
    assert second.name in client.get("/me/").content.decode()
    client.post("/me/enterprise/", {"enterprise": second.pk})
    assert client.get("/me/").status_code == 200


@pytest.mark.spec("H14")
def test_after_logging_in_again_every_page_is_the_notice_with_case_clocks_and_orders():
    order, _buyer, seller, _listing = worlds.credit_trade()
    case = frozen(seller)
    owner, sub = log_in(main_account(seller)), log_in(sub_account(seller, "trade", "company"))

    for path in (
        "/me/",
        "/me/orders/",
        f"/me/orders/{order.no}/",
        "/shop/goods/",
        "/me/company/",
        "/me/inbox/",
        "/accounts/password/change/",
    ):
        page = owner.get(path)
        assert page.status_code == 403 and case.no in page.content.decode() and order.no in page.content.decode(), path
        assert page.content.decode().count("<h1") == 1
    plain = sub.get("/me/").content.decode()
    assert case.no in plain and order.no not in plain
    assert owner.get("/help/contact/").status_code == 200 and owner.get("/market/").status_code == 200


@pytest.mark.spec("H14")
def test_an_actor_read_before_the_freeze_does_nothing_after_it():
    from orders.services import propose_order, ship_goods

    order, buyer, seller, _listing = worlds.credit_trade()
    before = worlds.member_actor(seller)
    frozen(seller)

    with pytest.raises(Denied) as refused:
        ship_goods(order.no, actor=before, carrier="sf", carrier_name="", waybill_no="SF1385628716739", request_key=key())
    with pytest.raises(Refusal):
        propose_order(buyer.pk, actor=before, lines=[], top_up=None, note="", request_key=key())

    assert refused.value.code == "frozen"
    order.refresh_from_db()
    assert order.state == "funded"


def test_a_report_is_dismissed_only_with_a_reason_and_by_those_who_may():
    case, desk = FreezeCase.objects.create(no="FZ-X", named="x", reported_at=now()), staff_actor(*DESK)

    for actor in (staff_actor(), worlds.member_actor(verified_enterprise())):
        with pytest.raises(Denied):
            services.dismiss_report(case.pk, reason="r", actor=actor, request_key=key())
    with pytest.raises(Refusal):
        services.dismiss_report(case.pk, reason=" ", actor=desk, request_key=key())
    services.dismiss_report(case.pk, reason="恶作剧", actor=desk, request_key=key())

    case.refresh_from_db()
    assert (case.state, case.reason) == ("dismissed", "恶作剧")


def test_nobody_freezes_or_unfreezes_a_company_they_belong_to():
    firm, desk = verified_enterprise(), staff_actor(*DESK)
    Membership.objects.create(user_id=desk.user_id, enterprise=firm, created_at=now(), ended_at=now())

    with pytest.raises(Denied) as refused:
        frozen(firm, actor=desk)
    case = frozen(firm)
    with pytest.raises(Denied):
        proofs_added(case, desk)

    assert refused.value.code == "own_enterprise"
    firm.refresh_from_db()
    assert firm.state == "frozen" and case.proofs.count() == 0


@pytest.mark.spec("H12")
def test_the_main_account_freezes_its_own_company_and_is_logged_out():
    firm = verified_enterprise()
    owner = log_in(main_account(firm))
    assert "/me/security/freeze/" in owner.get("/accounts/freeze/").content.decode()

    answer = owner.post("/me/security/freeze/", {"reason": "手机丢了", "request_key": key()}, follow=True)

    firm.refresh_from_db()
    case = FreezeCase.objects.get(enterprise=firm)
    assert (firm.state, case.state, case.frozen_by_id) == ("frozen", "frozen", main_account(firm).pk)
    assert case.no in answer.content.decode() and "_auth_user_id" not in owner.session


def test_freezing_one_s_own_company_asks_for_the_password_again_and_is_for_the_main_account_only():
    firm = verified_enterprise()
    sub, stale = log_in(sub_account(firm, "team", "company")), Client()
    stale.force_login(main_account(firm), backend="allauth.account.auth_backends.AuthenticationBackend")

    assert sub.post("/me/security/freeze/", {"reason": "r", "request_key": key()}).status_code == 403
    asked = stale.post("/me/security/freeze/", {"reason": "r", "request_key": key()})

    assert asked.status_code == 302 and "reauthenticate" in asked["Location"]
    firm.refresh_from_db()
    assert firm.state == "verified"


# ---------- lifting ----------


@pytest.mark.spec("H13")
def test_unfreezing_needs_both_proofs_and_a_second_person():
    firm = verified_enterprise()
    case, first, second = frozen(firm), staff_actor(*DESK), staff_actor(*DESK)

    with pytest.raises(Refusal) as missing:
        services.propose_unfreeze(case.pk, actor=first, request_key=key())
    services.add_proof(case.pk, kind="licence", upload=picture(), actor=first, request_key=key())
    with pytest.raises(Refusal):
        services.propose_unfreeze(case.pk, actor=first, request_key=key())
    services.add_proof(case.pk, kind="legal_rep_id", upload=picture(), actor=first, request_key=key())
    with pytest.raises(IllegalMove):
        services.lift_freeze(case.pk, actor=second, request_key=key())
    services.propose_unfreeze(case.pk, actor=first, request_key=key())
    with pytest.raises(Denied) as own:
        services.lift_freeze(case.pk, actor=first, request_key=key())
    assert Enterprise.objects.get(pk=firm.pk).state == "frozen"
    services.lift_freeze(case.pk, actor=second, request_key=key())

    assert (missing.value.code, own.value.code) == ("proofs_missing", "own_proposal")
    case.refresh_from_db()
    assert Enterprise.objects.get(pk=firm.pk).state == "verified"
    assert (case.state, case.unfreeze_proposed_by_id, case.closed_by_id) == ("lifted", first.user_id, second.user_id)


@pytest.mark.spec("H13")
def test_a_superuser_does_not_approve_their_own_proposal():
    case = frozen(verified_enterprise())
    root = staff_user()
    User.objects.filter(pk=root.pk).update(is_superuser=True)
    from accounts.queries import actor_for

    actor = actor_for(User.objects.get(pk=root.pk))
    proofs_added(case, actor)
    services.propose_unfreeze(case.pk, actor=actor, request_key=key())

    with pytest.raises(Denied):
        services.lift_freeze(case.pk, actor=actor, request_key=key())

    assert FreezeCase.objects.get(pk=case.pk).state == "unfreeze_proposed"


@pytest.mark.spec("H13")
def test_after_the_freeze_the_old_password_opens_nothing_and_a_link_sets_a_new_one():
    firm = verified_enterprise()
    owner, case, desk = main_account(firm), frozen(firm), Client()
    first = staff_actor(*DESK)
    proofs_added(case, first)
    services.propose_unfreeze(case.pk, actor=first, request_key=key())
    desk.force_login(staff_user(*DESK), backend="allauth.account.auth_backends.AuthenticationBackend")
    mail.outbox.clear()

    answer = desk.post(f"/admin/accounts/freezecase/{case.pk}/change/", {"step": "lift", "request_key": key()})

    assert answer.status_code == 302
    assert not Client().login(username=owner.username, password=PASSWORD)
    assert [m.to for m in mail.outbox] == [[owner.email]] and "/accounts/password/reset/key/" in mail.outbox[0].body


def test_a_colleague_can_keep_it_frozen():
    firm = verified_enterprise()
    case, first, second = frozen(firm), staff_actor(*DESK), staff_actor(*DESK)
    proofs_added(case, first)
    services.propose_unfreeze(case.pk, actor=first, request_key=key())

    services.keep_frozen(case.pk, reason="身份证过期", actor=second, request_key=key())

    case.refresh_from_db()
    assert (case.state, case.unfreeze_proposed_by_id) == ("frozen", None)
    assert Enterprise.objects.get(pk=firm.pk).state == "frozen"


def test_opening_a_proof_stands_on_the_company_s_chain():
    firm = verified_enterprise()
    case, desk = frozen(firm), staff_actor(*DESK)
    proofs_added(case, desk)
    proof = case.proofs.first()

    services.view_proof(proof.pk, actor=desk)
    with pytest.raises(Refusal):
        services.view_proof(proof.pk, actor=worlds.member_actor(firm))

    seen = ChainLink.objects.filter(chain=firm.chain, fact__name="accounts.freeze_proof_viewed")
    assert [link.fact.actor_user_id for link in seen] == [desk.user_id]


def test_an_hour_without_a_look_is_told_to_the_desk():
    desk = staff_user("accounts.freeze_enterprise")
    proofs = {kind: services.keep_proof(picture(), actor=Actor("person")).token for kind in ("licence", "legal_rep_id")}
    given = {"contact": {"name": "王五", "phone": "13800000000"}, "story": "x", "proofs": proofs, "request_key": key()}
    services.report_freeze(actor=Actor("person"), named="x", registration_no="", **given)
    with telling(now() + timedelta(minutes=61)):
        sweep_deadlines()
        deliver_due()

    from messaging.models import Notice

    told = list(Notice.objects.filter(recipient=desk).order_by("pk").values_list("fact__name", flat=True))
    assert told == ["accounts.freeze_reported", "kernel.deadline_passed"]
