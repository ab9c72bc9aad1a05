"""Money that arrives when nothing waits for it is booked, shown to finance and sent back; it is never turned away and never lost (P9)."""

import pytest
from django.contrib.auth.models import Group

from accounts.models import Membership
from credit_guarantee import audits as desk_audits
from credit_guarantee import services
from credit_guarantee.models import CustodianInstruction, Escrow
from kernel.clock import now
from kernel.models import ChainLink, Deadline, Fact
from kernel.money import CREDIT, Money
from kernel.refusals import Denied, IllegalMove, KeyReused, Refusal
from kernel.services import deliver_due
from kernel.timer import COMMAND
from ledger import audits
from ledger import queries as ledger
from ledger.models import Account, Entry, Hold
from tests.worlds import key, staff_actor, staff_user, verified_enterprise

REF = ("tests.order", "17")
DESK = "credit_guarantee.confirm_custodian"


def cny(minor: int) -> Money:
    return Money(minor, "CNY")


@pytest.fixture
def desk(db):
    return staff_actor(DESK)


@pytest.fixture
def cancelled(db) -> Escrow:
    payer, payee = verified_enterprise(), verified_enterprise()
    escrow = services.open_escrow(payer_id=payer.pk, payee_id=payee.pk, amount=cny(90_000), ref=REF, actor=COMMAND, key="e1")
    services.cancel_escrow(escrow.pk, actor=COMMAND)
    return escrow


def arrives(escrow: Escrow, desk, reference="IN-1", request_key="collect-1") -> Escrow:
    return services.confirm_collection(escrow.pk, actor=desk, custodian_reference=reference, request_key=request_key)


def booked(escrow, desk, minor: int, reference: str, request_key: str = "") -> CustodianInstruction:
    return services.book_suspense_receipt(
        escrow.pk, actor=desk, amount=cny(minor), custodian_reference=reference, request_key=request_key or key()
    )


def released(instruction: CustodianInstruction) -> CustodianInstruction:
    """A second person approves what goes back of money that somebody booked by hand (P37)."""
    return services.approve_release(instruction.pk, actor=staff_actor(DESK), request_key=key())


def suspense() -> Money:
    account = Account.objects.filter(holder="platform", purpose="suspense", currency="CNY").first()
    return ledger.derived_balance(account) if account else cny(0)


def clean() -> None:
    checks = (audits.zero_sum, audits.balances, audits.holds, audits.suspense, desk_audits.escrows, desk_audits.suspense)
    assert [finding for check in checks for finding in check()] == []


def kinds() -> list[tuple[str, str]]:
    return list(CustodianInstruction.objects.order_by("pk").values_list("kind", "state"))


def test_p9_money_for_a_cancelled_order_goes_to_suspense_and_is_sent_back(cancelled, desk):
    answered = arrives(cancelled, desk)

    assert (answered.state, suspense(), Hold.objects.count()) == ("cancelled", cny(90_000), 0)
    assert kinds() == [("collect", "withdrawn"), ("suspense", "confirmed"), ("return", "sent")]
    giving_back = CustodianInstruction.objects.get(kind="return")
    assert (giving_back.enterprise_id, giving_back.amount) == (cancelled.payer_id, cny(90_000))
    assert [m.kind for m in ledger.entries_about(REF)] == ["suspense"]
    fact = Fact.objects.get(name="credit_guarantee.suspense_received")
    assert (fact.actor_user_id, fact.payload["amount_minor"]) == (desk.user_id, 90_000)
    chains = set(ChainLink.objects.filter(fact=fact).values_list("chain", flat=True))
    assert chains == {f"enterprise:{cancelled.payer_id}", f"enterprise:{cancelled.payee_id}"}
    clean()

    services.confirm_payout(released(giving_back).pk, actor=desk, custodian_reference="OUT-1", request_key="return-01")

    assert (suspense(), [m.kind for m in ledger.entries_about(REF)]) == (cny(0), ["suspense", "returned"])
    assert Fact.objects.filter(name="credit_guarantee.suspense_returned").count() == 1
    assert not Fact.objects.filter(name="credit_guarantee.payout_confirmed").exists()
    clean()


