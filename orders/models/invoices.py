import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import Enterprise
from kernel.append_only import protect
from kernel.machines import state_check, state_field, state_moves
from kernel.models import Document, PersonalValue
from kernel.money import Money
from kernel.vault import SealedTextField

from ..states import INVOICE, RED_FORM
from .orders import CURRENCIES, Order, OrderLine


class InvoiceProfile(models.Model):
    """What an enterprise wants on the special invoices it gets, beside its handle, name and tax number, which are its own (H29).

    Address, phone and account number stay encrypted.
    """

    enterprise = models.OneToOneField(Enterprise, on_delete=models.CASCADE, related_name="+", verbose_name=_("enterprise"))
    address = SealedTextField(_("registered address"))
    phone = SealedTextField(_("phone"))
    bank_name = models.CharField(_("bank and branch"), max_length=80)
    bank_account = SealedTextField(_("account number"))
    updated_at = models.DateTimeField(_("last changed"))

    class Meta:
        verbose_name = _("invoice details of a company")
        verbose_name_plural = _("invoice details of companies")

    def __str__(self):
        return str(self.enterprise)


class InvoiceRequest(models.Model):
    """The receiver of goods asks their giver for a VAT special invoice; all seven fields are a snapshot (H28, H29).

    The number and the file come from the tax system: whoever registers them copies them, nobody here makes one.
    """

    MACHINE = INVOICE

    no = models.CharField(_("number"), max_length=20, unique=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="invoices", verbose_name=_("order"))
    buyer = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="+", verbose_name=_("buyer"))
    seller = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="+", verbose_name=_("seller"))
    state = state_field(INVOICE)
    member_account = models.CharField(_("member account"), max_length=80)
    company_name = models.CharField(_("company name"), max_length=120)
    tax_no = models.CharField(_("taxpayer number"), max_length=32)
    bank_name = models.CharField(_("bank and branch"), max_length=80)
    # Personal where it may be a person's: rows that can be erased, with commitments that stay (decision 17).
    address = models.ForeignKey(PersonalValue, on_delete=models.PROTECT, related_name="+", verbose_name=_("registered address"))
    address_commitment = models.CharField(max_length=64)
    phone = models.ForeignKey(PersonalValue, on_delete=models.PROTECT, related_name="+", verbose_name=_("phone"))
    phone_commitment = models.CharField(max_length=64)
    bank_account = models.ForeignKey(PersonalValue, on_delete=models.PROTECT, related_name="+", verbose_name=_("account number"))
    bank_account_commitment = models.CharField(max_length=64)
    seller_name = models.CharField(_("seller"), max_length=120)
    seller_tax_no = models.CharField(_("seller's taxpayer number"), max_length=32)
    currency = models.CharField(_("currency"), max_length=3, choices=CURRENCIES)
    gross_minor = models.BigIntegerField()
    note = models.CharField(_("remark for the invoice"), max_length=200, blank=True)
    reason = models.TextField(_("why nothing came of it"), blank=True)
    created_at = models.DateTimeField(_("asked at"))
    created_by_id = models.BigIntegerField()
    taken_at = models.DateTimeField(pgettext_lazy("time", "taken up at"), null=True, blank=True)
    issued_at = models.DateTimeField(pgettext_lazy("invoice", "registered at"), null=True, blank=True)
    booked_at = models.DateTimeField(_("booked by the buyer at"), null=True, blank=True)  # deducted: a red form needs confirming
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("invoice request")
        verbose_name_plural = _("invoice requests")
        permissions = [("handle_invoice", _("Can handle invoice requests"))]
        constraints = [
            state_check(INVOICE, "invoice_state"),
            models.CheckConstraint(condition=Q(gross_minor__gt=0), name="invoice_positive"),
            models.CheckConstraint(condition=~Q(buyer=F("seller")), name="invoice_two_parties"),
            models.CheckConstraint(
                condition=~(Q(member_account="") | Q(company_name="") | Q(tax_no="") | Q(bank_name="")), name="invoice_fields_complete"
            ),
            models.CheckConstraint(condition=~Q(state="refused") | ~Q(reason=""), name="invoice_refusal_said"),
            models.CheckConstraint(condition=~Q(state__in=["issued", "reversed"]) | Q(issued_at__isnull=False), name="invoice_issued_at"),
        ]
        indexes = [
            models.Index(fields=["buyer", "-id"], name="invoice_by_buyer"),
            models.Index(fields=["seller", "-id"], name="invoice_by_seller"),
        ]
        triggers = [
            state_moves(INVOICE),
            pgtrigger.ReadOnly(
                name="invoice_snapshot_stays",
                fields=["no", "order", "buyer", "seller", "member_account", "company_name", "tax_no", "bank_name", "address_commitment",
                        "phone_commitment", "bank_account_commitment", "seller_name", "seller_tax_no", "currency", "gross_minor",
                        "created_at"],
            )
        ]  # fmt: skip

    def __str__(self):
        return self.no

    @property
    def gross(self) -> Money:
        return Money(self.gross_minor, self.currency)

    def open_to(self, enterprise_id: int | None) -> bool:
        return enterprise_id in (self.buyer_id, self.seller_id)


