"""Changes of a company's data, handed in by the company: versioned, with the old data live until a reviewer has approved (H19)."""

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kernel.chains import person_chain
from kernel.clock import now
from kernel.fields import clean_line
from kernel.models import Document
from kernel.refusals import NotFound, Refusal
from kernel.services import cancel_deadlines, claim_key, lock, lock_all, move, record, start_deadline

from .. import rules
from ..actors import require
from ..facts import ChangeAnswered, ChangeHandedIn, ChangeWithdrawn
from ..models import ChangePaper, CompanyChange, Enterprise
from ..permissions import CHANGE_COMPANY
from ..queries import packed, unpacked
from .consents import keep_consent, need_consent

OPTIONAL = ("name_en",)


def checked_values(enterprise: Enterprise, group: rules.ChangeGroup, values: Mapping) -> dict:
    """The new values of a group as they are stored, unchanged ones too; raises Refusal …_invalid naming the first problem."""
    found: dict = {name: values.get(name) for name in group.fields}
    for name in group.fields:
        if name == "licence_expires_on":
            continue
        try:
            found[name] = clean_line(found[name] or "")
        except ValidationError as error:
            raise Refusal(f"{name}_invalid", error.messages[0]) from error
        if not found[name] and name not in OPTIONAL and not (name == "province" and enterprise.country != "CN"):
            raise Refusal(f"{name}_invalid", _("Fill in every required field."))
    for name, shape in SHAPES.items():
        if name in found:
            found[name], problem = shape(enterprise.country, found[name])
            if problem:
                raise Refusal(f"{name}_invalid", problem)
    if "bank_account" in found:
        found |= {name: rules.packed(found[name]) for name in BANK[1:]}
        for name, problem in rules.bank_problems(enterprise.country, **{name: found[name] for name in BANK}).items():
            if problem:
                raise Refusal(f"{name}_invalid", problem)
    return found


def _registration_no(country: str, text: str):
    number = rules.normal(text)
    return number, rules.registration_no_problem(country, number)


def _phone(country: str, text: str):
    number = rules.normal_phone(country, text)
    return number, rules.phone_problem(country, number)


def _province(country: str, text: str):
    if country != "CN":
        return text, ""
    name = rules.normal_province(text)
    return name, "" if name else _("Choose the province of the registered address.")


def _licence(country: str, day):
    return day, rules.licence_problem(day, timezone.localdate(now()))


SHAPES = {"registration_no": _registration_no, "phone": _phone, "province": _province, "licence_expires_on": _licence}
BANK = ("bank_name", "bank_code", "bank_account")


def changed_values(enterprise: Enterprise, group: rules.ChangeGroup, values: Mapping) -> dict:
    """Only what differs from the data on file; raises Refusal …_invalid, nothing_changed.

    A code that another company has is taken like any other: the reviewer sees it, the one who asks learns nothing (P12).
    """
    found = checked_values(enterprise, group, values)
    changed = {name: value for name, value in found.items() if value != getattr(enterprise, name)}
    if not changed:
        raise Refusal("nothing_changed", _("Nothing differs from the data on file."))
    if "registration_no" in changed and enterprise.country == "CN" and enterprise.tax_no in ("", enterprise.registration_no):
        changed["tax_no"] = changed["registration_no"]  # in China the tax number is the code
    return changed


def check_change_papers(group: rules.ChangeGroup, kinds) -> None:
    """Raise Refusal("paper_missing") naming the first paper that the group needs and that is not among the kinds."""
    for kind in group.papers:
        if kind not in kinds:
            raise Refusal("paper_missing", _("Add the file: %(paper)s.") % {"paper": rules.PAPER_KINDS[kind]}, paper=kind)


@transaction.atomic
def hand_in_change(
    group: str, values: Mapping, *, papers: Mapping[str, str], reason: str, consented: bool = False, actor, request_key: str
) -> CompanyChange:  # fmt: skip
    """Ask for a change of one group of the company's data; the data on file stay live and the review clock starts (H19).

    `papers` is {kind: token of a kept draft}; sensitive groups need the person's consent. Raises Denied, NotFound (no such group), Refusal:
    consent_missing, not_verified, …_invalid, nothing_changed, paper_missing, paper_unknown, change_open (one at a time), key_reused.
    """
    require(actor, CHANGE_COMPANY)
    wanted = rules.CHANGE_GROUPS.get(group)
    if wanted is None:
        raise NotFound()
    inputs = {"group": group, "values": dict(values), "papers": dict(papers), "reason": reason.strip()}
    claim = claim_key(request_key, verb="accounts.hand_in_change", actor=actor, inputs=inputs)
    if claim.result_id:
        return CompanyChange.objects.get(pk=claim.result_id)
    if wanted.sensitive:
        need_consent(consented)
    enterprise = lock(Enterprise.objects.all(), pk=actor.enterprise_id)
    changed = changed_values(enterprise, wanted, values)
    check_change_papers(wanted, papers)
    earlier = CompanyChange.objects.own(actor)
    if earlier.open().exists():
        raise Refusal("change_open", _("A change is under review already. Wait for its end or withdraw it first."))
    change = CompanyChange.objects.create(
        enterprise=enterprise, version=earlier.count() + 1, fields=sorted(changed), values=packed(changed), reason=reason.strip()[:400],
        needs_second=wanted.second, asked_by_id=actor.user_id, created_at=now(),
    )  # fmt: skip
    kinds = _bind(change, papers, actor=actor)
    if wanted.sensitive:
        keep_consent(group, enterprise, actor=actor)
    start_deadline(rules.CHANGE_REVIEW.code, change, chains=[enterprise.chain])
    news = ChangeHandedIn(
        enterprise_id=enterprise.pk, change_id=change.pk, version=change.version, fields=change.fields, paper_kinds=kinds
    )  # fmt: skip
    record(news, actor=actor, subject=change, chains=[enterprise.chain], changes={"state": ["", "submitted"]})
    claim.done(change.pk)
    return change


