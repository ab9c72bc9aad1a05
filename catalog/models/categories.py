from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords


class Category(models.Model):
    """One of the thirteen top-level categories (DOMAIN §13); a parent stays empty until sub-categories come."""

    code = models.CharField(_("code"), max_length=3, unique=True)
    slug = models.SlugField(_("address"), max_length=40, unique=True)
    name_zh = models.CharField(_("name in Chinese"), max_length=40)
    name_en = models.CharField(_("name in English"), max_length=60)
    hs = models.CharField(_("HS chapters"), max_length=60, blank=True)
    vat_percent = models.DecimalField(_("usual VAT rate, percent"), max_digits=4, decimal_places=1)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("parent"))
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["position", "pk"]

    def __str__(self):
        return self.name

    @property
    def name(self) -> str:
        return self.name_en if (get_language() or "").startswith("en") else self.name_zh
