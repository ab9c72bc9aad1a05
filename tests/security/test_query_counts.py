"""Lists cost the same number of queries whether they show a few rows or a full page, and never more than fifteen."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import worlds

from .scene import sign_in
from .test_admin import OURS, root
from .walk import none

pytestmark = pytest.mark.django_db

MOST = 15
LISTS = [
    "catalog:ads",
    "catalog:alerts",
    "catalog:inquiries",
    "catalog:listing_import",
    "catalog:market",
    "catalog:my_listings",
    "catalog:own_reservations",
    "catalog:reservations",
    "catalog:stock",
    "catalog:stock_counts",
    "catalog:stock_import",
    "catalog:wanted",
    "dashboard",
    "home",
    "kernel:jobs",
    "orders:export",
    "orders:list",
    "orders:papers",
    "orders:statements",
    "orders:negotiations",
    "orders:rfqs",
    "orders:tracking_import",
    "messaging:inbox", "accounts:team", "accounts:log", "accounts:export", "disputes:list",
]  # fmt: skip
MORE = 12  # each row that asked for itself would show


def cost(client, path: str) -> int:
    client.get(path)  # what is only fetched once per process is not the list's
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(path)
    assert answer.status_code == 200, f"{path}: {answer.status_code}"
    return len([q for q in queries if not q["sql"].startswith(("SAVEPOINT", "RELEASE", "ROLLBACK"))])


def paths() -> dict[str, str]:
    from .walk import ours

    known = ours()
    return {name: reverse(name) + ("?tab=all" if name in ("orders:list", "orders:negotiations") else "") for name in LISTS if name in known}


def multiply(world) -> None:
    """A dozen more of everything a list shows."""
    from catalog.services import move_stock, post_want
    from kernel.services import deliver_due

    seller, buyer = world.at("seller"), world.at("buyer")
    reviewer, actor = worlds.staff_actor("catalog.review_listing"), worlds.member_actor(seller)
    for n in range(MORE):
        listing = worlds.live_listing(seller, reviewer=reviewer, title_zh=f"双胶纸第{n}号")
        worlds.proposed_order(buyer, seller, get=[(listing, 10)], credit=5_480_000)
        post_want(actor=actor, category="PAP", title=f"求购 {n}", quantity=5, unit="t", can_give="", request_key=worlds.key())
        move_stock(listing.no, actor=actor, kind="in", quantity=1, reason="r", document_no="", request_key=worlds.key())
        worlds.sub_account(seller, "trade")
    deliver_due()


def test_lists_cost_the_same_for_few_rows_and_for_many(world):
    client = world.clients["seller"]
    desks = {label: reverse(f"admin:{d.opts.app_label}_{d.opts.model_name}_changelist") + "?all=" for label, d in OURS.items()}
    staff = sign_in(root())
    few = {name: cost(client, path) for name, path in paths().items()}
    few_desks = {label: _desk_cost(staff, path) for label, path in desks.items()}

    multiply(world)

    many = {name: cost(client, path) for name, path in paths().items()}
    many_desks = {label: _desk_cost(staff, path) for label, path in desks.items()}
    before, after = few | few_desks, many | many_desks
    dear = [name for name in after if after[name] > min(before[name] + 1, MOST)]
    none(f"{name}: {before[name]} queries, with more rows {after[name]}" for name in dear)


def _desk_cost(client, path: str) -> int:
    answer = client.get(path)
    while answer.status_code == 302:
        path = answer["Location"] if answer["Location"].startswith("/") else path.split("?")[0] + answer["Location"]
        answer = client.get(path)
    return cost(client, path)