def test_p6_the_same_late_confirmation_twice_books_once(cancelled, desk):
    for _ in range(2):
        assert arrives(cancelled, desk).state == "cancelled"
    with pytest.raises(KeyReused):
        arrives(cancelled, desk, reference="IN-2")

    assert (suspense(), Entry.objects.count()) == (cny(90_000), 1)


@pytest.mark.parametrize("reference", ["IN-1", " in-1 ", "ＩＮ－１"])
def test_p9_one_bank_booking_is_booked_once_whatever_it_is_booked_as(cancelled, desk, reference):
    arrives(cancelled, desk)

    for act in (lambda: arrives(cancelled, desk, reference, "collect-2"), lambda: booked(cancelled, desk, 90_000, reference)):
        with pytest.raises(Refusal) as refusal:
            act()
        assert refusal.value.code == "custodian_reference_used"

    assert suspense() == cny(90_000)


def test_p9_money_that_comes_twice_under_one_reference_goes_back_twice(cancelled, desk):
    arrives(cancelled, desk)
    booked(cancelled, desk, 50_000, "IN-2")

    assert suspense() == cny(140_000)
    assert [i.amount.minor for i in CustodianInstruction.objects.filter(kind="return").order_by("pk")] == [90_000, 50_000]
    clean()


def test_p9_a_second_payment_of_a_funded_escrow_is_not_held_twice(desk):
    payer, payee = verified_enterprise(), verified_enterprise()
    escrow = services.open_escrow(payer_id=payer.pk, payee_id=payee.pk, amount=cny(90_000), ref=REF, actor=COMMAND, key="e1")
    with pytest.raises(Refusal) as refusal:
        booked(escrow, desk, 90_000, "IN-0")
    assert (refusal.value.code, Entry.objects.count()) == ("still_expected", 0)
    arrives(escrow, desk)

    with pytest.raises(IllegalMove):
        arrives(escrow, desk, "IN-2", "collect-2")
    booked(escrow, desk, 90_000, "IN-2")

    assert (suspense(), ledger.held(payer.pk, "CNY")) == (cny(90_000), cny(90_000))
    clean()


def test_a_refused_return_is_sent_again_and_paid_once(cancelled, desk):
    arrives(cancelled, desk)
    first = CustodianInstruction.objects.get(kind="return")
    services.refuse_instruction(first.pk, actor=desk, reason="account closed", request_key="refuse-01")

    again = services.send_again(first.pk, actor=desk, request_key="again-001")
    services.confirm_payout(released(again).pk, actor=desk, custodian_reference="OUT-1", request_key="return-01")

    assert (again.receipt_id, suspense()) == (first.receipt_id, cny(0))
    with pytest.raises(IllegalMove):
        services.confirm_payout(first.pk, actor=desk, custodian_reference="OUT-2", request_key="return-02")
    clean()


def test_a_receipt_is_not_paid_out(cancelled, desk):
    arrives(cancelled, desk)

    with pytest.raises(Refusal) as refusal:
        receipt = CustodianInstruction.objects.get(kind="suspense")
        services.confirm_payout(receipt.pk, actor=desk, custodian_reference="OUT-1", request_key="return-01")

    assert (refusal.value.code, suspense()) == ("not_a_payout", cny(90_000))


@pytest.mark.parametrize(
    ("amount", "code"), [(cny(0), "amount_not_positive"), (Money(5, "USD"), "currency_differs"), (Money(5, CREDIT), "currency_differs")]
)
def test_strange_amounts_are_not_booked(cancelled, desk, amount, code):
    with pytest.raises(Refusal) as refusal:
        services.book_suspense_receipt(cancelled.pk, actor=desk, amount=amount, custodian_reference="IN-1", request_key="suspense-1")

    assert (refusal.value.code, Entry.objects.count()) == (code, 0)


