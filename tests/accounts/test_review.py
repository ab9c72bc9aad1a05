"""After handing in: what outsiders learn, the reviewer's verdicts, sending back and correcting, and who may log in meanwhile."""

from datetime import date

import pytest
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Enterprise, FieldVerdict, FormerName, Membership
from accounts.queries import actor_for
from accounts.services import approve_enterprise, ask_again, compare_enterprise, reject_enterprise, resubmit_enterprise
from kernel.clock import now
from kernel.models import Fact
from kernel.refusals import Refusal
from tests.races import race
from tests.worlds import all_match, key, particulars, person, registered_enterprise, staff_actor, staff_user, uscc, verified_enterprise

from .joining import fills_in, hands_in, picture, registers, saves, signed_in, statuses

pytestmark = pytest.mark.django_db
PASSWORD = "correct-horse-7"


def reviewer():
    return staff_actor("accounts.review_enterprise", "accounts.view_enterprise")


def at_the_desk() -> Client:
    desk = signed_in(staff_user("accounts.review_enterprise", "accounts.view_enterprise", "accounts.view_qualificationdocument"))
    desk.cookies["django_language"] = "en"
    return desk


def decides(desk: Client, firm: Enterprise, decision: str, **said):
    url = reverse("admin:accounts_enterprise_change", args=[firm.pk])
    return desk.post(url, {"decision": decision, "seen": desk.get(url).context["seen"], "request_key": key(), **said})


@pytest.mark.spec("H05")
def test_an_individual_becomes_an_enterprise_under_the_same_log_in_and_keeps_what_it_did():
    from catalog.services import post_want

    owner = person()
    client = signed_in(owner)
    before = actor_for(owner)
    want = post_want(actor=before, category="PAP", title="求购木浆", quantity=5, unit="t", can_give="纸", request_key=key())

    registers(client)
    enterprise = Enterprise.objects.get()
    approve_enterprise(enterprise.pk, verdicts=all_match(enterprise), actor=reviewer(), request_key=key())

    after = actor_for(owner)
    assert (before.kind, after.kind, after.enterprise_id, after.is_main) == ("person", "member", enterprise.pk, True)
    assert Membership.objects.get(user=owner).enterprise == enterprise
    assert client.get("/me/company/").status_code == 200  # the same session
    from catalog.models import Want

    assert list(Want.objects.own(after)) == [want]


@pytest.mark.spec("M44")
def test_only_a_company_that_passed_its_review_lists_goods():
    from catalog.services import create_listing
    from tests.worlds import listing_terms

    owner = person()
    enterprise = registered_enterprise(owner)
    listing = {"category": "PAP", "opening_stock": 5}
    with pytest.raises(Refusal) as refused:
        create_listing(listing_terms(), actor=actor_for(owner), request_key=key(), **listing)
    assert refused.value.code == "not_verified"

    approve_enterprise(enterprise.pk, verdicts=all_match(enterprise), actor=reviewer(), request_key=key())

    assert create_listing(listing_terms(), actor=actor_for(owner), request_key=key(), **listing).seller_id == enterprise.pk


# ---------- who is here, outsiders do not learn ----------


@pytest.mark.spec("H01")
@pytest.mark.spec("H23")
def test_a_code_is_answered_alike_whether_it_is_free_waiting_or_verified():
    from django.db import connection

    waiting, trading = registered_enterprise(), verified_enterprise()
    codes = {"free": uscc(4242), "waiting": waiting.registration_no, "verified": trading.registration_no}
    answers, asked = {}, {}
    for kind, code in codes.items():
        client = signed_in()
        fills_in(client, registration_no=code, name=f"打听{kind}有限公司", name_en="")
        digest = client.get("/join/check/").context["digest"]
        with CaptureQueriesContext(
            connection,
        ) as queries:
            answer = client.post("/join/check/", {"request_key": key(), "answers": digest, "consent": "on"})
        page = client.get("/me/company/")
        answers[kind] = (answer.status_code, answer["Location"], page.context["enterprise"].state)
        asked[kind] = len(queries)
        assert waiting.name not in page.content.decode() and trading.name not in page.content.decode()

    assert set(answers.values()) == {(302, "/me/company/", "submitted")}
    assert len(set(asked.values())) == 1


