"""Nobody is their own second pair of eyes: through a log-in they made, a password they set, or a stand-in they took over (P37, P13)."""

import pytest

from accounts.models import Approval
from accounts.queries import today
from accounts.services import (
    accept_invitation,
    create_sub_account,
    decide_approval,
    invite,
    name_stand_in,
    set_approval_rule,
    set_limit,
    set_sub_account_password,
)
from accounts.services.invitations import _token
from kernel.refusals import Denied
from orders.models import Order
from tests.worlds import key, member_actor, person, sub_account, verified_enterprise

from .test_limits import TONNE, asked, firms, limited, place_of, refused, send

pytestmark = pytest.mark.django_db


def approve(row, actor) -> Approval:
    return decide_approval(row.pk, verdict="approve", note="", actor=actor, request_key=key())


def asked_over_the_threshold(boxes=("trade", "team", "approve")):
    """A manager of the team who wants to commit to more than the threshold: (buyer, seller, goods, manager, request)."""
    buyer, seller, goods = firms()
    set_approval_rule(above_minor=TONNE, actor=member_actor(buyer), request_key=key())
    manager = sub_account(buyer, *boxes)
    row = asked(refused(lambda: send(buyer, manager, seller, goods, 10)), buyer, manager)
    return buyer, seller, goods, manager, row


def puppet(buyer, manager):
    return create_sub_account(
        username="puppet", display_name="", password="correct-horse-9", boxes=["approve"], actor=member_actor(buyer, manager),
        request_key=key(),
    )  # fmt: skip


@pytest.mark.spec("B10")
def test_p37_who_asks_does_not_approve_through_a_log_in_they_made():
    buyer, _seller, _goods, manager, row = asked_over_the_threshold()
    made = puppet(buyer, manager)

    with pytest.raises(Denied) as refusal:
        approve(row, member_actor(buyer, made.user))
    assert refusal.value.code == "in_askers_hand"
    row.refresh_from_db()
    assert (row.state, Order.objects.count()) == ("requested", 0)
    # Refusing is no gain for the asker, and the puppet may do that.
    assert decide_approval(row.pk, verdict="reject", note="no", actor=member_actor(buyer, made.user), request_key=key()).state == "rejected"


@pytest.mark.spec("B10")
def test_p37_nor_through_a_log_in_whose_password_they_set_and_the_main_accounts_new_password_gives_it_back():
    buyer, _seller, _goods, manager, row = asked_over_the_threshold()
    colleague = sub_account(buyer, "approve")
    set_sub_account_password(
        place_of(colleague).pk, password="another-horse-8", actor=member_actor(buyer, manager), request_key=key()
    )  # fmt: skip

    with pytest.raises(Denied) as refusal:
        approve(row, member_actor(buyer, colleague))
    assert refusal.value.code == "in_askers_hand"
    set_sub_account_password(place_of(colleague).pk, password="third-horse-77", actor=member_actor(buyer), request_key=key())
    assert approve(row, member_actor(buyer, colleague)).state == "approved"


@pytest.mark.spec("B10")
def test_p37_nor_through_an_address_of_their_own_that_they_invited():
    buyer, _seller, _goods, manager, row = asked_over_the_threshold()
    second = person("manager.at.home@example.com")
    sent = invite(
        email=second.email, display_name="", boxes=["approve"], actor=member_actor(buyer, manager), request_key=key()
    )  # fmt: skip
    token = _token(buyer.pk, sent.email_digest, sent.expires_at)
    from accounts.queries import actor_for

    accept_invitation(token, actor=actor_for(second), request_key=key())

    with pytest.raises(Denied) as refusal:
        approve(row, member_actor(buyer, second))
    assert refusal.value.code == "in_askers_hand"


@pytest.mark.spec("B10")
def test_the_page_of_a_request_offers_no_approval_to_a_log_in_in_the_askers_hand(client):
    buyer, _seller, _goods, manager, row = asked_over_the_threshold()
    made = puppet(buyer, manager)
    client.force_login(made.user, backend="allauth.account.auth_backends.AuthenticationBackend")

    page = client.get(f"/shop/approvals/{row.pk}/").content.decode()
    assert 'value="reject"' in page and 'value="approve"' not in page
    answer = client.post(f"/shop/approvals/{row.pk}/decision/", {"verdict": "approve", "note": "", "request_key": key()})
    assert answer.status_code == 403
    row.refresh_from_db()
    assert row.state == "requested"