class InvoiceLine(models.Model):
    """A line of an invoice: its rate and where that stands in the law; net and tax follow from the gross, half up (DOMAIN §3)."""

    request = models.ForeignKey(InvoiceRequest, on_delete=models.PROTECT, related_name="lines", verbose_name=_("invoice request"))
    order_line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="invoiced", verbose_name=_("order line"))
    title_zh = models.CharField(_("goods"), max_length=160)
    title_en = models.CharField(_("goods in English"), max_length=200, blank=True)
    unit = models.CharField(_("unit"), max_length=16)
    quantity = models.PositiveIntegerField(_("quantity"))
    rate = models.DecimalField(_("tax rate"), max_digits=4, decimal_places=2)  # percent
    gross_minor = models.BigIntegerField()
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    currency = models.CharField(_("currency"), max_length=3, choices=CURRENCIES)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("line of an invoice")
        verbose_name_plural = _("lines of invoices")
        constraints = [
            models.UniqueConstraint(fields=["request", "order_line"], name="invoice_line_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0, gross_minor__gt=0), name="invoice_line_positive"),
            models.CheckConstraint(condition=Q(gross_minor=F("net_minor") + F("tax_minor")), name="invoice_line_adds_up"),
            models.CheckConstraint(condition=Q(rate__in=[0, 1, 3, 6, 9, 13]), name="invoice_line_rate_known"),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="invoice_line_stays", fields=["request", "order_line", "quantity", "gross_minor", "currency"]),
            pgtrigger.Protect(name="invoice_line_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self):
        return self.title(get_language() or "")

    def title(self, language: str) -> str:
        return self.title_en if language.startswith("en") and self.title_en else self.title_zh

    @property
    def gross(self) -> Money:
        return Money(self.gross_minor, self.currency)

    @property
    def net(self) -> Money:
        return Money(self.net_minor, self.currency)

    @property
    def tax(self) -> Money:
        return Money(self.tax_minor, self.currency)


class RedForm(models.Model):
    """A red-letter confirmation form: an issued invoice is taken back in whole or part, by the tax system's own states (DOMAIN §3)."""

    MACHINE = RED_FORM
    REASONS = [
        ("wrong", _("invoice was wrong (开票有误)")), ("returned", _("goods came back (销货退回)")),
        ("ended", _("service was ended (服务中止)")), ("allowance", _("allowance on the price (销售折让)")),
    ]  # fmt: skip

    request = models.ForeignKey(InvoiceRequest, on_delete=models.PROTECT, related_name="red_forms", verbose_name=_("invoice request"))
    number = models.PositiveIntegerField(_("number"))  # of the forms about one invoice
    entered_by = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="+", verbose_name=_("entered by"))
    why = models.CharField(_("reason"), max_length=12, choices=REASONS)
    note = models.CharField(_("note"), max_length=300, blank=True)
    state = state_field(RED_FORM)
    gross_minor = models.BigIntegerField()  # how much is taken back, above zero
    currency = models.CharField(_("currency"), max_length=3, choices=CURRENCIES)
    created_at = models.DateTimeField(_("entered at"))
    answered_at = models.DateTimeField(pgettext_lazy("red form", "answered at"), null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("red-letter form")
        verbose_name_plural = _("red-letter forms")
        constraints = [
            state_check(RED_FORM, "red_form_state"),
            models.UniqueConstraint(fields=["request", "number"], name="red_form_once"),
            models.CheckConstraint(condition=Q(gross_minor__gt=0), name="red_form_positive"),
            models.CheckConstraint(condition=Q(why__in=["wrong", "returned", "ended", "allowance"]), name="red_form_reason_known"),
        ]
        triggers = [
            state_moves(RED_FORM),
            pgtrigger.ReadOnly(name="red_form_stays", fields=["request", "number", "entered_by", "why", "gross_minor"]),
        ]

    def __str__(self):
        return f"{self.request} / {self.number}"

    @property
    def gross(self) -> Money:
        return Money(self.gross_minor, self.currency)


class RedLine(models.Model):
    """How much of a line of the blue invoice a red form takes back."""

    form = models.ForeignKey(RedForm, on_delete=models.PROTECT, related_name="lines")
    line = models.ForeignKey(InvoiceLine, on_delete=models.PROTECT, related_name="red_lines")
    gross_minor = models.BigIntegerField()
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["form", "line"], name="red_line_once"),
            models.CheckConstraint(condition=Q(gross_minor__gt=0, net_minor__gte=0, tax_minor__gte=0), name="red_line_positive"),
            models.CheckConstraint(condition=Q(gross_minor=F("net_minor") + F("tax_minor")), name="red_line_adds_up"),
        ]
        triggers = protect()

    def __str__(self):
        return f"{self.form} {self.gross_minor}"


