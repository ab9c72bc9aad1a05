"""Notices: news put into people's inboxes, each mailed by a delivery of its own."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation

from kernel.chains import person_chain
from kernel.clock import now
from kernel.refusals import NotFound
from kernel.services import lock, record
from kernel.timer import TIMER

from .. import queries
from ..facts import NoticeMade
from ..models import Notice


@transaction.atomic
def notify_person(user_id: int, *, msgid: str, params: dict, url: str, fact, mail: bool = True) -> Notice:
    """Put one notice about a fact into a person's inbox; asked again it answers the same one (P23).

    `msgid` is English with %(name)s placeholders, marked with gettext_noop; `url` is a path of this site. Raises ValueError for another.
    Without `mail` it stays in the inbox.
    """
    if not url.startswith("/") or url.startswith(("//", "/\\")):
        raise ValueError(f"a notice leads to a path of this site, not to {url!r}")
    _ = msgid % params  # a placeholder without a value must fail here, not on somebody's page
    notice, made = Notice.objects.get_or_create(
        recipient_id=user_id, fact=fact, msgid=msgid, defaults={"params": params, "url": url, "created_at": now()}
    )
    if made and mail:
        record(NoticeMade(notice_id=notice.pk), actor=TIMER, subject=notice, chains=[person_chain(user_id)])
    return notice


@transaction.atomic
def notify_enterprise(enterprise_id: int, *, msgid: str, params: dict, url: str, fact, box: str = "") -> list[Notice]:
    """Notify an enterprise's main account and, when a box of the permission grid is named, every sub-account that holds it."""
    about = (
        (fact.payload["subject_type"], fact.payload["subject_id"])
        if "subject_type" in fact.payload
        else (fact.subject_type, fact.subject_id)
    )
    people = queries.people_with_box(enterprise_id, box, about=about)
    return [notify_person(user_id, msgid=msgid, params=params, url=url, fact=fact) for user_id in people]


@transaction.atomic
def notify_staff(permission: str, *, msgid: str, params: dict, url: str, fact) -> list[Notice]:
    """Notify every member of staff who holds a permission ("app.codename"), by groups or directly."""
    return [notify_person(user_id, msgid=msgid, params=params, url=url, fact=fact) for user_id in queries.staff_with(permission)]


def mail_notice(notice_id: int) -> bool:
    """Send a notice by mail in its reader's language; False when there is no address to send to.

    The Message-ID is the notice's, so that a repeated delivery is recognised as the same mail.
    """
    notice = Notice.objects.select_related("recipient").get(pk=notice_id)
    person = notice.recipient
    if not person.email or not person.is_active:
        return False
    with translation.override(person.language):
        text = " ".join(notice.text.split())
        body = render_to_string("messaging/notice_mail.txt", {"text": text, "url": settings.SITE_URL + notice.url, "brand": settings.BRAND})
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">") or "localhost"
    EmailMessage(text[:120], body, to=[person.email], headers={"Message-ID": f"<notice-{notice.pk}@{domain}>"}).send()
    return True


@transaction.atomic
def open_notice(notice_id: int, *, actor) -> Notice:
    """Mark a notice of the actor's own inbox as read and return it; raises NotFound."""
    if not actor.user_id:
        raise NotFound()
    notice = lock(queries.notices_of(actor), pk=notice_id)
    if notice.read_at is None:
        notice.read_at = now()
        notice.save(update_fields=["read_at"])
    return notice


def mark_all_read(*, actor, until: int | None = None) -> int:
    """Mark the notices of the actor's inbox up to the id `until` (None: every one) as read; returns how many were unread.

    A page names the newest one it showed, so that the same form sent again reads nothing that came later.
    """
    unread = queries.notices_of(actor).filter(read_at=None)
    return (unread if until is None else unread.filter(pk__lte=until)).update(read_at=now())
