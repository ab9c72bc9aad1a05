from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Enterprise
from catalog.models import Listing
from credit_guarantee.models import Escrow
from kernel.chains import enterprise_chain
from kernel.machines import state_check, state_field
from kernel.money import CREDIT, EXPONENTS, Money
from ledger.models import Hold

from ..states import ORDER, TENDER

CURRENCIES = [(code, code) for code in EXPONENTS]


class OrderQuerySet(models.QuerySet):
    def of_party(self, enterprise_id: int | None):
        """The orders an enterprise is a party to; nobody else's exist for it (P11)."""
        return self.filter(Q(proposer_id=enterprise_id or 0) | Q(responder_id=enterprise_id or 0))

    def visible_to(self, actor):
        return self if actor.can_staff("orders.view_order") else self.of_party(actor.enterprise_id)


class Order(models.Model):
    """A trade between two enterprises: lines in either direction and a money part; confirmed terms are a hash (decision 2)."""

    MACHINE = ORDER

    no = models.CharField(_("order number"), max_length=20, unique=True)
    proposer = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="proposed_orders")
    responder = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="received_orders")
    # Names are snapshots (decision 6): what the parties were called on the day, whatever they are called now.
    proposer_name = models.CharField(max_length=120)
    proposer_name_en = models.CharField(max_length=160, blank=True)
    proposer_registration_no = models.CharField(max_length=32)
    responder_name = models.CharField(max_length=120)
    responder_name_en = models.CharField(max_length=160, blank=True)
    responder_registration_no = models.CharField(max_length=32)
    state = state_field(ORDER)
    currency = models.CharField(max_length=3, choices=CURRENCIES)  # of the goods' values and of a cash part
    note = models.TextField(_("terms in words"), blank=True)
    terms_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    created_by_id = models.BigIntegerField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by_id = models.BigIntegerField(null=True, blank=True)
    funded_at = models.DateTimeField(null=True, blank=True)
    shipped_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)  # declined, withdrawn, lapsed, cancelled
    end_reason = models.TextField(blank=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        constraints = [
            state_check(ORDER, "order_state"),
            models.CheckConstraint(condition=~Q(proposer=F("responder")), name="order_two_parties"),
            models.CheckConstraint(condition=~Q(state="completed") | Q(completed_at__isnull=False), name="order_completed_at"),
            models.CheckConstraint(
                condition=~Q(state__in=["confirmed", "funded", "shipped", "completed"]) | Q(confirmed_at__isnull=False),
                name="order_confirmed_at",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["declined", "withdrawn", "lapsed", "cancelled"]) | Q(ended_at__isnull=False), name="order_ended_at"
            ),
        ]
        indexes = [
            models.Index(fields=["proposer", "-id"], name="order_by_proposer"),
            models.Index(fields=["responder", "-id"], name="order_by_responder"),
        ]

    def __str__(self):
        return self.no

    def other_party_id(self, enterprise_id: int) -> int:
        return self.responder_id if enterprise_id == self.proposer_id else self.proposer_id

    def party_name(self, enterprise_id: int, language: str = "zh-hans") -> str:
        """A party's name as it was when the order was made."""
        side = "proposer" if enterprise_id == self.proposer_id else "responder"
        english = getattr(self, f"{side}_name_en")
        return english if language.startswith("en") and english else getattr(self, f"{side}_name")

    @property
    def parties(self) -> tuple[int, int]:
        return (self.proposer_id, self.responder_id)

    @property
    def chains(self) -> list[str]:
        """The hash chains of both parties: what happens to an order stands in both (decision 18)."""
        return [enterprise_chain(pk) for pk in self.parties]


class OrderLine(models.Model):
    """Goods that one party gives to the other, with the value both agreed on and where that value came from."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines")
    giver = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="+")
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="+")
    listing_version = models.PositiveIntegerField()  # the edition of the listing that was agreed on (P31)
    title_zh = models.CharField(max_length=160)
    title_en = models.CharField(max_length=200, blank=True)
    unit = models.CharField(max_length=16)
    quantity = models.PositiveIntegerField()
    unit_price_minor = models.BigIntegerField()
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3, choices=CURRENCIES)
    fair_method = models.CharField(max_length=16, default="listing_price")  # fair-value record (decision 2)
    fair_unit_minor = models.BigIntegerField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="line_quantity_positive"),
            models.CheckConstraint(condition=Q(amount_minor=F("quantity") * F("unit_price_minor")), name="line_amount_is_product"),
            models.UniqueConstraint(fields=["order", "listing"], name="line_listing_once"),
        ]

    def __str__(self):
        return f"{self.quantity} {self.unit} {self.title_zh}"

    @property
    def ref(self) -> str:
        return f"orders.orderline:{self.pk}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def unit_price(self) -> Money:
        return Money(self.unit_price_minor, self.currency)

    def title(self, language: str) -> str:
        return self.title_en if language.startswith("en") and self.title_en else self.title_zh


class Tender(models.Model):
    """A part of the price that is not goods: barter credit or cash, held until the goods are accepted."""

    MACHINE = TENDER
    KINDS = [("credit", _("barter credit")), ("cash", _("cash"))]

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="tenders")
    kind = models.CharField(max_length=8, choices=KINDS)
    payer = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="+")
    payee = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="+")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3, choices=CURRENCIES)
    state = state_field(TENDER)
    hold = models.OneToOneField(Hold, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    escrow = models.OneToOneField(Escrow, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["pk"]
        constraints = [
            state_check(TENDER, "tender_state"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="tender_positive"),
            models.CheckConstraint(
                condition=Q(kind="credit", currency=CREDIT) | (Q(kind="cash") & ~Q(currency=CREDIT)), name="tender_currency"
            ),
            models.UniqueConstraint(fields=["order", "kind"], name="tender_kind_once"),
        ]

    def __str__(self):
        return f"{self.amount} {self.kind}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)
