"""The verified badge goes with the licence: reminders before, off by the date, on again with a valid licence (H51)."""

from datetime import date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Enterprise
from accounts.rules import compared_fields, reminder_times
from accounts.services import approve_enterprise, watch_licence
from kernel.clock import now, telling
from kernel.models import Deadline
from kernel.refusals import Refusal
from kernel.services import deliver_due, sweep_deadlines
from kernel.workdays import SHANGHAI
from messaging.models import Notice
from tests.worlds import (
    allow_credit,
    key,
    live_listing,
    main_account,
    member_actor,
    proposed_order,
    staff_actor,
    verified_enterprise,
)

from .test_changes import approved, asked_for, licence

pytestmark = pytest.mark.django_db


def at(day: date, hour: int = 12) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=SHANGHAI)


def today() -> date:
    return now().astimezone(SHANGHAI).date()


def watched(days: int) -> Enterprise:
    """A verified company whose licence ends in so many days."""
    firm = verified_enterprise(licence_expires_on=today() + timedelta(days=days))
    watch_licence(firm.pk)
    return firm


def running() -> dict[str, datetime]:
    return dict(Deadline.objects.filter(policy__startswith="accounts.licence", met_at=None).values_list("policy", "due_at"))


@pytest.mark.spec("H51")
def test_reminders_fall_on_the_mornings_60_30_and_7_days_before_and_the_end_on_the_day_after():
    ends = date(2027, 3, 31)
    times = reminder_times(ends, at(date(2026, 11, 22)))
    assert times == {
        "accounts.licence_60": at(date(2027, 1, 30), 9), "accounts.licence_30": at(date(2027, 3, 1), 9),
        "accounts.licence_7": at(date(2027, 3, 24), 9), "accounts.licence_ends": at(date(2027, 4, 1), 0),
    }  # fmt: skip


@pytest.mark.spec("H51")
def test_of_the_reminders_that_are_missed_already_only_the_last_is_due_at_once():
    moment = at(date(2027, 3, 10))
    times = reminder_times(date(2027, 3, 31), moment)
    assert times == {
        "accounts.licence_30": moment, "accounts.licence_7": at(date(2027, 3, 24), 9), "accounts.licence_ends": at(date(2027, 4, 1), 0)
    }  # fmt: skip
    assert reminder_times(date(2027, 3, 31), at(date(2027, 4, 1), 1)) == {}


@pytest.mark.spec("H51")
def test_the_company_is_reminded_three_times_and_told_of_the_end():
    firm = watched(90)
    seen = []
    for ahead in (29, 31, 61, 84, 92):
        with telling(now() + timedelta(days=ahead)):
            sweep_deadlines()
            deliver_due()
        seen.append(Notice.objects.filter(recipient=main_account(firm), msgid__contains="licence").count())
    assert seen == [0, 1, 2, 3, 4]
    assert "expired" in Notice.objects.filter(recipient=main_account(firm)).latest("pk").msgid


@pytest.mark.spec("H51")
def test_verification_by_a_reviewer_starts_the_reminders():
    firm = verified_enterprise(state="under_review", verified_at=None, licence_expires_on=today() + timedelta(days=200))
    found = dict.fromkeys(compared_fields(firm), ("matches", ""))
    reviewer = staff_actor("accounts.review_enterprise", "accounts.view_enterprise")
    approve_enterprise(firm.pk, actor=reviewer, request_key=key(), verdicts=found)
    deliver_due()
    assert set(running()) == {"accounts.licence_60", "accounts.licence_30", "accounts.licence_7", "accounts.licence_ends"}


@pytest.mark.spec("H51")
def test_a_new_licence_moves_the_reminders_and_brings_the_badge_back():
    firm = watched(90)
    old = running()
    later = today() + timedelta(days=2000)
    with telling(now() + timedelta(days=95)):
        sweep_deadlines()
        assert not Enterprise.objects.get(pk=firm.pk).badged
        approved(asked_for(firm, values=licence(firm, licence_expires_on=later)))
        deliver_due()
        assert Enterprise.objects.get(pk=firm.pk).badged
        assert member_actor(firm).hold == ""
    new = dict(Deadline.objects.filter(policy__startswith="accounts.licence", met_at=None, fired_at=None).values_list("policy", "due_at"))
    assert new["accounts.licence_ends"] == at(later + timedelta(days=1), 0)
    assert set(new) == set(old) and not set(new.values()) & set(old.values())


@pytest.mark.spec("H51")
def test_the_badge_is_on_until_midnight_of_the_last_day_in_shanghai_and_off_after():
    firm = verified_enterprise(licence_expires_on=date(2027, 3, 31))
    for moment, on in [(at(date(2027, 3, 31), 23), True), (at(date(2027, 4, 1), 0), False), (at(date(2027, 4, 2)), False)]:
        with telling(moment):
            assert firm.badged is on
            assert Enterprise.objects.badged().filter(pk=firm.pk).exists() is on
    assert verified_enterprise().badged
    assert not verified_enterprise(state="frozen").badged


@pytest.mark.spec("H51")
def test_no_public_page_shows_the_badge_of_a_company_whose_licence_has_expired():
    firm = verified_enterprise("示例纸业有限公司")
    listing = live_listing(firm)
    client = Client()
    client.cookies["django_language"] = "en"
    pages = [reverse("catalog:firm", args=[firm.handle]), reverse("catalog:offer", args=[listing.no]), reverse("catalog:market"), "/"]
    badge = ("Verified enterprise<", "Verified since", "Verified ·")

    def badged() -> list[str]:
        return [page for page in pages if any(word in client.get(page).content.decode() for word in badge)]

    assert badged() == pages
    Enterprise.objects.filter(pk=firm.pk).update(licence_expires_on=today() - timedelta(days=1))
    assert badged() == []
    assert "示例纸业有限公司" in client.get(pages[0]).content.decode()


@pytest.mark.spec("H51", "H20")
@pytest.mark.parametrize("setting, hold", [("none", ""), ("new", "new"), ("all", "all")])
def test_an_expired_licence_holds_trade_as_set_with_a_banner(settings, setting, hold):
    settings.LICENCE_EXPIRED_HOLD = setting
    firm = verified_enterprise(licence_expires_on=today() - timedelta(days=1))
    assert (member_actor(firm).hold, member_actor(firm).hold_reason) == (hold, "licence")
    client = Client()
    client.force_login(main_account(firm), backend="allauth.account.auth_backends.AuthenticationBackend")
    client.cookies["django_language"] = "en"
    assert "Your business licence on file has expired" in client.get("/me/").content.decode()


@pytest.mark.spec("H51")
def test_nobody_trades_with_a_company_whose_licence_has_expired():
    buyer, seller = verified_enterprise(), verified_enterprise()
    allow_credit(buyer, 900_000_000)
    listing = live_listing(seller)
    Enterprise.objects.filter(pk=seller.pk).update(licence_expires_on=today() - timedelta(days=1))
    with pytest.raises(Refusal) as refused:
        proposed_order(buyer, seller, get=[(listing, 1)], credit=548_000)
    assert refused.value.code == "party_on_hold"
