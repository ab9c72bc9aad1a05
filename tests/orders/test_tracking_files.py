"""Tracking events out of files: customer service for any load, a sender for its own; no row is booked silently wrong (H31)."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from kernel.clock import now
from kernel.models import Deadline, Job
from kernel.refusals import Denied, Refusal
from kernel.services import read_document, work_job
from kernel.workdays import SHANGHAI
from orders.models import Consignment
from orders.permissions import NOTE_TRACKING
from orders.services import import_own_tracking, import_tracking
from tests.worlds import credit_trade, key, member_actor, shipped, staff_actor, sub_account

pytestmark = pytest.mark.django_db
NUMBER = "SF1385628716739"


def stamp(minutes: int = 0) -> str:
    return timezone.localtime(now() + timedelta(minutes=minutes), SHANGHAI).strftime("%Y-%m-%d %H:%M")


def on_the_way():
    order, buyer, seller, _listing = credit_trade()
    return order, buyer, seller, shipped(order, seller)


def sent(rows, actor, act=import_tracking, head="waybill_no,kind,happened_at,place") -> Job:
    body = "\n".join([head, *rows]).encode()
    return work_job(act(body=body, file_name="events.csv", actor=actor, request_key=key()).pk)


def refused(job) -> str:
    return read_document(job.refused).decode("utf-8-sig") if job.refused else ""


@pytest.mark.spec("H31")
def test_customer_service_brings_events_in_and_every_bad_row_comes_back_with_its_reason():
    _order, _buyer, _seller, goods = on_the_way()
    staff = staff_actor(NOTE_TRACKING)
    rows = [
        f"{NUMBER},in_transit,{stamp(-60)},武汉",
        f"{NUMBER},签收,{stamp()},广州仓",
        f"{NUMBER},in_transit,{stamp(-60)},武汉",
        f"{NUMBER},vanished,{stamp()},x",
        f"SF0000000000000,in_transit,{stamp()},x",
        f"{NUMBER},in_transit,tomorrow,x",
        f"{NUMBER},in_transit,{stamp(600)},x",
        f"{NUMBER},signed,{stamp(-6000)},x",
    ]

    job = sent(rows, staff)

    goods.refresh_from_db()
    assert (job.state, job.done, job.failed, job.counts) == ("finished", 8, 5, {"noted": 2, "known": 1})
    assert list(goods.events.values_list("kind", "source")) == [("in_transit", "service"), ("signed", "service")]
    assert goods.signed_at and goods.state == "shipped"
    assert Deadline.objects.filter(policy="orders.inspect", subject_id=str(goods.pk), subject_type="orders.consignment").exists()
    assert len(refused(job).splitlines()) == 6 and "vanished" in refused(job) and "SF0000000000000" in refused(job)


@pytest.mark.spec("H31")
def test_a_sheet_of_refused_rows_may_be_mended_and_sent_again():
    _order, _buyer, _seller, goods = on_the_way()
    staff = staff_actor(NOTE_TRACKING)
    back = refused(sent([f"{NUMBER},in_transit,someday,武汉"], staff)).replace("someday", stamp(-5))

    job = work_job(import_tracking(body=back.encode(), file_name="again.csv", actor=staff, request_key=key()).pk)

    assert (job.failed, job.counts) == (0, {"noted": 1, "known": 0}) and goods.events.count() == 1


@pytest.mark.spec("H31")
def test_a_sender_notes_the_journey_of_its_own_goods_and_signs_for_nothing():
    _order, buyer, seller, goods = on_the_way()

    job = sent([f"{NUMBER},在途,{stamp(-3)},武汉", f"{NUMBER},signed,{stamp()},"], member_actor(seller), import_own_tracking)
    foreign = sent([f"{NUMBER},in_transit,{stamp(-2)},"], member_actor(buyer), import_own_tracking)

    assert (job.counts["noted"], job.failed) == (1, 1)
    assert (foreign.counts["noted"], foreign.failed) == (0, 1)
    assert list(goods.events.values_list("kind", "source")) == [("in_transit", "giver")]


def test_a_number_of_several_loads_needs_the_order():
    order, _buyer, _seller, goods = on_the_way()
    on_the_way()
    head = "order_no,waybill_no,kind,happened_at"

    job = sent([f",{NUMBER},in_transit,{stamp(-3)}", f"{order.no},{NUMBER},in_transit,{stamp(-3)}"], staff_actor(NOTE_TRACKING), head=head)

    assert (job.failed, job.counts["noted"], goods.events.count()) == (1, 1, 1)


def test_whoever_belongs_to_a_party_notes_nothing_of_its_order_as_customer_service():
    _order, buyer, _seller, goods = on_the_way()
    staff = staff_actor(NOTE_TRACKING)
    from accounts.models import Membership

    Membership.objects.create(user_id=staff.user_id, enterprise=buyer, created_at=now())

    job = sent([f"{NUMBER},signed,{stamp()},"], staff)

    assert (job.failed, job.counts["noted"], goods.events.count()) == (1, 0, 0)


def test_who_may_not_hand_a_file_in_is_told_so():
    _order, buyer, _seller, _goods = on_the_way()
    body = f"waybill_no,kind,happened_at\n{NUMBER},in_transit,{stamp()}".encode()

    for act, actor in ((import_tracking, staff_actor()), (import_own_tracking, member_actor(buyer, sub_account(buyer, "finance")))):
        with pytest.raises(Denied):
            act(body=body, file_name="events.csv", actor=actor, request_key=key())


@pytest.mark.parametrize("body", [b"", b"\x00\xff", b"a,b\n1,2", b"waybill_no,kind\nx,y", b"waybill_no,kind,happened_at\n"])
def test_what_is_no_file_of_events_is_refused_at_once(body):
    with pytest.raises(Refusal):
        import_tracking(body=body, file_name="events.csv", actor=staff_actor(NOTE_TRACKING), request_key=key())
    assert Job.objects.count() == 0


@pytest.mark.spec("H31")
def test_the_pages_take_a_file_show_how_far_it_is_and_give_the_bad_rows_back(client):
    from django.core.files.uploadedfile import SimpleUploadedFile

    from accounts.models import User

    on_the_way()
    client.force_login(User.objects.get(pk=staff_actor(NOTE_TRACKING, "orders.view_trackingevent").user_id))
    page = client.get(reverse("admin:orders_trackingevent_import"))
    file = SimpleUploadedFile("events.csv", f"waybill_no,kind,happened_at\n{NUMBER},in_transit,{stamp()}\n{NUMBER},x,y\n".encode())

    answer = client.post(page.request["PATH_INFO"], {"file": file, "request_key": key()})
    work_job(Job.objects.get().pk)
    no = Job.objects.get().no

    assert answer.url == reverse("admin:orders_trackingevent_job", args=[no])
    assert reverse("admin:orders_trackingevent_refused", args=[no]) in client.get(answer.url).content.decode()
    assert client.get(reverse("admin:orders_trackingevent_refused", args=[no])).status_code == 200
    assert NUMBER in client.get(reverse("admin:orders_trackingevent_changelist")).content.decode()
    assert client.get(reverse("admin:orders_trackingevent_template")).status_code == 200
    assert client.post(page.request["PATH_INFO"], {"request_key": key()}).status_code == 422
    assert client.get(reverse("admin:orders_trackingevent_job", args=["J000"])).status_code == 404


def test_a_wrong_file_is_told_at_its_field(client):
    from django.core.files.uploadedfile import SimpleUploadedFile

    from tests.worlds import main_account

    _order, _buyer, seller, _goods = on_the_way()
    client.force_login(main_account(seller))

    page = client.post(reverse("orders:tracking_import"), {"file": SimpleUploadedFile("a.csv", b"a,b\n1,2\n"), "request_key": key()})

    assert page.status_code == 422 and Consignment.objects.filter(events__isnull=False).count() == 0
    assert client.get(reverse("orders:tracking_template")).content.decode("utf-8-sig").splitlines()[0].count(",") == 5
