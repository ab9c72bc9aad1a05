"""Contacting customer service: open to everybody, counted, sealed, answered by mail."""

import secrets

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.utils import translation

from accounts.actors import Actor
from helpdesk import services
from helpdesk.models import Answer, ServiceRequest
from helpdesk.rules import PER_HOUR
from kernel.models import ChainLink, Fact
from kernel.refusals import Denied, IllegalMove, KeyReused, Refusal
from kernel.services import deliver_due
from tests.worlds import key, person, staff_actor, staff_user

ANSWER = "helpdesk.answer_request"


@pytest.fixture(autouse=True)
def _fresh_counters(db):
    cache.clear()
    translation.activate("zh-hans")


def typed(**changes):
    values = {
        "topic": "login", "name": "李四", "email": "lisi@example.com", "phone": "", "subject": "无法登录", "message": "验证码收不到。",
        "request_key": secrets.token_urlsafe(12),
    }  # fmt: skip
    return {**values, **changes}


def ask(actor=None, **changes):
    return services.make_request(actor=actor or Actor("person", ip="192.0.2.7"), language="zh-hans", **typed(**changes))


@pytest.mark.spec("H10")
def test_a_visitor_without_account_writes_and_gets_a_number(client):
    assert client.get("/help/contact/").status_code == 200

    answer = client.post("/help/contact/", typed(), follow=True)

    made = ServiceRequest.objects.get()
    assert answer.redirect_chain == [("/help/contact/sent/", 302)]
    assert made.no in answer.content.decode()
    assert (made.user_id, made.state, made.name, made.message) == (None, "open", "李四", "验证码收不到。")


@pytest.mark.spec("H10")
def test_help_and_contact_show_the_configured_phone_and_mailbox(client, settings):
    settings.BRAND = {**settings.BRAND, "hotline": "400-111-2222", "mailbox": "desk@brand.example"}

    for url in ("/help/", "/help/contact/", "/help/rules/"):
        page = client.get(url)
        assert page.status_code == 200
        assert "400-111-2222" in page.content.decode() and "desk@brand.example" in page.content.decode()
        assert page.content.decode().count("<h1") == 1


def test_the_form_knows_who_is_logged_in(client):
    user = person("wang@example.com", name="王五")
    client.force_login(user)

    assert client.get("/help/contact/").context["form"].initial["email"] == "wang@example.com"
    client.post("/help/contact/", typed())

    assert ServiceRequest.objects.get().user == user
    assert ChainLink.objects.get(fact__name="helpdesk.request_made").chain == f"person:{user.pk}"


def test_bad_input_loses_nothing_that_was_typed(client):
    hostile = [
        {"email": "no address"},
        {"subject": ""},
        {"phone": "call me"},
        {"topic": "hax"},
        {"subject": "\u202ea"},
        {"name": "\x00"},
    ]
    for wrong in [*hostile, {"email": "", "phone": ""}]:
        page = client.post("/help/contact/", typed(message="很长的话", **wrong))
        assert page.status_code == 422
        assert "很长的话" in page.content.decode()
    assert client.post("/help/contact/", typed(message="x" * 4001)).status_code == 422

    assert not ServiceRequest.objects.exists()


def test_a_subject_is_one_line_and_hides_nothing(client):
    client.post("/help/contact/", typed(subject="a\r\nBcc: b@c.de\u200b"))

    assert ServiceRequest.objects.get().subject == "a Bcc: b@c.de"


def test_the_number_page_shows_nothing_to_others(client):
    ask()

    assert client.get("/help/contact/sent/").status_code == 302


def test_a_flood_from_one_address_is_stopped_and_others_go_on(client):
    for n in range(PER_HOUR):
        assert client.post("/help/contact/", typed(subject=str(n))).status_code == 302
    refused = client.post("/help/contact/", typed())
    other = client.post("/help/contact/", typed(), REMOTE_ADDR="192.0.2.99")

    assert (refused.status_code, other.status_code) == (429, 302)
    assert "验证码收不到。" in refused.content.decode()
    assert ServiceRequest.objects.count() == PER_HOUR + 1


def test_the_same_form_sent_twice_is_one_request():
    key = secrets.token_urlsafe(12)

    assert ask(request_key=key) == ask(request_key=key)
    with pytest.raises(KeyReused):
        ask(request_key=key, message="别的")

    assert ServiceRequest.objects.count() == 1


def test_personal_words_are_sealed_and_stay_out_of_facts():
    ask()

    with connection.cursor() as cursor:
        cursor.execute("SELECT name || email || subject || message FROM helpdesk_servicerequest")
        [[raw]] = cursor.fetchall()
    assert not any(word in raw for word in ("李四", "lisi", "登录", "验证码"))
    fact = Fact.objects.get(name="helpdesk.request_made")
    assert set(fact.payload) == {"request_id", "no", "topic"}


