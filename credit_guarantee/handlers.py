from django.urls import reverse
from django.utils.translation import gettext_noop

from accounts.facts import EnterpriseUnfrozen
from kernel.facts import DeadlinePassed, on
from kernel.timer import TIMER
from messaging.services import notify_staff

from . import services
from .facts import InstructionSent, SuspenseReceived
from .permissions import CONFIRM_CUSTODIAN
from .rules import PAY


def _tell_finance(fact, instruction_id, msgid: str) -> None:
    url = reverse("admin:credit_guarantee_custodianinstruction_change", args=[instruction_id])
    notify_staff(CONFIRM_CUSTODIAN, msgid=msgid, params={}, url=url, fact=fact)


@on(InstructionSent)
def hand_to_custodian(fact):
    services.hand_over_instruction(fact.payload["instruction_id"], actor=TIMER)


@on(SuspenseReceived)
def tell_finance_of_suspense(fact):
    msgid = gettext_noop("Money arrived that nothing was waiting for. It is in suspense and its return has been instructed.")
    _tell_finance(fact, fact.payload["instruction_id"], msgid)


@on(DeadlinePassed)
def tell_finance_of_late_payment(fact):
    if fact.payload["policy"] == PAY.code:
        _tell_finance(fact, fact.payload["subject_id"], gettext_noop("The custodian has not confirmed a payment in time."))


@on(EnterpriseUnfrozen)
def pay_what_waited(fact):
    services.hand_over_waiting(fact.payload["enterprise_id"], actor=TIMER)
