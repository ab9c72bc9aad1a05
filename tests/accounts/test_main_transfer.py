"""Another person for the main account: asked for by anybody with two proofs, decided by two, done after a cooling period (H13, P37)."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.test import Client, override_settings

from accounts import services
from accounts.models import Delegation, EnterpriseUserObjectPermission, Invitation, MainTransfer, Membership, TransferProof, User
from accounts.queries import actor_for, closing_blockers, main_account
from accounts.services.transfer_reports import REQUESTS_AN_HOUR
from kernel.clock import now, telling
from kernel.models import ChainLink, Deadline, Document
from kernel.refusals import Denied, IllegalMove, Refusal
from kernel.services import deliver_due, sweep_deadlines
from messaging.models import Notice
from tests import worlds
from tests.worlds import TRANSFER_DESK, asked_transfer, cooling_transfer, key, person, proposed_transfer, staff_actor, verified_enterprise

pytestmark = pytest.mark.django_db
PASSWORD = "correct-horse-7"
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture(autouse=True)
def _fresh_counters(db):
    cache.clear()


def form(firm, **changes):
    values = {
        "named": firm.name, "registration_no": firm.registration_no, "cause": "left", "name": "钱七", "role": "法定代表人",
        "phone": "13800000000", "email": "qian@example.com", "story": "原管理员离职。", "request_key": key(),
        "licence": worlds.upload("licence"), "legal_rep_id": worlds.upload("legal_rep_id"),
    }  # fmt: skip
    return {name: value for name, value in (values | changes).items() if value is not None}


def typed_in(user) -> Client:
    client = Client()
    assert client.post("/accounts/login/", {"login": user.email or user.username, "password": PASSWORD}).status_code == 302
    return client


def cooled(case: MainTransfer, **passed) -> MainTransfer:
    """Run the clock and whatever hears it after the cooling period."""
    with telling(now() + timedelta(**(passed or {"hours": 73}))):
        sweep_deadlines()
        deliver_due()
    case.refresh_from_db()
    return case


# ---------- the request ----------


@pytest.mark.spec("H13")
def test_somebody_without_log_in_asks_with_both_proofs_and_gets_a_number(client):
    firm = verified_enterprise()
    assert "/main-account/" in client.get("/accounts/freeze/").content.decode()
    assert "/main-account/" in client.get("/help/").content.decode()
    assert client.get("/main-account/").status_code == 200

    answer = client.post("/main-account/", form(firm), follow=True)

    case = MainTransfer.objects.get()
    assert answer.redirect_chain == [("/main-account/sent/", 302)] and case.no in answer.content.decode()
    assert (case.state, case.enterprise_id, case.cause, case.language) == ("asked", None, "left", "zh-hans")
    assert sorted(case.proofs.values_list("kind", flat=True)) == ["legal_rep_id", "licence"]
    assert Deadline.objects.get(policy="accounts.main_transfer_answer").met_at is None
    assert ChainLink.objects.filter(chain=firm.chain, fact__name__startswith="accounts.main_").count() == 0


@pytest.mark.spec("H13")
@pytest.mark.parametrize(
    "missing", ["named", "registration_no", "cause", "name", "role", "story", "email", "phone", "licence", "legal_rep_id"]
)
def test_every_part_of_the_request_is_asked_for_and_files_stay_kept(client, missing):
    firm = verified_enterprise()

    answer = client.post("/main-account/", form(firm, **{missing: None}))

    assert answer.status_code == 422 and MainTransfer.objects.count() == 0
    if missing not in ("licence", "legal_rep_id"):
        assert "licence.png" in answer.content.decode()
        again = client.post("/main-account/", form(firm, licence=None, legal_rep_id=None))
        assert again.status_code == 302 and TransferProof.objects.count() == 2 and Document.objects.count() == 2


def test_p12_the_answer_is_the_same_whether_the_company_trades_here_or_not():
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    firm, answers = verified_enterprise(), []
    for named, code in ((firm.name, firm.registration_no), ("不存在有限公司", "91440101MA00000000")):
        with CaptureQueriesContext(connection) as queries:
            answer = Client().post("/main-account/", form(firm, named=named, registration_no=code))
        answers.append((answer.status_code, answer["Location"], len(queries)))

    assert answers[0] == answers[1]


def test_requests_from_one_network_are_limited():
    firm = verified_enterprise()
    for _n in range(REQUESTS_AN_HOUR):
        assert Client().post("/main-account/", form(firm)).status_code == 302

    assert Client().post("/main-account/", form(firm)).status_code == 429


@pytest.mark.spec("H13")
def test_a_representative_who_is_logged_in_finds_the_company_filled_in_and_the_desk_sees_who_asked(client):
    firm = verified_enterprise("示例纸业有限公司")
    joined = person(name="王敏")
    Membership.objects.create(user=joined, enterprise=firm, created_at=now())
    client.force_login(joined, backend=BACKEND)
    assert firm.registration_no in client.get("/main-account/").content.decode()

    client.post("/main-account/", form(firm, email=joined.email))

    case, desk = MainTransfer.objects.get(), Client()
    desk.force_login(worlds.staff_user(*TRANSFER_DESK), backend=BACKEND)
    page = desk.get(f"/admin/accounts/maintransfer/{case.pk}/change/").content.decode()
    assert case.asked_by_id == joined.pk and "王敏 · 示例纸业有限公司" in page and main_account(firm.pk).email in page


# ---------- two people ----------


@pytest.mark.spec("H13")
def test_p37_nobody_approves_their_own_proposal_superusers_neither():
    from accounts.services import approve_transfer

    firm, user = verified_enterprise(), worlds.staff_user()
    User.objects.filter(pk=user.pk).update(is_superuser=True)
    boss = actor_for(User.objects.get(pk=user.pk))
    case = proposed_transfer(firm, proposer=boss)

    with pytest.raises(Denied) as refused:
        approve_transfer(case.pk, actor=boss, request_key=key())
    with pytest.raises(IntegrityError), transaction.atomic():
        MainTransfer.objects.filter(pk=case.pk).update(state="cooling", approved_by_id=boss.user_id, ends_at=now())

    assert refused.value.code == "own_proposal"


@pytest.mark.spec("H13")
def test_p37_staff_who_belong_or_once_belonged_to_the_company_neither_propose_nor_approve():
    from accounts.services import approve_transfer, propose_transfer

    firm, insider = verified_enterprise(), staff_actor(*TRANSFER_DESK)
    Membership.objects.create(user_id=insider.user_id, enterprise=firm, created_at=now(), ended_at=now())
    case = asked_transfer(firm)

    with pytest.raises(Denied):
        propose_transfer(case.pk, enterprise_id=firm.pk, keep_as_sub=False, actor=insider, request_key=key())
    propose_transfer(case.pk, enterprise_id=firm.pk, keep_as_sub=False, actor=staff_actor(*TRANSFER_DESK), request_key=key())
    with pytest.raises(Denied) as refused:
        approve_transfer(case.pk, actor=insider, request_key=key())

    assert refused.value.code == "own_enterprise"


def test_p37_staff_do_not_decide_about_an_account_that_is_to_be_their_own():
    from accounts.services import propose_transfer

    firm, clerk = verified_enterprise(), worlds.staff_user(*TRANSFER_DESK)
    case = asked_transfer(firm, email=clerk.email)

    with pytest.raises(Denied):
        propose_transfer(case.pk, enterprise_id=firm.pk, keep_as_sub=False, actor=actor_for(clerk), request_key=key())
    with pytest.raises(Refusal) as refused:
        propose_transfer(case.pk, enterprise_id=firm.pk, keep_as_sub=False, actor=staff_actor(*TRANSFER_DESK), request_key=key())

    assert refused.value.code == "new_holder_staff"


def test_those_without_the_permission_decide_nothing():
    firm = verified_enterprise()
    case = asked_transfer(firm)

    for actor in (staff_actor("accounts.view_maintransfer"), worlds.member_actor(firm)):
        with pytest.raises(Denied):
            services.propose_transfer(case.pk, enterprise_id=firm.pk, keep_as_sub=False, actor=actor, request_key=key())


@pytest.mark.spec("H13")
def test_both_proofs_are_needed_to_propose():
    firm = verified_enterprise()
    case = asked_transfer(firm)
    Document.objects.filter(transferproof__kind="licence").update(erased_at=now())

    with pytest.raises(Refusal) as refused:
        services.propose_transfer(case.pk, enterprise_id=firm.pk, keep_as_sub=False, actor=staff_actor(*TRANSFER_DESK), request_key=key())

    assert refused.value.code == "proofs_missing"


@pytest.mark.spec("H13")
def test_a_stolen_account_is_frozen_before_it_changes_hands():
    firm = verified_enterprise()
    case, clerk = asked_transfer(firm, cause="stolen"), staff_actor(*TRANSFER_DESK)

    with pytest.raises(Refusal) as refused:
        services.propose_transfer(case.pk, enterprise_id=firm.pk, keep_as_sub=False, actor=clerk, request_key=key())
    type(firm).objects.filter(pk=firm.pk).update(state="frozen")
    services.propose_transfer(case.pk, enterprise_id=firm.pk, keep_as_sub=False, actor=clerk, request_key=key())

    assert refused.value.code == "freeze_first"


@pytest.mark.parametrize("address", ["holder", "sub"])
def test_an_address_that_cannot_hold_a_main_account_is_refused(address):
    from allauth.account.models import EmailAddress

    firm = verified_enterprise()
    email = main_account(firm.pk).email
    if address == "sub":
        sub, email = worlds.sub_account(firm, "trade"), "sub-with-address@example.com"
        EmailAddress.objects.create(user=sub, email=email, verified=True, primary=True)
    case = asked_transfer(firm, email=email)

    with pytest.raises(Refusal) as refused:
        services.propose_transfer(case.pk, enterprise_id=firm.pk, keep_as_sub=False, actor=staff_actor(*TRANSFER_DESK), request_key=key())

    assert refused.value.code == {"holder": "new_holder_same", "sub": "new_holder_log_in"}[address]


# ---------- the cooling period ----------


@pytest.mark.spec("H13")
def test_after_approval_old_contacts_are_told_and_nothing_changes_before_the_cooling_period_ends():
    firm = verified_enterprise()
    holder, team = main_account(firm.pk), worlds.sub_account(firm, "team")
    case = cooling_transfer(firm)
    deliver_due()

    told = Notice.objects.filter(msgid__startswith="The main account of your company is to go")
    assert sorted(told.values_list("recipient_id", flat=True)) == sorted([holder.pk, team.pk])
    assert any(message.to == [holder.email] and case.no in message.body for message in mail.outbox)
    assert case.ends_at - now() > timedelta(hours=71) and closing_blockers(firm.pk)
    assert cooled(case, hours=71).state == "cooling" and main_account(firm.pk) == holder
    assert cooled(case).state == "done" and main_account(firm.pk) != holder


@override_settings(DEADLINES={"accounts.main_transfer": {"hours": 24}})
def test_the_cooling_period_is_a_setting():
    case = cooling_transfer(verified_enterprise())

    assert cooled(case, hours=23).state == "cooling"
    assert cooled(case, hours=25).state == "done"


@pytest.mark.spec("H13")
def test_the_main_account_goes_to_a_new_person_who_chooses_a_password_and_the_old_sessions_end(client):
    firm = verified_enterprise("示例纸业有限公司")
    holder, sub = main_account(firm.pk), worlds.sub_account(firm, "trade")
    browser = typed_in(holder)
    assert browser.get("/me/").status_code == 200
    services.invite(email="friend@example.com", display_name="", boxes=["trade"], actor=worlds.member_actor(firm), request_key=key())
    today = now().date()
    services.name_stand_in(
        taker_id=Membership.objects.get(user=sub).pk, starts_on=today, ends_on=today, actor=worlds.member_actor(firm), request_key=key()
    )  # fmt: skip
    case = cooled(cooling_transfer(firm, email="qian@example.com"))

    heir = main_account(firm.pk)
    assert (case.state, case.new_main_id, heir.email, heir.display_name) == ("done", heir.pk, "qian@example.com", "钱七")
    assert browser.get("/me/")["Location"].startswith("/accounts/login/")
    assert actor_for(holder).enterprise_id is None
    assert Invitation.objects.get().revoked_at and Delegation.objects.get().ended_at
    fact = ChainLink.objects.get(chain=firm.chain, fact__name="accounts.main_account_transferred").fact
    assert fact.payload["sessions_ended"] == 1 and fact.changes["main_account"] == [holder.pk, heir.pk]
    letter = next(m for m in mail.outbox if m.to == ["qian@example.com"] and "reset" in m.body)
    link = re.search(r"http://[^/]+(/accounts/password/reset/key/\S+)", letter.body)[1]
    page = client.get(link, follow=True)
    fresh = "a-new-horse-9"
    assert client.post(page.redirect_chain[-1][0], {"password1": fresh, "password2": fresh}).status_code == 302
    visitor = Client()
    assert visitor.post("/accounts/login/", {"login": "qian@example.com", "password": fresh})["Location"] == "/me/"
    assert visitor.get("/shop/team/").status_code == 200
    assert Notice.objects.filter(recipient=holder, msgid__contains="you no longer hold it").exists()


@pytest.mark.spec("H13")
def test_a_person_with_a_log_in_of_their_own_keeps_it_and_the_old_holder_may_stay_as_a_sub_account_that_reads():
    firm, heir = verified_enterprise(), person()
    holder = main_account(firm.pk)
    place = Membership.objects.create(user=heir, enterprise=firm, created_at=now(), only_granted_orders=True)

    case = cooled(cooling_transfer(firm, email=heir.email, keep_as_sub=True))

    place.refresh_from_db()
    old, new = actor_for(User.objects.get(pk=holder.pk)), actor_for(User.objects.get(pk=heir.pk))
    assert case.new_main_id == heir.pk and place.is_main and not place.only_granted_orders
    assert new.is_main and User.objects.get(pk=heir.pk).check_password(PASSWORD)
    assert not old.is_main and old.enterprise_id == firm.pk and old.boxes == {"reports"}
    assert User.objects.get(pk=holder.pk).check_password(PASSWORD)


@pytest.mark.spec("H13")
def test_after_a_theft_the_old_password_opens_nothing_and_the_company_stays_frozen():
    firm = verified_enterprise(state="frozen")
    holder = main_account(firm.pk)

    cooled(cooling_transfer(firm, cause="stolen"))

    firm.refresh_from_db()
    assert firm.state == "frozen" and not User.objects.get(pk=holder.pk).has_usable_password()


def test_whoever_signed_up_with_the_address_and_never_confirmed_it_does_not_get_the_company():
    from allauth.account.models import EmailAddress

    firm = verified_enterprise()
    squatter = User.objects.create_user("squatter", email="qian@example.com", password=PASSWORD)
    EmailAddress.objects.create(user=squatter, email="qian@example.com", verified=False, primary=True)
    thief = person("thief@example.com")
    EmailAddress.objects.create(user=thief, email="qian@example.com", verified=False)

    cooled(cooling_transfer(firm, email="qian@example.com"))

    heir = main_account(firm.pk)
    assert heir.pk != thief.pk and not heir.has_usable_password()
    assert not Client().login(username="squatter", password=PASSWORD)
    assert list(EmailAddress.objects.filter(email="qian@example.com").values_list("user_id", "verified")) == [(heir.pk, True)]


@pytest.mark.spec("H13")
def test_the_holder_objects_and_staff_begin_anew_with_two_people(client):
    firm = verified_enterprise()
    holder = main_account(firm.pk)
    case = cooling_transfer(firm)
    client.force_login(holder, backend=BACKEND)
    worlds.reauthenticate(client)
    assert case.no in client.get("/me/security/").content.decode()
    assert client.get("/me/security/main-account/").status_code == 200

    answer = client.post("/me/security/main-account/", {"reason": "我仍在职", "request_key": key()})

    case.refresh_from_db()
    assert answer.status_code == 302
    assert (case.state, case.objection, case.proposed_by_id, case.ends_at) == ("asked", "我仍在职", None, None)
    assert cooled(case).state == "asked" and main_account(firm.pk) == holder
    with pytest.raises(IllegalMove):
        services.approve_transfer(case.pk, actor=staff_actor(*TRANSFER_DESK), request_key=key())
    assert client.get("/me/security/main-account/").status_code == 302


def test_nobody_but_the_present_holder_objects():
    firm = verified_enterprise()
    cooling_transfer(firm)

    with pytest.raises(Denied):
        services.object_to_transfer(reason="x", actor=worlds.member_actor(firm, worlds.sub_account(firm, "team")), request_key=key())
    with pytest.raises(Refusal):
        services.object_to_transfer(reason="x", actor=worlds.member_actor(verified_enterprise()), request_key=key())


def test_a_stopped_and_newly_approved_transfer_waits_its_own_cooling_period():
    firm = verified_enterprise()
    case = cooling_transfer(firm)
    first = case.ends_at
    with telling(now() + timedelta(hours=48)):
        services.stop_transfer(case.pk, reason="再核实", actor=staff_actor(*TRANSFER_DESK), request_key=key())
        services.propose_transfer(case.pk, enterprise_id=firm.pk, keep_as_sub=False, actor=staff_actor(*TRANSFER_DESK), request_key=key())
        services.approve_transfer(case.pk, actor=staff_actor(*TRANSFER_DESK), request_key=key())
    case.refresh_from_db()

    with telling(first + timedelta(minutes=1)):
        assert services.complete_transfer(case.pk) is False  # a late delivery of the first clock
    assert cooled(case).state == "cooling"
    assert cooled(case, hours=121).state == "done"


def test_a_company_that_changed_meanwhile_is_left_as_it_is():
    firm = verified_enterprise()
    case = cooling_transfer(firm)
    type(firm).objects.filter(pk=firm.pk).update(state="closed")

    cooled(case)

    assert case.state == "asked" and case.reason and Membership.objects.get(enterprise=firm).is_main


def test_one_transfer_at_a_time():
    firm = verified_enterprise()
    cooling_transfer(firm)

    with pytest.raises(Refusal) as refused:
        proposed_transfer(firm)

    assert refused.value.code == "one_at_a_time"


def test_turned_down_dismissed_and_stopped_only_with_a_reason():
    firm, desk = verified_enterprise(), staff_actor(*TRANSFER_DESK)
    case = proposed_transfer(firm)

    with pytest.raises(Refusal):
        services.turn_down_transfer(case.pk, reason=" ", actor=desk, request_key=key())
    services.turn_down_transfer(case.pk, reason="证件不清", actor=desk, request_key=key())
    with pytest.raises(Refusal):
        services.dismiss_transfer(case.pk, reason="", actor=desk, request_key=key())
    services.dismiss_transfer(case.pk, reason="冒名", actor=desk, request_key=key())

    case.refresh_from_db()
    assert case.state == "dismissed" and not Deadline.objects.filter(subject_type="accounts.maintransfer", met_at=None, cancelled_at=None)


# ---------- the desk ----------


@pytest.mark.spec("H13")
def test_two_clerks_do_it_at_the_desk_and_each_opening_of_a_proof_is_written_down():
    firm = verified_enterprise()
    case, desks = asked_transfer(firm), [Client(), Client()]
    for desk in desks:
        desk.force_login(worlds.staff_user(*TRANSFER_DESK), backend=BACKEND)
    path = f"/admin/accounts/maintransfer/{case.pk}/change/"
    assert case.no in desks[0].get("/admin/accounts/maintransfer/").content.decode()
    proof = case.proofs.first()
    assert desks[0].get(f"/admin/accounts/maintransfer/proofs/{proof.pk}/").status_code == 200

    own = {"step": "propose", "enterprise": firm.pk, "request_key": key()}
    assert desks[0].post(path, own).status_code == 302
    assert desks[0].post(path, {"step": "approve", "request_key": key()}).status_code == 403
    assert desks[1].post(path, {"step": "approve", "request_key": key()}).status_code == 302

    case.refresh_from_db()
    assert case.state == "cooling" and desks[1].get(path).status_code == 200
    assert ChainLink.objects.filter(fact__name="accounts.main_transfer_proof_viewed").exists()
    assert desks[1].post(path, {"step": "stop", "reason": "再核实", "request_key": key()}).status_code == 302


def test_the_desk_is_closed_to_others():
    case = asked_transfer(verified_enterprise())
    desk = Client()
    desk.force_login(worlds.staff_user("accounts.view_enterprise"), backend=BACKEND)

    assert desk.get(f"/admin/accounts/maintransfer/{case.pk}/change/").status_code == 403
    assert desk.get(f"/admin/accounts/maintransfer/proofs/{case.proofs.first().pk}/").status_code == 404


def test_proofs_and_contacts_go_after_their_days():
    from kernel.timer import TIMER

    firm = verified_enterprise()
    done = cooled(cooling_transfer(firm))
    open_case = asked_transfer(verified_enterprise())

    with telling(now() + timedelta(days=400)):
        removed = services.erase_old_papers(actor=TIMER)

    done.refresh_from_db()
    assert removed["transfer"] == 2 and done.contact == ""
    assert open_case.proofs.filter(document__erased_at=None).count() == 2


def test_p14_an_actor_read_before_the_transfer_does_nothing_after_it():
    firm = verified_enterprise()
    before = worlds.member_actor(firm)
    cooled(cooling_transfer(firm))

    with pytest.raises(Denied) as refused:
        services.create_sub_account(
            username="li", display_name="", password="correct-horse-9", boxes=["trade"], actor=before, request_key=key()
        )  # fmt: skip
    assert refused.value.code == "membership_ended" and EnterpriseUserObjectPermission.objects.filter(content_object=firm).count() == 0
