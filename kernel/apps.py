from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class KernelConfig(AppConfig):
    name = "kernel"
    verbose_name = _("Kernel")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        # Facts, policies, audits, system checks and what keeps a company from closing, kinds of jobs:
        # all register themselves on import, as the admin does.
        autodiscover_modules(
            "facts", "rules", "states", "handlers", "audits", "checks", "closing", "exports", "reversals", "jobs", "amending"
        )
