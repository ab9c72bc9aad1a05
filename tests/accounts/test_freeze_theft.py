"""What a thief left behind when the company was frozen opens nothing afterwards, and reports are no weapon (H12-H14, P15)."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts import services
from accounts.actors import Actor
from accounts.models import FreezeCase, Invitation, Membership
from accounts.queries import actor_for
from accounts.services.freeze_reports import FILES_AN_HOUR
from accounts.services.invitations import _token
from kernel.clock import now
from kernel.models import Document, Fact
from kernel.refusals import Denied, NotFound, Refusal
from tests.races import race
from tests.worlds import key, main_account, member_actor, person, staff_actor, sub_account, verified_enterprise

from .test_changes import BANK, REVIEWER, asked_for, matched, picture
from .test_freeze import DESK, PASSWORD, frozen, lifted, report

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_counters(db):
    cache.clear()


@pytest.mark.spec("H14", "H19")
def test_p15_nobody_agrees_to_a_change_of_a_frozen_company_and_refusing_stays_possible():
    firm = verified_enterprise()
    change = asked_for(firm, "bank", BANK)
    first, second = staff_actor(*REVIEWER), staff_actor(*REVIEWER)
    matched(change, first)
    case = frozen(firm)

    with pytest.raises(Refusal) as refusal:
        services.pass_on_change(change.pk, actor=first, request_key=key())
    assert refusal.value.code == "company_frozen"
    lifted(case)
    services.pass_on_change(change.pk, actor=first, request_key=key())
    again = frozen(firm)
    with pytest.raises(Refusal) as refusal:
        services.approve_change(change.pk, actor=second, request_key=key())
    assert refusal.value.code == "company_frozen"
    firm.refresh_from_db()
    assert firm.bank_account == "" and again.state == "frozen"

    services.reject_change(change.pk, reason="不是本人申请", actor=second, request_key=key())
    change.refresh_from_db()
    assert change.state == "rejected"


@pytest.mark.spec("H14", "H15")
def test_an_invitation_that_was_open_at_the_freeze_lets_nobody_in_after_it():
    firm, thief = verified_enterprise(), person("thief@example.com")
    sent = services.invite(email=thief.email, display_name="", boxes=["trade"], actor=member_actor(firm), request_key=key())
    lifted(frozen(firm))

    with pytest.raises(NotFound):
        services.accept_invitation(_token(firm.pk, sent.email_digest, sent.expires_at), actor=actor_for(thief), request_key=key())
    assert Invitation.objects.get().revoked_at is not None
    assert Fact.objects.get(name="accounts.invitation_revoked").payload["invitation_id"] == sent.pk


@pytest.mark.spec("H13")
def test_no_log_in_that_was_in_the_thiefs_hand_opens_after_the_freeze_and_others_do():
    firm = verified_enterprise()
    sub, own = sub_account(firm, "trade"), person("colleague@example.com")
    Membership.objects.create(user=own, enterprise=firm, created_at=now())
    lifted(frozen(firm))

    assert not Client().login(username=sub.username, password=PASSWORD)
    assert not Client().login(username=main_account(firm).username, password=PASSWORD)
    assert Client().login(username=own.username, password=PASSWORD)
    services.set_sub_account_password(
        sub.memberships.get().pk, password="a-new-horse-77", actor=member_actor(firm), request_key=key()
    )  # fmt: skip
    assert Client().login(username=sub.username, password="a-new-horse-77")


@pytest.mark.spec("H13", "B16")
def test_neither_a_second_factor_nor_an_address_that_a_thief_added_is_there_after_the_freeze():
    firm, other = verified_enterprise(), verified_enterprise()
    for owner in (main_account(firm), main_account(other)):
        TOTP.activate(owner, generate_totp_secret())
        EmailAddress.objects.create(user=owner, email=f"thief{owner.pk}@example.com", verified=True)
    lifted(frozen(firm))

    owner, untouched = main_account(firm), main_account(other)
    assert not Authenticator.objects.filter(user=owner).exists() and Authenticator.objects.filter(user=untouched).exists()
    assert list(EmailAddress.objects.filter(user=owner).values_list("email", "primary")) == [(owner.email, True)]
    assert EmailAddress.objects.filter(user=untouched).count() == 2
    facts = Fact.objects.filter(name__in=["accounts.second_factor_changed", "accounts.log_in_address_changed"], actor_kind="staff")
    assert {fact.payload["user_id"] for fact in facts} == {owner.pk} and facts.count() == 2
    assert {fact.links.get().chain for fact in facts} == {firm.chain}


@pytest.mark.spec("H12")
@pytest.mark.parametrize("by", ["code", "name"])
def test_p37_staff_do_not_put_a_report_about_their_own_company_aside(by):
    firm, desk, colleague = verified_enterprise(), staff_actor(*DESK), staff_actor(*DESK)
    Membership.objects.create(user_id=desk.user_id, enterprise=firm, created_at=now(), ended_at=now())
    said = {"registration_no": firm.registration_no, "named": "?"} if by == "code" else {"named": firm.name}
    case = FreezeCase.objects.create(no="FZ-OWN", reported_at=now(), **said)

    with pytest.raises(Denied) as refusal:
        services.dismiss_report(case.pk, reason="恶作剧", actor=desk, request_key=key())
    assert refusal.value.code == "own_enterprise"
    assert services.dismiss_report(case.pk, reason="恶作剧", actor=colleague, request_key=key()).state == "dismissed"


@pytest.mark.spec("H12")
def test_files_that_are_refused_count_against_the_limit_of_a_network_too():
    client, hostile = Client(), b"<html><script>alert(1)</script>"
    for _time in range(FILES_AN_HOUR // 2 + 1):
        pair = {kind: SimpleUploadedFile(f"{kind}.pdf", hostile) for kind in ("licence", "legal_rep_id")}
        answer = client.post("/accounts/freeze/", report(**pair))

    assert "400-000-0000" in answer.content.decode()  # try later, or phone
    assert not Document.objects.exists() and not FreezeCase.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_many_files_at_once_from_one_network_are_counted_one_by_one(monkeypatch):
    from accounts.services import freeze_reports

    monkeypatch.setattr(freeze_reports, "FILES_AN_HOUR", 3)
    actor = Actor("person", ip="203.0.113.9")
    results = race([lambda: services.keep_proof(picture(), actor=actor)] * 8)

    assert sum(isinstance(result, freeze_reports.TooMany) for result in results) == 5, results