class TaxInvoice(models.Model):
    """A number that the tax system gave, typed in, with its file: the blue invoice of a request, or the red one of a form."""

    KINDS = [("blue", pgettext_lazy("invoice", "invoice")), ("red", pgettext_lazy("invoice", "red-letter invoice"))]

    request = models.ForeignKey(InvoiceRequest, on_delete=models.PROTECT, related_name="issued", verbose_name=_("invoice request"))
    red_form = models.OneToOneField(
        RedForm, on_delete=models.PROTECT, null=True, blank=True, related_name="issued", verbose_name=_("red-letter form")
    )
    kind = models.CharField(_("kind"), max_length=4, choices=KINDS)
    number = models.CharField(_("invoice number"), max_length=20, unique=True)
    issued_on = models.DateField(_("date of issue"))
    gross_minor = models.BigIntegerField()  # red ones below zero
    currency = models.CharField(_("currency"), max_length=3, choices=CURRENCIES)
    document = models.OneToOneField(Document, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("file"))
    registered_by = models.CharField(_("registered by"), max_length=8)  # seller or staff
    created_at = models.DateTimeField(pgettext_lazy("invoice", "registered at"))
    created_by_id = models.BigIntegerField()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("registered invoice")
        verbose_name_plural = _("registered invoices")
        constraints = [
            models.UniqueConstraint(fields=["request"], condition=Q(kind="blue"), name="one_blue_invoice"),
            models.CheckConstraint(condition=Q(number__regex=r"^[0-9]{20}$"), name="invoice_number_shape"),
            models.CheckConstraint(
                condition=Q(kind="blue", red_form=None, gross_minor__gt=0) | Q(kind="red", red_form__isnull=False, gross_minor__lt=0),
                name="invoice_kind_matches",
            ),
        ]
        triggers = protect()

    def __str__(self):
        return self.number

    @property
    def gross(self) -> Money:
        return Money(self.gross_minor, self.currency)
