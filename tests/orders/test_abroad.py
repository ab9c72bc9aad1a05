"""Two companies in two countries, two currencies in one order: frozen rates, Incoterms, limits, papers (M41)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from accounts.services import set_limit
from kernel.clock import now
from kernel.money import CREDIT, Money
from kernel.refusals import Refusal
from orders import bargaining
from orders.incoterms import Carriage, Incoterm
from orders.models import Order
from orders.negotiation_rules import Change, NewLine, Offer, OfferLine
from orders.queries import desk
from orders.services import (
    accept_offer,
    ask_paper,
    confirm_amendment,
    confirm_order,
    counter_proposal,
    make_trade_paper,
    propose_amendment,
)
from orders.services.proposals import current_hash
from orders.services.trade_papers import paper_html
from orders.worth import order_worth, rate_words
from tests.orders.abroad import CARRIAGE, proposed_abroad, rates_in_force, two_countries
from tests.worlds import allow_credit, confirmed, key, live_listing, member_actor, sub_account, verified_enterprise

pytestmark = pytest.mark.django_db


def code_of(act) -> str:
    with pytest.raises(Refusal) as refused:
        act()
    return refused.value.code


@pytest.mark.spec("M41")
def test_goods_of_two_currencies_are_weighed_by_a_rate_that_is_frozen_with_the_terms():
    rates_in_force()
    mill, maker, paper, pumps = two_countries()

    # 20 t at ¥5,480 = ¥109,600.00; 12 pumps = US$14,400 = ¥102,273.12; the maker adds US$1,031.62 = ¥7,326.87 of the ¥7,326.88.
    order = proposed_abroad(maker, mill, get=[(paper, 20)], give=[(pumps, 12)], cash=Money(103_162, "USD"))

    assert order.currency == "CNY" and rate_words(order)[0].startswith("7.1023 CNY/USD, PBoC, ")
    assert [(line.amount, line.giver_id) for line in order.lines.all()] == [
        (Money(10_960_000, "CNY"), mill.pk), (Money(1_440_000, "USD"), maker.pk),
    ]  # fmt: skip
    assert order_worth(order) == Money(10_960_000, "CNY")
    weights = desk.weights(order, maker.pk)
    assert weights == {"give": 10_227_312, "get": 10_960_000, "credit": 0, "cash": 732_687}

    read = order.terms_hash
    rates_in_force(("USD", 1, "7.2000"), days_ago=0, source="BOC")
    order = confirmed(order)
    assert order.state == "confirmed" and order.rates[0][1] == "7.1023000000"  # as it was proposed, whatever came later
    assert read and order.tenders.get().escrow.currency == "USD"


@pytest.mark.spec("M41")
def test_more_cash_than_the_frozen_rate_allows_is_refused_to_the_cent():
    rates_in_force()
    mill, maker, paper, pumps = two_countries()
    trade = {"get": [(paper, 20)], "give": [(pumps, 12)]}

    assert code_of(lambda: proposed_abroad(maker, mill, **trade, cash=Money(103_163, "USD"))) == "top_up_refused"
    assert code_of(lambda: proposed_abroad(maker, mill, **trade, cash=Money(732_689, "CNY"))) == "top_up_refused"
    assert proposed_abroad(maker, mill, **trade, cash=Money(732_688, "CNY")).tenders.get().currency == "CNY"
    assert code_of(lambda: proposed_abroad(maker, mill, **trade, cash=Money(1, "EUR"))) == "currencies_mixed"


@pytest.mark.spec("M41")
def test_barter_credit_balances_yuan_against_dollars_at_its_nominal():
    rates_in_force()
    mill, maker, paper, pumps = two_countries()
    allow_credit(maker, 1_000_000)

    order = confirmed(proposed_abroad(maker, mill, get=[(paper, 20)], give=[(pumps, 12)], credit=732_688))

    assert order.state == "funded"
    assert desk.weights(order, mill.pk) == {"give": 10_960_000, "get": 10_227_312, "credit": -732_688, "cash": 0}


@pytest.mark.spec("M41")
@pytest.mark.parametrize("days_ago", [None, 8])
def test_without_a_rate_or_with_a_stale_one_the_pair_is_named_and_nothing_is_written(days_ago):
    if days_ago:
        rates_in_force(days_ago=days_ago)
    mill, maker, paper, pumps = two_countries()

    with pytest.raises(Refusal) as refused:
        proposed_abroad(maker, mill, get=[(paper, 20)], give=[(pumps, 12)])

    assert refused.value.code == "rate_missing" and all(code in str(refused.value) for code in ("USD", "CNY"))
    assert not Order.objects.exists()


@pytest.mark.spec("M41")
def test_a_rate_that_changed_between_reading_and_sending_is_pointed_out():
    rates_in_force()
    mill, maker, paper, pumps = two_countries()
    read = "USD 7.1023000000 PBoC 2020-01-01"

    assert code_of(lambda: proposed_abroad(maker, mill, get=[(paper, 20)], give=[(pumps, 12)], seen_rates=read)) == "rate_changed"


@pytest.mark.spec("M41")
def test_p31_the_rate_the_account_and_the_incoterms_are_under_the_hash_and_stay():
    rates_in_force()
    mill, maker, paper, pumps = two_countries()
    trade = {"get": [(paper, 20)], "give": [(pumps, 12)]}
    order = proposed_abroad(maker, mill, **trade)

    for name, value in (("rates", [["USD", "7.0000000000", "PBoC", "2026-11-27"]]), ("incoterms", []), ("currency", "USD")):
        changed = Order.objects.get(pk=order.pk)
        setattr(changed, name, value)
        assert current_hash(changed) != order.terms_hash, name
        with pytest.raises(DatabaseError), transaction.atomic():
            Order.objects.filter(pk=order.pk).update(**{name: value})


@pytest.mark.spec("M41")
def test_across_a_border_both_directions_need_an_incoterm_and_a_listings_own_is_the_default():
    rates_in_force()
    mill, maker, paper, pumps = two_countries()
    trade = {"get": [(paper, 20)], "give": [(pumps, 12)]}

    for carriage in (Carriage(), replace(CARRIAGE, give=None), replace(CARRIAGE, get=Incoterm("FOB", "Foshan warehouse"))):
        assert code_of(lambda c=carriage: proposed_abroad(maker, mill, **trade, carriage=c)) == "incoterm_refused"
    home = verified_enterprise()
    ours = live_listing(home, incoterm="FCA", incoterm_place="Foshan")
    bought = proposed_abroad(maker, home, get=[(ours, 10)], cash=Money(5_480_000, "CNY"), carriage=None)
    assert bought.incoterms == [[home.pk, "FCA", "Foshan"]] and bought.rates == []
    domestic = proposed_abroad(mill, home, get=[(ours, 10)], cash=Money(5_480_000, "CNY"), carriage=None)
    assert domestic.incoterms == []


@pytest.mark.spec("M41")
@pytest.mark.parametrize(
    ("code", "units", "cny", "price", "shown"), [("JPY", 100, "4.6012", 1_000_000, "¥1,000,000"), ("KWD", 1, "23.1", 1_500_250, "KWD")]
)
def test_yen_without_and_dinars_with_three_decimals_weigh_and_print(code, units, cny, price, shown):
    rates_in_force((code, units, cny))
    mill, maker, paper, _pumps = two_countries()
    goods = live_listing(maker, title_zh="机床", title_en="Lathe", unit="pc", price=Money(price, code), moq=1, place="Hamburg")

    order = proposed_abroad(maker, mill, get=[(paper, 20)], give=[(goods, 1)])

    expected = {"JPY": 4_601_200, "KWD": 3_465_578}[code]  # 1,500.250 dinars = ¥34,655.775: half to even
    assert desk.weights(order, maker.pk)["give"] == expected
    assert str(order.lines.get(giver=maker).amount) == {"JPY": "1,000,000 JPY", "KWD": "1,500.250 KWD"}[code]
    paper_row = ask_paper(order.no, actor=member_actor(maker), kind="proforma", about=maker.pk, request_key=key())
    html = paper_html(paper_row)
    assert {"JPY": "1,000,000", "KWD": "1,500.250"}[code] in html and f"CNY/{code}" in html and "FOB 上海港" in html
    assert make_trade_paper(paper_row.pk).document_id


@pytest.mark.spec("M41")
@pytest.mark.spec("B10")
def test_limits_in_yuan_count_what_a_trade_in_two_currencies_weighs_at_its_rate():
    rates_in_force()
    mill, maker, paper, pumps = two_countries()
    helper = sub_account(maker, "trade")
    place = maker.memberships.get(user=helper)
    terms = {"per_period_minor": None, "period": "day", "actor": member_actor(maker)}
    set_limit(place.pk, per_order_minor=10_959_999, request_key=key(), **terms)
    trade = {"get": [(paper, 20)], "give": [(pumps, 12)], "actor": member_actor(maker, helper)}

    with pytest.raises(Refusal) as refused:
        proposed_abroad(maker, mill, **trade)
    assert (refused.value.code, refused.value.params["amount_minor"], refused.value.params["currency"]) == (
        "approval_needed", 10_960_000, "CNY",
    )  # fmt: skip

    set_limit(place.pk, per_order_minor=10_960_000, request_key=key(), **terms)
    assert proposed_abroad(maker, mill, **trade).state == "proposed"


@pytest.mark.spec("M41", "B11")
def test_a_negotiation_in_two_currencies_freezes_the_rate_of_the_round_that_is_accepted():
    rates_in_force()
    mill, maker, paper, pumps = two_countries()
    order = proposed_abroad(maker, mill, get=[(paper, 20)], give=[(pumps, 12)])
    offer = Offer(
        lines=(OfferLine(paper.pk, 20, 548_000), OfferLine(pumps.pk, 12, 118_000)), payer="them", credit=Money(0, CREDIT),
        cash=Money(120_000, "USD"), valid_until=now() + timedelta(days=5), carriage=Carriage(get=CARRIAGE.give, give=CARRIAGE.get),
    )  # fmt: skip
    made = counter_proposal(
        order.no, actor=member_actor(mill), offer=offer, terms_hash=order.terms_hash, request_key=key(), acknowledged=True
    )  # fmt: skip
    rates_in_force(("USD", 1, "7.3000"), days_ago=0, source="BOC")
    view = bargaining.round_view(made, made.negotiation.rounds.get(number=1), mill.pk)
    assert [rate["figure"] for rate in view.rates] == ["7.1023"] and view.weights["get"] == 10_056_857
    assert [part.value for part in view.money] == ["US$1,200.00"]

    agreed = accept_offer(made.negotiation.no, actor=member_actor(maker), number=2, terms_hash=made.terms_hash, request_key=key())

    assert (agreed.currency, agreed.rates[0][1], agreed.rates[0][2]) == ("CNY", "7.1023000000", "PBoC")
    assert agreed.tenders.get().amount == Money(120_000, "USD") and agreed.incoterms == made.incoterms
    agreed = confirm_order(agreed.no, actor=member_actor(maker), terms_hash=agreed.terms_hash, request_key=key())
    assert agreed.state == "confirmed"


@pytest.mark.spec("M41", "H25")
def test_changed_terms_keep_the_frozen_rate_and_each_line_its_currency():
    rates_in_force(("USD", 1, "7.1023"), ("EUR", 1, "7.7000"))
    mill, maker, paper, pumps = two_countries()
    order = confirmed(proposed_abroad(maker, mill, get=[(paper, 20)], give=[(pumps, 12)], cash=Money(100_000, "USD")))
    euros = live_listing(maker, title_zh="阀门", title_en="Valve", unit="pc", price=Money(10_000, "EUR"), moq=1)
    old = {line.listing_id: line for line in order.lines.all()}
    rates_in_force(("USD", 1, "7.3000"), days_ago=0, source="BOC")
    kept = NewLine(old[paper.pk].pk, paper.pk, 20, 548_000)
    change = Change(
        lines=(kept, NewLine(old[pumps.pk].pk, pumps.pk, 10, 120_000)), payer="me", credit=Money(0, CREDIT), cash=Money(343_162, "USD"),
        note="", reason="Two pumps fewer",
    )  # fmt: skip
    asked = {"actor": member_actor(maker), "seen_hash": order.terms_hash, "acknowledged": True}
    foreign = replace(change, lines=(*change.lines, NewLine(None, euros.pk, 1, 10_000)))

    assert code_of(lambda: propose_amendment(order.no, change=foreign, request_key=key(), **asked)) == "rate_missing"
    more = replace(change, cash=Money(343_163, "USD"))
    assert code_of(lambda: propose_amendment(order.no, change=more, request_key=key(), **asked)) == "top_up_refused"
    made = propose_amendment(order.no, change=change, request_key=key(), **asked)
    confirm_amendment(
        order.no, made.pk, actor=member_actor(mill), terms_hash=made.terms_hash, request_key=key(), acknowledged=True
    )  # fmt: skip

    order = Order.objects.get(pk=order.pk)
    assert {str(line.amount) for line in order.lines.all()} == {"109,600.00 CNY", "12,000.00 USD"}
    assert str(order.tenders.get().amount) == "3,431.62 USD" and order.rates[0][1] == "7.1023000000"
