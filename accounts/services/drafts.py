"""A registration typed section by section: saved at each step, taken up again on any day, gone when it is handed in (H01, H05, H06)."""

import json
from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kernel.clock import now
from kernel.fields import clean_line
from kernel.models import Document
from kernel.refusals import NotFound, Refusal
from kernel.services import claim_key, drop_document, lock, record

from .. import rules
from ..actors import Actor, require
from ..facts import RegistrationDraftSaved
from ..models import DraftPaper, Enterprise, RegistrationDraft, User
from ..permissions import EDIT_COMPANY
from ..queries import registration_of
from .consents import keep_consent, need_consent
from .papers import KINDS, keep_paper
from .registration import Particulars, hand_in, hand_in_again, registrant

MOST = 400  # characters of one typed value


@transaction.atomic
def save_section(section: str, typed: Mapping[str, str], *, actor, request_key: str) -> RegistrationDraft:
    """Keep what a person typed into one section, right or not yet: it is checked when it is handed in.

    Raises Denied: not_logged_in, sub_account; NotFound for an unknown section; Refusal: registration_open, control_characters.
    """
    if section not in rules.SECTIONS:
        raise NotFound()
    try:
        values = {name: clean_line(str(typed.get(name) or ""))[:MOST] for name in rules.SECTIONS[section] if name not in KINDS}
    except ValidationError as error:
        raise Refusal("control_characters", error.messages[0]) from error
    claim = claim_key(request_key, verb="accounts.save_section", actor=actor, inputs={"section": section, "values": values})
    draft = _draft(actor)
    if claim.result_id:
        return draft
    content = json.loads(draft.values)
    content["values"].update(values)
    content["saved"] = sorted({*content["saved"], section})
    _write(draft, content)
    record(RegistrationDraftSaved(section=section, paper_kinds=sorted(draft.papers)), actor=actor, subject=draft)
    claim.done(draft.pk)
    return draft


@transaction.atomic
def keep_draft_paper(upload, *, kind: str, actor) -> Document:
    """Keep an uploaded paper with the person's draft; another of its kind takes its place. Raises Refusal upload_… (H02)."""
    if kind not in KINDS:
        raise NotFound()
    draft = _draft(actor)
    before = DraftPaper.objects.filter(draft=draft, kind=kind).select_related("document").first()
    document = keep_paper(upload, actor=actor, instead_of=before.document.token if before else "")
    if before is None or before.document_id != document.pk:
        if before:
            _drop(before)
        DraftPaper.objects.create(draft=draft, kind=kind, document=document)
        RegistrationDraft.objects.filter(pk=draft.pk).update(updated_at=now())
    return document


@transaction.atomic
def hand_in_draft(*, answers: str, consented: bool, actor, request_key: str) -> Enterprise:
    """Hand in what the draft says, once: register a company, or hand in again the one that was sent back.

    `answers` is `queries.registration_of(actor).digest` as the person read it. Raises Refusal: consent_missing, answers_changed, and those
    of `register_enterprise` and `resubmit_enterprise`.
    """
    # A person hands in, whatever they act for: the first answer makes them act for the new company, and the same form may come again.
    claimant = Actor("person", actor.user_id, request_id=actor.request_id, ip=actor.ip)
    claim = claim_key(request_key, verb="accounts.hand_in_draft", actor=claimant, inputs={"answers": answers})
    if claim.result_id:
        return Enterprise.objects.get(pk=claim.result_id)
    need_consent(consented)
    draft = _draft(actor)
    told = registration_of(actor)
    if told.digest != answers:
        raise Refusal("answers_changed", _("The answers have changed since you opened this page. Read them again, then hand in."))
    particulars, papers = Particulars(**told.particulars()), draft.papers
    draft.delete()  # its papers belong to nobody for a moment, and to the company from the next line on
    if told.corrects:
        enterprise = hand_in_again(told.corrects.pk, particulars, papers=papers, actor=actor)
    else:
        enterprise = hand_in(particulars, papers=papers, actor=actor)
    keep_consent("registration", enterprise, actor=actor)
    claim.done(enterprise.pk)
    return enterprise


def _draft(actor) -> RegistrationDraft:
    """The person's draft under a lock; a new one when there is none, or when the one there is about another company."""
    corrects = 0
    if actor.enterprise_id:
        require(actor, EDIT_COMPANY)
        if actor.enterprise_state != "rejected":
            raise Refusal("registration_open", _("You already have a registration in progress. Its page shows how far it is."))
        corrects = actor.enterprise_id
        lock(User.objects.filter(is_active=True), pk=actor.user_id)
    else:
        registrant(actor=actor)
    draft = RegistrationDraft.objects.select_for_update(no_key=True).filter(user_id=actor.user_id).first()
    if draft is not None and json.loads(draft.values or "{}").get("corrects") != corrects:
        for paper in draft.kept.select_related("document"):
            _drop(paper)
        draft.delete()
        draft = None
    if draft is None:
        empty = json.dumps({"corrects": corrects, "values": {}, "saved": []})
        draft = RegistrationDraft.objects.create(user_id=actor.user_id, values=empty, updated_at=now())
    return draft


def _write(draft: RegistrationDraft, content: dict) -> None:
    draft.values, draft.updated_at = json.dumps(content, ensure_ascii=False), now()
    RegistrationDraft.objects.filter(pk=draft.pk).update(values=draft.values, updated_at=draft.updated_at)


def _drop(paper: DraftPaper) -> None:
    document = Document.objects.filter(pk=paper.document_id).first()
    paper.delete()
    if document is not None:
        drop_document(document)
