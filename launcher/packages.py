"""The ladder from a bare Python to a filled .venv."""

import hashlib
import os
import shutil
import subprocess
import sys

from launcher.machine import LOCAL, LOCKS, PY, VENV, die, only_one, quiet, run, say

LADDER = {"base": [], "run": ["--group", "embedded"], "dev": ["--group", "dev"], "e2e": ["--group", "e2e"]}  # each holds the one before


def fingerprint(lock):
    config = VENV / "pyvenv.cfg"
    return hashlib.sha256((LOCKS / f"{lock}.lock").read_bytes() + (config.read_bytes() if config.exists() else b"")).hexdigest()


def ensure_packages(lock):
    """Bring .venv to requirements/<lock>.lock or one that holds it; a stamp makes the second time free."""
    stamp, names = VENV / ".stamp", list(LADDER)
    with only_one("install"):
        if PY.exists() and stamp.exists() and stamp.read_text() in map(fingerprint, names[names.index(lock) :]):
            return
        install(lock)
        stamp.write_text(fingerprint(lock))
        say("packages ready")


def pip_command():
    """The pip that can fill .venv: its own, or the system's on its behalf (a Debian without python3-venv)."""
    for pip in ([PY, "-m", "pip"], [sys.executable, "-m", "pip", "--python", PY]):
        if PY.exists() and quiet(*pip, "--version").returncode == 0:
            return pip
    return None


def make_venv():
    say("making .venv")
    shutil.rmtree(VENV, ignore_errors=True)
    quiet(sys.executable, "-m", "venv", "--without-pip", VENV)
    if not shutil.which("uv") and not pip_command():
        quiet(sys.executable, "-m", "venv", "--clear", VENV)
    if not PY.exists() or not (shutil.which("uv") or pip_command()):
        die("neither pip nor venv is here. On Debian or Ubuntu:  apt-get install python3-venv   (or python3-pip)")


def find_uv():
    """uv is only an accelerator: on the PATH, in .venv, or fetched by pip by hash; None when it cannot be had."""
    for uv in (shutil.which("uv"), VENV / "bin/uv"):
        if uv and os.access(uv, os.X_OK) and quiet(uv, "--version").returncode == 0:
            return uv
    pip = pip_command()
    if (
        pip
        and run(
            *pip,
            "install",
            "-q",
            "--disable-pip-version-check",
            "--require-hashes",
            "-r",
            LOCKS / "installer.lock",
            stderr=subprocess.DEVNULL,
        ).returncode
        == 0
    ):
        return VENV / "bin/uv"
    return None


def install(lock):
    """Fill .venv; what an interrupted run left may look whole and not be (a uv that cannot be run), so it is made anew."""
    begun = LOCAL / "installing"
    broken = begun.exists() or not PY.exists() or quiet(PY, "--version").returncode
    begun.touch()
    try:
        if broken or not (shutil.which("uv") or (VENV / "bin/uv").exists() or pip_command()):
            make_venv()
        fill(lock)
    except SystemExit:  # it said why, and nothing was cut off half-way
        begun.unlink()
        raise
    begun.unlink()


def fill(lock):
    say(f"installing requirements/{lock}.lock")
    wanted = ["-q", "--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", LOCKS / f"{lock}.lock"]
    if uv := find_uv():
        if run(uv, "pip", "install", "--python", PY, *wanted, env={**os.environ, "UV_SYSTEM_CERTS": "1"}).returncode == 0:
            return
        say("uv could not install the packages; trying pip")
    pip = pip_command()
    if not pip or run(*pip, "install", "--disable-pip-version-check", *wanted).returncode:
        die("the packages could not be installed (see above). Is the package index reachable? Run the command again to go on.")
