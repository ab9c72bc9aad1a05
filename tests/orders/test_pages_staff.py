"""The back office over HTTP: staff see trades and refunds, change nothing, and see them only with the permission."""

import pytest
from django.urls import reverse
from django.utils import timezone

from kernel.models import Deadline
from kernel.services import sweep_deadlines
from orders.services import request_refund
from tests.journeys.browsing import signed_in
from tests.worlds import credit_trade, key, member_actor, staff_user

pytestmark = pytest.mark.django_db


def test_staff_with_the_permission_read_an_order_and_change_nothing():
    order, buyer, _seller, _listing = credit_trade()
    staff = signed_in(staff_user("orders.view_order"))
    listed = staff.get(reverse("admin:orders_order_changelist"), {"q": order.no})
    assert order.no in listed.content.decode()
    url = reverse("admin:orders_order_change", args=[order.pk])
    page = staff.get(url)
    assert page.status_code == 200 and buyer.name in page.content.decode()
    assert staff.post(url, {"state": "completed"}).status_code == 403
    assert staff.get(reverse("admin:orders_order_add")).status_code == 403
    assert staff.post(reverse("admin:orders_order_delete", args=[order.pk]), {"post": "yes"}).status_code == 403
    order.refresh_from_db()
    assert order.state == "funded"


def test_staff_without_the_permission_see_nothing():
    order, *_ = credit_trade()
    staff = signed_in(staff_user("catalog.view_listing"))
    assert staff.get(reverse("admin:orders_order_changelist")).status_code == 403
    assert staff.get(reverse("admin:orders_order_change", args=[order.pk])).status_code == 403
    assert staff.get(reverse("orders:detail", args=[order.no])).status_code == 403


def test_staff_may_read_the_order_as_the_parties_see_it_but_not_act():
    order, _buyer, _seller, _listing = credit_trade()
    staff = signed_in(staff_user("orders.view_order"))
    page = staff.get(reverse("orders:detail", args=[order.no]))
    assert page.status_code == 200 and page.context["acts"] == (None, []) and not page.context["may_write"]
    refused = staff.post(reverse("orders:refund_new", args=[order.no]), {"reason": "x", "request_key": key()})
    assert refused.status_code == 403 and order.refunds.count() == 0


def test_refund_requests_that_nobody_answered_are_on_top_and_say_so():
    early, buyer, _s, _l = credit_trade()
    late, other, _s, _l = credit_trade()
    for order, firm in ((early, buyer), (late, other)):
        request_refund(order.no, actor=member_actor(firm), reason="No longer needed", request_key=key())
    Deadline.objects.filter(policy="orders.answer_refund", subject_id=str(early.refunds.get().pk)).update(
        started_at=timezone.now() - timezone.timedelta(days=3), due_at=timezone.now() - timezone.timedelta(days=1)
    )
    sweep_deadlines()
    page = signed_in(staff_user("orders.view_order", "orders.view_refund")).get(reverse("admin:orders_refund_changelist"))
    assert [row.order.no for row in page.context["cl"].result_list] == [early.no, late.no]
    assert "overdue" in page.content.decode()


def test_customer_service_finance_mediators_and_auditors_may_look():
    from django.contrib.auth.models import Group

    for name in ("customer service", "finance", "mediator", "auditor"):
        held = Group.objects.get(name=name).permissions.filter(content_type__app_label="orders").values_list("codename", flat=True)
        assert {"view_order", "view_refund"} <= set(held)
