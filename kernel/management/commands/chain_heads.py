import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from kernel import services
from kernel.timer import COMMAND


class Command(BaseCommand):
    help = "Write the ends of all record chains outside the database, for `audit` to hold the chains against: beat does it daily."

    def add_arguments(self, parser):
        parser.add_argument("--out", type=Path, help="another folder than CHAIN_HEADS_DIR, with a sequence of files of its own")
        parser.add_argument(
            "--check", type=Path, help="instead hold the chains against the files of a folder, such as a copy; exits 1 on any finding"
        )
        parser.add_argument("--json", action="store_true", help="the result as one JSON object")

    def handle(self, *args, **options):
        if options["check"]:
            self._check(options["check"], as_json=options["json"])
            return
        kept = str(services.keep_chain_heads(actor=COMMAND, folder=options["out"]))
        self.stdout.write(json.dumps({"file": kept}) if options["json"] else kept)
        for name in services.damaged_anchors(options["out"]):
            self.stderr.write(f"{name} is damaged: look for a copy, then run `audit`")

    def _check(self, folder: Path, *, as_json: bool) -> None:
        files = len(list(folder.glob("*.jsonl"))) if folder.is_dir() else 0
        if not files:  # a mistyped folder must not look like a proof
            raise CommandError(f"{folder} holds no files of chain ends: nothing was checked.")
        findings = list(services.check_anchors(folder, copy=True))
        if as_json:
            self.stdout.write(json.dumps({"files": files, "findings": findings}, ensure_ascii=False, default=str))
        else:
            self.stdout.write("\n".join([*map(str, findings), f"{len(findings)} findings against {files} files"]))
        if findings:
            raise SystemExit(1)
