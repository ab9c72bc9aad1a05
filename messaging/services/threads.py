"""Messages between enterprises about one thing."""

import hashlib
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actors import require
from accounts.models import Enterprise
from kernel.chains import person_chain, subject_of
from kernel.clock import now
from kernel.refusals import NotFound, Refusal
from kernel.services import Purpose, claim_key, record, store_upload

from ..facts import MessagePosted
from ..models import Message, MessageAttachment, Thread
from ..permissions import POST_MESSAGE
from ..rules import BODY_MAX, FILE_TYPES, FILES_MAX

MESSAGE_FILE = Purpose("messaging.attachment", FILE_TYPES)


@transaction.atomic
def post_message(*, subject, parties: Sequence[int], actor, body: str, uploads=(), request_key: str) -> Message:
    """Say something, with files, to the other parties of a thing; once said it stays.

    `subject` is any row, `parties` are enterprise ids and include the actor's. The same request_key always names the same message.
    The fact of it stands on the author's own chain: the room whose thing it is tells the enterprises, in its own words, once.
    Raises Denied, NotFound (not a party), Refusal message_empty, message_too_long, too_many_files, upload_….
    """
    require(actor, POST_MESSAGE)
    parties, body, uploads = sorted(set(parties)), body.strip(), list(uploads)
    if actor.enterprise_id not in parties:
        raise NotFound()
    subject_type, subject_id = subject_of(subject)
    inputs = {"about": [subject_type, subject_id], "parties": parties, "body": body, "files": [[u.name, _content_hash(u)] for u in uploads]}
    claim = claim_key(request_key, verb="messaging.post_message", actor=actor, inputs=inputs)
    if claim.result_id:
        return Message.objects.get(pk=claim.result_id)
    _refuse(body, uploads)
    thread, _made = Thread.objects.get_or_create(
        subject_type=subject_type, subject_id=subject_id, parties=parties, defaults={"created_at": now()}
    )
    name = Enterprise.objects.values_list("name", flat=True).get(pk=actor.enterprise_id)
    message = Message.objects.create(
        thread=thread, author_id=actor.user_id, enterprise_id=actor.enterprise_id, enterprise_name=name, body=body, at=now()
    )
    for upload in uploads:
        document = store_upload(upload, purpose=MESSAGE_FILE, owner_chain=actor.acting_for, actor=actor)
        MessageAttachment.objects.create(message=message, document=document)
    value = MessagePosted(
        message_id=message.pk, thread_id=thread.pk, subject_type=subject_type, subject_id=subject_id,
        enterprise_id=actor.enterprise_id, attachments=len(uploads),
    )  # fmt: skip
    record(value, actor=actor, subject=thread, chains=[person_chain(actor.user_id)])
    claim.done(message.pk)
    return message


def _content_hash(upload) -> str:
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    return digest.hexdigest()


def _refuse(body: str, uploads: list) -> None:
    if not body and not uploads:
        raise Refusal("message_empty", _("Write something, or attach a file."))
    if "\x00" in body or len(body) > BODY_MAX:
        raise Refusal("message_too_long", _("A message has at most %(max)s characters.") % {"max": BODY_MAX})
    if len(uploads) > FILES_MAX:
        raise Refusal("too_many_files", _("At most %(max)s files fit on one message.") % {"max": FILES_MAX})
