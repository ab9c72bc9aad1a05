from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Campaign(models.Model):
    """A fair, a report in a trade medium, an advertisement elsewhere: whoever comes by its code is counted for it (H56)."""

    MEDIA = [
        ("fair", _("trade fair")),
        ("trade_media", _("trade medium")),
        ("search", _("search engine")),
        ("mail", _("mail")),
        ("other", _("other")),
    ]

    code = models.SlugField(_("code"), max_length=32, unique=True)
    name = models.CharField(pgettext_lazy("title", "name"), max_length=120)
    medium = models.CharField(_("medium"), max_length=16, choices=MEDIA)
    note = models.CharField(_("note"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created at"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        permissions = [("run_campaign", _("Can create and end campaigns"))]

    def __str__(self):
        return self.name


class CampaignTouch(models.Model):
    """By which campaign a member came last; of guests only their own cookie knows."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("member's campaign")
        verbose_name_plural = _("members' campaigns")

    def __str__(self):
        return f"{self.user_id} by {self.campaign_id}"


class CampaignLead(models.Model):
    """An inquiry, a registration or an order that is put down to a campaign; each to one at most."""

    KINDS = [("inquiry", _("inquiry")), ("registration", _("registration")), ("order", _("order"))]

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="leads", verbose_name=_("campaign"))
    kind = models.CharField(_("kind"), max_length=16, choices=KINDS)
    ref = models.CharField(_("reference"), max_length=64)  # number or id of the inquiry, enterprise or order
    enterprise_id = models.BigIntegerField(null=True, blank=True)
    value_minor = models.BigIntegerField(_("value, minor units"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("campaign's result")
        verbose_name_plural = _("campaigns' results")
        constraints = [
            models.UniqueConstraint(fields=["kind", "ref"], name="lead_once"),
            models.CheckConstraint(condition=Q(value_minor=None) | ~Q(currency=""), name="lead_value_has_currency"),
        ]
        indexes = [models.Index(fields=["campaign", "kind"], name="leads_of_campaign")]

    def __str__(self):
        return f"{self.kind} {self.ref}"
