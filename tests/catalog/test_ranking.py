"""Best match explains itself, and of offers that fit the words equally the guaranteed one comes first (C09)."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog import ranking_rules
from catalog.models import Listing
from catalog.queries import Search, market_page
from catalog.ranking_rules import Standing, merit, points, reasons
from catalog.services import rerank_listings, set_standing
from kernel.money import Money
from tests.worlds import key, live_listing, staff_actor, verified_enterprise

WEIGHTS = st.fixed_dictionaries({name: st.integers(0, 2000) for name in ranking_rules.WEIGHTS})
OTHERS = st.fixed_dictionaries(
    {"wanted": st.booleans(), "record": st.integers(0, 100), "days": st.integers(0, 400), "ready": st.booleans()}
)
TEXT = st.one_of(st.none(), st.sampled_from([1, 2, 3, 4]))


@pytest.mark.spec("C09")
@given(WEIGHTS, TEXT, OTHERS, OTHERS)
def test_with_equal_words_a_guaranteed_offer_has_more_points_whatever_else_is_known(weights, tier, one, other):
    guaranteed, plain = Standing(tier=tier, guaranteed=True, **one), Standing(tier=tier, **other)

    if weights["guarantee"]:
        assert points(weights, guaranteed) > points(weights, plain)
        assert merit(weights, guaranteed=True, record=one["record"], ready=one["ready"]) > merit(
            weights, guaranteed=False, record=other["record"], ready=other["ready"]
        )
    else:
        assert points(weights, guaranteed) == points(weights, dataclasses.replace(guaranteed, guaranteed=False))


@given(WEIGHTS, TEXT, OTHERS, st.booleans())
def test_the_reasons_add_up_to_the_points(weights, tier, others, guaranteed):
    offer = Standing(tier=tier, guaranteed=guaranteed, **others)

    assert sum(n for _what, n in reasons(weights, offer)) == points(weights, offer)
    assert all(n > 0 for _what, n in reasons(weights, offer))


def test_words_in_the_title_count_for_more_than_words_elsewhere():
    worth = [points(ranking_rules.WEIGHTS, Standing(tier=tier)) for tier in (4, 3, 2, 1)]

    assert worth == sorted(worth, reverse=True) and len(set(worth)) == 4


def test_unknown_names_in_the_setting_and_weights_below_zero_do_nothing(settings):
    settings.RANKING = {"guarantee": -5, "bribe": 9999}

    assert ranking_rules.weights() == {**ranking_rules.WEIGHTS, "guarantee": 0}


# ---------- the market ----------


@pytest.fixture
def reviewer():
    return staff_actor("catalog.review_listing")


def guarantee(seller, **more):
    values = {"guarantee_active": True, "line": Money(5_000_000, "USD"), **more}
    set_standing(seller.pk, actor=staff_actor("catalog.change_sellerstanding"), request_key=key(), **values)


def order(**search):
    return [row.title_zh for row in market_page(Search(**search)).page.rows]


@pytest.mark.django_db
@pytest.mark.spec("C09")
@pytest.mark.parametrize("search", [{}, {"q": "牌纸"}, {"q": "牌纸", "own_categories": ["MAC"]}, {"own_categories": ["MAC"]}])
@pytest.mark.parametrize("weight", [100, 1, 0])
def test_the_guaranteed_seller_comes_first_until_the_weight_is_zero(settings, reviewer, search, weight):
    settings.RANKING = {"guarantee": weight}
    sealed, plain = verified_enterprise(), verified_enterprise()
    guarantee(sealed)
    set_standing(plain.pk, actor=staff_actor("catalog.change_sellerstanding"), completed_orders=900, rating=5, request_key=key())
    live_listing(sealed, reviewer=reviewer, title_zh="甲牌纸", title_en="", description_zh="没有别的好处，只有信用", ready_to_ship=False)
    live_listing(plain, reviewer=reviewer, title_zh="乙牌纸", title_en="", description_zh="没有别的坏处，只缺信用", ready_to_ship=True,
                 want_categories=["MAC"])  # fmt: skip

    assert order(**search) == (["甲牌纸", "乙牌纸"] if weight else ["乙牌纸", "甲牌纸"])


@pytest.mark.django_db
def test_better_words_come_before_a_guarantee(reviewer):
    sealed, plain = verified_enterprise(), verified_enterprise()
    guarantee(sealed)
    live_listing(sealed, reviewer=reviewer, title_zh="包装服务", title_en="", description_zh="也谈得到双胶纸的事情")
    live_listing(plain, reviewer=reviewer, title_zh="双胶纸", title_en="")

    assert order(q="双胶纸") == ["双胶纸", "包装服务"]


@pytest.mark.django_db
def test_each_result_says_why_it_stands_there(client, reviewer, django_assert_max_num_queries):
    sealed = verified_enterprise()
    guarantee(sealed, completed_orders=40)
    live_listing(sealed, reviewer=reviewer, title_zh="双胶纸", ready_to_ship=True)
    client.cookies["django_language"] = "en"
    client.get("/market/?q=双胶纸")

    with django_assert_max_num_queries(8):
        page = client.get("/market/?q=双胶纸").text

    for reason in ("Your words are in the title", "A guarantee stands behind this seller", "Completed orders and ratings", "Ready to ship"):
        assert reason in page
    assert page.count('<details class="why">') == 1
    assert '<details class="why">' not in client.get("/market/?q=双胶纸&sort=new").text


@pytest.mark.django_db
def test_new_weights_reach_the_index_with_reindex(settings, reviewer):
    sealed = verified_enterprise()
    guarantee(sealed)
    listing = live_listing(sealed, reviewer=reviewer)
    settings.RANKING = {"guarantee": 0, "ready": 0, "record": 0}

    list(rerank_listings())

    assert Listing.objects.get(pk=listing.pk).merit == 0
