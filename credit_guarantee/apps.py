from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CreditGuaranteeConfig(AppConfig):
    name = "credit_guarantee"
    verbose_name = _("Credit guarantee")
    default_auto_field = "django.db.models.BigAutoField"
