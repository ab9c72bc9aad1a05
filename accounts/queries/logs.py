"""The operation log of an enterprise: who did what, to what, when, with which outcome (H17, H18)."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.apps import apps
from django.db.models import Case, F, OuterRef, Q, QuerySet, Subquery, TextField, Value, When
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.text import capfirst

from kernel.chains import enterprise_chain
from kernel.models import ChainHead, ChainLink, Fact
from kernel.queries import subject_kind

from ..actors import require
from ..facts import ActRefused
from ..models import User
from ..permissions import VIEW_LOG

LOG_PAGE = 50
DOWNLOAD_MOST = 50_000  # rows of one download; a longer time is taken in pieces
TRACED = 2000  # facts about one object; no object of ours has as many
REF = re.compile(r"([a-z_]+\.[a-z]+):([0-9]{1,18})")
# Rows that many acts name without being what they are about.
NAMED_EVERYWHERE = {"accounts.enterprise", "accounts.user", "kernel.chainhead"}
# Which field of a row says to people what it is, by a field that the row has.
SPEAKING = {
    "no": "no",
    "order": "order__no",
    "listing": "listing__no",
    "display_name": "display_name",
    "user": "user__display_name",
    "handle": "name",
    "membership": "membership__user__display_name",  # limits and requests for approval: whose
    "giver": "giver__user__display_name",
}
NAME = Case(When(display_name="", then=F("username")), default=F("display_name"))


@dataclass(frozen=True)
class Looked:
    """What somebody looks for in the log; empty values look for everything.

    `what` is a fact's name, or a room's with a dot behind it; `about` a number people know (of an order, a listing …) or a row as
    "orders.order:17"; `outcome` is "done" or "refused"; dates are whole days of the house's zone, both included.
    """

    who: int | None = None
    what: str = ""
    about: str = ""
    outcome: str = ""
    since: date | None = None
    until: date | None = None


def operation_log(
    actor, *, who: int | None = None, what: str = "", about: str = "", outcome: str = "", since: date | None = None,
    until: date | None = None, before: int | None = None, most: int = LOG_PAGE + 1,
) -> list[ChainLink]:  # fmt: skip
    """The newest links of the actor's own chain with their facts, at most `most` (one more than a page tells that there is a next one).

    `before` is the chain seq to page on from; what to look for is told in `Looked` (H17).
    """
    require(actor, VIEW_LOG)
    links = _found(actor.acting_for, Looked(who, what, about, outcome, since, until))
    return list((links.filter(seq__lt=before) if before else links)[:most])


def whole_log(actor, *, batch: int = 1000, **looked) -> Iterator[list[ChainLink]]:
    """The same rows in batches, newest first, at most DOWNLOAD_MOST of them."""
    before, left = None, DOWNLOAD_MOST
    while left > 0:
        links = operation_log(actor, **looked, before=before, most=min(batch, left))
        if not links:
            return
        yield links
        before, left = links[-1].seq, left - len(links)


def _found(chain: str, looked: Looked) -> QuerySet[ChainLink]:
    links = ChainLink.objects.filter(chain=chain).select_related("fact").order_by("-seq")
    if looked.who is not None:
        links = links.filter(fact__actor_user_id=looked.who, fact__acting_for__in=["", chain])
    if looked.what.endswith("."):
        links = links.filter(fact__name__startswith=looked.what)
    elif looked.what:
        links = links.filter(fact__name=looked.what)
    if looked.about:
        links = links.filter(fact_id__in=_facts_about(chain, looked.about))
    if looked.outcome:
        refused = Q(fact__name=ActRefused.fact_name)  # type: ignore[attr-defined]
        links = links.filter(refused if looked.outcome == "refused" else ~refused)
    if looked.since:
        links = links.filter(fact__at__gte=_midnight(looked.since))
    if looked.until:
        links = links.filter(fact__at__lt=_midnight(looked.until) + timedelta(days=1))
    return links


def _facts_about(chain: str, about: str) -> list[int]:
    """Ids of the facts about one object: about its row, about money and clocks that name it, and about what hangs on those."""
    named = REF.fullmatch(about)
    if named:
        refs, found = {(named[1], named[2])}, []
    else:
        wanted = Q(payload__contains={"no": about}) | Q(payload__contains={"no": about.upper()})
        wanted |= Q(payload__contains={"nos": [about.upper()]})  # one fact about many rows, as of an import
        found = list(Fact.objects.filter(wanted, links__chain=chain).values_list("pk", "subject_type", "subject_id")[:TRACED])
        refs = {(kind, number) for _pk, kind, number in found}
    ids, asked = {pk for pk, _kind, _number in found}, set()
    for _round in range(2):  # the object itself, then its money and its clocks
        new = refs - asked
        if not new:
            break
        asked |= new
        rows = Fact.objects.filter(_naming(sorted(new)), links__chain=chain).values_list("pk", "subject_type", "subject_id")[:TRACED]
        for pk, kind, number in rows:
            ids.add(pk)
            if kind not in NAMED_EVERYWHERE:
                refs.add((kind, number))
    return sorted(ids)[-TRACED:]


def _naming(refs: Iterable[tuple[str, str]]) -> Q:
    wanted = Q(pk=None)
    for kind, number in refs:
        wanted |= Q(subject_type=kind, subject_id=number)
        if kind in NAMED_EVERYWHERE or not number.isdecimal():
            continue
        for told in (
            {"ref_type": kind, "ref_id": number},
            {"subject_type": kind, "subject_id": number},
            {f"{kind.partition('.')[2]}_id": int(number)},
        ):
            wanted |= Q(payload__contains=told)
    return wanted


def log_entry(actor, seq: int) -> Fact | None:
    """The fact at one place of the actor's own chain, for the form that undoes it; None for those who may not read the log."""
    if not actor.can(VIEW_LOG):
        return None
    link = ChainLink.objects.filter(chain=actor.acting_for, seq=seq).select_related("fact").first()
    return link and link.fact


