import json

from django.core.management.base import BaseCommand

from kernel import services


class Command(BaseCommand):
    help = "Fire the deadlines that are due: what beat does every 15 seconds, without beat."

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="the counts as one JSON object")

    def handle(self, *args, **options):
        fired = services.sweep_deadlines(limit=1_000_000)
        self.stdout.write(json.dumps({"fired": fired}) if options["json"] else f"fired {fired}")
