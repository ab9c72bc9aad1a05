"""Identity papers and values about people that nobody needs are erased: the row stays, what it held goes, the company sees it (P30,
PIPL 19)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Cast, Coalesce

from kernel.chains import PLATFORM, subject_of
from kernel.clock import now
from kernel.models import Document, Fact
from kernel.services import drop_document, erase_document, hold_chains, lock_all, record

from ..facts import EnterpriseRejected, LoosePapersErased, PapersErased
from ..models import (
    ChangePaper,
    CompanyChange,
    Enterprise,
    FreezeCase,
    FreezeProof,
    Invitation,
    MainTransfer,
    QualificationDocument,
    RegistrationDraft,
    TransferProof,
)
from .registration import PERSONAL

# Days that papers are kept: of a rejected registration or change since the decision, of a draft since it was last touched, of a closed
# company since its closing (who traded is known for three years), of an emergency freeze or a transfer
# of a main account since the case ended.
AGES = {"draft": 60, "rejected": 90, "closed": 3 * 365 + 1, "freeze": 365, "transfer": 365}
SAID = ~Q(values="", before="")  # a change of which not all has been erased


def erase_old_papers(*, actor) -> dict[str, int]:
    """Erase what is older than `settings.RETENTION_DAYS` (default AGES) and return how many papers of each kind.

    Safe beside itself and when stopped half-way: each company is one transaction, asked again under its lock.
    """
    registrations = sum(_of_company(pk, "rejected", actor) for pk in _ids(_rejected()))
    _invitations()
    return {
        "draft": _drafts(),
        "rejected": registrations + sum(_of_change(pk, actor) for pk in _ids(_changes())),
        "closed": sum(_of_company(pk, "closed", actor) for pk in _ids(_closed())),
        "freeze": sum(_of_case(pk, actor) for pk in _ids(_cases())),
        "transfer": sum(_of_transfer(pk, actor) for pk in _ids(_transfers())),
    }


def due_for_erasure() -> dict[str, int]:
    """How many registrations, companies and cases the next `erase_old_papers` would go through; changes nothing."""
    due: dict[str, list[QuerySet]] = {
        "draft": [RegistrationDraft.objects.filter(updated_at__lt=_before("draft"))], "rejected": [_rejected(), _changes()],
        "closed": [_closed()], "freeze": [_cases()], "transfer": [_transfers()],
    }  # fmt: skip
    return {kind: sum(len(_ids(rows)) for rows in several) for kind, several in due.items()}


def _before(kind: str) -> datetime:
    return now() - timedelta(days=max({**AGES, **settings.RETENTION_DAYS}[kind], 1))


def _ids(rows: QuerySet) -> list[int]:
    return list(rows.order_by("pk").values_list("pk", flat=True).distinct())


def _papers() -> Q:
    own = QualificationDocument.objects.filter(enterprise=OuterRef("pk"), document__erased_at=None)
    changed = ChangePaper.objects.filter(change__enterprise=OuterRef("pk"), document__erased_at=None)
    return Q(Exists(own)) | Q(Exists(changed))


def _rejected() -> QuerySet[Enterprise]:
    kind, _number = subject_of(Enterprise(pk=0))
    decided = Fact.objects.filter(
        subject_type=kind, subject_id=Cast(OuterRef("pk"), CharField()), name=EnterpriseRejected.fact_name  # type: ignore[attr-defined]
    ).order_by("-id")  # fmt: skip
    last = Coalesce(Subquery(decided.values("at")[:1]), "created_at")
    rows = Enterprise.objects.filter(_papers(), state="rejected")
    return rows.annotate(decided_at=last).filter(decided_at__lt=_before("rejected"))


def _closed() -> QuerySet[Enterprise]:
    told = ~Q(**dict.fromkeys(PERSONAL, "")) | Q(Exists(CompanyChange.objects.filter(SAID, enterprise=OuterRef("pk"))))
    return Enterprise.objects.filter(_papers() | told, state="closed", closure__closed_at__lt=_before("closed"))


def _changes() -> QuerySet[CompanyChange]:
    ended = CompanyChange.objects.annotate(ended_at=Coalesce("decided_at", "created_at")).filter(ended_at__lt=_before("rejected"))
    papers = Exists(ChangePaper.objects.filter(change=OuterRef("pk"), document__erased_at=None))
    return ended.filter(Q(papers) | SAID, state__in=["rejected", "withdrawn"])


def _cases() -> QuerySet[FreezeCase]:
    ended = FreezeCase.objects.annotate(ended_at=Coalesce("closed_at", "reported_at")).filter(ended_at__lt=_before("freeze"))
    papers = Exists(FreezeProof.objects.filter(case=OuterRef("pk"), document__erased_at=None))
    return ended.filter(Q(papers) | ~Q(contact="", story=""), state__in=["dismissed", "lifted"])


def _transfers() -> QuerySet[MainTransfer]:
    ended = MainTransfer.objects.filter(state__in=["dismissed", "done"], closed_at__lt=_before("transfer"))
    return ended.filter(Exists(TransferProof.objects.filter(case=OuterRef("pk"), document__erased_at=None)))


@transaction.atomic
def _of_company(enterprise_id: int, state: str, actor) -> int:
    """Asked again under the lock: a rejected company may hand in anew at this very moment."""
    due = _rejected() if state == "rejected" else _closed()
    enterprise = Enterprise.objects.select_for_update(no_key=True).filter(pk=enterprise_id, state=state).first()
    if enterprise is None or not due.filter(pk=enterprise_id).exists():
        return 0
    own = QualificationDocument.objects.filter(enterprise=enterprise, document__erased_at=None).values_list("document_id", "kind")
    changed = ChangePaper.objects.filter(change__enterprise=enterprise, document__erased_at=None).values_list("document_id", "kind")
    if state == "closed":
        Enterprise.objects.filter(pk=enterprise_id).update(**dict.fromkeys(PERSONAL, ""))
        CompanyChange.objects.filter(enterprise=enterprise).update(values="", before="")
    return _erase(enterprise, [*own, *changed], why=state, values=state == "closed", actor=actor)


@transaction.atomic
def _of_change(change_id: int, actor) -> int:
    change = CompanyChange.objects.select_for_update(no_key=True, of=("self",)).select_related("enterprise").get(pk=change_id)
    rows = list(ChangePaper.objects.filter(change=change, document__erased_at=None).values_list("document_id", "kind"))
    CompanyChange.objects.filter(pk=change_id).update(values="", before="")
    return _erase(change.enterprise, rows, why="rejected", values=True, actor=actor)


@transaction.atomic
def _of_case(case_id: int, actor) -> int:
    case = FreezeCase.objects.select_for_update(no_key=True, of=("self",)).select_related("enterprise").get(pk=case_id)
    rows = list(FreezeProof.objects.filter(case=case, document__erased_at=None).values_list("document_id", "kind"))
    FreezeCase.objects.filter(pk=case_id).update(contact="", story="")  # who reported, and what they told
    return _erase(case.enterprise, rows, why="freeze", values=True, actor=actor)


@transaction.atomic
def _of_transfer(case_id: int, actor) -> int:
    case = MainTransfer.objects.select_for_update(no_key=True, of=("self",)).select_related("enterprise").get(pk=case_id)
    rows = list(TransferProof.objects.filter(case=case, document__erased_at=None).values_list("document_id", "kind"))
    MainTransfer.objects.filter(pk=case.pk).update(contact="", story="", objection="")
    return _erase(case.enterprise, rows, why="transfer", values=True, actor=actor)


def _erase(enterprise: Enterprise | None, rows: Iterable[tuple[int, str]], *, why: str, values: bool = False, actor) -> int:
    """Erase papers, and tell of them and of the values that went with them; returns how many papers."""
    kinds = dict(rows)
    documents = lock_all(Document.objects.filter(erased_at=None), kinds)
    for document in documents:
        erase_document(document)
    if not documents and not values:
        return 0
    if enterprise is not None:
        said = sorted({*kinds.values(), *(["personal_values"] if values else [])})
        told = PapersErased(enterprise_id=enterprise.pk, kinds=said, why=why)
        record(told, actor=actor, subject=enterprise, chains=[enterprise.chain])
    else:  # a report whose company was never found
        (head,) = hold_chains([PLATFORM])
        record(LoosePapersErased(count=len(documents)), actor=actor, subject=head, chains=[PLATFORM])
    return len(documents)


def _invitations() -> None:
    """Whom somebody wanted to invite and who never came: the address goes like the papers of what came to nothing."""
    old = Invitation.objects.filter(accepted_at=None, expires_at__lt=_before("rejected")).exclude(email="", display_name="")
    old.update(email="", display_name="")


def _drafts() -> int:
    """Registrations that were begun and left: what was typed and uploaded goes, the person stays."""
    erased = 0
    for pk in _ids(RegistrationDraft.objects.filter(updated_at__lt=_before("draft"))):
        with transaction.atomic():
            draft = RegistrationDraft.objects.select_for_update(no_key=True).filter(pk=pk, updated_at__lt=_before("draft")).first()
            if draft is None:
                continue
            papers = [kept.document for kept in draft.kept.select_related("document").order_by("document_id")]
            draft.delete()
            for document in papers:
                drop_document(document)
                erased += 1
    return erased
