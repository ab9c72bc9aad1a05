"""P40: a deployment with secrets that everybody could know is refused, and the product's limits outlast other people's entries."""

import os
import subprocess
import sys

import pytest
from django.core import checks
from django.core.cache import cache
from django.db import connection
from django.test import Client

GOOD = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


def found(deploy: bool = True) -> set[str]:
    return {issue.id for issue in checks.run_checks(tags=["security"], include_deployment_checks=deploy) if issue.id.startswith("kernel.")}


@pytest.mark.parametrize(
    ("secret", "keys", "wanted"),
    [
        ("k" * 60, [GOOD], set()),
        ("insecure-default-only-while-developing", [GOOD], {"kernel.E001"}),
        ("", [GOOD], {"kernel.E001"}),
        ("k" * 60, [], {"kernel.E002"}),
        ("k" * 60, [GOOD, "short"], {"kernel.E003"}),
    ],
)
def test_p40_known_secrets_do_not_deploy(settings, secret, keys, wanted):
    settings.SECRET_KEY, settings.DATA_KEYS = secret, keys

    assert found() == wanted
    assert found(deploy=False) == set()


@pytest.mark.django_db
def test_p36_a_counter_is_not_washed_away_by_other_entries():
    cache.set("limit", 5, 300)

    for number in range(320):
        cache.set(f"other{number}", 1, 300)

    assert cache.get("limit") == 5


@pytest.mark.django_db
@pytest.mark.parametrize("verb", ["TRACE", "PROPFIND", "TRACK"])
def test_verbs_that_no_page_has_are_refused(verb):
    assert Client().generic(verb, "/").status_code == 405
    assert Client().get("/").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("setting", ["on", "off"])
def test_f8_a_database_that_forgets_does_not_deploy(setting):
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL synchronous_commit = {setting}")

    issues = checks.run_checks(tags=["durability"], include_deployment_checks=True)

    named = [issue for issue in issues if "synchronous_commit" in issue.msg]
    assert [issue.id for issue in named] == (["kernel.E004"] if setting == "off" else [])
    assert checks.run_checks(tags=["durability"]) == []


@pytest.mark.parametrize(("debug", "wanted"), [("0", "''"), ("1", "'insecure-default-only-while-developing'")])
def test_p40_only_a_developers_debug_knows_a_secret_key(debug, wanted):
    environment = {key: value for key, value in os.environ.items() if key != "SECRET_KEY"} | {"DEBUG": debug}
    told = [sys.executable, "-c", "from barter import settings; print(repr(settings.SECRET_KEY))"]

    assert subprocess.run(told, env=environment, capture_output=True, text=True, check=True).stdout.strip() == wanted
