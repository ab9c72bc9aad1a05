import json
import sys
from dataclasses import asdict
from functools import partial

from django.conf import settings
from django.core.management.base import BaseCommand

from kernel import services
from kernel.timer import COMMAND
from kernel.vault import lookup_key


class Command(BaseCommand):
    help = "Seal everything again with the first of DATA_KEYS; exits 1 when an older key is still needed. May be stopped and run again."

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output; progress goes to standard error")

    def handle(self, *args, **options):
        say = partial(self._line, self.stderr if options["json"] else self.stdout)
        results = services.rotate_keys(actor=COMMAND, say=say)
        left = [found for found in results if found.unreadable or found.refused]
        if options["json"]:
            self.stdout.write(json.dumps({"done": not left, "kinds": [asdict(found) for found in results]}))
        elif left:
            self.stdout.write("Not done, keep the older keys. What is refused needs the database's owner; what is unreadable, its key.")
        else:
            self.stdout.write("Done: only the first of DATA_KEYS is needed now.")
            if not settings.LOOKUP_KEY:
                self.stdout.write(f"Before the oldest is removed set LOOKUP_KEY={lookup_key()}")
        if left:
            sys.exit(1)

    def _line(self, out, found):
        words = "refused to this database role" if found.refused else f"{found.resealed} of {found.seen} sealed again"
        more = f", {found.unreadable} unreadable" if found.unreadable else ""
        out.write(f"  {found.kind:48} {words}{more}", str)
