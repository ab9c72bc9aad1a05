"""Tracking events out of a file, as a job: by customer service for any load, by an enterprise for what it sends (H31).

No row is booked silently wrong: what is not taken comes back in a sheet with its reason; what is known already is counted as such.
"""

import json

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.actors import require, require_staff
from accounts.queries import ever_belonged
from kernel.chains import PLATFORM
from kernel.jobs import Begun, RowRefused, Step
from kernel.models import Document, Job
from kernel.refusals import NotFound, Refusal
from kernel.services import put_part, read_document, request_job, take_part
from kernel.tables import CSV, XLSX, read_table
from kernel.uploads import clean_name

from .. import tracking
from ..models import Consignment, Order
from ..permissions import NOTE_TRACKING, SHIP
from ..tracking_columns import columns_of, read_row
from .feeds import hear_steps, is_plausible

STAFF_KIND, OWN_KIND = "orders.tracking_import", "orders.own_tracking_import"
BATCH, MOST_ROWS = 50, 20_000  # a batch holds the orders that it names: short, so that their people wait for nothing
RECEIVERS = ("signed", "rejected")


def import_tracking(*, body: bytes, file_name: str, actor, request_key: str) -> Job:
    """Have a file of events about any loads read and booked (customer service). Raises Denied, Refusal table_…, header_unknown."""
    require_staff(actor, NOTE_TRACKING)
    return _hand_in(STAFF_KIND, body, file_name, actor, request_key, PLATFORM)


def import_own_tracking(*, body: bytes, file_name: str, actor, request_key: str) -> Job:
    """Have a file of events about what one's enterprise sends read and booked. Raises Denied, Refusal table_…, header_unknown."""
    require(actor, SHIP)
    return _hand_in(OWN_KIND, body, file_name, actor, request_key, actor.acting_for)


def _hand_in(kind: str, body: bytes, file_name: str, actor, request_key: str, chain: str) -> Job:
    name = clean_name(file_name)
    read = read_table(body, name)
    columns_of(read.header)
    if next(read.rows, None) is None:
        raise Refusal("table_empty", _("Below its first row the file is empty."))
    content_type = XLSX if name.lower().endswith(".xlsx") else CSV
    return request_job(
        kind, actor=actor, args={}, request_key=request_key, owner_chain=chain, body=body, file_name=name, content_type=content_type
    )  # fmt: skip


def begin_tracking(job: Job, *, actor) -> Begun:
    """Cut a file into batches; raises Refusal table_…, header_unknown."""
    assert job.document is not None  # its file stays until it has ended
    read = read_table(read_document(job.document), job.document.file_name)
    names, rows = columns_of(read.header), list(read.rows)
    if len(rows) > MOST_ROWS:
        raise Refusal("table_too_long", _("The file has more than %(n)s rows. Cut it into several files.") % {"n": f"{MOST_ROWS:,}"})
    for number, at in enumerate(range(0, len(rows), BATCH)):
        put_part(job, number, json.dumps(rows[at : at + BATCH], ensure_ascii=False).encode("utf-8", "surrogatepass"))
    Job.objects.filter(pk=job.pk).update(args=job.args | {"columns": names})
    return Begun(len(rows), -(-len(rows) // BATCH))


def tracking_batch(job: Job, number: int, *, actor) -> Step:
    """Book one batch: rows that say what cannot be are named, those of one load go in together."""
    names, refused = job.args["columns"], []
    rows = json.loads(take_part(job, number))
    told: dict[int, list[tracking.Step]] = {}
    for row, cells in rows:
        values = {name: cell for name, cell in zip(names, cells, strict=False) if name}
        said, wrong = read_row(values)
        goods = None if wrong else _load_of(said, job.kind, actor, wrong)
        if wrong or goods is None:
            refused.append(RowRefused(row, [values.get(name, "") for name in names if name], wrong))
            continue
        told.setdefault(goods.pk, []).append(tracking.Step(said["kind"], said["happened_at"], said["place"]))
    source = "service" if job.kind == STAFF_KIND else "giver"
    noted = sum(hear_steps(pk, told[pk], source=source, actor=actor) for pk in sorted(told))
    return Step(done=len(rows), counts={"noted": noted, "known": len(rows) - len(refused) - noted}, refused=refused)


def _load_of(said: dict, kind: str, actor, wrong: list[str]) -> Consignment | None:
    """The one load that a row is about; None with the reason in `wrong`."""
    loads = Consignment.objects.filter(waybill_no=said["waybill_no"]).exclude(shipped_at=None)
    if kind == OWN_KIND:
        loads = loads.filter(giver_id=actor.enterprise_id, order__in=Order.objects.own(actor))
    loads = loads.filter(Q(carrier=said["carrier"]) if said["carrier"] else Q(), Q(order__no=said["order_no"]) if said["order_no"] else Q())
    found = list(loads[:2])
    if not found:
        wrong.append(_("No shipment of this number is known."))
    elif len(found) > 1:
        wrong.append(_("Several shipments have this number; name the order."))
    elif kind == OWN_KIND and said["kind"] in RECEIVERS:
        wrong.append(_("Signing for goods is the receiver's to note; the journey is the sender's."))
    elif kind == STAFF_KIND and ever_belonged(actor, [found[0].giver_id, found[0].receiver_id]):
        wrong.append(_("You belong to a party of this order, so somebody else must note it."))
    elif not is_plausible(found[0], said["kind"], said["happened_at"]):
        wrong.append(_("The time must lie between shipping and now."))
    return None if wrong else found[0]


def refused_tracking(no: str, *, actor) -> Document:
    """The sheet of the rows that a file of customer service could not bring in; raises Denied, NotFound."""
    require_staff(actor, NOTE_TRACKING)
    job = Job.objects.select_related("refused").filter(no=no, kind=STAFF_KIND, owner_chain=PLATFORM).first()
    if job is None or job.refused is None:
        raise NotFound()
    return job.refused
