"""The back office of the catalogue: a queue by its clock, decisions sent twice, categories through a service, no English under Chinese."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from catalog.models import Category, Listing
from catalog.services import Wanted, create_listing, post_want, reserve_stock, ship_stock
from kernel import clock
from kernel.models import Deadline, Fact
from kernel.services import deliver_due, sweep_deadlines
from messaging.models import Notice
from tests.worlds import key, listing_terms, live_listing, member_actor, staff_user, verified_enterprise

pytestmark = pytest.mark.django_db
ALL = [
    "catalog.review_listing",
    *(f"catalog.view_{m}" for m in ("listing", "category", "stock", "stockmovement", "stockreservation", "want")),
]


@pytest.fixture
def desk(client):
    person = staff_user(*ALL, "catalog.change_category", "catalog.add_category")
    client.force_login(person)
    client.cookies["django_language"] = "zh-hans"
    return client


def waiting(actor, title):
    return create_listing(listing_terms(title_zh=title), actor=actor, category="PAP", request_key=key(), hand_in=True)


@pytest.mark.spec("H53", thin=True)
def test_the_queue_stands_in_the_order_of_its_clock_and_marks_what_is_late(desk):
    actor = member_actor(verified_enterprise())
    late, fresh = waiting(actor, "迟到的纸"), waiting(actor, "新来的纸")
    live_listing(verified_enterprise())
    long_ago = clock.now() - timedelta(days=9)
    Listing.objects.filter(pk=late.pk).update(submitted_at=long_ago)
    Deadline.objects.filter(subject_id=str(late.pk)).update(started_at=long_ago, due_at=long_ago + timedelta(days=1))

    page = desk.get(reverse("admin:catalog_listing_changelist")).text

    numbers = re.findall(r"G\d{11}", re.sub(r"(?s)^.*<tbody>", "", page))
    assert list(dict.fromkeys(numbers)) == [late.no, fresh.no]
    first, second = page.split("<tbody>")[1].split("</tr>")[:2]
    assert 'class="clock late' in first and "data-live" not in first
    assert 'class="clock' in second and "data-live" in second
    assert re.search(r"\d+ 月 \d+ 日", first) and not re.search(r"\d年\d", first)


def test_a_review_that_is_late_is_told_to_the_reviewers_once():
    reviewer = staff_user("catalog.review_listing")
    listing = waiting(member_actor(verified_enterprise()), "纸")
    Deadline.objects.filter(subject_id=str(listing.pk)).update(
        started_at=clock.now() - timedelta(days=9), due_at=clock.now() - timedelta(days=8)
    )

    assert (sweep_deadlines(), sweep_deadlines()) == (1, 0)
    deliver_due()

    notice = Notice.objects.get(recipient=reviewer)
    assert notice.url == reverse("admin:catalog_listing_change", args=[listing.pk])


@pytest.mark.parametrize("decision", ["approve", "reject"])
def test_a_decision_sent_twice_is_one_decision_with_one_answer(desk, decision):
    listing = waiting(member_actor(verified_enterprise()), "纸卷")
    url = reverse("admin:catalog_listing_change", args=[listing.pk])
    form = {"version": "1", "decision": decision, "reason": "规格不符", "request_key": "desk-twice-0001"}

    answers = [desk.post(url, form) for _twice in range(2)]

    assert [(a.status_code, a.get("Location")) for a in answers] == [(302, reverse("admin:catalog_listing_changelist"))] * 2
    assert desk.post(url, {**form, "version": "2"}).status_code == 409
    assert Fact.objects.filter(name__in=["catalog.listing_approved", "catalog.listing_rejected"]).count() == 1


def test_sending_back_without_a_reason_is_said_at_the_field(desk):
    listing = waiting(member_actor(verified_enterprise()), "纸卷")
    url = reverse("admin:catalog_listing_change", args=[listing.pk])

    answer = desk.post(url, {"version": "1", "decision": "reject", "reason": " ", "request_key": key()})

    assert answer.status_code == 422
    assert re.search(r'(?s)<label for="id_reason">.*?errorlist.*?id="id_reason"', answer.text)
    listing.refresh_from_db()
    assert listing.state == "in_review"


def test_a_category_is_added_and_renamed_through_its_form(desk):
    paper = Category.objects.get(code="PAP")
    form = {"name_zh": "造纸", "name_en": "Paper", "hs": "47-49", "vat_percent": "13", "position": "3", "request_key": "category-key-1"}
    change, add = reverse("admin:catalog_category_change", args=[paper.pk]), reverse("admin:catalog_category_add")
    assert desk.get(change).status_code == desk.get(add).status_code == 200

    renamed = [desk.post(change, form).status_code for _twice in range(2)]
    bad = desk.post(add, {**form, "code": "abc", "slug": "new", "vat_percent": "１３", "request_key": key()})
    taken = desk.post(add, {**form, "code": "PAP", "slug": "new", "request_key": key()})
    added = [desk.post(add, {**form, "code": "NEW", "slug": "new", "request_key": "category-key-2"}).status_code for _twice in range(2)]

    assert (renamed, bad.status_code, taken.status_code, added) == ([302, 302], 422, 422, [302, 302])
    assert Category.objects.get(pk=paper.pk).name_zh == "造纸"
    assert list(Fact.objects.filter(name__startswith="catalog.category").order_by("id").values_list("name", flat=True)) == [
        "catalog.category_changed",
        "catalog.category_added",
    ]


def test_nobody_writes_a_category_past_its_service(desk, client):
    paper = Category.objects.get(code="PAP")
    paper.save()  # a version to "revert" to
    version = paper.history.first()
    Category.objects.filter(pk=paper.pk).update(name_zh="改过")
    path = reverse("admin:catalog_category_simple_history", args=[paper.pk, version.pk])

    desk.post(path, {"code": "PAP", "slug": "paper", "name_zh": "原来", "name_en": "x", "vat_percent": "13", "position": "3"})
    client.force_login(staff_user("catalog.view_category"))
    denied = client.post(reverse("admin:catalog_category_change", args=[paper.pk]), {"name_zh": "x", "request_key": key()})

    assert denied.status_code == 403
    assert Category.objects.get(pk=paper.pk).name_zh == "改过"
    assert not Fact.objects.filter(name__startswith="catalog.category").exists()


def test_stock_goes_by_the_orders_number_not_by_a_row(desk):
    seller = verified_enterprise()
    actor, listing = member_actor(seller), live_listing(seller, stock=100)
    reserve_stock([Wanted(listing.pk, 10, "orders.orderline:158", "B20261122-00001"), Wanted(listing.pk, 5, "x:1", "B2")], actor=actor)
    ship_stock(["orders.orderline:158"], actor=actor)

    pages = [desk.get(reverse(f"admin:catalog_{m}_changelist")).text for m in ("stockmovement", "stockreservation")]

    for page in pages:
        assert "订单 B20261122-00001" in page
        assert "orderline" not in page.split("<tbody>")[1]
        assert ".000" not in page.split("<tbody>")[1]


def main_part(answer) -> str:
    return answer.text.split('id="content"')[1]


LATIN = re.compile(r"[A-Za-z]{3,}")
OURS = re.compile(r"B2026\S*|G\d+|W\d+|[A-Z]{3}\b|Sample Trading \d+|gsm|Offset paper[^<]*|HS|VAT|Size|Whiteness|Paper, printing[^<]*")


@pytest.mark.parametrize("model", ["listing", "category", "stock", "stockmovement", "stockreservation", "want"])
def test_no_heading_filter_or_label_is_english_under_chinese(desk, model):
    seller = verified_enterprise()
    actor, listing = member_actor(seller), live_listing(seller, stock=100)
    waiting(actor, "待审的纸")
    reserve_stock([Wanted(listing.pk, 10, "x:1", "B20261122-00001")], actor=actor)
    post_want(actor=actor, category="PAP", title="求购木浆", quantity=5, unit="t", can_give="纸", request_key=key())
    row = {"listing": Listing, "category": Category}.get(model)
    changelist = main_part(desk.get(reverse(f"admin:catalog_{model}_changelist")))
    from django.apps import apps

    first = (row or apps.get_model("catalog", model)).objects.order_by("-pk").first()
    detail = desk.get(reverse(f"admin:catalog_{model}_change", args=[first.pk]))
    assert detail.status_code == 200

    headings = re.findall(r"(?s)<th[^>]*>(.*?)</th>", changelist.split("<tbody>")[0]) if "<tbody>" in changelist else []
    filters = re.findall(r"(?s)<summary>(.*?)</summary>|<details[^>]*>(.*?)</details>", changelist)
    labels = re.findall(r"(?s)<label[^>]*>(.*?)</label>|<dt>(.*?)</dt>|<h2[^>]*>(.*?)</h2>", main_part(detail))
    told = [re.sub(r"<[^>]+>|\s+", " ", " ".join(t) if isinstance(t, tuple) else t) for t in [*headings, *filters, *labels]]

    assert headings and labels
    assert [text for text in told if LATIN.search(OURS.sub("", text))] == []
