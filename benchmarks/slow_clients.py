"""Which web server still answers while slow clients hold connections open? (PROMISES F15)

Each server runs a small WSGI app with the same number of threads and workers. A number of slow clients either never finish
their headers or never finish their body, one byte every two seconds; meanwhile ordinary requests are counted for five
seconds. Run it in an environment that holds all three servers:

    python -m benchmarks.slow_clients            # prints one line per server, kind and number of slow clients
"""

import contextlib
import http.client
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

APP = """
def application(environ, start_response):
    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]
"""
SERVERS = {
    "granian": "granian --interface wsgi --host 127.0.0.1 --port {port} --workers 2 --blocking-threads 8 --no-log slow_app:application",
    "waitress": "waitress --listen=127.0.0.1:{port} --threads=16 --connection-limit=1000 slow_app:application",
    "gunicorn": "gunicorn --no-control-socket --worker-class gthread --workers 2 --threads 8 --bind 127.0.0.1:{port} slow_app:application",
}
HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n"
CASES = [("none", 0), ("headers", 60), ("body", 60), ("headers", 300), ("body", 300)]
SECONDS = 5
CLIENTS = 4


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def serving(name: str):
    """Run one server on a free port until the block ends; yields the port."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "slow_app.py").write_text(APP)
        command = [sys.executable, "-m", *SERVERS[name].format(port=port).split()]
        child = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            for _ in range(100):
                with contextlib.suppress(OSError):
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                time.sleep(0.1)
            time.sleep(0.5)
            yield port
        finally:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


@contextlib.contextmanager
def slow_clients(port: int, kind: str, number: int):
    """Hold `number` connections open that never finish their headers or their body."""
    done = threading.Event()
    held = []
    for _ in range(number):
        client = socket.create_connection(("127.0.0.1", port), 5)
        client.sendall(HEAD if kind == "headers" else HEAD + b"\r\n")
        held.append(client)

    def drip():
        while not done.wait(2):
            for client in held:
                with contextlib.suppress(OSError):
                    client.sendall(b"X")

    dripping = threading.Thread(target=drip)
    dripping.start()
    try:
        yield
    finally:
        done.set()
        dripping.join()
        for client in held:
            client.close()


def ordinary_requests(port: int) -> tuple[list[float], int]:
    """Milliseconds of every request answered within the period, and the number that failed (no answer in 2 s)."""
    took, failed = [], []
    stop_at = time.perf_counter() + SECONDS

    def ask():
        while (began := time.perf_counter()) < stop_at:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
            try:
                connection.request("GET", "/")
                connection.getresponse().read()
                took.append((time.perf_counter() - began) * 1000)
            except OSError:
                failed.append(1)
            finally:
                connection.close()

    threads = [threading.Thread(target=ask) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return took, len(failed)


def main() -> None:
    for name in SERVERS:
        for kind, number in CASES:
            with serving(name) as port, slow_clients(port, kind, number):
                time.sleep(0.5)
                took, failed = ordinary_requests(port)
            row = {"server": name, "slow": kind, "connections": number, "answered": len(took), "failed": failed}
            if took:
                row |= {"median_ms": round(statistics.median(took), 1), "worst_ms": round(max(took))}
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
