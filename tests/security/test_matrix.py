"""Every URL of ours × every kind of person: who gets in, who is sent to log in, who is told why not, who learns nothing (P11-P13)."""

import pytest

from accounts.permissions import GRID
from tests.architecture.expectations import ANSWERED, LOGIN

from . import scene
from .walk import acting, declared, expected, is_login, none, nowhere, place

pytestmark = pytest.mark.django_db

WHOLE = ("anonymous", "individual", "seller", "buyer", "stranger", "pending", "frozen", "closed", "staff")
SIGNED = {"orders:tracking_push"}  # no session counts there, and every message is signed: tests/orders/test_feeds.py
DESKS = ("reviewer", "finance", "service")


def wrong(name: str, who: str, response, wanted) -> str:
    if is_login(response):
        return "" if wanted == LOGIN else f"{name} sends {who} to log in"
    if wanted != LOGIN and response.status_code in wanted:
        return ""
    return f"{name} answers {who} with {response.status_code}, not {wanted}"


def other_side(url, who: str) -> bool:
    """The order's other party: it may look, but the question is not put to it (403, 404 or a way back to the order)."""
    return url.party in ("seller", "buyer") and who in ("seller", "buyer") and who != acting(url)


def test_every_page_opens_for_those_who_may_and_for_nobody_else(world):
    findings = []
    for name, url in declared():
        for who in WHOLE:
            wanted = {302, 403, 404, 422} if other_side(url, who) else expected(url, who)
            findings.append(wrong(name, who, world.clients[who].get(place(world, name)), wanted))
        for who in DESKS:
            if url.kind in ("public", "person"):
                findings.append(wrong(name, who, world.clients[who].get(place(world, name)), expected(url, who)))

    none(findings)


@pytest.mark.spec("H16")
def test_a_sub_account_opens_a_page_with_the_needed_box_and_with_no_other(world):
    findings = []
    for name, url in declared():
        if url.kind not in ("member", "object", "company") or url.capability is None:
            continue
        sides = ("seller", "buyer") if url.party == "both" else (acting(url),)
        needed = {url.capability.box, *url.capability.also}
        for side in sides:
            who, path = f"{side}_sub", place(world, name)
            for boxed, boxes in {"none": (), "needed": (url.capability.box,), "others": tuple(GRID.keys() - needed)}.items():
                world.give_boxes(who, *boxes)
                found = wrong(name, f"{who} with {boxed}", world.clients[who].get(path), expected(url, who, boxed=boxed))
                findings.append(found)

    none(findings)


def denied_people(url) -> list[tuple[str, tuple[str, ...]]]:
    """Who may not post here, with the boxes their sub-account holds."""
    if url.kind in ("public", "person"):
        return [] if url.kind == "public" else [("anonymous", ())]
    people = [(who, ()) for who in ("anonymous", "individual", "frozen", "closed", "staff", *DESKS)]
    if url.kind == "object":
        people += [("stranger", ()), ("pending", ())]
    elif url.capability and url.capability.verified:
        people += [("pending", ())]
    if url.kind == "main":
        people += [("seller_sub", ()), ("seller_sub", tuple(GRID))]
    if url.capability:
        needed = {url.capability.box, *url.capability.also}
        people += [(f"{acting(url)}_sub", ()), (f"{acting(url)}_sub", tuple(GRID.keys() - needed))]
    return [(who, boxes) for who, boxes in people if who not in url.may]


def test_posts_by_those_who_may_not_are_denied_and_change_nothing(world, watch):
    findings = []
    for name, url in declared(post=True):
        people, path = denied_people(url), place(world, name)
        for who, boxes in people:
            if boxes:
                world.give_boxes(who, *boxes)
            elif who.endswith("_sub"):
                world.give_boxes(who)
            watch.changed()
            response = world.clients[who].post(path, {"request_key": "k" * 20})
            wanted = LOGIN if who == "anonymous" else {403, 404, 422} | ({302} if who == "pending" else set())  # back, with the reason
            findings.append(wrong(name, who, response, wanted))
            findings += [f"{name} changed {table} for {who}" for table in watch.changed()]

    none(findings)


def test_a_watch_sees_every_write_and_no_rolled_back_one(world):
    from django.db import transaction

    watch = scene.Watch()
    with transaction.atomic():
        scene.freeze(world.at("seller"))
        transaction.set_rollback(True)
    assert watch.changed() == []
    scene.freeze(world.at("seller"))
    assert watch.changed() == ["accounts_enterprise"] and watch.changed() == []


def test_posts_by_those_who_may_are_answered(world):
    from django.db import transaction

    findings = []
    for name, url in declared(post=True):
        who = url.may[0] if url.may else acting(url)
        with transaction.atomic():
            response = world.clients[who].post(place(world, name))
            findings.append(wrong(name, who, response, ANSWERED | ({404} if url.kind == "person" else set())))
            transaction.set_rollback(True)

    none(findings)


def test_a_foreign_object_is_answered_exactly_like_one_that_does_not_exist(world):
    findings = []
    for post in (False, True):
        for name, url in declared(post=post):
            if url.kind not in ("object", "people", "main") or (url.kind == "main" and not url.party):
                continue
            for who in ("stranger", "individual", "pending", "frozen", "closed", "staff"):
                call = world.clients[who].post if post else world.clients[who].get
                there, missing = call(place(world, name)), call(nowhere(world, name))
                if there.status_code != missing.status_code:
                    findings.append(f"{name} tells {who} by {there.status_code} instead of {missing.status_code} that the object exists")

    none(findings)


@pytest.mark.parametrize("state", ["frozen", "closed", "submitted"])
def test_an_enterprise_that_may_not_trade_changes_nothing_by_any_post(world, state):
    for party in ("seller", "buyer"):
        scene.freeze(world.at(party), state)
    told, watch = [], scene.Watch()
    for name, url in declared(post=True):
        if url.kind not in ("member", "object") or (state == "submitted" and not url.capability.verified):
            continue
        response = world.clients[acting(url)].post(place(world, name), {"request_key": "k" * 20})
        moved = watch.changed()
        if response.status_code not in (302, 403, 404, 422) or moved:
            told.append(f"{name}: {response.status_code} {moved}")

    none(told)


def test_every_post_needs_the_token_of_a_form_of_ours(world):
    from django.test import Client

    bare = Client(enforce_csrf_checks=True)
    bare.force_login(world.people["seller"], backend="allauth.account.auth_backends.AuthenticationBackend")
    before = scene.fingerprint()

    answers = {name: bare.post(place(world, name)).status_code for name, _url in declared(post=True) if name not in SIGNED}

    assert answers and set(answers.values()) == {403}
    assert scene.changed(before, scene.fingerprint()) == []
