"""Looking into an uploaded PDF in a process of its own, with limits on time and memory: what comes is somebody else's (P29).

Run as `python -m kernel.inspection`: bytes on standard input, one word on standard output. It imports nothing of Django.
"""

import io
import os
import resource
import subprocess
import sys
from pathlib import Path

CLEAN, ACTIVE, BROKEN = "clean", "active", "broken"
CPU_SECONDS, WALL_SECONDS, MAX_BYTES = 4, 15, 1_000_000_000
# A few megabytes must not unfold to gigabytes: each stream, all object streams together, and the number of objects are bounded.
UNFOLDED, MAX_OBJECTS = 64 * 1024 * 1024, 20_000
ACTIVE_KEYS = {"/JS", "/JavaScript", "/OpenAction", "/AA", "/EmbeddedFile", "/EmbeddedFiles", "/EF", "/XFA", "/RichMedia"}
ACTIVE_KINDS = {
    "/JavaScript", "/Launch", "/GoToR", "/GoToE", "/SubmitForm", "/ImportData", "/Rendition", "/RichMedia", "/RichMediaExecute",
    "/FileAttachment", "/Movie", "/Sound", "/Screen", "/EmbeddedFile",
}  # fmt: skip


def _limits() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MAX_BYTES, MAX_BYTES))
    os.nice(10)  # pages of others go first


def inspect_pdf(body: bytes) -> str:
    """Answer clean, active (scripts, actions, attached files) or broken; a check that does not finish within the limits is broken."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "kernel.inspection"],
            input=body,
            capture_output=True,
            timeout=WALL_SECONDS,
            preexec_fn=_limits,
            cwd=Path(__file__).resolve().parent.parent,
            check=False,
        )
    except (subprocess.TimeoutExpired, OSError):
        return BROKEN
    word = done.stdout.decode(errors="replace").strip()
    return word if done.returncode == 0 and word in (CLEAN, ACTIVE) else BROKEN


def look_into(body: bytes) -> str:
    """The check itself; raises what pikepdf raises on hostile bytes, ValueError for a PDF without pages or beyond the limits."""
    import pikepdf

    pikepdf.settings.set_qpdf_limits(
        flate_max_memory=UNFOLDED, png_max_memory=UNFOLDED, tiff_max_memory=UNFOLDED, run_length_max_memory=UNFOLDED,
        max_stream_filters=4, parser_max_container_size=2_000_000, doc_max_warnings=200,
    )  # fmt: skip
    with pikepdf.open(io.BytesIO(body)) as pdf:
        if not len(pdf.pages):
            raise ValueError("no pages")
        if len(pdf.objects) > MAX_OBJECTS:
            raise ValueError("too many objects")
        unfolded = 0
        for thing in pdf.objects:
            if isinstance(thing, pikepdf.Stream) and {"/N", "/First"} <= set(thing.stream_dict.keys()):
                # Objects lie in it: one that cannot be unfolded would hide them from us and not from a reader.
                unfolded += len(thing.read_bytes())
                if unfolded > UNFOLDED:
                    raise ValueError("unfolds to too much")
        active = any(_active(thing) for thing in pdf.objects) or _active(pdf.Root)
    return ACTIVE if active else CLEAN


def _active(thing) -> bool:
    """Whether an object, or anything written inside it, acts; objects it only refers to are asked on their own."""
    import pikepdf

    waiting = [thing]
    while waiting:
        found = waiting.pop()
        if isinstance(found, pikepdf.Stream):
            found = found.stream_dict
            if "/F" in found:  # its content lies in a file elsewhere
                return True
        if isinstance(found, pikepdf.Dictionary):
            kinds = {str(found.get(key)) for key in ("/S", "/Subtype", "/Type")}
            if ACTIVE_KEYS & set(found.keys()) or ACTIVE_KINDS & kinds:
                return True
            inner = list(found.values())
        else:
            inner = list(found) if isinstance(found, pikepdf.Array) else []
        waiting += [part for part in inner if isinstance(part, (pikepdf.Dictionary, pikepdf.Array)) and not part.is_indirect]
    return False


if __name__ == "__main__":
    sys.stdout.write(look_into(sys.stdin.buffer.read()))
