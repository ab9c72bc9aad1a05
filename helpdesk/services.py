"""Contacting customer service, and answering."""

import secrets

from django.conf import settings
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from accounts.actors import require_staff
from kernel.chains import PLATFORM, enterprise_chain, person_chain
from kernel.clock import now
from kernel.refusals import Denied, Refusal
from kernel.services import claim_key, lock, move, record
from kernel.vault import digest

from .facts import RequestAnswered, RequestClosed, RequestMade
from .models import Answer, ServiceRequest
from .permissions import ANSWER_REQUEST
from .rules import PER_HOUR

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that sounds or looks like another


class TooMany(Refusal):
    """The hourly limit of one address is used up."""

    status = 429


@transaction.atomic
def make_request(*, actor, topic: str, name: str, email: str, phone: str, subject: str, message: str, language: str, request_key: str):
    """Take in a question from anybody, logged in or not (H10); the same request_key always names the same request.

    Raises Refusal no_address (neither e-mail nor phone), too_many_requests (status 429).
    """
    inputs = {"topic": topic, "name": name, "email": email, "phone": phone, "subject": subject, "message": message}
    claim = claim_key(request_key, verb="helpdesk.make_request", actor=actor, inputs=inputs)
    if claim.result_id:
        return ServiceRequest.objects.get(pk=claim.result_id)
    if not email and not phone:
        raise Refusal("no_address", _("Leave an e-mail address or a phone number, so that we can answer."))
    _count(actor)
    made = ServiceRequest.objects.create(
        no=_number(), **inputs, language=language, user_id=actor.user_id, enterprise_id=actor.enterprise_id, created_at=now()
    )
    record(RequestMade(request_id=made.pk, no=made.no, topic=topic), actor=actor, subject=made, chains=_chains(made))
    claim.done(made.pk)
    return made


def _count(actor) -> None:
    """Count a request of the actor's network address in this clock hour; the address itself is not kept.

    Two requests at the same moment may count as one: a limit against floods, not a ledger.
    """
    key = f"helpdesk:{now():%Y%m%d%H}:{digest(actor.ip or 'nowhere')}"
    made = cache.get(key, 0) + 1
    cache.set(key, made, 3600)
    if made > PER_HOUR:
        raise TooMany(
            "too_many_requests",
            _("Too many messages came from your network within an hour. Try later, or phone %(hotline)s.")
            % {"hotline": settings.BRAND["hotline"]},
        )


def _number() -> str:
    return "SR-" + "".join(secrets.choice(ALPHABET) for _ in range(4)) + "-" + "".join(secrets.choice(ALPHABET) for _ in range(4))


def _chains(request: ServiceRequest) -> list[str]:
    """Whose log tells of it: the person's, and that of the company they act for (P18); never what was asked."""
    if not request.user_id:
        return [PLATFORM]
    own = person_chain(request.user_id)
    return [own, enterprise_chain(request.enterprise_id)] if request.enterprise_id else [own]


def _own_refused(request: ServiceRequest, actor) -> None:
    if request.user_id and request.user_id == actor.user_id:
        raise Denied("own_request", _("This is your own request, so a colleague must answer."))


@transaction.atomic
def answer_request(request_id: int, *, actor, text: str, request_key: str) -> Answer:
    """Answer a request (staff): kept, told in the inbox and sent by mail. Raises Denied, IllegalMove, Refusal answer_empty."""
    require_staff(actor, ANSWER_REQUEST)
    claim = claim_key(request_key, verb="helpdesk.answer_request", actor=actor, inputs={"request": request_id, "text": text})
    if claim.result_id:
        return Answer.objects.get(pk=claim.result_id)
    request = lock(ServiceRequest.objects.all(), pk=request_id)
    _own_refused(request, actor)
    if not text.strip():
        raise Refusal("answer_empty", _("Write an answer."))
    before = request.state
    move(request, "answer")
    answer = Answer.objects.create(request=request, author_id=actor.user_id, text=text.strip(), at=now())
    value = RequestAnswered(request_id=request.pk, answer_id=answer.pk, no=request.no, user_id=request.user_id)
    record(value, actor=actor, subject=request, chains=_chains(request), changes={"state": [before, request.state]})
    claim.done(answer.pk)
    return answer


@transaction.atomic
def close_request(request_id: int, *, actor, request_key: str) -> ServiceRequest:
    """Close a request (staff): nothing more is owed. Raises Denied, IllegalMove, KeyReused."""
    require_staff(actor, ANSWER_REQUEST)
    claim = claim_key(request_key, verb="helpdesk.close_request", actor=actor, inputs={"request": request_id})
    if claim.result_id:
        return ServiceRequest.objects.get(pk=claim.result_id)
    request = lock(ServiceRequest.objects.all(), pk=request_id)
    _own_refused(request, actor)
    before = request.state
    move(request, "close", closed_at=now())
    value = RequestClosed(request_id=request.pk, no=request.no)
    record(value, actor=actor, subject=request, chains=_chains(request), changes={"state": [before, "closed"]})
    claim.done(request.pk)
    return request


def mail_answer(answer_id: int) -> bool:
    """Send an answer to who asked, in the language they wrote in; False when they left no e-mail address."""
    answer = Answer.objects.select_related("request").get(pk=answer_id)
    request = answer.request
    if not request.email:
        return False
    with translation.override(request.language):
        subject = translation.gettext("Answer to your request %(no)s") % {"no": request.no}
        body = render_to_string("helpdesk/answer_mail.txt", {"answer": answer, "service_request": request, "brand": settings.BRAND})
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">") or "localhost"
    EmailMessage(subject, body, to=[request.email], headers={"Message-ID": f"<answer-{answer.pk}@{domain}>"}).send()
    return True
