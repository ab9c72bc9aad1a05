from .accounts import Account, LimitChange
from .entries import Entry, Posting
from .holds import Hold

__all__ = ["Account", "Entry", "Hold", "LimitChange", "Posting"]
