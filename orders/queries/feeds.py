"""What pages say of files of tracking events."""

from accounts.actors import Actor, require_staff
from kernel.chains import PLATFORM
from kernel.models import Job
from kernel.refusals import NotFound

from ..models import TrackingEvent
from ..permissions import NOTE_TRACKING
from ..rules import CARRIERS
from ..tracking_columns import COLUMNS, EXAMPLE, NEEDED

STAFF_KIND = "orders.tracking_import"


def tracking_jobs(actor: Actor, limit: int = 10) -> list[Job]:
    """The newest files that customer service handed in."""
    require_staff(actor, NOTE_TRACKING)
    return list(Job.objects.filter(owner_chain=PLATFORM, kind=STAFF_KIND).order_by("-pk")[:limit])


def tracking_job(actor: Actor, no: str) -> Job:
    """One of these files; raises Denied, NotFound."""
    require_staff(actor, NOTE_TRACKING)
    job = Job.objects.select_related("document", "refused").filter(no=no, kind=STAFF_KIND, owner_chain=PLATFORM).first()
    if job is None:
        raise NotFound()
    return job


def column_rows(*, own: bool = False) -> list[dict]:
    """The columns of a file and what may stand in them; `own`: what a sender may note."""
    kinds = [name for code, name in TrackingEvent.KINDS if not (own and code in ("signed", "rejected"))]
    values = {"kind": " · ".join(map(str, kinds)), "carrier": " · ".join(str(name) for name, _shape in CARRIERS.values())}
    values |= {name: example for name, example in zip(COLUMNS, EXAMPLE, strict=True) if name not in values}
    return [{"label": label, "needed": name in NEEDED, "values": values.get(name, "")} for name, label in COLUMNS.items()]
