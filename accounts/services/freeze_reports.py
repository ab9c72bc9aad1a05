"""Asking for an emergency freeze, by anybody, and the proofs of a case; the answer is the same whether the company exists or not (H12)."""

import json
from collections.abc import Mapping
from datetime import timedelta

from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from kernel.chains import PLATFORM, subject_of
from kernel.clock import now
from kernel.models import Document, Fact
from kernel.refusals import NotFound, Refusal
from kernel.services import Purpose, claim_key, drop_document, lock, lock_all, read_document, record, start_deadline, store_upload
from kernel.uploads import JPEG, PDF, PNG
from kernel.vault import digest

from .. import rules
from ..actors import require_staff
from ..facts import FreezeProofAdded, FreezeProofViewed, FreezeReported
from ..models import FreezeCase, FreezeProof
from ..queries.freezes import VIEW_CASE
from .freezes import UNFREEZE, case_number, refuse_own
from .security import watch_openings

PROOF = Purpose("accounts.freeze_proof", frozenset({PDF, JPEG, PNG}), 10 * 1024 * 1024)
KINDS = dict(FreezeProof.KINDS)
REPORTS_AN_HOUR, FILES_AN_HOUR = 5, 20  # from one network


class TooMany(Refusal):
    """The hourly limit of one network is used up."""

    status = 429


def keep_proof(upload, *, actor, instead_of: str = "") -> Document:
    """Keep an uploaded proof until its form is right; nobody need be logged in.

    `instead_of` is the token of the draft it replaces. Raises Refusal upload_…, too_many_files (429), and keeps nothing then.
    """
    # Outside the transaction: a file that is refused costs as much work as one that is kept.
    count_from_network("files", FILES_AN_HOUR, actor=actor)
    with transaction.atomic():
        return _kept(upload, instead_of, actor)


def _kept(upload, instead_of: str, actor) -> Document:
    document = store_upload(upload, purpose=PROOF, owner_chain=PLATFORM, actor=actor)
    for draft in Document.objects.filter(token=instead_of, purpose=PROOF.name, freezeproof=None):
        drop_document(draft)
    return document


@transaction.atomic
def report_freeze(
    *, actor, named: str, registration_no: str, contact: Mapping[str, str], story: str, proofs: Mapping[str, str], request_key: str
) -> FreezeCase:  # fmt: skip
    """Take in a wish for an emergency freeze; whether such a company is registered is looked up by staff later, never here.

    `contact` has name, role, phone and email; `proofs` is {kind: token of a kept proof}, and all kinds are needed. The clock
    `accounts.freeze_report` starts. Raises Refusal no_address, paper_missing, paper_unknown, too_many_reports (429).
    """
    inputs = {"named": named, "no": registration_no, "contact": dict(contact), "story": story, "proofs": dict(proofs)}
    claim = claim_key(request_key, verb="accounts.report_freeze", actor=actor, inputs=inputs)
    if claim.result_id:
        return FreezeCase.objects.get(pk=claim.result_id)
    if not contact.get("phone") and not contact.get("email"):
        raise Refusal("no_address", _("Leave an e-mail address or a phone number, so that we can reach you."))
    if missing := [label for kind, label in KINDS.items() if kind not in proofs]:
        raise Refusal(
            "paper_missing", _("Add the file: %(paper)s.") % {"paper": missing[0]}, kind=next(k for k in KINDS if k not in proofs)
        )
    count_from_network("reports", REPORTS_AN_HOUR, actor=actor)
    case = FreezeCase.objects.create(
        no=case_number(), named=named[:120], registration_no=rules.normal(registration_no)[:40], story=story,
        contact=json.dumps(dict(contact), ensure_ascii=False), reported_by_id=actor.user_id, reported_at=now(),
    )  # fmt: skip
    _bind(case, "freeze", proofs)
    start_deadline(rules.FREEZE_REPORT.code, case, chains=[])
    record(FreezeReported(case_id=case.pk, no=case.no), actor=actor, subject=case, chains=[PLATFORM])
    claim.done(case.pk)
    return case


