from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MajorClientsConfig(AppConfig):
    name = "major_clients"
    verbose_name = _("Major clients")
    default_auto_field = "django.db.models.BigAutoField"
