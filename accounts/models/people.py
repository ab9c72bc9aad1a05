import pgtrigger
from django.contrib.auth.models import AbstractUser, UserManager
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

username_shape = RegexValidator(r"^[a-z0-9_.@+-]+(/[a-z0-9_.@+-]+)?$", _("Lower-case letters, digits and . _ - + @ only."))


class User(AbstractUser):
    """A person who can log in: by e-mail, or as a sub-account by `enterprise handle/user name` (decision 19)."""

    username = models.CharField(_("user name"), max_length=80, unique=True, validators=[username_shape])
    email = models.EmailField(_("e-mail address"), blank=True)
    first_name = None
    last_name = None
    display_name = models.CharField(_("name"), max_length=60, blank=True)
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    language = models.CharField(
        _("language of mail"), max_length=8, default="zh-hans", choices=[("zh-hans", "简体中文"), ("en", "English")]
    )

    objects = UserManager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.UniqueConstraint(fields=["email"], condition=~Q(email=""), name="email_once"),
            models.CheckConstraint(
                condition=~Q(username__startswith="former-member-") | Q(is_active=False, email=""), name="pseudonyms_are_nobody"
            ),
        ]

    def __str__(self):
        if self.username.startswith("former-member-") and not self.is_active:
            return _("former member %(number)s") % {"number": self.username.rpartition("-")[2]}
        return self.display_name or self.username

    @property
    def is_sub_account(self) -> bool:
        """Whether this log-in was made by a main account and stays in its hand, whatever address it may hold."""
        return "/" in self.username

    def get_full_name(self):
        return str(self)

    def get_short_name(self):
        return str(self)


class MembershipQuerySet(models.QuerySet):
    def own(self, actor):
        """The open memberships of the actor's enterprise."""
        return self.filter(enterprise_id=actor.enterprise_id or 0, ended_at=None)


class Membership(models.Model):
    """A person's place in an enterprise: its main account, or one of its sub-accounts."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    enterprise = models.ForeignKey("accounts.Enterprise", on_delete=models.PROTECT, related_name="memberships")
    is_main = models.BooleanField(_("main account"), default=False)
    only_granted_listings = models.BooleanField(_("sees only granted listings"), default=False)
    only_granted_orders = models.BooleanField(_("sees only granted orders"), default=False)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(fields=["user", "enterprise"], condition=Q(ended_at=None), name="one_open_membership"),
            models.UniqueConstraint(fields=["enterprise"], condition=Q(is_main=True, ended_at=None), name="one_main_account"),
            models.CheckConstraint(condition=Q(ended_at=None) | Q(ended_at__gte=F("created_at")), name="membership_ends_after_it_began"),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="member_stays", fields=["user", "enterprise", "created_at"]),
            pgtrigger.Protect(
                name="ended_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__ended_at__isnull=False) & pgtrigger.Q(old__ended_at__df=pgtrigger.F("new__ended_at")),
            ),
        ]

    def __str__(self):
        return f"{self.user_id} in {self.enterprise_id}"
