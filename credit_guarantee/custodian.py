"""The door to the licensed institution that holds the money: an interface, and the sandbox that stands behind it by default."""

from dataclasses import dataclass
from typing import Protocol

from kernel.money import Money


@dataclass(frozen=True)
class Order:
    """What an adapter is told. `idempotency_key` stays the same however often an order is handed over."""

    idempotency_key: str
    kind: str  # collect, pay_out, pay_back
    enterprise_id: int  # who pays in, or who is to be paid
    amount: Money
    remittance_reference: str


class Custodian(Protocol):
    """A licensed institution. Handing an order over says nothing about its success: that comes as a confirmation."""

    def hand_over(self, order: Order) -> None:
        """Pass an order on; must be harmless when repeated. An exception means: try again later."""


class Sandbox:
    """A custodian inside the product: it accepts every order, and finance confirms by hand what it has done."""

    def hand_over(self, order: Order) -> None:
        return None


def custodian() -> Custodian:
    """Return the custodian of this installation."""
    return Sandbox()
