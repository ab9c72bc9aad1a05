"""A registration as far as it was typed: what it says, what is missing, and where a reviewer asked for a correction."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _

from kernel.clock import now
from kernel.models import Document
from kernel.refusals import Denied

from .. import rules
from ..models import Enterprise, FieldVerdict, RegistrationDraft, User
from .verdicts import verdicts_on_registration

FIELDS = [name for section, names in rules.SECTIONS.items() if section != "papers" for name in names]
EMPTY = {**dict.fromkeys(FIELDS, ""), "country": "CN"}


@dataclass(frozen=True)
class Registration:
    """What a person told so far; for a registration that was sent back, what it said is the beginning."""

    values: dict[str, str]  # as typed
    saved: frozenset[str]  # sections that were opened and saved
    papers: dict[str, Document]  # kept with the draft
    on_file: dict[str, Document] = field(default_factory=dict)  # handed in before
    corrects: Enterprise | None = None
    verdicts: dict[str, FieldVerdict] = field(default_factory=dict)

    @cached_property
    def told(self) -> dict:
        """The values as they would be stored."""
        typed = self.values["licence_expires_on"]
        return rules.normal_particulars({**self.values, "licence_expires_on": _day(typed)})

    @cached_property
    def problems(self) -> dict[str, object]:
        """What stands in the way of handing in, by field or kind of paper."""
        problems: dict[str, object] = dict(rules.particulars_problems(self.told, timezone.localdate(now())))
        if self.values["licence_expires_on"] and self.told["licence_expires_on"] is None:
            problems["licence_expires_on"] = _("Enter a valid date.")
        for kind in rules.REQUIRED_PAPERS:
            if kind not in self.papers and kind not in self.on_file:
                problems[kind] = _("This file is missing.")
        return problems

    def flags(self, section: str) -> dict[str, FieldVerdict]:
        """What the reviewer found to differ or could not read in a section that was not saved since."""
        return {} if section in self.saved else self.notes(section)

    def notes(self, section: str) -> dict[str, FieldVerdict]:
        """The reviewer's words at the fields of a section; at the papers page by kind of paper."""
        open_ones = {name: verdict for name, verdict in self.verdicts.items() if verdict.verdict != "matches"}
        if section == "papers":
            return {rules.COMPARED[name]: verdict for name, verdict in open_ones.items() if verdict.verdict == "unreadable"}
        return {name: verdict for name, verdict in open_ones.items() if name in rules.SECTIONS[section]}

    def status(self, section: str) -> str:
        """How far a section is: "new", "correct" or "done"."""
        names = rules.SECTIONS[section]
        wrong = any(name in self.problems for name in names)
        if section == "papers":
            return "correct" if self.flags(section) or (wrong and self.papers) else "new" if wrong else "done"
        if not self.corrects and section not in self.saved:
            return "new"
        return "correct" if wrong or self.flags(section) else "done"

    @property
    def complete(self) -> bool:
        return all(self.status(section) == "done" for section in rules.SECTIONS)

    def particulars(self) -> dict:
        """The values as the service takes them."""
        return {**self.values, "licence_expires_on": self.told["licence_expires_on"]}

    @property
    def digest(self) -> str:
        """What ties the hand-in to the answers that were read."""
        papers = {kind: document.sha256 for kind, document in self.papers.items()}
        return hashlib.sha256(json.dumps([self.values, papers], sort_keys=True, default=str).encode()).hexdigest()


def may_register(actor) -> None:
    """Pass, or raise Denied("sub_account"): a log-in in a main account's hand registers no company of its own."""
    if actor.enterprise_id:
        return
    person = User.objects.filter(pk=actor.user_id or 0).first()
    if person is not None and (person.is_sub_account or not person.email):
        raise Denied("sub_account", _("A sub-account cannot register a company. Use a log-in with your own e-mail address."))


def _day(text: str) -> date | None:
    try:
        return parse_date(text) if text else None
    except ValueError:
        return None


def registration_of(actor, enterprise: Enterprise | None = None) -> Registration:
    """The registration that a person is typing; `enterprise` is the one that was sent back, read anew when it is left out."""
    if enterprise is None and actor.enterprise_id:
        enterprise = Enterprise.objects.filter(pk=actor.enterprise_id, state="rejected").first()
    draft = RegistrationDraft.objects.filter(user_id=actor.user_id or 0).first()
    content = json.loads(draft.values) if draft and draft.values else {}
    if draft is None or content.get("corrects") != (enterprise.pk if enterprise else 0):
        draft, content = None, {"values": {}, "saved": []}
    papers = {p.kind: p.document for p in draft.kept.select_related("document")} if draft else {}
    if enterprise is None:
        return Registration({**EMPTY, **content["values"]}, frozenset(content["saved"]), papers)
    before = {name: getattr(enterprise, name) for name in FIELDS}
    before["licence_expires_on"] = enterprise.licence_expires_on.isoformat() if enterprise.licence_expires_on else ""
    on_file = {p.kind: p.document for p in enterprise.papers.filter(document__erased_at=None).select_related("document").order_by("pk")}
    return Registration(
        {**before, **content["values"]}, frozenset(content["saved"]), papers, on_file, enterprise, verdicts_on_registration(enterprise)
    )
