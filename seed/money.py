"""What finance of the demo has done and left: large payments released by two, and a bank statement of which some entries wait."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from accounts.models import User
from accounts.queries import actor_for
from credit_guarantee.models import CustodianInstruction, Escrow, StatementEntry
from credit_guarantee.queries import made_statement, people_missing
from credit_guarantee.services import approve_release, confirm_payout, import_statement, propose_booking
from kernel.clock import now
from kernel.refusals import Refusal
from kernel.services import work_job
from kernel.workdays import SHANGHAI
from orders.services import approve_commission, enter_commission

CLERKS = ("finance", "finance2")


def paid_out(instruction: CustodianInstruction, staff: dict[str, User], *, reference: str, key: str) -> None:
    """The custodian has paid; two people had approved it where it is large."""
    for clerk in CLERKS:
        if people_missing(instruction):
            approve_release(instruction.pk, actor=actor_for(staff[clerk]), request_key=f"{key}-{clerk}")
    confirm_payout(instruction.pk, actor=actor_for(staff["finance"]), custodian_reference=reference, request_key=key)


def commission_story(staff: dict[str, User]) -> Iterator[datetime]:
    """Half a percent from each side: one of finance enters it, the other puts it in force."""
    row = enter_commission(
        payer_bp=50, payee_bp=50, starts_on=now().astimezone(SHANGHAI).date(), reason="示例费率：双方各 0.5%",
        actor=actor_for(staff["finance"]), request_key="seed-commission",
    )  # fmt: skip
    yield now() + timedelta(minutes=30)
    approve_commission(row.pk, actor=actor_for(staff["finance2"]), request_key="seed-commission-approved")


def statement_story(staff: dict[str, User]) -> Iterator[datetime]:
    """A statement of this morning is imported while enough orders wait; for one of its entries something is proposed.

    Some payments are left alone, so that a visitor can pay them by a statement of the sandbox.
    """
    if Escrow.objects.filter(state="awaiting_funds", currency="CNY").count() < 2:
        return
    name, body = made_statement("CNY", payments=3)
    clerk = actor_for(staff["finance"])
    file = import_statement(currency="CNY", body=body, file_name=name, actor=clerk, request_key="seed-statement")
    work_job(file.job_id)
    yield now() + timedelta(minutes=20)
    entry = StatementEntry.objects.filter(state="waiting", reason="under").first()
    if entry is None:
        return
    reference = Escrow.objects.values_list("remittance_reference", flat=True).get(pk=entry.meant[0])
    try:
        propose_booking(
            entry.pk, kind="allocate", terms={"lines": [(reference, entry.amount, False)]}, reason="付款方分两笔支付，余款本周内补齐。",
            actor=clerk, request_key="seed-proposal",
        )  # fmt: skip
    except Refusal:
        return
