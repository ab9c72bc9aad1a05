"""Campaigns: a code is remembered without a word about the person, and what comes of it is counted once (H56)."""

import csv
import io

import pytest
from django.urls import reverse

from accounts.queries import actor_for
from catalog.models import CampaignDay, CampaignLead, CampaignTouch
from catalog.queries import campaign_report
from catalog.services import attribute, flush_counters, forget_counters, start_campaign
from kernel.refusals import Denied, Refusal
from kernel.services import deliver_due
from tests.worlds import (
    confirmed,
    key,
    live_listing,
    main_account,
    member_actor,
    person,
    proposed_order,
    staff_actor,
    staff_user,
    verified_enterprise,
)

pytestmark = [pytest.mark.django_db, pytest.mark.spec("H56")]
PEOPLE = {"HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"}
VIEW, RUN = "catalog.view_campaign", "catalog.run_campaign"


@pytest.fixture(autouse=True)
def _fresh():
    forget_counters()


def campaign(code="canton-2026", name="广交会 2026", **how):
    return start_campaign(actor=staff_actor(RUN), code=code, name=name, medium="fair", note="", request_key=key(), **how)


def test_a_visit_is_kept_in_a_cookie_that_names_nobody_and_counted_without_a_write(client):
    campaign()
    from tests.security.scene import changed, fingerprint

    before = fingerprint()
    answer = client.get("/?from=canton-2026", **PEOPLE)

    cookie = answer.cookies["came_by"]
    assert cookie.value == "canton-2026" and cookie["httponly"] and cookie["samesite"] == "Lax"
    assert changed(before, fingerprint()) == []
    client.get("/market/?from=canton-2026", **PEOPLE)
    assert flush_counters() == 1
    assert CampaignDay.objects.get().visits == 1


@pytest.mark.parametrize("code", ["", "unknown", "CANTON-2026 ", "x" * 400, "a;b", "'--", "../..", "\u4e2d"])
def test_codes_that_are_none_leave_no_trace(client, code):
    campaign()
    answer = client.get("/", {"from": code}, **PEOPLE)
    assert answer.status_code == 200 and "came_by" not in answer.cookies and flush_counters() == 0


@pytest.mark.parametrize("robot", ["Googlebot/2.1", "Baiduspider", "curl/8.1", "python-requests/2", "", "HeadlessChrome"])
def test_robots_are_not_counted(client, robot):
    campaign()
    client.get("/?from=canton-2026", HTTP_USER_AGENT=robot)
    assert flush_counters() == 0


def test_a_campaign_is_kept_to_the_inquiry_the_registration_and_the_order(client):
    campaign()
    buyer, seller = verified_enterprise(), verified_enterprise()
    listing = live_listing(seller)
    client.get(f"/goods/{listing.no}/?from=canton-2026", **PEOPLE)
    client.force_login(main_account(buyer))
    sent = client.post(f"/goods/{listing.no}/ask/", {"body": "含税吗？", "request_key": key()})
    assert sent.status_code == 302 and sent.cookies["came_by"].value == ""
    assert CampaignTouch.objects.get().user == main_account(buyer)
    confirmed(proposed_order(buyer, seller, get=[(listing, 10)], cash=5_480_000))
    deliver_due()
    newcomer = person()
    client.logout()
    client.get("/?from=canton-2026", **PEOPLE)
    client.force_login(newcomer)
    client.post(reverse("accounts:switch"), {})
    from tests.worlds import registered_enterprise

    registered_enterprise(newcomer)
    deliver_due()

    leads = {lead.kind: lead for lead in CampaignLead.objects.all()}
    assert leads.keys() == {"inquiry", "order", "registration"}
    assert (leads["order"].value_minor, leads["order"].currency) == (5_480_000, "CNY")
    flush_counters()
    outcome = campaign_report(staff_actor(VIEW))[0]
    assert outcome.visits >= 1 and dict(outcome.counts) == {"inquiry": 1, "order": 1, "registration": 1}


def test_the_same_thing_is_put_down_once_to_the_campaign_of_its_day():
    first, second = campaign(), campaign("spring-fair", "春交会")
    user = person()
    from catalog.services import keep_touch

    keep_touch(user.pk, "canton-2026")
    attribute("order", "O1", user_id=user.pk)
    keep_touch(user.pk, "spring-fair")
    attribute("order", "O1", user_id=user.pk)
    attribute("order", "O2", user_id=user.pk)

    assert list(CampaignLead.objects.order_by("ref").values_list("campaign", flat=True)) == [first.pk, second.pk]
    assert attribute("order", "O3", user_id=person().pk) is None


def test_a_code_is_given_once_and_by_those_who_may():
    campaign()
    with pytest.raises(Refusal) as refused:
        campaign()
    assert refused.value.code == "campaign_taken"
    with pytest.raises(Denied):
        start_campaign(actor=actor_for(person()), code="x-y", name="x", medium="fair", note="", request_key=key())
    with pytest.raises(Denied):
        campaign_report(member_actor(verified_enterprise()))


def test_the_desk_creates_ends_and_exports_with_cells_that_are_no_formulas(client):
    client.force_login(staff_user(RUN, VIEW))
    add = reverse("admin:catalog_campaign_add")
    assert client.get(add).status_code == 200
    assert client.post(add, {"act": "start", "code": "No Good", "name": "x", "medium": "fair", "request_key": key()}).status_code == 422
    sent = {"act": "start", "code": "mail-3", "name": "=HYPERLINK(1)", "medium": "mail", "request_key": key()}
    assert client.post(add, sent).status_code == 302
    page = client.get(reverse("admin:catalog_campaign_changelist"))
    assert "mail-3" in page.text
    file = client.get(reverse("admin:catalog_campaign_file"))
    rows = list(csv.reader(io.StringIO(file.content.decode("utf-8-sig"))))
    assert rows[1][0] == "mail-3" and rows[1][1].startswith("'=")
    from catalog.models import Campaign

    one = reverse("admin:catalog_campaign_change", args=[Campaign.objects.get().pk])
    assert client.get(one).status_code == 200
    assert client.post(one, {"act": "end", "request_key": key()}).status_code == 302
    client.logout()
    assert "came_by" not in client.get("/?from=mail-3", **PEOPLE).cookies