def test_p37_neither_strangers_nor_members_of_a_party_book_it(cancelled, desk):
    Membership.objects.create(user_id=desk.user_id, enterprise=cancelled.payee, created_at=now())

    for actor in (desk, staff_actor("ledger.set_debit_limit")):
        with pytest.raises(Denied):
            booked(cancelled, actor, 90_000, "IN-1")
        with pytest.raises(Denied):
            arrives(cancelled, actor)

    assert (Entry.objects.count(), CustodianInstruction.objects.count()) == (0, 1)


def test_finance_is_told_and_the_return_has_a_clock(cancelled, desk):
    from messaging.models import Notice

    arrives(cancelled, desk)
    deliver_due()

    assert Notice.objects.filter(recipient_id=desk.user_id, msgid__startswith="Money arrived").count() == 1
    giving_back = CustodianInstruction.objects.get(kind="return")
    clock = Deadline.objects.get(policy="credit_guarantee.pay", subject_id=str(giving_back.pk))
    assert (clock.met_at, giving_back.handed_at) == (None, None)
    released(giving_back)
    deliver_due()
    giving_back.refresh_from_db()
    assert giving_back.handed_at is not None
    services.confirm_payout(giving_back.pk, actor=desk, custodian_reference="OUT-1", request_key="return-01")
    clock.refresh_from_db()
    assert clock.met_at is not None


def test_finance_books_it_at_the_desk(client, cancelled):
    user = staff_user()
    user.groups.add(Group.objects.get(name="finance"))
    client.force_login(user)
    queue = "/admin/credit_guarantee/custodianinstruction/"
    collect = f"{queue}{CustodianInstruction.objects.get().pk}/change/"

    found = client.get(queue, {"state__exact": "sent", "q": cancelled.remittance_reference}, follow=True).content.decode()
    assert collect in found  # a withdrawn collection is found from the queue of open ones
    assert 'value="suspense"' in client.get(collect).content.decode()
    typed = {"act": "suspense", "custodian_reference": "IN-1", "amount": "500.50", "request_key": "suspense-1"}
    assert client.post(collect, {**typed, "amount": "1e3"}).status_code == 422
    assert client.post(collect, {**typed, "amount": "0"}).status_code == 422
    for _ in range(2):
        assert client.post(collect, typed).status_code == 302
    assert client.post(collect, {**typed, "amount": "500.51"}).status_code == 409

    assert suspense() == cny(50_050)
    giving_back = CustodianInstruction.objects.get(kind="return")
    page = client.get(f"{queue}{giving_back.pk}/change/").content.decode()
    assert "IN-1" in page and 'value="confirm"' not in page and 'value="approve"' not in page  # a colleague must approve first
    colleague = staff_user()
    colleague.groups.add(Group.objects.get(name="finance"))
    client.force_login(colleague)
    assert client.post(f"{queue}{giving_back.pk}/change/", {"act": "approve", "request_key": "approve-1"}).status_code == 302
    assert 'value="confirm"' in client.get(f"{queue}{giving_back.pk}/change/").content.decode()


def test_a_page_opened_before_the_cancellation_still_books_the_money(client, cancelled):
    user = staff_user()
    user.groups.add(Group.objects.get(name="finance"))
    client.force_login(user)
    collect = f"/admin/credit_guarantee/custodianinstruction/{CustodianInstruction.objects.get().pk}/change/"

    sent = client.post(collect, {"act": "confirm", "custodian_reference": "IN-1", "request_key": "collect-1"}, follow=True)

    assert sent.status_code == 200 and suspense() == cny(90_000)
    assert "暂收款" in sent.content.decode()


def test_canary_audit_finds_suspense_that_the_desk_does_not_know(cancelled, desk):
    from ledger.services import receive_suspense

    receive_suspense(key="by-hand", amount=cny(700), ref=REF, actor=COMMAND)

    assert [f["finding"] for f in desk_audits.suspense()] == ["suspense in CNY: the desk says 0, the books 700"]
