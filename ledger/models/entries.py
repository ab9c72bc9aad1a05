from django.db import models
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.append_only import protect
from kernel.money import Money

from .accounts import Account


class Entry(models.Model):
    """One business move of money; never changed, corrected only by a mirror that names it (triggers of migrations 0002, 0004)."""

    fresh = False  # on what post_entry answers: whether this call wrote it, or an earlier one with the same key

    key = models.CharField(_("key"), max_length=160, unique=True)
    kind = models.CharField(_("kind"), max_length=32)
    legs_hash = models.CharField(max_length=64)
    ref_type = models.CharField(_("reference type"), max_length=64)
    ref_id = models.CharField(_("reference"), max_length=64)
    at = models.DateTimeField(_("time"))
    actor_kind = models.CharField(_("actor"), max_length=12)
    actor_user_id = models.BigIntegerField(pgettext_lazy("ledger", "person"), null=True, blank=True)
    acting_for = models.CharField(pgettext_lazy("ledger", "acting for"), max_length=64, blank=True)
    legs = models.PositiveSmallIntegerField(
        _("number of postings"), null=True, blank=True
    )  # none may join later; null: written before this rule
    reverses = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversed_by", verbose_name=_("corrects")
    )

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        indexes = [
            models.Index(fields=["ref_type", "ref_id", "id"], name="entry_ref"),
            models.Index(fields=["at"], name="entry_at"),
        ]
        triggers = protect()

    def __str__(self):
        return self.no

    @property
    def no(self) -> str:
        """The voucher number: the day in Beijing and the row's own number, so it needs no counter and no lock."""
        return f"V{localtime(self.at):%y%m%d}{self.pk:06d}"


class Posting(models.Model):
    """One leg of an entry; positive is to the holder's good."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="postings", verbose_name=_("ledger entry"))
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="postings", db_index=False, verbose_name=_("account"))
    minor = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    balance_after = models.BigIntegerField(_("balance afterwards"), null=True, blank=True)  # null on untracked accounts

    class Meta:
        verbose_name = _("posting")
        verbose_name_plural = _("postings")
        constraints = [models.CheckConstraint(condition=~models.Q(minor=0), name="posting_moves_something")]
        indexes = [models.Index(fields=["account", "id"], name="posting_account")]
        triggers = protect()

    def __str__(self):
        return f"{self.entry_id}: {self.minor} {self.currency}"

    @property
    def amount(self) -> Money:
        return Money(self.minor, self.currency)
