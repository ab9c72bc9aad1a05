"""HTML to PDF in a process of its own, with limits on time and memory and nothing to fetch (F11, F12, P35)."""

import contextlib
import resource
import subprocess
import sys

MAX_SECONDS, MAX_BYTES = 60, 1_500_000_000


class RenderError(RuntimeError):
    """The document could not be made; nothing was written. Deliveries try again."""


def _limits():
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_SECONDS, MAX_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MAX_BYTES, MAX_BYTES))


def render_pdf(html: str) -> bytes:
    """Turn one self-contained HTML document into PDF bytes; raises RenderError."""
    if not html.strip():
        raise RenderError("an empty document")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "kernel.pdf"],
            input=html.encode(),
            capture_output=True,
            timeout=MAX_SECONDS + 5,
            preexec_fn=_limits,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise RenderError("rendering took too long") from error
    except (OSError, UnicodeEncodeError) as error:
        raise RenderError(f"the renderer could not be asked: {error!r}") from error
    if done.returncode or not done.stdout.startswith(b"%PDF"):
        raise RenderError(done.stderr.decode(errors="replace")[-800:] or f"renderer ended with {done.returncode}")
    return done.stdout


def main() -> None:
    """Read HTML on standard input, write PDF on standard output."""
    from weasyprint import HTML, URLFetcher

    from .pdf_fonts import slim

    html = sys.stdin.buffer.read().decode()
    body = HTML(string=html, url_fetcher=URLFetcher(allowed_protocols=["data"])).write_pdf()
    with contextlib.suppress(Exception):  # a larger file is better than none
        body = slim(body)
    sys.stdout.buffer.write(body)


if __name__ == "__main__":
    main()
