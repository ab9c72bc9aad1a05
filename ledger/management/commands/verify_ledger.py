import json
import sys

from django.core.management.base import BaseCommand

from kernel.registries import AUDIT_CHECKS


class Command(BaseCommand):
    help = "Recompute the whole ledger from its postings; exits 1 on any finding."

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true")

    def handle(self, *args, **options):
        results = {name: list(check()) for name, check in sorted(AUDIT_CHECKS.items()) if name.startswith("ledger.")}
        findings = sum(map(len, results.values()))
        if options["json"]:
            self.stdout.write(json.dumps({"findings": findings, "checks": results}, ensure_ascii=False, default=str, indent=1))
        else:
            for name, found in results.items():
                self.stdout.write(f"{'ok     ' if not found else 'FINDING'} {name}" + "".join(f"\n        {f['finding']}" for f in found))
            self.stdout.write(f"{findings} findings in {len(results)} checks")
        if findings:
            sys.exit(1)