@pytest.mark.spec("H23")
def test_of_two_companies_with_one_code_only_one_is_verified():
    first, second = registered_enterprise(registration_no=uscc(31)), registered_enterprise(registration_no=uscc(31))
    approve_enterprise(first.pk, verdicts=all_match(first), actor=reviewer(), request_key=key())

    with pytest.raises(Refusal) as refused:
        approve_enterprise(second.pk, verdicts=all_match(second), actor=reviewer(), request_key=key())

    second.refresh_from_db()
    assert (refused.value.code, second.state) == ("code_taken", "submitted")
    assert Fact.objects.filter(name="accounts.enterprise_approved").count() == 1


@pytest.mark.spec("H23")
@pytest.mark.django_db(transaction=True)
def test_two_reviewers_who_approve_one_code_at_once_verify_one_company():
    firms = [registered_enterprise(registration_no=uscc(32)) for _ in range(2)]
    staff = [reviewer() for _ in firms]

    def approve(firm, actor):
        try:
            return approve_enterprise(firm.pk, verdicts=all_match(firm), actor=actor, request_key=key()).state
        except Refusal as refusal:
            return refusal.code

    results = race([lambda f=firm, a=actor: approve(f, a) for firm, actor in zip(firms, staff, strict=True)])

    assert sorted(results) == ["code_taken", "verified"]


@pytest.mark.parametrize(
    ("name", "twin"),
    [
        ("Willow Paper", "Willоw Рaper"),  # Cyrillic о, Р
        ("MODERN 100 LTD", "modern lOO ltd"),
        ("柳桥纸业（广东）", "柳桥纸业(广东)"),
        ("Ｗｉｌｌｏｗ", "Wi11ow"),
    ],
)
def test_names_that_look_the_same_share_a_skeleton(name, twin):
    from accounts.rules import name_skeleton

    assert name_skeleton(name) == name_skeleton(twin) != name_skeleton(name + "2")


@pytest.mark.spec("H03")
def test_a_registration_that_was_sent_back_is_corrected_in_its_sections():
    owner = person()
    client = signed_in(owner)
    registers(client)
    enterprise = Enterprise.objects.get()
    words = all_match(enterprise) | {"address": ("differs", "住所与执照不符"), "tax_no": ("unreadable", "税务证看不清")}

    ask_again(enterprise.pk, verdicts=words, actor=reviewer(), request_key=key())

    assert "住所与执照不符" in client.get("/me/company/").content.decode()
    assert statuses(client) == {"company": "correct", "licence": "done", "representative": "done", "tax": "correct", "papers": "correct"}
    assert "住所与执照不符" in client.get("/join/company/").content.decode()
    assert "税务证看不清" in client.get("/join/papers/").content.decode()
    assert "住所与执照不符" not in client.get("/join/licence/").content.decode()

    saves(client, "company", address="正确路 8 号")
    saves(client, "tax")
    saves(client, "papers", licence=None, legal_rep_id=None, tax=picture("tax2.png"))
    assert hands_in(client).status_code == 302
    enterprise.refresh_from_db()
    assert (enterprise.state, enterprise.address, enterprise.rejection_reason) == ("submitted", "正确路 8 号", "")
    assert enterprise.papers.count() == 4
    approve_enterprise(enterprise.pk, verdicts=all_match(enterprise), actor=reviewer(), request_key=key())
    enterprise.refresh_from_db()
    assert enterprise.state == "verified"


@pytest.mark.spec("H03")
def test_a_reason_is_shown_and_the_same_form_sent_again_is_one_company():
    client = signed_in()
    fills_in(client)
    form = {"request_key": key(), "answers": client.get("/join/check/").context["digest"], "consent": "on"}

    first, again = client.post("/join/check/", form), client.post("/join/check/", form)
    other = client.post("/join/check/", {**form, "answers": "0" * 64})

    assert (first["Location"], again["Location"], other.status_code) == ("/me/company/", "/me/company/", 409)
    enterprise = Enterprise.objects.get()
    reject_enterprise(enterprise.pk, reason="执照照片看不清", actor=reviewer(), request_key=key())
    assert "执照照片看不清" in client.get("/join/").content.decode()


# ---------- the desk ----------


