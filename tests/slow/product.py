"""The whole product as real processes on servers of its own, every one of which can be killed and started again."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

from launcher.machine import LOGS, PY, ROOT
from launcher.product import BEAT, PREPARE, WEB, WORKER, Child
from launcher.servers import Postgres, Valkey, kept_secrets, socket_folder

NAME = "pg-kill"


def sockets_beside(postgres: Postgres) -> Path:
    return postgres.data.parent / NAME.replace("pg-", "sockets-")


def own_postgres(durable: bool = True) -> Postgres:
    """A new cluster with sockets of its own: nobody else's server is ever in reach of a kill."""
    postgres = Postgres(NAME, durable)
    base = sockets_beside(postgres)
    base.mkdir(mode=0o755, exist_ok=True)
    postgres.socket = socket_folder(base, {postgres.identity.get("user", os.geteuid())})
    if "user" in postgres.identity:
        os.chown(postgres.socket, postgres.identity["user"], postgres.identity["group"])
    postgres.stop()
    shutil.rmtree(postgres.data, ignore_errors=True)
    return postgres


def end(postgres: Postgres) -> None:
    """Stop an own cluster and leave nothing of it behind."""
    postgres.stop()
    for folder in (postgres.data, postgres.socket, sockets_beside(postgres)):
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Product:
    """`with Product(folder) as product`: everything runs; `kill(what)` sends SIGKILL and starts it again."""

    def __init__(self, folder: Path):
        self.postgres, self.valkey, self.port = own_postgres(), Valkey(NAME), free_port()
        self.url, self.children = f"http://127.0.0.1:{self.port}", {}
        self.valkey.stop()
        shutil.rmtree(self.valkey.folder, ignore_errors=True)
        plain = {k: v for k, v in os.environ.items() if not k.startswith(("DATABASE_", "REDIS_", "PYTEST_"))}
        self.env = {
            **plain, **kept_secrets(), "DEBUG": "1", "ALLOWED_HOSTS": "127.0.0.1", "SITE_URL": self.url,
            "MEDIA_ROOT": str(folder / "media"), "MAIL_FILE_PATH": str(folder / "mail"), "DJANGO_SETTINGS_MODULE": "barter.settings",
            **self.postgres.environment(), **self.valkey.environment(),
        }  # fmt: skip
        self.owner = {**self.env, "DATABASE_URL": self.env["DATABASE_OWNER_URL"]}

    def __enter__(self):
        for folder in (LOGS, Path(self.env["MEDIA_ROOT"]), Path(self.env["MAIL_FILE_PATH"])):
            folder.mkdir(parents=True, exist_ok=True)
        try:
            self.postgres.start()
            self.valkey.start()
            self.run(PREPARE)
            commands = {"web": [WEB[0], f"--listen=127.0.0.1:{self.port}", *WEB[1:]], "worker": WORKER}
            commands["beat"] = [*BEAT, "-s", str(Path(self.env["MEDIA_ROOT"]) / "beat-schedule")]
            for name, command in commands.items():
                self.children[name] = Child(f"kill-{name}", command, self.env)
            self.wait_for_web()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_args):
        for child in self.children.values():
            child.signal(signal.SIGKILL)
            child.process.wait()
        self.valkey.stop()
        shutil.rmtree(self.valkey.folder, ignore_errors=True)
        end(self.postgres)

    def run(self, code: str, *arguments: str, timeout: float = 600) -> str:
        """Run Python code as the owner of the database and return what it prints."""
        done = subprocess.run(
            [str(PY), "-c", code, *arguments], cwd=ROOT, env=self.owner, capture_output=True, text=True, timeout=timeout, check=False
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    def manage(self, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [str(PY), "manage.py", *arguments], cwd=ROOT, env=self.owner, capture_output=True, text=True, timeout=600, check=False
        )

    def sql(self, statement: str) -> list[str]:
        done = self.postgres.tool("psql", "-h", self.postgres.socket, "-U", "barter", "-d", "evenhand", "-XAtc", statement)
        assert done.returncode == 0, done.stderr
        return done.stdout.split("\n")[:-1]

    def wait_for_web(self, seconds: float = 60) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with contextlib.suppress(OSError):
                if urllib.request.urlopen(self.url + "/healthz", timeout=5).status == 200:
                    return
            time.sleep(0.1)
        raise AssertionError(f"no answer from the web server within {seconds} s")

    def kill(self, what: str) -> None:
        """SIGKILL one part, with everything it started, and start it again as the supervisor would."""
        if what == "postgres":
            kill_family(int((self.postgres.data / "postmaster.pid").read_text().split()[0]))
            self.postgres.start()
        elif what == "valkey":
            kill_family(valkey_pid(self.valkey))
            self.valkey.start()
        else:
            child = self.children[what]
            child.signal(signal.SIGKILL)
            child.process.wait()
            child.start()


def kill_family(pid: int) -> None:
    """SIGKILL a process and the children it has at this moment."""
    children = [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    for each in (pid, *children):
        with contextlib.suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)
    for each in (pid, *children):
        until = time.monotonic() + 10
        while alive(each) and time.monotonic() < until:
            time.sleep(0.02)


def alive(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    return False


def valkey_pid(valkey: Valkey) -> int:
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(5)
        line.connect(str(valkey.socket))
        line.sendall(b"INFO server\r\n")
        return int(re.search(rb"process_id:(\d+)", line.recv(20_000))[1])


WORLD = """
import django; django.setup()
import json
from kernel.money import CREDIT, Money
from tests.worlds import allow_credit, live_listing, main_account, verified_enterprise
seller = verified_enterprise()
listing = live_listing(seller, stock=90_000_000)
buyers = [verified_enterprise() for _ in range(4)]
for buyer in buyers:
    allow_credit(buyer, 10**13)
print(json.dumps({
    "seller": [main_account(seller).email, seller.pk], "buyers": [[main_account(b).email, b.pk] for b in buyers],
    "listing": [listing.pk, listing.no, listing.price_minor],
}))
"""


def build_world(product: Product) -> dict:
    """One seller with goods and four buyers with credit, made by the services."""
    return json.loads(product.run(WORLD).strip().splitlines()[-1])
