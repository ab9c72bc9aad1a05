"""The pages of changes of company data: typed, checked, handed in, watched; and the reviewers' desk (H19)."""

import pytest
from django.test import Client

from accounts.models import CompanyChange, Enterprise
from accounts.queries import change_handed_in_at
from tests.worlds import key, main_account, reauthenticate, staff_user, verified_enterprise

from .test_changes import BANK, REVIEWER, asked_for, picture

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def browser(user, *, recent=True) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    client.cookies["django_language"] = "en"
    if recent:
        reauthenticate(client)
    return client


@pytest.mark.spec("H19")
def test_a_change_is_typed_checked_and_handed_in_and_its_page_shows_the_clock():
    firm = verified_enterprise("旧名纸业有限公司")
    client = browser(main_account(firm))
    page = client.get("/me/company/")
    assert "/me/company/change/licence/" in page.content.decode()
    typed = {
        "name": "新名纸业有限公司", "name_en": "", "registration_no": firm.registration_no, "licence_expires_on": "2040-01-01",
        "reason": "更名", "request_key": key(),
    }  # fmt: skip
    checked = client.post("/me/company/change/licence/", {**typed, "licence": picture(), "step": "check"})
    assert checked.status_code == 200 and "旧名纸业有限公司" in checked.content.decode() and CompanyChange.objects.count() == 0

    sent = client.post("/me/company/change/licence/", {**typed, "step": "send"})
    assert (sent.status_code, sent.headers["Location"]) == (302, "/me/company/changes/1/")
    twice = client.post("/me/company/change/licence/", {**typed, "step": "send"})
    assert (twice.status_code, CompanyChange.objects.count()) == (302, 1)
    change = client.get("/me/company/changes/1/").content.decode()
    assert "新名纸业有限公司" in change and 'class="clock' in change
    paper = CompanyChange.objects.get().papers.get().document
    assert client.get(f"/me/company/papers/{paper.token}/").status_code == 200
    assert browser(main_account(verified_enterprise())).get(f"/me/company/papers/{paper.token}/").status_code == 404
    assert client.post("/me/company/changes/1/withdraw/", {"request_key": key()}).status_code == 302
    assert CompanyChange.objects.get().state == "withdrawn"


@pytest.mark.spec("H19")
def test_a_mistake_keeps_what_was_typed_and_the_file():
    firm = verified_enterprise()
    client = browser(main_account(firm))
    wrong = client.post(
        "/me/company/change/legal/",
        {"legal_representative": "", "licence": picture(), "request_key": key(), "step": "check", "consent": "on"},
    )  # fmt: skip
    assert wrong.status_code == 422 and "licence.png" in wrong.content.decode()
    missing = client.post("/me/company/change/legal/", {"legal_representative": "李四", "request_key": key(), "step": "check"})
    assert missing.status_code == 422 and "李四" in missing.content.decode() and "licence.png" in missing.content.decode()


@pytest.mark.spec("H19", "P36")
def test_the_bank_account_asks_for_the_password_again_and_other_data_do_not():
    firm = verified_enterprise()
    client = browser(main_account(firm), recent=False)
    assert client.get("/me/company/change/contact/").status_code == 200
    answer = client.get("/me/company/change/bank/")
    assert answer.status_code == 302 and "reauthenticate" in answer.headers["Location"]
    sent = client.post("/me/company/change/bank/", {**BANK, "bank_proof": picture(), "request_key": key(), "step": "send", "consent": "on"})
    assert sent.status_code == 302 and "reauthenticate" in sent.headers["Location"]
    assert CompanyChange.objects.count() == 0
    reauthenticate(client)
    assert client.get("/me/company/change/bank/").status_code == 200


@pytest.mark.spec("H19")
def test_the_desk_shows_old_beside_new_takes_verdicts_and_decides():
    firm = verified_enterprise("旧名纸业有限公司")
    change = asked_for(firm)
    desk, url = browser(staff_user(*REVIEWER)), f"/admin/accounts/companychange/{change.pk}/change/"
    assert desk.get("/admin/accounts/companychange/").status_code == 200
    page = desk.get(url).content.decode()
    assert "旧名纸业有限公司" in page and "新名纸业有限公司" in page
    seen = change_handed_in_at(change)

    def send(decision, **more):
        return desk.post(url, {"decision": decision, "seen": seen, "request_key": key(), **more})

    assert send("take_up").status_code == 302
    assert send("approve").status_code == 422
    verdicts = {"verdict_name": "matches", "verdict_name_en": "differs"}
    assert send("judge", **verdicts).status_code == 422
    assert send("judge", **verdicts, note_name_en="another name").status_code == 302
    assert send("approve", verdict_name="matches", verdict_name_en="matches").status_code == 302
    firm.refresh_from_db()
    assert firm.name == "新名纸业有限公司"
    assert desk.get(url).status_code == 200


@pytest.mark.spec("H19", "P28")
def test_the_desk_and_its_papers_are_closed_to_other_staff():
    change = asked_for(verified_enterprise())
    paper = change.papers.get()
    reviewer, other = browser(staff_user(*REVIEWER)), browser(staff_user("accounts.view_enterprise"))
    assert reviewer.get(f"/admin/accounts/companychange/papers/{paper.pk}/").status_code == 200
    assert other.get(f"/admin/accounts/companychange/papers/{paper.pk}/").status_code == 403
    assert other.get(f"/admin/accounts/companychange/{change.pk}/change/").status_code == 403
    assert Enterprise.objects.get(pk=change.enterprise_id).name != "新名纸业有限公司"
