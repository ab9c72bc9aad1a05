"""Written contracts: asked for by a party, handed in by customer service, accepted by each side for itself (H24, decision 7)."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor, require, require_staff
from kernel.chains import enterprise_chain
from kernel.clock import now
from kernel.refusals import Denied, NotFound, Refusal
from kernel.services import (
    cancel_deadlines,
    claim_key,
    lock,
    meet_deadline,
    move,
    next_no,
    pause_deadlines,
    record,
    resume_deadlines,
    start_deadline,
)
from kernel.services.facts import keep_personal
from kernel.timer import TIMER
from kernel.vault import digest

from ..facts import ContractAccepted, ContractDelivered, ContractLate, ContractMoved, ContractRequested
from ..models import ContractAcceptance, ContractRequest, ContractVersion, Order
from ..permissions import ACCEPT_CONTRACT, ASK_CONTRACT, HANDLE_CONTRACT
from ..states import CONTRACT_OPEN
from .kept_files import CONTRACT, DRAFT, bind_file, refuse_partial

NOT_NOW = ("declined", "withdrawn", "lapsed")


@transaction.atomic
def request_contract(no: str, *, actor: Actor, wanted: str, contact: str, draft: str = "", request_key: str) -> ContractRequest:
    """Ask customer service for a written contract about an order; `draft` is the token of a kept file.

    Raises Refusal contract_open, no_contract_now, file_gone.
    """
    require(actor, ASK_CONTRACT)
    wanted, contact = wanted.strip(), contact.strip()
    inputs = {"no": no, "wanted": wanted, "contact": digest(contact) if contact else "", "draft": draft}
    claim = claim_key(request_key, verb="orders.request_contract", actor=actor, inputs=inputs)
    order = lock(Order.objects.own(actor), no=no)
    if claim.result_id:
        return ContractRequest.objects.get(pk=claim.result_id)
    if not wanted:
        raise Refusal("wanted_missing", _("Say what the contract should contain."))
    if order.state in NOT_NOW:
        raise Refusal("no_contract_now", _("This order ended without a trade, so there is nothing to write a contract about."))
    if order.contracts.filter(state__in=CONTRACT_OPEN).exists():
        raise Refusal("contract_open", _("A contract has already been asked for on this order and is being worked on."))
    kept = bind_file(draft, purpose=DRAFT, owner_chain=actor.acting_for, actor=actor) if draft else None
    contact_id, commitment = keep_personal(actor.acting_for, "contact", contact) if contact else (None, "")
    request = ContractRequest.objects.create(
        no=next_no("L", sequence="orders_contract_no"), order=order, asked_by_id=actor.party_id, wanted=wanted, contact_id=contact_id,
        contact_commitment=commitment, draft=kept, created_at=now(), created_by_id=actor.user_id or 0,
    )  # fmt: skip
    value = ContractRequested(contract_id=request.pk, contract_no=request.no, **_parties(order, request))
    record(value, actor=actor, subject=order, chains=order.chains, changes={"contractrequest": ["", "requested"]})
    start_deadline("orders.contract", request, chains=order.chains)
    claim.done(request.pk)
    return request


def _parties(order: Order, request: ContractRequest) -> dict:
    return {
        "order_id": order.pk, "no": order.no, "asked_by_id": request.asked_by_id, "other_id": order.other_party_id(request.asked_by_id),
    }  # fmt: skip


def _own(contract_no: str, actor: Actor) -> tuple[Order, ContractRequest]:
    """Lock the order, then the request, of one of its parties."""
    order = lock(Order.objects.own(actor), contracts__no=contract_no)
    return order, lock(ContractRequest.objects.filter(order=order), no=contract_no)


def _handled(request_id: int, actor: Actor) -> tuple[Order, ContractRequest]:
    order = lock(Order.objects.all(), contracts__pk=request_id)
    refuse_partial(order, actor=actor)
    return order, lock(ContractRequest.objects.filter(order=order), pk=request_id)


def _moved(order: Order, request: ContractRequest, name: str, actor, **changes) -> None:
    before = request.state
    move(request, name, **changes)
    value = ContractMoved(contract_id=request.pk, contract_no=request.no, move=name, **_parties(order, request))
    record(value, actor=actor, subject=order, chains=order.chains, changes={"contractrequest": [before, request.state]})


@transaction.atomic
def answer_contract_question(contract_no: str, *, actor: Actor, answer: str, request_key: str) -> ContractRequest:
    """Answer, as the party that asked, what customer service wants to know; the clock runs on. Raises Denied other_party."""
    require(actor, ASK_CONTRACT)
    answer = answer.strip()
    claim = claim_key(request_key, verb="orders.answer_contract", actor=actor, inputs={"no": contract_no, "answer": answer})
    order, request = _own(contract_no, actor)
    if claim.result_id:
        return request
    _asker(request, actor)
    if not answer:
        raise Refusal("answer_missing", _("Write your answer."))
    _moved(order, request, "answer", actor, answer=answer)
    resume_deadlines(request)
    claim.done(request.pk)
    return request


def _asker(request: ContractRequest, actor: Actor) -> None:
    if request.asked_by_id != actor.enterprise_id:
        raise Denied("other_party", _("Only the party that asked for the contract can do this."))


@transaction.atomic
def withdraw_contract(contract_no: str, *, actor: Actor, request_key: str) -> ContractRequest:
    """Take one's own request back before anything was handed in."""
    require(actor, ASK_CONTRACT)
    claim = claim_key(request_key, verb="orders.withdraw_contract", actor=actor, inputs={"no": contract_no})
    order, request = _own(contract_no, actor)
    if claim.result_id:
        return request
    _asker(request, actor)
    _moved(order, request, "withdraw", actor, ended_at=now())
    cancel_deadlines(request)
    claim.done(request.pk)
    return request


