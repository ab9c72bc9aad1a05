"""Stock-taking: book values are frozen, differences booked as corrections, what moves meanwhile is neither lost nor counted twice."""

from datetime import timedelta
from decimal import Decimal

import pytest

from catalog.audits import stock as audit_stock
from catalog.models import Stock, StockCountLine, StockMovement
from catalog.services import Wanted, begin_count, book_count, cancel_count, enter_counts, import_counts, move_stock, reserve_stock
from kernel.clock import now, telling
from kernel.refusals import Denied, NotFound
from tests.catalog.refusing import refused
from tests.catalog.sheets import done, table, workbook
from tests.worlds import key, live_listing, member_actor, sub_account, verified_enterprise

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db):
    seller = verified_enterprise()
    goods = [live_listing(seller, stock=100), live_listing(seller, stock=40)]
    return member_actor(seller), goods


def begun(actor, **how):
    return begin_count(actor=actor, title="年终", everything=how.pop("everything", False), request_key=key(), **how)


def wrote(actor, count, *pairs, at=None):
    lines = {line.listing_id: line for line in count.lines.all()}
    told = {lines[listing.pk].pk: (Decimal(quantity), reason) for listing, quantity, reason in pairs}
    return enter_counts(count.no, actor=actor, counted=told, request_key=key(), at=at)


def booked(actor, count, reason="盘点差异"):
    job = done(book_count(count.no, actor=actor, reason=reason, request_key=key()))
    count.refresh_from_db()
    return job


def on_hand(listing):
    return int(Stock.objects.get(pk=listing.pk).on_hand)


@pytest.mark.spec("H32")
def test_differences_are_booked_as_corrections_with_a_reason(world):
    actor, (one, two) = world
    count = begun(actor)
    wrote(actor, count, (one, 97, "破损"), (two, 40, ""))

    job = booked(actor, count)

    assert (job.state, job.counts, count.state) == ("finished", {"differences": 1, "right": 1}, "booked")
    assert (on_hand(one), on_hand(two)) == (97, 40)
    moved = StockMovement.objects.get(kind="adjust")
    assert (moved.quantity, moved.reason, moved.document_no, moved.by_id) == (-3, "破损", count.no, actor.user_id)
    assert list(audit_stock()) == []


@pytest.mark.spec("H32")
def test_goods_that_move_between_freeze_and_count_are_not_booked_twice(world):
    actor, (one, _two) = world
    count = begun(actor)
    move_stock(one.no, actor=actor, kind="out", quantity=Decimal(10), reason="sold outside", request_key=key())
    wrote(actor, count, (one, 90, ""))  # what is really there
    move_stock(one.no, actor=actor, kind="in", quantity=Decimal(5), reason="delivery", request_key=key())

    booked(actor, count)

    assert on_hand(one) == 95
    assert not StockMovement.objects.filter(kind="adjust").exists()


def test_the_time_of_counting_says_which_movements_were_seen(world):
    actor, (one, _two) = world
    with telling(now() - timedelta(hours=3)):
        count = begun(actor)
    counted_at = now() - timedelta(hours=2)
    with telling(now() - timedelta(hours=1)):
        move_stock(one.no, actor=actor, kind="out", quantity=Decimal(10), reason="sold", request_key=key())
    with refused("count_time"):
        wrote(actor, count, (one, 100, ""), at=now() - timedelta(days=2))

    # The goods of the world were booked in just now, so the books of two hours ago held none.
    wrote(actor, count, (one, 0, ""), at=counted_at)

    assert StockCountLine.objects.get(count=count, listing=one).difference == 0


def test_a_difference_that_would_take_promised_goods_is_refused_and_the_rest_is_booked(world):
    actor, (one, two) = world
    count = begun(actor)
    wrote(actor, count, (one, 10, "lost"), (two, 41, "found"))
    reserve_stock([Wanted(one.pk, Decimal(50), "line")], actor=actor)

    job = booked(actor, count)

    assert (job.failed, job.refused is not None, count.state) == (1, True, "booking")
    assert (on_hand(one), on_hand(two)) == (100, 41)
    with refused("count_open"):
        begun(actor)
    cancel_count(count.no, actor=actor, request_key=key())
    assert begun(actor).state == "open"


@pytest.mark.parametrize("made", [table, workbook], ids=["csv", "xlsx"])
def test_a_filled_in_sheet_is_written_into_its_count(world, made):
    actor, (one, two) = world
    count = begun(actor)
    rows = [[one.no, "", "", "99", "broken"], [two.no, "", "", "", ""], ["G000", "", "", "3", ""], [one.no, "", "", "98", ""]]
    name = "sheet.csv" if made is table else "sheet.xlsx"
    body = made(rows, header=["goods", "title", "expected", "counted", "reason"])

    job = done(import_counts(count.no, actor=actor, body=body, file_name=name, request_key=key()))

    assert (job.state, job.done, job.failed, job.counts) == ("finished", 4, 2, {"counted": 1})
    assert StockCountLine.objects.get(count=count, listing=one).counted == 99
    assert StockCountLine.objects.get(count=count, listing=two).counted is None


def test_a_repeated_booking_books_nothing_more(world):
    actor, (one, _two) = world
    count = begun(actor)
    wrote(actor, count, (one, 97, "x"))
    request_key = key()

    first = book_count(count.no, actor=actor, reason="", request_key=request_key)
    again = book_count(count.no, actor=actor, reason="", request_key=request_key)
    second = book_count(count.no, actor=actor, reason="", request_key=key())
    done(first), done(second)

    assert first.pk == again.pk != second.pk
    assert on_hand(one) == 97
    with refused("count_closed"):
        book_count(count.no, actor=actor, reason="", request_key=key())


def test_counts_are_the_enterprises_own(world):
    actor, (one, _two) = world
    count, stranger = begun(actor), member_actor(verified_enterprise())

    with pytest.raises(NotFound):
        enter_counts(count.no, actor=stranger, counted={count.lines.first().pk: (Decimal(1), "")}, request_key=key())
    with pytest.raises(NotFound):
        cancel_count(count.no, actor=stranger, request_key=key())
    clerk = member_actor(one.seller, sub_account(one.seller, "trade"))
    with pytest.raises(Denied):
        begun(clerk)


def test_an_empty_count_and_a_booking_without_a_reason_are_refused(world):
    actor, (one, _two) = world
    with refused("nothing_to_count"):
        begun(member_actor(verified_enterprise()))
    count = begun(actor)
    with refused("nothing_counted"):
        book_count(count.no, actor=actor, reason="x", request_key=key())
    wrote(actor, count, (one, 97, ""))
    with refused("reason_missing"):
        book_count(count.no, actor=actor, reason=" ", request_key=key())
