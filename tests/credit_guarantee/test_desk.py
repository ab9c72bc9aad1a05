"""The custodian's desk in the admin: finance answers by hand, auditors look, nobody types over money."""

import pytest
from django.contrib.auth.models import Group

from accounts.models import Membership
from credit_guarantee.models import CustodianInstruction, Escrow
from credit_guarantee.services import open_escrow, release_escrow
from kernel.clock import now
from kernel.money import Money
from kernel.timer import COMMAND
from ledger import queries as ledger
from ledger.models import Hold
from tests.worlds import staff_user, verified_enterprise

QUEUE = "/admin/credit_guarantee/custodianinstruction/"


@pytest.fixture
def escrow(db) -> Escrow:
    payer, payee = verified_enterprise(), verified_enterprise()
    ref = ("tests.order", "17")
    return open_escrow(payer_id=payer.pk, payee_id=payee.pk, amount=Money(90_000, "CNY"), ref=ref, actor=COMMAND, key="e1")


def signed_in(client, *groups: str):
    user = staff_user()
    user.groups.add(*Group.objects.filter(name__in=groups))
    client.force_login(user)
    return user


def desk(escrow: Escrow, kind: str = "collect") -> str:
    return f"{QUEUE}{CustodianInstruction.objects.get(escrow=escrow, kind=kind).pk}/change/"


@pytest.mark.spec("H55", thin=True)
def test_finance_confirms_receipt_and_payout_by_hand(client, escrow):
    signed_in(client, "finance")
    assert escrow.remittance_reference in client.get(QUEUE, follow=True).content.decode()
    page = client.get(desk(escrow))
    assert (page.status_code, escrow.remittance_reference in page.content.decode()) == (200, True)

    sent = client.post(desk(escrow), {"act": "confirm", "custodian_reference": "IN-1", "request_key": "collect-1"})
    assert sent.status_code == 302
    escrow.refresh_from_db()
    assert escrow.state == "funded"

    release_escrow(escrow.pk, actor=COMMAND, key="rel")
    client.post(desk(escrow, "pay_out"), {"act": "confirm", "custodian_reference": "OUT-1", "request_key": "payout-1"})
    assert CustodianInstruction.objects.get(kind="pay_out").state == "confirmed"
    assert ledger.balance(escrow.payee_id, "CNY") == Money(0, "CNY")


def test_refused_payout_can_be_sent_again_from_the_desk(client, escrow):
    signed_in(client, "finance")
    first = desk(escrow)

    client.post(first, {"act": "refuse", "reason": "closed", "request_key": "refuse-1"})
    assert b"closed" in client.get(first).content
    client.post(first, {"act": "repeat", "request_key": "repeat-1"})

    assert list(CustodianInstruction.objects.order_by("pk").values_list("state", flat=True)) == ["refused", "sent"]


def test_missing_reference_keeps_the_page_and_books_nothing(client, escrow):
    signed_in(client, "finance")

    page = client.post(desk(escrow), {"act": "confirm", "custodian_reference": "", "request_key": "collect-1"})

    assert page.status_code == 422
    assert not Hold.objects.exists()


def test_p37_finance_of_a_party_gets_a_sentence_and_books_nothing(client, escrow):
    user = signed_in(client, "finance")
    Membership.objects.create(user=user, enterprise=escrow.payer, created_at=now())

    page = client.post(desk(escrow), {"act": "confirm", "custodian_reference": "IN-1", "request_key": "collect-1"})

    assert page.status_code == 403
    assert b'value="IN-1"' in page.content
    assert not Hold.objects.exists()


def test_auditor_sees_the_queue_without_buttons_and_cannot_post(client, escrow):
    signed_in(client, "auditor")

    page = client.get(desk(escrow))
    sent = client.post(desk(escrow), {"act": "confirm", "custodian_reference": "IN-1", "request_key": "collect-1"})

    assert (page.status_code, b'value="confirm"' in page.content) == (200, False)
    assert sent.status_code == 403
    assert not Hold.objects.exists()


@pytest.mark.parametrize("url", [QUEUE, "/admin/credit_guarantee/escrow/"])
def test_other_staff_see_nothing(client, escrow, url):
    signed_in(client)

    assert client.get(f"{url}?state__exact=sent").status_code == 403
    assert client.post(desk(escrow), {"act": "confirm", "custodian_reference": "IN-1", "request_key": "collect-1"}).status_code == 403
    assert not Hold.objects.exists()


@pytest.mark.parametrize("path", ["add/", "{pk}/delete/"])
@pytest.mark.parametrize("model", ["escrow", "custodianinstruction"])
def test_p38_admin_neither_adds_nor_deletes(client, escrow, model, path):
    signed_in(client, "finance")

    assert client.get(f"/admin/credit_guarantee/{model}/{path.format(pk=1)}").status_code in (302, 403, 404)
    assert Escrow.objects.count() == 1


def test_unknown_instruction_is_not_found(client, escrow):
    signed_in(client, "finance")

    assert client.get(f"{QUEUE}987654/change/").status_code == 404
    assert client.get(f"{QUEUE}abc/change/").status_code == 404


def test_escrow_page_shows_its_instructions(client, escrow):
    signed_in(client, "finance")

    page = client.get(f"/admin/credit_guarantee/escrow/{escrow.pk}/change/")

    assert (page.status_code, escrow.remittance_reference in page.content.decode()) == (200, True)
    assert b'name="_save"' not in page.content
