"""Everything about an enterprise as one file: asked for by its main account, made part by part outside the request (H54, P39).

Each part is a transaction of its own, begun by the fact of the part before it: a worker that dies leaves the next one where it stopped,
and the row tells how far it is. What takes longer than `accounts.export` allows fails with a sentence.
"""

from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kernel.chains import PLATFORM
from kernel.clock import now
from kernel.deadlines import current
from kernel.models import Document
from kernel.refusals import NotFound, Refusal
from kernel.registries import EXPORT_PARTS
from kernel.services import (
    cancel_deadlines,
    claim_key,
    drop_document,
    lock,
    meet_deadline,
    move,
    read_document,
    record,
    start_deadline,
    store_bytes,
)
from kernel.timer import TIMER

from .. import archives
from ..actors import require_main_account
from ..facts import ExportExpired, ExportFailed, ExportMade, ExportPartMade, ExportRequested, ExportTaken
from ..models import Enterprise, ExportJob
from ..queries import main_account
from ..rules import EXPORT_KEPT, EXPORT_TIME

ZIP = "application/zip"


@transaction.atomic
def request_export(*, actor, request_key: str) -> ExportJob:
    """Ask for everything about the actor's enterprise as one file (H54).

    Raises Denied: no_enterprise, frozen, closed, main_account_only; Refusal("export_running") while one is being made.
    """
    require_main_account(actor)
    claim = claim_key(request_key, verb="accounts.request_export", actor=actor, inputs={})
    if claim.result_id:
        return ExportJob.objects.get(pk=claim.result_id)
    enterprise = lock(Enterprise.objects.filter(pk=actor.enterprise_id), pk=actor.enterprise_id)
    if ExportJob.objects.filter(enterprise=enterprise, state__in=["requested", "running"]).exists():
        raise Refusal("export_running", _("An export is being made already. It appears here when it is ready."))
    job = ExportJob.objects.create(
        enterprise=enterprise, requested_by_id=actor.user_id, parts_total=len(EXPORT_PARTS) + 1, created_at=now()
    )  # fmt: skip
    start_deadline(EXPORT_TIME.code, subject=job, chains=[enterprise.chain])
    record(ExportRequested(enterprise_id=enterprise.pk, job_id=job.pk), actor=actor, subject=job, chains=[enterprise.chain])
    claim.done(job.pk)
    return job


@transaction.atomic
def make_part(job_id: int, *, part: int, actor=TIMER) -> None:
    """Make one part of an export, or the file when all parts are there; a part that was made already is left as it is.

    Who asked is asked for again each time: without the main account, or frozen or closed, the company gets nothing.
    """
    job = lock(ExportJob.objects.select_related("enterprise"), pk=job_id)
    if job.state not in ("requested", "running") or job.parts_done != part:
        return
    if not _still_wanted(job):
        return _give_up(job, "stopped", actor=actor)
    if job.state == "requested":
        move(job, "start")
    names = sorted(EXPORT_PARTS)
    if part < len(names):
        body = archives.pack_part(names[part], EXPORT_PARTS[names[part]](job.enterprise_id))
        _keep(job, body, f"part-{part:02d}.zip", actor=actor)
        ExportJob.objects.filter(pk=job.pk).update(parts_done=part + 1)
        told = ExportPartMade(enterprise_id=job.enterprise_id, job_id=job.pk, part=part + 1)
        record(told, actor=actor, subject=job, chains=[PLATFORM])  # no news for the company: its log tells of the beginning and the end
        return
    _finish(job, actor=actor)


def _still_wanted(job: ExportJob) -> bool:
    """Whether who asked could ask now: the main account of a company that is neither frozen nor closed (P14, P15)."""
    person = main_account(job.enterprise_id)
    return job.enterprise.state not in ("frozen", "closed") and person is not None and person.pk == job.requested_by_id


def _purpose(job: ExportJob) -> str:
    return f"accounts.export:{job.pk}"


def _keep(job: ExportJob, body: bytes, name: str, *, actor) -> Document:
    return store_bytes(
        body, file_name=name, content_type=ZIP, purpose=_purpose(job), owner_chain=job.enterprise.chain, actor=actor
    )  # fmt: skip


def _parts(job: ExportJob) -> list[Document]:
    rows = Document.objects.filter(owner_chain=job.enterprise.chain, purpose=_purpose(job))
    return list(rows.exclude(pk=job.document_id or 0).order_by("file_name"))


def _finish(job: ExportJob, *, actor) -> None:
    parts, moment = _parts(job), now()
    about = {"enterprise": job.enterprise.registration_no, "made_at": archives.plain(moment)}
    body = archives.merge(map(read_document, parts), about=about)
    document = _keep(job, body, f"evenhand-{job.enterprise.handle}-{moment:%Y%m%d}.zip", actor=actor)
    for part in parts:
        drop_document(part)
    kept = timedelta(hours=current(EXPORT_KEPT.code).hours)
    move(job, "finish", document=document, ready_at=moment, expires_at=moment + kept, parts_done=job.parts_total)
    meet_deadline(EXPORT_TIME.code, job)
    start_deadline(EXPORT_KEPT.code, subject=job, chains=[job.enterprise.chain])
    told = ExportMade(enterprise_id=job.enterprise_id, job_id=job.pk, sha256=document.sha256)
    record(told, actor=actor, subject=job, chains=[job.enterprise.chain])


@transaction.atomic
def fail_export(job_id: int, *, actor=TIMER) -> None:
    """Give up an export that was not made in time; what was made of it goes, and the company may ask again."""
    job = lock(ExportJob.objects.select_related("enterprise"), pk=job_id)
    if job.state not in ("requested", "running"):
        return
    _give_up(job, "late", actor=actor)


def _give_up(job: ExportJob, problem: str, *, actor) -> None:
    move(job, "fail", problem=problem)
    cancel_deadlines(job)
    for part in _parts(job):
        drop_document(part)
    told = ExportFailed(enterprise_id=job.enterprise_id, job_id=job.pk)
    record(told, actor=actor, subject=job, chains=[job.enterprise.chain])


@transaction.atomic
def expire_export(job_id: int, *, actor=TIMER) -> None:
    """Erase the file of an export whose days are over."""
    job = lock(ExportJob.objects.select_related("enterprise", "document"), pk=job_id)
    if job.state != "ready":
        return
    document = job.document
    move(job, "expire", document=None)
    drop_document(document)
    told = ExportExpired(enterprise_id=job.enterprise_id, job_id=job.pk)
    record(told, actor=actor, subject=job, chains=[job.enterprise.chain])


@transaction.atomic
def take_export(job_id: int, *, actor) -> ExportJob:
    """Open an export for downloading and write who took it; raises NotFound for others' and for one that is not there any more."""
    job = ExportJob.objects.select_related("enterprise", "document").filter(pk=job_id, enterprise_id=actor.enterprise_id or 0).first()
    if job is None:
        raise NotFound()
    require_main_account(actor)
    if job.state != "ready" or job.expires_at is None or job.expires_at <= now():
        raise NotFound()
    record(ExportTaken(enterprise_id=job.enterprise_id, job_id=job.pk), actor=actor, subject=job, chains=[job.enterprise.chain])
    return job
