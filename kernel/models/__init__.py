from .deadlines import CalendarDay, Deadline
from .documents import Document
from .facts import ChainHead, ChainLink, Delivery, Fact
from .jobs import Job, JobPart, JobRefusal
from .personal import PersonalValue
from .request_keys import RequestKey

__all__ = [
    "CalendarDay",
    "ChainHead",
    "ChainLink",
    "Deadline",
    "Delivery",
    "Document",
    "Fact",
    "Job",
    "JobPart",
    "JobRefusal",
    "PersonalValue",
    "RequestKey",
]