def _bind(change: CompanyChange, papers: Mapping[str, str], *, actor) -> list[str]:
    """Attach the person's drafts to a change; returns the kinds. Raises Refusal("paper_unknown")."""
    tokens = {token: kind for kind, token in papers.items() if kind in rules.PAPER_KINDS}
    drafts = Document.objects.filter(owner_chain=person_chain(actor.user_id), qualificationdocument=None, changepaper=None)
    found = list(drafts.filter(token__in=tokens).values_list("pk", flat=True))
    if len(found) != len(papers):
        raise Refusal("paper_unknown", _("An uploaded file is no longer here. Choose it again."))
    for document in lock_all(Document.objects.all(), found):
        ChangePaper.objects.create(change=change, kind=tokens[document.token], document=document, created_at=now())
        Document.objects.filter(pk=document.pk).update(owner_chain=change.enterprise.chain)
    return sorted(papers)


def _locked(version: int, actor) -> CompanyChange:
    """One's own change under lock, the enterprise's row first as everywhere."""
    enterprise = lock(Enterprise.objects.all(), pk=actor.enterprise_id)
    change = lock(CompanyChange.objects.own(actor), version=version)
    change.enterprise = enterprise
    return change


@transaction.atomic
def answer_change(version: int, values: Mapping, *, papers: Mapping[str, str], reason: str, actor, request_key: str) -> CompanyChange:
    """Hand a change in again after a reviewer's question, corrected; earlier papers stay, the clock starts anew.

    Raises as `hand_in_change`, and IllegalMove when nothing was asked.
    """
    require(actor, CHANGE_COMPANY)
    inputs = {"version": version, "values": dict(values), "papers": dict(papers), "reason": reason.strip()}
    claim = claim_key(request_key, verb="accounts.answer_change", actor=actor, inputs=inputs)
    if claim.result_id:
        return CompanyChange.objects.get(pk=claim.result_id)
    change = _locked(version, actor)
    group = rules.group_of(change.fields)
    changed = changed_values(change.enterprise, group, values)
    check_change_papers(group, {*papers, *change.papers.values_list("kind", flat=True)})
    move(change, "answer", fields=sorted(changed), values=packed(changed), reason=reason.strip()[:400], decision_reason="")
    kinds = _bind(change, papers, actor=actor)
    start_deadline(rules.CHANGE_REVIEW.code, change, chains=[change.enterprise.chain])
    news = ChangeAnswered(enterprise_id=change.enterprise_id, change_id=change.pk, fields=change.fields, paper_kinds=kinds)
    record(news, actor=actor, subject=change, chains=[change.enterprise.chain], changes={"state": ["asked", "submitted"]})
    claim.done(change.pk)
    return change


@transaction.atomic
def withdraw_change(version: int, *, actor, request_key: str) -> CompanyChange:
    """Take one's own change back before a reviewer has taken it up, or instead of answering; the data on file never changed.

    Raises Denied, NotFound, IllegalMove, key_reused.
    """
    require(actor, CHANGE_COMPANY)
    claim = claim_key(request_key, verb="accounts.withdraw_change", actor=actor, inputs={"version": version})
    if claim.result_id:
        return CompanyChange.objects.get(pk=claim.result_id)
    change = _locked(version, actor)
    before = change.state
    move(change, "withdraw", decided_at=now())
    cancel_deadlines(change)
    news = ChangeWithdrawn(enterprise_id=change.enterprise_id, change_id=change.pk)
    record(news, actor=actor, subject=change, chains=[change.enterprise.chain], changes={"state": [before, "withdrawn"]})
    claim.done(change.pk)
    return change


def current_values(change: CompanyChange) -> dict:
    """What a change asks for, for the form that corrects it."""
    return unpacked(change.values)
