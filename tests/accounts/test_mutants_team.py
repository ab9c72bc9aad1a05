"""What earlier tests let pass when teams, invitations and papers were broken on purpose."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress

from accounts.models import Invitation, Membership
from accounts.queries import actor_for
from accounts.services import (
    accept_invitation,
    end_sub_account,
    invite,
    keep_paper,
    register_enterprise,
    resend_invitation,
    revoke_invitation,
    set_sub_account_password,
)
from accounts.services.invitations import A_DAY, _token
from kernel.clock import now, telling
from kernel.refusals import Denied, Refusal
from tests.worlds import kept_papers, key, member_actor, particulars, person, sub_account, upload, verified_enterprise

pytestmark = pytest.mark.django_db


def invited(firm, email: str, *boxes: str, actor=None) -> Invitation:
    return invite(email=email, display_name="", boxes=boxes or ["trade"], actor=actor or member_actor(firm), request_key=key())


@pytest.mark.spec("H15")
def test_an_address_that_was_only_claimed_opens_no_invitation():
    firm, thief = verified_enterprise(), person("thief@example.com")
    sent = invited(firm, "wanted@example.com")
    claimed = EmailAddress.objects.create(user=thief, email="wanted@example.com", verified=False)
    token = _token(firm.pk, sent.email_digest, sent.expires_at)

    with pytest.raises(Denied) as refusal:
        accept_invitation(token, actor=actor_for(thief), request_key=key())
    assert refusal.value.code == "other_address"
    EmailAddress.objects.filter(pk=claimed.pk).update(verified=True)
    assert accept_invitation(token, actor=actor_for(thief), request_key=key()).enterprise == firm


@pytest.mark.spec("H15", "P13")
@pytest.mark.parametrize("act", [resend_invitation, revoke_invitation])
def test_nobody_sends_or_withdraws_an_invitation_that_gives_more_than_they_hold(act):
    firm = verified_enterprise()
    manager = member_actor(firm, sub_account(firm, "team", "trade"))
    beyond, within = invited(firm, "a@example.com", "finance"), invited(firm, "b@example.com", "trade")

    with telling(now() + timedelta(hours=1)):
        with pytest.raises(Denied) as refusal:
            act(beyond.pk, actor=manager, request_key=key())
        act(within.pk, actor=manager, request_key=key())
    assert refusal.value.code == "beyond_own_boxes"


@pytest.mark.spec("H15")
def test_a_company_sends_its_last_invitation_of_a_day_and_not_one_more():
    firm = verified_enterprise()
    for n in range(A_DAY):
        invited(firm, f"guest{n}@example.com")

    with pytest.raises(Refusal) as refusal:
        invited(firm, "one.more@example.com")
    assert refusal.value.code == "too_many_invitations" and Invitation.objects.count() == A_DAY


@pytest.mark.spec("H15", "P13")
def test_nobody_ends_a_colleague_who_may_more_than_they():
    firm = verified_enterprise()
    manager, above = member_actor(firm, sub_account(firm, "team", "trade")), sub_account(firm, "finance")

    with pytest.raises(Denied) as refusal:
        end_sub_account(above.memberships.get().pk, actor=manager, request_key=key())
    assert refusal.value.code == "beyond_own_boxes" and above.memberships.get().ended_at is None
    end_sub_account(sub_account(firm, "trade").memberships.get().pk, actor=manager, request_key=key())


@pytest.mark.spec("H15")
def test_the_main_account_sets_no_password_of_somebody_with_a_log_in_of_their_own():
    firm, guest = verified_enterprise(), person("guest@example.com")
    place = Membership.objects.create(user=guest, enterprise=firm, created_at=now())
    before = guest.password

    with pytest.raises(Denied) as refusal:
        set_sub_account_password(place.pk, password="another-horse-8", actor=member_actor(firm), request_key=key())
    guest.refresh_from_db()
    assert refusal.value.code == "own_log_in" and guest.password == before


@pytest.mark.spec("H02", "P12")
def test_p12_a_registration_takes_no_paper_that_somebody_else_uploaded():
    owner, stranger = actor_for(person()), actor_for(person())
    papers = kept_papers(owner) | {"tax": keep_paper(upload("tax", "theirs"), actor=stranger).token}

    with pytest.raises(Refusal) as refusal:
        register_enterprise(particulars(), papers=papers, actor=owner, request_key=key())
    assert refusal.value.code == "paper_unknown"
