"""What an export says of the company itself, its people, their limits, its papers and its log."""

from kernel.chains import enterprise_chain
from kernel.money import Money
from kernel.registries import export_part

from . import queries
from .models import (
    Approval,
    ApprovalRule,
    ChangePaper,
    CompanyChange,
    Consent,
    Delegation,
    Enterprise,
    EnterpriseUserObjectPermission,
    FormerName,
    FreezeCase,
    FreezeProof,
    Invitation,
    MainTransfer,
    Membership,
    QualificationDocument,
    Spending,
    SpendingLimit,
    TransferProof,
)

COMPANY = (
    "handle", "name", "name_en", "country", "registration_no", "province", "address", "phone", "legal_representative", "licence_expires_on",
    "tax_no", "bank_name", "bank_code", "bank_account", "state", "rejection_reason", "created_at", "verified_at",
)  # fmt: skip


@export_part("company")
def company(enterprise_id: int):
    for row in Enterprise.objects.filter(pk=enterprise_id):
        yield {"id": row.pk, **{name: getattr(row, name) for name in COMPANY}}


@export_part("company_papers")
def papers(enterprise_id: int):
    rows = QualificationDocument.objects.filter(enterprise_id=enterprise_id).select_related("document").order_by("pk")
    for row in rows:
        yield {"kind": row.kind, "file": row.document, "sha256": row.document.sha256, "handed_in": row.created_at}


@export_part("company_changes")
def changes(enterprise_id: int):
    for row in CompanyChange.objects.filter(enterprise_id=enterprise_id).order_by("pk"):
        yield {
            "version": row.version, "fields": row.fields, "values": queries.unpacked(row.values), "before": queries.unpacked(row.before),
            "why": row.reason, "state": row.state,
            "decision_reason": row.decision_reason, "asked": row.created_at, "decided": row.decided_at,
        }  # fmt: skip


@export_part("company_consents")
def consents(enterprise_id: int):
    for row in Consent.objects.filter(enterprise_id=enterprise_id).order_by("pk"):
        yield {"kind": row.kind, "wording": row.version, "person": row.user_id, "given": row.given_at}


@export_part("company_change_papers")
def change_papers(enterprise_id: int):
    rows = ChangePaper.objects.filter(change__enterprise_id=enterprise_id).select_related("document", "change").order_by("pk")
    for row in rows:
        yield {"version": row.change.version, "kind": row.kind, "file": row.document, "handed_in": row.created_at}


@export_part("former_names")
def former_names(enterprise_id: int):
    for row in FormerName.objects.filter(enterprise_id=enterprise_id).order_by("pk"):
        yield {"name": row.name, "name_en": row.name_en, "borne_until": row.borne_until}


@export_part("people")
def people(enterprise_id: int):
    held: dict[int, list[str]] = {}
    boxes = EnterpriseUserObjectPermission.objects.filter(content_object_id=enterprise_id).order_by("permission__codename")
    for user_id, box in boxes.values_list("user_id", "permission__codename"):
        held.setdefault(user_id, []).append(box)
    for row in Membership.objects.filter(enterprise_id=enterprise_id).select_related("user").order_by("pk"):
        yield {
            "id": row.user_id, "name": row.user.display_name, "logs_in_as": row.user.username, "main_account": row.is_main,
            "permissions": held.get(row.user_id, []), "only_granted_listings": row.only_granted_listings,
            "only_granted_orders": row.only_granted_orders, "since": row.created_at, "until": row.ended_at,
        }  # fmt: skip


@export_part("spending_limits")
def limits(enterprise_id: int):
    for row in SpendingLimit.objects.filter(membership__enterprise_id=enterprise_id).select_related("membership").order_by("pk"):
        yield {
            "person": row.membership.user_id, "per_order_fen": row.per_order_minor, "per_period_fen": row.per_period_minor,
            "period": row.period, "since": row.updated_at,
        }  # fmt: skip


@export_part("spendings")
def spendings(enterprise_id: int):
    for row in Spending.objects.filter(membership__enterprise_id=enterprise_id).select_related("membership").order_by("pk").iterator():
        yield {
            "person": row.membership.user_id, "for": row.subject, "amount": Money(row.amount_minor, "CNY"), "at": row.at,
            "given_back": row.given_back_at,
        }  # fmt: skip