@pytest.mark.spec("H04")
def test_the_desk_shows_each_entered_value_with_its_paper_and_keeps_the_verdicts():
    firm, desk = registered_enterprise(legal_representative="李四"), at_the_desk()
    url = reverse("admin:accounts_enterprise_change", args=[firm.pk])
    page = desk.get(url)
    rows = {verdict.name: (value, str(paper)) for _label, value, paper, verdict, _note in page.context["form"].rows()}
    assert rows["verdict_legal_representative"] == ("李四", "identity paper of the legal representative")
    assert rows["verdict_tax_no"] == (firm.tax_no, "tax registration certificate")
    assert page.content.decode().count("<img ") == 3  # the papers beside it

    assert decides(desk, firm, "compare", verdict_name="matches", verdict_address="differs", note_address="无 1 号").status_code == 302

    kept = FieldVerdict.objects.values_list("field", "verdict", "note").order_by("field")
    assert list(kept) == [("address", "differs", "无 1 号"), ("name", "matches", "")]
    form = desk.get(url).context["form"]
    assert (form["verdict_address"].value(), form["note_address"].value(), form["verdict_tax_no"].value()) == ("differs", "无 1 号", "")
    firm.refresh_from_db()
    assert firm.state == "submitted"
    assert Fact.objects.get(name="accounts.fields_compared").payload["verdicts"] == {"address": "differs", "name": "matches"}


@pytest.mark.spec("H04")
@pytest.mark.parametrize("verdict", ["differs", "unreadable"])
def test_a_mismatch_must_carry_a_note(verdict):
    firm, desk = registered_enterprise(), at_the_desk()

    for decision in ("compare", "ask"):
        page = decides(desk, firm, decision, verdict_address=verdict, note_address=" ")
        assert page.status_code == 422 and "note_address" in page.context["form"].errors

    firm.refresh_from_db()
    assert (firm.state, FieldVerdict.objects.count()) == ("submitted", 0)


@pytest.mark.spec("H04")
@pytest.mark.spec("M44")
def test_nothing_is_approved_before_every_field_matches():
    firm, actor = registered_enterprise(), reviewer()
    fields = list(all_match(firm))
    for open_field in fields:
        rest = {name: ("matches", "") for name in fields if name != open_field}
        for given in (rest, rest | {open_field: ("differs", "不符")}):
            with pytest.raises(Refusal) as refused:
                approve_enterprise(firm.pk, verdicts=given, actor=actor, request_key=key())
            assert (refused.value.code, refused.value.params["fields"]) == ("not_compared", [open_field])
    firm.refresh_from_db()
    assert (firm.state, FieldVerdict.objects.count()) == ("submitted", 0)

    compare_enterprise(firm.pk, all_match(firm), actor=actor, request_key=key())
    approve_enterprise(firm.pk, actor=actor, request_key=key())

    firm.refresh_from_db()
    assert firm.state == "verified"


@pytest.mark.spec("H04")
def test_verdicts_on_an_earlier_submission_do_not_count_for_the_next():
    owner = person()
    firm, actor = registered_enterprise(owner), reviewer()
    ask_again(firm.pk, verdicts=all_match(firm) | {"address": ("differs", "不符")}, actor=actor, request_key=key())
    told = particulars(registration_no=firm.registration_no, address="另一路 2 号")
    resubmit_enterprise(firm.pk, told, papers={}, actor=actor_for(owner), request_key=key())

    with pytest.raises(Refusal) as refused:
        approve_enterprise(firm.pk, verdicts={"address": ("matches", "")}, actor=actor, request_key=key())

    assert refused.value.code == "not_compared" and len(refused.value.params["fields"]) == len(all_match(firm)) - 1


@pytest.mark.spec("H04")
def test_an_expired_licence_blocks_the_approval():
    firm = registered_enterprise()
    Enterprise.objects.filter(pk=firm.pk).update(licence_expires_on=date(2020, 1, 1))
    desk = at_the_desk()

    page = decides(desk, firm, "approve", **{f"verdict_{name}": "matches" for name in all_match(firm)})

    assert page.status_code == 422 and "has expired" in page.content.decode()
    firm.refresh_from_db()
    assert firm.state == "submitted"


