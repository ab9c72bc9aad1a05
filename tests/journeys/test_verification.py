"""From an individual's log-in to a verified company: typed on two days, sent back once, corrected, approved, first goods listed."""

import pytest
from django.urls import reverse

from accounts.models import Enterprise
from tests.accounts.joining import SECTIONS, picture
from tests.worlds import all_match, key, person, staff_user

from .browsing import done, hidden, lists_goods, signed_in

pytestmark = pytest.mark.django_db
REVIEWER = ("accounts.review_enterprise", "accounts.view_enterprise", "accounts.view_qualificationdocument")


def types(client, section: str, files=(), **changes) -> str:
    url = reverse(f"accounts:join_{section}")
    uploads = {kind: picture(f"{kind}.png") for kind in files}
    return done(
        client.post(url, {"request_key": hidden(client.get(url), "request_key"), **SECTIONS.get(section, {}), **uploads, **changes})
    )


def hands_in(client) -> str:
    url = reverse("accounts:join_check")
    page = client.get(url)
    return done(client.post(url, {name: hidden(page, name) for name in ("request_key", "answers")} | {"consent": "on"}))


def says(desk, firm, decision: str, **said) -> str:
    url = reverse("admin:accounts_enterprise_change", args=[firm.pk])
    return done(desk.post(url, {"decision": decision, "seen": hidden(desk.get(url), "seen"), "request_key": key(), **said}))


@pytest.mark.spec("H01")
@pytest.mark.spec("H03")
@pytest.mark.spec("H04")
@pytest.mark.spec("H05")
@pytest.mark.spec("M44")
def test_a_newcomer_registers_is_asked_again_corrects_and_lists_goods():
    owner = person()
    first_day = signed_in(owner)
    assert reverse("accounts:join") in first_day.get(reverse("dashboard")).content.decode()
    assert types(first_day, "company") == reverse("accounts:join_licence")
    assert types(first_day, "licence") == reverse("accounts:join_representative")

    second_day = signed_in(owner)
    assert "2 of 5 done" in second_day.get(reverse("accounts:join")).content.decode()
    types(second_day, "representative")
    types(second_day, "tax")
    assert types(second_day, "papers", files=("licence", "legal_rep_id", "tax")) == reverse("accounts:join_check")
    assert hands_in(second_day) == reverse("accounts:company")
    firm, desk = Enterprise.objects.get(), signed_in(staff_user(*REVIEWER))
    fine = {f"verdict_{name}": "matches" for name in all_match(firm)}

    says(desk, firm, "take_up")
    says(desk, firm, "ask", **{**fine, "verdict_name": "differs", "note_name": "The licence says Guangdong"})
    assert "The licence says Guangdong" in second_day.get(reverse("accounts:join_company")).content.decode()
    assert types(second_day, "company", name="示例纸业（广东）有限公司") == reverse("accounts:join_check")
    hands_in(second_day)
    says(desk, firm, "approve", **fine)

    assert "Verified" in second_day.get(reverse("accounts:company")).content.decode()
    assert lists_goods(second_day).seller.name == "示例纸业（广东）有限公司"
