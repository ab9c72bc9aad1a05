"""What earlier tests let pass when the kernel, and what leans on it, was broken on purpose."""

import json
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import QualificationDocument
from catalog.models import Want
from catalog.services import post_want
from kernel.clock import now
from kernel.money import CREDIT
from kernel.refusals import KeyReused
from kernel.services import anchors as anchors_service
from kernel.services import check_anchors, claim_key, keep_chain_heads, leftovers, read_document, sweep_leftovers
from kernel.timer import COMMAND, TIMER
from ledger.services import Leg, post_entry, reverse_entry
from orders import rules
from orders.models import Order
from orders.services import propose_order
from tests import worlds
from tests.kernel.bells import ring
from tests.kernel.test_leftovers import stored

pytestmark = pytest.mark.django_db


def test_a_draft_bound_between_the_look_and_the_lock_is_nobodys_leftover(monkeypatch):
    document, firm, looks = stored(2), worlds.verified_enterprise(), []
    real = leftovers.unbound

    def unbound():
        looks.append(1)
        if len(looks) == 2:  # the rows are locked now; somebody committed between the first look and that
            QualificationDocument.objects.create(enterprise=firm, kind="licence", document=document, created_at=now())
        return real()

    monkeypatch.setattr(leftovers, "unbound", unbound)
    sweep_leftovers(actor=TIMER)

    assert len(looks) == 2 and firm.papers.get().document == document
    assert read_document(document) == b"%PDF-1.4"


@pytest.mark.spec("H17")
def test_p19_a_copy_of_the_anchors_misses_a_file_in_its_middle_that_was_written_anew(tmp_path):
    for n in range(3):
        ring(n, chains=["tests:1"])
        keep_chain_heads(actor=TIMER, folder=tmp_path / "copy")
    assert list(check_anchors(tmp_path / "copy", copy=True)) == []

    one, two, _three = anchors_service.anchors(tmp_path / "copy")
    one.chmod(0o600)
    head, row = one.read_text().splitlines()
    one.write_text(f"{head}\n{json.dumps({**json.loads(row), 'hash': '0' * 64}, sort_keys=True)}\n")
    assert [found["anchor"] for found in check_anchors(tmp_path / "copy", copy=True)] == [two.name]


def test_chain_ends_are_there_whole_or_not_at_all(monkeypatch):
    ring(1, chains=["tests:1"])

    def full_disk(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(anchors_service.os, "fsync", full_disk)
    with pytest.raises(OSError, match="space"):
        keep_chain_heads(actor=TIMER)
    assert anchors_service.anchors() == []


@pytest.mark.parametrize("field", ["address", "contact", "phone"])
def test_p6_the_same_form_with_another_destination_is_another_request(field):
    buyer, seller = worlds.verified_enterprise(), worlds.verified_enterprise()
    ours, theirs = worlds.live_listing(buyer), worlds.live_listing(seller)
    lines = [rules.LineTerms(theirs.pk, 10, theirs.price_minor), rules.LineTerms(ours.pk, 10, ours.price_minor)]
    place = {"address": "仓库路 8 号", "contact": "李仓管", "phone": "13800000001"}
    key = worlds.key()

    def send(**changes):
        return propose_order(
            seller.pk, actor=worlds.member_actor(buyer), lines=lines, top_up=None, note="", request_key=key,
            delivery=rules.DeliveryTerms(**{**place, **changes}),
        )  # fmt: skip

    assert send() == send()
    with pytest.raises(KeyReused):
        send(**{field: place[field] + "9"})
    assert Order.objects.count() == 1


@pytest.mark.parametrize("changes", [{"quantity": Decimal(6)}, {"unit": "kg"}, {"can_give": "纸"}, {"title": "煤"}, {"category": "CHE"}])
def test_p6_the_same_form_with_anything_else_in_it_posts_no_want(changes):
    actor, key = worlds.member_actor(worlds.verified_enterprise()), worlds.key()
    told = {"category": "PAP", "title": "木浆", "quantity": Decimal(5), "unit": "t", "can_give": ""}

    post_want(actor=actor, request_key=key, **told)
    with pytest.raises(KeyReused):
        post_want(actor=actor, request_key=key, **{**told, **changes})
    assert Want.objects.count() == 1


def test_a_reversal_holds_the_chains_before_it_touches_an_account():
    a, b = worlds.verified_enterprise(), worlds.verified_enterprise()
    worlds.funded_wallet(a, worlds_credit(1000))
    legs = [Leg(a.chain, "wallet", CREDIT, -300), Leg(b.chain, "wallet", CREDIT, 300)]
    entry = post_entry(key="k", kind="fee", legs=legs, ref=("tests.thing", "1"), actor=COMMAND)

    with CaptureQueriesContext(connection) as seen:
        reverse_entry(entry.pk, key="c", actor=COMMAND)
    order = [
        "chains" if "kernel_chainhead" in query["sql"] and "FOR NO KEY UPDATE" in query["sql"] else "accounts"
        for query in seen
        if "ledger_post(" in query["sql"] or ("kernel_chainhead" in query["sql"] and "FOR NO KEY UPDATE" in query["sql"])
    ]
    assert order.index("chains") < order.index("accounts"), order


def worlds_credit(minor: int):
    from kernel.money import Money

    return Money(minor, CREDIT)


@pytest.mark.parametrize("other", ["verb", "person", "firm", "inputs"])
def test_p6_a_key_belongs_to_one_verb_person_company_and_form(other):
    from kernel.timer import Machinery

    class Somebody(Machinery):
        acting_for = "enterprise:1"

    def claim(**changes):
        said = {"verb": "tests.act", "person": 5, "firm": "enterprise:1", "inputs": {"a": 1}} | changes
        actor = Machinery("member", said["person"])
        object.__setattr__(actor, "acting_for", said["firm"])
        return claim_key("one-key-0001", verb=said["verb"], actor=actor, inputs=said["inputs"])

    claim()
    with pytest.raises(KeyReused):
        claim(**{other: {"verb": "tests.other", "person": 6, "firm": "enterprise:2", "inputs": {"a": 2}}[other]})
