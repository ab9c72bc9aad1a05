"""Contracts as their parties and the desk read them."""

from dataclasses import dataclass

from django.db.models import Case, CharField, IntegerField, OuterRef, Prefetch, QuerySet, Subquery, When
from django.db.models.functions import Cast

from accounts.actors import Actor, require, require_staff
from accounts.models import User
from kernel.chains import subject_of
from kernel.models import Deadline, Document
from kernel.refusals import NotFound

from ..models import ContractAcceptance, ContractRequest, ContractVersion, Order
from ..permissions import ASK_CONTRACT, HANDLE_CONTRACT, VIEW_PAPERS
from ..states import CONTRACT_OPEN

ACCEPTED = Prefetch("acceptances", ContractAcceptance.objects.order_by("pk"))
VERSIONS = Prefetch("versions", ContractVersion.objects.select_related("document").prefetch_related(ACCEPTED).order_by("-number"))


@dataclass(frozen=True)
class Standing:
    """How far a contract is for one party: `word` for the tag, `text` for the next step."""

    version: ContractVersion | None
    accepted: tuple[int, ...]  # the enterprises that accepted the newest version

    @property
    def both(self) -> bool:
        return len(self.accepted) == 2


def standing_of(request: ContractRequest) -> Standing:
    """The newest version of a loaded request and who has accepted it."""
    version = next(iter(request.versions.all()), None)
    return Standing(version, tuple(one.enterprise_id for one in version.acceptances.all()) if version else ())


def _own(actor: Actor) -> QuerySet[ContractRequest]:
    return ContractRequest.objects.filter(order__in=Order.objects.own(actor).order_by())


def order_to_contract(actor: Actor, no: str) -> Order:
    """An order that the actor may ask a contract about; raises Denied, NotFound."""
    require(actor, ASK_CONTRACT)
    order = Order.objects.own(actor).filter(no=no).prefetch_related("lines", "tenders").first()
    if order is None:
        raise NotFound()
    return order


def open_contract(order: Order) -> ContractRequest | None:
    return ContractRequest.objects.filter(order=order, state__in=CONTRACT_OPEN).first()


def contract_for(actor: Actor, no: str) -> ContractRequest:
    """A contract of an order of the actor's, with its versions, newest first; raises NotFound."""
    require(actor, VIEW_PAPERS)
    rows = _own(actor).select_related("order", "contact", "draft").prefetch_related(VERSIONS)
    request = rows.filter(no=no).first()
    if request is None:
        raise NotFound()
    return request


def contract_file(actor: Actor, no: str, number: int) -> tuple[ContractRequest, Document]:
    """The file of a version, for a party; raises NotFound. Number 0 is the asker's own draft, which only the asker sees."""
    request = contract_for(actor, no)
    if number == 0:
        if request.draft is None or request.asked_by_id != actor.enterprise_id:
            raise NotFound()
        return request, request.draft
    version = next((one for one in request.versions.all() if one.number == number), None)
    if version is None:
        raise NotFound()
    return request, version.document


def contract_clock(request: ContractRequest) -> Deadline | None:
    """The running clock of a request; None when none runs."""
    subject_type, subject_id = subject_of(request)
    rows = Deadline.objects.filter(policy="orders.contract", subject_type=subject_type, subject_id=subject_id)
    return rows.filter(met_at=None, cancelled_at=None).order_by("-pk").first()


def contracts_of_order(order: Order) -> list[ContractRequest]:
    """All contract requests of a loaded order, newest first."""
    return list(order.contracts.prefetch_related(VERSIONS).order_by("-pk"))


def desk_rows(model, policy: str) -> QuerySet:
    """Rows with the due time of their open clock (`due_at`) and when it was missed (`late_at`)."""
    clock = Deadline.objects.filter(
        policy=policy, subject_type=model._meta.label_lower, subject_id=Cast(OuterRef("pk"), CharField()), met_at=None, cancelled_at=None
    ).order_by("-pk")
    names = {"due_at": Subquery(clock.values("due_at")[:1]), "late_at": Subquery(clock.values("fired_at")[:1])}
    return model.objects.annotate(clock_from=Subquery(clock.values("started_at")[:1]), **names)


def contracts_for_desk(actor: Actor) -> QuerySet[ContractRequest]:
    """Every contract request for the desk: those to work on first, soonest due on top; raises Denied."""
    require_staff(actor, HANDLE_CONTRACT)
    order = {"requested": 0, "in_work": 0, "asked": 1}
    place = Case(
        *[When(state=state, then=n) for state, n in order.items()], default=2, output_field=IntegerField()
    )  # fmt: skip
    rows = desk_rows(ContractRequest, "orders.contract").annotate(queue_place=place)
    return rows.select_related("order", "asked_by").order_by("queue_place", "due_at", "pk")


def contracts_waiting(actor: Actor) -> QuerySet[ContractRequest]:
    """What waits for the desk."""
    return contracts_for_desk(actor).filter(state__in=["requested", "in_work"])


def contract_for_desk(actor: Actor, pk: int) -> ContractRequest:
    """One request for the desk; raises NotFound."""
    rows = contracts_for_desk(actor).select_related("order", "asked_by", "contact", "draft").prefetch_related(VERSIONS)
    found = rows.filter(pk=pk).first()
    if found is None:
        raise NotFound()
    return found


def contract_file_for_desk(actor: Actor, pk: int, number: int) -> Document:
    """A file of a request for the desk; number 0 is the party's draft. Raises NotFound."""
    request = contract_for_desk(actor, pk)
    found = request.draft if number == 0 else next((one.document for one in request.versions.all() if one.number == number), None)
    if found is None:
        raise NotFound()
    return found


def staff_names(ids) -> dict[int, str]:
    """Names of members of staff, for the back office only."""
    return {user.pk: str(user) for user in User.objects.filter(pk__in={pk for pk in ids if pk})}
