"""Written contracts: asked for, taken up, handed in with a hash, accepted by each side for itself (H24, P31)."""

import hashlib

import pikepdf
import pytest
from django.utils.timezone import localtime

from accounts.models import Membership
from kernel.clock import telling
from kernel.models import Deadline, Fact, PersonalValue
from kernel.refusals import Denied, IllegalMove, NotFound, Refusal
from kernel.services import deliver_due, read_document, sweep_deadlines
from kernel.workdays import SHANGHAI
from messaging.models import Notice
from orders.models import ContractAcceptance, ContractRequest
from orders.queries.contracts import contract_file, contract_for, contracts_waiting, standing_of
from orders.services import (
    accept_contract,
    answer_contract_question,
    ask_about_contract,
    decline_contract,
    deliver_contract,
    keep_file,
    request_contract,
    take_contract,
    withdraw_contract,
)
from orders.services.kept_files import CONTRACT, DRAFT
from tests.kernel.hostile import pdf
from tests.worlds import credit_trade, key, main_account, member_actor, staff_actor, sub_account, verified_enterprise

from .papers import DESK, asked_contract, delivered_contract, next_version, page, upload

pytestmark = pytest.mark.django_db


@pytest.mark.spec("H24")
def test_a_contract_is_asked_for_taken_up_and_handed_in_for_both_parties_with_its_hash():
    order, buyer, seller, _listing = credit_trade()
    body = page("signed")
    request, version, _desk = delivered_contract(order, buyer, signed=True, online=False, body=body)

    for party in (buyer, seller):
        found = contract_for(member_actor(party), request.no)
        _request, document = contract_file(member_actor(party), request.no, 1)
        assert (found.state, standing_of(found).version) == ("delivered", version)
        assert hashlib.sha256(read_document(document)).hexdigest() == version.sha256
        assert read_document(document) == body
    fact = Fact.objects.get(name="orders.contract_delivered")
    assert fact.payload["sha256"] == version.sha256
    assert {link.chain for link in fact.links.all()} == set(order.chains)
    deliver_due()
    told = Notice.objects.filter(msgid__contains="is here").values_list("recipient_id", flat=True)
    assert sorted(told) == sorted([main_account(buyer).pk, main_account(seller).pk])


@pytest.mark.spec("H24")
def test_the_clock_counts_working_days_stands_still_while_customer_service_asks_and_tells_when_it_is_late():
    order, buyer, _seller, _listing = credit_trade()
    request, desk = asked_contract(order, buyer), staff_actor(*DESK)
    due = Deadline.objects.get(policy="orders.contract").due_at
    assert localtime(due, SHANGHAI).hour == 18 and localtime(due, SHANGHAI).weekday() < 5
    assert list(contracts_waiting(desk)) == [request]
    take_contract(request.pk, actor=desk, request_key=key())
    ask_about_contract(request.pk, actor=desk, question="违约金按日还是按周？", request_key=key())
    assert Deadline.objects.get(policy="orders.contract").paused_at is not None
    assert list(contracts_waiting(desk)) == []
    answer_contract_question(request.no, actor=member_actor(buyer), answer="按日", request_key=key())
    clock = Deadline.objects.get(policy="orders.contract")
    assert clock.paused_at is None and clock.due_at >= due
    with telling(clock.due_at):
        assert sweep_deadlines() >= 1
        deliver_due()
    assert Fact.objects.filter(name="orders.contract_late").count() == 1
    assert Notice.objects.filter(msgid__contains="is late").exists()
    next_version(request, desk)
    assert ContractRequest.objects.get(pk=request.pk).state == "delivered"


@pytest.mark.spec("H24")
def test_each_side_accepts_exactly_the_bytes_for_itself_and_a_new_version_needs_both_again():
    order, buyer, seller, _listing = credit_trade()
    request, version, desk = delivered_contract(order, buyer)
    mine, theirs = member_actor(buyer), member_actor(seller)

    def accept(actor, number=1, sha256=version.sha256):
        return accept_contract(request.no, actor=actor, number=number, sha256=sha256, request_key=key())

    with pytest.raises(Refusal) as other_bytes:
        accept(mine, sha256="0" * 64)
    accept(mine)
    with pytest.raises(Refusal) as twice:
        accept(mine)
    assert (other_bytes.value.code, twice.value.code) == ("contract_changed", "already_accepted")
    assert not standing_of(contract_for(mine, request.no)).both
    accept(theirs)
    assert standing_of(contract_for(mine, request.no)).both
    assert Fact.objects.filter(name="orders.contract_accepted").order_by("-pk").first().payload["both"] is True

    newer = next_version(request, desk)
    assert standing_of(contract_for(mine, request.no)).accepted == ()
    with pytest.raises(Refusal) as old:
        accept(theirs)
    assert old.value.code == "contract_changed"
    accept(theirs, 2, newer.sha256)
    assert ContractAcceptance.objects.filter(version=newer).get().party_name == seller.name


def test_one_person_of_both_companies_never_accepts_for_both():
    order, buyer, seller, _listing = credit_trade()
    request, version, _desk = delivered_contract(order, buyer)
    person = main_account(buyer)
    Membership.objects.filter(enterprise=seller).update(ended_at=order.created_at)
    Membership.objects.create(user=person, enterprise=seller, is_main=True, created_at=order.created_at)
    accept_contract(request.no, actor=member_actor(buyer, person), number=1, sha256=version.sha256, request_key=key())

    with pytest.raises(Denied) as refusal:
        accept_contract(request.no, actor=member_actor(seller, person), number=1, sha256=version.sha256, request_key=key())

    assert refusal.value.code == "same_person"


