"""Looking into an uploaded PDF in a process of its own, with limits on time and memory: what comes is somebody else's (P29).

Run as `python -m kernel.inspection`: bytes on standard input; on standard output one word and, when links were taken out, the new bytes.
It imports nothing of Django.

Links of a page are taken out rather than refused: scanning apps put one into every licence they make, and the member cannot see it. What
runs, opens another file or brings one along is refused. A file without links is kept as it came, so that a signature in it stays good.
"""

import io
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

CLEAN, UNLINKED, ACTIVE, BROKEN = "clean", "unlinked", "active", "broken"
CPU_SECONDS, WALL_SECONDS, MAX_BYTES = 1.6, 15, 1_000_000_000
# A few megabytes must not unfold to gigabytes: each stream, all object streams together, and the number of objects are bounded.
UNFOLDED, MAX_OBJECTS = 64 * 1024 * 1024, 20_000
ACTIVE_KEYS = {"/JS", "/JavaScript", "/OpenAction", "/AA", "/EmbeddedFile", "/EmbeddedFiles", "/EF", "/XFA", "/RichMedia"}
ACTIVE_KINDS = {
    "/JavaScript", "/Launch", "/GoToR", "/GoToE", "/SubmitForm", "/ImportData", "/Rendition", "/RichMedia", "/RichMediaExecute",
    "/FileAttachment", "/Movie", "/Sound", "/Screen", "/EmbeddedFile",
}  # fmt: skip


def _limits() -> None:
    signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)  # of processor time, kept by the program that follows, which does not catch it
    resource.setrlimit(resource.RLIMIT_CPU, (int(CPU_SECONDS) + 1, int(CPU_SECONDS) + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MAX_BYTES, MAX_BYTES))
    os.nice(10)  # pages of others go first


def inspect_pdf(body: bytes) -> tuple[str, bytes]:
    """Answer clean, unlinked, active (scripts, actions, attached files) or broken, and the bytes to keep.

    A check that does not finish within the limits is broken.
    """
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
        return BROKEN, b""
    word, _, made = done.stdout.partition(b"\n")
    if done.returncode != 0 or word.decode(errors="replace") not in (CLEAN, UNLINKED, ACTIVE):
        return BROKEN, b""
    return word.decode(), made if word.decode() == UNLINKED else body


def look_into(body: bytes) -> tuple[str, bytes]:
    """The check itself; raises what pikepdf raises on hostile bytes, ValueError for a PDF without pages or beyond the limits."""
    import pikepdf

    pikepdf.settings.set_qpdf_limits(
        flate_max_memory=UNFOLDED, png_max_memory=UNFOLDED, tiff_max_memory=UNFOLDED, run_length_max_memory=UNFOLDED,
        max_stream_filters=4, parser_max_container_size=2_000_000, doc_max_warnings=200,
    )  # fmt: skip
    with pikepdf.open(io.BytesIO(body)) as pdf:
        _bounded(pdf)
        if any(_active(thing) for thing in pdf.objects) or _active(pdf.Root):
            return ACTIVE, b""
        if not sum(_unlink(thing) for thing in pdf.objects):
            return CLEAN, b""
        out = io.BytesIO()
        pdf.save(out)
    return UNLINKED, out.getvalue()


def _bounded(pdf) -> None:
    """Refuse what unfolds to too much before anything walks through it; the trailer's own count is the cheapest to ask."""
    import pikepdf

    if int(pdf.trailer.get("/Size", 0)) > 2 * MAX_OBJECTS or len(pdf.objects) > MAX_OBJECTS:
        raise ValueError("too many objects")
    if not len(pdf.pages):
        raise ValueError("no pages")
    unfolded = 0
    for thing in pdf.objects:
        if isinstance(thing, pikepdf.Stream) and {"/N", "/First"} <= set(thing.stream_dict.keys()):
            # Objects lie in it: one that cannot be unfolded would hide them from us and not from a reader.
            unfolded += len(thing.read_bytes())
            if unfolded > UNFOLDED:
                raise ValueError("unfolds to too much")


def _inside(thing):
    """The dictionaries written in an object, with whether each belongs to a stream; objects it only refers to are asked on their own."""
    import pikepdf

    waiting = [thing]
    while waiting:
        found = waiting.pop()
        streams = isinstance(found, pikepdf.Stream)
        found = found.stream_dict if streams else found
        if isinstance(found, pikepdf.Dictionary):
            yield found, streams
            inner = list(found.values())
        else:
            inner = list(found) if isinstance(found, pikepdf.Array) else []
        waiting += [part for part in inner if isinstance(part, (pikepdf.Dictionary, pikepdf.Array)) and not part.is_indirect]


def _active(thing) -> bool:
    """Whether an object, or anything written inside it, acts or reaches for another file."""
    for found, streams in _inside(thing):
        kinds = {str(found.get(key)) for key in ("/S", "/Subtype", "/Type")}
        if ACTIVE_KEYS & set(found.keys()) or ACTIVE_KINDS & kinds or _names_a_file(found.get("/F"), streams):
            return True
    return False


def _names_a_file(value, streams: bool) -> bool:
    """Whether an entry /F is a file: always for a stream, whose content then lies elsewhere; a number is an annotation's flags."""
    import pikepdf

    if value is None or streams:
        return value is not None
    if isinstance(value, pikepdf.Dictionary):
        return str(value.get("/Type")) in ("/Filespec", "/F") or bool({"/UF", "/FS"} & set(value.keys()))
    return isinstance(value, pikepdf.String)


def _unlink(thing) -> int:
    """Take out what a click would do, except going to another page of the same paper; return how many there were."""
    import pikepdf

    taken = 0
    for found, _streams in _inside(thing):
        act = found.get("/A")
        if isinstance(act, pikepdf.Dictionary) and "/S" in act and (str(act["/S"]) != "/GoTo" or "/Next" in act):
            del found["/A"]
            taken += 1
    return taken


if __name__ == "__main__":
    said, rewritten = look_into(sys.stdin.buffer.read())
    sys.stdout.buffer.write(said.encode() + b"\n" + rewritten)
