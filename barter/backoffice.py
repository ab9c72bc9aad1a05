"""The back office's first page: what waits at the desks that the person may work at, with how long the oldest has waited."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from accounts.queries import REVIEW_CHANGE, changes_waiting, freezes_waiting, registrations_waiting, transfers_waiting
from catalog.permissions import HANDLE_REPORT, REVIEW_LISTING
from catalog.queries import reports_open, review_queue
from credit_guarantee.permissions import CONFIRM_CUSTODIAN
from credit_guarantee.queries import open_instructions
from disputes.permissions import HANDLE_COMPLAINT
from disputes.queries import complaints_waiting
from helpdesk.permissions import ANSWER_REQUEST
from helpdesk.queries import requests_waiting
from kernel.clock import now
from major_clients.permissions import DECIDE_APPLICATION
from major_clients.queries import applications_waiting
from orders.queries import refunds_unanswered


def listings_waiting(actor: Actor):
    return review_queue(actor).filter(waiting=True)


@dataclass(frozen=True)
class Desk:
    """One queue: who may work at it, what waits there, since when, which of it is overdue at a moment, and the page of the queue."""

    label: object
    permission: str
    waiting: Callable
    since: str
    page: str
    query: str = ""
    late: Callable[[datetime], Q] = lambda at: Q(pk=None)  # nothing is owed by a time


def due_by(name: str) -> Callable[[datetime], Q]:
    return lambda at: Q(**{f"{name}__lte": at})


DESKS = [
    Desk(_("Emergency freezes"), "accounts.view_freezecase", freezes_waiting, "reported_at", "accounts_freezecase", late=due_by("due_at")),
    Desk(
        _("Main accounts to transfer"), "accounts.view_maintransfer", transfers_waiting, "asked_at", "accounts_maintransfer",
        late=due_by("due_at"),
    ),
    Desk(
        _("Complaints to take up"), HANDLE_COMPLAINT, complaints_waiting, "opened_at", "disputes_complaint",
        late=lambda at: Q(late_at__isnull=False),
    ),
    Desk(
        _("Refund requests nobody answered"), "orders.view_refund", refunds_unanswered, "created_at", "orders_refund",
        late=lambda at: Q(pk__isnull=False),
    ),
    Desk(
        _("Instructions to the custodian"), CONFIRM_CUSTODIAN, open_instructions, "created_at", "credit_guarantee_custodianinstruction",
        late=due_by("due_at"),
    ),
    Desk(
        _("Companies to review"), "accounts.review_enterprise", registrations_waiting, "waiting_since", "accounts_enterprise",
        late=due_by("review_due_at"),
    ),
    Desk(
        _("Changes of company data to review"), REVIEW_CHANGE, changes_waiting, "waiting_since", "accounts_companychange",
        late=due_by("review_due_at"),
    ),
    Desk(
        _("Listings to review"), REVIEW_LISTING, listings_waiting, "submitted_at", "catalog_listing", "?stage=waiting",
        late=due_by("review_due_at"),
    ),
    Desk(_("Reports to look into"), HANDLE_REPORT, reports_open, "created_at", "catalog_report", "?state__exact=open"),
    Desk(_("Requests to answer"), ANSWER_REQUEST, requests_waiting, "created_at", "helpdesk_servicerequest", "?state__exact=open"),
    Desk(_("Major-client applications"), DECIDE_APPLICATION, applications_waiting, "submitted_at", "major_clients_channelapplication"),
]  # fmt: skip


def queues_of(actor: Actor) -> list[dict]:
    """The queues of one member of staff: label, address, how many wait, since when and how many are overdue; one read each.

    What is overdue stands on top, what waits longest first among equals, empty queues last.
    """
    rows = []
    for desk in DESKS:
        if actor.can_staff(desk.permission):
            found = desk.waiting(actor).order_by()
            figures = found.aggregate(n=Count("pk"), since=Min(desk.since), late=Count("pk", filter=desk.late(now())))
            rows.append({"label": desk.label, "url": reverse(f"admin:{desk.page}_changelist") + desk.query, **figures})
    return sorted(rows, key=lambda row: (not row["late"], not row["n"], row["since"] or now()))


def with_queues(index: Callable) -> Callable:
    """The admin's own first page, with the queues on top."""

    def show(request, extra_context=None):
        return index(request, {**(extra_context or {}), "queues": queues_of(request.actor)})

    return show
