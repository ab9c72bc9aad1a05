"""Notices: once a fact and reader, in the reader's language, mailed by a delivery of their own."""

import pytest
from django.core import mail
from django.utils import translation

from accounts.facts import EnterpriseApproved, EnterpriseRejected
from kernel.clock import now
from kernel.facts import HANDLERS
from kernel.models import Delivery, Fact
from kernel.refusals import NotFound
from kernel.services import deliver_due, record
from kernel.timer import TIMER
from messaging import queries, services
from messaging.models import Notice
from tests.races import race
from tests.worlds import main_account, member_actor, person, staff_user, sub_account, verified_enterprise

MSGID = "Your company is verified. You can now list goods and trade."


def a_fact(enterprise) -> Fact:
    """Some fact; what follows from it by itself is not the matter here."""
    fact = record(EnterpriseApproved(enterprise_id=enterprise.pk), actor=TIMER, subject=enterprise, chains=[enterprise.chain])
    Delivery.objects.all().delete()
    return fact


def tell(user, fact, **changes):
    return services.notify_person(user.pk, **{"msgid": MSGID, "params": {}, "url": "/me/", "fact": fact, **changes})


@pytest.mark.django_db
def test_one_notice_a_fact_reader_and_sentence():
    firm = verified_enterprise()
    fact = a_fact(firm)

    again = [tell(main_account(firm), fact).pk for _ in range(3)]
    tell(main_account(firm), fact, msgid="Something else.")
    tell(person(), fact)

    assert len(set(again)) == 1
    assert Notice.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_eight_tellers_at_once_make_one_notice():
    firm = verified_enterprise()
    user, fact = main_account(firm), a_fact(firm)

    results = race([lambda: tell(user, fact).pk for _ in range(8)])

    assert len(set(results)) == 1
    assert Notice.objects.count() == Fact.objects.filter(name="messaging.notice_made").count() == 1


@pytest.mark.django_db
def test_an_enterprise_is_told_through_its_main_account_and_holders_of_the_box():
    firm, other = verified_enterprise(), verified_enterprise()
    trader, shipper, gone = sub_account(firm, "trade"), sub_account(firm, "ship"), sub_account(firm, "trade")
    gone.memberships.update(ended_at=now())
    sub_account(other, "trade")
    fact = a_fact(firm)

    told = services.notify_enterprise(firm.pk, msgid=MSGID, params={}, url="/me/", fact=fact, box="trade")

    assert {n.recipient_id for n in told} == {main_account(firm).pk, trader.pk}
    assert not Notice.objects.filter(recipient__in=[shipper, gone, main_account(other)]).exists()


@pytest.mark.django_db
def test_a_notice_leads_to_this_site_only_and_needs_all_its_values():
    firm = verified_enterprise()
    user, fact = main_account(firm), a_fact(firm)

    for url in ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", ""):
        with pytest.raises(ValueError, match="path of this site"):
            tell(user, fact, url=url)
    with pytest.raises(KeyError):
        tell(user, fact, msgid="Order %(no)s was confirmed.")

    assert not Notice.objects.exists()


@pytest.mark.django_db
@pytest.mark.spec("M44", thin=True)
def test_approval_reaches_inbox_and_mail_in_the_readers_language():
    firm = verified_enterprise()
    user = main_account(firm)
    user.language = "en"
    user.save(update_fields=["language"])
    record(EnterpriseApproved(enterprise_id=firm.pk), actor=TIMER, subject=firm, chains=[firm.chain])

    deliver_due()

    notice = Notice.objects.get(recipient=user)
    with translation.override("en"):
        assert notice.text == MSGID
        assert notice.url == "/me/company/"
    [sent] = mail.outbox
    assert (sent.to, sent.subject) == ([user.email], MSGID)
    assert "http://127.0.0.1:8000/me/company/" in sent.body
    assert sent.extra_headers["Message-ID"] == f"<notice-{notice.pk}@evenhand.example>"


@pytest.mark.django_db
def test_a_rejection_names_no_reason_in_mail():
    firm = verified_enterprise(rejection_reason="王五的身份证看不清")
    record(EnterpriseRejected(enterprise_id=firm.pk), actor=TIMER, subject=firm, chains=[firm.chain])

    deliver_due()

    assert len(mail.outbox) == 1
    assert "王五" not in mail.outbox[0].body + mail.outbox[0].subject


@pytest.mark.django_db
def test_a_dead_mail_server_delays_the_mail_and_loses_no_notice(settings):
    firm = verified_enterprise()
    tell(main_account(firm), a_fact(firm))
    settings.EMAIL_BACKEND = "tests.messaging.test_notices.DeadServer"

    deliver_due()
    failed = Delivery.objects.get(handler="messaging.handlers.send_mail_for_notice")
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    Delivery.objects.filter(pk=failed.pk).update(due_at=failed.fact.at)
    deliver_due()
    deliver_due()

    assert (failed.attempts, failed.done_at) == (1, None)
    assert len(mail.outbox) == 1
    assert Notice.objects.count() == 1


class DeadServer:
    def __init__(self, *args, **kwargs):
        raise ConnectionRefusedError


