"""Reading facts and deadlines for timelines, logs and clocks."""

from .chains import subject_of
from .facts import FACTS
from .models import ChainLink, Deadline, Fact


def facts_about(subject):
    """All facts about one row, oldest first."""
    subject_type, subject_id = subject_of(subject)
    return Fact.objects.filter(subject_type=subject_type, subject_id=subject_id).order_by("id")


def facts_of_chain(chain: str, *, before_seq: int | None = None, limit: int = 50):
    """The newest links of a chain with their facts, for a log page; page on with `before_seq`."""
    links = ChainLink.objects.filter(chain=chain).select_related("fact").order_by("-seq")
    return links.filter(seq__lt=before_seq)[:limit] if before_seq else links[:limit]


def fact_label(name: str):
    """What a timeline says for a fact, in the reader's language."""
    return FACTS[name].fact_label if name in FACTS else name


def deadlines_about(subject):
    subject_type, subject_id = subject_of(subject)
    return Deadline.objects.filter(subject_type=subject_type, subject_id=subject_id).order_by("due_at")


def open_deadline(subject, policy: str):
    """The running clock of one policy about a row, or None."""
    return deadlines_about(subject).filter(policy=policy, met_at=None, cancelled_at=None, fired_at=None).first()
