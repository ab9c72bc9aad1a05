"""Cash that comes in parts: how the parts share the whole, when each is due, which is to be paid next (B03, ADR 0021)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import pgettext_lazy as _p

from kernel.deadlines import current, policy
from kernel.money import Money
from kernel.workdays import SHANGHAI

INSTALMENT = policy(
    "orders.instalment", label=gettext_lazy("Payment of a part to the custodian"),
    consequence=gettext_lazy("the order is cancelled, everything that was paid goes back, stock and credit are freed"),
)  # fmt: skip
CLOCKS = ("orders.pay", "orders.instalment")  # of one part: counted in days from an act, or the end of an agreed day
WHOLE = 10_000  # a share is counted in hundredths of a percent
STAGES_MOST = 6
DAYS_MOST = 365
DUE = [
    ("confirmed", _p("part due", "when the terms are confirmed")),
    ("date", _p("part due", "by a date")),
    ("shipping", _p("part due", "when the rest is held, before the goods leave")),
]


@dataclass(frozen=True)
class Instalment:
    """A part of the cash: its share in hundredths of a percent, when it is due (`on` only for "date"), what the parties call it."""

    share: int
    due: str
    on: date | None = None
    label: str = ""


def schedule_refusal(parts: Sequence[Instalment], cash: Money, *, today: date) -> tuple[int, str] | None:
    """Which part keeps a schedule from standing, from 0, and why; -1 means the schedule as a whole."""
    fault = schedule_fault(parts, cash, today=today)
    return (fault[0], fault[2]) if fault else None


def schedule_fault(parts: Sequence[Instalment], cash: Money, *, today: date) -> tuple[int, str, str] | None:
    """The same with the field of the part that is wrong: "percent", "due" or "on"."""
    if not parts:
        return None
    if not cash.minor:
        return -1, "percent", _("Only cash is paid in parts. Say how much cash is added, or empty the parts.")
    if len(parts) > STAGES_MOST:
        return -1, "percent", _("A payment comes in at most %(n)s parts.") % {"n": STAGES_MOST}
    for at, part in enumerate(parts):
        if fault := _part_fault(part, parts[:at], last=at == len(parts) - 1, today=today):
            return at, *fault
    if sum(part.share for part in parts) != WHOLE:
        have = f"{sum(part.share for part in parts) / 100:g}"
        return -1, "percent", _("The parts must add up to 100%%; they make %(have)s%%.") % {"have": have}
    if any(not amount.minor for amount in amounts(cash, parts)):
        return -1, "percent", _("The amount is too small for so many parts.")
    return None


def _part_fault(part: Instalment, before: Sequence[Instalment], *, last: bool, today: date) -> tuple[str, str] | None:
    dates = [other.on for other in before if other.on]
    if not 0 < part.share <= WHOLE:
        return "percent", _("A part is above zero and at most the whole.")
    if part.due not in dict(DUE):
        return "due", _("Say when this part is due.")
    if part.due == "date" and part.on is None:
        return "on", _("Say the day by which this part is due.")
    if part.due != "date" and part.on is not None:
        return "on", _("A day is only needed for a part due by a date.")
    if part.on and not today < part.on <= today + timedelta(days=DAYS_MOST):
        return "on", _("The day lies after today and at most %(days)s days ahead.") % {"days": DAYS_MOST}
    if part.on and dates and part.on < dates[-1]:
        return "on", _("The days of the parts follow one another.")
    if part.due == "confirmed" and before:
        return "due", _("Only the first part can be due when the terms are confirmed.")
    if part.due == "shipping" and not last:
        return "due", _("Only the last part can be due before shipping.")
    return None


def amounts(cash: Money, parts: Sequence[Instalment]) -> list[Money]:
    """The parts in money, which add up to the whole to the last fen (largest remainder)."""
    return cash.split([part.share for part in parts])


def stage_fields(parts: Sequence[Instalment], cash: Money) -> list[dict]:
    """What the rows of the cash part say: one payment at the confirmation where nothing else was agreed."""
    if not parts:
        return [{"amount_minor": cash.minor}]
    return [
        {"stage": n, "label": part.label, "due": part.due, "due_on": part.on, "amount_minor": amount.minor}
        for n, (part, amount) in enumerate(zip(parts, amounts(cash, parts), strict=True), 1)
    ]


# ---------- terms as plain values ----------


def plain_stage(tender) -> list:
    """What terms say beyond kind, parties and amount; nothing for a payment in one part, so that hashes of old orders hold."""
    if (tender.stage, tender.label, tender.due, tender.due_on) == (1, "", "confirmed", None):
        return []
    return [tender.stage, tender.label, tender.due, tender.due_on.isoformat() if tender.due_on else ""]


def stage_of(plain: Sequence) -> dict[str, Any]:
    """The fields of a money part from what `plain_stage` kept."""
    if not plain:
        return {}
    stage, label, due, on = plain[:4]
    return {"stage": stage, "label": label, "due": due, "due_on": date.fromisoformat(on) if on else None}


def plain_money_part(tender) -> tuple:
    """A money part as an amendment keeps and compares it."""
    return (tender.kind, tender.payer_id, tender.amount_minor, tender.currency, *plain_stage(tender))


def sum_of(tenders: Iterable, kind: str) -> int:
    """What the money parts of one kind come to, in minor units."""
    return sum(tender.amount_minor for tender in tenders if tender.kind == kind)


def rescaled(parts: Sequence, payer_id: int, total: int, currency: str) -> list[tuple]:
    """The cash of changed terms as plain parts: a whole that stays keeps its parts; a new one keeps what is held and the rest shares it.

    The rest shares by its old amounts; where nothing is left to share, or another side pays, it is one payment.
    """
    parts = sorted(parts, key=lambda tender: tender.stage)
    if not total:
        return []
    if parts and all(part.payer_id == payer_id for part in parts):
        if sum(part.amount_minor for part in parts) == total:
            return [plain_money_part(part) for part in parts]
        held = [part for part in parts if part.state == "held"]
        open_parts = [part for part in parts if part.state != "held"]
        left = total - sum(part.amount_minor for part in held)
        if open_parts and len(parts) > 1 and left >= len(open_parts):
            shares = Money(left, parts[0].currency).split([part.amount_minor for part in open_parts])
            if all(share.minor for share in shares):
                new = [("cash", payer_id, s.minor, s.currency, *plain_stage(p)) for s, p in zip(shares, open_parts, strict=True)]
                return [*(plain_money_part(part) for part in held), *new]
    return [("cash", payer_id, total, currency)]


# ---------- whose turn, and when ----------


def end_of_day(day: date) -> datetime:
    """The moment at which a day ends in Beijing."""
    return datetime.combine(day + timedelta(days=1), time(0), SHANGHAI)


def cash_parts(tenders: Iterable) -> list:
    """The cash of an order in the order of its parts."""
    return sorted((tender for tender in tenders if tender.kind == "cash"), key=lambda tender: tender.stage)


def clock_of_part(tender, clocks: Mapping):
    """The running clock of a part; None when it waits for no time."""
    return next((clocks[(code, tender.pk)] for code in CLOCKS if (code, tender.pk) in clocks), None)


def next_due(tenders: Iterable, clocks: Mapping):
    """The part that is to be paid first, with its clock; (None, None) when nothing is owed."""
    waiting = [(clock_of_part(tender, clocks), tender) for tender in cash_parts(tenders) if tender.state == "awaiting_funds"]
    running = [(clock.due_at, tender.stage, clock, tender) for clock, tender in waiting if clock]
    if running:
        _at, _stage, clock, tender = min(running, key=lambda row: row[:2])
        return tender, clock
    return (waiting[0][1], None) if waiting else (None, None)


def pay_days() -> int:
    return round(current("orders.pay").hours / 24)


def due_words(tender) -> str:
    """When a part is due, in a sentence's middle."""
    if tender.due == "date":
        return _("due by %(day)s") % {"day": tender.due_on.isoformat()}
    days = {"days": pay_days()}
    if tender.due == "shipping":
        return _("due within %(days)s days after the other parts are held, before the goods leave") % days
    return _("due within %(days)s days of the confirmation") % days


def name_of(tender, count: int) -> str:
    """What a part is called: its label, with its place among the others; empty for a payment in one part without a name."""
    place = _("part %(n)s of %(count)s") % {"n": tender.stage, "count": count} if count > 1 else ""
    return " · ".join(word for word in (tender.label, place) if word)
