"""What carriers say, in our own words (DOMAIN §5): numbers, steps, and the push of the tracking service in its published shape."""

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from kernel.workdays import SHANGHAI

KINDS = (
    "created", "picked_up", "in_transit", "out_for_delivery", "signed", "exception", "rejected", "returning", "returned", "lost",
)  # fmt: skip
# The tracking service's `state` (first digits of its finer ones) in our vocabulary.
STATES = {
    "0": "in_transit", "1": "picked_up", "2": "exception", "3": "signed", "4": "returned", "5": "out_for_delivery", "6": "returning",
    "7": "in_transit", "8": "in_transit", "10": "in_transit", "11": "in_transit", "12": "in_transit", "13": "exception", "14": "rejected",
    "101": "created", "102": "created", "103": "picked_up", "204": "rejected", "401": "exception",
}  # fmt: skip
# The same in the words that stand in a row's `status`.
WORDS = {
    "在途": "in_transit", "转投": "in_transit", "清关": "in_transit", "干线": "in_transit", "到达派件城市": "in_transit",
    "转递": "in_transit",
    "已下单": "created", "待揽收": "created", "揽收": "picked_up", "已揽收": "picked_up", "派件": "out_for_delivery",
    "投柜或驿站": "out_for_delivery", "签收": "signed", "本人签收": "signed", "代签": "signed", "派件异常后签收": "signed",
    "投柜或站签收": "signed", "疑难": "exception", "拒收": "rejected", "拒签": "rejected", "退回": "returning", "退签": "returned",
    "已销单": "exception",
}  # fmt: skip
SF_STEPS = {
    "54": "picked_up", "50": "picked_up", "30": "in_transit", "36": "in_transit", "31": "in_transit", "44": "in_transit",
    "204": "out_for_delivery", "80": "signed",
}  # fmt: skip
COMPANIES = {
    "sf": "shunfeng", "jd": "jd", "zto": "zhongtong", "yto": "yuantong", "yunda": "yunda", "sto": "shentong", "deppon": "debangkuaidi",
    "jt": "jtexpress", "ems": "ems",
}  # fmt: skip
ALSO_CALLED = {"youzhengguonei": "ems", "emsguoji": "ems", "debangwuliu": "deppon"}  # further codes of the service for one carrier
PHONE_NEEDED = ("sf", "zto")  # the service answers about these only with the phone of sender or receiver
MAX_STEPS, MAX_TEXT = 500, 1_000_000


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
    return hashlib.md5((param + salt).encode("utf-8", "replace"), usedforsecurity=False).hexdigest().upper()


def read_push(form: Mapping[str, str], *, salt: str) -> Push:
    """Read a signed push; raises PushRefused for a wrong signature (compared in constant time) or shape."""
    param, sign = form.get("param", ""), form.get("sign", "").upper().encode("utf-8", "replace")
    if not salt or len(param) > MAX_TEXT or not hmac.compare_digest(signature(param, salt).encode(), sign):
        raise PushRefused("signature")
    try:
        told = json.loads(param)
        last = told["lastResult"]
        return Push(_plain(last["com"], 40), _plain(last["nu"], 40), _plain(told.get("status", ""), 20), read_rows(last))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        raise PushRefused("shape") from error


def read_rows(told: Mapping) -> tuple[Step, ...]:
    """The steps of the service's answer about one number, in its order; raises ValueError and its kin for another shape."""
    rows = told.get("data") or []
    if not isinstance(rows, list) or len(rows) > MAX_STEPS:
        raise PushRefused("shape")
    steps = [_step(row) for row in rows]
    # Rows that carry only words say nothing of their kind; the state of the whole is that of the newest, wherever it stands.
    newest = max(range(len(rows)), key=lambda n: steps[n].happened_at, default=None)
    whole = _kind(str(told.get("state", "")))
    if newest is not None and whole and not _kind_of(rows[newest]):
        steps[newest] = replace(steps[newest], kind=whole)
    return tuple(steps)


def _step(row: Mapping) -> Step:
    at = datetime.strptime(row.get("ftime") or row["time"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI)
    place = _plain(row.get("areaName") or row.get("location") or "", 80).replace(",", "")
    return Step(_kind_of(row) or "in_transit", at, "" if re.search(r"[0-9]{7}", place) else place, _plain(row.get("context") or "", 200))


def _kind_of(row: Mapping) -> str:
    return _kind(str(row.get("statusCode") or row.get("state") or "")) or WORDS.get(str(row.get("status") or ""), "")


def _kind(code: str) -> str:
    """Our word for a state: the whole code, else its first digits; empty for one that is unknown."""
    return STATES.get(code) or (STATES.get(code[:-2], "") if len(code) > 2 else "")


def _plain(text: object, most: int) -> str:
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ud800-\udfff\ufeff]", " ", str(text)).strip()[
        :most
    ]


def latest(steps: Iterable[Step]) -> Step | None:
    """The event of the latest time, whatever came in last; the order of KINDS breaks ties."""
    return max(steps, key=_when, default=None)


def current(steps: Iterable[Step]) -> str:
    """Where a load stands: the kind of its latest event."""
    step = latest(steps)
    return step.kind if step else "created"


def carriers_of(company: str) -> list[str]:
    """Our codes for the service's company; one that is no parcel carrier of ours may be anybody's freight."""
    code = ALSO_CALLED.get(company) or next((ours for ours, theirs in COMPANIES.items() if theirs == company), "")
    return [code] if code else ["freight", "bill", "other"]


def new_steps(known: Iterable[Step], told: Iterable[Step]) -> list[Step]:
    """What is told beyond what is known, each once, by the time it happened. What is signed for after goods turned back is their sender's:
    they came back. The buyer never had them, so nothing of it may start the clock of an inspection.
    """
    known, told = list(known), list(told)
    turned = min((s.happened_at for s in [*known, *told] if s.kind in ("rejected", "returning", "returned")), default=None)
    there = {(s.kind, s.happened_at, s.place) for s in known}
    found = {}
    for step in sorted(told, key=_when):
        if step.kind == "signed" and turned is not None and step.happened_at > turned:
            step = replace(step, kind="returned")
        if step.kind != "created" and (step.kind, step.happened_at, step.place) not in there:
            found.setdefault((step.kind, step.happened_at, step.place), step)
    return list(found.values())


def _when(step: Step) -> tuple[datetime, int]:
    return step.happened_at, KINDS.index(step.kind)
