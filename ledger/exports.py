"""What an export says of money: accounts, every posting on them, what is held, changes of limits."""

from django.db.models import Q

from kernel.chains import enterprise_chain
from kernel.money import Money
from kernel.registries import export_part

from .models import Account, Hold, LimitChange, LimitProposal, LimitWarning, Posting


@export_part("accounts")
def accounts(enterprise_id: int):
    for row in Account.objects.filter(holder=enterprise_chain(enterprise_id)).order_by("pk"):
        yield {
            "id": row.pk, "purpose": row.purpose, "currency": row.currency, "balance": Money(row.balance_minor, row.currency),
            "lowest_allowed": None if row.floor_minor is None else Money(row.floor_minor, row.currency),
        }  # fmt: skip


@export_part("postings")
def postings(enterprise_id: int):
    rows = Posting.objects.filter(account__holder=enterprise_chain(enterprise_id)).select_related("entry", "account").order_by("pk")
    for row in rows.iterator(chunk_size=2000):
        yield {
            "voucher": row.entry.no, "at": row.entry.at, "kind": row.entry.kind, "purpose": row.account.purpose,
            "amount": Money(row.minor, row.currency),
            "balance_after": None if row.balance_after is None else Money(row.balance_after, row.currency),
            "for": f"{row.entry.ref_type}:{row.entry.ref_id}",
        }  # fmt: skip


@export_part("holds")
def holds(enterprise_id: int):
    rows = Hold.objects.filter(Q(payer_id=enterprise_id) | Q(payee_id=enterprise_id)).order_by("pk")
    for row in rows.iterator(chunk_size=2000):
        yield {
            "paid_by": "we" if row.payer_id == enterprise_id else "they", "amount": Money(row.amount_minor, row.currency),
            "fee": Money(row.fee_minor, row.currency), "returned": Money(row.returned_minor, row.currency),
            "for": f"{row.ref_type}:{row.ref_id}", "state": row.state, "held": row.created_at, "settled": row.settled_at,
        }  # fmt: skip


@export_part("limit_changes")
def limit_changes(enterprise_id: int):
    rows = LimitChange.objects.filter(account__holder=enterprise_chain(enterprise_id)).select_related("account").order_by("pk")
    for row in rows:
        currency = row.account.currency
        yield {"before": Money(row.before_minor, currency), "after": Money(row.after_minor, currency), "reason": row.reason, "at": row.at}


@export_part("limit_proposals")
def limit_proposals(enterprise_id: int):
    for row in LimitProposal.objects.filter(enterprise_id=enterprise_id).order_by("pk"):
        yield {
            "kind": row.kind, "before": row.before, "after": row.amount, "reason": row.reason, "figures": row.basis, "state": row.state,
            "proposed": row.proposed_at, "decided": row.decided_at,
        }  # fmt: skip


@export_part("limit_warnings")
def limit_warnings(enterprise_id: int):
    for row in LimitWarning.objects.filter(enterprise_id=enterprise_id).order_by("pk"):
        yield {"kind": row.kind, "since": row.since, "ended": row.ended_at}
