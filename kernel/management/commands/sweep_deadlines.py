from django.core.management.base import BaseCommand

from kernel import services


class Command(BaseCommand):
    help = "Fire the deadlines that are due: what beat does every 15 seconds, without beat."

    def handle(self, *args, **options):
        self.stdout.write(f"fired {services.sweep_deadlines(limit=1_000_000)}")
