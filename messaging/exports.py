"""What an export says of talk: messages on the company's threads with their files, and notices to its people about it."""

from accounts.models import Membership
from kernel.chains import enterprise_chain
from kernel.registries import export_part

from .models import Message, MessageAttachment, Notice


@export_part("messages")
def messages(enterprise_id: int):
    """What both sides said; people of the other side are their firm."""
    rows = Message.objects.filter(thread__parties__contains=[enterprise_id]).select_related("thread", "author").order_by("pk")
    for row in rows.iterator(chunk_size=1000):
        ours = row.enterprise_id == enterprise_id
        yield {
            "id": row.pk, "about": f"{row.thread.subject_type}:{row.thread.subject_id}", "firm": row.enterprise_name,
            "person": row.author_id if ours else None, "text": row.body, "at": row.at,
        }  # fmt: skip


@export_part("message_files")
def files(enterprise_id: int):
    rows = MessageAttachment.objects.filter(message__thread__parties__contains=[enterprise_id]).select_related("document")
    for row in rows.order_by("pk").iterator(chunk_size=500):
        yield {"message": row.message_id, "file": row.document, "sha256": row.document.sha256}


@export_part("notices")
def notices(enterprise_id: int):
    people = Membership.objects.filter(enterprise_id=enterprise_id).values("user_id")
    rows = Notice.objects.filter(recipient__in=people, fact__links__chain=enterprise_chain(enterprise_id)).order_by("pk")
    for row in rows.iterator(chunk_size=2000):
        yield {
            "to": row.recipient_id, "text": row.msgid % row.params if row.params else row.msgid, "page": row.url, "at": row.created_at,
            "read": row.read_at,
        }  # fmt: skip
