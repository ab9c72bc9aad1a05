"""Long work in small transactions: each step does its part, writes how far it is, and leaves the fact that begins the next (P21, P23).

A worker that dies loses only the step it was in, and no step runs twice: a step that is not the job's next one is left alone.
Whether the person who asked still may is asked at every step (P14). Of one kind an enterprise has one job running; the others wait.
"""

import hashlib
from collections.abc import Sequence
from datetime import timedelta

from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from ..chains import PLATFORM
from ..clock import now
from ..deadlines import current
from ..facts import JobCancelled, JobExpired, JobFailed, JobFileTaken, JobFinished, JobRequested, JobStepDone, JobTurnCame
from ..jobs import KINDS, JobKind, Made, Step
from ..machines import lock, move
from ..models import Document, Job, JobPart, JobRefusal
from ..refusals import NotFound, Refusal
from ..rules import JOB_KEPT, JOB_TIME, JOBS_WAITING
from ..states import OPEN_JOB
from ..tables import MANY_ROWS, sheet
from ..timer import TIMER
from .deadlines import cancel_deadlines, meet_deadline, start_deadline
from .documents import drop_document, read_document, store_bytes
from .facts import record
from .numbers import next_no
from .request_keys import claim_key, pass_gates

FILES = ("document", "result", "refused")


@transaction.atomic
def request_job(
    kind: str, *, actor, args: dict, request_key: str, owner_chain: str = "", body: bytes = b"", file_name: str = "", content_type: str = ""
) -> Job:  # fmt: skip
    """Ask for a job of a registered kind for the actor's enterprise (an operator's command names it by `owner_chain`).

    `body` is the file that it works on, checked by the caller. Raises what the kind's `allow` does, Refusal("jobs_waiting").
    """
    chain, made_of = owner_chain or actor.acting_for, hashlib.sha256(body).hexdigest() if body else ""
    inputs = {"kind": kind, "args": args, "file": made_of, "owner": chain}
    claim = claim_key(request_key, verb=kind, actor=actor, inputs=inputs)
    if claim.result_id:
        return Job.objects.get(pk=claim.result_id)
    _one_at_a_time(chain, kind)
    if Job.objects.filter(owner_chain=chain, kind=kind, state__in=OPEN_JOB).count() >= JOBS_WAITING:
        text = _("%(n)s jobs of this kind are waiting already. Let one of them end, or stop it.") % {"n": JOBS_WAITING}
        raise Refusal("jobs_waiting", text)
    job = Job(
        no=next_no("J", sequence="kernel_job_no"), kind=kind, owner_chain=chain, asked_by_id=actor.user_id, args=args, sha256=made_of,
        language=translation.get_language() or "zh-hans", created_at=now(),
    )  # fmt: skip
    if body:
        job.document = store_bytes(
            body, file_name=file_name, content_type=content_type, purpose="kernel.job", owner_chain=chain, actor=actor
        )  # fmt: skip
    job.save(force_insert=True)
    start_deadline(JOB_TIME.code, job, chains=[chain])
    record(JobRequested(job_id=job.pk, no=job.no, kind=kind), actor=actor, subject=job, chains=[chain])
    claim.done(job.pk)
    return job


