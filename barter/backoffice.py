"""The back office's first page: what waits at the desks that the person may work at, with how long the oldest has waited."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Count, Min
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from accounts.queries import registrations_waiting
from catalog.permissions import REVIEW_LISTING
from catalog.queries import listings_in_review
from credit_guarantee.permissions import CONFIRM_CUSTODIAN
from credit_guarantee.queries import open_instructions
from disputes.permissions import HANDLE_COMPLAINT
from disputes.queries import complaints_waiting
from helpdesk.permissions import ANSWER_REQUEST
from helpdesk.queries import requests_waiting
from major_clients.permissions import DECIDE_APPLICATION
from major_clients.queries import applications_waiting
from orders.queries import refunds_unanswered


@dataclass(frozen=True)
class Desk:
    """One queue: who may work at it, what waits there, since when, and the page of the queue."""

    label: object
    permission: str
    waiting: Callable
    since: str
    page: str
    query: str = ""


DESKS = [
    Desk(_("Complaints to take up"), HANDLE_COMPLAINT, complaints_waiting, "opened_at", "disputes_complaint"),
    Desk(_("Refund requests nobody answered"), "orders.view_refund", refunds_unanswered, "created_at", "orders_refund"),
    Desk(_("Instructions to the custodian"), CONFIRM_CUSTODIAN, open_instructions, "created_at", "credit_guarantee_custodianinstruction"),
    Desk(_("Companies to review"), "accounts.review_enterprise", registrations_waiting, "waiting_since", "accounts_enterprise"),
    Desk(_("Listings to review"), REVIEW_LISTING, listings_in_review, "submitted_at", "catalog_listing", "?state__exact=in_review"),
    Desk(_("Requests to answer"), ANSWER_REQUEST, requests_waiting, "created_at", "helpdesk_servicerequest", "?state__exact=open"),
    Desk(_("Major-client applications"), DECIDE_APPLICATION, applications_waiting, "submitted_at", "major_clients_channelapplication"),
]


def queues_of(actor: Actor) -> list[dict]:
    """The queues of one member of staff: label, address, how many wait and since when; two figures and one read each."""
    rows = []
    for desk in DESKS:
        if actor.can_staff(desk.permission):
            figures = desk.waiting(actor).order_by().aggregate(n=Count("pk"), since=Min(desk.since))
            rows.append({"label": desk.label, "url": reverse(f"admin:{desk.page}_changelist") + desk.query, **figures})
    return rows


def with_queues(index: Callable) -> Callable:
    """The admin's own first page, with the queues on top."""

    def show(request, extra_context=None):
        return index(request, {**(extra_context or {}), "queues": queues_of(request.actor)})

    return show
