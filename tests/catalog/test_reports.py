"""Reporting an offer or a request: open until customer service says what came of it, with a reason; who reported stays unknown (H52)."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from catalog.models import Report, Want
from catalog.services import close_want, decide_report, hide_want, make_report, post_want, take_listing_down
from kernel.clock import now, telling
from kernel.models import ChainLink, Deadline, Fact
from kernel.refusals import Denied, IllegalMove, NotFound
from kernel.services import deliver_due, sweep_deadlines
from messaging.models import Notice
from tests.catalog.refusing import refused
from tests.journeys.browsing import done, hidden, office_of, signed_in
from tests.worlds import key, live_listing, main_account, member_actor, staff_actor, staff_user, verified_enterprise

pytestmark = pytest.mark.django_db
DESK = ("catalog.handle_report", "catalog.hide_want", "catalog.review_listing")


def wanted(firm, title="求购木浆"):
    return post_want(actor=member_actor(firm), category="PAP", title=title, quantity=5, unit="t", can_give="纸", request_key=key())


def report(firm, want, **more):
    return make_report(actor=member_actor(firm), want_no=want.no, kind="false", text="数量夸大", request_key=key(), **more)


@pytest.mark.spec("H52")
def test_a_report_is_looked_into_once_and_the_reader_is_told_what_came_of_it():
    owner, reader = verified_enterprise(), verified_enterprise()
    want = wanted(owner)
    made = report(reader, want)
    staff = staff_actor(*DESK)

    with refused("reason_missing"):
        decide_report(made.no, actor=staff, upheld=False, reason=" ", request_key=key())
    decide_report(made.no, actor=staff, upheld=False, reason="与执照经营范围一致", request_key=key())

    assert (Report.objects.get().state, Want.objects.get().state) == ("dismissed", "open")
    with pytest.raises(IllegalMove):
        decide_report(made.no, actor=staff, upheld=True, reason="再看", request_key=key())
    assert Want.objects.get().state == "open"
    deliver_due()
    assert Notice.objects.get(recipient=main_account(reader)).url == reverse("catalog:reports")
    page = office_of(reader).get(reverse("catalog:reports")).text
    assert "与执照经营范围一致" in page and "Nothing wrong found" in page


@pytest.mark.spec("H52")
def test_what_is_found_right_is_taken_down_and_answers_everybody_who_reported_it():
    owner, first, second = (verified_enterprise() for _n in range(3))
    want = wanted(owner)
    one, _two = report(first, want), report(second, want)

    decide_report(one.no, actor=staff_actor(*DESK), upheld=True, reason="经核实数量不实", request_key=key())
    deliver_due()

    assert (Want.objects.get().state, Want.objects.get().hidden_reason) == ("hidden", "经核实数量不实")
    assert [(r.state, r.answer) for r in Report.objects.all()] == [("upheld", "经核实数量不实")] * 2
    assert {notice.recipient_id for notice in Notice.objects.all()} == {main_account(f).pk for f in (owner, first, second)}


@pytest.mark.spec("H52")
def test_goods_taken_off_sale_answer_what_was_reported_about_them():
    listing, reader = live_listing(verified_enterprise()), verified_enterprise()
    make_report(actor=member_actor(reader), listing_no=listing.no, kind="rights", text="盗用图片", request_key=key())
    take_listing_down(listing.no, actor=staff_actor(*DESK), reason="图片侵权", request_key=key())
    deliver_due()
    assert (Report.objects.get().state, Report.objects.get().answer) == ("upheld", "图片侵权")


def test_p11_who_is_reported_never_reads_by_whom():
    owner, reader = verified_enterprise(), verified_enterprise()
    made = report(reader, wanted(owner))
    hide_want(made.want.no, actor=staff_actor(*DESK), reason="不实", request_key=key())
    deliver_due()
    names = set(ChainLink.objects.filter(chain=owner.chain).values_list("fact__name", flat=True))
    assert "catalog.want_hidden" in names and not [name for name in names if "report" in name]
    for url in (reverse("catalog:want", args=[made.want.no]), reverse("catalog:reports"), reverse("accounts:log")):
        assert made.no not in office_of(owner).get(url).text


def test_one_open_report_of_a_person_about_a_thing_and_none_about_ones_own():
    owner, reader = verified_enterprise(), verified_enterprise()
    want = wanted(owner)
    made = report(reader, want)
    with refused("reported_already"):
        report(reader, want)
    with refused("own_thing"):
        report(owner, want)
    with pytest.raises(IntegrityError), transaction.atomic():
        Report.objects.create(
            no="P1", want=want, user_id=made.user_id, enterprise=made.enterprise, kind="other", text="x", created_at=made.created_at
        )
    close_want(want.no, actor=member_actor(owner), request_key=key())
    with pytest.raises(NotFound):
        report(verified_enterprise(), want)


def test_a_person_reports_ten_things_at_once_at_most():
    reader = verified_enterprise()
    for n in range(10):
        report(reader, wanted(verified_enterprise(), f"求购第{n}种木浆"))
    with refused("too_many_reports"):
        report(reader, wanted(verified_enterprise()))


def test_deciding_needs_the_permission_of_the_desk_and_a_person_of_neither_side():
    owner, reader = verified_enterprise(), verified_enterprise()
    made = report(reader, wanted(owner))
    say = {"upheld": True, "reason": "不实", "request_key": key()}
    with pytest.raises(Denied):
        decide_report(made.no, actor=staff_actor("catalog.hide_want"), **say)
    with pytest.raises(Denied):  # may look into it, may not take requests down
        decide_report(made.no, actor=staff_actor("catalog.handle_report"), **say)
    partial_staff = staff_user(*DESK)
    owner.memberships.create(user=partial_staff, created_at=made.created_at, ended_at=made.created_at)
    from accounts.queries import actor_for

    with refused("own_report"):
        decide_report(made.no, actor=actor_for(partial_staff), **say)
    assert (Report.objects.get().state, Want.objects.get().state) == ("open", "open")


def test_from_the_request_to_the_desk_and_back_over_http():
    owner, reader = verified_enterprise(), verified_enterprise()
    want = wanted(owner)
    reading, desk = office_of(reader), signed_in(staff_user(*DESK))
    url = reverse("catalog:want_report", args=[want.no])
    assert url in reading.get(reverse("catalog:want", args=[want.no])).text

    empty = reading.post(url, {"request_key": hidden(reading.get(url), "request_key"), "kind": "contact", "text": " "})
    assert empty.status_code == 422 and empty.context["form"]["kind"].value() == "contact" and "text" in empty.context["form"].errors
    send = {"request_key": hidden(reading.get(url), "request_key"), "kind": "contact", "text": "留了微信号"}
    assert done(reading.post(url, send)) == done(reading.post(url, send)) == reverse("catalog:reports")
    made = Report.objects.get()

    queue = desk.get(reverse("admin:catalog_report_changelist"), follow=True)
    assert made.no in queue.text and "Reports to look into" in desk.get(reverse("admin:index")).text
    page = reverse("admin:catalog_report_change", args=[made.pk])
    shown = desk.get(page)
    assert "留了微信号" in shown.text and "Offer or request reported" in shown.text
    keys = {act["name"]: act["form"]["request_key"].value() for act in shown.context["acts"]}
    refused = desk.post(page, {"act": "uphold", "request_key": keys["uphold"], "reason": ""})
    assert refused.status_code == 422
    done(desk.post(page, {"act": "uphold", "request_key": keys["uphold"], "reason": "含站外联系方式"}))
    assert Want.objects.get().state == "hidden"
    assert not desk.get(reverse("admin:catalog_report_changelist"), follow=True).context["cl"].result_list
    assert "含站外联系方式" in reading.get(reverse("catalog:reports")).text
    assert Fact.objects.filter(name="catalog.report_decided").count() == 1


def test_somebody_who_is_not_signed_in_is_led_to_the_log_in(client):
    want = wanted(verified_enterprise())
    url = reverse("catalog:want_report", args=[want.no])
    assert client.get(url).headers["Location"].endswith(f"?next={url}")


@pytest.mark.spec("H52")
def test_a_report_has_a_clock_that_alerts_the_desk_when_it_runs_out_and_is_met_by_the_answer():
    owner, reader = verified_enterprise(), verified_enterprise()
    late, answered = report(reader, wanted(owner)), report(reader, wanted(owner, "求购废纸"))
    decide_report(answered.no, actor=staff_actor(*DESK), upheld=False, reason="与执照经营范围一致", request_key=key())
    user = staff_user(*DESK)

    with telling(now() + timedelta(days=10)):
        sweep_deadlines()
        deliver_due()

        met, fired = (Deadline.objects.get(policy="catalog.report", subject_id=str(made.pk)) for made in (answered, late))
        assert met.met_at and not met.fired_at and fired.fired_at
        notices = Notice.objects.filter(recipient=user, msgid__contains="waits longer for its answer")
        assert [notice.url for notice in notices] == [reverse("admin:catalog_report_change", args=[late.pk])]
        page = signed_in(user).get(reverse("admin:catalog_report_changelist"), {"state__exact": "open"})
        assert page.status_code == 200 and "late</b>" in page.text