def _one_at_a_time(chain: str, kind: str) -> None:
    """Whose turn it is, is decided by one transaction after the other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 16))", [f"{chain}|{kind}"])


@transaction.atomic
def run_step(job_id: int, *, step: int) -> bool:
    """Do step `step` of a job; False when it is not its next one, or when another job of the kind runs first."""
    seen = Job.objects.get(pk=job_id)
    if not seen.open or seen.step != step:
        return False
    kind = KINDS[seen.kind]
    actor = kind.actor(seen)
    refusal = _refusal_now(kind, actor)
    if step == 0:
        _one_at_a_time(seen.owner_chain, seen.kind)
    job = lock(Job.objects.select_related("document"), pk=job_id)
    if not job.open or job.step != step:
        return False
    if refusal is None and step == 0 and _others_first(job):
        return False
    with translation.override(job.language):
        if refusal is None:
            try:
                with transaction.atomic():
                    _do(job, kind, actor, step)
            except Refusal as found:
                job = lock(Job.objects.select_related("document"), pk=job_id)  # as it was before the step
                refusal = found
        if refusal is not None:
            _give_up(job, refusal.code, str(refusal))
    return True


def _others_first(job: Job) -> bool:
    others = Job.objects.filter(owner_chain=job.owner_chain, kind=job.kind).exclude(pk=job.pk)
    return others.filter(state="running").exists() or others.filter(state="requested", pk__lt=job.pk).exists()


def _refusal_now(kind: JobKind, actor) -> Refusal | None:
    try:
        pass_gates(actor=actor, verb=kind.name)
        kind.allow(actor)
    except Refusal as refusal:
        return refusal
    return None


def _do(job: Job, kind: JobKind, actor, step: int) -> None:
    if step == 0:
        move(job, "start", started_at=now())
        begun = kind.begin(job, actor)
        Job.objects.filter(pk=job.pk).update(total=begun.total, batches=begun.batches, step=1)
    elif step <= job.batches:
        _note(job, kind.batch(job, actor, step - 1))
    else:
        _finish(job, kind, actor)
        return
    # No news for the enterprise, whose log tells of the beginning, the end, and what the kind itself records of each batch.
    record(JobStepDone(job_id=job.pk, no=job.no, kind=job.kind, step=step + 1), actor=TIMER, subject=job, chains=[PLATFORM])


def _note(job: Job, step: Step) -> None:
    counts = dict(job.counts)
    for name, n in step.counts.items():
        counts[name] = counts.get(name, 0) + n
    rows = [JobRefusal(job_id=job.pk, row=r.row, cells=list(r.cells), why=[str(w) for w in r.why]) for r in step.refused]
    JobRefusal.objects.bulk_create(rows, batch_size=5000)
    Job.objects.filter(pk=job.pk).update(
        step=job.step + 1, done=job.done + step.done, failed=job.failed + len(step.refused), counts=counts
    )  # fmt: skip


def _finish(job: Job, kind: JobKind, actor) -> None:
    made, refused = kind.finish(job, actor), _refused_sheet(job, kind)
    kept = {name: _keep(job, file) for name, file in (("result", made), ("refused", refused)) if file}
    _drop_parts(job)
    move(job, "finish", ended_at=now(), step=job.step + 1, expires_at=_until(), **kept)
    value = JobFinished(job_id=job.pk, no=job.no, kind=job.kind, done=job.done, refused=job.failed, counts=job.counts)
    _ended(job, value, TIMER)


def _refused_sheet(job: Job, kind: JobKind) -> Made | None:
    """The rows that were not taken, with the columns that they came in and one more that says why."""
    rows = JobRefusal.objects.filter(job=job).order_by("row").values_list("cells", "why")
    if not rows.exists():
        return None
    like = job.document.file_name if job.document else ""
    excel = like.lower().endswith(".xlsx") and job.failed <= MANY_ROWS
    header = [*kind.refused_header(job), str(_("Why it was refused"))]
    width = len(header) - 1
    table = ([*cells[:width], *[""] * (width - len(cells)), " ".join(why)] for cells, why in rows.iterator(chunk_size=5000))
    body, content_type = sheet(header, table, excel=excel)
    made = Made(body, f"{job.no}-refused.{'xlsx' if excel else 'csv'}", content_type)
    JobRefusal.objects.filter(job=job).delete()
    return made


def _keep(job: Job, made: Made) -> Document:
    return store_bytes(
        made.body, file_name=made.file_name, content_type=made.content_type, purpose="kernel.job", owner_chain=job.owner_chain, actor=TIMER
    )  # fmt: skip


def _until():
    return now() + timedelta(hours=current(JOB_KEPT.code).hours)


def _ended(job: Job, value, actor) -> None:
    """What every end of a job has in common: its clocks, the next one's turn, and the news."""
    _one_at_a_time(job.owner_chain, job.kind)
    if job.state == "finished":
        meet_deadline(JOB_TIME.code, job)
    else:
        cancel_deadlines(job)
    start_deadline(JOB_KEPT.code, job, chains=[job.owner_chain])
    record(value, actor=actor, subject=job, chains=[job.owner_chain])
    following = Job.objects.filter(owner_chain=job.owner_chain, kind=job.kind, state="requested").order_by("pk").first()
    if following is not None:
        turn = JobTurnCame(job_id=following.pk, no=following.no, kind=following.kind)
        record(turn, actor=TIMER, subject=following, chains=[PLATFORM])


def _give_up(job: Job, problem: str, text: str) -> None:
    kept = {"refused": _keep(job, rows)} if (rows := _refused_sheet(job, KINDS[job.kind])) else {}
    _drop_parts(job)
    move(job, "fail", problem=problem[:60], problem_text=text, ended_at=now(), expires_at=_until(), **kept)
    _ended(job, JobFailed(job_id=job.pk, no=job.no, kind=job.kind, done=job.done, problem=problem[:60]), TIMER)


