from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Enterprise

from .categories import Category
from .listings import Listing
from .wants import Want


class SavedSearchQuerySet(models.QuerySet):
    def running(self):
        """What is compared with every new offer."""
        return self.filter(ended_at=None, paused_at=None)

    def own(self, actor):
        """What the person saved for the enterprise they act for, or for themselves."""
        return self.filter(user_id=actor.user_id or 0, enterprise_id=actor.enterprise_id, want=None, ended_at=None)


class SavedSearch(models.Model):
    """Something that every new offer is compared with: a search somebody saved, a firm they follow, or a request (B12)."""

    KINDS = [("search", _("saved search")), ("firm", _("followed firm")), ("want", _("request"))]

    kind = models.CharField(_("kind"), max_length=8, choices=KINDS)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("person"))
    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("enterprise")
    )
    name = models.CharField(pgettext_lazy("title", "name"), max_length=120)
    query = models.CharField(max_length=500, blank=True)  # the search as the market's address has it
    filters = models.JSONField(default=dict, blank=True)  # what `queries.kept_of` keeps; of a request what `fits.passes` reads
    categories = models.ManyToManyField(Category, blank=True, related_name="+")
    want = models.OneToOneField(Want, on_delete=models.PROTECT, null=True, blank=True, related_name="search")
    firm = models.ForeignKey(Enterprise, on_delete=models.PROTECT, null=True, blank=True, related_name="followers")
    by_mail = models.BooleanField(_("mail as well"), default=True)
    weekly = models.BooleanField(_("once a week"), default=False)
    created_at = models.DateTimeField(_("created at"))
    paused_at = models.DateTimeField(_("paused"), null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = SavedSearchQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved search")
        verbose_name_plural = _("saved searches")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="want", want__isnull=False, firm=None) | Q(kind="firm", want=None, firm__isnull=False)
                | Q(kind="search", want=None, firm=None), name="saved_search_is_of_its_kind",
            ),
            models.UniqueConstraint(
                fields=["user", "firm", "enterprise"], condition=Q(kind="firm", ended_at=None), name="followed_once", nulls_distinct=False
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["user", "-id"], name="saved_searches_of_person", condition=Q(ended_at=None))]

    def __str__(self):
        return self.name


class SearchToken(models.Model):
    """The inverted index of running searches: a new offer looks up its own words here, not every search (B12).

    A search is found when at least `need` of its tokens are among the offer's, in the offer's category, one above it, or 0 for any.
    """

    search = models.ForeignKey(SavedSearch, on_delete=models.CASCADE, related_name="tokens")
    category_id = models.BigIntegerField(default=0)
    token = models.CharField(max_length=80, blank=True)
    need = models.PositiveSmallIntegerField(default=1)

    class Meta:
        verbose_name = _("token of a saved search")
        verbose_name_plural = _("tokens of saved searches")
        constraints = [models.UniqueConstraint(fields=["token", "category_id", "search"], name="search_token_once", include=["need"])]

    def __str__(self):
        return f"{self.token} -> {self.search_id}"


class Alert(models.Model):
    """An offer that fits a saved search; there is one for each pair, whatever is delivered how often."""

    search = models.ForeignKey(SavedSearch, on_delete=models.PROTECT, related_name="alerts")
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True)  # none while it waits for the weekly summary

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        constraints = [models.UniqueConstraint(fields=["search", "listing"], name="alert_once")]
        indexes = [
            models.Index(fields=["search", "-id"], name="alerts_of_search"),
            models.Index(fields=["search"], name="alerts_untold", condition=Q(told_at=None)),
        ]

    def __str__(self):
        return f"{self.listing_id} -> {self.search_id}"
