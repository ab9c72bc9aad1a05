from pathlib import Path

from django.core.management.base import BaseCommand

from kernel import services
from kernel.timer import COMMAND


class Command(BaseCommand):
    help = "Write the ends of all record chains outside the database, for `audit` to hold the chains against: beat does it daily."

    def add_arguments(self, parser):
        parser.add_argument("--out", type=Path, help="another folder than CHAIN_HEADS_DIR, with a sequence of files of its own")
        parser.add_argument("--check", type=Path, help="instead hold the chains against the files of a folder, such as a copy")

    def handle(self, *args, **options):
        if options["check"]:
            findings = list(services.check_anchors(options["check"], copy=True))
            self.stdout.write("\n".join([*map(str, findings), f"{len(findings)} findings"]))
            if findings:
                raise SystemExit(1)
            return
        self.stdout.write(str(services.keep_chain_heads(actor=COMMAND, folder=options["out"])))
        for name in services.damaged_anchors(options["out"]):
            self.stderr.write(f"{name} is damaged: look for a copy, then run `audit`")
