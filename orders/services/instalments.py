"""Each money part is secured on its own and runs on its own clock; what is not paid in time ends the order (B03, ADR 0021)."""

from collections.abc import Sequence
from typing import Any

from credit_guarantee.services import open_escrow
from kernel.chains import subject_of
from kernel.clock import now
from kernel.services import cancel_deadlines, meet_deadline, move, record, start_deadline
from ledger.services import hold_funds

from ..facts import InstalmentHeld
from ..models import Order, Tender
from ..schedules import CLOCKS, cash_parts, end_of_day


def key_of(tender: Tender, *, opened: bool = False) -> str:
    """What the holds and escrows of a money part are known by; the first part keeps the key of a payment in one.

    With `opened` the version that brought the part stands in it, because a later version opens another.
    """
    key = f"order:{tender.order_id}:{tender.kind}"
    key += f":{tender.stage}" if tender.stage > 1 else ""
    return f"{key}:v{tender.since_version}" if opened and tender.since_version > 1 else key


def secure(order: Order, tender: Tender, *, actor) -> None:
    """Hold a locked credit part at once, or have the custodian collect a cash part under a reference of its own."""
    sides: dict[str, Any] = {
        "payer_id": tender.payer_id, "payee_id": tender.payee_id, "amount": tender.secured, "fee_minor": tender.fee_minor,
        "ref": subject_of(order), "key": key_of(tender, opened=True), "actor": actor,
    }  # fmt: skip
    if tender.kind == "credit":
        move(tender, "hold", hold=hold_funds(**sides))
    else:
        move(tender, "await_funds", escrow=open_escrow(**sides))


def start_clocks(order: Order, tenders: Sequence[Tender]) -> None:
    """Let the time of every unpaid part of a locked order run that can run now; clocks that run already stay."""
    cash = cash_parts(tenders)
    for tender in cash:
        if tender.state != "awaiting_funds":
            continue
        if tender.due == "date" and (end := end_of_day(tender.due_on)) > now():
            start_deadline("orders.instalment", tender, chains=order.chains, at=end)
        elif tender.due != "shipping" or all(other.state == "held" for other in cash if other is not tender):
            start_deadline("orders.pay", tender, chains=order.chains)


def stop_clocks(tenders: Sequence[Tender]) -> None:
    """What these parts were due for has ended."""
    for tender in tenders:
        if tender.kind == "cash":
            cancel_deadlines(tender, *CLOCKS)


def hold_part(order: Order, tenders: Sequence[Tender], escrow_id: int, *, actor) -> None:
    """Note on a locked order that the custodian holds one of its parts; harmless when noted before."""
    for tender in tenders:
        if tender.escrow_id != escrow_id or tender.state != "awaiting_funds":
            continue
        move(tender, "hold")
        for code in CLOCKS:
            meet_deadline(code, tender)
        cash = cash_parts(tenders)
        if len(cash) > 1 and any(other.state != "held" for other in cash):
            value = InstalmentHeld(
                order_id=order.pk, no=order.no, stage=tender.stage, count=len(cash), amount_minor=tender.amount_minor,
                currency=tender.currency, payer_id=tender.payer_id, payee_id=tender.payee_id,
            )  # fmt: skip
            record(value, actor=actor, subject=order, chains=order.chains)
