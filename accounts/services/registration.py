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

REQUIRED = ("name", "address", "legal_representative")
LINES = (*REQUIRED, "name_en", "province", "registration_no", "phone")
HANDLE_TRIES = 5  # each failed one means that another firm took the name at this very moment
PERSONAL = {"legal_representative", "phone", "address"}  # facts say that these changed, never what they say (decision 17)


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


def checked(particulars: Particulars) -> dict:
    """Return the particulars as they are stored; raises Refusal naming the first problem."""
    values = asdict(particulars)
    for name in LINES:
        try:
            values[name] = clean_line(values[name])
        except ValidationError as error:
            raise Refusal(f"{name}_invalid", error.messages[0]) from error
    country = values["country"]
    values["registration_no"] = rules.normal(values["registration_no"])
    values["phone"] = rules.normal_phone(country, values["phone"])
    if country == "CN":
        values["province"] = rules.normal_province(values["province"])
    problems = {
        "country": "" if country in rules.COUNTRIES else _("Choose a country from the list."),
        "registration_no": rules.registration_no_problem(country, values["registration_no"]),
        "phone": rules.phone_problem(country, values["phone"]),
        "province": "" if values["province"] or country != "CN" else _("Choose the province of the registered address."),
        "licence_expires_on": rules.licence_problem(values["licence_expires_on"], timezone.localdate(now())),
        **{name: "" if values[name] else _("Fill in every required field.") for name in REQUIRED},
    }
    for field, problem in problems.items():
        if problem:
            raise Refusal(f"{field}_invalid", problem)
    return values


def _taken() -> Refusal:
    # One sentence for every case: an outsider learns neither that the code is registered nor how far its review is (H01, P12).
    return Refusal("registration_refused", _("We could not accept this registration. If the code is yours, contact customer service."))


@transaction.atomic
def register_enterprise(particulars: Particulars, *, papers: Mapping[str, str], actor, request_key: str) -> Enterprise:
    """Hand in a company for review by the person who will be its main account; the review clock starts (H01-H03, H07).

    `papers` is {kind: token of a kept draft}. Raises Refusal: …_invalid, paper_missing, registration_refused, registration_open.
    """
    values = checked(particulars)
    # A person registers, whatever they act for: the first answer makes them act for the new company, and the same form may come again.
    claimant, inputs = Actor("person", actor.user_id), {**values, "papers": dict(papers)}
    claim = claim_key(request_key, verb="accounts.register_enterprise", actor=claimant, inputs=inputs)
    if claim.result_id:
        return Enterprise.objects.get(pk=claim.result_id)
    person = _registrant(actor)
    check_papers(papers)
    enterprise = _created(values)
    Membership.objects.create(user=person, enterprise=enterprise, is_main=True, created_at=now())
    kinds = bind_papers(enterprise, papers, actor=actor)
    start_deadline("accounts.review", enterprise, chains=[enterprise.chain])
    record(EnterpriseSubmitted(enterprise_id=enterprise.pk, paper_kinds=kinds), actor=actor, subject=enterprise, chains=[enterprise.chain])
    claim.done(enterprise.pk)
    return enterprise


def _registrant(actor) -> User:
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
            if _violated(error) == "registration_once":
                raise _taken() from error
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

    Raises Refusal: …_invalid, registration_refused, illegal_move when it is not rejected.
    """
    require(actor, EDIT_COMPANY)
    values = checked(particulars)
    inputs = {"enterprise": enterprise_id, **values, "papers": dict(papers)}
    claim = claim_key(request_key, verb="accounts.resubmit_enterprise", actor=actor, inputs=inputs)
    enterprise = lock(Enterprise.objects.visible_to(actor).filter(pk=actor.enterprise_id), pk=enterprise_id)
    if claim.result_id:
        return enterprise
    changes = {name: _shown(name, getattr(enterprise, name), new) for name, new in values.items() if getattr(enterprise, name) != new}
    try:
        with transaction.atomic():
            move(enterprise, "resubmit", **values, rejection_reason="")
    except IntegrityError as error:
        if _violated(error) != "registration_once":
            raise
        raise _taken() from error
    kinds = bind_papers(enterprise, papers, actor=actor)
    start_deadline("accounts.review", enterprise, chains=[enterprise.chain])
    keep_version(enterprise)
    fact = EnterpriseResubmitted(enterprise_id=enterprise.pk, paper_kinds=kinds)
    record(fact, actor=actor, subject=enterprise, chains=[enterprise.chain], changes=changes)
    claim.done(enterprise.pk)
    return enterprise


def _shown(name: str, old, new) -> list:
    return ["*", "*"] if name in PERSONAL else [old, new]


def keep_version(enterprise: Enterprise) -> None:
    """Keep a version of an enterprise that `move` changed: it writes with update(), which simple_history does not see."""
    Enterprise.history.bulk_history_create([enterprise], batch_size=1, update=True)
