"""Pure rules of barter limits: how far a limit may grow by completed sales, and when a wallet is near one (B04)."""

from dataclasses import asdict, dataclass

SPENDING_DAYS = 30  # what a wallet without a limit spent in so many days says how much of it is little


@dataclass(frozen=True)
class Growth:
    """The inputs of the rule as they are printed, in minor units, and what it gives."""

    sold: int  # released to the enterprise in the last 12 months: without fees, and without what part refunds gave back before
    given_back: int  # of it, taken back by corrections
    percent: int
    cap: int

    @property
    def net(self) -> int:
        return max(0, self.sold - self.given_back)

    @property
    def limit(self) -> int:
        """The limit the rule gives, rounded down to whole units."""
        return min(self.net * self.percent // 100, self.cap) // 100 * 100

    def printed(self) -> dict[str, int]:
        return {**asdict(self), "net": self.net, "limit": self.limit}


def near(used: int, limit: int, percent: int) -> bool:
    """Whether `used` of `limit` has reached `percent`; a limit of zero warns of nothing: there is no credit to use up."""
    return limit > 0 and used * 100 >= limit * percent
