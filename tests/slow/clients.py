"""Clients that never give up: each form is sent with its key again and again until an answer has come."""

import http.cookiejar
import random
import re
import secrets
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

PASSWORD = "correct-horse-7"  # what tests.worlds gives everybody
PATIENCE = 120  # seconds for one form; longer means the product stayed broken


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args):
        return None


class Browser:
    """Cookies, CSRF and nothing else."""

    def __init__(self, base: str):
        self.base, self.cookies = base, http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(
            NoRedirect, urllib.request.HTTPCookieProcessor(self.cookies), urllib.request.ProxyHandler({})
        )

    def ask(self, path: str, data: dict | None = None) -> tuple[int, str, str]:
        """Return status, Location and body; 0 when the connection failed."""
        if data is not None:
            token = next((c.value for c in self.cookies if c.name == "csrftoken"), "")
            data = urllib.parse.urlencode({**data, "csrfmiddlewaretoken": token}).encode()
        try:
            with self.opener.open(self.base + path, data, timeout=15) as answer:
                return answer.status, "", answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.headers.get("Location", ""), error.read().decode(errors="replace")
        except (OSError, EOFError, ValueError) as error:  # refused, reset, cut off in the middle
            return 0, "", repr(error)
        except Exception as error:  # http.client raises its own kinds when an answer is cut off
            return 0, "", repr(error)

    def until(self, good, path: str, data: dict | None = None) -> tuple[int, str, str]:
        """Ask again and again until `good(status)`; statuses of a broken server (0 and 5xx) are tried again, others are failures."""
        began = time.monotonic()
        while True:
            status, location, body = self.ask(path, data)
            if good(status):
                return status, location, body
            assert status == 0 or status >= 500, f"{path} answered {status}: {told(body)}"
            assert time.monotonic() - began < PATIENCE, f"{path}: no answer for {PATIENCE} s (last {status} {body[:300]})"
            time.sleep(0.15)

    def log_in(self, email: str) -> "Browser":
        self.until(lambda s: s == 200, "/accounts/login/")
        self.until(lambda s: s == 302, "/accounts/login/", {"login": email, "password": PASSWORD})
        return self


class Client(threading.Thread):
    """A buyer who proposes order after order; the seller confirms some of them. Everything acknowledged is written down."""

    def __init__(self, base: str, world: dict, number: int, seed: int, stop: threading.Event):
        super().__init__(daemon=True)
        self.rng, self.stop, self.world = random.Random(f"{seed}/{number}"), stop, world
        self.buyer = Browser(base).log_in(world["buyers"][number][0])
        self.seller = Browser(base).log_in(world["seller"][0])
        self.proposed: dict[str, str] = {}  # request key -> order number we were told
        self.confirmed: dict[str, str] = {}
        self.failure = ""

    def run(self):
        try:
            while not self.stop.is_set():
                no = self.propose()
                if self.rng.random() < 0.04:
                    self.confirm(no)
                self.stop.wait(self.rng.uniform(0.1, 0.5))
        except BaseException as error:
            self.failure = repr(error)

    def propose(self) -> str:
        pk, goods, price = self.world["listing"]
        key = secrets.token_urlsafe(16)
        data = {
            "step": "send", "request_key": key, "get_1": pk, "get_1_quantity": self.rng.randint(10, 30), "get_1_seen": price,
            "payer": "me", "credit": "100.00", "cash": "", "note": "",
        }  # fmt: skip
        path = f"/me/orders/new/?goods={goods}"
        no = number_in(self.buyer.until(lambda s: s == 302, path, data)[1])
        self.proposed[key] = no
        if self.rng.random() < 0.2:  # the impatient click twice
            again = number_in(self.buyer.until(lambda s: s == 302, path, data)[1])
            assert again == no, f"{key} was answered with {no}, then with {again}"
        return no

    def confirm(self, no: str) -> None:
        page = self.seller.until(lambda s: s == 200, f"/me/orders/{no}/confirmation/")[2]
        key = secrets.token_urlsafe(16)
        data = {"request_key": key, "terms_hash": re.search(r'name="terms_hash" value="(\w+)"', page)[1]}
        self.seller.until(lambda s: s == 302, f"/me/orders/{no}/confirmation/", data)
        self.confirmed[key] = no


def told(body: str) -> str:
    """The words of a page from its heading on, for whoever reads why the product said no."""
    words = re.sub(r"<[^>]+>", " ", body.partition("<h1")[2])
    return " ".join(words.split())[:300]


def number_in(location: str) -> str:
    found = re.fullmatch(r"/me/orders/([^/]+)/", location)
    assert found, f"sent on to {location!r}"
    return found[1]
