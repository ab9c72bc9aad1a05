from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.append_only import protect
from kernel.machines import state_check, state_field
from kernel.models import Document

from ..states import RESERVATION
from .listings import Listing
from .reservations import BuyerReservation


class Stock(models.Model):
    """How much of a listing is there, and how much of it is promised; both are re-derivable from the rows below."""

    listing = models.OneToOneField(Listing, on_delete=models.PROTECT, primary_key=True, related_name="stock", verbose_name=_("listing"))
    on_hand = models.DecimalField(_("on hand"), max_digits=14, decimal_places=3, default=0)
    reserved = models.DecimalField(_("reserved"), max_digits=14, decimal_places=3, default=0)
    low_at = models.DecimalField(_("low from"), max_digits=14, decimal_places=3, null=True, blank=True)  # no notice without it
    low_since = models.DateTimeField(_("low since"), null=True, blank=True)  # told once until it is restocked

    class Meta:
        verbose_name = _("stock")
        verbose_name_plural = _("stock")
        constraints = [
            models.CheckConstraint(condition=Q(reserved__gte=0, reserved__lte=F("on_hand")), name="stock_never_oversold"),
            models.CheckConstraint(condition=Q(low_at=None) | Q(low_at__gt=0), name="stock_low_positive"),
            models.CheckConstraint(condition=Q(low_since=None) | ~Q(low_at=None), name="stock_low_has_threshold"),
        ]
        indexes = [models.Index(fields=["listing"], name="stock_low", condition=~Q(low_since=None))]

    def __str__(self):
        return f"{self.free.normalize():f} / {self.on_hand.normalize():f}"

    @property
    def free(self):
        return self.on_hand - self.reserved


class StockMovement(models.Model):
    """One change of what is on hand: signed, numbered, never rewritten; the balance is the sum, and the shelf follows it (H32)."""

    KINDS = [
        ("in", _("stock in")),
        ("out", _("stock out")),
        ("adjust", _("stock count correction")),
        ("ship", _("shipped")),
        ("return", pgettext_lazy("stock", "returned")),
    ]
    # Without an index of its own: movements_of_listing begins with it.
    listing = models.ForeignKey(
        Listing, on_delete=models.PROTECT, related_name="movements", verbose_name=_("listing"), db_index=False
    )  # fmt: skip
    kind = models.CharField(_("kind"), max_length=8, choices=KINDS)
    quantity = models.DecimalField(_("quantity"), max_digits=14, decimal_places=3)
    balance = models.DecimalField(_("balance after"), max_digits=14, decimal_places=3)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    document_no = models.CharField(_("document number"), max_length=40, blank=True)
    paper = models.ForeignKey(Document, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("document"))
    ref = models.CharField(_("reference"), max_length=64, blank=True)
    at = models.DateTimeField(_("time"))
    by_id = models.BigIntegerField(_("person"), null=True, blank=True)

    class Meta:
        verbose_name = _("stock movement")
        verbose_name_plural = _("stock movements")
        constraints = [
            models.CheckConstraint(condition=~Q(quantity=0), name="movement_not_zero"),
            models.CheckConstraint(condition=Q(balance__gte=0), name="movement_balance"),
            models.UniqueConstraint(fields=["ref", "kind"], condition=~Q(ref=""), name="movement_once_per_ref"),
        ]
        indexes = [models.Index(fields=["listing", "-id"], name="movements_of_listing")]
        triggers = protect()

    def __str__(self):
        return f"{self.get_kind_display()} {self.quantity.normalize():+f}"


class StockReservation(models.Model):
    """A promise of goods to one line of one order (`ref`): held, then shipped or released, each once."""

    MACHINE = RESERVATION

    ref = models.CharField(_("reference"), max_length=64, unique=True)
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="reservations", verbose_name=_("listing"))
    quantity = models.DecimalField(_("quantity"), max_digits=14, decimal_places=3)
    document_no = models.CharField(_("document number"), max_length=40, blank=True)  # of the order, for people: it goes with the movements
    taken_from = models.ForeignKey(
        BuyerReservation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="taken",
        verbose_name=_("reserved before for the buyer"),
    )
    state = state_field(RESERVATION)
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("stock reservation")
        verbose_name_plural = _("stock reservations")
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="reservation_positive"),
            state_check(RESERVATION, "reservation_state"),
        ]

    def __str__(self):
        return f"{self.document_no or self.ref} · {self.quantity.normalize():f}"
