"""Words, subprocesses, locks and the places of a checkout."""

import contextlib
import ctypes
import fcntl
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV, LOCAL, LOCKS, DEV = ROOT / ".venv", ROOT / ".local", ROOT / "requirements", ROOT / "dev"
# The beginning of short programs run by .venv's Python; Ctrl-C ends them without a traceback.
DJANGO = "import signal; signal.signal(signal.SIGINT, signal.SIG_DFL); import django; django.setup()\n"
PY, LOGS, STATE = VENV / "bin/python", LOCAL / "log", LOCAL / "up.json"
BEGAN = time.perf_counter()


def say(words):
    print(f"[{time.perf_counter() - BEGAN:5.1f}s] {words}", file=sys.stderr, flush=True)


def die(words):
    sys.exit(f"./dev: {words}")


def run(*command, **options):
    return subprocess.run([str(part) for part in command], **options)


def quiet(*command, **options):
    return run(*command, **{"capture_output": True, "text": True, "stdin": subprocess.DEVNULL, **options})


def die_with_parent():
    """For a child's first moment: it ends when this process does, however that ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def tail(path, lines=15):
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:]) if path.exists() else ""


@contextlib.contextmanager
def only_one(name, when_busy=None):
    """Hold the lock .local/<name>.lock; it vanishes with the process, however that dies."""
    with open(LOCAL / f"{name}.lock", "a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if when_busy:
                raise SystemExit(when_busy()) from None
            say(f"another ./dev holds the {name} lock; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