@transaction.atomic
def fail_late_job(job_id: int) -> None:
    """Give up a job that took longer than promised; harmless when it has ended meanwhile."""
    chain, kind = Job.objects.values_list("owner_chain", "kind").get(pk=job_id)
    _one_at_a_time(chain, kind)
    job = lock(Job.objects.select_related("document"), pk=job_id)
    if job.open:
        with translation.override(job.language):
            _give_up(job, "late", str(_("It took too long and was given up.")))


@transaction.atomic
def cancel_job(no: str, *, actor, request_key: str) -> Job:
    """Stop a job of the actor's enterprise after the step it is in; what is done stays done. Raises NotFound, IllegalMove."""
    job = Job.objects.visible_to(actor).filter(no=no).first()
    if job is None:
        raise NotFound()
    KINDS[job.kind].allow(actor)
    claim = claim_key(request_key, verb="kernel.cancel_job", actor=actor, inputs={"no": no})
    _one_at_a_time(job.owner_chain, job.kind)  # before the row, as whoever begins a job does
    job = lock(Job.objects.select_related("document"), pk=job.pk)
    if claim.result_id:
        return job
    kept = {"refused": _keep(job, rows)} if job.open and (rows := _refused_sheet(job, KINDS[job.kind])) else {}
    move(job, "cancel", ended_at=now(), expires_at=_until(), **kept)
    _drop_parts(job)
    _ended(job, JobCancelled(job_id=job.pk, no=job.no, kind=job.kind, done=job.done), actor)
    claim.done(job.pk)
    return job


@transaction.atomic
def expire_job(job_id: int) -> None:
    """Erase the files of a job whose days are over; its figures stay."""
    job = lock(Job.objects.all(), pk=job_id)
    if job.open or job.expired_at:
        return
    gone = [document for name in FILES if (document := getattr(job, name))]
    Job.objects.filter(pk=job.pk).update(expired_at=now(), document=None, result=None, refused=None)
    for document in gone:
        drop_document(document)
    record(JobExpired(job_id=job.pk, no=job.no, kind=job.kind), actor=TIMER, subject=job, chains=[job.owner_chain])


@transaction.atomic
def take_job_file(no: str, *, which: str, actor) -> Document:
    """Open a file of a job for downloading ("result", "refused" or the "document" that came in) and write who took it; raises NotFound."""
    job = Job.objects.visible_to(actor).select_related(*FILES).filter(no=no).first()
    document = getattr(job, which) if job is not None and which in FILES else None
    if job is None:
        raise NotFound()
    KINDS[job.kind].allow(actor)
    if document is None:
        raise NotFound()
    value = JobFileTaken(job_id=job.pk, no=job.no, kind=job.kind, which=which)
    record(value, actor=actor, subject=job, chains=[job.owner_chain])
    return document


# ---------- what kinds use between their steps ----------


def _purpose(name: str) -> str:
    return f"kernel.job_{name}"


def put_part(job: Job, number: int, body: bytes) -> None:
    """Keep a piece of a job's work, sealed, until the job ends or the piece is taken."""
    document = store_bytes(
        body, file_name=f"part-{number:05d}", content_type="application/octet-stream", purpose=_purpose("part"),
        owner_chain=job.owner_chain, actor=TIMER,
    )  # fmt: skip
    JobPart.objects.create(job=job, number=number, document=document)


def take_part(job: Job, number: int) -> bytes:
    """The piece of that number, which is there no more when the step has committed."""
    part = JobPart.objects.select_related("document").get(job=job, number=number)
    body = read_document(part.document)
    _drop([part])
    return body


def parts(job: Job):
    """Every piece in order, one at a time."""
    for part in JobPart.objects.select_related("document").filter(job=job).order_by("number"):
        yield read_document(part.document)


def _drop_parts(job: Job) -> None:
    _drop(list(JobPart.objects.select_related("document").filter(job=job)))


def _drop(found: Sequence[JobPart]) -> None:
    JobPart.objects.filter(pk__in=[part.pk for part in found]).delete()
    for part in found:
        drop_document(part.document)


def work_job(job_id: int, *, say=lambda job: None) -> Job:
    """Do a job to its end here, beside any relay: for an operator's command, which shows how far it is."""
    while True:
        job = Job.objects.get(pk=job_id)
        say(job)
        if not job.open or not run_step(job.pk, step=job.step):
            return Job.objects.get(pk=job_id)
