import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import Enterprise
from catalog.models import UNIT_NAMES, UNITS, Category, Inquiry, Listing, Want
from kernel.append_only import protect
from kernel.chains import enterprise_chain
from kernel.machines import state_check, state_field, state_moves
from kernel.money import CREDIT, Money

from ..states import NEGOTIATION, RFQ
from .orders import CURRENCIES, FAIR_METHODS, Order

ASKED = [
    "no", "buyer", "title", "category", "quantity", "unit", "target_minor", "currency", "place", "needed_by", "gives_goods",
    "gives_credit", "gives_cash", "can_give", "words", "listing", "want", "inquiry", "answer_by", "created_at", "created_by_id",
]  # fmt: skip


class RfqQuerySet(models.QuerySet):
    def own(self, actor):
        """The requests that the actor's enterprise sent; whoever is asked sees its own thread, never the request as a whole (P11).

        Somebody who is narrowed to granted orders sees those that they sent themselves (H16).
        """
        rows = self.filter(buyer_id=actor.enterprise_id or 0)
        return rows.filter(created_by_id=actor.user_id) if actor.only_granted_orders and not actor.is_main else rows


class Rfq(models.Model):
    """What a buyer asks several sellers to quote for, at once; each of them gets a thread of its own (B11)."""

    MACHINE = RFQ

    no = models.CharField(_("number"), max_length=20, unique=True)
    buyer = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="+", verbose_name=_("buyer"))
    title = models.CharField(_("goods needed"), max_length=120)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="+", verbose_name=_("category"))
    quantity = models.PositiveIntegerField(_("quantity"))
    unit = models.CharField(_("unit"), max_length=8, choices=UNITS)
    target_minor = models.BigIntegerField(null=True, blank=True)  # a unit
    currency = models.CharField(_("currency"), max_length=3, choices=[pair for pair in CURRENCIES if pair[0] != CREDIT])
    place = models.CharField(_("place of delivery"), max_length=200, blank=True)
    needed_by = models.DateField(_("needed by"), null=True, blank=True)
    gives_goods = models.BooleanField(_("can give goods"), default=False)
    gives_credit = models.BooleanField(_("can give barter credit"), default=False)
    gives_cash = models.BooleanField(_("can give cash"), default=False)
    can_give = models.CharField(_("goods that can be given"), max_length=200, blank=True)
    words = models.TextField(_("requirements in words"), blank=True)
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, null=True, blank=True, related_name="+")  # where it was begun
    want = models.ForeignKey(Want, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    inquiry = models.ForeignKey(Inquiry, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    answer_by = models.DateTimeField(_("answers until"))
    state = state_field(RFQ)
    created_at = models.DateTimeField(_("sent at"))
    created_by_id = models.BigIntegerField()
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    objects = RfqQuerySet.as_manager()

    class Meta:
        verbose_name = _("request for quotation")
        verbose_name_plural = _("requests for quotation")
        constraints = [
            state_check(RFQ, "rfq_state"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="rfq_quantity_positive"),
            models.CheckConstraint(condition=Q(target_minor=None) | Q(target_minor__gt=0), name="rfq_target_positive"),
            models.CheckConstraint(condition=Q(answer_by__gt=F("created_at")), name="rfq_answer_after_asking"),
            models.CheckConstraint(condition=Q(state="open", ended_at=None) | ~Q(state="open") & ~Q(ended_at=None), name="rfq_ended_at"),
        ]
        indexes = [models.Index(fields=["buyer", "-id"], name="rfq_by_buyer")]
        triggers = [pgtrigger.ReadOnly(name="rfq_stays", fields=ASKED), state_moves(RFQ)]

    def __str__(self):
        return self.no

    @property
    def target(self) -> Money | None:
        return None if self.target_minor is None else Money(self.target_minor, self.currency)

    def get_unit_display(self) -> str:
        return str(UNIT_NAMES.get(self.unit, self.unit))


class NegotiationQuerySet(models.QuerySet):
    def of_party(self, enterprise_id: int | None):
        return self.filter(Q(buyer_id=enterprise_id or 0) | Q(seller_id=enterprise_id or 0))

    def own(self, actor):
        """Those of the actor's enterprise; for whoever is narrowed (H16) those of granted orders, of granted goods, or of its own hand."""
        rows = self.of_party(actor.enterprise_id)
        if not actor.narrowed:
            return rows
        mine = Q(rfq__created_by_id=actor.user_id, buyer_id=actor.enterprise_id)
        mine |= Q(pk__in=Round.objects.filter(by_id=actor.enterprise_id, made_by_id=actor.user_id).values("negotiation"))
        granted = Order.objects.own(actor).values("pk")
        if actor.only_granted_orders:
            return rows.filter(mine | Q(order__in=granted) | Q(source__in=granted))
        own = Listing.objects.own(actor).values("pk")
        return rows.filter(mine | Q(buyer_id=actor.enterprise_id) | Q(listing=None) | Q(listing__in=own))


class Negotiation(models.Model):
    """One thread of offers between two enterprises: about a request for quotation, or about a proposal that was countered."""

    MACHINE = NEGOTIATION

    no = models.CharField(_("number"), max_length=20, unique=True)
    rfq = models.ForeignKey(
        Rfq, on_delete=models.PROTECT, null=True, blank=True, related_name="threads", verbose_name=_("request for quotation")
    )
    source = models.OneToOneField(  # the proposal that a counter-offer answered
        Order, on_delete=models.PROTECT, null=True, blank=True, related_name="countered_in", verbose_name=_("proposal")
    )
    buyer = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="+", verbose_name=_("buyer"))
    seller = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="+", verbose_name=_("seller"))
    # Names are snapshots (decision 6).
    buyer_name = models.CharField(max_length=120)
    buyer_name_en = models.CharField(max_length=160, blank=True)
    seller_name = models.CharField(max_length=120)
    seller_name_en = models.CharField(max_length=160, blank=True)
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, null=True, blank=True, related_name="+")  # of the seller, asked about
    currency = models.CharField(_("currency"), max_length=3, choices=CURRENCIES)
    state = state_field(NEGOTIATION)
    turn = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="+", verbose_name=_("whose turn"))
    rounds_made = models.PositiveIntegerField(_("rounds"), default=0)
    order = models.OneToOneField(
        Order, on_delete=models.PROTECT, null=True, blank=True, related_name="negotiation", verbose_name=_("order")
    )
    created_at = models.DateTimeField(_("begun at"))
    last_at = models.DateTimeField(_("last round"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    ended_by = models.ForeignKey(Enterprise, on_delete=models.PROTECT, null=True, blank=True, related_name="+")  # none: a clock or a choice
    end_reason = models.TextField(_("why it ended"), blank=True)

    objects = NegotiationQuerySet.as_manager()

    class Meta:
        verbose_name = _("negotiation")
        verbose_name_plural = _("negotiations")
        constraints = [
            state_check(NEGOTIATION, "negotiation_state"),
            models.CheckConstraint(condition=~Q(buyer=F("seller")), name="negotiation_two_parties"),
            models.CheckConstraint(condition=Q(turn=F("buyer")) | Q(turn=F("seller")), name="negotiation_turn_is_a_party"),
            models.CheckConstraint(condition=Q(rfq=None) ^ Q(source=None), name="negotiation_about_one_thing"),
            models.CheckConstraint(condition=Q(order=None) ^ Q(state="agreed"), name="negotiation_agreed_has_order"),
            models.CheckConstraint(
                condition=Q(state__in=["asked", "open"], ended_at=None) | ~Q(state__in=["asked", "open"]) & ~Q(ended_at=None),
                name="negotiation_ended_at",
            ),
            models.UniqueConstraint(fields=["rfq", "seller"], name="negotiation_seller_once"),
            models.UniqueConstraint(fields=["rfq"], condition=Q(state="agreed"), name="negotiation_one_chosen"),
        ]
        indexes = [
            models.Index(fields=["buyer", "-id"], name="negotiations_of_buyer"),
            models.Index(fields=["seller", "-id"], name="negotiations_of_seller"),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="negotiation_stays", fields=["no", "rfq", "source", "buyer", "seller", "currency", "created_at"]),
            state_moves(NEGOTIATION),
        ]

    def __str__(self):
        return self.no

    @property
    def parties(self) -> tuple[int, int]:
        return (self.buyer_id, self.seller_id)

    @property
    def chains(self) -> list[str]:
        return [enterprise_chain(pk) for pk in self.parties]

    def other_party_id(self, enterprise_id: int) -> int:
        return self.seller_id if enterprise_id == self.buyer_id else self.buyer_id

    def party_name(self, enterprise_id: int) -> str:
        """A party's name as it was when the negotiation began, in the reader's language."""
        side = "buyer" if enterprise_id == self.buyer_id else "seller"
        english = getattr(self, f"{side}_name_en")
        return english if (get_language() or "").startswith("en") and english else getattr(self, f"{side}_name")


class Round(models.Model):
    """One offer of one side, whole: what it says holds until it is answered or runs out. Rounds are never changed (B11)."""

    negotiation = models.ForeignKey(Negotiation, on_delete=models.PROTECT, related_name="rounds", verbose_name=_("negotiation"))
    number = models.PositiveIntegerField(_("round"))
    by = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="+", verbose_name=_("offered by"))
    made_at = models.DateTimeField(_("offered at"))
    made_by_id = models.BigIntegerField()
    valid_until = models.DateTimeField(_("valid until"))
    payer = models.ForeignKey(Enterprise, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("pays"))
    credit_minor = models.BigIntegerField(default=0)
    cash_minor = models.BigIntegerField(default=0)
    currency = models.CharField(_("currency"), max_length=3, choices=CURRENCIES)  # of the cash; goods have their own
    # Of this round, as an order holds them: [currency, worth of one unit in the negotiation's currency, source, day]; [giver, term, place].
    rates = models.JSONField(_("exchange rates"), default=list, blank=True)
    incoterms = models.JSONField(_("delivery terms"), default=list, blank=True)
    lead_days = models.PositiveIntegerField(_("lead time in days"), null=True, blank=True)
    deliver_by = models.DateField(_("delivery by"), null=True, blank=True)
    address = models.CharField(_("where the goods of this side go"), max_length=200, blank=True)
    note = models.TextField(_("terms in words"), blank=True)
    terms_hash = models.CharField(_("fingerprint of the terms"), max_length=64)

    class Meta:
        verbose_name = _("round")
        verbose_name_plural = _("rounds")
        ordering = ["negotiation_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["negotiation", "number"], name="round_number_once"),
            models.CheckConstraint(condition=Q(number__gt=0), name="round_counts_from_one"),
            models.CheckConstraint(condition=Q(credit_minor__gte=0, cash_minor__gte=0), name="round_money_not_negative"),
            models.CheckConstraint(
                condition=Q(payer=None, credit_minor=0, cash_minor=0) | ~Q(payer=None) & (Q(credit_minor__gt=0) | Q(cash_minor__gt=0)),
                name="round_money_has_payer",
            ),
            models.CheckConstraint(condition=Q(valid_until__gt=F("made_at")), name="round_valid_after_made"),
        ]
        triggers = protect()

    def __str__(self):
        return f"{self.negotiation_id}/{self.number}"

    @property
    def ref(self) -> str:
        return f"orders.round:{self.pk}"

    @property
    def credit(self) -> Money:
        return Money(self.credit_minor, CREDIT)

    @property
    def cash(self) -> Money:
        return Money(self.cash_minor, self.currency)


