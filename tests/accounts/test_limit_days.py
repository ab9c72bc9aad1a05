"""Where a day and a month of a limit begin, and where a stand-in ends: in the house's zone, to the minute (B10)."""

from datetime import datetime

import pytest

from accounts.models import Spending
from accounts.queries import spent_in_period, today
from accounts.services import decide_approval, end_stand_in, name_stand_in
from kernel.clock import telling
from kernel.refusals import Denied
from kernel.workdays import SHANGHAI
from tests.worlds import key, member_actor, sub_account, verified_enterprise

from .test_limits import TONNE, asked, firms, limited, place_of, refused, send

pytestmark = pytest.mark.django_db


def beijing(*moment) -> datetime:
    return datetime(*moment, tzinfo=SHANGHAI)


@pytest.mark.spec("B10")
@pytest.mark.parametrize(
    ("period", "now", "spent"),
    [
        ("day", beijing(2026, 12, 1, 0, 0), 0),
        ("day", beijing(2026, 12, 1, 0, 2), 8),
        ("day", beijing(2026, 11, 30, 23, 59), 6),
        ("month", beijing(2026, 12, 1, 0, 0), 0),
        ("month", beijing(2026, 11, 30, 23, 59), 7),
        ("month", beijing(2026, 12, 31, 23, 59), 8),
    ],
)
def test_a_period_begins_at_midnight_in_beijing(period, now, spent):
    place = place_of(sub_account(verified_enterprise(), "trade"))
    for n, (moment, minor) in enumerate((
        (beijing(2026, 11, 1, 0, 0), 1), (beijing(2026, 11, 30, 0, 0), 2), (beijing(2026, 11, 30, 23, 58), 4),
        (beijing(2026, 12, 1, 0, 1), 8), (beijing(2026, 10, 31, 23, 59), 16),
    )):  # fmt: skip
        if moment <= now:
            Spending.objects.create(membership=place, subject=f"tests.thing:{n}", amount_minor=minor, at=moment)

    with telling(now):
        assert spent_in_period(place.pk, period) == spent


@pytest.mark.spec("B10", "P14")
def test_a_stand_in_that_was_ended_early_approves_nothing_more():
    buyer, seller, goods = firms()
    user, taker = limited(buyer, per_order=TONNE), sub_account(buyer, "trade")
    owner = member_actor(buyer)
    row = name_stand_in(taker_id=place_of(taker).pk, starts_on=today(), ends_on=today(), actor=owner, request_key=key())
    waiting = asked(refused(lambda: send(buyer, user, seller, goods, 10)), buyer, user)
    end_stand_in(row.pk, actor=owner, request_key=key())

    with pytest.raises(Denied):
        decide_approval(waiting.pk, verdict="approve", note="", actor=member_actor(buyer, taker), request_key=key())


@pytest.mark.spec("B10", "P13")
def test_a_stand_in_is_ended_by_whoever_named_it_or_the_main_account_only():
    firm = verified_enterprise()
    giver, other, taker = sub_account(firm, "approve"), sub_account(firm, "approve"), sub_account(firm, "trade")
    row = name_stand_in(
        taker_id=place_of(taker).pk, starts_on=today(), ends_on=today(), actor=member_actor(firm, giver), request_key=key()
    )  # fmt: skip

    with pytest.raises(Denied) as refusal:
        end_stand_in(row.pk, actor=member_actor(firm, other), request_key=key())
    assert refusal.value.code == "not_own_stand_in"
    assert end_stand_in(row.pk, actor=member_actor(firm, giver), request_key=key()).ended_at


@pytest.mark.spec("H14")
def test_p15_somebody_of_the_staff_does_nothing_for_their_own_company_that_was_frozen_a_moment_ago():
    from accounts.queries import actor_for
    from accounts.services import create_sub_account, take_up_review
    from tests.accounts.test_freeze import frozen
    from tests.worlds import registered_enterprise, staff_user

    clerk = staff_user("accounts.review_enterprise", "accounts.view_enterprise")
    firm = verified_enterprise(owner=clerk)
    before = actor_for(clerk)
    assert before.kind == "staff" and before.is_main
    frozen(firm)

    with pytest.raises(Denied) as refusal:
        create_sub_account(username="x1", display_name="", password="correct-horse-9", boxes=["trade"], actor=before, request_key=key())
    assert refusal.value.code == "frozen"
    waiting = registered_enterprise()
    assert take_up_review(waiting.pk, actor=actor_for(clerk), request_key=key()).state == "under_review"  # the desk's work goes on
