"""What carriers say, in our own words (DOMAIN §5): numbers, steps, and the push of the tracking service in its published shape."""

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from kernel.workdays import SHANGHAI

KINDS = (
    "created", "picked_up", "in_transit", "out_for_delivery", "signed", "exception", "rejected", "returning", "returned", "lost",
)  # fmt: skip
# The tracking service's `state` (first digits of its finer ones) in our vocabulary.
STATES = {
    "0": "in_transit", "1": "picked_up", "2": "exception", "3": "signed", "4": "returned", "5": "out_for_delivery", "6": "returning",
    "7": "in_transit", "8": "in_transit", "10": "in_transit", "11": "in_transit", "12": "in_transit", "13": "exception", "14": "rejected",
    "101": "created", "102": "created", "103": "picked_up", "401": "exception",
}  # fmt: skip
SF_STEPS = {
    "54": "picked_up", "50": "picked_up", "30": "in_transit", "36": "in_transit", "31": "in_transit", "44": "in_transit",
    "204": "out_for_delivery", "80": "signed",
}  # fmt: skip
COMPANIES = {
    "sf": "shunfeng", "jd": "jd", "zto": "zhongtong", "yto": "yuantong", "yunda": "yunda", "sto": "shentong", "deppon": "debangkuaidi",
    "jt": "jtexpress", "ems": "ems",
}  # fmt: skip
PHONE_NEEDED = ("sf", "zto")  # the service answers about these only with the phone of sender or receiver
MAX_STEPS = 500


@dataclass(frozen=True)
class Step:
    """One event of a load on its way: a word of KINDS, when it happened, where or what, in the carrier's words."""

    kind: str
    happened_at: datetime
    place: str = ""
    words: str = ""


@dataclass(frozen=True)
class Push:
    """A tracking service's message about one number; `steps` is all it knows, in any order, possibly known already."""

    company: str
    number: str
    status: str  # polling, shutdown, abort, updateall
    steps: tuple[Step, ...]


class PushRefused(ValueError):
    """A push that nobody signed, or that does not have the published shape."""


def signature(param: str, salt: str) -> str:
    """How the service signs what it pushes: upper-case MD5 of the text and the salt agreed for the subscription."""
    return hashlib.md5((param + salt).encode(), usedforsecurity=False).hexdigest().upper()


def read_push(form: Mapping[str, str], *, salt: str) -> Push:
    """Read a signed push; raises PushRefused for a wrong signature (compared in constant time) or shape."""
    param = form.get("param", "")
    if not salt or len(param) > 1_000_000 or not hmac.compare_digest(signature(param, salt), str(form.get("sign", "")).upper()):
        raise PushRefused("signature")
    try:
        told = json.loads(param)
        last = told["lastResult"]
        rows = last.get("data") or []
        if not isinstance(rows, list) or len(rows) > MAX_STEPS:
            raise PushRefused("shape")
        steps = tuple(_step(row, str(last.get("state", ""))) for row in rows)
        return Push(str(last["com"])[:40], str(last["nu"])[:40], str(told.get("status", ""))[:20], steps)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise PushRefused("shape") from error


def _step(row: Mapping, whole: str) -> Step:
    at = datetime.strptime(row.get("ftime") or row["time"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI)
    code = str(row.get("statusCode") or row.get("state") or "")
    kind = STATES.get(code) or STATES.get(code[:-2]) or STATES.get(whole[:1] if len(whole) > 2 else whole, "in_transit")
    if not code:  # only words: the state of the whole belongs to the newest step alone, the caller sees to that
        kind = "in_transit"
    return Step(kind, at, _plain(row.get("areaName") or row.get("location") or "", 80), _plain(row.get("context") or "", 200))


def _plain(text: object, most: int) -> str:
    return re.sub(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", " ", str(text)).strip()[:most]


def current(steps: Iterable[Step]) -> str:
    """Where a load stands: the kind of its latest event by the time it happened, whatever came in last; the order of KINDS breaks ties."""
    latest = max(steps, key=lambda step: (step.happened_at, KINDS.index(step.kind)), default=None)
    return latest.kind if latest else "created"
