"""Qualification papers: kept as the person's draft first, so that a mistake in a form loses no upload; bound when the form is right."""

from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kernel.chains import person_chain, subject_of
from kernel.clock import now
from kernel.models import Document, Fact
from kernel.refusals import Denied, NotFound, Refusal
from kernel.services import Purpose, drop_document, lock_all, read_document, record, store_upload
from kernel.uploads import JPEG, PDF, PNG

from ..facts import PaperViewed
from ..models import Enterprise, QualificationDocument
from ..rules import REQUIRED_PAPERS
from .security import watch_openings

PAPER = Purpose("accounts.paper", frozenset({PDF, JPEG, PNG}), 10 * 1024 * 1024)
KINDS = dict(QualificationDocument.KINDS)


@transaction.atomic
def keep_paper(upload, *, actor, instead_of: str = "") -> Document:
    """Keep an uploaded paper as this person's draft; raises Refusal upload_… and keeps nothing when it is not what it claims (H02).

    `instead_of` is the token of the paper of this kind that came before: the same file again answers with that one, another takes
    the place of a draft.
    """
    if not actor.user_id:
        raise Denied("not_logged_in", _("Log in first."))
    document = store_upload(upload, purpose=PAPER, owner_chain=person_chain(actor.user_id), actor=actor)
    earlier = Document.objects.filter(token=instead_of, purpose=PAPER.name, uploaded_by_id=actor.user_id).first()
    if earlier is not None and earlier.sha256 == document.sha256 and not earlier.erased_at:
        drop_document(document)
        return earlier
    drafts = Document.objects.filter(owner_chain=document.owner_chain, purpose=PAPER.name, qualificationdocument=None)
    for draft in drafts.filter(token=instead_of):
        drop_document(draft)
    return document


def bind_papers(enterprise: Enterprise, papers: Mapping[str, str], *, actor) -> list[str]:
    """Attach the person's drafts {kind: token} to an enterprise; returns the kinds. Raises Refusal("paper_unknown")."""
    tokens = {token: kind for kind, token in papers.items() if kind in KINDS}
    drafts = Document.objects.filter(owner_chain=person_chain(actor.user_id), purpose=PAPER.name, qualificationdocument=None)
    found = list(drafts.filter(token__in=tokens).values_list("pk", flat=True))
    if len(found) != len(papers):
        raise Refusal("paper_unknown", _("An uploaded file is no longer here. Choose it again."))
    for document in lock_all(Document.objects.all(), found):
        kind = tokens[document.token]
        QualificationDocument.objects.create(enterprise=enterprise, kind=kind, document=document, created_at=now())
        # From now on the enterprise's: in its export, in its closure.
        Document.objects.filter(pk=document.pk).update(owner_chain=enterprise.chain)
    return sorted(papers)


def check_papers(kinds) -> None:
    """Raise Refusal("paper_missing") unless every required paper is among the kinds."""
    if missing := [kind for kind in REQUIRED_PAPERS if kind not in kinds]:
        raise Refusal("paper_missing", _("Add the file: %(paper)s.") % {"paper": KINDS[missing[0]]})


@transaction.atomic
def view_paper(paper_id: int, *, actor) -> tuple[Document, bytes]:
    """Open a paper as a member of staff; who opened what stands on the enterprise's chain (P28).

    Raises NotFound for those who may not see enterprises.
    """
    if not actor.can_staff("accounts.view_qualificationdocument"):
        raise NotFound()
    paper = QualificationDocument.objects.select_related("document", "enterprise").filter(pk=paper_id).first()
    if paper is None or paper.document.erased_at:
        raise NotFound()
    if not _viewed_lately(paper, actor):
        fact = PaperViewed(enterprise_id=paper.enterprise_id, paper_id=paper.pk, kind=paper.kind)
        record(fact, actor=actor, subject=paper.enterprise, chains=[paper.enterprise.chain])
        watch_openings(actor=actor)
    return paper.document, read_document(paper.document)


def _viewed_lately(paper: QualificationDocument, actor) -> bool:
    """Whether this person's opening of the paper is on record for the last hour: the desk shows it again with each load."""
    kind, number = subject_of(paper.enterprise)
    seen = Fact.objects.filter(subject_type=kind, subject_id=number, name=PaperViewed.fact_name, actor_user_id=actor.user_id)  # type: ignore[attr-defined]
    return seen.filter(at__gt=now() - timedelta(hours=1), payload__paper_id=paper.pk).exists()
