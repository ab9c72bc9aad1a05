"""Rows of the operation log as the page and the file show them."""

from django.urls import NoReverseMatch, reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kernel.models import ChainLink, Fact
from kernel.money import Money
from kernel.queries import change_labels
from kernel.templatetags.ui import absolute, plain_money

from .. import queries
from ..facts import ActRefused
from ..permissions import CAPABILITIES, GRID


def log_rows(links: list[ChainLink], people: dict[int, str]) -> list[dict]:
    """What the log shows of each link; `people` are the enterprise's own, everybody else is their firm or their office."""
    subjects = queries.log_subjects([link.fact for link in links])
    return [_row(link, people, subjects[link.fact_id]) for link in links]


def _row(link: ChainLink, people: dict[int, str], subject: str) -> dict:
    fact = link.fact
    minor, currency = fact.payload.get("amount_minor"), fact.payload.get("currency", "")
    return {
        "seq": link.seq, "at": fact.at, "who": queries.who_of(link, people), "what": queries.what_of(fact), "subject": subject,
        "hash": link.hash,
        "fact": fact, "refused": fact.name == ActRefused.fact_name, "detail": _detail(fact),  # type: ignore[attr-defined]
        "amount": plain_money(Money(minor, currency)) if isinstance(minor, int) and currency else "",
        "changes": [_change(row, currency) for row in change_labels(fact)],
    }  # fmt: skip


def _detail(fact: Fact) -> str:
    if fact.name != ActRefused.fact_name:  # type: ignore[attr-defined]
        return ""
    needed = CAPABILITIES.get(fact.payload.get("capability", ""))
    if needed is None:
        return _("Address: %(page)s") % {"page": _address(fact.payload.get("page", ""))}
    return _("Tried to %(act)s without the permission “%(box)s”") % {"act": needed.label, "box": GRID[needed.box]}


def _address(page: str) -> str:
    """The path of a page whose name needs nothing else; the name of one that is about an object."""
    try:
        return reverse(page)
    except NoReverseMatch:
        return page


def _change(row: dict, currency: str) -> dict:
    named = {
        "boxes": _("permissions"), "on_hand": _("stock"), "limit_minor": _("credit limit"), "taker": pgettext("approval", "stand-in"),
        "people": _("who sees it"),
    }  # fmt: skip
    sums = row["sums"] and currency
    before, after = (
        _shown(Money(value, currency) if sums and isinstance(value, int) else value) for value in (row["before"], row["after"])
    )
    return {"field": named.get(row["field"], row["field"]), "before": before, "after": after}


def parse_day(text: str):
    """The day that a text such as 2026-11-28 names; None for every other text."""
    try:
        return parse_date(text) if len(text) == len("2026-11-28") else None
    except ValueError:
        return None


def _shown(value) -> str:
    if isinstance(value, Money):
        return plain_money(value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, str) and (day := parse_day(value)):
        return absolute(day)
    if isinstance(value, list):
        return ", ".join(str(GRID.get(v, v)) for v in value) or "—"
    return "—" if value in (None, "") else str(value)
