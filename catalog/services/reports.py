"""Reporting an offer or a request, and what customer service makes of it (H52): looked into once, answered with a reason."""

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from accounts.actors import require_staff
from accounts.queries import ever_belonged
from kernel.clock import now
from kernel.refusals import Denied, Refusal
from kernel.services import claim_key, hold_chains, lock, meet_deadline, move, next_no, record, start_deadline
from kernel.timer import TIMER

from .. import rules
from ..facts import ReportDecided, ReportMade
from ..models import Listing, Report, Want
from ..permissions import HANDLE_REPORT
from ..queries.reports import report_thing
from ..states import REPORT
from .reviews import take_listing_down
from .wants import hide_want

SETTLED_MOST = 500
OPEN_MOST = 10  # of one person: a reader's findings, not a campaign


@transaction.atomic
def make_report(*, actor, kind: str, text: str, request_key: str, want_no: str = "", listing_no: str = "") -> Report:
    """Tell customer service that an open request or an offer on sale is wrong; whoever it belongs to never reads by whom.

    Raises Denied (not signed in), NotFound, Refusal own_thing / reported_already / too_many_reports.
    """
    if not actor.user_id:
        raise Denied("sign_in", _("Log in to report this, so that we can tell you what came of it."))
    inputs = {"want": want_no, "listing": listing_no, "kind": kind, "text": text}
    claim = claim_key(request_key, verb="catalog.make_report", actor=actor, inputs=inputs)
    if claim.result_id:
        return Report.objects.get(pk=claim.result_id)
    thing = report_thing(want_no=want_no, listing_no=listing_no)
    if _own(thing, actor):
        raise Refusal("own_thing", _("This is your own. Change it or close it yourself."))
    about = {"want": thing} if want_no else {"listing": thing}
    _refuse_more(actor, about)
    made = Report.objects.create(
        no=next_no("P", sequence="catalog_report_no"), user_id=actor.user_id, enterprise_id=actor.enterprise_id, kind=kind, text=text,
        created_at=now(), **about,
    )  # fmt: skip
    start_deadline(rules.REPORT.code, made, chains=made.chains)
    value = ReportMade(report_id=made.pk, no=made.no, want_id=made.want_id, listing_id=made.listing_id)
    record(value, actor=actor, subject=made, chains=made.chains)
    claim.done(made.pk)
    return made


def _own(thing: Want | Listing, actor) -> bool:
    if isinstance(thing, Want):
        return thing.person_id == actor.user_id or (thing.enterprise_id is not None and thing.enterprise_id == actor.enterprise_id)
    return thing.seller_id == actor.enterprise_id


def _refuse_more(actor, about: dict) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 20))", [f"reports:{actor.user_id}"])
    mine = Report.objects.own(actor).filter(state="open")
    if earlier := mine.filter(**about).first():
        raise Refusal("reported_already", _("You have reported this as %(no)s; it is being looked into.") % {"no": earlier.no})
    if mine.count() >= OPEN_MOST:
        text = _("%(n)s of your reports are being looked into. Report more when one of them is answered.") % {"n": OPEN_MOST}
        raise Refusal("too_many_reports", text)


@transaction.atomic
def decide_report(no: str, *, actor, upheld: bool, reason: str, request_key: str) -> Report:
    """Say what came of a report (staff). Upheld: what is still shown is taken down, and the reason is what its owner reads too.

    Raises Denied, NotFound, IllegalMove, Refusal reason_missing.
    """
    require_staff(actor, HANDLE_REPORT)
    inputs = {"no": no, "upheld": upheld, "reason": reason}
    claim = claim_key(request_key, verb="catalog.decide_report", actor=actor, inputs=inputs)
    if claim.result_id:
        return Report.objects.get(pk=claim.result_id)
    report = lock(Report.objects.select_related("want", "listing"), no=no)
    concerned = [pk for pk in (report.enterprise_id, report.owner_id) if pk]
    owner = report.want.person_id if report.want else None
    if actor.user_id in (report.user_id, owner) or ever_belonged(actor, concerned):
        raise Denied("own_report", _("You reported this, or it belongs to an enterprise of yours, so a colleague must decide."))
    if not reason.strip():
        raise Refusal("reason_missing", _("Say why: whoever reported it reads this."))
    move_to = "uphold" if upheld else "dismiss"
    REPORT.target(report.state, move_to)  # decided once, before anything is taken down for it
    if upheld:
        _take_down(report, actor, reason, request_key)
    _decide(report, move_to, reason.strip(), actor)
    claim.done(report.pk)
    return report


def _take_down(report: Report, actor, reason: str, request_key: str) -> None:
    """Take down what is reported while it is shown; its own service asks for its own permission. Rows first, then all chains at once."""
    key = f"{request_key}-d"[-64:]
    thing = lock(Want.objects.all(), pk=report.want_id) if report.want else lock(Listing.objects.all(), pk=report.listing_id)
    hold_chains([*report.chains, thing.chain])
    if report.want and thing.state in ("open", "expired"):
        hide_want(report.want.no, actor=actor, reason=reason, request_key=key)
    elif report.listing and thing.state == "live":
        take_listing_down(report.listing.no, actor=actor, reason=reason, request_key=key)


def _decide(report: Report, name: str, reason: str, actor) -> None:
    before = report.state
    move(report, name, answer=reason, decided_at=now())
    meet_deadline(rules.REPORT.code, report)
    value = ReportDecided(report_id=report.pk, no=report.no, user_id=report.user_id, upheld=report.state == "upheld")
    record(value, actor=actor, subject=report, chains=report.chains, changes={"state": [before, report.state]})


@transaction.atomic
def settle_reports(*, want_id: int | None = None, listing_id: int | None = None, actor=TIMER) -> int:
    """Answer every open report about what has been taken down, with the reason that its owner reads; returns how many there were."""
    about = {"want_id": want_id} if want_id else {"listing_id": listing_id}
    found = Report.objects.filter(state="open", **about).order_by("pk").values_list("pk", flat=True)[:SETTLED_MOST]
    locked = [lock(Report.objects.select_related("want", "listing"), pk=pk) for pk in list(found)]
    reports = [report for report in locked if report.state == "open"]
    hold_chains([chain for report in reports for chain in report.chains])
    for report in reports:
        reason = report.want.hidden_reason if report.want else report.listing.takedown_reason
        _decide(report, "uphold", reason or str(_("It has been taken down.")), actor)
    return len(reports)
