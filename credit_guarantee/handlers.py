from django.urls import reverse
from django.utils.translation import gettext_noop

from accounts.facts import EnterpriseUnfrozen
from kernel.facts import DeadlinePassed, JobCancelled, JobFailed, on
from kernel.money import Money
from kernel.timer import TIMER
from messaging.services import notify_staff

from . import queries, services
from .facts import BookingProposed, EscrowCancelled, InstructionSent, ReleaseApproved, StatementBooked, SuspenseReceived, TransferReceived
from .permissions import CONFIRM_CUSTODIAN, DECIDE_BOOKING
from .rules import PAY


def _tell_finance(fact, instruction_id, msgid: str) -> None:
    url = reverse("admin:credit_guarantee_custodianinstruction_change", args=[instruction_id])
    notify_staff(CONFIRM_CUSTODIAN, msgid=msgid, params={}, url=url, fact=fact)


@on(InstructionSent)
def hand_to_custodian(fact):
    services.hand_over_instruction(fact.payload["instruction_id"], actor=TIMER)


@on(SuspenseReceived)
def tell_finance_of_suspense(fact):
    msgid = gettext_noop("Money arrived that nothing was waiting for. It is in suspense; a second person must approve its return.")
    _tell_finance(fact, fact.payload["instruction_id"], msgid)


@on(DeadlinePassed)
def tell_finance_of_late_payment(fact):
    if fact.payload["policy"] == PAY.code:
        _tell_finance(fact, fact.payload["subject_id"], gettext_noop("The custodian has not confirmed a payment in time."))


@on(EnterpriseUnfrozen)
def pay_what_waited(fact):
    services.hand_over_waiting(fact.payload["enterprise_id"], actor=TIMER)


@on(InstructionSent)
def tell_finance_of_release(fact):
    if queries.approvals_missing(fact.payload["instruction_id"]):
        msgid = gettext_noop("A payment of %(amount)s leaves custody only when two people have approved it.")
        url = reverse("admin:credit_guarantee_custodianinstruction_change", args=[fact.payload["instruction_id"]])
        amount = str(Money(fact.payload["amount_minor"], fact.payload["currency"]))
        notify_staff(CONFIRM_CUSTODIAN, msgid=msgid, params={"amount": amount}, url=url, fact=fact)


@on(ReleaseApproved)
def hand_over_released(fact):
    services.hand_over_instruction(fact.payload["instruction_id"], actor=TIMER)


@on(TransferReceived)
def hand_over_made_good(fact):
    services.hand_over_of_escrow(fact.payload["escrow_id"], actor=TIMER)


@on(EscrowCancelled)
def free_what_had_come(fact):
    services.free_allocations(fact.payload["escrow_id"])


@on(JobFailed, JobCancelled)
def close_broken_import(fact):
    if fact.payload["kind"] == services.STATEMENT_IMPORT:
        services.give_up_import(fact.payload["job_id"])


@on(StatementBooked)
def tell_finance_of_statement(fact):
    waiting = fact.payload["waiting"] + fact.payload["doubtful"]
    if waiting:
        msgid = gettext_noop("Statement %(no)s is booked; %(n)s of its entries wait for a decision.")
        url = reverse("admin:credit_guarantee_statemententry_changelist")
        notify_staff(DECIDE_BOOKING, msgid=msgid, params={"no": fact.payload["no"], "n": waiting}, url=url, fact=fact)


@on(BookingProposed)
def tell_colleagues_of_proposal(fact):
    msgid = gettext_noop("A booking was proposed for a bank entry. Somebody other than its proposer must decide.")
    url = reverse("admin:credit_guarantee_statemententry_change", args=[fact.payload["entry_id"]])
    notify_staff(DECIDE_BOOKING, msgid=msgid, params={}, url=url, fact=fact)
