from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from django.apps import apps
from django.contrib.auth.models import Group
from django.db.models import Case, F, OuterRef, Prefetch, Subquery, When
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from kernel.chains import person_chain
from kernel.models import ChainLink, Deadline, Document, Fact
from kernel.queries import deadlines_about, subject_kind
from kernel.refusals import Denied, NotFound

from .actors import Actor, require
from .models import Enterprise, EnterpriseUserObjectPermission, Membership, QualificationDocument, User
from .permissions import MANAGE_TEAM, VIEW_COMPANY, VIEW_LOG

ACTING_FOR = "acting_for_enterprise"  # session key: the enterprise chosen by a person who belongs to several
LOG_PAGE = 50
# Which field of a row says to people what it is, by a field that the row has.
SPEAKING = {
    "no": "no",
    "order": "order__no",
    "listing": "listing__no",
    "display_name": "display_name",
    "user": "user__display_name",
    "handle": "name",
}
NAME = Case(When(display_name="", then=F("username")), default=F("display_name"))


def actor_of(request) -> Actor:
    """Build the actor of a request from the rows as they are now."""
    user = request.user
    if not user.is_authenticated:
        return Actor("person", request_id=request.request_id, ip=_ip(request))
    return actor_for(user, prefer=request.session.get(ACTING_FOR), request_id=request.request_id, ip=_ip(request))


def actor_for(user, *, prefer: int | None = None, request_id: str = "", ip: str = "") -> Actor:
    """Build an actor for a person; `prefer` is the enterprise to act for, else the oldest membership."""
    staff = frozenset(user.get_all_permissions()) if user.is_staff and user.is_active else frozenset()
    places = list(Membership.objects.filter(user=user, ended_at=None).select_related("enterprise").order_by("pk"))
    place = next((p for p in places if p.enterprise_id == prefer), places[0] if places else None)
    user.acting_for_row = place and place.enterprise  # for `enterprise_acted_for`: every page names it
    if place is None or not user.is_active:
        return Actor("staff" if staff else "person", user.pk, staff_permissions=staff, request_id=request_id, ip=ip)
    held = EnterpriseUserObjectPermission.objects.filter(user=user, content_object=place.enterprise_id)
    boxes = frozenset() if place.is_main else frozenset(held.values_list("permission__codename", flat=True))
    return Actor(
        "staff" if staff else "member", user.pk, place.enterprise_id, place.enterprise.state, place.is_main, boxes, staff, request_id, ip
    )  # fmt: skip


def _ip(request) -> str:
    return request.META.get("REMOTE_ADDR", "") or ""


def enterprises_of(user):
    """The enterprises a person may act for."""
    return Enterprise.objects.filter(memberships__user=user, memberships__ended_at=None).order_by("pk")


def enterprise_acted_for(user, actor: Actor) -> Enterprise | None:
    """The enterprise that an actor built for this person acts for; no query when the actor was built from the same row."""
    row = getattr(user, "acting_for_row", None)
    if row is not None and row.pk == actor.enterprise_id:
        return row
    return enterprises_of(user).filter(pk=actor.enterprise_id).first() if actor.enterprise_id else None


def ever_belonged(actor, enterprise_ids) -> bool:
    """Whether the person who acts belongs to one of the enterprises or once did: they do not decide about it."""
    return Membership.objects.filter(user_id=actor.user_id, enterprise_id__in=list(enterprise_ids)).exists()


def main_account(enterprise_id: int) -> User | None:
    """The person behind an enterprise's main account."""
    return User.objects.filter(memberships__enterprise_id=enterprise_id, memberships__is_main=True, memberships__ended_at=None).first()


# ---------- the company's own pages ----------


def own_enterprise(actor) -> Enterprise | None:
    """The enterprise somebody acts for, None before registration; raises Denied without the company permission.

    The main account reads it in every state: it must be able to read why it is frozen.
    """
    if not actor.enterprise_id:
        return None
    if not actor.is_main:
        require(actor, VIEW_COMPANY)
    return Enterprise.objects.get(pk=actor.enterprise_id)


def papers_of(enterprise: Enterprise):
    """The papers an enterprise handed in, newest first."""
    return enterprise.papers.select_related("document").order_by("-pk")


def own_paper(actor, token: str) -> Document:
    """A paper of the actor's own enterprise; raises NotFound for every other one, Denied without the company permission."""
    rows = QualificationDocument.objects.filter(enterprise_id=actor.enterprise_id or 0, document__erased_at=None)
    paper = rows.select_related("document").filter(document__token=token).first()
    if paper is None:
        raise NotFound()
    own_enterprise(actor)
    return paper.document