@pytest.mark.django_db
def test_subjects_are_one_short_line_and_people_without_address_get_no_mail():
    firm = verified_enterprise()
    fact = a_fact(firm)
    tell(main_account(firm), fact, msgid="%(x)s", params={"x": "one\r\nBcc: all@example.com " + "x" * 200})
    tell(sub_account(firm), fact)

    deliver_due()

    [sent] = mail.outbox
    assert "\n" not in sent.subject and "\r" not in sent.subject and len(sent.subject) == 120
    assert sent.recipients() == [main_account(firm).email]


@pytest.mark.django_db
def test_inbox_pages_by_keyset_newest_first(client):
    firm = verified_enterprise()
    user = main_account(firm)
    for n in range(queries.PAGE + 3):
        tell(user, a_fact(firm), msgid="Order %(n)s moved.", params={"n": n})
    client.force_login(user)
    client.cookies["django_language"] = "en"

    first = client.get("/me/inbox/")
    second = client.get(first.context["next_url"])

    assert "33 unread notices" in first.content.decode()
    assert [n.params["n"] for n in first.context["notices"]] == list(range(32, 2, -1))
    assert [n.params["n"] for n in second.context["notices"]] == [2, 1, 0]
    assert not second.context["next_url"]


@pytest.mark.django_db
def test_inbox_queries_do_not_grow_with_its_rows(client, django_assert_max_num_queries):
    firm = verified_enterprise()
    user = main_account(firm)
    for _ in range(25):
        tell(user, a_fact(firm))
    client.force_login(user)

    with django_assert_max_num_queries(15):
        assert client.get("/me/inbox/").status_code == 200


@pytest.mark.django_db
def test_opening_marks_read_once_and_goes_there(client):
    firm = verified_enterprise()
    notice = tell(main_account(firm), a_fact(firm), url="/me/orders/?tab=open")
    client.force_login(main_account(firm))

    answer = client.get(f"/me/inbox/{notice.pk}/")
    notice.refresh_from_db()
    first = notice.read_at
    client.get(f"/me/inbox/{notice.pk}/")
    notice.refresh_from_db()

    assert (answer.status_code, answer["Location"]) == (302, "/me/orders/?tab=open")
    assert notice.read_at == first is not None


@pytest.mark.django_db
def test_other_peoples_notices_do_not_exist(client):
    firm, thief = verified_enterprise(), person()
    notice = tell(main_account(firm), a_fact(firm), msgid="CANARY-7f3a")
    client.force_login(thief)

    assert client.get(f"/me/inbox/{notice.pk}/").status_code == 404
    assert client.get("/me/inbox/99999999999999999999/").status_code == 404
    client.post("/me/inbox/read/", {"until": notice.pk})
    assert b"CANARY" not in client.get("/me/inbox/").content
    assert client.get(f"/me/inbox/?before={notice.pk + 5}").status_code == 200

    notice.refresh_from_db()
    assert notice.read_at is None


@pytest.mark.django_db
def test_strangers_are_sent_to_log_in_and_hostile_paging_is_ignored(client):
    assert client.get("/me/inbox/").status_code == 302
    client.force_login(person())
    for before in ("", "x", "-1", "٣", "9" * 18, "9" * 40, "1e309"):
        assert client.get("/me/inbox/", {"before": before}).status_code == 200
    assert client.get("/me/inbox/read/").status_code == 405


@pytest.mark.django_db
def test_mark_all_read_leaves_others_alone(client):
    firm = verified_enterprise()
    user, other = main_account(firm), sub_account(firm)
    fact = a_fact(firm)
    tell(user, fact), tell(user, fact, msgid="Two."), tell(other, fact)
    client.force_login(user)
    newest = client.get("/me/inbox/").context["newest"]

    assert client.post("/me/inbox/read/", {"until": newest}).status_code == 302

    assert queries.unread_count(member_actor(firm)) == 0
    assert queries.unread_count(member_actor(firm, other)) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("until", ["", "x", "-1", "٣", "9" * 40])
def test_a_strange_mark_reads_nothing(client, until):
    firm = verified_enterprise()
    tell(main_account(firm), a_fact(firm))
    client.force_login(main_account(firm))

    assert client.post("/me/inbox/read/", {"until": until}).status_code == 302

    assert queries.unread_count(member_actor(firm)) == 1


@pytest.mark.django_db
def test_the_same_form_sent_again_reads_nothing_that_came_later(client):
    firm = verified_enterprise()
    user, fact = main_account(firm), a_fact(firm)
    tell(user, fact)
    client.force_login(user)
    seen = {"until": client.get("/me/inbox/").context["newest"]}
    client.post("/me/inbox/read/", seen)
    tell(user, fact, msgid="Two.")

    client.post("/me/inbox/read/", seen)

    assert queries.unread_count(member_actor(firm)) == 1


@pytest.mark.django_db
def test_staff_are_told_by_permission():
    reviewer, clerk = staff_user("accounts.review_enterprise"), staff_user("accounts.view_enterprise")

    assert queries.staff_with("accounts.review_enterprise") == [reviewer.pk]
    assert clerk.pk not in queries.staff_with("accounts.review_enterprise")


@pytest.mark.django_db
def test_nobody_opens_notices_anonymously():
    from accounts.actors import Actor

    with pytest.raises(NotFound):
        services.open_notice(1, actor=Actor("person"))


def test_mail_is_a_handler_of_its_own():
    assert list(HANDLERS["messaging.notice_made"]) == ["messaging.handlers.send_mail_for_notice"]
