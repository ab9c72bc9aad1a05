import json
import sys
import time

from django.core.management.base import BaseCommand, CommandError

from kernel.registries import AUDIT_CHECKS


class Command(BaseCommand):
    help = "Check the stored state against every promise that can be checked there; exits 1 on any finding."

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output; progress goes to standard error")
        parser.add_argument("--only", nargs="+", metavar="CHECK", help="names of checks, as --list shows them")
        parser.add_argument("--list", action="store_true", help="name the checks and what each promises, check nothing")

    def handle(self, *args, **options):
        if options["list"]:
            self.stdout.write(
                "\n".join(f"{name:32} {(check.__doc__ or '').split(chr(10))[0]}" for name, check in sorted(AUDIT_CHECKS.items()))
            )
            return
        if unknown := sorted(set(options["only"] or ()) - set(AUDIT_CHECKS)):
            raise CommandError(f"No check is called {', '.join(unknown)}; audit --list names them.")
        results = {name: self._run(name, **options) for name in sorted(AUDIT_CHECKS) if not options["only"] or name in options["only"]}
        findings = sum(map(len, results.values()))
        if options["json"]:
            self.stdout.write(json.dumps({"findings": findings, "checks": results}, ensure_ascii=False, default=str, indent=1))
        else:
            self.stdout.write(f"{findings} findings in {len(results)} checks")
        if findings:
            sys.exit(1)

    def _run(self, name: str, **options) -> list[dict]:
        """One check, told as soon as it is done."""
        begun = time.monotonic()
        found = list(AUDIT_CHECKS[name]())
        out = self.stderr if options["json"] else self.stdout
        line = f"{'ok     ' if not found else 'FINDING'} {name:32} {time.monotonic() - begun:6.1f} s"
        out.write(line + ("" if options["json"] else "".join(f"\n        {f}" for f in found)), str)
        out.flush()
        return found
