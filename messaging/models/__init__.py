from .notices import Notice
from .threads import Message, MessageAttachment, Thread

__all__ = ["Message", "MessageAttachment", "Notice", "Thread"]
