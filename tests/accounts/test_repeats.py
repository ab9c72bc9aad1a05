"""The same form sent again: one act, one fact, the first answer; with other values under its key it is refused (P6)."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Enterprise, User
from accounts.services import end_sub_account, set_boxes, set_sub_account_password
from kernel.models import Fact
from kernel.refusals import KeyReused
from tests.worlds import all_match, key, member_actor, person, staff_user, sub_account, verified_enterprise

pytestmark = pytest.mark.django_db
REVIEWER = ("accounts.review_enterprise", "accounts.view_enterprise", "accounts.view_qualificationdocument")


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def facts(name: str) -> int:
    return Fact.objects.filter(name=f"accounts.{name}").count()


def waiting() -> Enterprise:
    from kernel.services import start_deadline

    firm = verified_enterprise()
    Enterprise.objects.filter(pk=firm.pk).update(state="submitted")
    start_deadline("accounts.review", firm, chains=[firm.chain])
    return Enterprise.objects.get(pk=firm.pk)


def compared(firm: Enterprise) -> dict[str, str]:
    return {f"verdict_{name}": "matches" for name in all_match(firm)}


@pytest.mark.spec("H04")
@pytest.mark.parametrize(
    ("decision", "state", "fact"),
    [("take_up", "under_review", "taken_up"), ("approve", "verified", "approved"), ("reject", "rejected", "rejected")],
)
def test_a_review_decided_twice_with_one_form_is_decided_once(decision, state, fact):
    firm, desk = waiting(), signed_in(staff_user(*REVIEWER))
    url = reverse("admin:accounts_enterprise_change", args=[firm.pk])
    typed = {
        "decision": decision,
        "reason": "执照照片看不清",
        "seen": desk.get(url).context["seen"],
        "request_key": key(),
        **compared(firm),
    }

    first, again = desk.post(url, typed), desk.post(url, typed)
    other = desk.post(url, {**typed, "seen": "2020-01-01T00:00:00+00:00"})

    assert (first.status_code, again.status_code, other.status_code) == (302, 302, 409)
    assert first["Location"] == again["Location"]
    assert (Enterprise.objects.get(pk=firm.pk).state, facts(f"enterprise_{fact}")) == (state, 1)


def test_the_forms_of_one_page_do_not_stand_in_each_others_way():
    firm, desk = waiting(), signed_in(staff_user(*REVIEWER))
    url = reverse("admin:accounts_enterprise_change", args=[firm.pk])
    page = desk.get(url)
    assert [page.content.decode().count(f'value="{page.context["key"]}-{act}"') for act in ("take_up", "approve", "reject")] == [1, 1, 1]

    for act in ("take_up", "approve"):
        sent = desk.post(
            url, {"decision": act, "seen": page.context["seen"], "request_key": f"{page.context['key']}-{act}", **compared(firm)}
        )
        assert sent.status_code == 302

    assert Enterprise.objects.get(pk=firm.pk).state == "verified"


def test_two_reviewers_at_one_desk_decide_once_and_the_second_is_told():
    firm, one, two = waiting(), signed_in(staff_user(*REVIEWER)), signed_in(staff_user(*REVIEWER))
    url = reverse("admin:accounts_enterprise_change", args=[firm.pk])
    seen = one.get(url).context["seen"]
    one.post(url, {"decision": "approve", "seen": seen, "request_key": key(), **compared(firm)})

    late = two.post(url, {"decision": "reject", "reason": "不清晰", "seen": seen, "request_key": key()})

    assert late.status_code in (409, 422)
    assert (Enterprise.objects.get(pk=firm.pk).state, facts("enterprise_rejected")) == ("verified", 0)


@pytest.mark.spec("H16")
def test_boxes_set_again_late_do_not_undo_what_came_between():
    firm = verified_enterprise()
    owner, place = member_actor(firm), sub_account(firm, "trade").memberships.get()
    early = key()
    set_boxes(place.pk, boxes=["ship"], actor=owner, request_key=early)
    set_boxes(place.pk, boxes=["finance"], actor=owner, request_key=key())

    set_boxes(place.pk, boxes=["ship"], actor=owner, request_key=early)  # the browser of the first one tries again

    held = set(place.user.enterpriseuserobjectpermission_set.values_list("permission__codename", flat=True))
    assert (held, facts("boxes_changed")) == ({"finance"}, 2)
    with pytest.raises(KeyReused):
        set_boxes(place.pk, boxes=["trade"], actor=owner, request_key=early)


def test_a_password_set_again_is_set_once_and_another_is_refused():
    firm = verified_enterprise()
    owner, place, once = member_actor(firm), sub_account(firm, "trade").memberships.get(), key()
    set_sub_account_password(place.pk, password="another-horse-8", actor=owner, request_key=once)

    set_sub_account_password(place.pk, password="another-horse-8", actor=owner, request_key=once)
    with pytest.raises(KeyReused):
        set_sub_account_password(place.pk, password="a-third-horse-7", actor=owner, request_key=once)

    assert facts("sub_account_password_set") == 1
    assert User.objects.get(pk=place.user_id).check_password("another-horse-8")


def test_a_sub_account_ended_twice_is_ended_once():
    firm = verified_enterprise()
    owner, place, once = member_actor(firm), sub_account(firm, "trade").memberships.get(), key()

    first = end_sub_account(place.pk, actor=owner, request_key=once)
    again = end_sub_account(place.pk, actor=owner, request_key=once)

    assert (first.pk, facts("sub_account_ended")) == (again.pk, 1)


def test_a_reset_link_asked_for_twice_is_mailed_once(mailoutbox):
    somebody, desk = person("forgot@example.com"), signed_in(staff_user("accounts.view_user"))
    url = reverse("admin:accounts_user_change", args=[somebody.pk])
    typed = {"act": "reset", "request_key": key()}

    assert [desk.post(url, typed).status_code for _ in range(2)] == [302, 302]

    assert ([mail.to for mail in mailoutbox], facts("reset_link_sent")) == ([["forgot@example.com"]], 1)


def test_choosing_the_company_one_acts_for_already_is_no_act():
    firm = verified_enterprise()
    second = verified_enterprise(owner=firm.memberships.get().user)
    client = signed_in(firm.memberships.get().user)

    for _ in range(2):
        assert client.post("/me/enterprise/", {"enterprise": second.pk}).status_code == 302

    assert facts("enterprise_switched") == 1


def test_staff_change_their_password_where_everybody_does(admin_client):
    for answer in (admin_client.get("/admin/password_change/"), admin_client.post("/admin/password_change/", {"new_password1": "x"})):
        assert (answer.status_code, answer["Location"]) == (302, reverse("account_change_password"))
