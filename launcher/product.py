"""`./dev up`: the processes of the product and their supervision."""

import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

from launcher.machine import DEV, DJANGO, LOCAL, LOGS, PY, ROOT, STATE, die, die_with_parent, only_one, run, say, tail
from launcher.packages import ensure_packages
from launcher.pdf import pdf_environment
from launcher.servers import Services
from launcher.static import StaticFiles, static_environment

WEB = [
    "waitress",
    "--threads=8",
    "--connection-limit=1000",
    "--asyncore-use-poll",
    "--channel-timeout=60",
    "--no-clear-untrusted-proxy-headers",
    "barter.wsgi:application",
]
WORKER = ["celery", "-A", "barter.celery", "worker", "--concurrency=2", "--loglevel=WARNING", "--without-gossip", "--without-mingle"]
BEAT = ["celery", "-A", "barter.celery", "beat", "--loglevel=WARNING", "--pidfile="]
PREPARE = f"""{DJANGO}from django.core.management import call_command as call
call("migrate", verbosity=0); call("grant_roles", verbosity=0); call("messages", compile=True, verbosity=0)"""


class Child:
    """One process of the product, its log, and its return after a death."""

    def __init__(self, name, command, env):
        self.name, self.command, self.env, self.deaths = name, [str(PY), "-m", *map(str, command)], env, 0
        self.log, self.due = LOGS / f"{name}.log", None
        self.log.unlink(missing_ok=True)
        self.start()

    def start(self):
        with open(self.log, "a") as log:
            self.process = subprocess.Popen(self.command, env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=ROOT,
                                            start_new_session=True, preexec_fn=die_with_parent)  # fmt: skip
        self.began, self.due = time.monotonic(), None

    def heal(self):
        """Start again what has died: at once, then after longer and longer pauses when it keeps dying."""
        if self.due is None and self.process.poll() is not None:
            self.deaths = self.deaths + 1 if time.monotonic() - self.began < 30 else 1
            self.due = time.monotonic() + min(60, 2 ** (self.deaths - 1) - 1)
            self.signal(signal.SIGKILL)  # what it left behind
            say(f"the {self.name} process ended ({self.process.returncode}); starting it again. Its log: {self.log}\n{tail(self.log, 3)}")
        if self.due is not None and time.monotonic() >= self.due:
            self.start()
            return True
        return False

    def signal(self, number):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, number)

    def stop(self):
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(15)
        self.signal(signal.SIGKILL)
        self.process.wait()


def port_of(args):
    text = args[args.index("--port") + 1 : args.index("--port") + 2] if "--port" in args else [os.environ.get("PORT", "8000")]
    if not text or not text[0].isdigit() or not 0 < int(text[0]) < 65536:
        die("--port (or PORT) needs a number from 1 to 65535")
    port = int(text[0])
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
    except PermissionError:
        die(f"port {port} is reserved for root; choose one above 1023:  ./dev up --port 8000")
    except OSError:
        die(f"port {port} is taken by another program; choose another:  ./dev up --port {port + 1}")
    return port


def first_page(url, web):
    """Wait for the first answer and return its status; 0 when none came."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for _ in range(600):
        try:
            return opener.open(url, timeout=60).status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            if web.process.poll() is not None:
                return 0
            time.sleep(0.1)
    return 0


def running_already():
    state = json.loads(STATE.read_text()) if STATE.exists() else {}
    return (
        say(f"it runs already: {state.get('url', 'it is just starting')} (process {state.get('pid', '?')}); stop it with ./dev stop") or 0
    )


def end_orphans():
    """End the children of an `up` that was killed; only processes that still run this checkout's Python."""
    for pid in json.loads(STATE.read_text()).get("children", {}).values() if STATE.exists() else ():
        with contextlib.suppress(OSError):
            if str(PY).encode() in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes():
                os.killpg(pid, signal.SIGKILL)
    STATE.unlink(missing_ok=True)


def up(args):
    LOGS.mkdir(exist_ok=True)
    with only_one("up", running_already):
        end_orphans()
        port = port_of(args)
        url = f"http://127.0.0.1:{port}/"
        STATE.write_text(json.dumps({"pid": os.getpid()}))
        libraries = subprocess.Popen([sys.executable, DEV, "pdf", "--if-due"])
        ensure_packages("run")
        services, children = Services("pg"), []
        static = StaticFiles(services.environment())
        try:
            services.start()
            env = services.environment(SITE_URL=url.rstrip("/"), TRACKING_FEED="sandbox")
            env |= static_environment(env)
            owner = {**env, "DATABASE_URL": env["DATABASE_OWNER_URL"], "DJANGO_SETTINGS_MODULE": "barter.settings"}
            if run(PY, "-c", PREPARE, cwd=ROOT, env=owner, stdout=subprocess.DEVNULL).returncode:
                die("the database could not be prepared (see above)")
            say("database migrated, translations compiled")
            libraries.wait()
            env |= pdf_environment()
            static.wait()
            children.append(Child("web", [WEB[0], f"--listen=127.0.0.1:{port}", *WEB[1:]], env))
            status = first_page(url, children[0])
            if status != 200:
                say(f"the first page answered {status or 'nothing'}. The end of {LOGS / 'web.log'}:\n{tail(LOGS / 'web.log', 40)}")
            say(f"first page: {status or 'no answer'} at {url}")
            if "--check" in args or not status:
                return 0 if status == 200 else 1
            children += [Child("worker", WORKER, env), Child("beat", [*BEAT, "-s", LOCAL / "beat-schedule"], env)]
            watch(services, children, url, env, None if "--no-seed" in args else seed(env))
        finally:
            stop_all(services, children, libraries, static)


def seed(env):
    command = [str(PY), "manage.py", "seed", "--scenario", "demo", "--if-empty"]
    (LOGS / "seed.log").unlink(missing_ok=True)
    with open(os.open(LOGS / "seed.log", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as log:  # it names the demo's password
        return subprocess.Popen(command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=be_modest)


def be_modest():
    os.nice(5)
    die_with_parent()


def watch(services, children, url, env, seeding):
    """Print what runs, then keep it running until Ctrl-C."""
    pids = {child.name: child.process.pid for child in children}
    STATE.write_text(json.dumps({"pid": os.getpid(), "url": url, "children": pids}))
    print(f"\n  {url}   易衡 / Evenhand\n  running   " + ", ".join(f"{name} ({pid})" for name, pid in pids.items()), flush=True)
    print(f"  mailbox   {env['MAIL_FILE_PATH']}\n  logs      {LOGS}\n  stop      Ctrl-C\n", flush=True)
    while True:
        time.sleep(1)
        if seeding and seeding.poll() is not None:
            print(f"demo data {'ready' if not seeding.returncode else 'FAILED'}:\n{tail(LOGS / 'seed.log', 30)}\n", flush=True)
            seeding = None
        for server in services.embedded:
            if not server.alive():
                say(f"{server.title} has gone; starting it again")
                server.start()
        revived = [child for child in children if child.heal()]
        if revived:
            pids = {child.name: child.process.pid for child in children}
            STATE.write_text(json.dumps({"pid": os.getpid(), "url": url, "children": pids}))


def stop_all(services, children, libraries, static):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    say("stopping")
    for child in children:
        child.signal(signal.SIGINT if child.name == "web" else signal.SIGTERM)  # both let work in hand be finished
    for child in children:
        child.stop()
    libraries.terminate() if libraries.poll() is None else None
    static.stop()
    services.stop()
    STATE.unlink(missing_ok=True)
    say("stopped")
