from .notices import mail_notice, mark_all_read, notify_enterprise, notify_person, notify_staff, open_notice
from .threads import MESSAGE_FILE, post_message

__all__ = [
    "MESSAGE_FILE",
    "mail_notice",
    "mark_all_read",
    "notify_enterprise",
    "notify_person",
    "notify_staff",
    "open_notice",
    "post_message",
]
