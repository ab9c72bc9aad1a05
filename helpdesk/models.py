from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Enterprise
from kernel.append_only import protect
from kernel.machines import state_check, state_field
from kernel.vault import SealedTextField

from .states import SERVICE_REQUEST


class ServiceRequest(models.Model):
    """Somebody, member or not, asked customer service something; who they are and what they wrote is sealed at rest."""

    MACHINE = SERVICE_REQUEST
    TOPICS = [
        ("login", _("Log-in and passwords")),
        ("verification", _("Registration and verification")),
        ("trade", _("Goods, proposals and orders")),
        ("money", _("Payment, credit and invoices")),
        ("delivery", _("Delivery and quality")),
        ("other", _("Something else")),
    ]

    no = models.CharField(_("number"), max_length=16, unique=True)
    topic = models.CharField(_("topic"), max_length=16, choices=TOPICS)
    name = SealedTextField(_("name"))
    email = SealedTextField(_("e-mail address"), blank=True)
    phone = SealedTextField(_("phone"), blank=True)
    subject = SealedTextField(pgettext_lazy("request", "subject"))
    message = SealedTextField(pgettext_lazy("request", "message"))
    language = models.CharField(_("language"), max_length=8, default="zh-hans")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=pgettext_lazy("request", "person"),
    )
    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("enterprise")
    )
    state = state_field(SERVICE_REQUEST)
    created_at = models.DateTimeField(_("received"))
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("service request")
        verbose_name_plural = _("service requests")
        permissions = [("answer_request", _("Can answer service requests"))]
        constraints = [
            state_check(SERVICE_REQUEST, "service_request_state"),
            models.CheckConstraint(condition=~models.Q(state="closed") | models.Q(closed_at__isnull=False), name="closed_request_has_time"),
        ]
        indexes = [models.Index(fields=["state", "created_at"], name="request_queue")]

    def __str__(self):
        return self.no


class Answer(models.Model):
    """What customer service wrote back; kept as it was sent."""

    request = models.ForeignKey(ServiceRequest, on_delete=models.PROTECT, related_name="answers")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = SealedTextField(_("answer"))
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        triggers = protect()

    def __str__(self):
        return f"{self.request_id} {self.at:%Y-%m-%d %H:%M}"
