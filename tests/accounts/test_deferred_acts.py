"""What waits is asked again when it runs: nobody acts through a job, an approval, a form or a wish after their right has ended (P14)."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts import services
from accounts.models import Approval, EnterpriseUserObjectPermission, ExportJob, Membership, User
from accounts.queries import approval_ticket
from kernel.clock import now
from kernel.models import Document
from kernel.refusals import Denied, Refusal
from kernel.services import deliver_due
from tests import worlds
from tests.worlds import key, main_account, member_actor, person, staff_actor, sub_account, verified_enterprise

from .test_changes import REVIEWER, approved, asked_for
from .test_limits import TONNE, asked, firms, limited, place_of, refused, send

pytestmark = pytest.mark.django_db


def ended(user, firm) -> None:
    services.end_sub_account(place_of(user).pk, actor=member_actor(firm), request_key=key())


def stripped(user, firm, *boxes) -> None:
    EnterpriseUserObjectPermission.objects.filter(user=user).delete()
    for box in boxes:
        permission = Permission.objects.get(content_type__app_label="accounts", codename=box)
        EnterpriseUserObjectPermission.objects.create(user=user, permission=permission, content_object=firm)


# ---------- approvals ----------


def an_approval(approver_boxes=("approve",), per_order=None):
    """An approved request: (buyer, asker, approver, seller, goods)."""
    buyer, seller, goods = firms()
    asker, approver = limited(buyer, per_order=0), sub_account(buyer, *approver_boxes)
    if per_order is not None:
        services.set_limit(
            place_of(approver).pk, per_order_minor=per_order, per_period_minor=None, period="month", actor=member_actor(buyer),
            request_key=key(),
        )  # fmt: skip
    request = asked(refused(lambda: send(buyer, asker, seller, goods, 1)), buyer, asker)
    services.decide_approval(request.pk, verdict="approve", note="", actor=member_actor(buyer, approver), request_key=key())
    return buyer, asker, approver, seller, goods


@pytest.mark.spec("B10")
def test_p14_an_approval_of_somebody_who_still_may_is_used():
    buyer, asker, _approver, seller, goods = an_approval()

    send(buyer, asker, seller, goods, 1)

    assert Approval.objects.get().state == "used"


@pytest.mark.spec("B10")
@pytest.mark.parametrize("how", [ended, stripped])
def test_p14_an_approval_of_somebody_who_left_or_lost_the_right_is_worth_nothing_and_may_be_asked_for_anew(how):
    buyer, asker, approver, seller, goods = an_approval()
    how(approver, buyer)

    again = asked(refused(lambda: send(buyer, asker, seller, goods, 1)), buyer, asker)

    assert again.state == "requested" and Approval.objects.get(state="withdrawn").pk != again.pk
    services.decide_approval(again.pk, verdict="approve", note="", actor=member_actor(buyer), request_key=key())
    send(buyer, asker, seller, goods, 1)


@pytest.mark.spec("B10")
def test_p14_an_approval_above_the_approvers_lowered_limit_is_worth_nothing():
    buyer, asker, approver, seller, goods = an_approval(per_order=10 * TONNE)
    services.set_limit(
        place_of(approver).pk, per_order_minor=1, per_period_minor=None, period="month", actor=member_actor(buyer), request_key=key()
    )  # fmt: skip

    refused(lambda: send(buyer, asker, seller, goods, 1))


@pytest.mark.spec("B10")
@pytest.mark.parametrize("gone", ["stand_in", "giver"])
def test_p14_an_approval_by_a_stand_in_falls_with_the_stand_in_and_with_whom_it_stood_in_for(gone):
    buyer, seller, goods = firms()
    asker, giver, taker = limited(buyer, per_order=0), sub_account(buyer, "approve"), sub_account(buyer, "trade")
    day = now().date()
    services.name_stand_in(
        taker_id=place_of(taker).pk, starts_on=day, ends_on=day + timedelta(days=1), actor=member_actor(buyer, giver), request_key=key()
    )  # fmt: skip
    request = asked(refused(lambda: send(buyer, asker, seller, goods, 1)), buyer, asker)
    services.decide_approval(request.pk, verdict="approve", note="", actor=member_actor(buyer, taker), request_key=key())
    ended({"stand_in": taker, "giver": giver}[gone], buyer)

    refused(lambda: send(buyer, asker, seller, goods, 1))


@pytest.mark.spec("B10")
@pytest.mark.parametrize("how", [ended, stripped])
def test_p14_an_approved_act_of_an_asker_who_left_or_lost_the_box_is_refused(how):
    buyer, asker, _approver, seller, goods = an_approval()
    before = member_actor(buyer, asker)
    how(asker, buyer)

    with pytest.raises(Denied):
        send(buyer, asker, seller, goods, 1)
    if how is ended:  # an actor that a running request still holds
        with pytest.raises(Denied) as stale:
            services.ask_approval(ticket=ticket_of(before), note="", actor=before, request_key=key())
        assert stale.value.code == "membership_ended"


def ticket_of(actor) -> str:
    act = {"verb": "orders.propose", "subject": "x:1", "terms": "", "amount_minor": 1, "currency": "CNY", "why": "over_order_limit"}
    return approval_ticket(actor, Refusal("approval_needed", "", **act), title="", rows=[], url="/", fields=[])


# ---------- exports ----------


@pytest.mark.spec("H54")
@pytest.mark.parametrize("change", ["frozen", "another_main", "left"])
def test_p14_an_export_stops_when_who_asked_may_no_longer_ask(change):
    firm = verified_enterprise()
    owner = main_account(firm)
    job = services.request_export(actor=member_actor(firm), request_key=key())
    services.make_part(job.pk, part=0)
    assert Document.objects.filter(purpose=f"accounts.export:{job.pk}").exists()
    if change == "frozen":
        type(firm).objects.filter(pk=firm.pk).update(state="frozen")
    else:
        Membership.objects.filter(user=owner).update(is_main=False, **({"ended_at": now()} if change == "left" else {}))
        Membership.objects.create(user=person(), enterprise=firm, is_main=True, created_at=now())

    deliver_due()

    job = ExportJob.objects.get(pk=job.pk)
    assert (job.state, job.problem) == ("failed", "stopped")
    assert not Document.objects.filter(purpose=f"accounts.export:{job.pk}").exists()


# ---------- wishes that the staff decide later ----------


@pytest.mark.spec("H19")
@pytest.mark.parametrize("how", ["ended", "stripped", "frozen"])
def test_p14_a_change_of_company_data_is_not_approved_when_who_asked_may_no_longer_ask(how):
    firm = verified_enterprise()
    clerk = sub_account(firm, "company")
    change = asked_for(firm, actor=member_actor(firm, clerk))
    if how == "frozen":
        type(firm).objects.filter(pk=firm.pk).update(state="frozen")
    else:
        {"ended": ended, "stripped": stripped}[how](clerk, firm)

    with pytest.raises(Refusal) as refusal:
        approved(change)

    assert refusal.value.code == ("company_frozen" if how == "frozen" else "asker_gone")
    services.reject_change(change.pk, reason="申请人已离开", actor=staff_actor(*REVIEWER), request_key=key())


@pytest.mark.spec("H15")
def test_p14_an_invitation_of_somebody_who_left_admits_nobody():
    from allauth.account.models import EmailAddress

    from accounts.services.invitations import _token

    firm, guest = verified_enterprise(), person()
    manager = sub_account(firm, "team", "trade")
    sent = services.invite(email=guest.email, display_name="", boxes=["trade"], actor=member_actor(firm, manager), request_key=key())
    ended(manager, firm)

    with pytest.raises(Refusal) as refusal:
        token = _token(firm.pk, sent.email_digest, sent.expires_at)
        services.accept_invitation(token, actor=worlds.actor_for(guest), request_key=key())

    assert refusal.value.code == "invitation_stale" and EmailAddress.objects.filter(user=guest).exists()


# ---------- forms that wait ----------


@pytest.mark.spec("B16")
def test_p14_a_form_that_waited_for_the_password_is_refused_when_the_box_is_gone_by_then():
    firm = verified_enterprise()
    manager, colleague = sub_account(firm, "team", "trade"), sub_account(firm, "trade")
    client = Client()
    client.force_login(manager, backend="allauth.account.auth_backends.AuthenticationBackend")
    path = f"/shop/team/{place_of(colleague).pk}/boxes/"
    waiting = client.post(path, {"boxes": ["trade", "team"], "request_key": key()})
    assert waiting["Location"].startswith("/accounts/reauthenticate/")
    stripped(manager, firm, "trade")

    client.post(waiting["Location"], {"password": "correct-horse-7"})
    answer = client.get(path)

    assert answer.status_code in (403, 405)
    assert not EnterpriseUserObjectPermission.objects.filter(user=colleague, permission__codename="team").exists()


@pytest.mark.spec("H15")
def test_p14_a_draft_listing_of_a_sub_account_that_left_is_handed_in_by_others_only():
    from catalog.services import create_listing, submit_listing

    firm = verified_enterprise()
    seller = sub_account(firm, "manage_products")
    before = member_actor(firm, seller)
    draft = create_listing(worlds.listing_terms(), actor=before, category="PAP", opening_stock=1, request_key=key())
    ended(seller, firm)

    for actor in (before, member_actor(firm, User.objects.get(pk=seller.pk))):
        with pytest.raises((Denied, Refusal)):
            submit_listing(draft.no, actor=actor, request_key=key())
    assert submit_listing(draft.no, actor=member_actor(firm), request_key=key()).state == "in_review"


@pytest.mark.spec("H15")
def test_what_a_sub_account_promised_for_its_company_stays_promised_when_it_leaves():
    """ADR 0010: a proposal is the company's word, given by somebody who might give it; the company withdraws it, not an ended log-in."""
    buyer, seller, goods = firms()
    clerk = sub_account(buyer, "trade")
    order = send(buyer, clerk, seller, goods, 1)
    ended(clerk, buyer)

    assert worlds.confirmed(order).state in ("confirmed", "funded")