def test_an_answer_is_mailed_once_and_kept():
    made = ask()
    actor, key = staff_actor(ANSWER), secrets.token_urlsafe(12)

    first = services.answer_request(made.pk, actor=actor, text="请查收垃圾邮件。", request_key=key)
    again = services.answer_request(made.pk, actor=actor, text="请查收垃圾邮件。", request_key=key)
    deliver_due()
    deliver_due()

    assert first == again and Answer.objects.count() == 1
    [sent] = mail.outbox
    assert sent.to == ["lisi@example.com"] and made.no in sent.subject
    assert "请查收垃圾邮件。" in sent.body and "验证码收不到。" in sent.body
    made.refresh_from_db()
    assert made.state == "answered"


def test_only_customer_service_answers_and_never_its_own_question():
    made = ask()
    clerk = staff_actor(ANSWER)
    own = ask(Actor("staff", clerk.user_id, staff_permissions=clerk.staff_permissions))

    for actor, request in [(Actor("person"), made), (staff_actor("accounts.view_enterprise"), made), (clerk, own)]:
        with pytest.raises(Denied):
            services.answer_request(request.pk, actor=actor, text="好", request_key=secrets.token_urlsafe(12))
        with pytest.raises(Denied):
            services.close_request(request.pk, actor=actor, request_key=key())
    with pytest.raises(Refusal) as empty:
        services.answer_request(made.pk, actor=clerk, text=" ", request_key=secrets.token_urlsafe(12))

    assert empty.value.code == "answer_empty"
    assert set(ServiceRequest.objects.values_list("state", flat=True)) == {"open"} and not Answer.objects.exists()


def test_a_closed_request_takes_no_answer():
    made, actor = ask(), staff_actor(ANSWER)
    services.close_request(made.pk, actor=actor, request_key=key())

    with pytest.raises(IllegalMove):
        services.answer_request(made.pk, actor=actor, text="好", request_key=secrets.token_urlsafe(12))
    with pytest.raises(IllegalMove):
        services.close_request(made.pk, actor=actor, request_key=key())

    assert not Answer.objects.exists()


def test_customer_service_works_its_queue_in_the_admin(client):
    made = ask()
    client.force_login(staff_user(ANSWER))
    url = f"/admin/helpdesk/servicerequest/{made.pk}/change/"

    queue = client.get("/admin/helpdesk/servicerequest/", follow=True)
    page = client.get(url)
    empty = client.post(url, {"text": "", "request_key": secrets.token_urlsafe(12)})
    sent = client.post(url, {"text": "已处理。", "request_key": secrets.token_urlsafe(12)})
    closed = client.post(url, {"close": "1", "request_key": key()})
    late = client.post(url, {"close": "1", "request_key": key()})

    assert queue.status_code == 200 and made.no in queue.content.decode()
    assert "验证码收不到。" in page.content.decode()
    assert (empty.status_code, sent.status_code, closed.status_code, late.status_code) == (422, 302, 302, 409)
    made.refresh_from_db()
    assert made.state == "closed" and made.answers.get().text == "已处理。"


def test_the_queue_is_closed_to_others(client):
    made = ask()
    url = f"/admin/helpdesk/servicerequest/{made.pk}/change/"
    for user in (person(), staff_user("accounts.view_enterprise")):
        client.force_login(user)
        assert client.get(url).status_code in (302, 403)
        assert client.post(url, {"close": "1", "request_key": key()}).status_code in (302, 403)
        assert client.get("/admin/helpdesk/servicerequest/").status_code in (302, 403)
    client.force_login(staff_user(ANSWER))
    assert client.get("/admin/helpdesk/servicerequest/99999999999999999999/change/").status_code == 404
    assert client.get("/admin/helpdesk/servicerequest/x/change/").status_code == 404

    made.refresh_from_db()
    assert made.state == "open"


def test_a_nul_anywhere_is_a_bad_request_and_not_an_error(client):
    answers = [client.get("/help/%00/"), client.get("/help/?q=%00"), client.get("/help/", HTTP_COOKIE='sessionid="\\000abcdefghij"')]

    assert [a.status_code for a in answers] == [400, 400, 400]
    assert all(a["X-Request-ID"] for a in answers)


def test_closing_and_answering_twice_with_one_form_is_done_once(client):
    made = ask()
    client.force_login(staff_user(ANSWER))
    url = f"/admin/helpdesk/servicerequest/{made.pk}/change/"
    answer, close = {"text": "已处理。", "request_key": key()}, {"close": "1", "request_key": key()}

    assert [client.post(url, typed).status_code for typed in (answer, answer, close, close, answer)] == [302] * 5
    assert client.post(url, {**answer, "text": "别的话。"}).status_code == 409

    assert Answer.objects.count() == 1
    assert Fact.objects.filter(name="helpdesk.request_closed").count() == 1
