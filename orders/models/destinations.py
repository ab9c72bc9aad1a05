from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Enterprise
from kernel.models import PersonalValue

from .orders import Order, Versioned, stays

NAMED = Q(contact__isnull=True, contact_commitment="") | (Q(contact__isnull=False) & ~Q(contact_commitment=""))
CALLED = Q(phone__isnull=True, phone_commitment="") | (Q(phone__isnull=False) & ~Q(phone_commitment=""))


class Destination(Versioned):
    """Where a party of an order wants its goods, as it said when it agreed; part of the hash both sides confirm (P31).

    Who receives them is personal: name and number lie in rows that can be erased, here stand their commitments (decision 17).
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="destinations", verbose_name=_("order"))
    receiver = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="+", verbose_name=_("receiver"))
    address = models.CharField(_("delivery address"), max_length=200)
    contact = models.ForeignKey(PersonalValue, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    contact_commitment = models.CharField(max_length=64, blank=True)
    phone = models.ForeignKey(PersonalValue, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    phone_commitment = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("delivery address")
        verbose_name_plural = _("delivery addresses")
        constraints = [
            models.UniqueConstraint(fields=["order", "receiver"], condition=Q(ended_version=None), name="destination_once"),
            models.CheckConstraint(condition=~Q(address=""), name="destination_has_address"),
            models.CheckConstraint(condition=NAMED & CALLED, name="destination_commitments"),
        ]
        triggers = stays()

    def __str__(self):
        return self.address

    @property
    def contact_words(self) -> str:
        """Who receives the goods and under which number; empty once erased."""
        return " · ".join(part.value for part in (self.contact, self.phone) if part is not None and part.value)