def kept_papers(actor, tokens: dict[str, str]) -> dict[str, Document]:
    """The person's draft papers by kind, for the tokens their session remembers; unknown tokens are left out."""
    if not tokens or not actor.user_id:
        return {}
    drafts = Document.objects.filter(owner_chain=person_chain(actor.user_id), token__in=tokens.values(), qualificationdocument=None)
    by_token = {document.token: document for document in drafts}
    return {kind: by_token[token] for kind, token in tokens.items() if token in by_token}


# ---------- team ----------


def team_of(actor):
    """The people of the actor's enterprise, main account first; raises Denied without the team permission."""
    require(actor, MANAGE_TEAM)
    return Membership.objects.own(actor).select_related("user").order_by("-is_main", "pk")


def boxes_of_team(actor) -> dict[int, set[str]]:
    """The permissions of every sub-account of the actor's enterprise, by user id."""
    boxes: dict[int, set[str]] = {}
    rows = EnterpriseUserObjectPermission.objects.filter(content_object_id=actor.enterprise_id or 0)
    for user_id, codename in rows.values_list("user_id", "permission__codename"):
        boxes.setdefault(user_id, set()).add(codename)
    return boxes


def sub_account(actor, membership_id: int) -> Membership:
    """One sub-account of the actor's enterprise; raises NotFound for a foreign, an ended and the main one."""
    require(actor, MANAGE_TEAM)
    membership = Membership.objects.own(actor).filter(is_main=False, pk=membership_id).select_related("user").first()
    if membership is None:
        raise NotFound()
    return membership


def may_have_address(user) -> None:
    """Pass, or raise Denied("sub_account") naming the main account, when a log-in was handed over by a main account."""
    if not user.is_authenticated or not user.is_sub_account:
        return
    place = Membership.objects.filter(user=user, ended_at=None).order_by("pk").first()
    person = main_account(place.enterprise_id) if place else None
    text = _("A sub-account has no e-mail address of its own: its main account, %(person)s, sets its password and its permissions.")
    raise Denied("sub_account", text % {"person": person or "—"})


# ---------- operation log ----------


def operation_log(
    actor, *, who: int | None = None, what: str = "", since: date | None = None, until: date | None = None, before: int | None = None
) -> list[ChainLink]:
    """The newest links of the actor's own chain with their facts, at most LOG_PAGE + 1 (one more tells that there is a next page).

    `before` is the chain seq to page on from; dates are whole days of the house's zone, both included (H17).
    """
    require(actor, VIEW_LOG)
    links = ChainLink.objects.filter(chain=actor.acting_for).select_related("fact").order_by("-seq")
    if who is not None:
        links = links.filter(fact__actor_user_id=who, fact__acting_for__in=["", actor.acting_for])
    if what:
        links = links.filter(fact__name=what)
    if since:
        links = links.filter(fact__at__gte=_midnight(since))
    if until:
        links = links.filter(fact__at__lt=_midnight(until) + timedelta(days=1))
    if before:
        links = links.filter(seq__lt=before)
    return list(links[: LOG_PAGE + 1])


def log_subjects(facts: Iterable[Fact]) -> dict[int, str]:
    """What each fact is about, in the reader's words, by fact id: the number of the order or listing behind it, else a name.

    A few queries for a page, one for each kind of row; facts whose row says nothing to people get the name of its kind.
    """
    refs = {fact.pk: _ref_of(fact) for fact in facts if not fact.payload.get("no")}
    names = _names_of(set(refs.values()))
    return {f.pk: f.payload.get("no") or names.get(refs[f.pk]) or capfirst(subject_kind(refs[f.pk][0])) for f in facts}


def _ref_of(fact: Fact) -> tuple[str, str]:
    # Money and clocks name what they are about; everything else is about its own row.
    for kind in ("ref", "subject"):
        if fact.payload.get(f"{kind}_type"):
            return fact.payload[f"{kind}_type"], str(fact.payload[f"{kind}_id"])
    return fact.subject_type, fact.subject_id