@pytest.mark.spec("H23")
def test_the_desk_shows_who_has_the_same_code_and_whose_name_looks_the_same():
    closed = verified_enterprise("旧公司", registration_no=uscc(51), state="closed")
    twin = registered_enterprise(name="Willow Paper Ltd")
    renamed = verified_enterprise("改名后公司")
    FormerName.objects.create(enterprise=renamed, name="Willоw Рaper Ltd", borne_until=now())
    firm = registered_enterprise(name="Willоw Рaper Ltd", registration_no=uscc(51))  # Cyrillic о and Р

    page = at_the_desk().get(reverse("admin:accounts_enterprise_change", args=[firm.pk]))

    assert page.context["same_code"] == [closed]
    told = page.content.decode()
    assert told.index('id="duplicate"') < told.index('id="r-h"')  # on top, before anything can be decided
    assert set(page.context["alike"]) == {twin, renamed}
    assert "旧公司" in page.content.decode()


# ---------- who may log in meanwhile ----------


def logs_in(email: str) -> tuple[Client, object]:
    client = Client()
    client.cookies["django_language"] = "en"
    return client, client.post("/accounts/login/", {"login": email, "password": PASSWORD})


@pytest.mark.spec("H11")
@pytest.mark.parametrize(("policy", "inside"), [("limited", True), ("block", False)])
def test_an_unverified_company_logs_in_or_not_as_the_policy_says(settings, policy, inside):
    settings.UNVERIFIED_LOGIN = policy
    owner = person(password=PASSWORD)
    firm = registered_enterprise(owner)

    client, answer = logs_in(owner.email)

    assert answer.status_code == (302 if inside else 403)
    assert ("_auth_user_id" in client.session) == inside
    if not inside:
        assert "is under review" in answer.content.decode() and firm.name in answer.content.decode()
        assert client.get("/me/").status_code == 302  # to the log-in page
        assert not Fact.objects.filter(name="accounts.logged_in").exists()


@pytest.mark.spec("H11")
def test_who_is_kept_out_reads_the_true_reason_only_after_the_right_password(settings):
    settings.UNVERIFIED_LOGIN = "block"
    owner = person(password=PASSWORD)
    firm = registered_enterprise(owner)
    reject_enterprise(firm.pk, reason="执照照片看不清", actor=reviewer(), request_key=key())

    told = logs_in(owner.email)[1].content.decode()
    wrong = Client().post("/accounts/login/", {"login": owner.email, "password": "not-the-password"})
    nobody = Client().post("/accounts/login/", {"login": "nobody@example.com", "password": "not-the-password"})

    assert "执照照片看不清" in told
    assert wrong.status_code == nobody.status_code == 200
    assert "执照照片看不清" not in wrong.content.decode() and firm.name not in wrong.content.decode()


@pytest.mark.spec("H11")
def test_people_without_a_company_and_verified_ones_log_in_under_either_policy(settings):
    settings.UNVERIFIED_LOGIN = "block"
    newcomer, trader = person(password=PASSWORD), person(password=PASSWORD)
    verified_enterprise(owner=trader)

    assert [logs_in(who.email)[1].status_code for who in (newcomer, trader)] == [302, 302]


@pytest.mark.spec("H11")
@pytest.mark.parametrize("policy", ["limited", "block"])
def test_an_address_that_is_not_confirmed_is_named_as_the_reason(settings, policy):
    from allauth.account.models import EmailAddress

    settings.UNVERIFIED_LOGIN = policy
    owner = person(password=PASSWORD)
    EmailAddress.objects.filter(user=owner).update(verified=False)

    client, answer = logs_in(owner.email)

    assert answer["Location"] == "/accounts/confirm-email/" and "_auth_user_id" not in client.session
    assert "confirm" in client.get(answer["Location"]).content.decode().lower()


@pytest.mark.spec("H23")
@pytest.mark.parametrize(("language", "words"), [("en", "cannot be merged"), ("zh-hans", "不能合并")])
def test_the_rules_say_that_accounts_cannot_be_merged(language, words):
    client = Client()
    client.cookies["django_language"] = language

    assert words in client.get(reverse("helpdesk:rules")).content.decode()


@pytest.mark.spec("H23")
@pytest.mark.parametrize(
    ("language", "words"), [("en", "a second registration with the same code is not accepted"), ("zh-hans", "同一代码")]
)
def test_the_rules_say_that_a_duplicate_code_is_refused(language, words):
    client = Client()
    client.cookies["django_language"] = language

    page = client.get("/help/rules/").content.decode()

    assert words in page and 'id="merge"' in page
