import time

from django.core.management.base import BaseCommand

from catalog import services


class Command(BaseCommand):
    help = "Write again what search reads of every listing, in batches; may be interrupted and continued with --after."

    def add_arguments(self, parser):
        parser.add_argument("--batch", type=int, default=2000)
        parser.add_argument("--ranks", action="store_true", help="only what the weights of the setting RANKING decide")
        parser.add_argument("--after", type=int, default=0, help="begin behind the listing with this id")

    def handle(self, *args, **options):
        started, done = time.monotonic(), 0
        if options["ranks"]:
            done = max((done for _seller, done in services.rerank_listings()), default=0)
            self.stdout.write(f"{done} listings ranked anew")
            return
        for last, done in services.reindex_listings(batch=max(1, options["batch"]), after=options["after"]):
            self.stdout.write(f"{time.monotonic() - started:7.1f} s  {done} listings, the last one has id {last}")
        self.stdout.write(f"{done} listings indexed, {services.reindex_searches()} saved searches")
