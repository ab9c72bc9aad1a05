"""Trades across a border: rates in force, a company abroad, paper for pumps with dollars on top."""

from datetime import timedelta
from decimal import Decimal

from kernel.clock import now
from kernel.money import CREDIT, Money
from kernel.workdays import SHANGHAI
from ledger.services import approve_rates, enter_rates
from orders.incoterms import Carriage, Incoterm
from orders.rules import LineTerms, TopUp
from orders.services import propose_order
from tests.worlds import key, live_listing, member_actor, staff_actor, verified_enterprise

CARRIAGE = Carriage(get=Incoterm("CIF", "Port of Qingdao"), give=Incoterm("FOB", "上海港"))


def rates_in_force(*rates: tuple[str, int, str], days_ago: int = 1, source: str = "PBoC") -> None:
    """A sheet that one clerk typed and a second one compared; default: 7.1023 yuan a dollar."""
    desk = [staff_actor("ledger.enter_rates", "ledger.approve_rates") for _n in range(2)]
    rows = [(code, units, Decimal(cny)) for code, units, cny in rates or (("USD", 1, "7.1023"),)]
    day = now().astimezone(SHANGHAI).date() - timedelta(days=days_ago)
    sheet = enter_rates(source=source, as_of=day, rates=rows, actor=desk[0], request_key=key())
    approve_rates(sheet.pk, actor=desk[1], request_key=key())


def two_countries():
    """(a Chinese paper mill, a German pump maker, its paper at ¥5,480.00, its pumps at US$1,200.00)."""
    mill = verified_enterprise("青岚纸业有限公司", name_en="Qinglan Paper")
    maker = verified_enterprise(
        "Nordwind Pumpen GmbH", name_en="Nordwind Pumpen GmbH", country="DE", registration_no="HRB 12345", province=""
    )
    paper = live_listing(mill)
    pumps = live_listing(
        maker, title_zh="离心泵", title_en="Centrifugal pump", unit="pc", price=Money(120_000, "USD"), moq=1, place="Hamburg"
    )
    return mill, maker, paper, pumps


def proposed_abroad(buyer, seller, *, get, give=(), cash=None, credit: int = 0, payer: str = "me", carriage=CARRIAGE, actor=None, **more):
    """The buyer proposes; `cash` is an amount in either currency."""
    lines = [LineTerms(listing.pk, quantity, listing.price_minor) for listing, quantity in (*get, *give)]
    top_up = TopUp(payer, Money(credit, CREDIT), cash or Money(0, "CNY")) if cash or credit else None
    return propose_order(
        seller.pk, actor=actor or member_actor(buyer), lines=lines, top_up=top_up, note="", request_key=key(), carriage=carriage, **more
    )  # fmt: skip
