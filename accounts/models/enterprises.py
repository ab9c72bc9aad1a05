import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase
from simple_history.models import HistoricalRecords

from kernel.append_only import protect
from kernel.chains import enterprise_chain
from kernel.clock import now
from kernel.machines import state_check, state_field
from kernel.models import Document
from kernel.vault import SealedTextField

from ..permissions import GRID
from ..states import ENTERPRISE


class EnterpriseQuerySet(models.QuerySet):
    def visible_to(self, actor):
        """An actor's own enterprise; staff who may review see all."""
        if actor.can_staff("accounts.view_enterprise"):
            return self
        return self.filter(pk=actor.enterprise_id or 0)

    def verified(self):
        return self.filter(state="verified")

    def badged(self):
        """Verified, with a licence that is still valid today (H51)."""
        today = timezone.localdate(now())
        return self.verified().filter(Q(licence_expires_on=None) | Q(licence_expires_on__gte=today))


class Enterprise(models.Model):
    """A company: the party to every trade, identified by its unified social credit code (or a foreign registration number)."""

    MACHINE = ENTERPRISE

    handle = models.SlugField(_("handle"), max_length=40, unique=True)
    name = models.CharField(_("company name"), max_length=120)
    name_en = models.CharField(_("company name in English"), max_length=160, blank=True)
    country = models.CharField(_("country"), max_length=2, default="CN")
    registration_no = models.CharField(_("unified social credit code or registration number"), max_length=32)
    province = models.CharField(_("province or state"), max_length=40, blank=True)
    address = models.CharField(_("registered address"), max_length=200)
    phone = models.CharField(_("company phone"), max_length=32)
    legal_representative = SealedTextField(_("legal representative"))
    licence_expires_on = models.DateField(_("licence valid until"), null=True, blank=True)
    tax_no = models.CharField(_("tax number"), max_length=32, blank=True)
    bank_name = models.CharField(_("bank"), max_length=80, blank=True)
    bank_code = models.CharField(_("bank code"), max_length=12, blank=True)  # CNAPS, 12 digits; SWIFT abroad
    bank_account = SealedTextField(_("bank account"), blank=True)
    name_skeleton = models.CharField(max_length=320, blank=True, db_index=True)  # look-alikes share it
    state = state_field(ENTERPRISE)
    rejection_reason = models.TextField(_("reason for rejection"), blank=True)
    created_at = models.DateTimeField(_("registered here"))
    verified_at = models.DateTimeField(_("verified on"), null=True, blank=True)
    history = HistoricalRecords(excluded_fields=["legal_representative", "address", "phone", "bank_account"])

    objects = EnterpriseQuerySet.as_manager()

    class Meta:
        verbose_name = _("enterprise")
        verbose_name_plural = _("enterprises")
        permissions = [
            *GRID.items(),
            ("review_enterprise", _("Can review enterprises")),
            ("review_change", _("Can review changes of companies")),
        ]
        constraints = [
            # One company for a code among those that trade. Registrations that wait may share one: refusing the second at once would tell
            # anybody who asks which codes are here (P12, P36); the reviewer sees both and approves one (H23).
            models.UniqueConstraint(
                fields=["country", "registration_no"], condition=Q(state__in=["verified", "frozen"]), name="registration_once"
            ),
            models.CheckConstraint(condition=~Q(state="verified") | Q(verified_at__isnull=False), name="verified_has_time"),
            models.CheckConstraint(condition=~Q(state="rejected") | ~Q(rejection_reason=""), name="rejected_has_reason"),
            state_check(ENTERPRISE, "enterprise_state"),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="handle_stays", fields=["handle", "created_at"]),  # log-ins and addresses are made of it
            pgtrigger.Protect(
                name="closed_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__state="closed") & ~pgtrigger.Q(new__state="closed"),
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def chain(self) -> str:
        return enterprise_chain(self.pk)

    @property
    def licence_expired(self) -> bool:
        """Whether the licence on file ended before today, by the house's calendar."""
        return self.licence_expires_on is not None and self.licence_expires_on < timezone.localdate(now())

    @property
    def badged(self) -> bool:
        """Whether the public may be told that this company is verified: by the date, not by a job (H51)."""
        return self.state == "verified" and not self.licence_expired

    def local_name(self, language: str) -> str:
        return self.name_en if language.startswith("en") and self.name_en else self.name


class EnterpriseUserObjectPermission(UserObjectPermissionBase):
    """What a sub-account may do for its enterprise (guardian's direct foreign key form)."""

    content_object = models.ForeignKey(Enterprise, on_delete=models.CASCADE)


class EnterpriseGroupObjectPermission(GroupObjectPermissionBase):
    """What a staff group may do for one enterprise (an account manager's portfolio)."""

    content_object = models.ForeignKey(Enterprise, on_delete=models.CASCADE)


class QualificationDocument(models.Model):
    """A paper handed in for verification."""

    KINDS = [
        ("licence", _("business licence")),
        ("legal_rep_id", _("identity paper of the legal representative")),
        ("tax", _("tax registration certificate")),
    ]
    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="papers")
    kind = models.CharField(_("kind"), max_length=16, choices=KINDS)
    document = models.OneToOneField(Document, on_delete=models.PROTECT)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("qualification document")
        verbose_name_plural = _("qualification documents")
        constraints = [models.CheckConstraint(condition=Q(kind__in=["licence", "legal_rep_id", "tax"]), name="paper_kind_known")]
        triggers = protect()

    def __str__(self):
        return f"{self.kind} of {self.enterprise_id}"
