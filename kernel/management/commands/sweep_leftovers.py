import json

from django.core.management.base import BaseCommand

from kernel import services
from kernel.timer import COMMAND


class Command(BaseCommand):
    help = "Remove what has done its work: old request keys, deliveries, drafts, sessions, cache rows, files without a row."

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="the counts as one JSON object")

    def handle(self, *args, **options):
        removed = services.sweep_leftovers(actor=COMMAND)
        if options["json"]:
            self.stdout.write(json.dumps(removed))
        else:
            self.stdout.write("\n".join(f"{count:8} {kind.replace('_', ' ')}" for kind, count in removed.items()))
