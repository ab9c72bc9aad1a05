from .accounts import Account, LimitChange
from .entries import Entry, Posting
from .holds import Hold
from .limits import LimitProposal, LimitWarning
from .rates import ExchangeRate, RateSheet

__all__ = ["Account", "Entry", "ExchangeRate", "Hold", "LimitChange", "LimitProposal", "LimitWarning", "Posting", "RateSheet"]
