"""`./dev bench [browse|search|pages|ledger|log|import|statement] [--listings N] [--facts N] [--rows N] [--json]`: figures and ratios."""

import argparse
import json
import os
import sys

import django
from django.conf import settings
from django.core.management import call_command


def database() -> None:
    """Fill this database once; a bench cluster keeps it for the next run."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "barter.settings")
    django.setup()
    settings.CELERY_BROKER_URL = "memory://"
    settings.ALLOWED_HOSTS = ["*"]
    settings.DATABASES["default"]["CONN_MAX_AGE"] = None  # one backend, whose CPU time can be read
    call_command("migrate", verbosity=0)


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev bench")
    parser.add_argument("workloads", nargs="*", default=["pages", "ledger"])
    parser.add_argument("--listings", type=int, default=10_000)
    parser.add_argument("--facts", type=int, default=200_000, help="of the enterprise whose log is measured")
    parser.add_argument("--rows", type=int, default=100_000, help="rows of the file of goods (import)")
    parser.add_argument("--lines", type=int, default=5_000, help="of the bank statement (statement)")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    database()
    from . import browse, ledger_transfers, listing_import, log, pages, search, statement_import

    known = {
        "browse": lambda: browse.measure(arguments.listings), "search": lambda: search.measure(arguments.listings),
        "pages": lambda: pages.measure(arguments.listings), "ledger": ledger_transfers.measure,
        "log": lambda: log.measure(arguments.facts), "import": lambda: listing_import.measure(arguments.rows),
        "statement": lambda: statement_import.measure(arguments.lines),
    }  # fmt: skip
    results = [result for name in arguments.workloads for result in known[name]()]
    if arguments.json:
        json.dump(results, sys.stdout, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
