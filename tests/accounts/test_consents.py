"""Identity papers and bank accounts are handled only with a consent of its own, kept with its wording (PIPL art. 29)."""

import pytest
from django.db import ProgrammingError, transaction

from accounts.models import CompanyChange, Consent, Enterprise
from accounts.rules import CONSENT_VERSION
from kernel.models import Fact
from kernel.refusals import Refusal
from tests.accounts.joining import fills_in, hands_in, signed_in
from tests.accounts.test_changes import asked_for, hand_in_change
from tests.worlds import key, main_account, member_actor, person, reauthenticate, verified_enterprise

pytestmark = pytest.mark.django_db
BANK = {"bank_name": "示例银行", "bank_code": "102584000002", "bank_account": "6222020200112233"}


@pytest.mark.spec("H54", "H01")
def test_a_registration_is_handed_in_only_with_the_consent_and_it_is_kept_with_its_wording():
    owner = person()
    client = signed_in(owner)
    fills_in(client)

    refused = hands_in(client, consent="")
    assert refused.status_code == 422 and refused.context["form"].errors["consent"]
    assert not Enterprise.objects.exists() and not Consent.objects.exists()

    assert hands_in(client)["Location"] == "/me/company/"
    kept = Consent.objects.get()
    assert (kept.user_id, kept.enterprise, kept.kind, kept.version) == (owner.pk, Enterprise.objects.get(), "registration", CONSENT_VERSION)
    assert Fact.objects.filter(name="accounts.consent_given", actor_user_id=owner.pk).count() == 1


@pytest.mark.spec("H54", "H19")
def test_another_bank_account_needs_the_consent_and_another_address_does_not():
    firm = verified_enterprise()
    client = signed_in(main_account(firm))
    reauthenticate(client)

    asked = client.post("/me/company/change/bank/", {**BANK, "request_key": key(), "step": "check"})
    assert asked.status_code == 422 and asked.context["form"].errors["consent"]
    with pytest.raises(Refusal, match=r"consent|同意"):
        hand_in_change("bank", BANK, papers={}, reason="", actor=member_actor(firm), request_key=key())
    assert not CompanyChange.objects.exists()

    asked_for(firm, "contact", {"province": "广东", "address": "新路 2 号", "phone": "020-83330000"})
    assert not Consent.objects.exists()


def test_a_consent_is_neither_rewritten_nor_taken_away():
    firm = verified_enterprise()
    asked_for(firm, "bank", BANK)
    kept = Consent.objects.get(enterprise=firm, kind="bank")
    for act in (lambda: Consent.objects.update(version="2020-01"), kept.delete):
        with pytest.raises(ProgrammingError), transaction.atomic():
            act()


def test_the_address_of_a_form_says_what_it_is_to_somebody_who_opens_it():
    client = signed_in(main_account(verified_enterprise()))
    answer = client.get("/shop/approvals/stand-ins/")
    assert answer.status_code == 405 and answer["Allow"] == "POST"
    shown = answer.content.decode()
    assert "此地址只接收表单" in shown and 'href="/me/"' in shown
    assert 'class="btn primary" href="/shop/approvals/stand-ins/"' not in shown  # a button that leads nowhere else
