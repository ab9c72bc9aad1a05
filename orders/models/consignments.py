import pgtrigger
from django.contrib.postgres.aggregates import JSONBAgg
from django.db import models
from django.db.models import F, JSONField, Q, Value
from django.db.models.functions import JSONObject
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Enterprise
from kernel.append_only import protect
from kernel.machines import state_check, state_field

from ..states import CONSIGNMENT
from .orders import Order, OrderLine


class ConsignmentQuerySet(models.QuerySet):
    def with_parts(self):
        """Loaded with what each carries, in the same query."""
        one = JSONObject(line="lines__line_id", many="lines__quantity")
        none = Value([], JSONField())
        return self.annotate(carried=JSONBAgg(one, filter=Q(lines__isnull=False), order_by="lines__line_id", default=none))


class Consignment(models.Model):
    """What one party ships to the other under an order; the carrier's sign-off and the receiver's acceptance are separate facts."""

    MACHINE = CONSIGNMENT
    # What became of goods that had left when the order was undone; only their giver's word counts.
    FATES = [("returned", pgettext_lazy("goods", "came back")), ("given_up", pgettext_lazy("goods", "given up"))]

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="consignments", verbose_name=_("order"))
    giver = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="+", verbose_name=_("giver"))
    receiver = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="+", verbose_name=_("receiver"))
    state = state_field(CONSIGNMENT)
    carrier = models.CharField(_("carrier"), max_length=16, blank=True)
    carrier_name = models.CharField(_("carrier's name"), max_length=60, blank=True)
    waybill_no = models.CharField(_("waybill number"), max_length=40, blank=True)
    shipped_at = models.DateTimeField(_("shipped at"), null=True, blank=True)
    signed_at = models.DateTimeField(_("signed for at"), null=True, blank=True)
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    giver_word = models.CharField(_("giver's word during the refund"), max_length=8, choices=FATES, blank=True)
    fate = models.CharField(_("after the refund"), max_length=8, choices=FATES, blank=True)

    objects = ConsignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("consignment")
        verbose_name_plural = _("consignments")
        constraints = [
            state_check(CONSIGNMENT, "consignment_state"),
            models.UniqueConstraint(fields=["order", "giver"], condition=Q(state="to_ship"), name="consignment_rest_once"),
            models.CheckConstraint(condition=~Q(state__in=["shipped", "accepted"]) | ~Q(waybill_no=""), name="consignment_waybill"),
            models.CheckConstraint(condition=~Q(state="accepted") | Q(accepted_at__isnull=False), name="consignment_accepted_at"),
            models.CheckConstraint(
                condition=~Q(state__in=["shipped", "accepted"]) | Q(shipped_at__isnull=False), name="consignment_shipped_at"
            ),
            models.CheckConstraint(condition=~Q(giver=F("receiver")), name="consignment_two_parties"),
            models.CheckConstraint(
                condition=Q(fate="") | Q(fate__in=["returned", "given_up"], state="cancelled", shipped_at__isnull=False),
                name="consignment_fate",
            ),
            models.CheckConstraint(condition=Q(fate="") | Q(fate=F("giver_word")), name="consignment_fate_is_givers_word"),
            models.CheckConstraint(
                condition=Q(giver_word="") | Q(giver_word__in=["returned", "given_up"], shipped_at__isnull=False),
                name="consignment_giver_word",
            ),
        ]
        indexes = [models.Index(fields=["waybill_no"], condition=~Q(waybill_no=""), name="consignment_waybill_no")]  # news names only it
        triggers = [pgtrigger.ReadOnly(name="consignment_parties_stay", fields=["order", "giver", "receiver"])]

    def __str__(self):
        return self.waybill_no or "—"

    @property
    def parts(self) -> list[tuple[int, int]]:
        """What it carries: (id of the line, quantity); asked for unless it was loaded `with_parts`."""
        if "carried" in self.__dict__:
            return [(row["line"], row["many"]) for row in self.__dict__["carried"]]
        return list(self.lines.values_list("line_id", "quantity"))


