"""The long work of this room: tracking events out of files."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.actors import require, require_staff
from accounts.queries import actor_again, staff_again
from kernel.jobs import JobKind, job_kind

from .permissions import NOTE_TRACKING, SHIP
from .services import tracking_files
from .tracking_columns import COLUMNS


class OfTracking(JobKind):
    count_labels = {"noted": _("events noted"), "known": _("events known before")}

    def begin(self, job, actor):
        return tracking_files.begin_tracking(job, actor=actor)

    def batch(self, job, actor, number):
        return tracking_files.tracking_batch(job, number, actor=actor)

    def refused_header(self, job):
        return [str(COLUMNS[name]) for name in job.args.get("columns", []) if name]


@job_kind
class TrackingImport(OfTracking):
    name, label = tracking_files.STAFF_KIND, _("tracking events out of a file")

    def actor(self, job):
        return staff_again(job.asked_by_id)

    def allow(self, actor) -> None:
        require_staff(actor, NOTE_TRACKING)

    def page(self, job):
        return reverse("admin:orders_trackingevent_job", args=[job.no])


@job_kind
class OwnTrackingImport(OfTracking):
    name, label = tracking_files.OWN_KIND, _("tracking of our shipments out of a file")

    def actor(self, job):
        return actor_again(job.asked_by_id, job.owner_chain)

    def allow(self, actor) -> None:
        require(actor, SHIP)

    def page(self, job):
        return reverse("orders:tracking_import")
