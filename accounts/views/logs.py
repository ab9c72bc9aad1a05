"""The operation log: looked through, taken along as a file, checked against its own hashes; and from an entry to what undoes it."""

import csv
import io
from collections.abc import Iterable, Iterator

from django.apps import apps
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kernel.models import Fact
from kernel.queries import fact_label
from kernel.refusals import Refusal
from kernel.registries import REVERSALS
from kernel.responses import private_stream
from kernel.services import verify_chain
from kernel.sheets import neutral
from kernel.workdays import SHANGHAI

from .. import queries, services
from ..actors import require
from ..forms.logs import LogFilterForm
from ..permissions import VIEW_LOG
from .log_rows import log_rows
from .security import reauthenticated

CHECKED_AT_ONCE = 50_000  # links; some seconds of work


def _form(request, people: dict[int, str]) -> LogFilterForm:
    """The filters with what this log knows: kinds of acts grouped by their room, and a whole room as a choice of its own."""
    rooms: dict[str, list[tuple[str, object]]] = {}
    for name in queries.fact_names_of(request.actor):
        rooms.setdefault(name.partition(".")[0], []).append((name, fact_label(name)))
    names = []
    for room, kinds in rooms.items():
        label = str(apps.get_app_config(room).verbose_name) if apps.is_installed(room) else room
        kinds.sort(key=lambda pair: str(pair[1]))
        names.append((label, [(f"{room}.", _("%(room)s: everything") % {"room": label}), *kinds]))
    return LogFilterForm(request.GET or None, people=people, names=names)


@login_required
def log(request) -> HttpResponse:
    """Who did what in this enterprise, newest first; only the enterprise's own chain."""
    require(request.actor, VIEW_LOG)
    people = queries.people_of(request.actor)
    form = _form(request, people)
    chosen = form.cleaned_data if form.is_valid() else {}
    links = queries.operation_log(request.actor, **chosen, before=_seq(request))
    page, more = links[: queries.LOG_PAGE], len(links) > queries.LOG_PAGE
    rows = log_rows(page, people)
    undo = reversals(request.actor, [row["fact"] for row in rows])
    for row in rows:
        row["undo"] = _entry_url(undo.get(row["fact"].pk, ""), row["seq"])
    query = request.GET.copy()
    query.pop("before", None)
    file_url = f"{reverse('accounts:log_file')}?{query.urlencode()}"
    query["before"] = str(page[-1].seq) if page else ""
    context = {
        "form": form, "rows": rows, "next_url": f"?{query.urlencode()}" if more else "", "nav": "log", "filtered": any(chosen.values()),
        "about": queries.subject_words(request.actor, chosen["about"]) if chosen.get("about") else "", "file_url": file_url,
    }  # fmt: skip
    return render(request, "accounts/log_list.html", context)


def _seq(request) -> int | None:
    before = request.GET.get("before", "")
    return int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None


def reversals(actor, facts: Iterable[Fact]) -> dict[int, str]:
    """Where each of these facts can be undone now, by fact id; only what this enterprise's people did themselves."""
    by_room: dict = {}
    for fact in facts:
        if fact.name in REVERSALS and fact.acting_for == actor.acting_for and fact.actor_kind == "member":
            by_room.setdefault(REVERSALS[fact.name], []).append(fact)
    found: dict[int, str] = {}
    for function, some in by_room.items():
        found |= function(actor, some)
    return found


def _entry_url(url: str, seq: int) -> str:
    path, hash_, anchor = url.partition("#")
    return f"{path}{'&' if '?' in path else '?'}entry={seq}{hash_}{anchor}" if url else ""


@reauthenticated(on_open=True)
def log_file(request) -> StreamingHttpResponse:
    """The same rows as a CSV file, sent while it is made; that it was taken is in the log too."""
    require(request.actor, VIEW_LOG)
    people = queries.people_of(request.actor)
    form = _form(request, people)
    if not form.is_valid() and request.GET:
        raise Refusal("filter_invalid", _("These filters are not valid. Choose them again in the log."))
    chosen = form.cleaned_data if form.is_bound else {}
    asked = {key: value for key, value in chosen.items() if value}
    services.note_list_taken(actor=request.actor, which="operation_log", asked=asked)
    lines = _lines(request.actor, people, chosen, translation.get_language() or "")
    return private_stream(lines, file_name="operation-log.csv", content_type="text/csv; charset=utf-8")


def _lines(actor, people: dict[int, str], chosen: dict, language: str) -> Iterator[bytes]:
    sheet = io.StringIO()
    writer = csv.writer(sheet)

    def written() -> bytes:
        body = sheet.getvalue().encode()
        sheet.seek(0)
        sheet.truncate()
        return body

    with translation.override(language):
        writer.writerow([
            _("Entry"), _("Time (Beijing)"), _("Who"), _("What"), _("About"), _("Amount"), _("Before and after"),
            pgettext("log", "Outcome"),
            _("Request number"), _("Hash"),
        ])  # fmt: skip
        yield b"\xef\xbb\xbf" + written()
        for links in queries.whole_log(actor, **chosen):
            for row in log_rows(links, people):
                writer.writerow(map(neutral, _cells(row)))
            yield written()


def _cells(row: dict) -> list:
    changes = "; ".join(f"{change['field']}: {change['before']} → {change['after']}" for change in row["changes"])
    at = row["at"].astimezone(SHANGHAI).isoformat(timespec="seconds")
    return [
        row["seq"], at, row["who"], row["what"], row["subject"], row["amount"], row["detail"] or changes,
        pgettext("outcome", "Refused") if row["refused"] else pgettext("outcome", "Done"), row["fact"].request_id, row["hash"],
    ]  # fmt: skip


@login_required
def log_check(request) -> HttpResponse:
    """Recompute the hashes of this enterprise's log and show the result with its last hash, to be printed and kept."""
    length, last = queries.chain_end(request.actor)
    after = max(0, length - CHECKED_AT_ONCE)
    findings = verify_chain(request.actor.acting_for, after=after)
    context = {
        "nav": "log", "length": length, "last": last, "after": after, "findings": len(findings),
        "checked_at": queries.checked_now(), "kept_at": queries.heads_kept_at(), "chain": request.actor.acting_for,
        "company": queries.own_enterprise(request.actor) if request.actor.is_main else None,
    }  # fmt: skip
    return render(request, "accounts/log_check.html", context)
