"""Wrong passwords against four real server processes: together they admit what one would (P36)."""

import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.core.cache import cache
from django.db import connection

from launcher.machine import PY, ROOT
from tests.slow.clients import Browser
from tests.slow.product import free_port
from tests.worlds import main_account, sub_account, verified_enterprise

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
WORKERS, TRIES, LIMIT = 4, 28, 5  # below the 30 a minute that one network may send to the form at all


@pytest.fixture
def servers(tmp_path):
    """Four web processes on the test's own database."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    url = urlunsplit(parts._replace(path=f"/{connection.settings_dict['NAME']}"))
    env = {**os.environ, "DATABASE_URL": url, "DATABASE_OWNER_URL": url, "MEDIA_ROOT": str(tmp_path), "DEBUG": "1"}
    ports = [free_port() for _ in range(WORKERS)]
    command = [str(PY), "-m", "waitress", "--threads=4"]
    running = [subprocess.Popen([*command, f"--listen=127.0.0.1:{port}", "barter.wsgi:application"], cwd=ROOT, env=env) for port in ports]
    try:
        for port in ports:
            until = time.monotonic() + 90
            while Browser(f"http://127.0.0.1:{port}").ask("/healthz")[0] != 200:
                assert time.monotonic() < until, "a server did not start"
                time.sleep(0.3)
        yield [f"http://127.0.0.1:{port}" for port in ports]
    finally:
        for process in running:
            process.kill()
            process.wait()


def admitted(servers: list[str], login: str, tries: int) -> int:
    """How many of so many wrong passwords, sent to all servers at once, were compared with the right one."""
    browsers = [Browser(servers[n % WORKERS]) for n in range(8)]
    for browser in browsers:
        assert browser.ask("/accounts/login/")[0] == 200

    def send(n: int) -> bool:
        status, _to, page = browsers[n % 8].ask("/accounts/login/", {"login": login, "password": f"wrong {n}"})
        assert status in (200, 429)
        return status == 200 and "失败次数过多" not in page

    with ThreadPoolExecutor(8) as pool:
        return sum(pool.map(send, range(tries)))


@pytest.mark.spec("B16")
@pytest.mark.parametrize("kind", ["main", "sub", "nobody"])
def test_four_workers_admit_no_more_wrong_passwords_than_the_limit(servers, kind):
    cache.clear()
    firm = verified_enterprise()
    login = {"main": main_account(firm).email, "sub": sub_account(firm).username, "nobody": f"{firm.handle}/nobody"}[kind]

    assert 1 <= admitted(servers, login, TRIES) <= LIMIT + 2


@pytest.mark.spec("B16")
def test_four_workers_admit_no_more_from_one_network_whatever_the_names(servers):
    cache.clear()
    browser_of = [Browser(base) for base in servers]
    for browser in browser_of:
        browser.ask("/accounts/login/")

    def send(n: int) -> bool:
        status, _to, page = browser_of[n % WORKERS].ask("/accounts/login/", {"login": f"name{n}@example.com", "password": "wrong"})
        return status == 200 and "失败次数过多" not in page

    with ThreadPoolExecutor(4) as pool:
        through = sum(pool.map(send, range(TRIES)))
    assert 1 <= through <= 10 + 2
