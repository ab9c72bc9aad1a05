from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Enterprise
from kernel.chains import enterprise_chain
from kernel.machines import state_check, state_field

from ..states import BUYER_RESERVATION
from .listings import Listing


class BuyerReservationQuerySet(models.QuerySet):
    def sold_by(self, actor):
        """Reservations of the actor's own goods, as far as the actor sees these goods."""
        return self.filter(listing__in=Listing.objects.own(actor))

    def bought_by(self, actor):
        """Reservations for the actor's enterprise."""
        return self.filter(buyer_id=actor.enterprise_id or 0)


class BuyerReservation(models.Model):
    """Goods kept for one named buyer until a time: nobody else is promised them, and the buyer's orders take from them first (H59)."""

    MACHINE = BUYER_RESERVATION
    SIDES = [("seller", _("the seller")), ("buyer", _("the buyer")), ("staff", _("customer service"))]

    no = models.CharField(_("number"), max_length=16, unique=True)
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="buyer_reservations", verbose_name=_("listing"))
    buyer = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="reservations", verbose_name=_("buyer"))
    quantity = models.DecimalField(_("quantity"), max_digits=14, decimal_places=3)
    used = models.DecimalField(_("ordered of it"), max_digits=14, decimal_places=3, default=0)
    until = models.DateTimeField(_("kept until"))
    note = models.CharField(_("note"), max_length=200, blank=True)  # both sides read it
    end_reason = models.CharField(_("reason for its end"), max_length=200, blank=True)  # as customer service gave it; both sides read it
    asked_by = models.CharField(_("asked for by"), max_length=8, choices=SIDES)
    state = state_field(BUYER_RESERVATION)
    created_at = models.DateTimeField(_("created at"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = BuyerReservationQuerySet.as_manager()

    class Meta:
        verbose_name = _("reservation for a buyer")
        verbose_name_plural = _("reservations for buyers")
        constraints = [
            state_check(BUYER_RESERVATION, "buyer_reservation_state"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="buyer_reservation_positive"),
            models.CheckConstraint(condition=Q(used__gte=0, used__lte=F("quantity")), name="buyer_reservation_used_within"),
            models.CheckConstraint(condition=~Q(state="used") | Q(used=F("quantity")), name="used_reservation_is_used_up"),
            models.CheckConstraint(condition=~Q(state="held") | Q(used__lt=F("quantity")), name="held_reservation_has_rest"),
            models.CheckConstraint(condition=Q(state__in=["asked", "held"]) | Q(ended_at__isnull=False), name="ended_reservation_has_time"),
            models.UniqueConstraint(fields=["listing", "buyer"], condition=Q(state__in=["asked", "held"]), name="one_reservation_a_buyer"),
        ]
        indexes = [
            models.Index(fields=["buyer", "-id"], name="reservations_of_buyer"),
            models.Index(fields=["listing"], name="reservations_held", condition=Q(state="held")),
        ]

    def __str__(self):
        return f"{self.no} · {self.rest.normalize():f}"

    @property
    def rest(self):
        """What is still kept back."""
        return self.quantity - self.used

    @property
    def chains(self) -> list[str]:
        return [enterprise_chain(self.listing.seller_id), enterprise_chain(self.buyer_id)]
