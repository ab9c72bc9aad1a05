"""Acts by which a sub-account commits its enterprise: weighed here, let pass by its limits and its company's approvals (B10)."""

from collections.abc import Iterable

from accounts.actors import Actor
from accounts.permissions import Capability
from accounts.services import limits
from kernel.chains import subject_of

from ..models import Order, OrderLine, RefundLine, Tender
from ..rules import heavier_side
from ..worth import yardstick_of


def commit_to(
    order: Order, *, actor: Actor, verb: Capability, terms: str, subject: str = "", asked_for: str = "",
    lines: Iterable[OrderLine | RefundLine] | None = None, tenders: Iterable[Tender] | None = None,
) -> None:  # fmt: skip
    """Count a trade against the limits of the person who acts; raises Refusal approval_needed.

    Call it when the order, its stock and its escrows are locked and before the fact of the act is recorded. `subject` is what the
    spending is counted on (default: the order).
    """
    lines = order.lines.all() if lines is None else lines
    tenders = order.tenders.all() if tenders is None else tenders
    given = [(line.giver_id, line.amount) for line in lines] + [(tender.payer_id, tender.amount) for tender in tenders]
    amount = heavier_side(given, yardstick_of(order))
    limits.commit(
        actor=actor, verb=verb, subject=subject or ":".join(subject_of(order)), terms=terms, amount=amount, asked_for=asked_for,
        chains=order.chains,
    )  # fmt: skip
