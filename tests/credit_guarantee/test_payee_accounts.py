"""Where the custodian pays to: the account on file when the instruction was written, whatever is changed later (P37, H55)."""

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from accounts.models import Enterprise
from credit_guarantee.models import CustodianInstruction
from credit_guarantee.services import confirm_collection, open_escrow, release_escrow
from kernel.money import Money
from tests.worlds import key, member_actor, staff_actor, staff_user, verified_enterprise

pytestmark = pytest.mark.django_db
FINANCE = ("credit_guarantee.confirm_custodian", "credit_guarantee.view_custodianinstruction", "credit_guarantee.view_escrow")


def paid_out(payee: Enterprise) -> CustodianInstruction:
    """An instruction to pay a payee out, after its goods were accepted."""
    payer = verified_enterprise()
    actor, amount = member_actor(payer), Money(548_000, "CNY")
    escrow = open_escrow(payer_id=payer.pk, payee_id=payee.pk, amount=amount, ref=("tests.world", "1"), actor=actor, key=key())
    confirm_collection(escrow.pk, actor=staff_actor(*FINANCE), custodian_reference=key(), request_key=key())
    release_escrow(escrow.pk, actor=actor, key=key())
    return CustodianInstruction.objects.get(escrow=escrow, kind="pay_out")


@pytest.mark.spec("H55", "H19")
def test_a_payout_names_the_account_on_file_then_and_a_later_change_moves_nothing():
    payee = verified_enterprise(bank_name="示例银行", bank_code="102100099996", bank_account="1111222233334444")
    instruction = paid_out(payee)
    Enterprise.objects.filter(pk=payee.pk).update(bank_name="别的银行", bank_account="9999888877776666")

    instruction.refresh_from_db()
    assert (instruction.payee_holder, instruction.payee_bank, instruction.payee_code) == (payee.name, "示例银行", "102100099996")
    assert instruction.payee_account.value == "1111222233334444"
    finance = Client()
    finance.force_login(staff_user(*FINANCE), backend="allauth.account.auth_backends.AuthenticationBackend")
    page = finance.get(f"/admin/credit_guarantee/custodianinstruction/{instruction.pk}/change/").content.decode()
    assert "1111222233334444" in page and "9999888877776666" not in page


@pytest.mark.spec("H55")
def test_the_database_keeps_the_account_of_an_instruction():
    instruction = paid_out(verified_enterprise(bank_name="示例银行", bank_code="102100099996", bank_account="1111222233334444"))
    with pytest.raises(DatabaseError), transaction.atomic():
        CustodianInstruction.objects.filter(pk=instruction.pk).update(payee_bank="别的银行")
    with pytest.raises(DatabaseError), transaction.atomic():
        CustodianInstruction.objects.filter(pk=instruction.pk).update(payee_account=None)


@pytest.mark.spec("H55")
def test_without_an_account_on_file_finance_is_told():
    instruction = paid_out(verified_enterprise())
    assert (instruction.payee_account, instruction.payee_bank) == (None, "")
    finance = Client()
    finance.force_login(staff_user(*FINANCE), backend="allauth.account.auth_backends.AuthenticationBackend")
    finance.cookies["django_language"] = "en"
    page = finance.get(f"/admin/credit_guarantee/custodianinstruction/{instruction.pk}/change/").content.decode()
    assert "None on file when this was sent" in page