@export_part("approval_rule")
def approval_rule(enterprise_id: int):
    for row in ApprovalRule.objects.filter(enterprise_id=enterprise_id):
        yield {"approval_needed_above": Money(row.above_minor, "CNY"), "since": row.updated_at}


@export_part("approvals")
def approvals(enterprise_id: int):
    rows = Approval.objects.filter(enterprise_id=enterprise_id).select_related("membership", "decided_by").order_by("pk")
    for row in rows:
        yield {
            "asked_by": row.membership.user_id, "for": row.subject, "act": row.verb, "amount": Money(row.amount_minor, "CNY"),
            "why": row.why, "note": row.note, "state": row.state, "decided_by": row.decided_by.user_id if row.decided_by else None,
            "decision_note": row.decision_note, "asked": row.created_at, "decided": row.decided_at, "used": row.used_at,
        }  # fmt: skip


@export_part("stand_ins")
def stand_ins(enterprise_id: int):
    for row in Delegation.objects.filter(giver__enterprise_id=enterprise_id).select_related("giver", "taker").order_by("pk"):
        yield {
            "absent": row.giver.user_id, "stands_in": row.taker.user_id, "from": row.starts_on, "until": row.ends_on, "ended": row.ended_at,
        }  # fmt: skip


@export_part("invitations")
def invitations(enterprise_id: int):
    for row in Invitation.objects.filter(enterprise_id=enterprise_id).order_by("pk"):
        yield {
            "email": row.email, "name": row.display_name, "permissions": row.boxes, "invited_by": row.invited_by_id,
            "invited": row.created_at, "accepted": row.accepted_at, "revoked": row.revoked_at,
        }  # fmt: skip


@export_part("freezes")
def freezes(enterprise_id: int):
    """Cases in which the company was frozen; a report that led to nothing may come from others and is not told."""
    rows = FreezeCase.objects.filter(enterprise_id=enterprise_id, frozen_at__isnull=False).order_by("pk")
    for row in rows:
        yield {"no": row.no, "state": row.state, "reason": row.reason, "frozen": row.frozen_at, "closed": row.closed_at}


@export_part("freeze_papers")
def freeze_papers(enterprise_id: int):
    rows = FreezeProof.objects.filter(case__enterprise_id=enterprise_id, case__frozen_at__isnull=False)
    for row in rows.select_related("document", "case").order_by("pk"):
        yield {"no": row.case.no, "stage": row.stage, "kind": row.kind, "file": row.document, "handed_in": row.created_at}


@export_part("main_transfers")
def main_transfers(enterprise_id: int):
    """Transfers of the main account that were done; requests that led to nothing may come from others and are not told."""
    for row in MainTransfer.objects.filter(enterprise_id=enterprise_id, state="done").order_by("pk"):
        yield {
            "no": row.no, "cause": row.cause, "from_person": row.old_main_id, "to_person": row.new_main_id, "asked": row.asked_at,
            "done": row.closed_at,
        }  # fmt: skip


@export_part("main_transfer_papers")
def main_transfer_papers(enterprise_id: int):
    rows = TransferProof.objects.filter(case__enterprise_id=enterprise_id, case__state="done")
    for row in rows.select_related("document", "case").order_by("pk"):
        yield {"no": row.case.no, "kind": row.kind, "file": row.document, "handed_in": row.created_at}


@export_part("operation_log")
def operation_log(enterprise_id: int):
    """Every link of the chain with its hashes; people of others are their firm, as on the page."""
    chain, names = enterprise_chain(enterprise_id), queries.people_in(enterprise_id)
    for link in queries.links_of(enterprise_id):
        fact = link.fact
        own = fact.acting_for == chain
        yield {
            "entry": link.seq, "at": fact.at, "what": fact.name, "in_words": queries.what_of(fact), "who": queries.who_of(link, names),
            "person": fact.actor_user_id if fact.actor_user_id in names and fact.acting_for in ("", chain) else None,
            "about": f"{fact.subject_type}:{fact.subject_id}", "no": fact.payload.get("no", ""), "changes": fact.changes,
            "request": fact.request_id if own else "", "content_hash": fact.content_hash, "previous_hash": link.prev_hash,
            "hash": link.hash,
        }  # fmt: skip
