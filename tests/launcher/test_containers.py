"""The container files cannot be run everywhere, so they are parsed and compared with what ./dev gives the same processes."""

import contextlib
import http.client
import json
import os
import re
import shlex
import socket
import subprocess
import sys
import time
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

    assert [part for part in web if not part.startswith(("--listen", "--trusted-proxy"))] == ["python", "-m", *product.WEB]
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


def test_the_port_that_believes_its_proxy_is_bound_to_this_machine():
    assert COMPOSE["services"]["web"]["ports"] == ["127.0.0.1:${PORT:-8000}:8000"]


def test_the_images_command_answers_over_https_behind_its_proxy(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    given = COMPOSE["services"]["web"]["environment"]
    environment = {
        **os.environ, "HTTPS": given["HTTPS"], "BEHIND_PROXY": given["BEHIND_PROXY"], "DEBUG": "0", "SECRET_KEY": "k" * 60,
        "ALLOWED_HOSTS": "127.0.0.1", "MEDIA_ROOT": str(tmp_path), "DJANGO_SETTINGS_MODULE": "barter.settings",
    }  # fmt: skip
    command = [sys.executable, *(part.replace("0.0.0.0:8000", f"127.0.0.1:{port}") for part in command_of_image()[1:])]
    with subprocess.Popen(command, cwd=ROOT, env=environment) as web:
        try:
            secure = status(port, {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7"})
            plain = status(port, {})
        finally:
            web.terminate()

    assert (secure, plain) == (200, 301)


def status(port: int, headers: dict) -> int:
    for _attempt in range(300):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        with contextlib.suppress(OSError):
            connection.request("GET", "/healthz", headers=headers)
            return connection.getresponse().status
        time.sleep(0.1)
    return 0
