"""Invitations by e-mail, people in several companies, and pages that were opened for the other one."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client

from accounts.models import EnterpriseUserObjectPermission, Invitation, Membership
from accounts.queries import ACTING_FOR, actor_for
from accounts.services import accept_invitation, end_sub_account, invite, resend_invitation, set_boxes
from catalog.models import Want
from kernel.clock import now, telling
from kernel.models import Fact
from kernel.refusals import Denied, NotFound, Refusal
from kernel.services import deliver_due
from tests.worlds import key, main_account, member_actor, person, reauthenticate, sub_account, verified_enterprise

pytestmark = pytest.mark.django_db
LINK = re.compile(r"https?://[^/\s]+(/team/join/([0-9a-f]{64})/)")


def as_user(user, **options):
    client = Client(**options)
    client.force_login(user)
    reauthenticate(client)
    return client


def invited(firm, email, *boxes, actor=None):
    """An open invitation and the token its mail carried."""
    invitation = invite(email=email, display_name="王敏", boxes=boxes or ["trade"], actor=actor or member_actor(firm), request_key=key())
    return invitation, token_of(email)


def token_of(email):
    mail.outbox.clear()
    deliver_due()
    (sent,) = [message for message in mail.outbox if message.to == [email]]
    return LINK.search(sent.body).group(2)


def boxes_of(user, firm):
    return sorted(actor_for(user, prefer=firm.pk).boxes)


@pytest.mark.spec("H15")
def test_an_invited_person_accepts_by_the_mailed_link_and_acts_for_the_company_at_once():
    firm = verified_enterprise("丁香贸易有限公司")
    guest = person("guest@example.com")
    owner = as_user(main_account(firm))
    form = {"email": "Guest@Example.com", "display_name": "王敏", "boxes": ["trade", "messages"], "request_key": key()}

    assert owner.post("/shop/team/invite/", form).status_code == 302
    token = token_of("guest@example.com")
    client = as_user(guest)
    page = client.get(f"/team/join/{token}/").content.decode()
    joined = client.post(f"/team/join/{token}/", {"request_key": key()})

    assert "丁香贸易有限公司" in page and joined.status_code == 302
    assert client.session[ACTING_FOR] == firm.pk
    assert boxes_of(guest, firm) == ["messages", "trade"]
    assert client.get("/me/orders/").status_code == 200
    fact = Fact.objects.get(name="accounts.invitation_accepted")
    assert (fact.actor_user_id, fact.changes) == (guest.pk, {"boxes": [[], ["messages", "trade"]]})
    assert Invitation.objects.get().email == ""


@pytest.mark.spec("H15")
def test_only_the_digest_of_a_token_is_kept_and_a_link_works_once():
    firm, guest = verified_enterprise(), person("once@example.com")
    invitation, token = invited(firm, "once@example.com")

    assert len(token) == 64 and token not in str(Invitation.objects.values().get(pk=invitation.pk))
    accept_invitation(token, actor=actor_for(guest), request_key=key())
    with pytest.raises(NotFound):
        accept_invitation(token, actor=actor_for(guest), request_key=key())
    gone = Client().get(f"/team/join/{token}/")
    unknown = Client().get(f"/team/join/{'0' * 64}/")

    assert (gone.status_code, unknown.status_code) == (404, 404)
    assert Membership.objects.filter(user=guest).count() == 1


def test_a_link_dies_after_seven_days_on_withdrawal_and_when_it_is_sent_again():
    firm, guest = verified_enterprise(), person("late@example.com")
    invitation, first = invited(firm, "late@example.com")
    owner = as_user(main_account(firm))

    with telling(now() + timedelta(minutes=11)):
        resend_invitation(invitation.pk, actor=member_actor(firm), request_key=key())
        second = token_of("late@example.com")
    with pytest.raises(NotFound):
        accept_invitation(first, actor=actor_for(guest), request_key=key())
    with telling(now() + timedelta(days=7, minutes=12)), pytest.raises(NotFound):
        accept_invitation(second, actor=actor_for(guest), request_key=key())
    owner.post(f"/shop/team/invitations/{invitation.pk}/withdraw/", {"request_key": key()})
    with pytest.raises(NotFound):
        accept_invitation(second, actor=actor_for(guest), request_key=key())

    assert first != second
    assert not Membership.objects.filter(user=guest).exists()


def test_sending_again_at_once_and_inviting_twice_are_refused():
    firm = verified_enterprise()
    invitation, _token = invited(firm, "twice@example.com")

    with pytest.raises(Refusal) as soon:
        resend_invitation(invitation.pk, actor=member_actor(firm), request_key=key())
    with pytest.raises(Refusal) as again:
        invite(email="TWICE@example.com", display_name="", boxes=["trade"], actor=member_actor(firm), request_key=key())

    assert (soon.value.code, again.value.code) == ("too_soon", "already_invited")
    assert Invitation.objects.count() == 1


@pytest.mark.spec("H15")
def test_the_answer_is_the_same_whether_the_address_has_an_account_or_not():
    firm = verified_enterprise()
    person("known@example.com")
    owner = as_user(main_account(firm))

    def answer(email):
        form = {"email": email, "display_name": "王敏", "boxes": ["trade"], "request_key": key()}
        response = owner.post("/shop/team/invite/", form, follow=True)
        page = re.sub(r'csrfmiddlewaretoken" value="[^"]+|request_key" value="[^"]+|invitations/\d+', "", response.content.decode())
        return response.redirect_chain, page.replace(email, "ADDRESS")

    known = answer("known@example.com")
    Invitation.objects.all().delete()
    unknown = answer("nobod@example.com")

    assert known == unknown


def test_a_link_is_of_no_use_to_somebody_with_another_address_or_to_a_sub_account():
    firm, other = verified_enterprise(), verified_enterprise()
    _invitation, token = invited(firm, "meant@example.com")

    answers = []
    for user in (person("thief@example.com"), sub_account(other, "trade")):
        with pytest.raises(Denied) as refusal:
            accept_invitation(token, actor=actor_for(user), request_key=key())
        answers.append(refusal.value.code)

    assert answers == ["other_address", "sub_account"]
    assert Membership.objects.filter(enterprise=firm).count() == 1


@pytest.mark.spec("H16")
def test_nobody_invites_beyond_their_own_permissions_and_what_the_inviter_lost_is_not_given():
    firm, guest = verified_enterprise(), person("reach@example.com")
    lead = sub_account(firm, "team", "trade")
    place = Membership.objects.get(user=lead)

    with pytest.raises(Denied) as beyond:
        invite(email="x@example.com", display_name="", boxes=["finance"], actor=member_actor(firm, lead), request_key=key())
    _invitation, token = invited(firm, "reach@example.com", "trade", actor=member_actor(firm, lead))
    set_boxes(place.pk, boxes=["team"], actor=member_actor(firm), request_key=key())
    with pytest.raises(Refusal) as stale:
        accept_invitation(token, actor=actor_for(guest), request_key=key())

    assert (beyond.value.code, stale.value.code) == ("beyond_own_boxes", "invitation_stale")
    assert not Membership.objects.filter(user=guest).exists()


def test_a_sub_account_without_the_team_box_invites_nobody_and_foreign_invitations_do_not_exist():
    firm, other = verified_enterprise(), verified_enterprise()
    invitation, _token = invited(firm, "mine@example.com")
    clerk, stranger = as_user(sub_account(firm, "trade")), as_user(main_account(other))

    answers = [
        clerk.get("/shop/team/invite/").status_code,
        clerk.post(f"/shop/team/invitations/{invitation.pk}/withdraw/", {"request_key": key()}).status_code,
        stranger.post(f"/shop/team/invitations/{invitation.pk}/withdraw/", {"request_key": key()}).status_code,
        stranger.post(f"/shop/team/invitations/{invitation.pk}/again/", {"request_key": key()}).status_code,
    ]

    assert answers == [403, 403, 404, 404]
    invitation.refresh_from_db()
    assert invitation.revoked_at is None


def test_a_page_opened_for_one_company_is_refused_after_switching_to_another():
    owner = main_account(verified_enterprise())
    verified_enterprise(owner=owner)
    client = as_user(owner, enforce_csrf_checks=True)
    second = Membership.objects.filter(user=owner).order_by("pk")[1].enterprise

    def token(page):
        return re.search(r'csrfmiddlewaretoken" value="([^"]+)', client.get(page).content.decode()).group(1)

    old = token("/wanted/new/")
    client.post("/me/enterprise/", {"enterprise": second.pk, "csrfmiddlewaretoken": old})
    form = {"title": "求购木浆", "category": "PAP", "quantity": "5", "unit": "t", "request_key": key()}
    stale = client.post("/wanted/new/", {**form, "csrfmiddlewaretoken": old})
    fresh = client.post("/wanted/new/", {**form, "csrfmiddlewaretoken": token("/wanted/new/")})

    assert (stale.status_code, fresh.status_code) == (403, 302)
    assert [want.enterprise_id for want in Want.objects.all()] == [second.pk]


def test_when_a_place_ends_the_session_does_not_act_for_another_company_unasked():
    guest = person("both@example.com")
    own, firm = verified_enterprise(owner=guest), verified_enterprise()
    _invitation, token = invited(firm, "both@example.com", "trade")
    client = as_user(guest)
    client.post(f"/team/join/{token}/", {"request_key": key()})
    place = Membership.objects.get(user=guest, enterprise=firm)
    end_sub_account(place.pk, actor=member_actor(firm), request_key=key())
    form = {"title": "求购木浆", "category": "PAP", "quantity": "5", "unit": "t", "request_key": key()}

    refused = client.post("/wanted/new/", form)
    page = client.get("/me/company/")

    assert refused.status_code == 403 and not Want.objects.exists()
    assert own.name in page.content.decode() and client.session[ACTING_FOR] == own.pk
    assert guest.is_active and not EnterpriseUserObjectPermission.objects.filter(user=guest, content_object=firm).exists()


@pytest.mark.spec("H15")
def test_the_switch_shows_every_company_and_only_to_those_who_have_several():
    owner = main_account(verified_enterprise("甲方贸易有限公司"))
    single = as_user(owner).get("/me/company/").content.decode()
    verified_enterprise("乙方贸易有限公司", owner=owner)
    client = as_user(owner)

    several, page = client.get("/me/company/").content.decode(), client.get("/me/enterprise/").content.decode()

    assert "/me/enterprise/" not in single and "/me/enterprise/" in several
    assert "甲方贸易有限公司" in page and "乙方贸易有限公司" in page
