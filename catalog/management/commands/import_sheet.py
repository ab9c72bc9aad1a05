import json
import secrets
import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from accounts.queries import actor_for_enterprise
from catalog.services import import_listings, import_stock
from kernel.refusals import Refusal
from kernel.services import read_document, work_job


class Command(BaseCommand):
    help = "Import goods or stock movements of an enterprise from a CSV or XLSX file; exits 1 when rows were refused, 2 when the file was."

    def add_arguments(self, parser):
        parser.add_argument("what", choices=["listings", "stock"])
        parser.add_argument("file", help="a CSV or XLSX file with the columns of the template")
        parser.add_argument("--enterprise", required=True, help="handle of the enterprise, the last part of its page's address")
        parser.add_argument("--check", action="store_true", help="say what would happen, write nothing")
        parser.add_argument("--hand-in", action="store_true", help="hand the good rows in for review at once (listings)")
        parser.add_argument("--refused", help="where to write the sheet of refused rows")
        parser.add_argument("--json", action="store_true", help="print the figures as JSON, nothing else")

    def handle(self, *args, **options):
        actor = actor_for_enterprise(options["enterprise"])
        if actor is None:
            raise CommandError(f"no enterprise {options['enterprise']}")
        path = Path(options["file"])
        try:
            sent = {
                "body": path.read_bytes(),
                "file_name": path.name,
                "check_only": options["check"],
                "request_key": secrets.token_urlsafe(16),
            }
        except OSError as error:
            raise CommandError(str(error)) from error
        try:
            if options["what"] == "listings":
                job = import_listings(actor=actor, hand_in=options["hand_in"], **sent)
            else:
                job = import_stock(actor=actor, **sent)
        except Refusal as refusal:
            self._answer(options, {"state": "refused", "problem": refusal.code, "text": str(refusal)})
            sys.exit(2)
        job = work_job(job.pk, say=lambda seen: None if options["json"] else self._progress(seen))
        if options["refused"] and job.refused:
            Path(options["refused"]).write_bytes(read_document(job.refused))
        told = {"job": job.no, "state": job.state, "rows": job.total, "done": job.done, "refused": job.failed, **job.counts}
        self._answer(options, told | ({"problem": job.problem, "text": job.problem_text} if job.problem else {}))
        if job.state != "finished":
            sys.exit(2)
        if job.failed:
            sys.exit(1)

    def _progress(self, job):
        if job.total:
            self.stderr.write(f"  {job.no}  {job.done:>9,} / {job.total:,}  refused {job.failed:,}")

    def _answer(self, options, told: dict) -> None:
        if options["json"]:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
        else:
            self.stdout.write("\n".join(f"{name}: {value}" for name, value in told.items()))