def _bind(case: FreezeCase, stage: str, proofs: Mapping[str, str]) -> None:
    tokens = {token: kind for kind, token in proofs.items() if kind in KINDS}
    drafts = Document.objects.filter(purpose=PROOF.name, freezeproof=None, erased_at=None, token__in=tokens)
    found = list(drafts.values_list("pk", flat=True))
    if len(found) != len(tokens):
        raise Refusal("paper_unknown", _("An uploaded file is no longer here. Choose it again."))
    for document in lock_all(Document.objects.all(), found):
        FreezeProof.objects.create(case=case, stage=stage, kind=tokens[document.token], document=document, created_at=now())


def count_from_network(what: str, most: int, *, actor) -> None:
    """Count an act of the actor's network in this clock hour; the address itself is not kept. A limit against floods, not a ledger."""
    key = f"freeze:{what}:{now():%Y%m%d%H}:{digest(actor.ip or 'nowhere')}"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 16))", [key])  # many at once are counted one by one
        made = cache.get(key, 0) + 1
        cache.set(key, made, 3600)
    if made > most:
        raise TooMany(
            f"too_many_{what}",
            _("Too many messages came from your network within an hour. Try later, or phone %(hotline)s.")
            % {"hotline": settings.BRAND["hotline"]},
        )


@transaction.atomic
def add_proof(case_id: int, *, kind: str, upload, actor, request_key: str) -> FreezeProof:
    """Attach a proof for unfreezing that the company brought (staff); the newest of a kind counts (H13).

    Raises Denied own_enterprise, Refusal upload_…, not_frozen, kind_unknown, NotFound.
    """
    require_staff(actor, UNFREEZE)
    claim = claim_key(request_key, verb="accounts.add_freeze_proof", actor=actor, inputs={"case": case_id, "kind": kind})
    if claim.result_id:
        return FreezeProof.objects.get(pk=claim.result_id)
    case = lock(FreezeCase.objects.all(), pk=case_id)
    refuse_own(case, actor=actor)
    if case.state != "frozen":
        raise Refusal("not_frozen", _("Proofs for unfreezing are added while the company is frozen and before unfreezing is proposed."))
    if kind not in KINDS:
        raise Refusal("kind_unknown", _("Choose what kind of paper this is."))
    document = store_upload(upload, purpose=PROOF, owner_chain=PLATFORM, actor=actor)
    proof = FreezeProof.objects.create(case=case, stage="unfreeze", kind=kind, document=document, created_at=now())
    fact = FreezeProofAdded(case_id=case.pk, no=case.no, kind=kind, sha256=document.sha256)
    record(fact, actor=actor, subject=case, chains=[case.enterprise.chain])
    claim.done(proof.pk)
    return proof


@transaction.atomic
def view_proof(proof_id: int, *, actor) -> tuple[Document, bytes]:
    """Open a proof as staff; who did stands on the company's chain, or the platform's while no company is named (P28).

    Raises NotFound for those who may not see freeze cases.
    """
    proof = FreezeProof.objects.select_related("document", "case__enterprise").filter(pk=proof_id).first()
    if proof is None or proof.document.erased_at or not actor.can_staff(VIEW_CASE):
        raise NotFound()
    if not _viewed_lately(proof, actor):
        fact = FreezeProofViewed(case_id=proof.case_id, no=proof.case.no, proof_id=proof.pk, kind=proof.kind)
        record(fact, actor=actor, subject=proof.case, chains=[proof.case.enterprise.chain if proof.case.enterprise else PLATFORM])
        watch_openings(actor=actor)
    return proof.document, read_document(proof.document)


def _viewed_lately(proof: FreezeProof, actor) -> bool:
    kind, number = subject_of(proof.case)
    name = FreezeProofViewed.fact_name  # type: ignore[attr-defined]
    seen = Fact.objects.filter(subject_type=kind, subject_id=number, name=name, actor_user_id=actor.user_id)
    return seen.filter(at__gt=now() - timedelta(hours=1), payload__proof_id=proof.pk).exists()
