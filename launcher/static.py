"""The style, script and picture files of `./dev up`: hashed and compressed once, and again when one of them has changed."""

import hashlib
import shutil
import subprocess

from launcher.machine import DJANGO, LOCAL, PY, ROOT, VENV, die, die_with_parent, say

PLACE = LOCAL / "static"
COLLECT = f"""{DJANGO}from django.core.management import call_command as call
call("collectstatic", interactive=False, verbosity=0)"""


def static_environment(env):
    """Where the collected files are; empty while developing (DEBUG), when each file is served as it stands."""
    return {} if env["DEBUG"].lower() in ("1", "true", "yes", "on") else {"MANIFEST_STATIC": "1", "STATIC_ROOT": str(PLACE)}


def fingerprint():
    """Changes with every file that is collected and with what collects it."""
    files = sorted(path for path in (ROOT / "static").rglob("*") if path.is_file())
    stamps = [f"{path.relative_to(ROOT)} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files]
    makers = [ROOT / "barter/settings.py", ROOT / "barter/staticfiles.py", ROOT / "kernel/stylesheets.py", VENV / ".stamp"]
    return hashlib.sha256("\n".join(stamps).encode() + b"".join(path.read_bytes() for path in makers)).hexdigest()


class StaticFiles:
    """Collects beside other work; `wait` ends it. An interrupted collection leaves no stamp and begins anew."""

    def __init__(self, env):
        self.stamp, self.process, self.print = PLACE.with_name("static.stamp"), None, ""
        more = static_environment(env)
        if not more:
            return
        self.print = fingerprint()
        if self.stamp.exists() and self.stamp.read_text() == self.print and (PLACE / "staticfiles.json").exists():
            return
        self.stamp.unlink(missing_ok=True)
        shutil.rmtree(PLACE, ignore_errors=True)
        # Only files are read and written: no key and no database is needed.
        given = {**env, **more, "DJANGO_SETTINGS_MODULE": "barter.settings"}
        self.process = subprocess.Popen([PY, "-c", COLLECT], cwd=ROOT, env=given, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        preexec_fn=die_with_parent)  # fmt: skip

    def wait(self):
        if self.process is None:
            return
        if self.process.wait():
            die("the style files could not be collected (see above)")
        self.stamp.write_text(self.print)
        say("style files hashed and compressed")

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
