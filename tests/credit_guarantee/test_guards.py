"""What nobody may do to escrows and instructions even by hand: the database refuses and names the rule (P3, P4, P9)."""

import pytest
from django.db import DatabaseError, connection, transaction

from credit_guarantee import audits, services
from credit_guarantee.models import CustodianInstruction, Escrow
from kernel.money import Money
from kernel.timer import COMMAND
from ledger.services import release_hold
from tests.worlds import staff_actor, verified_enterprise

REF = ("tests.order", "17")
SAID = "UPDATE credit_guarantee_custodianinstruction SET "
ESCROW = "UPDATE credit_guarantee_escrow SET "
PAID_IN = "({open}, 'suspense', 'sent', 'x', {payer}, 5, 'CNY', '', '', now(), NULL, NULL)"
NEW = (
    "INSERT INTO credit_guarantee_custodianinstruction (escrow_id, kind, state, idempotency_key, enterprise_id, amount_minor, currency,"
    " external_ref, refusal_reason, created_at, answered_at, receipt_id) VALUES "
)

# name: (statement, the constraint or trigger that must refuse it)
ATTEMPTS = {
    "confirmed without a reference": (
        SAID + "state = 'confirmed', answered_at = now() WHERE id = {collect}",
        "instruction_confirmed_has_ref",
    ),
    "refused without a reason": (SAID + "state = 'refused', answered_at = now() WHERE id = {collect}", "instruction_refused_has_reason"),
    "answered without a time": (SAID + "state = 'withdrawn' WHERE id = {collect}", "instruction_answered_has_time"),
    "a reference before the answer": (SAID + "external_ref = 'X' WHERE id = {collect}", "instruction_reference_is_confirmed"),
    "a reason before the answer": (SAID + "refusal_reason = 'X' WHERE id = {collect}", "instruction_reason_is_refused"),
    "one booking for two": (
        SAID + "state = 'confirmed', answered_at = now(), external_ref = 'IN-F' WHERE id = {collect}", "custodian_reference_once",
    ),
    "an answer taken back": (SAID + "state = 'sent', answered_at = NULL, answered_by_id = NULL, external_ref = '' WHERE id = {paid}",
        "instruction_guard"),
    "another reference afterwards": (SAID + "external_ref = 'X' WHERE id = {paid}", "instruction_guard"),
    "another amount": (SAID + "amount_minor = 1 WHERE id = {collect}", "instruction_guard"),
    "another enterprise": (SAID + "enterprise_id = {c} WHERE id = {collect}", "instruction_guard"),
    "instruction deleted": ("DELETE FROM credit_guarantee_custodianinstruction WHERE id = {collect}", "instruction_guard"),
    "a payout of more than was held": (NEW + "({funded}, 'pay_out', 'sent', 'x', {payee}, 90001, 'CNY', '', '', now(), NULL, NULL)",
        "instruction_guard"),
    "a payout to a stranger": (
        NEW + "({funded}, 'pay_out', 'sent', 'x', {c}, 90000, 'CNY', '', '', now(), NULL, NULL)",
        "instruction_guard",
    ),
    "a second open instruction of a kind": (
        NEW + "({open}, 'collect', 'sent', 'x', {payer}, 90000, 'CNY', '', '', now(), NULL, NULL)", "instruction_once",
    ),
    "a return of what never came": (NEW + "({open}, 'return', 'sent', 'x', {payer}, 5, 'CNY', '', '', now(), NULL, {collect})",
        "instruction_guard"),
    "a return of nothing": (NEW + "({open}, 'return', 'sent', 'x', {payer}, 5, 'CNY', '', '', now(), NULL, NULL)", "instruction_guard"),
    "a receipt that waits": (NEW + PAID_IN, "receipt_needs_no_answer"),
    "an unknown kind": (NEW + "({open}, 'gift', 'sent', 'x', {payer}, 5, 'CNY', '', '', now(), NULL, NULL)", "instruction_kind"),
    "a second return": (
        NEW + "({gone}, 'return', 'sent', 'x', {payer}, 90000, 'CNY', '', '', now(), NULL, {receipt})",
        "receipt_returned_once",
    ),
    "another amount of the escrow": (ESCROW + "amount_minor = 1 WHERE id = {open}", "escrow_guard"),
    "another payee of the escrow": (ESCROW + "payee_id = {c} WHERE id = {funded}", "escrow_guard"),
    "funded without a hold": (ESCROW + "state = 'funded', funded_at = now() WHERE id = {open}", "escrow_funded_has_hold"),
    "funded by the hold of another": (
        ESCROW + "state = 'funded', funded_at = now(), hold_id = {hold} WHERE id = {open}",
        "credit_guarantee_escrow_hold_id_key",
    ),
    "unfunded again": (ESCROW + "state = 'awaiting_funds', funded_at = NULL, hold_id = NULL WHERE id = {funded}", "escrow_guard"),
    "released without paying": (ESCROW + "state = 'released', closed_at = now() WHERE id = {funded}", "escrow_mirrors_hold"),
    "closed without a time": (ESCROW + "state = 'released' WHERE id = {funded}", "escrow_closed_has_time"),
    "released, then refunded": (ESCROW + "state = 'refunded' WHERE id = {done}", "escrow_guard"),
    "cancelled, then open again": (ESCROW + "state = 'awaiting_funds', closed_at = NULL WHERE id = {gone}", "escrow_guard"),
    "escrow deleted": ("DELETE FROM credit_guarantee_escrow WHERE id = {open}", "escrow_guard"),
    "escrow between one": (ESCROW + "payee_id = payer_id WHERE id = {open}", "escrow_guard"),
}  # fmt: skip