@pytest.mark.spec("B10", "P13")
def test_a_stand_in_is_not_taken_over_by_setting_its_password():
    firm = verified_enterprise()
    manager, taker = sub_account(firm, "trade", "team"), sub_account(firm, "trade")
    name_stand_in(taker_id=place_of(taker).pk, starts_on=today(), ends_on=today(), actor=member_actor(firm), request_key=key())

    with pytest.raises(Denied) as refusal:
        set_sub_account_password(
            place_of(taker).pk, password="another-horse-8", actor=member_actor(firm, manager), request_key=key()
        )  # fmt: skip
    assert refusal.value.code == "beyond_own_limit"
    set_sub_account_password(place_of(taker).pk, password="another-horse-8", actor=member_actor(firm), request_key=key())


@pytest.mark.spec("B10", "P13")
def test_the_password_of_a_stand_in_is_set_by_whoever_named_it_or_may_approve_as_much():
    firm = verified_enterprise()
    giver, taker = sub_account(firm, "trade", "team", "approve"), sub_account(firm, "trade")
    small = limited(firm, per_order=100, boxes=("trade", "team", "approve"))
    set_limit(place_of(taker).pk, per_order_minor=50, per_period_minor=None, period="month", actor=member_actor(firm), request_key=key())
    name_stand_in(taker_id=place_of(taker).pk, starts_on=today(), ends_on=today(), actor=member_actor(firm, giver), request_key=key())

    with pytest.raises(Denied):
        set_sub_account_password(
            place_of(taker).pk, password="another-horse-8", actor=member_actor(firm, small), request_key=key()
        )  # fmt: skip
    set_sub_account_password(place_of(taker).pk, password="another-horse-8", actor=member_actor(firm, giver), request_key=key())


@pytest.mark.spec("B10")
@pytest.mark.parametrize(("per_order", "per_period"), [(None, TONNE), (TONNE, None), (5 * TONNE, TONNE), (TONNE, 5 * TONNE)])
def test_an_approver_approves_no_more_at_once_than_the_smaller_of_its_own_limits(per_order, per_period):
    buyer, seller, goods = firms()
    user = limited(buyer, per_order=1)
    approver = limited(buyer, per_order=per_order, per_period=per_period, boxes=("trade", "approve"))
    small = asked(refused(lambda: send(buyer, user, seller, goods, 1)), buyer, user)
    large = asked(refused(lambda: send(buyer, user, seller, goods, 2)), buyer, user)

    assert approve(small, member_actor(buyer, approver)).state == "approved"
    with pytest.raises(Denied) as refusal:
        approve(large, member_actor(buyer, approver))
    assert refusal.value.code == "beyond_own_limit"


@pytest.mark.spec("H17")
def test_what_a_member_of_staff_does_for_others_does_not_stand_in_the_log_of_their_own_company():
    from accounts.models import Membership
    from accounts.queries import actor_for
    from accounts.services import dismiss_report, note_reset_link, set_staff
    from kernel.clock import now
    from kernel.models import ChainLink
    from tests.accounts.test_freeze import FreezeCase
    from tests.worlds import staff_user

    firm, stranger = verified_enterprise(), person()
    clerk = staff_user("accounts.change_user", "accounts.view_user", "accounts.freeze_enterprise")
    Membership.objects.create(user=clerk, enterprise=firm, created_at=now())
    actor = actor_for(clerk)
    assert actor.enterprise_id == firm.pk

    note_reset_link(stranger.pk, actor=actor, request_key=key())
    set_staff(stranger.pk, is_staff=True, groups=[], actor=actor, request_key=key())
    case = FreezeCase.objects.create(no="FZ-Y", named="y", reported_at=now())
    dismiss_report(case.pk, reason="x", actor=actor, request_key=key())

    assert not ChainLink.objects.filter(chain=firm.chain).exists()
    assert ChainLink.objects.filter(chain="platform").count() == 3
