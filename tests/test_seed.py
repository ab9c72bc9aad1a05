"""The demo market: small, deterministic, and true by the audit."""

import json
from collections import Counter
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import (
    Approval,
    CompanyChange,
    Delegation,
    Enterprise,
    FieldVerdict,
    FreezeCase,
    Invitation,
    MainTransfer,
    SpendingLimit,
)
from catalog.models import Category, Listing
from orders.models import Order, OrderLine
from seed.demo import build_demo
from seed.firms import read_firms, registration_no
from seed.goods import SHELVES, read_kinds

pytestmark = pytest.mark.django_db


def fingerprint():
    lines = OrderLine.objects.order_by("pk").values_list("title_zh", "quantity", "unit_price_minor")
    return list(Enterprise.objects.order_by("pk").values_list("name", "registration_no")), list(lines)


EVERY_DESK = {
    "changes": ["submitted", "under_review"], "registrations": ["submitted", "submitted", "under_review"], "mismatches": 1,
    "freezes": ["reported"], "transfers": ["asked"], "invitations": 1, "limits": 1, "approvals": ["requested"], "stand_ins": 1,
    "without_bank": 0,
}  # fmt: skip


def at_the_desks() -> dict:
    """What waits in the demo, desk by desk."""
    waiting = Enterprise.objects.filter(state__in=["submitted", "under_review"])
    return {
        "changes": sorted(CompanyChange.objects.values_list("state", flat=True)),
        "registrations": sorted(waiting.values_list("state", flat=True)),
        "mismatches": FieldVerdict.objects.filter(enterprise__in=waiting, verdict="differs").count(),
        "freezes": sorted(FreezeCase.objects.values_list("state", flat=True)),
        "transfers": sorted(MainTransfer.objects.values_list("state", flat=True)),
        "invitations": Invitation.objects.filter(accepted_at=None, revoked_at=None).count(),
        "limits": SpendingLimit.objects.count(),
        "approvals": sorted(Approval.objects.values_list("state", flat=True)),
        "stand_ins": Delegation.objects.count(),
        "without_bank": Enterprise.objects.filter(state="verified", bank_name="").count(),
    }


def test_the_demo_is_the_same_for_the_same_number_and_passes_the_audit(settings):
    from django.db import transaction

    prints = []
    for _turn in range(2):
        with transaction.atomic():
            summary = build_demo(7, listings=30, orders=14, most_firms=10)
            prints.append(fingerprint())
            out = StringIO()
            call_command("audit", "--json", "--only", "orders.tenders", "orders.stock", "orders.terms", "kernel.fact_chains", stdout=out)
            states = Counter(Order.objects.values_list("state", flat=True))
            waiting = at_the_desks()
            transaction.set_rollback(True)
        assert json.loads(out.getvalue())["findings"] == 0
        assert len(summary["members"]) == 10 and summary["password"].startswith("demo-")
        assert len(states) >= 5
        assert waiting == EVERY_DESK

    assert prints[0] == prints[1]


def test_firms_have_well_formed_codes_in_three_countries_and_goods_cover_every_category():
    from stdnum.cn import uscc

    firms = read_firms()
    codes = [registration_no(firm, n) for n, firm in enumerate(firms)]

    assert len(firms) >= 40 and len(set(codes)) == len(codes)
    assert {firm.country for firm in firms} == {"CN", "MY", "DE"}
    assert len({firm.province for firm in firms if firm.country == "CN"}) >= 20
    assert all(uscc.is_valid(code) for code, firm in zip(codes, firms, strict=True) if firm.country == "CN")
    tops = set(Category.objects.filter(parent=None).values_list("code", flat=True))
    assert {kind.category for kind in read_kinds()} == tops
    assert all(Category.objects.get(code=code).root == kind.category for kind in read_kinds() for code in SHELVES.get(kind.zh, ())[:1])


def test_a_seed_never_touches_a_database_that_is_in_use():
    from tests.worlds import verified_enterprise

    verified_enterprise()
    with pytest.raises(CommandError):
        call_command("seed")
    call_command("seed", "--if-empty")

    assert (Enterprise.objects.count(), Listing.objects.count()) == (1, 0)


def test_the_empty_scenario_leaves_reference_data_only():
    out = StringIO()
    call_command("seed", "--scenario", "empty", "--json", stdout=out)

    assert json.loads(out.getvalue())["scenario"] == "empty"
    assert (Category.objects.filter(parent=None).count(), Enterprise.objects.count()) == (13, 0)
