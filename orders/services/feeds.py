"""News of carriers: a signed push, and loads that a feed is asked about on the clock. Only our own words of it are kept (H31)."""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kernel.clock import now
from kernel.refusals import Denied, NotFound, Refusal
from kernel.services import lock, pause_deadlines, record
from kernel.timer import CARRIER
from kernel.vault import digest

from .. import tracking
from ..carriers import Answer, Feed, Load, feed
from ..facts import TrackingHeard
from ..models import Consignment, Order, TrackingEvent, TrackingWatch
from .frozen import frozen_parties
from .shipping import start_inspection

PUSHES_A_MINUTE = 600  # from one network, signed or not
SAME_NUMBER = 20  # so many loads one number may belong to
MOST_EVENTS = 500  # of one load
BEFORE, AHEAD = timedelta(days=30), timedelta(minutes=10)  # how long before it was recorded a load may have left; clocks that differ
LEASE, MOST_TRIES, WATCHED_FOR = timedelta(minutes=10), 12, timedelta(days=60)
log = logging.getLogger(__name__)


class TooManyPushes(Refusal):
    """One network sends more than any service would."""

    status = 429


def hear_push(form: Mapping[str, str], *, actor) -> int:
    """Take a signed push and return how many events were new; a repeated push, an unknown number and news of nothing answer alike.

    Raises NotFound while no salt is agreed, TooManyPushes, Denied push_not_signed, Refusal push_malformed.
    """
    if not settings.TRACKING_PUSH_SALT:
        raise NotFound()
    _count_from_network(actor)
    try:
        push = tracking.read_push(form, salt=settings.TRACKING_PUSH_SALT)
    except tracking.PushRefused as refused:
        if str(refused) == "signature":
            raise Denied("push_not_signed", _("The signature is wrong.")) from refused
        raise Refusal("push_malformed", _("This does not have the published shape.")) from refused
    return sum(hear_steps(pk, push.steps, source="carrier", actor=CARRIER) for pk in loads_of(push.company, push.number))


def _count_from_network(actor) -> None:
    """A limit against floods, not a ledger; the address itself is not kept."""
    key = f"tracking-push:{now():%Y%m%d%H%M}:{digest(actor.ip or 'nowhere')}"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 16))", [key])
        made = cache.get(key, 0) + 1
        cache.set(key, made, 120)
    if made > PUSHES_A_MINUTE:
        raise TooManyPushes("too_many_pushes", _("Too many messages. Send them again later."))


def loads_of(company: str, number: str) -> list[int]:
    """The loads that left under a number of one of the service's companies; parcels of one waybill are told together (JD's suffix)."""
    number = number.strip().upper()
    if not number.isascii() or not number.replace("-", "").isalnum():
        return []
    same = Q(waybill_no=number) | Q(waybill_no__startswith=f"{number}-", carrier="jd")
    found = Consignment.objects.filter(same, carrier__in=tracking.carriers_of(company)).exclude(shipped_at=None)
    return list(found.order_by("-pk").values_list("pk", flat=True)[:SAME_NUMBER])


@transaction.atomic
def hear_steps(consignment_id: int, steps: Sequence[tracking.Step], *, source: str, actor) -> int:
    """Add what is new of a load's journey and return how much it is; safe beside itself, in any order, however often (H31).

    What lies in the future or long before the shipment is left out, and so is a signature from before the shipment was recorded: that
    number was used before. A signature starts the inspection clock as the receiver's own note does, and never accepts anything (H33).
    """
    if not tracking.new_steps(_known(consignment_id), steps):
        return 0
    frozen = frozen_parties(Order.objects.filter(consignments__pk=consignment_id))
    order = lock(Order.objects.all(), consignments__pk=consignment_id)
    goods = lock(Consignment.objects.filter(order=order), pk=consignment_id)
    known = _known(goods.pk)
    fresh = tracking.new_steps(known, [step for step in steps if is_plausible(goods, step.kind, step.happened_at)])
    fresh = fresh[-max(0, MOST_EVENTS - len(known)) :] if len(known) < MOST_EVENTS else []
    if not fresh:
        return 0
    TrackingEvent.objects.bulk_create(
        TrackingEvent(
            consignment=goods, kind=step.kind, happened_at=step.happened_at, place=step.place, source=source, recorded_at=now(),
            recorded_by_id=actor.user_id,
        )
        for step in fresh
    )  # fmt: skip
    _follow(order, goods, [*known, *fresh], fresh, frozen, source, actor)
    return len(fresh)


def _known(consignment_id: int) -> list[tracking.Step]:
    rows = TrackingEvent.objects.filter(consignment_id=consignment_id).values_list("kind", "happened_at", "place")
    return [tracking.Step(*row) for row in rows]


