"""Reading facts and deadlines for timelines, logs and clocks."""

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist

from .chains import subject_of
from .facts import FACTS
from .machines import MACHINES
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


def subject_label(fact: Fact) -> str:
    """What a fact is about, for people: its number where it has one, else the kind of thing and the row."""
    if fact.payload.get("no"):
        return fact.payload["no"]
    model = _model(fact.subject_type)
    return f"{model._meta.verbose_name if model else fact.subject_type.partition('.')[2]} {fact.subject_id}"


def change_labels(fact: Fact) -> list[dict]:
    """What a fact changed, in the reader's words: fields by their names, states by their machine's labels."""
    rows, model = [], _model(fact.subject_type)
    for name, (before, after) in fact.changes.items():
        # A change of a state is named `state`, or after the machine when it is another row's than the subject's.
        machine = MACHINES.get(f"{fact.subject_type.partition('.')[0]}.{name}") or MACHINES.get(f"{fact.name.partition('.')[0]}.{name}")
        label, words = name, machine.labels if machine else {}
        try:
            field = model._meta.get_field(name) if model else None
            label, words = (str(field.verbose_name), dict(field.flatchoices) or words) if field else (label, words)
        except FieldDoesNotExist:
            label = str(_model(machine.name)._meta.verbose_name) if machine and _model(machine.name) else name
        rows.append({"field": label, "before": _in_words(before, words), "after": _in_words(after, words)})
    return rows


def _in_words(value, words):
    return [words.get(v, v) for v in value] if isinstance(value, list) else words.get(value, value)


def _model(label: str):
    try:
        return apps.get_model(label)
    except (LookupError, ValueError):
        return None


def deadlines_about(subject):
    subject_type, subject_id = subject_of(subject)
    return Deadline.objects.filter(subject_type=subject_type, subject_id=subject_id).order_by("due_at")


def open_deadline(subject, policy: str):
    """The running clock of one policy about a row, or None."""
    return deadlines_about(subject).filter(policy=policy, met_at=None, cancelled_at=None, fired_at=None).first()
