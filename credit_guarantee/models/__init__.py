from .escrows import Escrow
from .instructions import CustodianInstruction

__all__ = ["CustodianInstruction", "Escrow"]