# What a line's shipments carry is what is agreed, no more and no less, when a transaction ends; a line that a later version of the
# terms ended is carried by none: what had left goes on under its next version.
_SUM = """
DECLARE one record; carried bigint;
BEGIN
  FOR one IN SELECT id, CASE WHEN ended_version IS NULL THEN quantity ELSE 0 END AS agreed
             FROM orders_orderline WHERE id IN (NEW.line_id, OLD.line_id) LOOP
    SELECT COALESCE(SUM(quantity), 0) INTO carried FROM orders_consignmentline WHERE line_id = one.id;
    IF one.agreed <> carried THEN
      RAISE EXCEPTION 'shipments of line % carry % of %', one.id, carried, one.agreed USING ERRCODE = 'check_violation';
    END IF;
  END LOOP;
  RETURN NULL;
END;
"""
# Only the plan of what has still to leave is ever made anew.
_LEFT = """
BEGIN
  IF EXISTS (SELECT 1 FROM orders_consignment WHERE id = OLD.consignment_id AND state <> 'to_ship') THEN
    RAISE EXCEPTION 'what shipment % carries is kept', OLD.consignment_id USING ERRCODE = 'check_violation';
  END IF;
  RETURN OLD;
END;
"""


class ConsignmentLine(models.Model):
    """How much of an order's line one shipment carries; `stock_ref` names the promise of stock that it uses up.

    A shipment that was cancelled before it left carries what will not be sent any more, so that the parts of a line are always its whole.
    """

    consignment = models.ForeignKey(Consignment, on_delete=models.PROTECT, related_name="lines", verbose_name=_("consignment"))
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="parts", verbose_name=_("goods"))
    quantity = models.PositiveIntegerField(_("quantity"))
    stock_ref = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ["line_id", "pk"]
        verbose_name = _("goods of a shipment")
        verbose_name_plural = _("goods of shipments")
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="consignment_line_positive"),
            models.UniqueConstraint(fields=["consignment", "line"], name="consignment_line_once"),
        ]
        triggers = [
            pgtrigger.Trigger(name="consignment_line_kept", operation=pgtrigger.Delete, when=pgtrigger.Before, func=_LEFT),
            pgtrigger.Trigger(
                name="consignment_lines_sum", operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete, when=pgtrigger.After,
                level=pgtrigger.Row, timing=pgtrigger.Deferred, func=_SUM,
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.line} × {self.quantity}"


class TrackingEvent(models.Model):
    """One step on the way, in our own vocabulary (DOMAIN §5); duplicates and late arrivals are normal."""

    KINDS = [
        ("picked_up", _("picked up")), ("in_transit", _("in transit")), ("out_for_delivery", _("out for delivery")),
        ("signed", _("signed for")), ("exception", _("exception")), ("rejected", _("rejected")), ("returning", _("returning")),
        ("returned", _("returned")), ("lost", _("lost")),
    ]  # fmt: skip
    # Who told: the parties, the carrier (a signed push or an answer), customer service (a file), the sandbox carrier of a demonstration.
    SOURCES = [
        ("giver", pgettext_lazy("told by", "sender")), ("receiver", pgettext_lazy("told by", "receiver")),
        ("carrier", pgettext_lazy("told by", "carrier")), ("service", pgettext_lazy("told by", "customer service")),
        ("sandbox", pgettext_lazy("told by", "sandbox carrier")),
    ]  # fmt: skip
    consignment = models.ForeignKey(Consignment, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(_("what happened"), max_length=20, choices=KINDS)
    happened_at = models.DateTimeField(_("when"))
    place = models.CharField(_("place"), max_length=80, blank=True)
    source = models.CharField(_("told by"), max_length=12, choices=SOURCES)
    recorded_at = models.DateTimeField(_("recorded"))
    recorded_by_id = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("tracking event")
        verbose_name_plural = _("tracking events")
        ordering = ["happened_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["consignment", "kind", "happened_at", "place"], name="tracking_event_once"),
            models.CheckConstraint(
                condition=Q(source__in=["giver", "receiver", "carrier", "service", "sandbox"]), name="tracking_event_source"
            ),
        ]
        triggers = protect()

    def __str__(self):
        return f"{self.kind} {self.happened_at}"


class TrackingWatch(models.Model):
    """A load that the tracking feed is asked about when `due_at` has come; `ended_at` when there is nothing more to ask."""

    consignment = models.OneToOneField(Consignment, on_delete=models.PROTECT, related_name="watch")
    due_at = models.DateTimeField(_("asked next"))
    tries = models.PositiveSmallIntegerField(_("failed attempts in a row"), default=0)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("tracking watch")
        verbose_name_plural = _("tracking watches")
        indexes = [models.Index(fields=["due_at"], condition=Q(ended_at=None), name="tracking_watch_due")]

    def __str__(self):
        return str(self.consignment_id)