@transaction.atomic
def take_contract(request_id: int, *, actor: Actor, request_key: str) -> ContractRequest:
    """Take a request up at the desk; both parties see that somebody works on it. Raises Denied own_case."""
    require_staff(actor, HANDLE_CONTRACT)
    claim = claim_key(request_key, verb="orders.take_contract", actor=actor, inputs={"id": request_id})
    order, request = _handled(request_id, actor)
    if not claim.result_id:
        _moved(order, request, "take", actor, taken_at=now(), taken_by_id=actor.user_id)
        claim.done(request.pk)
    return request


@transaction.atomic
def ask_about_contract(request_id: int, *, actor: Actor, question: str, request_key: str) -> ContractRequest:
    """Ask the party back; until it answers the clock stands still."""
    require_staff(actor, HANDLE_CONTRACT)
    question = question.strip()
    claim = claim_key(request_key, verb="orders.ask_about_contract", actor=actor, inputs={"id": request_id, "question": question})
    order, request = _handled(request_id, actor)
    if claim.result_id:
        return request
    if not question:
        raise Refusal("question_missing", _("Write what you want to know."))
    _moved(order, request, "ask", actor, question=question, answer="")
    pause_deadlines(request)
    claim.done(request.pk)
    return request


@transaction.atomic
def decline_contract(request_id: int, *, actor: Actor, reason: str, request_key: str) -> ContractRequest:
    """End a request without a contract, with a reason that both parties read."""
    require_staff(actor, HANDLE_CONTRACT)
    reason = reason.strip()
    claim = claim_key(request_key, verb="orders.decline_contract", actor=actor, inputs={"id": request_id, "reason": reason})
    order, request = _handled(request_id, actor)
    if claim.result_id:
        return request
    if not reason:
        raise Refusal("reason_missing", _("Say why: both parties read it."))
    _moved(order, request, "decline", actor, reason=reason, ended_at=now())
    cancel_deadlines(request)
    claim.done(request.pk)
    return request


