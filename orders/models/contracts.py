import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Enterprise
from kernel.append_only import protect
from kernel.machines import state_check, state_field, state_moves
from kernel.models import Document, PersonalValue

from ..states import CONTRACT, CONTRACT_OPEN
from .orders import Order


class ContractRequest(models.Model):
    """A party asks customer service for a written contract about an order; staff hand in its file, version by version (H24)."""

    MACHINE = CONTRACT

    no = models.CharField(_("number"), max_length=20, unique=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="contracts", verbose_name=_("order"))
    asked_by = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="+", verbose_name=_("asked by"))
    wanted = models.TextField(_("what is wanted"))
    # Whom to call is personal: the row can be erased, the commitment stays (decision 17).
    contact = models.ForeignKey(PersonalValue, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    contact_commitment = models.CharField(max_length=64, blank=True)
    draft = models.OneToOneField(Document, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("own draft"))
    state = state_field(CONTRACT)
    question = models.TextField(_("question of customer service"), blank=True)
    answer = models.TextField(_("answer"), blank=True)
    reason = models.TextField(_("why nothing came of it"), blank=True)
    created_at = models.DateTimeField(_("asked at"))
    created_by_id = models.BigIntegerField()
    taken_at = models.DateTimeField(pgettext_lazy("time", "taken up at"), null=True, blank=True)
    taken_by_id = models.BigIntegerField(null=True, blank=True)
    delivered_at = models.DateTimeField(_("handed in at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("contract request")
        verbose_name_plural = _("contract requests")
        permissions = [("handle_contract", _("Can handle contract requests"))]
        constraints = [
            state_check(CONTRACT, "contract_state"),
            models.UniqueConstraint(fields=["order"], condition=Q(state__in=CONTRACT_OPEN), name="one_open_contract"),
            models.CheckConstraint(condition=~Q(wanted=""), name="contract_says_what"),
            models.CheckConstraint(condition=~Q(state="asked") | ~Q(question=""), name="contract_question_said"),
            models.CheckConstraint(condition=~Q(state="delivered") | Q(delivered_at__isnull=False), name="contract_delivered_at"),
            models.CheckConstraint(condition=~Q(state="declined") | ~Q(reason=""), name="contract_refusal_said"),
        ]
        triggers = [
            state_moves(CONTRACT),
            pgtrigger.ReadOnly(name="contract_request_stays", fields=["no", "order", "asked_by", "wanted", "draft", "created_at"]),
        ]

    def __str__(self):
        return self.no


class ContractVersion(models.Model):
    """One file of a contract as customer service handed it in: exactly these bytes, under this hash, for both parties (P31)."""

    request = models.ForeignKey(ContractRequest, on_delete=models.PROTECT, related_name="versions", verbose_name=_("contract request"))
    number = models.PositiveIntegerField(_("version"))
    document = models.OneToOneField(Document, on_delete=models.PROTECT, related_name="+", verbose_name=_("file"))
    sha256 = models.CharField(_("fingerprint"), max_length=64)
    signed = models.BooleanField(_("signed on paper or by a licensed provider"))
    online = models.BooleanField(_("may be accepted online"))
    note = models.CharField(_("note"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("handed in at"))
    created_by_id = models.BigIntegerField()

    class Meta:
        ordering = ["number"]
        verbose_name = _("version of a contract")
        verbose_name_plural = _("versions of contracts")
        constraints = [
            models.UniqueConstraint(fields=["request", "number"], name="contract_version_once"),
            models.CheckConstraint(condition=Q(signed=True) | Q(online=True), name="contract_version_binds"),
        ]
        triggers = protect()

    def __str__(self):
        return f"{self.request} v{self.number}"


class ContractAcceptance(models.Model):
    """A party said yes to exactly these bytes, its password asked again; each for itself, nobody for both."""

    version = models.ForeignKey(ContractVersion, on_delete=models.PROTECT, related_name="acceptances")
    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="+", verbose_name=_("enterprise"))
    party_name = models.CharField(_("company name"), max_length=120)  # of the day (decision 6)
    user_id = models.BigIntegerField()
    sha256 = models.CharField(_("fingerprint"), max_length=64)
    at = models.DateTimeField(pgettext_lazy("time", "accepted at"))

    class Meta:
        ordering = ["pk"]
        verbose_name = _("acceptance of a contract")
        verbose_name_plural = _("acceptances of contracts")
        constraints = [
            models.UniqueConstraint(fields=["version", "enterprise"], name="contract_accepted_once"),
            models.UniqueConstraint(fields=["version", "user_id"], name="contract_accepted_by_two_people"),
        ]
        triggers = protect()

    def __str__(self):
        return f"{self.version} {self.party_name}"
