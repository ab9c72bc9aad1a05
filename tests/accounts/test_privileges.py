"""VIP: granted and ended with a reason, in force by the clock; the green channel keeps its bound on every queue (H59)."""

import random
from datetime import timedelta

import pytest
from django.contrib import admin
from django.test import RequestFactory
from django.urls import reverse

from accounts.models import Enterprise, Privilege
from accounts.queries import is_vip
from accounts.queries.privileges import bonus_of
from accounts.services import end_privilege, grant_privilege
from kernel.clock import now, telling
from kernel.models import Deadline
from kernel.refusals import Denied, NotFound, Refusal
from kernel.services import deliver_due
from kernel.timer import TIMER
from messaging.models import Notice
from tests.races import race
from tests.worlds import key, main_account, member_actor, staff_actor, staff_user, verified_enterprise

pytestmark = [pytest.mark.django_db, pytest.mark.spec("H59")]
GRANT = ("accounts.grant_privilege", "accounts.view_privilege")


def vip(firm, **how):
    return grant_privilege(firm.pk, actor=staff_actor(*GRANT), reason="战略客户", request_key=key(), **how)


def test_staff_make_a_company_vip_and_end_it_and_the_company_is_told():
    firm = verified_enterprise()

    granted = vip(firm)
    assert is_vip(firm.pk)
    end_privilege(granted.pk, actor=staff_actor(*GRANT), reason="合同到期", request_key=key())
    deliver_due()

    assert not is_vip(firm.pk)
    told = Notice.objects.filter(recipient=main_account(firm)).values_list("msgid", flat=True)
    assert sum("VIP" in text for text in told) == 2


def test_vip_runs_out_by_the_clock_and_a_new_grant_replaces_the_old_one():
    firm = verified_enterprise()
    vip(firm, until=now() + timedelta(days=3))

    with telling(now() + timedelta(days=4)):
        assert not is_vip(firm.pk)
        vip(firm)
        assert is_vip(firm.pk)
    assert Privilege.objects.filter(enterprise=firm, ended_at=None).count() == 1


def test_who_may_not_grant_grants_nothing():
    firm = verified_enterprise()
    insider = staff_user(*GRANT)
    from accounts.models import Membership
    from accounts.queries import actor_for

    Membership.objects.create(user=insider, enterprise=firm, created_at=now())
    attempts = [
        (member_actor(firm), "x", Denied), (staff_actor("accounts.view_privilege"), "x", Denied), (actor_for(insider), "x", Denied),
        (staff_actor(*GRANT), " ", Refusal),
    ]  # fmt: skip

    for actor, reason, refusal in attempts:
        with pytest.raises(refusal):
            grant_privilege(firm.pk, actor=actor, reason=reason, request_key=key())
    with pytest.raises(Refusal):
        vip(verified_enterprise(state="submitted", verified_at=None))
    with pytest.raises(NotFound):
        end_privilege(999_999, actor=TIMER, reason="x", request_key=key())
    assert not Privilege.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_many_grants_at_once_leave_one_in_force():
    firm = verified_enterprise()
    actor = staff_actor(*GRANT)

    race([lambda: grant_privilege(firm.pk, actor=actor, reason="同时", request_key=key()) for _n in range(6)])

    assert Privilege.objects.filter(enterprise=firm, ended_at=None).count() == 1


def test_the_desk_grants_and_ends(client):
    firm = verified_enterprise()
    client.force_login(staff_user(*GRANT))
    add = reverse("admin:accounts_privilege_add")

    assert client.get(add).status_code == 200
    assert client.post(add, {"handle": "nobody-here", "reason": "x", "request_key": key()}).status_code == 422
    assert client.post(add, {"handle": firm.handle, "reason": "大客户", "until": "2035-01-31", "request_key": key()}).status_code == 302
    assert is_vip(firm.pk)
    page = reverse("admin:accounts_privilege_change", args=[Privilege.objects.get().pk])
    assert "大客户" in client.get(page).text
    assert client.post(page, {"reason": "到期", "request_key": key()}).status_code == 302
    assert not is_vip(firm.pk)
    assert client.get(reverse("admin:accounts_privilege_changelist")).status_code == 200


