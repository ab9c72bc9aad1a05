"""Four orders of the tour's first firm that show what is rare: goods in two parts, two currencies, cash in parts, a part refund."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from accounts.models import User
from accounts.queries import actor_for
from catalog.models import Listing
from catalog.rules import Terms, unit_price
from catalog.services import approve_listing, create_listing, submit_listing
from credit_guarantee.services import confirm_collection
from kernel.clock import now
from kernel.money import CREDIT, Money
from kernel.refusals import Refusal
from kernel.workdays import SHANGHAI
from ledger.services import approve_rates, enter_rates
from orders.models import Order
from orders.rules import Instalment, LineTerms, TopUp
from orders.services import (
    Carriage,
    Claim,
    Incoterm,
    accept_goods,
    approve_refund,
    confirm_order,
    note_tracking,
    propose_order,
    request_refund,
    ship_goods,
)

from .firms import Firm

RATES = (("EUR", 1, Decimal("7.7415")), ("USD", 1, Decimal("7.1023")), ("JPY", 100, Decimal("4.6210")), ("HKD", 1, Decimal("0.9128")))
DAY = timedelta(days=1)


def rates_story(staff: dict[str, User]) -> Iterator[datetime]:
    """Finance types the central rates of the day, a colleague compares and approves them."""
    day = now().astimezone(SHANGHAI).date()
    sheet = enter_rates(
        source="中国外汇交易中心人民币汇率中间价（示例）", as_of=day, rates=RATES, actor=actor_for(staff["finance"]),
        request_key=f"seed-rates-{day}",
    )  # fmt: skip
    yield now() + timedelta(minutes=20)
    approve_rates(sheet.pk, actor=actor_for(staff["finance2"]), request_key=f"seed-rates-{day}-approved")


def abroad_story(firms: list[Firm], staff: dict[str, User]) -> Iterator[datetime]:
    """Paper to Hamburg and pulp back, weighed at the frozen rate, the difference in euros, each way under its Incoterm."""
    seller = next((firm for firm in firms if firm.country != "CN" and firm.province == "Hamburg"), None)
    mine = _goods(firms[0], 1)
    if seller is None or mine is None:
        return
    pulp = yield from _pulp(seller, staff)
    yield now() + 2 * DAY
    quantity = max(1, -(-mine.price_minor * int(mine.moq) // int(pulp.price_minor * RATES[0][2]))) + 4
    given = Money(mine.price_minor * int(mine.moq), "CNY")
    gap = pulp.price_minor * quantity - int(given.minor / RATES[0][2]) - 100
    order = propose_order(
        seller.enterprise.pk, actor=firms[0].actor, request_key="seed-abroad", note="提单与装箱单请上传到订单。",
        lines=[_line(pulp, quantity), _line(mine, int(mine.moq))], top_up=TopUp("me", Money(0, CREDIT), Money(gap, "EUR")),
        carriage=Carriage(get=Incoterm("CIF", "青岛港"), give=Incoterm("FOB", "青岛港")),
    )  # fmt: skip
    yield now() + timedelta(hours=20)
    confirm_order(order.no, actor=seller.actor, terms_hash=order.terms_hash, request_key="seed-abroad-confirm")


def _pulp(seller: Firm, staff: dict[str, User]) -> Iterator[datetime]:
    terms = Terms(
        title_zh="北欧漂白针叶木浆 ECF", title_en="Bleached softwood kraft pulp, ECF", unit="t",
        price=Money(71_500, "EUR"), place="Hamburg",
        description_zh="风干浆，250 公斤/包，海运散装。", description_en="Air-dry pulp, bales of 250 kg, break bulk by sea.",
        moq=Decimal(5), hs_code="470321", origin="Hamburg", spec=[{"zh": ["白度", "89 ISO"], "en": ["Brightness", "89 ISO"]}],
    )  # fmt: skip
    row = create_listing(terms, actor=seller.actor, category="PAP", opening_stock=Decimal(400), request_key="seed-pulp")
    submit_listing(row.no, actor=seller.actor, request_key="seed-pulp-submit")
    yield now() + timedelta(hours=5)
    return approve_listing(row.no, actor=actor_for(staff["reviewer"]), version=row.version, request_key="seed-pulp-approve")


def parts_story(firms: list[Firm], staff: dict[str, User]) -> Iterator[datetime]:
    """Half of the goods has come and is accepted, the other half still waits at the seller's."""
    order, seller = yield from _bought(firms, staff, 1, "half")
    if order is None:
        return
    line = order.lines.get()
    half = int(line.quantity) // 2
    consignment = ship_goods(
        order.no, actor=seller.actor, carrier="sf", carrier_name="", waybill_no="SF1385628716739", parts={line.pk: half},
        request_key="seed-half-ship",
    )  # fmt: skip
    for hours, kind, place in ((5, "in_transit", seller.place), (24, "out_for_delivery", firms[0].place)):
        yield now() + timedelta(hours=hours)
        note_tracking(
            order.no, consignment.pk, actor=seller.actor, kind=kind, happened_at=now(), place=place, request_key=f"seed-half-{kind}"
        )
    yield now() + timedelta(hours=3)
    note_tracking(
        order.no, consignment.pk, actor=firms[0].actor, kind="signed", happened_at=now(), place=firms[0].place,
        request_key="seed-half-signed",
    )  # fmt: skip
    yield now() + timedelta(hours=2)
    accept_goods(order.no, consignment.pk, actor=firms[0].actor, request_key="seed-half-accept")


