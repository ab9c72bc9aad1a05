"""Actors that are not people: the clock, an operator's command, the custodian, a carrier."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Machinery:
    """What `record` asks of an actor, for acts that no person did."""

    kind: str
    user_id: int | None = None
    acting_for: str = ""
    request_id: str = ""
    ip: str = ""


TIMER = Machinery("timer")
COMMAND = Machinery("command")
CUSTODIAN = Machinery("custodian")
CARRIER = Machinery("carrier")
