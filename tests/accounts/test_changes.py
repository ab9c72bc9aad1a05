"""Changes of company data: versioned, reviewed, with the old data live until approval (H19, H21, P17, P37)."""

import io
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from accounts.models import CompanyChange, FieldVerdict, FormerName, QualificationDocument
from accounts.queries import change_handed_in_at, payee_account
from accounts.services import (
    answer_change,
    approve_change,
    ask_about_change,
    hand_in_change,
    judge_change,
    keep_paper,
    pass_on_change,
    reject_change,
    take_up_change,
    view_change_paper,
    withdraw_change,
)
from kernel.clock import now, telling
from kernel.models import ChainLink, Deadline, Fact
from kernel.refusals import Denied, IllegalMove, NotFound, Refusal
from kernel.services import deliver_due, sweep_deadlines
from messaging.models import Notice
from tests.worlds import (
    key,
    main_account,
    member_actor,
    staff_actor,
    staff_user,
    sub_account,
    uscc,
    verified_enterprise,
)

pytestmark = pytest.mark.django_db
BANK = {"bank_name": "示例银行广州分行", "bank_code": "102100099996", "bank_account": "6222 0202 0011 2233"}
REVIEWER = ("accounts.review_change",)


def picture(name="licence.png", colour="white"):
    target = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(target, "PNG")
    return SimpleUploadedFile(name, target.getvalue(), "image/png")


def licence(firm, **changes) -> dict:
    names = ("name", "name_en", "registration_no", "licence_expires_on")
    return {**{name: getattr(firm, name) for name in names}, **changes}


def asked_for(firm, group="licence", values=None, kinds=None, actor=None) -> CompanyChange:
    """A change handed in with the papers it needs."""
    from accounts.rules import CHANGE_GROUPS

    actor = actor or member_actor(firm)
    values = values or licence(firm, name="新名纸业有限公司", name_en="New Name Paper")
    kinds = CHANGE_GROUPS[group].papers if kinds is None else kinds
    papers = {kind: keep_paper(picture(f"{kind}.png"), actor=actor).token for kind in kinds}
    return hand_in_change(group, values, papers=papers, reason="更名", consented=True, actor=actor, request_key=key())


def matched(change, reviewer) -> None:
    """Take it up, if nobody has, and find every field to match."""
    change.refresh_from_db()
    if change.state == "submitted":
        take_up_change(change.pk, actor=reviewer, request_key=key())
    said = {name: ("matches", "") for name in change.fields if name != "tax_no"}
    judge_change(change.pk, said, actor=reviewer, request_key=key())


def approved(change, reviewer=None) -> CompanyChange:
    reviewer = reviewer or staff_actor(*REVIEWER)
    matched(change, reviewer)
    return approve_change(change.pk, actor=reviewer, request_key=key())


@pytest.mark.spec("H19")
def test_old_data_stay_live_until_the_change_is_approved():
    firm = verified_enterprise("旧名纸业有限公司")
    change = asked_for(firm)

    firm.refresh_from_db()
    assert (firm.name, change.version, change.state) == ("旧名纸业有限公司", 1, "submitted")
    assert change.fields == ["name", "name_en"]

    approved(change)
    firm.refresh_from_db()
    assert (firm.name, firm.name_en) == ("新名纸业有限公司", "New Name Paper")


@pytest.mark.spec("H19")
def test_approval_keeps_a_version_the_former_name_the_papers_and_a_fact():
    firm = verified_enterprise("旧名纸业有限公司")
    change = asked_for(firm)
    versions = firm.history.count()

    approved(change)

    assert firm.history.count() == versions + 1
    assert firm.history.first().name == "新名纸业有限公司"
    assert FormerName.objects.get(enterprise=firm).name == "旧名纸业有限公司"
    assert QualificationDocument.objects.get(enterprise=firm).document == change.papers.get().document
    fact = Fact.objects.get(name="accounts.change_approved")
    assert fact.changes["name"] == ["旧名纸业有限公司", "新名纸业有限公司"]
    assert ChainLink.objects.filter(fact=fact, chain=firm.chain).count() == 1
    assert Deadline.objects.get(policy="accounts.change_review").met_at is not None