def entry_named(actor, text: str) -> tuple[int, Fact | None]:
    """The same by the number as an address carries it, with that number."""
    seq = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
    return seq, log_entry(actor, seq) if seq else None


def chain_end(actor) -> tuple[int, str]:
    """How many links the actor's own chain has, and the hash of the last one."""
    require(actor, VIEW_LOG)
    head = ChainHead.objects.filter(pk=actor.acting_for).first()
    return (head.seq, head.hash) if head else (0, "")


def log_subjects(facts: Iterable[Fact]) -> dict[int, str]:
    """What each fact is about, in the reader's words, by fact id: the number of the order or listing behind it, else a name.

    Three queries at most, whatever kinds of rows a page names; facts whose row says nothing to people get the name of its kind.
    """
    refs = {fact.pk: _ref_of(fact) for fact in facts if not fact.payload.get("no")}
    names = _names_of(set(refs.values()))
    return {f.pk: f.payload.get("no") or names.get(refs[f.pk]) or capfirst(subject_kind(refs[f.pk][0])) for f in facts}


def subject_words(actor, about: str) -> str:
    """An object of the log's filter in the reader's words: a number as it is, a row by its name.

    Only a row that the actor's own log speaks of is named: the filter is no way to look up rows of others (P11).
    """
    named = REF.fullmatch(about)
    if not named:
        return about
    if not _facts_about(actor.acting_for, about):
        return capfirst(subject_kind(named[1]))
    return _names_of({(named[1], named[2])}).get((named[1], named[2])) or capfirst(subject_kind(named[1]))


def _ref_of(fact: Fact) -> tuple[str, str]:
    # Money and clocks name what they are about; everything else is about its own row.
    for kind in ("ref", "subject"):
        if fact.payload.get(f"{kind}_type"):
            return fact.payload[f"{kind}_type"], str(fact.payload[f"{kind}_id"])
    return fact.subject_type, fact.subject_id


def _names_of(refs: set[tuple[str, str]]) -> dict[tuple[str, str], str]:
    speaking, pointing = [], []
    for label in sorted({label for label, _number in refs}):
        try:
            model = apps.get_model(label)
        except (LookupError, ValueError):
            continue
        rows = model._base_manager.filter(pk__in=[int(number) for kind, number in refs if kind == label and number.isdecimal()])
        fields = {field.name for field in model._meta.fields}
        if path := next((path for start, path in SPEAKING.items() if start in fields), ""):
            speaking.append(_told(rows, label, path))
        elif (prefix := "escrow__" if "escrow" in fields else "") or "ref_type" in fields:
            pointing.append(_told(rows, label, f"{prefix}ref_type", f"{prefix}ref_id"))
    names = {(label, pk): name for label, pk, name in _at_once(speaking)}
    behind = {(label, pk): (kind, number) for label, pk, kind, number in _at_once(pointing)}
    further = _names_of(set(behind.values())) if behind else {}
    return names | {ref: further[to] for ref, to in behind.items() if to in further}


def _told(rows: QuerySet, label: str, *paths: str) -> QuerySet:
    words = {f"told_{place}": Cast(path, TextField()) for place, path in enumerate(paths)}
    return (
        rows.order_by()
        .annotate(told_of=Value(label, TextField()), told_pk=Cast("pk", TextField()), **words)
        .values_list("told_of", "told_pk", *words)
    )


def _at_once(questions: list[QuerySet]) -> Iterable[tuple]:
    """The rows of them all by one query: a page of the log names many kinds of rows."""
    return questions[0].union(*questions[1:], all=True) if questions else ()


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def team_acts(actor, *, most: int = 8) -> list[tuple[str, Fact]]:
    """The newest acts of the actor's own people in its name, each with who did it; looked for among the last forty links only.

    Nothing of the staff, of other parties or of the clock: those are in the log.
    """
    require(actor, VIEW_LOG)
    people = User.objects.filter(pk=OuterRef("fact__actor_user_id"), memberships__enterprise_id=actor.enterprise_id)
    name = Subquery(people.annotate(shown=NAME).values("shown")[:1])
    links = ChainLink.objects.filter(chain=actor.acting_for).select_related("fact").annotate(who=name).order_by("-seq")[:40]
    own = [(link.who, link.fact) for link in links if link.who and link.fact.acting_for == actor.acting_for]
    return [(who, fact) for who, fact in own if fact.actor_kind != "staff"][:most]


def people_of(actor) -> dict[int, str]:
    """Names of everybody who ever belonged to the actor's enterprise, by user id: the log outlives its people."""
    return people_in(actor.enterprise_id or 0)


def people_in(enterprise_id: int) -> dict[int, str]:
    """The same of an enterprise."""
    rows = User.objects.filter(memberships__enterprise_id=enterprise_id).distinct().order_by("pk")
    return {user.pk: str(user) for user in rows}


def links_of(enterprise_id: int) -> Iterator[ChainLink]:
    """Every link of an enterprise's chain with its fact, oldest first, a batch at a time: for its export."""
    links = ChainLink.objects.filter(chain=enterprise_chain(enterprise_id)).select_related("fact").order_by("seq")
    return links.iterator(chunk_size=1000)


def fact_names_of(actor) -> list[str]:
    """The kinds of facts on the actor's own chain's last thousand links: what the log can be filtered by."""
    recent = ChainLink.objects.filter(chain=actor.acting_for).order_by("-seq")[:1000]
    return sorted(set(recent.values_list("fact__name", flat=True)))
