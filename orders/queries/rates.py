"""The exchange rates by which a trade of two currencies is weighed now; frozen on the terms when they are written (M41)."""

from collections.abc import Sequence

from kernel.clock import now
from kernel.workdays import SHANGHAI
from ledger.queries import quotes

from ..worth import Yardstick, account_of, yardstick


def yardstick_now(currencies: Sequence[str], account: str = "") -> Yardstick:
    """Weigh amounts in these currencies in `account` (default: `account_of` them), by the newest rates in force that are not stale."""
    account = account or account_of(currencies)
    if set(currencies) <= {account}:
        return Yardstick(account)
    found = quotes(now().astimezone(SHANGHAI).date())
    return yardstick(account, {code: (q.cny, q.source, q.as_of) for code, q in found.items()}).narrowed(currencies)
