"""The admin is a set of desks: each opens for the people whose work it is, and none is a way around the services."""

import pytest
from django.contrib import admin
from django.test import RequestFactory
from django.urls import reverse

from tests.architecture.source import ROOMS

from . import scene
from .walk import none

pytestmark = pytest.mark.django_db

OURS = {model._meta.label: desk for model, desk in admin.site._registry.items() if model._meta.app_label in ROOMS}
# Money, states and what was agreed are never typed over, by nobody; reference data and people's own records may be.
EDITABLE = {"catalog.Category", "catalog.Attribute", "accounts.User", "accounts.Enterprise", "accounts.Membership", "kernel.CalendarDay"}
EDITABLE |= {
    "accounts.Privilege",
    "catalog.BuyerReservation",  # its own page to add one calls the service
    "catalog.Ad",
    "catalog.Campaign",
    "catalog.SellerStanding",
    "catalog.SynonymGroup",
}  # added by services, on pages of their own
KEPT = ("state", "minor", "balance", "currency", "hash", "verified_at", "is_superuser_only")


def desks(kind: str):
    for label, desk in OURS.items():
        yield label, desk, reverse(f"admin:{desk.opts.app_label}_{desk.opts.model_name}_{kind}") if kind in ("changelist", "add") else ""


def a_request(user):
    request = RequestFactory().get("/admin/")
    request.user = user
    from accounts.queries import actor_for

    request.actor = actor_for(user)
    return request


def root():
    from accounts.models import User
    from tests import worlds

    user = worlds.staff_user()
    User.objects.filter(pk=user.pk).update(is_superuser=True)
    return User.objects.get(pk=user.pk)


def first_pages(world):
    for label, desk in OURS.items():
        row = desk.model._default_manager.order_by("pk").first()
        if row is not None:
            yield label, reverse(f"admin:{desk.opts.app_label}_{desk.opts.model_name}_change", args=[row.pk])


def test_members_never_see_the_admin(world):
    findings = []
    for label, _desk, path in desks("changelist"):
        for who in ("anonymous", "individual", "seller", "buyer", "stranger"):
            answer = world.clients[who].get(path)
            if not (answer.status_code == 302 and "login" in answer["Location"]) and answer.status_code != 403:
                findings.append(f"{label}: {who} gets {answer.status_code}")

    none(findings)


def test_staff_without_a_permission_open_no_desk_and_change_nothing(world):
    findings, client = [], world.clients["staff"]
    before = scene.fingerprint()
    for label, _desk, path in desks("changelist"):
        answer = client.get(path)
        if answer.status_code == 302 and "?" in answer["Location"]:
            answer = client.get(answer["Location"])
        if answer.status_code not in (403, 404):
            findings.append(f"{label}: list answers {answer.status_code}")
    for label, path in first_pages(world):
        for answer in (
            client.get(path),
            client.post(path, {"decision": "approve", "version": "1", "act": "confirm", "request_key": "k" * 20}),
        ):
            if answer.status_code not in (403, 404) and not (answer.status_code == 302 and answer["Location"] == reverse("admin:index")):
                findings.append(f"{label}: page answers {answer.status_code}")

    none(findings)
    assert scene.changed(before, scene.fingerprint()) == []


def test_every_desk_works_for_those_who_hold_every_permission(world):
    client, findings = scene.sign_in(root()), []
    for label, _desk, path in desks("changelist"):
        answer = client.get(path, follow=True)
        if answer.status_code != 200:
            findings.append(f"{label}: list answers {answer.status_code}")
        for query in ("q=%00", "p=abc&o=9", "state__exact=%FF&id__exact=x"):
            if (code := client.get(f"{path}?{query}").status_code) >= 500:
                findings.append(f"{label}: list breaks ({code}) on {query}")
    for label, path in first_pages(world):
        if (code := client.get(path).status_code) != 200:
            findings.append(f"{label}: page answers {code}")

    none(findings)


def test_no_desk_adds_deletes_or_edits_what_only_services_write(world):
    user, findings = root(), []
    request = a_request(user)
    for label, desk in OURS.items():
        if label in EDITABLE:
            continue
        row = desk.model._default_manager.order_by("pk").first()
        allowed = [verb for verb in ("add", "change", "delete") if getattr(desk, f"has_{verb}_permission")(request)]
        findings += [f"{label} may be {verb}d" for verb in allowed if verb != "change"]
        if "change" in allowed and row is not None:
            open_fields = [name for name in desk.get_form(request, row).base_fields if any(part in name for part in KEPT)]
            findings += [f"{label}.{name} is editable" for name in open_fields]

    none(findings)


def test_even_editable_desks_keep_states_and_money_closed(world):
    request, findings = a_request(root()), []
    for label, desk in OURS.items():
        row = desk.model._default_manager.order_by("pk").first()
        if row is None or not desk.has_change_permission(request):
            continue
        names = desk.get_form(request, row).base_fields
        findings += [f"{label}.{name} is editable" for name in names if name == "state" or name.endswith("_minor")]
        if desk.list_editable:
            findings.append(f"{label} has list_editable {desk.list_editable}")

    none(findings)


def test_a_superuser_cannot_delete_in_bulk(world):
    user = root()
    request = a_request(user)

    none(
        f"{label} offers delete_selected"
        for label, desk in OURS.items()
        if label not in EDITABLE and "delete_selected" in desk.get_actions(request)
    )
