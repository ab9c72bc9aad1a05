"""Enterprise registration: handed in by a person, reviewed by staff, corrected and handed in again."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kernel.clock import now
from kernel.fields import clean_line
from kernel.refusals import Denied, Refusal
from kernel.services import claim_key, lock, move, record, start_deadline

from .. import rules
from ..actors import Actor, require
from ..facts import EnterpriseResubmitted, EnterpriseSubmitted
from ..models import Enterprise, Membership, User
from ..permissions import EDIT_COMPANY
from .papers import bind_papers, check_papers

LINES = (
    "name", "name_en", "address", "province", "registration_no", "phone", "legal_representative", "tax_no", "bank_name", "bank_code",
    "bank_account",
)  # fmt: skip
HANDLE_TRIES = 5  # each failed one means that another firm took the name at this very moment
PERSONAL = {"legal_representative", "phone", "address", "bank_account"}  # facts say that these changed, never what they say (decision 17)


@dataclass(frozen=True)
class Particulars:
    """What a company says about itself; the service normalises and checks every part."""

    name: str
    registration_no: str
    address: str
    phone: str
    legal_representative: str
    name_en: str = ""
    country: str = "CN"
    province: str = ""
    licence_expires_on: date | None = None
    tax_no: str = ""  # in mainland China the credit code, unless the certificate says otherwise
    bank_name: str = ""
    bank_code: str = ""  # CNAPS, 12 digits; SWIFT abroad
    bank_account: str = ""


def checked(particulars: Particulars) -> dict:
    """Return the particulars as they are stored; raises Refusal naming the first problem."""
    values = asdict(particulars)
    for name in LINES:
        try:
            values[name] = clean_line(values[name])
        except ValidationError as error:
            raise Refusal(f"{name}_invalid", error.messages[0]) from error
    values = rules.normal_particulars(values)
    for field, problem in rules.particulars_problems(values, timezone.localdate(now())).items():
        raise Refusal(f"{field}_invalid", problem)
    return {**values, "name_skeleton": rules.name_skeleton(values["name"])}


@transaction.atomic
def register_enterprise(particulars: Particulars, *, papers: Mapping[str, str], actor, request_key: str) -> Enterprise:
    """Hand in a company for review by the person who will be its main account; the review clock starts (H01-H03, H07).

    `papers` is {kind: token of a kept draft}, all of `rules.REQUIRED_PAPERS`. A code that another company has is taken in like any
    other: nobody outside learns who is here; the reviewer sees both (P12, H23).
    Raises Refusal: …_invalid, paper_missing, registration_open.
    """
    values = checked(particulars)
    # A person registers, whatever they act for: the first answer makes them act for the new company, and the same form may come again.
    claimant, inputs = Actor("person", actor.user_id), {**values, "papers": dict(papers)}
    claim = claim_key(request_key, verb="accounts.register_enterprise", actor=claimant, inputs=inputs)
    if claim.result_id:
        return Enterprise.objects.get(pk=claim.result_id)
    enterprise = hand_in(particulars, papers=papers, actor=actor)
    claim.done(enterprise.pk)
    return enterprise


def hand_in(particulars: Particulars, *, papers: Mapping[str, str], actor) -> Enterprise:
    """What `register_enterprise` does, for callers that have claimed the request already and are in a transaction."""
    values, person = checked(particulars), registrant(actor=actor)
    check_papers(papers)
    enterprise = _created(values)
    Membership.objects.create(user=person, enterprise=enterprise, is_main=True, created_at=now())
    kinds = bind_papers(enterprise, papers, actor=actor)
    start_deadline("accounts.review", enterprise, chains=[enterprise.chain])
    record(EnterpriseSubmitted(enterprise_id=enterprise.pk, paper_kinds=kinds), actor=actor, subject=enterprise, chains=[enterprise.chain])
    return enterprise


def registrant(*, actor) -> User:
    """Lock and return the person who may register a company; raises Denied: not_logged_in, sub_account, Refusal("registration_open")."""
    if not actor.user_id:
        raise Denied("not_logged_in", _("Log in first."))
    person = lock(User.objects.filter(is_active=True), pk=actor.user_id)  # one registration at a time by one person
    if not person.email or person.is_sub_account:
        raise Denied("sub_account", _("A sub-account cannot register a company. Use a log-in with your own e-mail address."))
    mine = Membership.objects.filter(user=person, is_main=True, ended_at=None)
    if mine.exclude(enterprise__state__in=["verified", "frozen", "closed"]).exists():
        raise Refusal("registration_open", _("You already have a registration in progress. Its page shows how far it is."))
    return person


def _created(values: dict) -> Enterprise:
    for _try in range(HANDLE_TRIES):
        try:
            with transaction.atomic():
                return Enterprise.objects.create(**values, handle=_free_handle(values), created_at=now())
        except IntegrityError as error:
            if "handle" not in _violated(error):
                raise
    raise Refusal("busy", _("Somebody else was changing the same things at this moment. Nothing was done; please try again."))


def _violated(error: IntegrityError) -> str:
    """The name of the constraint that refused."""
    return getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""


def _free_handle(values: dict) -> str:
    stem = rules.handle_from(values["name_en"], values["registration_no"])
    taken = set(Enterprise.objects.filter(handle__startswith=stem).values_list("handle", flat=True))
    return next(name for n in range(1, len(taken) + 2) if (name := stem if n == 1 else f"{stem}-{n}") not in taken)


@transaction.atomic
def resubmit_enterprise(enterprise_id: int, particulars: Particulars, *, papers: Mapping[str, str], actor, request_key: str) -> Enterprise:
    """Hand in a rejected registration again, corrected; new papers stand beside the old ones, which stay (H03).

    Raises Refusal: …_invalid, paper_missing, illegal_move when it is not rejected.
    """
    require(actor, EDIT_COMPANY)
    inputs = {"enterprise": enterprise_id, **checked(particulars), "papers": dict(papers)}
    claim = claim_key(request_key, verb="accounts.resubmit_enterprise", actor=actor, inputs=inputs)
    if claim.result_id:
        return Enterprise.objects.get(pk=enterprise_id)
    enterprise = hand_in_again(enterprise_id, particulars, papers=papers, actor=actor)
    claim.done(enterprise.pk)
    return enterprise


def hand_in_again(enterprise_id: int, particulars: Particulars, *, papers: Mapping[str, str], actor) -> Enterprise:
    """What `resubmit_enterprise` does, for callers that have claimed the request already and are in a transaction."""
    require(actor, EDIT_COMPANY)
    values = checked(particulars)
    enterprise = lock(Enterprise.objects.visible_to(actor).filter(pk=actor.enterprise_id), pk=enterprise_id)
    check_papers({*papers, *enterprise.papers.filter(document__erased_at=None).values_list("kind", flat=True)})
    before = {name: getattr(enterprise, name) for name in values if name != "name_skeleton"}
    changes = {name: _shown(name, old, values[name]) for name, old in before.items() if old != values[name]}
    move(enterprise, "resubmit", **values, rejection_reason="")
    kinds = bind_papers(enterprise, papers, actor=actor)
    start_deadline("accounts.review", enterprise, chains=[enterprise.chain])
    keep_version(enterprise)
    fact = EnterpriseResubmitted(enterprise_id=enterprise.pk, paper_kinds=kinds)
    record(fact, actor=actor, subject=enterprise, chains=[enterprise.chain], changes=changes)
    return enterprise


def _shown(name: str, old, new) -> list:
    return ["*", "*"] if name in PERSONAL else [old, new]


def keep_version(enterprise: Enterprise) -> None:
    """Keep a version of an enterprise that `move` changed: it writes with update(), which simple_history does not see."""
    Enterprise.history.bulk_history_create([enterprise], batch_size=1, update=True)
