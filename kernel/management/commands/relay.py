import json

from django.core.management.base import BaseCommand

from kernel import services
from kernel.timer import COMMAND


class Command(BaseCommand):
    help = "Deliver the facts that are due to their handlers: what the worker does, without the worker."

    def add_arguments(self, parser):
        parser.add_argument("--revive", action="store_true", help="first give deliveries that were given up a new start")
        parser.add_argument("--json", action="store_true", help="the counts as one JSON object")

    def handle(self, *args, **options):
        done = {"revived": services.revive_dead(actor=COMMAND)} if options["revive"] else {}
        done["delivered"] = services.deliver_due(limit=100_000)
        self.stdout.write(json.dumps(done) if options["json"] else "\n".join(f"{name} {count}" for name, count in done.items()))
