"""The first page of the back office: the desks a person may work at, with what waits there; nothing of other desks."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Enterprise
from tests.worlds import live_listing, person, staff_user, verified_enterprise

pytestmark = pytest.mark.django_db


def first_page(*permissions):
    client = Client()
    client.force_login(staff_user(*permissions))
    return client.get(reverse("admin:index"), headers={"accept-language": "en"})


def test_a_reviewer_sees_how_many_companies_and_listings_wait_and_no_other_desk():
    listing = live_listing(verified_enterprise(person()))
    type(listing).objects.filter(pk=listing.pk).update(state="in_review", waiting=True)
    Enterprise.objects.filter(pk=verified_enterprise(person()).pk).update(state="submitted")

    page = first_page("accounts.review_enterprise", "accounts.view_enterprise", "catalog.review_listing")

    assert {(row["url"], row["n"]) for row in page.context["queues"]} == {
        (reverse("admin:accounts_enterprise_changelist"), 1),
        (reverse("admin:catalog_listing_changelist") + "?stage=waiting", 1),
    }


@pytest.mark.parametrize(
    "permission",
    ["disputes.handle_complaint", "orders.view_refund", "credit_guarantee.confirm_custodian", "helpdesk.answer_request"],
)
def test_every_desk_can_be_counted(permission):
    assert [row["n"] for row in first_page(permission).context["queues"]] == [0]


def test_staff_that_trade_for_nobody_land_in_the_back_office():
    client = Client()
    client.force_login(staff_user("helpdesk.answer_request"))

    assert client.get("/me/").headers["Location"] == reverse("admin:index")


def test_the_desk_with_something_overdue_stands_on_top_and_says_how_much():
    from datetime import timedelta

    from kernel.clock import now
    from kernel.models import Deadline
    from kernel.services import start_deadline

    firm = verified_enterprise(person())
    Enterprise.objects.filter(pk=firm.pk).update(state="submitted")
    start_deadline("accounts.review", firm, chains=[firm.chain])
    permissions = ("accounts.review_enterprise", "accounts.view_enterprise", "helpdesk.answer_request")
    in_time = first_page(*permissions).context["queues"]

    Deadline.objects.filter(policy="accounts.review").update(started_at=now() - timedelta(days=5), due_at=now() - timedelta(hours=1))
    late = first_page(*permissions)

    desk = reverse("admin:accounts_enterprise_changelist")
    first, top = in_time[0], late.context["queues"][0]
    assert (first["url"], first["late"], top["url"], top["late"]) == (desk, 0, desk, 1)
    assert '<span class="tag late">1</span>' in late.content.decode()
