"""Words of the room: places in the reader's language, days in one form, a browser by its name, approvals that wait on the first page."""

from datetime import UTC, date, datetime

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import translation

from accounts.queries import approvals_to_do
from accounts.rules import place_in_english
from accounts.views.log_rows import _shown
from catalog.templatetags.catalog import named_place
from kernel.browsers import browser_in_words
from kernel.templatetags.ui import absolute, own_words
from tests import worlds
from tests.security.scene import sign_in
from tests.worlds import key, member_actor


@pytest.mark.parametrize(
    ("typed", "english"),
    [
        ("佛山仓", "Foshan warehouse"),
        ("江苏苏州市仓库", "Suzhou warehouse"),
        ("上海", "Shanghai"),
        ("太仓港", "Taicang port"),
        ("张庄二队", ""),
    ],
)
def test_known_places_have_an_english_name(typed, english):
    assert place_in_english(typed) == english


def test_unknown_places_are_marked_as_chinese_for_english_readers_only():
    with translation.override("en"):
        assert named_place("张庄二队") == '<span lang="zh-Hans">张庄二队</span>'
        assert named_place("Hamburg") == "Hamburg"
    with translation.override("zh-hans"):
        assert named_place("佛山仓") == own_words("佛山仓") == "佛山仓"


def test_own_words_are_escaped():
    with translation.override("en"):
        assert own_words("<b>纸</b>") == '<span lang="zh-Hans">&lt;b&gt;纸&lt;/b&gt;</span>'


def test_a_plain_day_and_a_moment_have_the_same_form():
    with translation.override("en"):
        assert absolute(date(2031, 6, 30)) == absolute(datetime(2031, 6, 30, 4, tzinfo=UTC), True) == "30 Jun 2031"
    with translation.override("zh-hans"):
        assert absolute(date(2031, 6, 30)) == "2031 年 6 月 30 日"


def test_the_log_says_yes_and_writes_days_as_the_house_does():
    with translation.override("zh-hans"):
        assert (_shown(True), _shown(False)) == ("是", "否")
        assert _shown("2031-06-30") == "2031 年 6 月 30 日"
    assert _shown("2031-02-31") == "2031-02-31"


@pytest.mark.parametrize(
    ("named_itself", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605 MicroMessenger/8.0", "WeChat on iPhone"),
        ("curl/8.5", "curl/8.5"),
    ],
)
def test_a_session_is_named_by_browser_and_system(named_itself, words):
    with translation.override("en"):
        assert browser_in_words(named_itself) == words


@pytest.mark.django_db
@pytest.mark.spec("B10", thin=True)
def test_a_request_for_approval_stands_on_the_first_page_of_those_who_decide():
    from tests.accounts.test_limits import asked, firms, limited, refused, send

    buyer, seller, goods = firms()
    user = limited(buyer, per_order=0)
    asked(refused(lambda: send(buyer, user, seller, goods, 2)), buyer, user)

    assert [row.state for row in approvals_to_do(member_actor(buyer))] == ["requested"]
    assert approvals_to_do(member_actor(buyer, user)) == approvals_to_do(member_actor(seller)) == []
    assert b"1 request waits for your approval" in sign_in(worlds.main_account(buyer)).get("/me/", HTTP_ACCEPT_LANGUAGE="en").content or (
        "1 项申请等你审批" in sign_in(worlds.main_account(buyer)).get("/me/").content.decode()
    )


@pytest.mark.django_db
def test_the_most_urgent_report_is_on_top_of_the_freeze_desk(django_user_model):
    from accounts.models import FreezeCase
    from accounts.services import freeze_reported, keep_proof, report_freeze

    desk = worlds.staff_user("accounts.view_freezecase", "accounts.freeze_enterprise")
    actor = worlds.actor_for(desk)

    def report(firm):
        proofs = {kind: keep_proof(worlds.upload(kind, firm.name), actor=actor).token for kind in ("licence", "legal_rep_id")}
        contact = {"name": "王五", "role": "", "phone": "13800000000", "email": ""}
        return report_freeze(
            actor=actor, named=firm.name, registration_no=firm.registration_no, contact=contact, story="", proofs=proofs, request_key=key()
        )

    stolen = report(firm := worlds.verified_enterprise())
    freeze_reported(stolen.pk, enterprise_id=firm.pk, reason="x", actor=actor, request_key=key())
    FreezeCase.objects.filter(pk=stolen.pk).update(state="unfreeze_proposed")
    waiting = report(worlds.verified_enterprise())

    page = sign_in(desk).get(reverse("admin:accounts_freezecase_changelist")).content.decode()

    assert 0 < page.index(waiting.no) < page.index(stolen.no)


@pytest.mark.django_db
def test_commands_refuse_what_would_look_like_a_proof(tmp_path):
    with pytest.raises(CommandError, match=r"nosuch"):
        call_command("audit", "--only", "nosuch")
    with pytest.raises(CommandError, match="nothing was checked"):
        call_command("chain_heads", "--check", str(tmp_path))