@pytest.fixture
def world(db) -> dict:
    payer, payee, c = (verified_enterprise() for _ in range(3))
    desk = staff_actor("credit_guarantee.confirm_custodian")

    def opened(key: str) -> Escrow:
        return services.open_escrow(payer_id=payer.pk, payee_id=payee.pk, amount=Money(90_000, "CNY"), ref=REF, actor=COMMAND, key=key)

    def collected(escrow: Escrow, reference: str) -> Escrow:
        return services.confirm_collection(escrow.pk, actor=desk, custodian_reference=reference, request_key=f"collect-{reference}")

    waiting, funded, done, gone = (opened(key) for key in ("open", "funded", "done", "gone"))
    funded, done = collected(funded, "IN-F"), collected(done, "IN-D")
    services.release_escrow(done.pk, actor=COMMAND, key="r")
    paid = CustodianInstruction.objects.get(kind="pay_out")
    services.confirm_payout(paid.pk, actor=desk, custodian_reference="OUT-D", request_key="payout-D1")
    services.cancel_escrow(gone.pk, actor=COMMAND)
    collected(gone, "IN-G")
    with connection.cursor() as cursor:  # as if all this had been committed
        at_commit(cursor)
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    return {
        "payer": payer.pk, "payee": payee.pk, "c": c.pk, "open": waiting.pk, "funded": funded.pk, "done": done.pk, "gone": gone.pk,
        "collect": CustodianInstruction.objects.get(escrow=waiting).pk, "paid": paid.pk, "hold": funded.hold_id,
        "receipt": CustodianInstruction.objects.get(kind="suspense").pk,
    }  # fmt: skip


def snapshot() -> list:
    return [list(model.objects.order_by("pk").values_list()) for model in (Escrow, CustodianInstruction)]


def at_commit(cursor) -> None:
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize("role", ["barter_app", ""], ids=["application", "owner"])
@pytest.mark.parametrize("name", ATTEMPTS)
def test_p4_the_database_refuses_by_itself(world, name, role):
    sql, rule = ATTEMPTS[name]
    before = snapshot()

    with pytest.raises(DatabaseError) as refused, transaction.atomic(), connection.cursor() as cursor:
        if role:
            cursor.execute(f"SET LOCAL ROLE {role}")
        cursor.execute(sql.format(**world))
        at_commit(cursor)

    assert refused.value.__cause__.diag.constraint_name == rule
    assert snapshot() == before


def test_p4_a_hold_is_not_settled_behind_its_escrow(world):
    with pytest.raises(DatabaseError) as refused, transaction.atomic(), connection.cursor() as cursor:
        release_hold(world["hold"], key="behind", actor=COMMAND)
        at_commit(cursor)

    assert refused.value.__cause__.diag.constraint_name == "hold_mirrors_escrow"
    assert Escrow.objects.get(pk=world["funded"]).hold.state == "held"


@pytest.mark.parametrize(("table", "names"), audits.GUARDS.items())
def test_canary_audit_misses_every_dropped_guard(world, table, names):
    assert list(audits.guards()) == []
    with connection.cursor() as cursor:
        at_commit(cursor)
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")

    assert list(audits.guards()) == [{"finding": f"{table} is without its trigger {name}"} for name in sorted(names)]
