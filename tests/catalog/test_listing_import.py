"""Listings out of a file: checked like the form, told row by row, never twice."""

import time

import pytest

from catalog.audits import stock as audit_stock
from catalog.models import Listing
from catalog.services import import_listings
from tests.catalog.sheets import done, goods
from tests.worlds import key, member_actor, verified_enterprise


@pytest.fixture
def actor(db):
    return member_actor(verified_enterprise())


def sent(actor, body, name="goods.csv", **how):
    return done(import_listings(actor=actor, body=body, file_name=name, request_key=key(), **how))


def test_good_rows_become_drafts_with_their_stock(actor):
    job = sent(actor, goods({"sku": "A-1"}, {"sku": "A-2", "opening_stock": ""}))

    assert (job.state, job.done, job.failed, job.counts["created"]) == ("finished", 2, 0, 2)
    first = Listing.objects.get(sku="A-1")
    assert (first.state, first.price_minor, first.stock.on_hand, first.history.count()) == ("draft", 428050, 120, 1)
    assert list(audit_stock()) == []


def test_speed(actor):
    rows = [{"sku": f"S{n}", "title_zh": f"牛卡纸 {n}g"} for n in range(20000)]
    body = goods(*rows)
    t = time.time()
    job = import_listings(actor=actor, body=body, file_name="g.csv", request_key=key())
    t1 = time.time()
    import cProfile, pstats
    p = cProfile.Profile()
    if 1: p.enable()
    job = done(job)
    p.disable()
    print("request", t1 - t, "work", time.time() - t1, 20000 / (time.time() - t1), job.state, job.counts, job.problem_text)
    if 1: pstats.Stats(p).sort_stats("tottime").print_stats(25)
