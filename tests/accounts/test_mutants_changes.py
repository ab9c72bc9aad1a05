"""What earlier tests let pass when changes of company data were broken on purpose."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.services import approve_change, hand_in_change, judge_change, keep_paper, pass_on_change, withdraw_change
from kernel.clock import now, telling
from kernel.models import ChainLink, Deadline, Document, Fact
from kernel.refusals import Denied, Refusal
from tests.worlds import key, member_actor, staff_actor, verified_enterprise

from .test_changes import REVIEWER, asked_for, licence, matched, picture

pytestmark = pytest.mark.django_db


@pytest.mark.spec("H19", "P37")
def test_who_passed_a_change_on_says_nothing_more_about_it():
    firm, first, second = verified_enterprise(), staff_actor(*REVIEWER), staff_actor(*REVIEWER)
    change = asked_for(firm, "legal", {"legal_representative": "王五"})
    matched(change, first)
    pass_on_change(change.pk, actor=first, request_key=key())

    with pytest.raises(Denied) as refusal:
        judge_change(change.pk, {"legal_representative": ("matches", "")}, actor=first, request_key=key())
    assert refusal.value.code == "same_reviewer"
    judge_change(change.pk, {"legal_representative": ("differs", "另一个人")}, actor=second, request_key=key())
    with pytest.raises(Refusal) as open_one:  # the second reviewer's word counts
        approve_change(change.pk, actor=second, request_key=key())
    assert open_one.value.code == "fields_not_matched"


@pytest.mark.spec("H19", "H04")
def test_a_licence_that_ended_while_the_change_waited_is_not_put_on_file():
    firm, reviewer = verified_enterprise(), staff_actor(*REVIEWER)
    last_day = timezone.localdate(now()) + timedelta(days=3)
    change = asked_for(firm, values=licence(firm, licence_expires_on=last_day))
    matched(change, reviewer)

    with telling(now() + timedelta(days=4)), pytest.raises(Refusal) as refusal:
        approve_change(change.pk, actor=reviewer, request_key=key())
    assert refusal.value.code == "licence_expired"
    firm.refresh_from_db()
    assert firm.licence_expires_on is None
    with telling(now() + timedelta(days=3)):
        assert approve_change(change.pk, actor=reviewer, request_key=key()).state == "approved"


@pytest.mark.spec("H19")
def test_a_change_that_was_taken_back_stops_its_clock():
    firm = verified_enterprise()
    change = asked_for(firm)
    withdraw_change(change.version, actor=member_actor(firm), request_key=key())

    clock = Deadline.objects.get(policy="accounts.change_review")
    assert clock.cancelled_at and not clock.met_at
    fact = Fact.objects.get(name="accounts.change_withdrawn")
    assert ChainLink.objects.filter(fact=fact, chain=firm.chain).exists()


@pytest.mark.spec("H19", "P12")
def test_p12_a_paper_that_somebody_else_uploaded_is_not_handed_in():
    firm, stranger = verified_enterprise(), verified_enterprise()
    theirs = keep_paper(picture(), actor=member_actor(stranger)).token

    for token in (theirs, "nothing-like-a-token"):
        with pytest.raises(Refusal) as refusal:
            hand_in_change(
                "licence", licence(firm, name="新名纸业有限公司"), papers={"licence": token}, reason="", actor=member_actor(firm),
                request_key=key(),
            )  # fmt: skip
        assert refusal.value.code == "paper_unknown"
    assert Document.objects.get(token=theirs).owner_chain.startswith("person:")
