import sys

from django.core.management.base import BaseCommand, CommandError

from credit_guarantee.queries import made_statement
from kernel.refusals import Refusal


class Command(BaseCommand):
    help = "A bank statement of the sandbox custodian for what is awaited and to be paid just now: write it to a file and import it."

    def add_arguments(self, parser):
        parser.add_argument("--currency", default="CNY", help="the account's currency: CNY (ICBC sheet), USD and others (MT940)")
        parser.add_argument("--out", default="-", help="where to write it; - is the standard output")

    def handle(self, *args, **options):
        try:
            _name, body = made_statement(options["currency"])
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        if options["out"] == "-":
            sys.stdout.buffer.write(body)
            return
        with open(options["out"], "wb") as file:
            file.write(body)
        self.stdout.write(options["out"])
