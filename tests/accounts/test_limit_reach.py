"""Nobody reaches beyond their own limits, company or request: team managers, strangers, forged and replayed tickets (P13)."""

import pytest

from accounts.models import Approval, SpendingLimit
from accounts.queries import approval_ticket, today
from accounts.services import (
    ask_approval,
    create_sub_account,
    decide_approval,
    name_stand_in,
    set_approval_rule,
    set_limit,
    set_sub_account_password,
    withdraw_approval,
)
from kernel.refusals import Denied, NotFound, Refusal
from kernel.services import deliver_due
from orders.services import confirm_order
from tests.worlds import key, main_account, member_actor, proposed_order, sub_account, verified_enterprise

from .test_limits import TONNE, asked, firms, limited, place_of, refused, send

pytestmark = pytest.mark.django_db


@pytest.mark.spec("P13")
def test_a_limited_team_manager_gives_nobody_more_than_it_may_commit_itself():
    firm = verified_enterprise()
    manager = limited(firm, per_order=100, per_period=1000, boxes=("team", "trade"))
    colleague, actor = sub_account(firm, "trade"), member_actor(firm, manager)

    def give(per_order, per_period, period="month", who=colleague):
        return set_limit(
            place_of(who).pk, per_order_minor=per_order, per_period_minor=per_period, period=period, actor=actor, request_key=key()
        )

    for wanted in ((101, 1000), (None, 1000), (100, None), (100, 1001), (100, 1000, "day")):
        with pytest.raises(Denied):
            give(*wanted)
    with pytest.raises(Denied):
        give(1, 1, who=manager)
    with pytest.raises(Denied) as caught:  # nor takes over a log-in that is bound by nothing
        set_sub_account_password(place_of(colleague).pk, password="another-horse-8", actor=actor, request_key=key())
    assert (caught.value.code, SpendingLimit.objects.count()) == ("beyond_own_limit", 1)

    assert give(100, 1000).per_order_minor == 100
    made = create_sub_account(
        username="li.si", display_name="李四", password="correct-horse-9", boxes=["trade"], actor=actor, request_key=key()
    )  # fmt: skip
    assert (made.limit.per_order_minor, made.limit.per_period_minor) == (100, 1000)


@pytest.mark.spec("P13")
def test_limits_threshold_and_requests_of_another_enterprise_do_not_exist():
    buyer, seller, goods = firms()
    user = limited(buyer, per_order=TONNE)
    row = asked(refused(lambda: send(buyer, user, seller, goods, 10)), buyer, user)
    stranger = member_actor(seller)

    with pytest.raises(NotFound):
        decide_approval(row.pk, verdict="approve", note="", actor=stranger, request_key=key())
    with pytest.raises(NotFound):
        withdraw_approval(row.pk, actor=stranger, request_key=key())
    with pytest.raises(NotFound):
        set_limit(place_of(user).pk, per_order_minor=1, per_period_minor=None, period="day", actor=stranger, request_key=key())
    with pytest.raises(NotFound):
        name_stand_in(taker_id=place_of(user).pk, starts_on=today(), ends_on=today(), actor=stranger, request_key=key())
    with pytest.raises(Denied):
        set_approval_rule(above_minor=1, actor=member_actor(buyer, sub_account(buyer, "team")), request_key=key())

    row.refresh_from_db()
    assert (row.state, SpendingLimit.objects.get().per_order_minor) == ("requested", TONNE)


def test_a_ticket_is_of_its_actor_and_cannot_be_changed():
    buyer, seller, goods = firms()
    user, other = limited(buyer, per_order=TONNE), limited(buyer, per_order=TONNE)
    refusal = refused(lambda: send(buyer, user, seller, goods, 10))
    ticket = approval_ticket(member_actor(buyer, user), refusal, title="Paper", rows=[], url="/", fields=[])

    for who, text in ((other, ticket), (user, ticket[:-1] + "x"), (user, "")):
        with pytest.raises(Refusal) as caught:
            ask_approval(ticket=text, note="", actor=member_actor(buyer, who), request_key=key())
        assert caught.value.code == "ticket_old"
    assert Approval.objects.count() == 0


def test_a_new_request_replaces_the_own_older_one_and_an_approval_can_be_taken_back():
    buyer, seller, goods = firms()
    user, colleague = limited(seller, per_order=TONNE), limited(seller, per_order=TONNE)
    order = proposed_order(buyer, seller, get=[(goods, 10)], credit=10 * TONNE)

    def confirm(who):
        return confirm_order(order.no, actor=member_actor(seller, who), terms_hash=order.terms_hash, request_key=key())

    row = asked(refused(lambda: confirm(user)), seller, user)
    with pytest.raises(Refusal) as caught:
        asked(refused(lambda: confirm(colleague)), seller, colleague)
    decide_approval(row.pk, verdict="approve", note="", actor=member_actor(seller), request_key=key())
    withdraw_approval(row.pk, actor=member_actor(seller), request_key=key())

    assert caught.value.code == "approval_waits"
    refused(lambda: confirm(user))
    row = asked(refused(lambda: confirm(user)), seller, user)
    confirm(main_account(seller))
    deliver_due()
    row.refresh_from_db()
    assert row.state == "withdrawn"  # somebody with the right did it meanwhile
