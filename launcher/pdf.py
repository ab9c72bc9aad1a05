"""The libraries and the font that PDF rendering needs from the system."""

import ctypes
import glob
import os
import pathlib
import re
import shutil
import subprocess
import time

from launcher.machine import LOCAL, quiet, say

DEBS = LOCAL / "debs"
PDF_LIBRARIES = ["libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz-subset.so.0"]
PDF_PACKAGES = ["libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "fonts-wqy-microhei"]
CJK_FONTS = ["wqy*", "*Noto*CJK*", "*NotoSansSC*", "*SourceHan*", "DroidSansFallback*", "PingFang*"]


def pdf_ready():
    """True when Pango and a font with Chinese glyphs are on the system (without the font a PDF shows boxes, silently)."""
    try:
        for name in PDF_LIBRARIES:
            ctypes.CDLL(name)
    except OSError:
        return False
    folders = ["/usr/share/fonts", "/usr/local/share/fonts", "/System/Library/Fonts", os.path.expanduser("~/.local/share/fonts")]
    return any(next(pathlib.Path(folder).rglob(pattern), None) for folder in folders for pattern in CJK_FONTS)


def pdf(args=()):
    """Install what PDF rendering needs: by apt-get as root, else into .local/debs; never an error, at most a warning."""
    tried = DEBS / "tried"  # a machine without a network is not asked at every start
    if "--if-due" not in args:
        tried.unlink(missing_ok=True)
    if pdf_ready() or (DEBS / "fonts.conf").exists() or (tried.exists() and time.time() - tried.stat().st_mtime < 3600):
        return 0
    DEBS.mkdir(parents=True, exist_ok=True)
    options = {"env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, "start_new_session": True, "timeout": 300}
    net = ["-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=15", "-o", "Acquire::https::Timeout=15"]
    try:
        if shutil.which("apt-get"):
            say("fetching the PDF libraries and a Chinese font in the background")
            order = ["apt-get", *net, "install", "-y", "--no-install-recommends", *PDF_PACKAGES]
            if os.geteuid() == 0 and (quiet(*order, **options).returncode == 0 or (
                quiet("apt-get", *net, "update", **options).returncode == 0 and quiet(*order, **options).returncode == 0)):  # fmt: skip
                return say("PDF libraries installed") or 0
            if fetch_debs(net, options):
                return say("PDF libraries fetched into .local/debs") or 0
    except subprocess.TimeoutExpired:
        pass
    tried.touch()
    say("warning: PDF rendering is off. As root:  apt-get install " + " ".join(PDF_PACKAGES) + "   (macOS: brew install pango)")
    return 0


def fetch_debs(net, options):
    """Without root: download the packages and all they need that is missing here, unpack them, point fontconfig at them."""
    lists, cache, root = DEBS / "lists", DEBS / "cache", DEBS / "root"
    apt = ["apt-get", *net, "-o", "Debug::NoLocking=1", "-o", f"Dir::Cache={cache}"]
    for folder in (lists / "partial", cache / "archives/partial", root):
        folder.mkdir(parents=True, exist_ok=True)
    if not glob.glob("/var/lib/apt/lists/*_Packages*"):
        apt += ["-o", f"Dir::State::lists={lists}"]
        quiet(*apt, "update", **options)
    uris = quiet(*apt, "install", "-qq", "-y", "--print-uris", "--no-install-recommends", *PDF_PACKAGES, **options).stdout
    names = re.findall(r"^'[^']+' ([^_\s]+)_", uris, re.MULTILINE)
    if not names or quiet(*apt, "download", *names, cwd=DEBS, **options).returncode:
        return False
    for package in DEBS.glob("*.deb"):
        if quiet("dpkg-deb", "-x", package, root).returncode:
            return False
        package.unlink()
    (DEBS / "fonts.conf").write_text(
        f'<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>{root}/usr/share/fonts</dir>'
        f"<dir>/usr/share/fonts</dir><cachedir>{cache}/fontconfig</cachedir></fontconfig>\n"
    )
    return True


def pdf_environment():
    """Where a rootless installation keeps its libraries and fonts; empty when the system has them."""
    if not (DEBS / "fonts.conf").exists():
        return {}
    folders = [*glob.glob(str(DEBS / "root/usr/lib/*-linux-*")), *filter(None, [os.environ.get("LD_LIBRARY_PATH")])]
    return {"LD_LIBRARY_PATH": ":".join(folders), "FONTCONFIG_FILE": str(DEBS / "fonts.conf")}
