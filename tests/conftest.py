"""Shared fixtures: a quick hasher, no broker, a fresh media folder, and a flush that may pass the append-only triggers."""

import io
import os

os.environ.setdefault("DATA_KEYS", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")
os.environ["REDIS_URL"] = os.environ.get("TEST_REDIS_URL", "memory://")  # the doorbell is not what these tests are about

import pytest
from django.core.management import call_command
from django.utils import translation


@pytest.fixture(autouse=True)
def _surroundings(settings, tmp_path):
    translation.deactivate()  # the language of the page that the test before looked at
    settings.MEDIA_ROOT = str(tmp_path / "media")
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.REFUSED_ACTS_AN_HOUR = 0  # nothing happens on a denial, most tests say; that the log tells of it has tests of its own
    settings.CATALOG_CACHE_SECONDS = 0
    settings.COUNTERS_FLUSH_SECONDS = 0  # nothing is written behind a test's back
    settings.STAFF_SECOND_FACTOR = False  # what guards the back office has tests of its own
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings):
    from django.db import connection

    connection.settings_dict["TEST"]["TEMPLATE"] = os.environ.get("TEST_TEMPLATE") or None  # tests/template.py; without it all is migrated


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        call_command("grant_roles", stdout=io.StringIO())


# Reference rows come with migrations and stay; everything else goes after a test that committed.
REFERENCE = {
    "django_migrations", "django_content_type", "auth_permission", "auth_group", "auth_group_permissions",
    "kernel_calendarday", "catalog_attribute", "catalog_category", "catalog_synonymgroup",
}  # fmt: skip


def _empty_tables(self):
    from django.db import connection

    tables = [t for t in connection.introspection.table_names() if t not in REFERENCE]
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # the owner's way past the append-only triggers
        cursor.execute(";".join(f'DELETE FROM "{t}"' for t in tables))
        cursor.execute("SET session_replication_role = origin")


from django.test import TransactionTestCase  # noqa: E402

TransactionTestCase._fixture_teardown = _empty_tables