@pytest.mark.spec("H19")
def test_personal_values_never_stand_in_a_fact():
    firm = verified_enterprise(legal_representative="张三")
    change = asked_for(firm, "legal", {"legal_representative": "李四"})
    first, second = staff_actor(*REVIEWER), staff_actor(*REVIEWER)
    matched(change, first)
    pass_on_change(change.pk, actor=first, request_key=key())
    approve_change(change.pk, actor=second, request_key=key())

    fact = Fact.objects.get(name="accounts.change_approved")
    assert fact.changes["legal_representative"] == ["*", "*"]
    assert not [f for f in Fact.objects.all() if "李四" in str(f.payload) + str(f.changes) or "张三" in str(f.payload) + str(f.changes)]
    firm.refresh_from_db()
    assert firm.legal_representative == "李四"


@pytest.mark.spec("H19")
@pytest.mark.parametrize(
    "group, values, code",
    [
        ("licence", {"name": ""}, "name_invalid"),
        ("licence", {"registration_no": "914403001922038261"}, "registration_no_invalid"),
        ("licence", {"licence_expires_on": date(2020, 1, 1)}, "licence_expires_on_invalid"),
        ("licence", {}, "nothing_changed"),
        ("contact", {"province": "广东", "address": "示例路 1 号", "phone": "12"}, "phone_invalid"),
        ("bank", {**BANK, "bank_code": "123"}, "bank_code_invalid"),
        ("bank", {**BANK, "bank_account": "12"}, "bank_account_invalid"),
    ],
)
def test_a_wrong_value_is_refused_and_nothing_is_kept(group, values, code):
    firm = verified_enterprise()
    with pytest.raises(Refusal) as refused:
        asked_for(firm, group, licence(firm, **values) if group == "licence" else values)
    assert refused.value.code == code
    assert CompanyChange.objects.count() == 0


@pytest.mark.spec("H19")
@pytest.mark.parametrize("group, missing", [("licence", "licence"), ("legal", "legal_rep_id"), ("bank", "bank_proof")])
def test_a_change_without_its_paper_is_refused(group, missing):
    from accounts.rules import CHANGE_GROUPS

    firm = verified_enterprise()
    values = {"licence": licence(firm, name="新名"), "legal": {"legal_representative": "李四"}, "bank": BANK}[group]
    with pytest.raises(Refusal) as refused:
        asked_for(firm, group, values, kinds=[k for k in CHANGE_GROUPS[group].papers if k != missing])
    assert (refused.value.code, refused.value.params["paper"]) == ("paper_missing", missing)
    assert CompanyChange.objects.count() == 0


@pytest.mark.spec("H19")
def test_only_one_change_is_open_at_a_time_and_the_next_gets_the_next_version():
    firm = verified_enterprise()
    first = asked_for(firm)
    with pytest.raises(Refusal) as refused:
        asked_for(firm, "contact", {"province": "广东", "address": "新路 3 号", "phone": firm.phone})
    assert refused.value.code == "change_open"

    withdraw_change(first.version, actor=member_actor(firm), request_key=key())
    second = asked_for(firm, "contact", {"province": "广东", "address": "新路 3 号", "phone": firm.phone})
    assert (second.version, second.fields) == (2, ["address"])


@pytest.mark.spec("H19", "P6")
def test_the_same_form_sent_twice_hands_in_once():
    firm, same = verified_enterprise(), key()
    actor = member_actor(firm)
    values = {"province": "广东", "address": "新路 3 号", "phone": firm.phone}
    first = hand_in_change("contact", values, papers={}, reason="", actor=actor, request_key=same)
    again = hand_in_change("contact", values, papers={}, reason="", actor=actor, request_key=same)
    assert (first.pk, CompanyChange.objects.count()) == (again.pk, 1)


@pytest.mark.spec("H19")
def test_a_question_is_answered_by_handing_in_again_and_old_verdicts_no_longer_count():
    firm, reviewer = verified_enterprise(), staff_actor(*REVIEWER)
    change = asked_for(firm)
    matched(change, reviewer)
    ask_about_change(change.pk, question="执照不清晰", actor=reviewer, request_key=key())
    answered = answer_change(
        1, licence(firm, name="改正纸业有限公司"), papers={}, reason="", actor=member_actor(firm), request_key=key()
    )  # fmt: skip

    assert (answered.state, answered.fields) == ("submitted", ["name"])
    take_up_change(change.pk, actor=reviewer, request_key=key())
    with pytest.raises(Refusal) as refused:
        approve_change(change.pk, actor=reviewer, request_key=key())
    assert refused.value.code == "fields_not_matched"
    approved(change, reviewer)
    firm.refresh_from_db()
    assert firm.name == "改正纸业有限公司"


