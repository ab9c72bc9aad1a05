"""Closing needs a clean slate, ends for good, and leaves records without names (H22, P16)."""

import pytest
from django.test import Client

from accounts import queries, services
from accounts.models import Approval, Closure, CompanyChange, Enterprise, ExportJob, Membership, User
from catalog.models import Listing, Want
from kernel.chains import enterprise_chain
from kernel.clock import now
from kernel.models import ChainLink, PersonalValue
from kernel.money import CREDIT, Money
from kernel.refusals import Denied, NotFound, Refusal
from kernel.services import deliver_due
from tests import worlds
from tests.worlds import key, main_account, member_actor, person, sub_account, verified_enterprise

pytestmark = pytest.mark.django_db
PASSWORD = "correct-horse-7"


def close(firm: Enterprise, actor=None, **changes) -> Closure:
    values = {"reason": "不再经营", "typed_name": firm.name, "request_key": key(), **changes}
    return services.close_enterprise(actor=actor or member_actor(firm), **values)


def log_in(user) -> Client:
    client = Client()
    assert client.login(username=user.username, password=PASSWORD)
    worlds.reauthenticate(client)
    return client


def _proposal(firm, other):
    worlds.proposed_order(firm, other, get=[(worlds.live_listing(other), 10)], cash=5_480_000)


def _proposal_to(firm, other):
    worlds.proposed_order(other, firm, get=[(worlds.live_listing(firm), 10)], cash=5_480_000)


def _unpaid(firm, other):
    worlds.confirmed(worlds.proposed_order(firm, other, get=[(worlds.live_listing(other), 10)], cash=5_480_000))


def _credit_order(firm, other):
    worlds.allow_credit(firm, 5_480_000)
    return worlds.confirmed(worlds.proposed_order(firm, other, get=[(worlds.live_listing(other), 10)], credit=5_480_000))


def _shipped(firm, other):
    order = _credit_order(firm, other)
    worlds.shipped(order, other)
    return order


def _refund(firm, other):
    from orders.services import request_refund

    order = _shipped(firm, other)
    request_refund(order.no, actor=member_actor(firm), reason="r", request_key=key())


def _in_debt(firm, other):
    worlds.accepted(_shipped(firm, other), firm)


def _in_credit(firm, other):
    worlds.funded_wallet(firm, Money(100, CREDIT))


def _payout(firm, other):
    from credit_guarantee.services import confirm_collection, open_escrow, release_escrow
    from kernel.timer import COMMAND

    escrow = open_escrow(
        payer_id=other.pk, payee_id=firm.pk, amount=Money(90_000, "CNY"), ref=("tests.order", "1"), actor=COMMAND, key="e"
    )  # fmt: skip
    desk = worlds.staff_actor("credit_guarantee.confirm_custodian")
    confirm_collection(escrow.pk, actor=desk, custodian_reference="IN-1", request_key=key())
    release_escrow(escrow.pk, actor=COMMAND, key="r")


def _complaint(firm, other):
    from disputes.services import open_complaint

    order = _shipped(firm, other)
    words = "到货十吨中有一卷受潮，外包装破损，照片已经发给对方，请处理。" * 2
    open_complaint(order.no, actor=member_actor(other), complaint_class="quality", statement=words, request_key=key())


def _application(firm, other):
    from major_clients.models import ChannelApplication

    ChannelApplication.objects.create(
        no="M1", enterprise=firm, submitted_by_id=1, deal_class="commodity", volume_minor=10, minimum_minor=1, has_debt=False,
        unclear_regulation=False, description="x", rule="r", submitted_at=now(),
    )  # fmt: skip


def _question(firm, other):
    from helpdesk.models import ServiceRequest

    ServiceRequest.objects.create(
        no="SR-1", topic="login", name="x", phone="1", subject="x", message="x", enterprise=firm, created_at=now()
    )  # fmt: skip


def _change(firm, other):
    CompanyChange.objects.create(enterprise=firm, version=1, fields=["name"], asked_by_id=1, created_at=now())


def _approval(firm, other):
    asker = firm.memberships.get(is_main=True)
    Approval.objects.create(enterprise=firm, membership=asker, verb="orders.propose", amount_minor=100, created_at=now())


def _export(firm, other):
    ExportJob.objects.create(enterprise=firm, requested_by_id=1, created_at=now())


BLOCKING = [
    _proposal, _proposal_to, _unpaid, _credit_order, _shipped, _refund, _in_debt, _in_credit, _payout, _complaint, _application, _question,
    _change, _approval, _export,
]  # fmt: skip


