"""The kernel's desks: the calendar changes by a fact, the rest is to look at, and all of it is in the reader's language."""

import re
from datetime import date, timedelta

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from accounts.models import User
from kernel.clock import now
from kernel.desks import Desk
from kernel.models import CalendarDay, ChainHead, Deadline, Delivery, Fact, RequestKey
from kernel.refusals import Refusal
from kernel.services import claim_key, keep_chain_heads, remove_calendar_day, set_calendar_day, start_deadline
from kernel.timer import COMMAND, TIMER
from tests import worlds

pytestmark = pytest.mark.django_db
DAY = date(2031, 5, 1)


def root() -> tuple[Client, User]:
    user = worlds.staff_user()
    User.objects.filter(pk=user.pk).update(is_superuser=True)
    client = Client(headers={"accept-language": "zh-hans"})
    client.force_login(User.objects.get(pk=user.pk))
    return client, user


def newest() -> Fact:
    return Fact.objects.order_by("-pk").first()


def test_a_day_is_added_changed_and_removed_by_facts_that_say_before_and_after():
    client, user = root()
    add, change = reverse("admin:kernel_calendarday_add"), reverse("admin:kernel_calendarday_change", args=[DAY])

    answers = [
        client.post(add, {"day": DAY.isoformat(), "name": "劳动节", "provisional": "on"}),
        client.post(change, {"name": "劳动节", "working": "on"}),
    ]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert CalendarDay.objects.filter(day=DAY, working=True, provisional=False).exists()
    fact = newest()
    assert (fact.name, fact.actor_user_id, fact.actor_kind, fact.subject_id) == ("kernel.calendar_day_set", user.pk, "staff", "2031-05-01")
    assert fact.changes == {"working": [False, True], "provisional": [True, False]}

    client.post(change, {"name": "劳动节", "working": "on"})
    assert newest() == fact  # nothing changed, nothing said
    client.post(reverse("admin:kernel_calendarday_delete", args=[DAY]), {"post": "yes"})
    assert not CalendarDay.objects.filter(day=DAY).exists()
    assert newest().name == "kernel.calendar_day_removed"


def test_a_changed_calendar_moves_no_clock_that_people_were_told_of():
    firm = worlds.verified_enterprise()
    running = start_deadline("accounts.review", firm, chains=[firm.chain])

    for ahead in range(10):
        set_calendar_day((now() + timedelta(days=ahead)).date(), working=False, name="", provisional=False, actor=COMMAND)
        assert Deadline.objects.get(pk=running.pk).due_at == running.due_at
    assert not remove_calendar_day(DAY, actor=COMMAND)


def test_staff_without_the_permission_change_no_day():
    client = Client()
    client.force_login(worlds.staff_user("kernel.view_calendarday"))
    before = Fact.objects.count()

    answer = client.post(reverse("admin:kernel_calendarday_add"), {"day": DAY.isoformat(), "name": "x"})

    assert answer.status_code == 403
    assert not CalendarDay.objects.filter(day=DAY).exists()
    assert Fact.objects.count() == before


def rows():
    """One row of each desk of the kernel."""
    firm = worlds.verified_enterprise()
    set_calendar_day(DAY, working=False, name="劳动节", provisional=True, actor=COMMAND)
    start_deadline("accounts.review", firm, chains=[firm.chain])
    claim_key("some-key-1", verb="orders.propose", actor=COMMAND, inputs={})
    keep_chain_heads(actor=TIMER)
    fact = newest()
    delivery = Delivery.objects.create(fact=fact, handler="orders.handlers.print_paper", due_at=now(), attempts=3, error="Timeout")
    found = [fact, delivery, ChainHead.objects.get(pk="platform"), newest()]
    return [*found, *(model.objects.order_by("-pk").first() for model in (Deadline, RequestKey, CalendarDay))]


def words(html: str) -> list[str]:
    """Headings of columns, names of fields and titles, without the tags in them."""
    main = html[html.index('<div id="content"') :] if '<div id="content"' in html else html
    found = re.findall(r"<th[^>]*>(.*?)</th>|<label[^>]*>(.*?)</label>|<h[12][^>]*>(.*?)</h[12]>|<summary[^>]*>(.*?)</summary>", main, re.S)
    return [re.sub(r"<[^>]+>|\s+", " ", "".join(group)).strip() for group in found]


def test_every_kernel_desk_is_chinese_in_its_headings_fields_and_titles():
    client, _user = root()
    english = []

    for row in rows():
        name = f"admin:kernel_{row._meta.model_name}"
        every = "?progress=all" if isinstance(row, (Delivery, Deadline)) else ""
        for url in (reverse(name + "_changelist") + every, reverse(name + "_change", args=[row.pk])):
            answer = client.get(url)
            assert answer.status_code == 200, url
            shown = [w for w in words(answer.content.decode()) if re.search("[A-Za-z]{2,}", w) and not re.search("[一-鿿]", w)]
            english += [f"{url}: {w}" for w in shown]

    assert english == []


def test_what_happened_is_said_in_words_and_can_be_searched_as_it_is_shown():
    client, _user = root()
    set_calendar_day(DAY, working=False, name="劳动节", provisional=True, actor=COMMAND)

    page = client.get(reverse("admin:kernel_fact_changelist")).content.decode()
    assert "工作日历已变更" in page
    assert "日历日:2031-05-01" in page
    assert "运维命令" in page
    found = client.get(reverse("admin:kernel_fact_changelist"), {"q": "日历日:2031-05-01"}).content.decode()
    assert "日历日:2031-05-01" in found
    detail = client.get(reverse("admin:kernel_fact_change", args=[newest().pk])).content.decode()
    assert "节假日:  → 劳动节" in detail
    assert "平台" in detail


def test_nothing_but_the_calendar_can_be_typed_over(rf):
    request = rf.get("/")
    _client, user = root()
    request.user = User.objects.get(pk=user.pk)

    for model in (Fact, Delivery, Deadline, ChainHead, RequestKey):
        desk = admin.site._registry[model]
        assert not (desk.has_add_permission(request) or desk.has_change_permission(request) or desk.has_delete_permission(request))
        assert desk.has_view_permission(request)


class Form:
    def __init__(self, valid=True):
        self.valid, self.cleaned_data, self.errors = valid, {"reason": "late"}, []

    def is_valid(self):
        return self.valid

    def add_error(self, field, text):
        self.errors.append((field, text))


def test_a_desk_answers_with_the_result_or_puts_the_refusal_on_the_form(rf):
    desk, said = Desk(Fact, admin.site), []

    def act(*, reason):
        said.append(reason)
        if len(said) > 1:
            raise Refusal("too_late", "Too late.")
        return "done"

    form = Form()
    assert desk.decide(form, act) == ("done", 200)
    assert desk.decide(form, act) == (None, 422)
    assert form.errors == [(None, "Too late.")]
    assert desk.decide(Form(valid=False), act) == (None, 422)
    assert said == ["late", "late"]


def test_a_desk_opens_for_its_permission_on_its_first_list(rf):
    class Queue(Desk):
        permission, opens_on = "kernel.change_delivery", "done_at__isnull=True"

    desk, request = Queue(Delivery, admin.site), rf.get("/admin/x/")
    request.user = worlds.staff_user()
    assert not desk.has_view_permission(request)
    request.user = worlds.staff_user("kernel.change_delivery")
    assert desk.has_view_permission(request)
    assert desk.has_module_permission(request)
    assert desk.changelist_view(request)["Location"] == "/admin/x/?done_at__isnull=True"
