"""The qualification desk and the staff's people: queue, decisions, papers, rights."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.urls import reverse

from accounts.models import Enterprise, User
from kernel.models import Deadline, Delivery, Fact
from tests.worlds import all_match, key, main_account, person, registered_enterprise, staff_user, sub_account, uscc, verified_enterprise

QUEUE = "/admin/accounts/enterprise/"


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)


def handed_in(name: str, n: int, **changes) -> Enterprise:
    return registered_enterprise(name=name, registration_no=uscc(900_000 + n), **changes)


def sign_in(client, *groups: str) -> User:
    user = staff_user()
    user.groups.add(*Group.objects.filter(name__in=groups))
    client.force_login(user)
    return user


def desk(enterprise) -> str:
    return reverse("admin:accounts_enterprise_change", args=[enterprise.pk])


def decide(client, enterprise, decision, **more):
    seen = client.get(desk(enterprise)).context["seen"]
    found = {f"verdict_{name}": "matches" for name in all_match(enterprise)} if decision == "approve" else {}
    return client.post(desk(enterprise), {"decision": decision, "seen": seen, "request_key": key(), **found, **more})


def test_every_group_exists_and_only_reviewers_review(db):
    names = ["account manager", "assessor", "auditor", "customer service", "finance", "legal", "mediator", "reviewer"]

    assert sorted(Group.objects.values_list("name", flat=True)) == names
    assert [g.name for g in Group.objects.filter(permissions__codename="review_enterprise")] == ["reviewer"]


@pytest.mark.spec("H04")
def test_queue_shows_the_breached_first_and_not_the_verified(client, db):
    verified = verified_enterprise("已认证公司")
    first, second = handed_in("先交公司", 1), handed_in("后交公司", 2)
    late = Deadline.objects.get(subject_type="accounts.enterprise", subject_id=str(second.pk))
    Deadline.objects.filter(pk=late.pk).update(started_at=late.started_at - timedelta(days=9), due_at=late.due_at - timedelta(days=9))
    sign_in(client, "reviewer")

    page = client.get(QUEUE)
    assert [row.name for row in page.context["cl"].result_list] == [second.name, first.name]
    assert page.content.decode().count('class="clock') == 2

    assert verified in client.get(QUEUE, {"stage": "all"}).context["cl"].result_list


@pytest.mark.spec("H04")
def test_reviewer_takes_up_and_approves_from_the_desk(client, db):
    firm = handed_in("待审公司", 3)
    reviewer = sign_in(client, "reviewer")
    page = client.get(desk(firm)).content.decode()
    assert firm.registration_no in page and "李四" in page and "licence.png" in page

    assert decide(client, firm, "take_up").status_code == 302
    firm.refresh_from_db()
    assert firm.state == "under_review"

    assert decide(client, firm, "approve").url == QUEUE
    firm.refresh_from_db()
    assert firm.state == "verified"
    assert Fact.objects.get(name="accounts.enterprise_approved").actor_user_id == reviewer.pk
    assert client.get(reverse("admin:accounts_enterprise_history", args=[firm.pk])).status_code == 200


@pytest.mark.spec("H04")
def test_sending_back_needs_a_reason_and_keeps_the_page(client, db):
    firm = handed_in("缺件公司", 4)
    sign_in(client, "reviewer")

    assert decide(client, firm, "reject", reason=" ").status_code == 422
    firm.refresh_from_db()
    assert firm.state == "submitted"

    assert decide(client, firm, "reject", reason="执照照片不清晰").status_code == 302
    firm.refresh_from_db()
    assert (firm.state, firm.rejection_reason) == ("rejected", "执照照片不清晰")


def test_decision_about_an_older_registration_is_refused(client, db):
    firm = handed_in("改过公司", 5)
    sign_in(client, "reviewer")

    page = client.post(desk(firm), {"decision": "approve", "seen": "2020-01-01T00:00:00+00:00", "request_key": key()})

    assert page.status_code == 422
    firm.refresh_from_db()
    assert firm.state == "submitted"


def test_reviewer_cannot_decide_on_the_own_company(client, db):
    firm = handed_in("自家公司", 6)
    owner = main_account(firm)
    User.objects.filter(pk=owner.pk).update(is_staff=True)
    owner.groups.add(Group.objects.get(name="reviewer"))
    client.force_login(User.objects.get(pk=owner.pk))

    assert decide(client, firm, "approve").status_code == 403
    firm.refresh_from_db()
    assert firm.state == "submitted"


@pytest.mark.parametrize("group", ["auditor", "finance", "mediator", "customer service"])
def test_others_look_but_do_not_decide(client, db, group):
    firm = handed_in("旁观公司", 7)
    sign_in(client, group)

    page = client.get(desk(firm))
    assert page.status_code == 200
    assert ('value="approve"' in page.content.decode(), "李四" in page.content.decode()) == (False, group == "customer service")
    assert decide(client, firm, "approve").status_code == 403
    firm.refresh_from_db()
    assert firm.state == "submitted"


@pytest.mark.spec("H54", thin=True)
def test_paper_opens_inline_and_the_opening_is_written_down(client, db):
    firm = handed_in("看件公司", 8)
    url = reverse("admin:accounts_enterprise_paper", args=[firm.papers.get(kind="licence").pk])
    reviewer = sign_in(client, "reviewer")

    page = client.get(url)

    assert (page.status_code, page["Content-Type"], page["Content-Disposition"][:6]) == (200, "image/png", "inline")
    assert Fact.objects.get(name="accounts.paper_viewed").actor_user_id == reviewer.pk


@pytest.mark.parametrize("group", ["finance", "auditor", "assessor"])
def test_paper_stays_closed_to_other_groups(client, db, group):
    firm = handed_in("密件公司", 9)
    sign_in(client, group)

    assert client.get(reverse("admin:accounts_enterprise_paper", args=[firm.papers.get(kind="licence").pk])).status_code == 403
    assert not Fact.objects.filter(name="accounts.paper_viewed").exists()


def test_desk_of_nothing_is_not_found_and_rows_are_never_added_or_deleted(admin_client, db):
    firm = verified_enterprise()

    assert admin_client.get(f"{QUEUE}999999/change/").status_code == 404
    assert admin_client.get(f"{QUEUE}x/change/").status_code == 404
    assert admin_client.post(f"{QUEUE}add/", {}).status_code == 403
    assert admin_client.post(f"{QUEUE}{firm.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Enterprise.objects.filter(pk=firm.pk).exists()


# ---------- people ----------


def person_page(user) -> str:
    return reverse("admin:accounts_user_change", args=[user.pk])


def test_administrator_makes_somebody_staff_and_takes_it_back(admin_client, db):
    user = person()

    assert (
        admin_client.post(person_page(user), {"act": "rights", "request_key": key(), "is_staff": "on", "groups": ["finance"]}).status_code
        == 302
    )
    user.refresh_from_db()
    assert (user.is_staff, [g.name for g in user.groups.all()]) == (True, ["finance"])

    assert admin_client.post(person_page(user), {"act": "rights", "request_key": key(), "groups": ["finance"]}).status_code == 302
    user.refresh_from_db()
    assert (user.is_staff, user.groups.count()) == (False, 0)
    assert Fact.objects.filter(name="accounts.staff_rights_set").count() == 2


def test_nobody_raises_their_own_rights_and_sub_accounts_are_no_staff(admin_client, admin_user, db):
    sub = sub_account(verified_enterprise(), "trade")

    assert admin_client.post(person_page(admin_user), {"act": "rights", "request_key": key()}).status_code == 422
    assert admin_client.post(person_page(sub), {"act": "rights", "request_key": key(), "is_staff": "on"}).status_code == 422
    admin_user.refresh_from_db(), sub.refresh_from_db()
    assert (admin_user.is_staff, sub.is_staff) == (True, False)


def test_customer_service_sends_a_reset_link_but_grants_nothing(client, db):
    user = person("forgot@example.com")
    sign_in(client, "customer service")

    assert client.post(person_page(user), {"act": "reset", "request_key": key()}).status_code == 302
    assert [m.to for m in mail.outbox] == [["forgot@example.com"]]
    assert client.post(person_page(user), {"act": "rights", "request_key": key(), "is_staff": "on"}).status_code == 403
    user.refresh_from_db()
    assert not user.is_staff


def test_people_are_closed_to_reviewers_and_no_link_goes_to_sub_accounts(client, admin_client, db):
    sub = sub_account(verified_enterprise(), "trade")

    assert admin_client.post(person_page(sub), {"act": "reset", "request_key": key()}).status_code == 422
    assert mail.outbox == []
    sign_in(client, "reviewer")
    assert client.get(person_page(sub)).status_code == 403
    assert client.get("/admin/accounts/user/").status_code == 403


# ---------- the engine room ----------


def test_auditors_read_facts_deliveries_and_deadlines_and_change_nothing(client, db):
    firm = handed_in("流水公司", 10)
    sign_in(client, "auditor")

    for model in ("fact", "delivery", "deadline", "calendarday"):
        assert client.get(f"/admin/kernel/{model}/").status_code == 200
        assert client.get(f"/admin/kernel/{model}/add/").status_code == 403
    found = client.get("/admin/kernel/fact/", {"q": f"accounts.enterprise:{firm.pk}"}).context["cl"].result_list
    assert [fact.name for fact in found] == ["accounts.enterprise_submitted"]
    assert client.get(f"/admin/kernel/fact/{found[0].pk}/change/").status_code == 200
    assert client.post(f"/admin/kernel/fact/{found[0].pk}/change/", {"name": "x"}).status_code == 403
    assert client.post("/admin/kernel/delivery/revival/").status_code == 403


def test_administrator_starts_failed_deliveries_again(admin_client, db):
    from kernel.clock import now

    handed_in("失败公司", 11)
    fact = Fact.objects.latest("pk")
    dead = Delivery.objects.create(fact=fact, handler="tests.nobody", due_at=now(), attempts=10, dead_at=now())

    assert "/admin/kernel/delivery/revival/" in admin_client.get("/admin/kernel/delivery/").content.decode()
    assert admin_client.get("/admin/kernel/delivery/revival/").status_code == 405
    assert admin_client.post("/admin/kernel/delivery/revival/").status_code == 302
    dead.refresh_from_db()
    assert (dead.dead_at, dead.attempts) == (None, 0)


def test_versions_of_a_company_are_told_in_words(client, db):
    firm = handed_in("版本公司", 12)
    sign_in(client, "reviewer")
    decide(client, firm, "approve")
    for language in ("zh-hans", "en"):
        client.cookies["django_language"] = language
        page = client.get(reverse("admin:accounts_enterprise_history", args=[firm.pk]))
        words = page.content.decode().split('id="content-main"')[1].split("</table>")[0]

        assert page.status_code == 200
        assert ("submitted → verified" in words, "已提交 → 已认证" in words) == (language == "en", language != "en")
        assert not any(code in words for code in ("+00:00", "None", "verified_at"))
