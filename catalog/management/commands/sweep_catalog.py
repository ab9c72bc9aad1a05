from django.core.management.base import BaseCommand

from catalog import services
from kernel.timer import COMMAND


class Command(BaseCommand):
    help = "Remove listing files that no listing uses and campaign touches that ran out: what beat does by night, without beat."

    def handle(self, *args, **options):
        for kind, n in services.sweep_catalog(actor=COMMAND).items():
            self.stdout.write(f"{kind}: {n}")
