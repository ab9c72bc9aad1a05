from .escrows import Escrow
from .instructions import CustodianInstruction
from .proposals import BookingProposal, ReleaseApproval
from .statements import Allocation, BankStatement, StatementEntry, StatementFile

__all__ = [
    "Allocation",
    "BankStatement",
    "BookingProposal",
    "CustodianInstruction",
    "Escrow",
    "ReleaseApproval",
    "StatementEntry",
    "StatementFile",
]
