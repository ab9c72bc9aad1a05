"""A migrated database that every run of the tests copies: applying all migrations takes half a minute, copying the result a second.

`python -m tests.template` prints its name, made first when the migrations have changed. Database: that of DATABASE_URL, as its owner.
"""

import contextlib
import hashlib
import os
import pathlib
import subprocess
import sys
import urllib.parse

import psycopg
from psycopg import sql

ROOT = pathlib.Path(__file__).resolve().parent.parent
PREFIX = "template_evenhand_"


def fingerprint() -> str:
    """What the migrated database depends on: our migrations, those of the packages, and which apps there are."""
    digest = hashlib.sha256()
    for path in [*sorted(ROOT.glob("*/migrations/*.py")), ROOT / "requirements/dev.lock", ROOT / "barter/settings.py"]:
        digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return PREFIX + digest.hexdigest()[:16]


def made(url: str) -> str:
    """Find or make the template; a run that is killed half-way leaves only a database of another name, which the next one drops."""
    name, half = fingerprint(), f"{PREFIX}half_made"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(hashtextextended('evenhand template', 0))")
        found = [row[0] for row in connection.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [PREFIX + "%"])]
        if name in found:
            return name
        for old in found:
            with contextlib.suppress(psycopg.errors.ObjectInUse):  # another run copies it at this moment
                connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(old)))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(half)))
        there = urllib.parse.urlsplit(url)._replace(path=f"/{half}").geturl()
        command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(command, cwd=ROOT, env={**os.environ, "DATABASE_URL": there, "DATABASE_OWNER_URL": there}, check=True)
        connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(half), sql.Identifier(name)))
    return name


if __name__ == "__main__":
    sys.stdout.write(made(os.environ["DATABASE_URL"]))