@pytest.mark.spec("H19")
def test_a_decision_about_an_older_submission_is_refused():
    firm, reviewer = verified_enterprise(), staff_actor(*REVIEWER)
    change = asked_for(firm)
    seen = change_handed_in_at(change)
    matched(change, reviewer)
    ask_about_change(change.pk, question="执照不清晰", actor=reviewer, request_key=key())
    answer_change(1, licence(firm, name="改正纸业有限公司"), papers={}, reason="", actor=member_actor(firm), request_key=key())
    with pytest.raises(Refusal) as refused:
        take_up_change(change.pk, actor=reviewer, request_key=key(), seen=seen)
    assert refused.value.code == "read_again"


@pytest.mark.spec("H19")
def test_a_field_that_differs_needs_a_note_and_keeps_the_change_from_approval():
    change, reviewer = asked_for(verified_enterprise()), staff_actor(*REVIEWER)
    take_up_change(change.pk, actor=reviewer, request_key=key())
    with pytest.raises(Refusal) as refused:
        judge_change(change.pk, {"name": ("differs", " ")}, actor=reviewer, request_key=key())
    assert (refused.value.code, FieldVerdict.objects.count()) == ("note_missing", 0)

    judge_change(change.pk, {"name": ("differs", "少一字"), "name_en": ("matches", "")}, actor=reviewer, request_key=key())
    with pytest.raises(Refusal) as refused:
        approve_change(change.pk, actor=reviewer, request_key=key())
    assert refused.value.code == "fields_not_matched"


@pytest.mark.spec("H19")
def test_a_refusal_needs_a_reason_and_leaves_the_data():
    firm, reviewer = verified_enterprise("旧名纸业有限公司"), staff_actor(*REVIEWER)
    change = asked_for(firm)
    take_up_change(change.pk, actor=reviewer, request_key=key())
    with pytest.raises(Refusal) as refused:
        reject_change(change.pk, reason="  ", actor=reviewer, request_key=key())
    assert refused.value.code == "reason_missing"

    reject_change(change.pk, reason="执照不是贵公司的", actor=reviewer, request_key=key())
    firm.refresh_from_db()
    assert (firm.name, FormerName.objects.count()) == ("旧名纸业有限公司", 0)
    with pytest.raises(IllegalMove):
        withdraw_change(1, actor=member_actor(firm), request_key=key())


@pytest.mark.spec("H19")
@pytest.mark.parametrize("group, values", [("legal", {"legal_representative": "李四"}), ("bank", BANK)])
def test_legal_representative_and_bank_account_need_two_reviewers(group, values):
    firm, first, second = verified_enterprise(), staff_actor(*REVIEWER), staff_actor(*REVIEWER)
    change = asked_for(firm, group, values)
    matched(change, first)

    for act, code in [(approve_change, "second_needed")]:
        with pytest.raises(Refusal) as refused:
            act(change.pk, actor=first, request_key=key())
        assert refused.value.code == code
    pass_on_change(change.pk, actor=first, request_key=key())
    with pytest.raises(Denied) as denied:
        approve_change(change.pk, actor=first, request_key=key())
    assert denied.value.code == "same_reviewer"
    change.refresh_from_db()
    assert change.state == "second_review"

    approve_change(change.pk, actor=second, request_key=key())
    change.refresh_from_db()
    assert (change.state, change.first_reviewer_id, change.decided_by_id) == ("approved", first.user_id, second.user_id)


@pytest.mark.spec("H19")
def test_nobody_reviews_the_company_they_belong_to_not_even_a_superuser():
    firm = verified_enterprise()
    change = asked_for(firm)
    boss = main_account(firm)
    boss.is_staff = boss.is_superuser = True
    boss.save()
    with pytest.raises(Denied) as denied:
        take_up_change(change.pk, actor=member_actor(firm, boss), request_key=key())
    assert denied.value.code == "own_enterprise"
    change.refresh_from_db()
    assert change.state == "submitted"


