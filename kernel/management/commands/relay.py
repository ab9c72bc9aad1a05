from django.core.management.base import BaseCommand

from kernel import services
from kernel.timer import COMMAND


class Command(BaseCommand):
    help = "Deliver the facts that are due to their handlers: what the worker does, without the worker."

    def add_arguments(self, parser):
        parser.add_argument("--revive", action="store_true", help="first give deliveries that were given up a new start")

    def handle(self, *args, **options):
        if options["revive"]:
            self.stdout.write(f"revived {services.revive_dead(actor=COMMAND)}")
        self.stdout.write(f"delivered {services.deliver_due(limit=100_000)}")