def stages_story(firms: list[Firm], staff: dict[str, User]) -> Iterator[datetime]:
    """Three payments were agreed; the deposit is held, the second is to be paid by its day."""
    day = now().astimezone(SHANGHAI).date()
    parts = (Instalment(3_000, "confirmed", label="定金"), Instalment(4_000, "date", on=day + 14 * DAY, label="进度款"),
             Instalment(3_000, "shipping", label="尾款"))  # fmt: skip
    yield from _bought(firms, staff, 2, "stages", parts=parts, paid=1)


def part_refund_story(firms: list[Firm], staff: dict[str, User]) -> Iterator[datetime]:
    """Some of the goods are not needed any more: a part goes back, the order goes on with the rest."""
    order, seller = yield from _bought(firms, staff, 3, "less")
    if order is None:
        return
    line = order.lines.get()
    claims = [Claim(line.pk, quantity=max(1, int(line.quantity) // 4))]
    reason = "项目缩减，少要四分之一，其余照常。"
    refund = request_refund(order.no, actor=firms[0].actor, reason=reason, claims=claims, request_key="seed-less-ask")
    yield now() + timedelta(hours=9)
    approve_refund(order.no, refund.pk, actor=seller.actor, request_key="seed-less-agree")


def _bought(firms: list[Firm], staff: dict[str, User], nth: int, name: str, *, parts=(), paid: int | None = None):
    """(an order that the first firm bought for cash of the nth next firm, with its payments held, the seller); (None, seller)."""
    seller = firms[nth % len(firms)]
    goods = _goods(seller, 4)
    if goods is None:
        return None, seller
    quantity = max(int(goods.moq), 4)
    line = _line(goods, quantity)
    cash = Money(line.seen_price_minor * quantity, "CNY")
    try:
        order = propose_order(
            seller.enterprise.pk, actor=firms[0].actor, lines=[line], top_up=TopUp("me", Money(0, CREDIT), cash, parts), note="",
            request_key=f"seed-{name}",
        )  # fmt: skip
    except Refusal:
        return None, seller
    yield now() + timedelta(hours=7)
    confirm_order(order.no, actor=seller.actor, terms_hash=order.terms_hash, request_key=f"seed-{name}-confirm")
    for n, tender in enumerate(list(order.tenders.filter(kind="cash").order_by("stage"))[:paid], 1):
        yield now() + timedelta(hours=6)
        confirm_collection(
            tender.escrow_id, actor=actor_for(staff["finance"]), custodian_reference=f"CE{nth}{n:07d}", request_key=f"seed-{name}-paid{n}"
        )
    yield now() + timedelta(hours=4)
    return Order.objects.get(pk=order.pk), seller


def _goods(firm: Firm, least: int) -> Listing | None:
    """Goods of a firm in yuan of which there is enough."""
    rows = Listing.objects.filter(pk__in=[row.pk for row in firm.listings], state="live", currency="CNY")
    return next((row for row in rows.select_related("stock").order_by("pk") if row.stock.free >= max(int(row.moq), least)), None)


def _line(goods: Listing, quantity: int) -> LineTerms:
    return LineTerms(goods.pk, quantity, unit_price(goods, quantity).minor)
