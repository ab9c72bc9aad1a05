"""The door to whoever knows where a load is: an interface, the tracking service's query, and the sandbox carrier of demonstrations."""

import hashlib
import json
import urllib.parse
import urllib.request
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from django.conf import settings

from .tracking import COMPANIES, PHONE_NEEDED, SF_STEPS, Step, read_rows

ADDRESS = "https://poll.kuaidi100.com/poll/query.do"
PAUSE = timedelta(minutes=45)  # the service locks a number that is asked about more often than each half hour
MOST_BYTES = 1_000_000


@dataclass(frozen=True)
class Load:
    """What a feed is asked about. `phone_tail` are the last four digits of the receiver's phone, only where the carrier wants them."""

    carrier: str
    number: str
    left_at: datetime
    origin: str = ""
    destination: str = ""
    phone_tail: str = ""


@dataclass(frozen=True)
class Answer:
    """All steps that are known, and when to ask again; None when nothing more will come."""

    steps: tuple[Step, ...]
    again_at: datetime | None


class Feed(Protocol):
    """Somebody who can be asked; an exception means: try again later. `source` is what pages say of where the news is from."""

    source: str

    def knows(self, carrier: str) -> bool:
        """Whether loads of this carrier can be asked about."""

    def ask(self, load: Load, at: datetime) -> Answer:
        """What is known of a load at a moment; asking twice answers the same steps."""


# ---------- sandbox ----------

HUBS = ("武汉", "郑州", "杭州", "西安", "长沙", "合肥", "南京", "成都")
# Share of the journey, the carrier's code for what happens there (SF's route), and where: 0 at the sender, 1 at a hub, 2 at the receiver.
ROUTE = (
    (0.02, "54", 0), (0.08, "30", 0), (0.10, "36", 0), (0.38, "31", 1), (0.46, "36", 1), (0.82, "31", 2), (0.90, "44", 2),
    (0.93, "204", 2), (1.00, "80", 2),
)  # fmt: skip


class Sandbox:
    """A carrier inside the product: each number has its own route and pace, played on the clock and the same however often it is asked."""

    source = "sandbox"

    def knows(self, carrier: str) -> bool:
        return carrier not in ("own", "other")  # what nobody could be asked about, is told by hand or file

    def ask(self, load: Load, at: datetime) -> Answer:
        steps = self.route(load)
        ahead = [step.happened_at for step in steps if step.happened_at > at]
        return Answer(tuple(step for step in steps if step.happened_at <= at), min(ahead, default=None))

    def route(self, load: Load) -> list[Step]:
        """The whole journey: 30 to 75 hours from door to door, one hub between."""
        seed = int.from_bytes(hashlib.sha256(f"{load.carrier}:{load.number}".encode()).digest()[:4])
        whole = timedelta(hours=30 + seed % 46)
        hub = next(hub for hub in (*HUBS[seed % len(HUBS) :], *HUBS) if hub not in (load.origin, load.destination))
        places = (load.origin and f"{load.origin}营业部", f"{hub}转运中心", load.destination and f"{load.destination}营业部")
        start = load.left_at.replace(microsecond=0)
        return [Step(SF_STEPS[code], (start + whole * share).replace(microsecond=0), places[where]) for share, code, where in ROUTE]


# ---------- the tracking service ----------


class Kuaidi100:
    """The service's live query (DOMAIN §5); where a push is subscribed too, both tell the same and nothing is stored twice."""

    source = "carrier"

    def __init__(self, customer: str, key: str, address: str = ADDRESS):
        self.customer, self.key, self.address = customer, key, address

    def knows(self, carrier: str) -> bool:
        return carrier in COMPANIES

    def form(self, load: Load) -> dict[str, str]:
        """The signed question."""
        asked = {
            "com": COMPANIES[load.carrier], "num": load.number, "phone": load.phone_tail if load.carrier in PHONE_NEEDED else "",
            "from": "", "to": "", "resultv2": "4", "show": "0", "order": "desc",
        }  # fmt: skip
        param = json.dumps(asked, ensure_ascii=False, separators=(",", ":"))
        signed = hashlib.md5((param + self.key + self.customer).encode(), usedforsecurity=False).hexdigest().upper()
        return {"customer": self.customer, "sign": signed, "param": param}

    def ask(self, load: Load, at: datetime) -> Answer:
        body = urllib.parse.urlencode(self.form(load)).encode()
        with urllib.request.urlopen(urllib.request.Request(self.address, body), timeout=10) as reply:  # noqa: S310
            told = json.loads(reply.read(MOST_BYTES))
        if not isinstance(told, dict) or told.get("result") is False or not isinstance(told.get("data"), list):
            raise ValueError(f"the tracking service answered {str(told)[:200]}")
        return Answer(read_rows(told), None if str(told.get("state")) in ("3", "4") else at + PAUSE)


def feed() -> Feed | None:
    """Whom this installation asks (TRACKING_FEED); None: nobody, news comes by push, by file or by hand."""
    if settings.TRACKING_FEED == "sandbox":
        return Sandbox()
    if settings.TRACKING_FEED == "kuaidi100":
        return Kuaidi100(settings.TRACKING_CUSTOMER, settings.TRACKING_KEY)
    return None
