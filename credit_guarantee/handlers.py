from kernel.facts import on

from . import services
from .facts import InstructionSent


@on(InstructionSent)
def hand_to_custodian(fact):
    services.hand_over_instruction(fact.payload["instruction_id"])
