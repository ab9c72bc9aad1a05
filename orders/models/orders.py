import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import Enterprise
from catalog.models import Listing
from credit_guarantee.models import Escrow
from kernel.chains import enterprise_chain
from kernel.machines import state_check, state_field
from kernel.money import CREDIT, EXPONENTS, Money
from ledger.models import Hold

from ..schedules import DUE, STAGES_MOST
from ..states import ORDER, TENDER

CURRENCIES = [(code, code) for code in EXPONENTS]
# Where the fair value of goods comes from (decision 2); the agreed price beside it may have been negotiated.
FAIR_METHODS = [
    ("listing_price", _("listing price")),
    ("tier_price", _("tier price")),
]


# What both sides read when they agreed; the hash over it changes once, when the responder confirms and names its own destination.
TERMS = [
    "no", "proposer", "responder", "proposer_name", "proposer_name_en", "proposer_registration_no", "responder_name", "responder_name_en",
    "responder_registration_no", "currency", "rates", "incoterms", "payer_bp", "payee_bp", "created_at", "created_by_id",
]  # fmt: skip
# A confirmed amendment makes the next version: only with it do the words change, and the hash once more (H25).
_CONFIRMING = "(OLD.state = 'proposed' AND NEW.state = 'confirmed')"
HASH_CHANGES = pgtrigger.Condition(f"OLD.terms_hash IS DISTINCT FROM NEW.terms_hash AND NOT {_CONFIRMING} AND NEW.version = OLD.version")
NOTE_CHANGES = pgtrigger.Condition("OLD.note IS DISTINCT FROM NEW.note AND NEW.version = OLD.version")
VERSION_JUMPS = pgtrigger.Condition("NEW.version <> OLD.version AND NEW.version <> OLD.version + 1")
ENDS_TWICE = pgtrigger.Condition("OLD.ended_version IS NOT NULL AND OLD.ended_version IS DISTINCT FROM NEW.ended_version")


class CurrentManager(models.Manager):
    """The rows that hold now; what an amendment ended stays readable through `every`."""

    def get_queryset(self):
        return super().get_queryset().filter(ended_version=None)


class Versioned(models.Model):
    """A part of an order's terms: in force from a version on, until a later one ended it."""

    since_version = models.PositiveIntegerField(default=1)
    ended_version = models.PositiveIntegerField(null=True, blank=True)

    objects = CurrentManager()
    every = models.Manager()  # noqa: DJ012 - a second manager, not a field

    class Meta:
        abstract = True

    def held_in(self, version: int) -> bool:
        return self.since_version <= version and (self.ended_version is None or self.ended_version > version)


def stays(*, but: tuple[str, ...] = ("ended_version",)) -> list:
    """The triggers of a part of the terms: it is never deleted or changed; only its end is written, once."""
    return [
        pgtrigger.Protect(name="part_is_kept", operation=pgtrigger.Delete),
        pgtrigger.ReadOnly(name="part_stays", exclude=list(but)),
        pgtrigger.Protect(name="part_ends_once", operation=pgtrigger.Update, condition=ENDS_TWICE),
    ]


# Once goods are to be shipped, each line in force is carried by shipments whole, and an ended one by none, when a transaction ends.
_CARRIED = """
DECLARE agreed bigint; carried bigint;
BEGIN
  IF EXISTS (SELECT 1 FROM orders_consignment WHERE order_id = NEW.order_id AND giver_id = NEW.giver_id) THEN
    SELECT CASE WHEN ended_version IS NULL THEN quantity ELSE 0 END INTO agreed FROM orders_orderline WHERE id = NEW.id;
    SELECT COALESCE(SUM(quantity), 0) INTO carried FROM orders_consignmentline WHERE line_id = NEW.id;
    IF agreed <> carried THEN
      RAISE EXCEPTION 'shipments of line % carry % of %', NEW.id, carried, agreed USING ERRCODE = 'check_violation';
    END IF;
  END IF;
  RETURN NULL;
END;
"""


class OrderQuerySet(models.QuerySet):
    def of_party(self, enterprise_id: int | None):
        """The orders an enterprise is a party to; nobody else's exist for it (P11)."""
        return self.filter(Q(proposer_id=enterprise_id or 0) | Q(responder_id=enterprise_id or 0))

    def own(self, actor):
        """The orders of the actor's enterprise; of those only granted ones for somebody who is narrowed to them (H16)."""
        rows = self.of_party(actor.enterprise_id)
        return rows.filter(grants__membership_id=actor.membership_id) if actor.only_granted_orders and not actor.is_main else rows

    def visible_to(self, actor):
        return self if actor.can_staff("orders.view_order") else self.own(actor)


