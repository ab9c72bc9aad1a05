from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

MAX_LEVEL = 3


class Category(models.Model):
    """A kind of goods: one of the thirteen top-level categories (DOMAIN §13) or something below one, three levels in all."""

    code = models.CharField(_("code"), max_length=16, unique=True)
    slug = models.SlugField(_("address"), max_length=40, unique=True)
    name_zh = models.CharField(_("name in Chinese"), max_length=40)
    name_en = models.CharField(_("name in English"), max_length=60)
    hs = models.CharField(_("HS chapters"), max_length=60, blank=True)
    vat_percent = models.DecimalField(_("usual VAT rate, percent"), max_digits=4, decimal_places=1)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("parent"))
    path = ArrayField(models.CharField(max_length=16), verbose_name=_("place in the tree"), default=list)  # codes from the top to this one
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True)  # listings stay, new ones cannot choose it
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(path__len__gte=1, path__len__lte=MAX_LEVEL), name="category_level"),
            models.CheckConstraint(condition=Q(path__contains=[F("code")]), name="category_path_ends_here"),
            models.CheckConstraint(
                condition=Q(path__len=1, parent__isnull=True) | Q(path__len__gt=1, parent__isnull=False), name="category_top_has_no_parent"
            ),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="category_not_its_own_parent"),
        ]

    def __str__(self):
        return self.name

    @property
    def name(self) -> str:
        return self.name_en if (get_language() or "").startswith("en") else self.name_zh

    @property
    def root(self) -> str:
        """The code of the top-level category above."""
        return self.path[0]

    @property
    def level(self) -> int:
        return len(self.path)


class Attribute(models.Model):
    """Something that goods of a category, and of all below it, are described by."""

    KINDS = [("number", pgettext_lazy("attribute", "number")), ("text", _("text")), ("choice", _("choice")), ("yes_no", _("yes or no"))]

    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="attributes", verbose_name=_("category"))
    code = models.CharField(_("code"), max_length=30)
    name_zh = models.CharField(_("name in Chinese"), max_length=40)
    name_en = models.CharField(_("name in English"), max_length=60)
    kind = models.CharField(_("kind"), max_length=8, choices=KINDS)
    unit = models.CharField(_("unit"), max_length=16, blank=True)
    choices = models.JSONField(_("choices"), default=list, blank=True)  # [[code, Chinese, English]]
    required = models.BooleanField(_("asked for before a review"), default=False)
    low = models.DecimalField(_("least"), max_digits=16, decimal_places=4, null=True, blank=True)
    high = models.DecimalField(_("most"), max_digits=16, decimal_places=4, null=True, blank=True)
    facet = models.BooleanField(_("shown as a filter"), default=False)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("attribute")
        verbose_name_plural = _("attributes")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["category", "code"], name="attribute_once_a_category"),
            models.CheckConstraint(condition=Q(kind__in=["number", "text", "choice", "yes_no"]), name="attribute_kind"),
            models.CheckConstraint(condition=Q(low__isnull=True) | Q(high__isnull=True) | Q(low__lte=F("high")), name="attribute_range"),
            models.CheckConstraint(condition=~Q(kind="choice") | ~Q(choices=[]), name="choice_has_choices"),
        ]

    def __str__(self):
        return self.name_en if (get_language() or "").startswith("en") else self.name_zh