def _names_of(refs: set[tuple[str, str]]) -> dict[tuple[str, str], str]:
    names: dict[tuple[str, str], str] = {}
    behind: dict[tuple[str, str], tuple[str, str]] = {}
    for label in sorted({label for label, _number in refs}):
        try:
            model = apps.get_model(label)
        except (LookupError, ValueError):
            continue
        rows = model._base_manager.filter(pk__in=[int(number) for kind, number in refs if kind == label and number.isdecimal()])
        fields = {field.name for field in model._meta.fields}
        if path := next((path for start, path in SPEAKING.items() if start in fields), ""):
            names |= {(label, str(pk)): name for pk, name in rows.values_list("pk", path)}
        elif (prefix := "escrow__" if "escrow" in fields else "") or "ref_type" in fields:
            behind |= {(label, str(pk)): tuple(ref) for pk, *ref in rows.values_list("pk", f"{prefix}ref_type", f"{prefix}ref_id")}
    further = _names_of(set(behind.values())) if behind else {}
    return names | {ref: further[to] for ref, to in behind.items() if to in further}


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def team_acts(actor, *, most: int = 8) -> list[tuple[str, Fact]]:
    """The newest acts of the actor's own people in its name, each with who did it; looked for among the last forty links only.

    Nothing of the staff, of other parties or of the clock: those are in the log.
    """
    require(actor, VIEW_LOG)
    people = User.objects.filter(pk=OuterRef("fact__actor_user_id"), memberships__enterprise_id=actor.enterprise_id)
    name = Subquery(people.annotate(shown=NAME).values("shown")[:1])
    links = ChainLink.objects.filter(chain=actor.acting_for).select_related("fact").annotate(who=name).order_by("-seq")[:40]
    own = [(link.who, link.fact) for link in links if link.who and link.fact.acting_for == actor.acting_for]
    return [(who, fact) for who, fact in own if fact.actor_kind != "staff"][:most]


def people_of(actor) -> dict[int, str]:
    """Names of everybody who ever belonged to the actor's enterprise, by user id: the log outlives its people."""
    rows = User.objects.filter(memberships__enterprise_id=actor.enterprise_id or 0).distinct().order_by("pk")
    return {user.pk: str(user) for user in rows}


def fact_names_of(actor) -> list[str]:
    """The kinds of facts on the actor's own chain's last thousand links: what the log can be filtered by."""
    recent = ChainLink.objects.filter(chain=actor.acting_for).order_by("-seq")[:1000]
    return sorted(set(recent.values_list("fact__name", flat=True)))


# ---------- review ----------


def review_queue(actor):
    """Enterprises for the staff, those whose review is due first on top (a breached clock before all)."""
    due = Deadline.objects.filter(policy="accounts.review", subject_type="accounts.enterprise", met_at=None, cancelled_at=None)
    text = Subquery(due.filter(subject_id=_as_text(OuterRef("pk"))).order_by("-pk").values("due_at")[:1])
    since = Subquery(due.filter(subject_id=_as_text(OuterRef("pk"))).order_by("-pk").values("started_at")[:1])
    return Enterprise.objects.visible_to(actor).annotate(review_due_at=text, waiting_since=since)


def handed_in_at(enterprise: Enterprise) -> str:
    """When the registration that waits for review was handed in, as the review page carries it; empty when none waits."""
    waiting = deadlines_about(enterprise).filter(policy="accounts.review", met_at=None, cancelled_at=None).last()
    return waiting.started_at.isoformat() if waiting else ""


def registrations_waiting(actor):
    """Registrations that wait for a reviewer; staff only, others see none."""
    return review_queue(actor).filter(state__in=["submitted", "under_review"])


def _as_text(reference):
    from django.db.models import CharField
    from django.db.models.functions import Cast

    return Cast(reference, CharField())


def enterprise_under_review(actor, enterprise_id: int) -> Enterprise:
    """One enterprise with its papers and people, for the review page; raises Denied for those who are not staff, NotFound."""
    if not actor.can_staff("accounts.view_enterprise"):
        raise Denied("staff_permission_missing", capability="accounts.view_enterprise")
    people = Prefetch("memberships", Membership.objects.filter(ended_at=None).select_related("user").order_by("-is_main", "pk"))
    found = review_queue(actor).prefetch_related(people).filter(pk=enterprise_id).first()
    if found is None:
        raise NotFound()
    return found


# ---------- staff ----------


def person_for_staff(actor, user_id: int) -> User:
    """One person with groups and open memberships, for the back office; raises Denied without accounts.view_user, NotFound."""
    if not actor.can_staff("accounts.view_user"):
        raise Denied("staff_permission_missing", capability="accounts.view_user")
    places = Prefetch("memberships", Membership.objects.filter(ended_at=None).select_related("enterprise").order_by("pk"))
    found = User.objects.prefetch_related("groups", places).filter(pk=user_id).first()
    if found is None:
        raise NotFound()
    return found


def staff_groups() -> list[str]:
    """The names of the staff's groups."""
    return list(Group.objects.order_by("name").values_list("name", flat=True))
