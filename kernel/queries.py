"""Reading facts and deadlines for timelines, logs and clocks."""

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.utils.translation import gettext_lazy as _

from .chains import subject_of
from .deadlines import POLICIES
from .facts import FACTS
from .jobs import KINDS
from .machines import MACHINES
from .models import ChainLink, Deadline, Fact, Job, RequestKey
from .refusals import NotFound, Refusal


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


ACTORS = {
    "member": _("Member"), "staff": _("Platform staff"), "person": _("Person"), "timer": _("The clock"), "command": _("Operator's command"),
    "custodian": _("Custodian"), "carrier": _("Carrier"),
}  # fmt: skip
CHAINS = {"enterprise": _("Enterprise"), "person": _("Person"), "platform": _("Platform")}


def actor_label(kind: str):
    """Who acted, by the kind of actor that a fact names."""
    return ACTORS.get(kind, kind)


def chain_label(chain: str) -> str:
    """Whose chain it is: "Enterprise 27" for enterprise:27."""
    kind, _colon, number = chain.partition(":")
    return f"{CHAINS.get(kind, kind)} {number}".strip()


def policy_label(code: str):
    """What a deadline promises."""
    return POLICIES[code].label if code in POLICIES else code


def policy_consequence(code: str):
    """What happens when it runs out."""
    return POLICIES[code].consequence if code in POLICIES else ""


def handler_label(path: str) -> str:
    """The room that hears or acts, and the name of the function or act: "Orders: print_paper"."""
    room, _dot, name = path.partition(".")
    known = apps.app_configs.get(room)
    return f"{known.verbose_name}: {name.rpartition('.')[2]}" if known else path


def subject_kind(label: str) -> str:
    """The kind of row that a fact or deadline is about, in the reader's language."""
    model = _model(label)
    return str(model._meta.verbose_name) if model else label


def subject_type_named(kind: str) -> str:
    """The stored name of a kind that was typed as `subject_kind` shows it; anything else is returned as it is."""
    return next((m._meta.label_lower for m in apps.get_models() if str(m._meta.verbose_name) == kind), kind)


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
        sums = name.endswith("_minor")  # in the currency that the fact names
        rows.append({"field": label, "before": _in_words(before, words), "after": _in_words(after, words), "sums": sums})
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


JOBS_PAGE = 30


def jobs_of(actor, *, before: int | None = None, kinds=(), limit: int = JOBS_PAGE) -> tuple[list[Job], int | None]:
    """The newest jobs of the actor's enterprise that the actor may see, and where the next page begins (None: nowhere)."""
    may = [name for name, kind in KINDS.items() if (not kinds or name in kinds) and _may_see(kind, actor)]
    rows = Job.objects.visible_to(actor).filter(kind__in=may).select_related("result", "refused").order_by("-pk")
    found = list((rows.filter(pk__lt=before) if before else rows)[: limit + 1])
    return found[:limit], found[limit - 1].pk if len(found) > limit else None


def _may_see(kind, actor) -> bool:
    try:
        kind.allow(actor)
    except Refusal as refusal:
        return refusal.status != 403
    return True


def job_for(actor, no: str) -> Job:
    """One job of the actor's enterprise; raises NotFound, and what its kind raises for those who may not look."""
    job = Job.objects.visible_to(actor).select_related("document", "result", "refused").filter(no=no).first()
    if job is None:
        raise NotFound()
    try:
        KINDS[job.kind].allow(actor)
    except Refusal as refusal:
        if refusal.status == 403:
            raise
    return job


def same_file(owner_chain: str, kind: str, sha256: str, *, args: dict) -> Job | None:
    """The newest job of a kind that was asked for with exactly this file and, among others, these arguments; not one that only checked."""
    rows = Job.objects.filter(owner_chain=owner_chain, kind=kind, sha256=sha256, args__contains=args).exclude(sha256="")
    return rows.exclude(args__contains={"check_only": True}).order_by("-pk").first()


def job_of_key(request_key: str) -> int | None:
    """The job that a form with this request key asked for."""
    return RequestKey.objects.filter(key=request_key).values_list("result_id", flat=True).first()
