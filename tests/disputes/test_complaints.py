"""Complaints: opened by a party, taken up within the hour by a person, closed with an outcome; both parties read the same."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from accounts.models import Membership
from disputes.models import Complaint
from disputes.services import acknowledge_complaint, close_complaint, note_late, open_complaint
from kernel.clock import now, telling
from kernel.models import ChainLink, Deadline, Fact
from kernel.refusals import Denied, IllegalMove, NotFound, Refusal
from kernel.services import deliver_due, sweep_deadlines
from messaging.models import Notice
from tests.worlds import (
    allow_credit,
    credit_trade,
    key,
    live_listing,
    main_account,
    member_actor,
    proposed_order,
    staff_actor,
    staff_user,
    sub_account,
    verified_enterprise,
)

pytestmark = pytest.mark.django_db
HANDLE = "disputes.handle_complaint"
WORDS = "Three of ten reels arrived wet; the wrapping was torn."


def complain(order, by, *, statement=WORDS, kind="quality", request_key=""):
    return open_complaint(
        order.no, actor=member_actor(by), complaint_class=kind, statement=statement, request_key=request_key or key()
    )  # fmt: skip


def mediator(*, enterprise=None):
    user = staff_user(HANDLE)
    if enterprise:
        Membership.objects.create(user=user, enterprise=enterprise, created_at=now())
    return user


def browser(user) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    client.cookies["django_language"] = "en"
    return client


@pytest.mark.spec("H38", thin=True)
def test_either_party_opens_a_complaint_that_stands_on_both_chains_and_tells_the_other_and_the_desk():
    order, buyer, seller, _listing = credit_trade()
    desk = mediator()

    complaint = complain(order, buyer)
    deliver_due()

    assert (complaint.state, complaint.opened_by_id, complaint.other_id, complaint.statement) == ("open", buyer.pk, seller.pk, WORDS)
    fact = Fact.objects.get(name="disputes.complaint_opened")
    assert {link.chain for link in ChainLink.objects.filter(fact=fact)} == {buyer.chain, seller.chain}
    told = Notice.objects.filter(fact=fact)
    assert {(n.recipient_id, n.url) for n in told} == {
        (main_account(seller).pk, f"/me/cases/{complaint.no}/"),
        (desk.pk, f"/admin/disputes/complaint/{complaint.pk}/change/"),
    }
    assert complain(order, seller).opened_by_id == seller.pk


def test_the_words_of_a_complaint_are_in_no_fact_and_sealed_in_the_table():
    from django.db import connection

    order, buyer, _seller, _listing = credit_trade()
    complain(order, buyer)

    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM disputes_complaint")
        stored = cursor.fetchone()[0]
    assert "wet" not in stored
    assert not [f for f in Fact.objects.all() if "wet" in str(f.payload) + str(f.changes)]


def test_the_same_request_is_one_complaint_and_a_second_one_waits_for_the_first():
    order, buyer, _seller, _listing = credit_trade()
    again = key()

    first = complain(order, buyer, request_key=again)
    assert complain(order, buyer, request_key=again).pk == first.pk
    with pytest.raises(Refusal) as refusal:
        complain(order, buyer)

    assert refusal.value.code == "complaint_open"
    assert Complaint.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "code"), [({"statement": "  too short "}, "statement_refused"), ({"kind": "weather"}, "class_unknown")]
)
def test_a_complaint_without_words_or_class_is_refused(changes, code):
    order, buyer, _seller, _listing = credit_trade()

    with pytest.raises(Refusal) as refusal:
        complain(order, buyer, **changes)

    assert refusal.value.code == code
    assert (Complaint.objects.count(), Deadline.objects.filter(policy="disputes.acknowledge").count()) == (0, 0)


def test_before_the_terms_are_confirmed_there_is_nothing_to_complain_about():
    buyer, seller = verified_enterprise(), verified_enterprise()
    allow_credit(buyer, 5_480_000)
    order = proposed_order(buyer, seller, get=[(live_listing(seller), 10)], credit=5_480_000)

    with pytest.raises(Refusal) as refusal:
        complain(order, buyer)

    assert refusal.value.code == "not_confirmed"
    assert Complaint.objects.count() == 0


def test_strangers_and_sub_accounts_without_the_box_open_none():
    order, buyer, _seller, _listing = credit_trade()
    helper = sub_account(buyer, "trade")

    with pytest.raises(NotFound):
        complain(order, verified_enterprise())
    with pytest.raises(Denied):
        open_complaint(
            order.no, actor=member_actor(buyer, helper), complaint_class="quality", statement=WORDS, request_key=key()
        )  # fmt: skip

    assert Complaint.objects.count() == 0


@pytest.mark.spec("H39", thin=True)
def test_the_hour_is_an_hour_by_the_clock_whatever_the_day_and_an_acknowledgement_in_it_keeps_the_promise():
    order, buyer, _seller, _listing = credit_trade()
    start = now()
    with telling(start):
        complaint = complain(order, buyer)
    clock = Deadline.objects.get(policy="disputes.acknowledge")
    assert clock.due_at == start + timedelta(hours=1)

    with telling(start + timedelta(minutes=59, seconds=59)):
        assert sweep_deadlines() == 0
        acknowledge_complaint(complaint.pk, actor=staff_actor(HANDLE), complaint_class="logistics", request_key=key())
    with telling(start + timedelta(hours=2)):
        sweep_deadlines()
        deliver_due()

    complaint.refresh_from_db()
    clock.refresh_from_db()
    assert (complaint.state, complaint.late_at, clock.met_at is not None) == ("acknowledged", None, True)
    assert not Fact.objects.filter(name="disputes.complaint_unacknowledged").exists()


@pytest.mark.spec("H39", thin=True)
def test_a_missed_hour_is_a_fact_told_once_to_both_parties_and_the_desk_and_the_complaint_can_still_be_taken_up():
    order, buyer, seller, _listing = credit_trade()
    desk, complaint = mediator(), complain(order, buyer)

    with telling(now() + timedelta(hours=1, seconds=1)):
        sweep_deadlines()
        sweep_deadlines()
        deliver_due()
        note_late(complaint.pk)

    complaint.refresh_from_db()
    fact = Fact.objects.get(name="disputes.complaint_unacknowledged")
    assert complaint.late_at is not None and complaint.state == "open"
    assert set(ChainLink.objects.filter(fact=fact).values_list("chain", flat=True)) == {buyer.chain, seller.chain}
    told = set(Notice.objects.filter(fact=fact).values_list("recipient_id", flat=True))
    assert told == {main_account(buyer).pk, main_account(seller).pk, desk.pk}
    assert (
        acknowledge_complaint(complaint.pk, actor=staff_actor(HANDLE), complaint_class="quality", request_key=key()).state == "acknowledged"
    )


@pytest.mark.spec("H40", thin=True)
def test_an_acknowledgement_needs_a_class_and_a_person_who_may():
    order, buyer, _seller, _listing = credit_trade()
    complaint = complain(order, buyer)

    with pytest.raises(Refusal) as refusal:
        acknowledge_complaint(complaint.pk, actor=staff_actor(HANDLE), complaint_class="", request_key=key())
    with pytest.raises(Denied):
        acknowledge_complaint(complaint.pk, actor=staff_actor(), complaint_class="quality", request_key=key())
    with pytest.raises(Denied) as own:
        from accounts.queries import actor_for

        acknowledge_complaint(complaint.pk, actor=actor_for(mediator(enterprise=buyer)), complaint_class="quality", request_key=key())

    complaint.refresh_from_db()
    assert (refusal.value.code, own.value.code, complaint.state) == ("class_unknown", "own_enterprise", "open")


@pytest.mark.spec("H37", thin=True)
def test_a_complaint_closes_once_acknowledged_and_only_with_who_is_responsible_and_an_outcome():
    order, buyer, seller, _listing = credit_trade()
    complaint, actor = complain(order, buyer), staff_actor(HANDLE)

    with pytest.raises(IllegalMove):
        close_complaint(complaint.pk, actor=actor, responsible="other", outcome="Three reels are replaced.", request_key=key())
    acknowledge_complaint(complaint.pk, actor=actor, complaint_class="quality", request_key=key())
    for responsible, outcome in (("", "Three reels are replaced."), ("other", "  "), ("moon", "Three reels are replaced.")):
        with pytest.raises(Refusal):
            close_complaint(complaint.pk, actor=actor, responsible=responsible, outcome=outcome, request_key=key())
    close_complaint(complaint.pk, actor=actor, responsible="other", outcome="Three reels are replaced.", request_key=key())
    deliver_due()

    complaint.refresh_from_db()
    assert (complaint.state, complaint.responsible, complaint.outcome) == ("closed", "other", "Three reels are replaced.")
    told = Notice.objects.filter(fact__name="disputes.complaint_closed").values_list("recipient_id", flat=True)
    assert set(told) == {main_account(buyer).pk, main_account(seller).pk}
    assert complain(order, buyer).pk != complaint.pk


# ---------- pages ----------


def test_the_page_of_a_new_complaint_opens_it_and_both_parties_read_it_and_nobody_else():
    order, buyer, seller, _listing = credit_trade()
    client = browser(main_account(buyer))
    url = f"{reverse('disputes:new')}?order={order.no}"
    assert order.no in client.get(url).content.decode()

    answer = client.post(url, {"complaint_class": "quality", "statement": WORDS, "request_key": key()})

    complaint = Complaint.objects.get()
    page = reverse("disputes:detail", args=[complaint.no])
    assert (answer.status_code, answer["Location"]) == (302, page)
    for enterprise in (buyer, seller):
        reader = browser(main_account(enterprise))
        assert WORDS in reader.get(page).content.decode()
        assert complaint.no in reader.get(reverse("disputes:list")).content.decode()
    stranger = browser(main_account(verified_enterprise()))
    assert [stranger.get(u).status_code for u in (page, url)] == [404, 404]
    assert complaint.no not in stranger.get(reverse("disputes:list")).content.decode()
    assert client.get(url)["Location"] == page


def test_an_invalid_form_keeps_what_was_typed_and_writes_nothing():
    order, buyer, _seller, _listing = credit_trade()
    client = browser(main_account(buyer))

    answer = client.post(
        f"{reverse('disputes:new')}?order={order.no}", {"complaint_class": "", "statement": WORDS, "request_key": "k" * 20}
    )

    assert answer.status_code == 422
    assert WORDS in answer.content.decode() and "k" * 20 in answer.content.decode()
    assert Complaint.objects.count() == 0


def test_pages_need_a_login_an_order_and_the_box():
    order, buyer, _seller, _listing = credit_trade()
    client = browser(main_account(buyer))

    assert Client().get(reverse("disputes:list"))["Location"].startswith("/accounts/login/")
    assert client.get(reverse("disputes:new")).status_code == 404
    helper = browser(sub_account(buyer, "trade"))
    assert [helper.get(u).status_code for u in (reverse("disputes:list"), f"{reverse('disputes:new')}?order={order.no}")] == [403, 403]


def test_the_list_costs_no_more_queries_with_more_complaints(django_assert_max_num_queries):
    order, buyer, seller, _listing = credit_trade()
    complain(order, buyer)
    complain(order, seller)
    client = browser(main_account(buyer))

    with django_assert_max_num_queries(15):
        assert client.get(reverse("disputes:list")).status_code == 200


def test_the_desk_takes_up_and_closes():
    order, buyer, _seller, _listing = credit_trade()
    complaint, client = complain(order, buyer), browser(mediator())
    page = reverse("admin:disputes_complaint_change", args=[complaint.pk])
    queue = client.get(reverse("admin:disputes_complaint_changelist"), follow=True).content.decode()
    assert complaint.no in queue

    assert WORDS in client.get(page).content.decode()
    assert client.post(page, {"complaint_class": "contract", "request_key": key()}).status_code == 302
    assert client.post(page, {"responsible": "other", "outcome": "", "request_key": key()}).status_code == 422
    assert client.post(page, {"responsible": "other", "outcome": "Replaced.", "request_key": key()}).status_code == 302

    complaint.refresh_from_db()
    assert (complaint.state, complaint.complaint_class, complaint.outcome) == ("closed", "contract", "Replaced.")
    assert client.get(page).status_code == 200
    assert client.post(page, {"complaint_class": "contract", "request_key": key()}).status_code == 409


@pytest.mark.parametrize("group", ["mediator", "customer service"])
def test_mediators_and_customer_service_hold_the_permission(group):
    assert Group.objects.get(name=group).permissions.filter(codename="handle_complaint").count() == 1


def test_who_once_belonged_to_a_party_does_not_handle_its_complaint():
    from accounts.queries import actor_for

    order, buyer, _seller, _listing = credit_trade()
    complaint, former = complain(order, buyer), mediator(enterprise=buyer)
    former.memberships.update(ended_at=now())

    with pytest.raises(Denied) as own:
        acknowledge_complaint(complaint.pk, actor=actor_for(former), complaint_class="quality", request_key=key())

    complaint.refresh_from_db()
    assert (own.value.code, complaint.state) == ("own_enterprise", "open")


def test_a_step_at_the_desk_sent_twice_is_done_once_and_other_words_are_refused(client):
    order, buyer, _seller, _listing = credit_trade()
    complaint = complain(order, buyer)
    client.force_login(staff_user(HANDLE))
    page = reverse("admin:disputes_complaint_change", args=[complaint.pk])
    taken = {"complaint_class": "contract", "request_key": key()}
    closed = {"responsible": "other", "outcome": "Replaced.", "request_key": key()}

    answers = [client.post(page, typed).status_code for typed in (taken, taken, closed, closed, taken)]
    other = [client.post(page, {**taken, "complaint_class": "quality"}), client.post(page, {**closed, "outcome": "Nothing."})]

    assert (answers, [answer.status_code for answer in other]) == ([302] * 5, [409, 409])
    told = Fact.objects.filter(name__in=["disputes.complaint_acknowledged", "disputes.complaint_closed"])
    assert sorted(told.values_list("name", flat=True)) == ["disputes.complaint_acknowledged", "disputes.complaint_closed"]
    complaint.refresh_from_db()
    assert (complaint.complaint_class, complaint.outcome) == ("contract", "Replaced.")


def test_both_parties_are_told_in_the_order_of_their_ids_whoever_complained(monkeypatch):
    from disputes import handlers

    order, buyer, seller, _listing = credit_trade()
    told = []
    monkeypatch.setattr(handlers, "notify_enterprise", lambda enterprise_id, **_words: told.append(enterprise_id))
    for opener in (buyer, seller):
        acknowledge_complaint(complain(order, opener).pk, actor=staff_actor(HANDLE), complaint_class="quality", request_key=key())
    for fact in Fact.objects.filter(name="disputes.complaint_acknowledged"):
        handlers.tell_taken_up(fact)

    assert told == sorted([buyer.pk, seller.pk]) * 2
