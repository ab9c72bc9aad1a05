"""Reading threads and inboxes."""

from django.db.models import Q

from accounts.actors import Actor, require
from accounts.models import EnterpriseUserObjectPermission, Membership, User
from kernel.chains import PLATFORM, subject_of
from kernel.jobs import KINDS
from kernel.models import Document, Job
from kernel.refusals import NotFound
from kernel.registries import SIGHTS

from .models import Message, MessageAttachment, Notice, Thread
from .permissions import READ_FILES

PAGE = 30


def people_with_box(enterprise_id: int, box: str = "", *, about: tuple[str, str] | None = None) -> list[int]:
    """User ids of an enterprise's main account and of its present sub-accounts holding `box`.

    `about` (type and id of a row) leaves out those who see only what is granted and not this row (H16).
    """
    wanted = Q(is_main=True)
    if box:
        held = EnterpriseUserObjectPermission.objects.filter(content_object=enterprise_id, permission__codename=box)
        wanted |= Q(user__in=held.values("user"))
    places = Membership.objects.filter(wanted, enterprise=enterprise_id, ended_at=None, user__is_active=True)
    found = list(places.order_by("user_id"))
    seen = _who_see(about, found) if about else {place.pk for place in found}
    return [place.user_id for place in found if place.pk in seen]


def _who_see(about: tuple[str, str], places: list[Membership]) -> set[int]:
    """Of these memberships those that see a row; what no room has put a fence round is seen by all."""
    fence = SIGHTS.get(about[0])
    narrowed = any(place.only_granted_orders or place.only_granted_listings for place in places)
    return fence(about[1], places) if fence and narrowed else {place.pk for place in places}


def person_of_membership(membership_id: int) -> int | None:
    return Membership.objects.filter(pk=membership_id, ended_at=None).values_list("user_id", flat=True).first()


def belongs_to(user_id: int, enterprise_id: int) -> bool:
    """Whether somebody has a place in an enterprise now."""
    return Membership.objects.filter(user_id=user_id, enterprise_id=enterprise_id, ended_at=None).exists()


def staff_with(permission: str) -> list[int]:
    """User ids of the active staff holding a permission ("app.codename")."""
    backend = "allauth.account.auth_backends.AuthenticationBackend"
    people = User.objects.with_perm(permission, backend=backend, include_superusers=False).filter(is_staff=True)
    return list(people.order_by("pk").values_list("pk", flat=True))


def notices_of(actor: Actor):
    """The notices of the person who acts, whichever enterprise they act for."""
    return Notice.objects.filter(recipient=actor.user_id or 0)


def inbox(actor: Actor, *, before: int | None = None, limit: int = PAGE) -> tuple[list[Notice], int | None]:
    """One page of an inbox, newest first, and the id to go on before (None at the end)."""
    rows = notices_of(actor).order_by("-id")
    found = list((rows.filter(pk__lt=before) if before else rows)[: limit + 1])
    return found[:limit], (found[limit - 1].pk if len(found) > limit else None)


def unread_shown(actor: Actor) -> int | str:
    """How many notices are unread, as pages show it: exact to 99, then "99+"."""
    count = unread_count(actor)
    return count if count < 100 else "99+"


def unread_count(actor: Actor, *, most: int = 100) -> int:
    """How many notices are unread, counted to `most` at the most."""
    return notices_of(actor).filter(read_at=None)[:most].count() if actor.user_id else 0


def messages_about(subject, *, actor: Actor | None = None):
    """What was said about a row, oldest first; with `actor` only in the threads of its enterprise.

    Without `actor` the caller has checked that the reader may see everything said about the row.
    """
    subject_type, subject_id = subject_of(subject)
    threads = Thread.objects.filter(subject_type=subject_type, subject_id=subject_id)
    if actor is not None:
        threads = threads.visible_to(actor)
    messages = Message.objects.filter(thread__in=threads).select_related("author", "enterprise")
    return messages.prefetch_related("attachments__document").order_by("id")


def messages_since(actor: Actor, moment, *, most: int) -> int:
    """How many messages the actor's enterprise has sent since a moment, counted to `most`."""
    return Message.objects.filter(enterprise_id=actor.enterprise_id or 0, at__gt=moment)[:most].count()


def attachment_for(actor: Actor, token: str) -> Document:
    """A file of a thread of the actor's enterprise; raises NotFound for foreign and missing ones alike (P28), Denied as any act does."""
    threads = Thread.objects.visible_to(actor)
    rows = MessageAttachment.objects.filter(document__token=token, message__thread__in=threads)
    found = rows.select_related("document", "message__thread").first()
    if found is None or not _sees(actor, found.message.thread):
        raise NotFound()
    require(actor, READ_FILES)
    return found.document


def _sees(actor: Actor, thread: Thread) -> bool:
    if actor.is_main or not (actor.only_granted_orders or actor.only_granted_listings):
        return True
    places = list(Membership.objects.filter(pk=actor.membership_id or 0))
    return bool(_who_see((thread.subject_type, thread.subject_id), places))


def asker_of_job(job_id: int) -> int | None:
    """The person who asked for a job; None for an operator's command."""
    return Job.objects.values_list("asked_by_id", flat=True).get(pk=job_id)


def page_of_job(job_id: int) -> str:
    """The page on which staff find a job of the platform's own; empty for a company's, which has its page among its jobs."""
    job = Job.objects.get(pk=job_id)
    return KINDS[job.kind].page(job) if job.owner_chain == PLATFORM and job.kind in KINDS else ""
