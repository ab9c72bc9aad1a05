"""The long work of this room: bank statements out of files into the books."""

from django.urls import reverse
from django.utils.translation import gettext as now_text
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from accounts.actors import require_staff
from accounts.queries import staff_again
from kernel.jobs import JobKind, job_kind

from .permissions import IMPORT_STATEMENT
from .services import imports


@job_kind
class StatementImport(JobKind):
    name, label = imports.KIND, _("bank statement out of a file")
    count_labels = {
        "matched": _("matched by themselves"), "waiting": _("waiting for a decision"), "doubtful": _("doubtful, not in the books"),
        "known": _("booked before"), "changed": _("edited since"),
    }  # fmt: skip

    def actor(self, job):
        return staff_again(job.asked_by_id)

    def allow(self, actor) -> None:
        require_staff(actor, IMPORT_STATEMENT)

    def begin(self, job, actor):
        return imports.begin_import(job, actor=actor)

    def batch(self, job, actor, number):
        return imports.import_batch(job, number, actor=actor)

    def finish(self, job, actor):
        imports.finish_import(job, actor=actor)

    def refused_header(self, job):
        return job.args.get("header") or [now_text("Time"), now_text("Amount"), now_text("Other party"), pgettext("transfer", "Text")]

    def page(self, job):
        return reverse("admin:credit_guarantee_statementfile_change", args=[job.args["statement_file"]])