class RoundLine(models.Model):
    """Goods of one round with the price that is offered, and the fair value they had at that moment."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="lines", verbose_name=_("round"))
    giver = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="+", verbose_name=_("giver"))
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="+", verbose_name=_("offer"))
    listing_version = models.PositiveIntegerField()
    title_zh = models.CharField(_("goods"), max_length=160)
    title_en = models.CharField(max_length=200, blank=True)
    unit = models.CharField(_("unit"), max_length=16)
    quantity = models.PositiveIntegerField(_("quantity"))
    unit_price_minor = models.BigIntegerField()
    amount_minor = models.BigIntegerField()
    currency = models.CharField(_("currency"), max_length=3, choices=CURRENCIES)
    fair_method = models.CharField(max_length=16, choices=FAIR_METHODS)
    fair_unit_minor = models.BigIntegerField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["round", "listing"], name="round_listing_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="round_quantity_positive"),
            models.CheckConstraint(condition=Q(amount_minor=F("quantity") * F("unit_price_minor")), name="round_amount_is_product"),
            models.CheckConstraint(condition=Q(unit_price_minor__gt=0, fair_unit_minor__gte=0), name="round_price_positive"),
        ]
        triggers = protect()

    def __str__(self):
        return self.title(get_language() or "")

    def title(self, language: str) -> str:
        return self.title_en if language.startswith("en") and self.title_en else self.title_zh
