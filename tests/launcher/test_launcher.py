"""The parts of ./dev that can be tried without starting anything."""

import itertools
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from launcher import machine, packages, product, servers

ROOT = Path(__file__).resolve().parents[2]


def test_lock_files_name_no_host_and_hash_everything():
    for lock in (ROOT / "requirements").glob("*.lock"):
        text = lock.read_text()
        pins = [line for line in text.splitlines() if line[:1].isalnum()]

        assert "://" not in text, lock.name
        assert pins, lock.name
        assert all("==" in pin and pin.endswith("\\") for pin in pins), lock.name


def test_each_lock_holds_the_one_before_in_the_same_versions():
    def pins(name):
        return {line.split()[0] for line in (ROOT / f"requirements/{name}.lock").read_text().splitlines() if line[:1].isalnum()}

    names = list(packages.LADDER)

    for narrow, wide in itertools.pairwise(names):
        assert pins(narrow) <= pins(wide), (narrow, wide)


def test_secrets_are_made_once_and_only_the_owner_reads_them(tmp_path, monkeypatch):
    monkeypatch.setattr(servers, "LOCAL", tmp_path)

    first, second = servers.kept_secrets(), servers.kept_secrets()

    assert first == second
    assert len(first["SECRET_KEY"]) >= 50
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secrets.json"]


def test_a_deep_checkout_gets_a_short_private_socket_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(servers.tempfile, "tempdir", str(tmp_path))
    deep = tmp_path / ("x" * 120)
    deep.mkdir()

    folder = servers.socket_folder(deep)

    assert folder.parent == tmp_path
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_socket_folder_open_to_others_is_refused(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run").chmod(0o755)

    with pytest.raises(SystemExit, match=r"socket folder .* open to others"):
        servers.socket_folder(tmp_path)


def test_a_socket_folder_that_is_a_link_is_refused(tmp_path):
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "run").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(SystemExit, match="socket folder"):
        servers.socket_folder(tmp_path)


def test_a_busy_port_is_named_with_the_way_out():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(SystemExit, match=rf"port {port} is taken .* --port {port + 1}"):
            product.port_of(["--port", str(port)])


@pytest.mark.parametrize("text", ["", "web", "0", "65536", "-1"])
def test_a_port_that_is_no_port_is_refused(text):
    with pytest.raises(SystemExit, match="needs a number from 1 to 65535"):
        product.port_of(["--port", text])


def test_services_named_by_the_environment_are_not_started(monkeypatch, tmp_path):
    monkeypatch.setattr(servers, "LOCAL", tmp_path)
    monkeypatch.setenv("DATABASE_URL", "postgres://somebody@db.example/evenhand")
    monkeypatch.setenv("REDIS_URL", "redis://cache.example/0")
    monkeypatch.delenv("DATABASE_OWNER_URL", raising=False)
    for name in ("MEDIA_ROOT", "MAIL_FILE_PATH"):
        monkeypatch.setenv(name, str(tmp_path / name))

    services = servers.Services("pg")
    environment = services.environment()

    assert services.embedded == []
    assert environment["DATABASE_URL"] == environment["DATABASE_OWNER_URL"] == "postgres://somebody@db.example/evenhand"
    assert environment["REDIS_URL"] == "redis://cache.example/0"


def test_a_dead_process_comes_back_and_a_dying_one_waits_longer_each_time(monkeypatch, tmp_path):
    monkeypatch.setattr(product, "LOGS", tmp_path)
    monkeypatch.setattr(product, "PY", sys.executable)
    child = product.Child("web", ["this_module_is_not_there"], dict(os.environ))
    child.process.wait()

    assert child.heal() is True  # the first time at once
    child.process.wait()
    assert child.heal() is False  # then it waits
    assert child.deaths == 2


def test_the_lock_of_a_running_command_is_seen_by_another_process(tmp_path, monkeypatch):
    monkeypatch.setattr(machine, "LOCAL", tmp_path)
    probe = f"""
import sys; sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
from launcher import machine
machine.LOCAL = Path({str(tmp_path)!r})
with machine.only_one("up", lambda: 7): pass
"""

    with machine.only_one("up"):
        held = subprocess.run([sys.executable, "-c", probe], check=False).returncode
    free = subprocess.run([sys.executable, "-c", probe], check=False).returncode

    assert (held, free) == (7, 0)


def test_the_seed_log_which_names_the_demo_password_is_the_owners_alone(monkeypatch, tmp_path):
    monkeypatch.setattr(product, "LOGS", tmp_path)
    monkeypatch.setattr(product, "PY", "true")
    (tmp_path / "seed.log").write_text("old")

    product.seed(dict(os.environ)).wait()

    assert stat.S_IMODE((tmp_path / "seed.log").stat().st_mode) == 0o600


def test_what_an_interrupted_installation_left_is_made_anew(monkeypatch, tmp_path):
    made = []
    monkeypatch.setattr(packages, "LOCAL", tmp_path)
    monkeypatch.setattr(packages, "PY", Path(sys.executable))
    monkeypatch.setattr(packages, "make_venv", lambda: made.append("venv"))
    monkeypatch.setattr(packages, "pip_command", lambda: ["pip"])

    def interrupted(_lock):
        raise KeyboardInterrupt

    monkeypatch.setattr(packages, "fill", interrupted)
    with pytest.raises(KeyboardInterrupt):
        packages.install("run")
    assert made == []
    monkeypatch.setattr(packages, "fill", made.append)
    packages.install("run")
    packages.install("dev")

    assert made == ["venv", "run", "dev"]


def test_an_installation_that_failed_goes_on_where_it_was(monkeypatch, tmp_path):
    made = []
    monkeypatch.setattr(packages, "LOCAL", tmp_path)
    monkeypatch.setattr(packages, "PY", Path(sys.executable))
    monkeypatch.setattr(packages, "make_venv", lambda: made.append("venv"))
    monkeypatch.setattr(packages, "pip_command", lambda: ["pip"])
    monkeypatch.setattr(packages, "fill", lambda lock: sys.exit("no index"))

    with pytest.raises(SystemExit, match="no index"):
        packages.install("run")
    monkeypatch.setattr(packages, "fill", made.append)
    packages.install("run")

    assert made == ["run"]
