"""`./dev bench [pages|ledger|log] [--listings N] [--facts N] [--json]`: makes a database of its own, measures, prints ratios."""

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
    call_command("migrate", verbosity=0)


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev bench")
    parser.add_argument("workloads", nargs="*", default=["pages", "ledger"])
    parser.add_argument("--listings", type=int, default=10_000)
    parser.add_argument("--facts", type=int, default=200_000, help="of the enterprise whose log is measured")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    database()
    from . import ledger_transfers, log, pages

    known = {
        "pages": lambda: pages.measure(arguments.listings),
        "ledger": ledger_transfers.measure,
        "log": lambda: log.measure(arguments.facts),
    }
    results = [result for name in arguments.workloads for result in known[name]()]
    if arguments.json:
        json.dump(results, sys.stdout, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