class Order(models.Model):
    """A trade between two enterprises: lines in either direction and a money part; confirmed terms are a hash (decision 2)."""

    MACHINE = ORDER

    no = models.CharField(_("order number"), max_length=20, unique=True)
    proposer = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="proposed_orders", verbose_name=_("proposer"))
    responder = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="received_orders", verbose_name=_("responder"))
    # Names are snapshots (decision 6): what the parties were called on the day, whatever they are called now.
    proposer_name = models.CharField(_("proposed by"), max_length=120)
    proposer_name_en = models.CharField(_("proposer's name in English"), max_length=160, blank=True)
    proposer_registration_no = models.CharField(_("proposer's registration number"), max_length=32)
    responder_name = models.CharField(_("proposed to"), max_length=120)
    responder_name_en = models.CharField(_("responder's name in English"), max_length=160, blank=True)
    responder_registration_no = models.CharField(_("responder's registration number"), max_length=32)
    state = state_field(ORDER)
    currency = models.CharField(_("currency"), max_length=3, choices=CURRENCIES)  # in which both sides are compared
    # Frozen when it was proposed: [currency, what one unit is worth in `currency`, source, day]; empty in one currency (M41).
    rates = models.JSONField(_("exchange rates"), default=list, blank=True)
    incoterms = models.JSONField(_("delivery terms"), default=list, blank=True)  # [giver, Incoterm 2020, named place]
    # The commission as on the day it was proposed.
    payer_bp = models.PositiveSmallIntegerField(_("commission of the paying side, basis points"), default=0)
    payee_bp = models.PositiveSmallIntegerField(_("commission of the receiving side, basis points"), default=0)
    note = models.TextField(_("terms in words"), blank=True)
    terms_hash = models.CharField(_("fingerprint of the terms"), max_length=64)
    version = models.PositiveIntegerField(_("version of the terms"), default=1)
    created_at = models.DateTimeField(_("proposed at"))
    created_by_id = models.BigIntegerField()
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    confirmed_by_id = models.BigIntegerField(null=True, blank=True)
    funded_at = models.DateTimeField(_("held in full at"), null=True, blank=True)
    shipped_at = models.DateTimeField(_("shipped at"), null=True, blank=True)
    completed_at = models.DateTimeField(_("completed at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)  # declined, withdrawn, lapsed, cancelled
    end_reason = models.TextField(_("why it ended"), blank=True)

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
            models.CheckConstraint(
                condition=~Q(state__in=["funded", "shipped", "completed"]) | Q(funded_at__isnull=False), name="order_funded_at"
            ),
            models.CheckConstraint(condition=~Q(state__in=["shipped", "completed"]) | Q(shipped_at__isnull=False), name="order_shipped_at"),
        ]
        indexes = [
            models.Index(fields=["proposer", "-id"], name="order_by_proposer"),
            models.Index(fields=["responder", "-id"], name="order_by_responder"),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="order_terms_stay", fields=TERMS),
            pgtrigger.Protect(name="order_hash_stays", operation=pgtrigger.Update, condition=HASH_CHANGES),
            pgtrigger.Protect(name="order_note_stays", operation=pgtrigger.Update, condition=NOTE_CHANGES),
            pgtrigger.Protect(name="order_version_steps", operation=pgtrigger.Update, condition=VERSION_JUMPS),
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


class OrderLine(Versioned):
    """Goods that one party gives to the other, with the value both agreed on and where that value came from."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines", verbose_name=_("order"))
    giver = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="+", verbose_name=_("giver"))
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="+", verbose_name=_("offer"))
    listing_version = models.PositiveIntegerField()  # the edition of the listing that was agreed on (P31)
    title_zh = models.CharField(_("goods"), max_length=160)
    title_en = models.CharField(_("goods in English"), max_length=200, blank=True)
    unit = models.CharField(_("unit"), max_length=16)
    quantity = models.PositiveIntegerField(_("quantity"))
    unit_price_minor = models.BigIntegerField()
    amount_minor = models.BigIntegerField()
    currency = models.CharField(_("currency"), max_length=3, choices=CURRENCIES)
    fair_method = models.CharField(max_length=16, choices=FAIR_METHODS, default="listing_price")  # fair-value record (decision 2)
    fair_unit_minor = models.BigIntegerField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="line_quantity_positive"),
            models.CheckConstraint(condition=Q(amount_minor=F("quantity") * F("unit_price_minor")), name="line_amount_is_product"),
            models.CheckConstraint(condition=Q(unit_price_minor__gte=0, fair_unit_minor__gte=0), name="line_price_not_negative"),
            models.UniqueConstraint(fields=["order", "listing"], condition=Q(ended_version=None), name="line_listing_once"),
            models.CheckConstraint(
                condition=Q(ended_version=None) | Q(ended_version__gt=F("since_version")), name="line_versions_in_order"
            ),
        ]
        triggers = [
            *stays(),
            pgtrigger.Trigger(
                name="line_is_carried", operation=pgtrigger.Insert | pgtrigger.Update, when=pgtrigger.After, level=pgtrigger.Row,
                timing=pgtrigger.Deferred, func=_CARRIED,
            ),
        ]  # fmt: skip

    def __str__(self):
        return self.title(get_language() or "")

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


TENDER_TERMS = [
    "order", "kind", "payer", "payee", "amount_minor", "currency", "since_version", "stage", "label", "due", "due_on", "payer_fee_minor",
    "payee_fee_minor",
]  # fmt: skip


class Tender(Versioned):
    """A part of the price that is not goods: barter credit or cash, held until the goods are accepted."""

    MACHINE = TENDER
    KINDS = [("credit", _("barter credit")), ("cash", _("cash"))]

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="tenders", verbose_name=_("order"))
    kind = models.CharField(_("kind"), max_length=8, choices=KINDS)
    payer = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="+", verbose_name=_("payer"))
    payee = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="+", verbose_name=_("payee"))
    amount_minor = models.BigIntegerField()
    currency = models.CharField(_("currency"), max_length=3, choices=CURRENCIES)
    # The platform's commission (ADR 0021): the payer's is held on top of the amount, the payee's is taken off when it is paid out.
    payer_fee_minor = models.BigIntegerField(default=0)
    payee_fee_minor = models.BigIntegerField(default=0)
    # Cash may come in parts: each is a tender of its own, with its own clock and reference (ADR 0021).
    stage = models.PositiveSmallIntegerField(_("part"), default=1)
    label = models.CharField(_("name of the part"), max_length=60, blank=True)
    due = models.CharField(_("due"), max_length=12, choices=DUE, default="confirmed")
    due_on = models.DateField(_("due on"), null=True, blank=True)
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
            models.CheckConstraint(
                condition=Q(payer_fee_minor__gte=0, payee_fee_minor__gte=0, payee_fee_minor__lte=F("amount_minor")),
                name="tender_shares_of_commission",
            ),
            models.UniqueConstraint(fields=["order", "kind", "stage"], condition=Q(ended_version=None), name="tender_stage_once"),
            models.CheckConstraint(condition=Q(stage__gte=1, stage__lte=STAGES_MOST), name="tender_stage_in_range"),
            models.CheckConstraint(condition=Q(due="date", due_on__isnull=False) | (~Q(due="date") & Q(due_on=None)), name="tender_due_on"),
            models.CheckConstraint(condition=Q(kind="cash") | Q(stage=1, due="confirmed", label=""), name="tender_credit_at_once"),
            models.CheckConstraint(condition=Q(ended_version=None) | Q(state__in=["dropped", "returned"]), name="tender_ended_is_undone"),
            models.CheckConstraint(condition=~Q(payer=F("payee")), name="tender_two_parties"),
            models.CheckConstraint(
                condition=Q(state__in=["agreed", "dropped"])
                | Q(kind="credit", hold__isnull=False, escrow__isnull=True)
                | Q(kind="cash", escrow__isnull=False, hold__isnull=True),
                name="tender_secured",
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="tender_terms_stay",
                fields=TENDER_TERMS,
            ),
            pgtrigger.Protect(name="part_ends_once", operation=pgtrigger.Update, condition=ENDS_TWICE),
        ]

    def __str__(self):
        return self.get_kind_display()

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def secured(self) -> Money:
        """What the payer has to bring: the amount and its commission."""
        return Money(self.amount_minor + self.payer_fee_minor, self.currency)

    @property
    def received(self) -> Money:
        """What the payee gets: the amount without its commission."""
        return Money(self.amount_minor - self.payee_fee_minor, self.currency)

    @property
    def fee_minor(self) -> int:
        """What the platform gets of it, from both sides."""
        return self.payer_fee_minor + self.payee_fee_minor
