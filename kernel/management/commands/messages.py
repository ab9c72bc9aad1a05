import sys

from django.core.management.base import BaseCommand

from kernel import catalogs


class Command(BaseCommand):
    help = "Keep the Chinese catalogues: --write collects msgids, --compile makes .mo files, --check fails on anything untranslated."

    def add_arguments(self, parser):
        parser.add_argument("labels", nargs="*", help="apps (or `site` for everything outside the apps); default: all")
        parser.add_argument("--write", action="store_true")
        parser.add_argument("--compile", action="store_true")
        parser.add_argument("--check", action="store_true")

    def handle(self, *args, **options):
        wanted = [s for s in catalogs.sources() if not options["labels"] or s.label in options["labels"]]
        if options["write"]:
            for source in wanted:
                added, dropped = catalogs.write(source)
                if added or dropped:
                    self.stdout.write(f"{source.label}: {added} added, {dropped} dropped")
        if options["compile"]:
            made = [s.label for s in wanted if catalogs.compile_stale(s)]
            self.stdout.write(f"compiled: {', '.join(made) or 'nothing was stale'}")
        if options["check"]:
            lent = catalogs.lent_by_others()
            findings = [line for source in wanted for line in catalogs.findings(source, lent)]
            findings += [line for line in catalogs.clashes() if line.partition(":")[0] in {s.label for s in wanted}]
            self.stdout.write("\n".join([*findings, f"{len(findings)} findings in {len(wanted)} catalogues"]))
            if findings:
                sys.exit(1)