def test_a_file_that_was_signed_outside_is_not_accepted_online():
    order, buyer, seller, _listing = credit_trade()
    request, version, _desk = delivered_contract(order, buyer, signed=True, online=False)

    with pytest.raises(Refusal) as refusal:
        accept_contract(request.no, actor=member_actor(seller), number=1, sha256=version.sha256, request_key=key())

    assert refusal.value.code == "not_online"


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.Root.__setitem__("/OpenAction", pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))),
        lambda d: d.attachments.__setitem__("a.txt", pikepdf.AttachedFileSpec(d, b"x", filename="a.txt")),
        lambda d: d.pages[0].obj.__setitem__("/AA", pikepdf.Dictionary(O=pikepdf.Dictionary(S=pikepdf.Name.Launch, F=pikepdf.String("c")))),
        lambda d: d.pages[0].obj.__setitem__(
            "/Annots",
            d.make_indirect(pikepdf.Array([pikepdf.Dictionary(
                Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9],
                A=pikepdf.Dictionary(S=pikepdf.Name.URI, URI=pikepdf.String("http://example.com/")),
            )])),
        ),
    ],
    ids=["script", "attachment", "launch", "link"],
)  # fmt: skip
def test_p29_a_contract_that_acts_is_refused_and_nothing_is_kept(change):
    desk = staff_actor(*DESK)

    with pytest.raises(Refusal) as refusal:
        keep_file(upload(pdf(change)), purpose=CONTRACT, actor=desk)

    assert refusal.value.code in ("upload_active", "upload_links")


@pytest.mark.parametrize("body", [pdf(encryption=pikepdf.Encryption(owner="a", user="b")), b"<html>", b"%PDF-1.7 broken", b"PK\x03\x04"])
def test_p29_what_is_no_readable_pdf_is_no_contract(body):
    with pytest.raises(Refusal) as refusal:
        keep_file(upload(body), purpose=CONTRACT, actor=staff_actor(*DESK))

    assert refusal.value.code in ("upload_broken", "upload_type")


def test_a_second_request_waits_for_the_first_and_a_withdrawn_one_makes_room():
    order, buyer, seller, _listing = credit_trade()
    request = asked_contract(order, buyer)

    with pytest.raises(Refusal) as again:
        asked_contract(order, seller)
    with pytest.raises(Denied) as other:
        withdraw_contract(request.no, actor=member_actor(seller), request_key=key())
    withdraw_contract(request.no, actor=member_actor(buyer), request_key=key())

    assert (again.value.code, other.value.code) == ("contract_open", "other_party")
    assert asked_contract(order, seller).asked_by == seller
    assert Deadline.objects.get(subject_id=str(request.pk), policy="orders.contract").cancelled_at is not None


def test_p11_a_stranger_and_a_sub_account_without_the_box_reach_no_contract():
    order, buyer, _seller, _listing = credit_trade()
    draft = keep_file(upload(page("draft")), purpose=DRAFT, actor=member_actor(buyer))
    request = asked_contract(order, buyer, draft=draft.token)
    stranger, warehouse = verified_enterprise(), sub_account(buyer, "ship")

    with pytest.raises(NotFound):
        contract_for(member_actor(stranger), request.no)
    with pytest.raises(NotFound):
        request_contract(order.no, actor=member_actor(stranger), wanted="x", contact="", request_key=key())
    with pytest.raises(Denied):
        contract_for(member_actor(buyer, warehouse), request.no)
    with pytest.raises(NotFound):  # the draft is the asker's own
        contract_file(member_actor(order.responder), request.no, 0)
    assert contract_file(member_actor(buyer), request.no, 0)[1] == draft


def test_p37_staff_of_a_party_or_without_the_permission_handle_nothing():
    order, buyer, seller, _listing = credit_trade()
    request, desk = asked_contract(order, buyer), staff_actor(*DESK)
    Membership.objects.create(user_id=desk.user_id, enterprise=seller, created_at=order.created_at)

    with pytest.raises(Denied) as own:
        take_contract(request.pk, actor=desk, request_key=key())
    with pytest.raises(Denied):
        take_contract(request.pk, actor=staff_actor("orders.view_order"), request_key=key())

    assert own.value.code == "own_case"


def test_only_moves_of_the_table_happen():
    order, buyer, _seller, _listing = credit_trade()
    request, _version, desk = delivered_contract(order, buyer)

    for act in (
        lambda: take_contract(request.pk, actor=desk, request_key=key()),
        lambda: decline_contract(request.pk, actor=desk, reason="x", request_key=key()),
        lambda: withdraw_contract(request.no, actor=member_actor(buyer), request_key=key()),
    ):
        with pytest.raises(IllegalMove):
            act()
    body = page()
    same = keep_file(upload(body), purpose=CONTRACT, actor=desk)
    deliver_contract(request.pk, actor=desk, file=same.token, signed=True, online=False, request_key=key())
    again = keep_file(upload(body), purpose=CONTRACT, actor=desk)
    with pytest.raises(Refusal) as refusal:
        deliver_contract(request.pk, actor=desk, file=again.token, signed=True, online=False, request_key=key())
    assert refusal.value.code == "same_bytes"


def test_whom_to_call_can_be_erased_and_stands_in_no_fact():
    order, buyer, _seller, _listing = credit_trade()
    request = asked_contract(order, buyer, contact="王敏 13800000000")

    assert request.contact.value == "王敏 13800000000"
    assert not Fact.objects.filter(payload__icontains="13800000000").exists()
    PersonalValue.objects.filter(pk=request.contact_id).update(value="", salt="")
    assert ContractRequest.objects.get(pk=request.pk).contact_commitment == request.contact_commitment