@pytest.mark.spec("H22")
@pytest.mark.parametrize("matter", BLOCKING, ids=lambda f: f.__name__.strip("_"))
def test_one_open_matter_keeps_the_account_open_and_is_linked(matter):
    firm, other = verified_enterprise(), verified_enterprise()
    assert queries.closing_blockers(firm.pk) == []
    matter(firm, other)

    page = log_in(main_account(firm)).get("/me/close/").content.decode()
    with pytest.raises(Refusal) as refused:
        close(firm)

    assert refused.value.code == "closing_blocked" and refused.value.params["blockers"]
    assert all(f'href="{blocker.url}"' in page for blocker in queries.closing_blockers(firm.pk)) and 'name="typed_name"' not in page
    assert Enterprise.objects.get(pk=firm.pk).state == "verified" and not Closure.objects.exists()


@pytest.mark.spec("H22")
def test_a_clean_slate_closes_and_everybody_is_out_for_good():
    firm = verified_enterprise()
    worlds.live_listing(firm)
    owner, sub = main_account(firm), sub_account(firm, "trade")
    User.objects.filter(pk=owner.pk).update(display_name="王小明", phone="13800000000")
    client, other = log_in(owner), log_in(sub)

    answer = client.post("/me/close/", {"reason": "x", "typed_name": firm.name, "request_key": key()}, follow=True)
    deliver_due()

    assert answer.status_code == 200 and firm.name in answer.content.decode()
    assert Enterprise.objects.get(pk=firm.pk).state == "closed" and Closure.objects.get().enterprise_id == firm.pk
    assert other.get("/me/").status_code == 302
    assert not Client().login(username=owner.username, password=PASSWORD) and not Client().login(username=sub.username, password=PASSWORD)
    assert Listing.objects.get().state == "withdrawn"
    assert ChainLink.objects.filter(chain=enterprise_chain(firm.pk), fact__name="accounts.enterprise_closed").count() == 1


@pytest.mark.spec("H22")
def test_people_become_numbers_and_trade_records_stay():
    order, buyer, seller, _listing = worlds.credit_trade()
    worlds.shipped(order, seller)
    owner = main_account(seller)
    email, before = owner.email, list(ChainLink.objects.filter(chain=seller.chain).values_list("hash", flat=True))
    worlds.accepted(order, buyer)
    from kernel.timer import COMMAND
    from ledger.services import Leg, post_entry

    legs = [Leg(seller.chain, "wallet", CREDIT, -5_480_000), Leg("platform", "suspense", CREDIT, 5_480_000)]
    post_entry(key="settled", kind="opening", legs=legs, ref=("tests.world", "1"), actor=COMMAND)
    PersonalValue.objects.create(subject=f"person:{owner.pk}", kind="ip", lookup="x", salt="s", value="192.0.2.9", commitment="c")

    close(seller)

    owner.refresh_from_db()
    assert (owner.email, owner.display_name, owner.phone, owner.is_active) == ("", "", "", False)
    assert str(owner).endswith(str(owner.pk)) and not User.objects.filter(email=email).exists()
    assert not PersonalValue.objects.filter(subject=f"person:{owner.pk}").exclude(value="").exists()
    order.refresh_from_db()
    assert order.state == "completed" and order.responder_name == seller.name
    assert list(ChainLink.objects.filter(chain=seller.chain).values_list("hash", flat=True))[: len(before)] == before
    from kernel.services import verify_chain

    assert list(verify_chain(seller.chain)) == []


def test_a_person_of_another_company_keeps_the_log_in_for_it():
    owner = person()
    first, second = verified_enterprise(owner=owner), verified_enterprise(owner=owner)

    close(first, actor=member_actor(first, owner))

    client = log_in(User.objects.get(pk=owner.pk))
    assert second.name in client.get("/me/").content.decode()
    assert Membership.objects.get(enterprise=first).ended_at is not None


def test_only_the_main_account_closes_and_only_with_the_name_typed():
    firm = verified_enterprise()

    with pytest.raises(Denied):
        close(firm, actor=member_actor(firm, sub_account(firm, "company", "team")))
    with pytest.raises(Refusal) as refused:
        close(firm, typed_name="别的公司")

    assert refused.value.code == "name_differs"
    assert log_in(sub_account(firm, "company")).get("/me/close/").status_code == 403
    assert Enterprise.objects.get(pk=firm.pk).state == "verified"


@pytest.mark.spec("H22")
def test_a_closed_company_gets_no_proposal_and_its_code_comes_back_only_through_review():
    firm, other = verified_enterprise(), verified_enterprise()
    listing = worlds.live_listing(firm)
    close(firm)

    with pytest.raises(NotFound):
        worlds.proposed_order(other, firm, get=[(listing, 10)], cash=5_480_000)
    again = verified_enterprise(registration_no=firm.registration_no, state="submitted", verified_at=None)

    assert [c.enterprise_id for c in queries.closures_of_code("CN", again.registration_no)] == [firm.pk]
    assert Enterprise.objects.get(pk=firm.pk).state == "closed"


def test_requests_are_closed_with_the_company():
    from catalog.services import post_want

    firm = verified_enterprise()
    post_want(actor=member_actor(firm), category="PAP", title="求购木浆", quantity=5, unit="t", can_give="", request_key=key())

    close(firm)
    deliver_due()

    assert Want.objects.get().state == "closed"