@pytest.mark.spec("H19")
def test_a_sub_account_without_the_company_box_and_staff_without_the_right_do_nothing():
    firm = verified_enterprise()
    sub = sub_account(firm, "trade")
    values = {"province": "广东", "address": "新路 3 号", "phone": firm.phone}
    with pytest.raises(Denied):
        hand_in_change("contact", values, papers={}, reason="", actor=member_actor(firm, sub), request_key=key())
    change = asked_for(firm)
    with pytest.raises(Denied):
        approve_change(change.pk, actor=staff_actor("accounts.review_enterprise"), request_key=key())
    with pytest.raises(NotFound):
        view_change_paper(change.papers.get().pk, actor=staff_actor("accounts.review_enterprise"))
    with pytest.raises(NotFound):
        withdraw_change(1, actor=member_actor(verified_enterprise()), request_key=key())
    assert CompanyChange.objects.get().state == "submitted"


@pytest.mark.spec("H19")
def test_each_opening_of_a_paper_stands_on_the_companys_chain_once_an_hour():
    firm, reviewer = verified_enterprise(), staff_actor(*REVIEWER)
    paper = asked_for(firm).papers.get()
    for _again in range(2):
        view_change_paper(paper.pk, actor=reviewer)
    assert ChainLink.objects.filter(chain=firm.chain, fact__name="accounts.change_paper_viewed").count() == 1


@pytest.mark.spec("H19")
def test_a_code_of_another_company_is_taken_without_a_word_and_cannot_be_approved():
    other, firm = verified_enterprise(), verified_enterprise()
    free = asked_for(verified_enterprise(), values=licence(firm, registration_no=uscc(777_001)))
    change = asked_for(firm, values=licence(firm, registration_no=other.registration_no))
    assert (free.state, change.state) == ("submitted", "submitted")

    with pytest.raises(Refusal) as refused:
        approved(change)
    assert refused.value.code == "registration_taken"
    firm.refresh_from_db()
    assert firm.registration_no != other.registration_no


@pytest.mark.spec("H19", "H55")
def test_a_payout_goes_to_the_old_account_until_the_new_one_is_approved():
    firm = verified_enterprise(bank_name="旧银行", bank_code="102100099996", bank_account="1111222233334444")
    first, second = staff_actor(*REVIEWER), staff_actor(*REVIEWER)
    change = asked_for(firm, "bank", BANK)
    matched(change, first)
    pass_on_change(change.pk, actor=first, request_key=key())
    assert payee_account(firm.pk).account == "1111222233334444"

    approve_change(change.pk, actor=second, request_key=key())
    told = payee_account(firm.pk)
    assert (told.bank, told.code, told.account, told.holder) == ("示例银行广州分行", "102100099996", "6222020200112233", firm.name)
    assert payee_account(verified_enterprise().pk) is None


@pytest.mark.spec("H19")
def test_new_values_lie_sealed_in_the_database():
    from django.db import connection

    asked_for(verified_enterprise(), "bank", BANK)
    with connection.cursor() as cursor:
        cursor.execute("SELECT values, before FROM accounts_companychange")
        assert "6222020200112233" not in str(cursor.fetchall())


@pytest.mark.spec("H19")
def test_the_main_account_and_whoever_asked_hear_of_the_change():
    firm = verified_enterprise()
    sub = sub_account(firm, "company")
    change = asked_for(
        firm, "contact", {"province": "广东", "address": "新路 3 号", "phone": "020-81112222"}, actor=member_actor(firm, sub)
    )
    approved(change)
    deliver_due()
    told = Notice.objects.filter(fact__name="accounts.change_approved").values_list("recipient_id", flat=True)
    assert set(told) == {main_account(firm).pk, sub.pk}


@pytest.mark.spec("H19")
def test_a_late_review_alerts_the_reviewers():
    reviewer = staff_user(*REVIEWER)
    asked_for(verified_enterprise())
    with telling(now() + timedelta(days=15)):
        sweep_deadlines()
        deliver_due()
    assert Notice.objects.filter(recipient=reviewer, msgid__contains="past its 3 working days").count() == 1
