"""The container files cannot be run everywhere, so they are parsed and compared with what ./dev gives the same processes."""

import json
import re
import shlex
from pathlib import Path

import pytest
import yaml

from launcher import pdf, product
from launcher.servers import ENVIRONMENT

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text()
PRODUCT = ("web", "worker", "beat")
SECRETS = ("POSTGRES_PASSWORD", "APP_DB_PASSWORD", "VALKEY_PASSWORD", "SECRET_KEY", "DATA_KEYS")


def command_of_image() -> list[str]:
    return json.loads(re.search(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)[1])


def settings_names() -> set[str]:
    return set(re.findall(r"env\.\w+\(\s*\"(\w+)\"", (ROOT / "barter/settings.py").read_text()))


@pytest.mark.parametrize("name", PRODUCT)
def test_a_container_gets_every_name_the_launcher_gives(name):
    given = COMPOSE["services"][name]["environment"].keys()

    assert set(ENVIRONMENT) - {"DATABASE_OWNER_URL"} <= given


@pytest.mark.parametrize("name", PRODUCT)
def test_no_container_of_the_product_holds_the_owner_of_the_database(name):
    environment = COMPOSE["services"][name]["environment"]

    assert "DATABASE_OWNER_URL" not in environment
    assert environment["DATABASE_URL"].startswith("postgres://barter_app:")


def test_every_name_a_container_gets_is_read_by_the_settings():
    given = COMPOSE["services"]["web"]["environment"].keys()

    assert given - settings_names() == set()


def test_only_the_preparation_runs_as_the_owner():
    prepare = COMPOSE["services"]["prepare"]

    assert prepare["environment"]["DATABASE_URL"].startswith("postgres://barter:")
    assert "migrate" in prepare["command"][-1]
    assert "grant_roles" in prepare["command"][-1]


def test_the_processes_are_those_of_the_launcher():
    web, worker, beat = command_of_image(), COMPOSE["services"]["worker"]["command"], COMPOSE["services"]["beat"]["command"]

    assert [part for part in web if not part.startswith("--listen")] == ["python", "-m", *product.WEB]
    assert worker == ["python", "-m", *product.WORKER]
    assert beat[: len(product.BEAT) + 2] == ["python", "-m", *product.BEAT]


def test_no_secret_has_a_default():
    text = (ROOT / "docker-compose.yml").read_text()

    for name in SECRETS:
        uses = re.findall(r"(?<!\$)\$\{" + name + r"([^}]*)\}", text)
        assert uses, name
        assert all(use.startswith(":?") for use in uses), name


def test_every_service_says_whether_it_is_healthy():
    services = COMPOSE["services"]

    assert "HEALTHCHECK" in DOCKERFILE
    assert "/healthz" in DOCKERFILE
    assert all("test" in services[name]["healthcheck"] for name in ("worker", "beat", "postgres", "valkey"))


def test_what_must_last_is_on_a_volume():
    services = COMPOSE["services"]

    assert services["postgres"]["volumes"] == ["postgres:/var/lib/postgresql"]
    assert services["valkey"]["volumes"] == ["valkey:/data"]
    assert all(services[name]["volumes"] == ["data:/data"] for name in PRODUCT)
    assert set(COMPOSE["volumes"]) == {"data", "postgres", "valkey"}


def test_the_image_is_locked_unprivileged_and_can_render_pdf():
    assert "--require-hashes" in DOCKERFILE
    assert "requirements/base.lock" in DOCKERFILE
    assert re.search(r"^USER evenhand$", DOCKERFILE, re.MULTILINE)
    assert all(package in shlex.split(DOCKERFILE.replace("\\\n", " "), comments=True) for package in pdf.PDF_PACKAGES)