def in_queue(model, person):
    """The rows of a desk's list, in the order in which the desk shows them."""
    desk = admin.site._registry[model]
    request = RequestFactory().get("/")
    request.user = person
    from accounts.queries import actor_for

    request.actor = actor_for(person)
    return list(desk.get_queryset(request).order_by(*desk.get_ordering(request)))


def keeps_the_bound(rows, moment, enterprise, bonus, favoured) -> None:
    """An ordinary item is overtaken only by VIP items at most the bonus younger; among equals the older one stands first."""
    overtaken = 0
    for place, row in enumerate(rows):
        for earlier in rows[:place]:
            younger = moment(earlier) - moment(row)
            if younger > timedelta(0):
                overtaken += 1
                assert enterprise(earlier) in favoured and enterprise(row) not in favoured
                assert younger <= bonus
    assert overtaken, "nobody was favoured: this world proves nothing"


def mixed_firms(n=6):
    firms = [verified_enterprise() for _n in range(n)]
    for firm in firms[::2]:
        vip(firm)
    return firms, {firm.pk for firm in firms[::2]}


@pytest.mark.parametrize("seed", range(3))
def test_listing_reviews_keep_the_bound(seed):
    from catalog.models import Listing
    from tests.catalog.drafts import waiting_listing

    chance, (firms, favoured) = random.Random(seed), mixed_firms()
    for _n in range(24):
        listing = waiting_listing(chance.choice(firms))
        Listing.objects.filter(pk=listing.pk).update(submitted_at=now() - timedelta(minutes=chance.randrange(48 * 60)))

    rows = in_queue(Listing, staff_user("catalog.review_listing"))
    keeps_the_bound(rows, lambda r: r.submitted_at, lambda r: r.seller_id, bonus_of("listings"), favoured)


@pytest.mark.parametrize("seed", range(3))
def test_requests_to_customer_service_keep_the_bound(seed):
    from helpdesk.models import ServiceRequest

    chance, (firms, favoured) = random.Random(seed), mixed_firms()
    ServiceRequest.objects.bulk_create(
        ServiceRequest(
            no=f"SR-{n}", topic="other", name="x", subject="x", message="x", enterprise=chance.choice(firms),
            created_at=now() - timedelta(minutes=chance.randrange(24 * 60)),
        )
        for n in range(40)
    )  # fmt: skip

    rows = in_queue(ServiceRequest, staff_user("helpdesk.answer_request"))
    keeps_the_bound(rows, lambda r: r.created_at, lambda r: r.enterprise_id, bonus_of("requests"), favoured)


@pytest.mark.parametrize("seed", range(3))
def test_complaints_keep_the_bound(seed):
    from disputes.models import Complaint
    from tests.worlds import credit_trade

    chance, trades = random.Random(seed), [credit_trade() for _n in range(8)]
    favoured = set()
    for n, (order, buyer, seller, _listing) in enumerate(trades):
        if n % 2:
            vip(buyer)
            favoured.add(buyer.pk)
        for opener, other in ((buyer, seller), (seller, buyer)):
            Complaint.objects.create(
                no=f"C{n}-{opener.pk}", order=order, opened_by=opener, other=other, opened_by_user_id=main_account(opener).pk,
                claimed_class="quality", statement="x", opened_at=now() - timedelta(minutes=chance.randrange(60)),
            )  # fmt: skip

    rows = in_queue(Complaint, staff_user("disputes.handle_complaint"))
    keeps_the_bound(rows, lambda r: r.opened_at, lambda r: r.opened_by_id, bonus_of("complaints"), favoured)


@pytest.mark.parametrize("seed", range(3))
def test_qualification_reviews_keep_the_bound(seed):
    chance, (firms, favoured) = random.Random(seed), mixed_firms(12)
    Enterprise.objects.filter(pk__in=[firm.pk for firm in firms]).update(state="under_review")
    due = {}
    for firm in firms:
        due[firm.pk] = now() + timedelta(minutes=chance.randrange(30 * 60))
        Deadline.objects.create(
            policy="accounts.review", subject_type="accounts.enterprise", subject_id=str(firm.pk), started_at=now(), due_at=due[firm.pk]
        )

    rows = in_queue(Enterprise, staff_user("accounts.view_enterprise"))
    keeps_the_bound([r for r in rows if r.pk in due], lambda r: r.review_due_at, lambda r: r.pk, bonus_of("companies"), favoured)
