from django.utils.translation import gettext_lazy as _

from kernel.facts import fact


@fact("messaging.message_posted", label=_("Message sent"))
class MessagePosted:
    message_id: int
    thread_id: int
    subject_type: str
    subject_id: str
    enterprise_id: int
    attachments: int


@fact("messaging.notice_made", label=_("Notice sent"))
class NoticeMade:
    notice_id: int
