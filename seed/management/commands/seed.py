import json
import time

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Enterprise, User
from seed.demo import build_demo
from seed.people import demo_logins


class Command(BaseCommand):
    help = "Fill an empty database: demo (a market of sixty days), stress (many listings), empty (reference data only)."

    def add_arguments(self, parser):
        parser.add_argument("--scenario", choices=["demo", "empty", "stress"], default="demo")
        parser.add_argument("--seed", type=int, default=1, help="the same number gives the same market")
        parser.add_argument("--listings", type=int, default=0, help="how many listings (default: 600 demo, 100000 stress)")
        parser.add_argument("--if-empty", action="store_true", help="do nothing when there are enterprises already")
        parser.add_argument("--json", action="store_true", help="print ids and log-ins as JSON")

    def handle(self, *args, **options):
        if Enterprise.objects.exists():
            if options["if_empty"]:
                return self._remind(options["json"])
            raise CommandError("The database is not empty; a seed only fills an empty one.")
        started, quiet = time.monotonic(), options["json"]
        say = (lambda text: None) if quiet else (lambda text: self.stdout.write(f"  {time.monotonic() - started:5.1f} s  {text}"))
        if options["scenario"] == "empty":
            summary = {"seed": options["seed"], "scenario": "empty"}
        else:
            summary = build_demo(options["seed"], listings=600 if options["scenario"] == "stress" else options["listings"] or 600, say=say)
        if options["scenario"] == "stress":
            from seed.stress import add_listings

            summary["stress_listings"] = add_listings(options["listings"] or 100_000, options["seed"], say=say)
        self.stdout.write(json.dumps(summary, ensure_ascii=False, indent=1) if quiet else self._words(summary))

    def _remind(self, quiet: bool) -> None:
        """The log-ins of a demo that was seeded before, for whoever starts it again."""
        demo = User._default_manager.filter(email="owner1@evenhand.example").exists()
        if demo and not quiet:
            self.stdout.write(f"Seeded before: owner1@evenhand.example and the others, with the password {demo_logins().password}")

    def _words(self, summary: dict) -> str:
        if "members" not in summary:
            return "The database holds the reference data only."
        first = summary["members"][:3]
        lines = ["", f"Demo log-ins, all with the password {summary['password']}"]
        lines += [f"  {m['log_in']:32} {m['enterprise']}" for m in first] + [
            f"  … owner4 to owner{len(summary['members'])}@evenhand.example"
        ]
        lines += [f"  {s:32} sub-account" for s in summary["sub_accounts"][:3]] + [f"  {s:32} staff, at /admin/" for s in summary["staff"]]
        lines += ["The staff's one-time codes: ./dev manage demo_code reviewer, or in an authenticator app:"]
        lines += [f"  {address}" for address in summary["staff"].values()]
        return "\n".join(lines)