@transaction.atomic
def deliver_contract(
    request_id: int, *, actor: Actor, file: str, signed: bool, online: bool, note: str = "", request_key: str
) -> ContractVersion:  # fmt: skip
    """Hand in a contract's file, or its next version: both parties see it with its SHA-256; a new version has no acceptance yet (P31).

    `file` is the token of a kept PDF. Raises Refusal file_gone, version_unclear, same_bytes.
    """
    require_staff(actor, HANDLE_CONTRACT)
    inputs = {"id": request_id, "file": file, "signed": signed, "online": online, "note": note}
    claim = claim_key(request_key, verb="orders.deliver_contract", actor=actor, inputs=inputs)
    order, request = _handled(request_id, actor)
    if claim.result_id:
        return ContractVersion.objects.get(pk=claim.result_id)
    if not (signed or online):
        raise Refusal("version_unclear", _("Say whether the file is signed already, or is to be accepted online by both parties."))
    document = bind_file(file, purpose=CONTRACT, owner_chain=enterprise_chain(request.asked_by_id), actor=actor)
    if request.versions.filter(sha256=document.sha256).exists():
        raise Refusal("same_bytes", _("This very file has been handed in already."))
    version = ContractVersion.objects.create(
        request=request, number=request.versions.count() + 1, document=document, sha256=document.sha256, signed=signed, online=online,
        note=note.strip(), created_at=now(), created_by_id=actor.user_id or 0,
    )  # fmt: skip
    before = request.state
    move(request, "deliver", delivered_at=now())
    meet_deadline("orders.contract", request)
    value = ContractDelivered(
        contract_id=request.pk, contract_no=request.no, version=version.number, sha256=version.sha256, signed=signed, online=online,
        **_parties(order, request),
    )  # fmt: skip
    record(value, actor=actor, subject=order, chains=order.chains, changes={"contractrequest": [before, request.state]})
    claim.done(version.pk)
    return version


@transaction.atomic
def accept_contract(contract_no: str, *, actor: Actor, number: int, sha256: str, request_key: str) -> ContractAcceptance:
    """Accept, for one's own enterprise, exactly the bytes with this hash; the page has asked for the password again.

    Raises Refusal contract_changed (a newer version, other bytes), not_online, Denied same_person (one person for both sides),
    already_accepted.
    """
    require(actor, ACCEPT_CONTRACT)
    inputs = {"no": contract_no, "version": number, "sha256": sha256}
    claim = claim_key(request_key, verb="orders.accept_contract", actor=actor, inputs=inputs)
    order, request = _own(contract_no, actor)
    if claim.result_id:
        return ContractAcceptance.objects.get(pk=claim.result_id)
    version = request.versions.order_by("-number").first()
    if version is None:
        raise NotFound()
    if (version.number, version.sha256) != (number, sha256):
        raise Refusal("contract_changed", _("A newer version has been handed in since you opened this page. Read it before you accept."))
    if not version.online:
        raise Refusal("not_online", _("This file was signed outside the platform; there is nothing to accept online."))
    given = list(version.acceptances.all())
    if any(one.enterprise_id == actor.party_id for one in given):
        raise Refusal("already_accepted", _("Your company has accepted this version already."))
    if any(one.user_id == actor.user_id for one in given):
        raise Denied("same_person", _("You accepted this version for the other party. Another person has to accept it for this one."))
    acceptance = ContractAcceptance.objects.create(
        version=version, enterprise_id=actor.party_id, party_name=order.party_name(actor.party_id), user_id=actor.user_id or 0,
        sha256=version.sha256, at=now(),
    )  # fmt: skip
    value = ContractAccepted(
        order_id=order.pk, no=order.no, contract_id=request.pk, contract_no=request.no, version=number, sha256=sha256,
        enterprise_id=actor.party_id, other_id=order.other_party_id(actor.party_id), both=len(given) == 1,
    )  # fmt: skip
    record(value, actor=actor, subject=order, chains=order.chains)
    claim.done(acceptance.pk)
    return acceptance


@transaction.atomic
def note_late_contract(request_id: int) -> None:
    """Write that a contract was not handed in in time; harmless when it was meanwhile."""
    order = lock(Order.objects.all(), contracts__pk=request_id)
    request = lock(ContractRequest.objects.filter(order=order), pk=request_id)
    if request.state in CONTRACT_OPEN:
        parties = {"order_id": order.pk, "no": order.no, "asked_by_id": request.asked_by_id}
        value = ContractLate(contract_id=request.pk, contract_no=request.no, **parties)
        record(value, actor=TIMER, subject=order, chains=order.chains)
