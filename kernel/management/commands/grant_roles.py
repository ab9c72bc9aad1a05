from django.core.management.base import BaseCommand
from django.db import connection

from kernel.append_only import append_only_tables

ROLE = "barter_app"


class Command(BaseCommand):
    help = (
        "Grant the application role what it may do (run as the owner after migrate): append-only tables take no UPDATE, DELETE, TRUNCATE."
    )

    def handle(self, *args, **options):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE])
            if not cursor.fetchone():
                self.stdout.write(f"no role {ROLE} here: nothing granted")
                return
            cursor.execute(f"GRANT USAGE ON SCHEMA public TO {ROLE}")
            cursor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {ROLE}")
            cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {ROLE}")
            cursor.execute(f"REVOKE TRUNCATE ON ALL TABLES IN SCHEMA public FROM {ROLE}")
            for table in append_only_tables():
                cursor.execute(f'REVOKE UPDATE, DELETE, TRUNCATE ON "{table}" FROM {ROLE}')
        self.stdout.write(f"granted to {ROLE}; append-only: {', '.join(append_only_tables())}")
