import json

from django.core.management.base import BaseCommand

from accounts import services
from kernel.timer import COMMAND


class Command(BaseCommand):
    help = "Erase identity papers whose time is over: drafts, rejected registrations and changes, closed companies, ended freeze cases."

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="only say how many registrations, companies and cases are due")
        parser.add_argument("--json", action="store_true", help="the counts as one JSON object")

    def handle(self, *args, **options):
        erased = services.due_for_erasure() if options["dry_run"] else services.erase_old_papers(actor=COMMAND)
        if options["json"]:
            self.stdout.write(json.dumps(erased))
        else:
            self.stdout.write("\n".join(f"{count:8} {kind}" for kind, count in erased.items()))