def is_plausible(goods: Consignment, kind: str, happened_at: datetime) -> bool:
    """Whether something can have happened to a load at that time: goods may have left before it was written down, not arrived."""
    earliest = goods.shipped_at.replace(second=0, microsecond=0)  # type: ignore[union-attr]  # asked of loads that have left
    if kind not in ("signed", "rejected", "returning", "returned"):
        earliest -= BEFORE
    return earliest <= happened_at <= now() + AHEAD


def _follow(order, goods, whole, fresh, frozen, source, actor) -> None:
    """What news brings with it: the clock of the inspection, and a fact for the log and for both parties."""
    signed = next((step for step in fresh if step.kind == "signed"), None)
    begins = signed is not None and goods.signed_at is None and goods.state == "shipped"
    if signed is not None and begins:
        start_inspection(order, goods, min(signed.happened_at, now()))
        if goods.giver_id in frozen:
            pause_deadlines(goods)  # no clock acts in favour of a frozen party
    latest = tracking.latest(whole)
    assert latest is not None  # something is new
    value = TrackingHeard(
        order_id=order.pk, no=order.no, consignment_id=goods.pk, giver_id=goods.giver_id, receiver_id=goods.receiver_id, source=source,
        events=len(fresh), kind=latest.kind, happened_at=latest.happened_at.isoformat(), signed=begins,
    )  # fmt: skip
    record(value, actor=actor, subject=order, chains=order.chains)


# ---------- asking on the clock ----------


def ask_carriers(*, limit: int = 200) -> int:
    """Ask the feed about every load whose time has come and return how many were asked; rows say when, so nothing is lost with a queue.

    Several at once share the work: who moves a row's time asks about it. A feed that fails is asked again later, at last no more.
    """
    asked_of, asked = feed(), 0
    if asked_of is None:
        return 0
    watch_new_loads(asked_of)
    while asked < limit:
        due = TrackingWatch.objects.filter(ended_at=None, due_at__lte=now()).order_by("due_at").first()
        if due is None:
            break
        if TrackingWatch.objects.filter(pk=due.pk, due_at=due.due_at, ended_at=None).update(due_at=now() + LEASE):
            _ask(asked_of, due)
            asked += 1
    return asked


def watch_new_loads(asked_of: Feed) -> None:
    """Begin to follow the loads on their way that nobody follows yet."""
    known = [code for code in tracking.COMPANIES.keys() | {"freight", "bill", "own", "other"} if asked_of.knows(code)]
    since = now() - WATCHED_FOR
    loads = Consignment.objects.filter(state="shipped", carrier__in=known, shipped_at__gt=since, watch=None, signed_at=None)
    fresh = [TrackingWatch(consignment_id=pk, due_at=now()) for pk in loads.order_by("pk").values_list("pk", flat=True)[:500]]
    TrackingWatch.objects.bulk_create(fresh, ignore_conflicts=True)


def _ask(asked_of: Feed, watch: TrackingWatch) -> None:
    goods = Consignment.objects.select_related("giver", "receiver", "order").get(pk=watch.consignment_id)
    answer: Answer | None = None
    if goods.state == "shipped" and goods.shipped_at and goods.shipped_at > now() - WATCHED_FOR:
        try:
            answer = asked_of.ask(_load(goods), now())
        except Exception:  # whatever a service on the network does, the next load is asked about
            log.warning("The feed could not be asked about consignment %s.", goods.pk, exc_info=True)
            _try_again(watch)
            return
        hear_steps(goods.pk, answer.steps, source=asked_of.source, actor=CARRIER)
    again = answer.again_at if answer else None
    changes = {"due_at": again, "tries": 0} if again else {"ended_at": now()}
    TrackingWatch.objects.filter(pk=watch.pk).update(**changes)


def _try_again(watch: TrackingWatch) -> None:
    tries = watch.tries + 1
    changes = {"ended_at": now()} if tries >= MOST_TRIES else {"due_at": now() + timedelta(minutes=45 * min(tries, 8))}
    TrackingWatch.objects.filter(pk=watch.pk).update(tries=tries, **changes)


def _load(goods: Consignment) -> Load:
    tail = ""
    if goods.carrier in tracking.PHONE_NEEDED:
        told = goods.order.destinations.filter(receiver_id=goods.receiver_id).select_related("phone").first()
        digits = "".join(filter(str.isdigit, told.phone.value if told and told.phone else ""))
        tail = digits[-4:]  # read when it is asked for, kept nowhere: the phone itself is erasable (decision 17)
    assert goods.shipped_at is not None
    places = {"origin": goods.giver.province, "destination": goods.receiver.province}
    return Load(goods.carrier, goods.waybill_no, goods.shipped_at, phone_tail=tail, **places)
