"""Asking for another main account, by anybody with both proofs, and the holder's objection; nothing says who is here (H13)."""

import json
from collections.abc import Mapping
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kernel.chains import PLATFORM, subject_of
from kernel.clock import now
from kernel.models import Document, Fact
from kernel.refusals import Denied, NotFound, Refusal
from kernel.services import Purpose, claim_key, drop_document, lock, lock_all, read_document, record, start_deadline, store_upload
from kernel.uploads import JPEG, PDF, PNG

from .. import rules
from ..facts import MainTransferAsked, MainTransferProofViewed
from ..models import MainTransfer, TransferProof
from ..queries.transfers import VIEW_TRANSFER
from .freeze_reports import count_from_network
from .freezes import case_number
from .security import watch_openings
from .transfers import stop

PROOF = Purpose("accounts.transfer_proof", frozenset({PDF, JPEG, PNG}), 10 * 1024 * 1024)
KINDS = dict(TransferProof.KINDS)
REQUESTS_AN_HOUR, FILES_AN_HOUR = 5, 20  # from one network


def keep_transfer_proof(upload, *, actor, instead_of: str = "") -> Document:
    """Keep an uploaded proof until its form is right; nobody need be logged in.

    `instead_of` is the token of the draft it replaces. Raises Refusal upload_…, too_many_files (429), and keeps nothing then.
    """
    count_from_network("files", FILES_AN_HOUR, actor=actor)  # also those that are refused
    with transaction.atomic():
        document = store_upload(upload, purpose=PROOF, owner_chain=PLATFORM, actor=actor)
        for draft in Document.objects.filter(token=instead_of, purpose=PROOF.name, transferproof=None):
            drop_document(draft)
    return document


@transaction.atomic
def ask_main_transfer(
    *, actor, named: str, registration_no: str, cause: str, contact: Mapping[str, str], story: str, proofs: Mapping[str, str],
    request_key: str,
) -> MainTransfer:  # fmt: skip
    """Take in the wish that another person hold a company's main account; who that company is, staff find out later, never we here.

    `contact` has name, role, phone and email of who asks and is to hold the account; `proofs` is {kind: token of a kept proof}, and all
    kinds are needed. The clock `accounts.main_transfer_answer` starts. Raises Refusal cause_unknown, email_invalid, paper_missing,
    paper_unknown, too_many_transfers (429).
    """
    inputs = {"named": named, "no": registration_no, "cause": cause, "contact": dict(contact), "story": story, "proofs": dict(proofs)}
    claim = claim_key(request_key, verb="accounts.ask_main_transfer", actor=actor, inputs=inputs)
    if claim.result_id:
        return MainTransfer.objects.get(pk=claim.result_id)
    told = {name: str(contact.get(name, "")).strip() for name in ("name", "role", "phone", "email")}
    told["email"] = told["email"].lower()
    if cause not in dict(MainTransfer.CAUSES):
        raise Refusal("cause_unknown", _("Say why the main account must change hands."))
    _check_address(told["email"])
    for kind, label in KINDS.items():
        if kind not in proofs:
            raise Refusal("paper_missing", _("Add the file: %(paper)s.") % {"paper": label}, kind=kind)
    count_from_network("transfers", REQUESTS_AN_HOUR, actor=actor)
    case = MainTransfer.objects.create(
        no=case_number("MA"), named=named[:120], registration_no=rules.normal(registration_no)[:40], cause=cause, story=story,
        contact=json.dumps(told, ensure_ascii=False), language=rules.page_language(), asked_by_id=actor.user_id, asked_at=now(),
    )  # fmt: skip
    _bind(case, proofs)
    start_deadline(rules.TRANSFER_ANSWER.code, case, chains=[])
    record(MainTransferAsked(case_id=case.pk, no=case.no), actor=actor, subject=case, chains=[PLATFORM])
    claim.done(case.pk)
    return case


def _check_address(email: str) -> None:
    try:
        validate_email(email)
    except ValidationError as error:
        raise Refusal("email_invalid", error.messages[0]) from error


def _bind(case: MainTransfer, proofs: Mapping[str, str]) -> None:
    tokens = {token: kind for kind, token in proofs.items() if kind in KINDS}
    drafts = Document.objects.filter(purpose=PROOF.name, transferproof=None, erased_at=None, token__in=tokens)
    found = list(drafts.values_list("pk", flat=True))
    if len(found) != len(KINDS):
        raise Refusal("paper_unknown", _("An uploaded file is no longer here. Choose it again."))
    for document in lock_all(Document.objects.all(), found):
        TransferProof.objects.create(case=case, kind=tokens[document.token], document=document, created_at=now())


@transaction.atomic
def view_transfer_proof(proof_id: int, *, actor) -> tuple[Document, bytes]:
    """Open a proof as staff; who did stands on the company's chain, or the platform's while no company is named (P28, P30).

    Raises NotFound for those who may not see such cases.
    """
    proof = TransferProof.objects.select_related("document", "case__enterprise").filter(pk=proof_id).first()
    if proof is None or proof.document.erased_at or not actor.can_staff(VIEW_TRANSFER):
        raise NotFound()
    if not _viewed_lately(proof, actor):
        fact = MainTransferProofViewed(case_id=proof.case_id, no=proof.case.no, proof_id=proof.pk, kind=proof.kind)
        record(fact, actor=actor, subject=proof.case, chains=[proof.case.enterprise.chain if proof.case.enterprise else PLATFORM])
        watch_openings(actor=actor)
    return proof.document, read_document(proof.document)


def _viewed_lately(proof: TransferProof, actor) -> bool:
    kind, number = subject_of(proof.case)
    name = MainTransferProofViewed.fact_name  # type: ignore[attr-defined]
    seen = Fact.objects.filter(subject_type=kind, subject_id=number, name=name, actor_user_id=actor.user_id)
    return seen.filter(at__gt=now() - timedelta(hours=1), payload__proof_id=proof.pk).exists()


@transaction.atomic
def object_to_transfer(*, reason: str, actor, request_key: str) -> MainTransfer:
    """The holder of the main account objects during the cooling period: it stops, and staff begin anew with two people (H13).

    Raises Denied main_only, Refusal reason_missing, NotFound when none runs.
    """
    if not actor.is_main:
        raise Denied("main_only", _("Only the main account of your enterprise can do this."))
    claim = claim_key(request_key, verb="accounts.object_to_transfer", actor=actor, inputs={"reason": reason.strip()})
    if claim.result_id:
        return MainTransfer.objects.get(pk=claim.result_id)
    case = lock(MainTransfer.objects.filter(enterprise_id=actor.party_id), state="cooling", old_main_id=actor.user_id)
    if not reason.strip():
        raise Refusal("reason_missing", _("Give a reason."))
    stop(case, why="objection", actor=actor, objection=reason.strip()[:400])
    claim.done(case.pk)
    return case
