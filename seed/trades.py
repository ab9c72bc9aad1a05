"""The demo orders: proposals, barters with top-ups, purchases in credit and in cash, refunds; in every state."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from accounts.models import User
from accounts.queries import actor_for
from catalog.rules import unit_price
from credit_guarantee.models import CustodianInstruction
from credit_guarantee.services import confirm_collection
from kernel.clock import now
from kernel.money import CREDIT, Money
from kernel.refusals import Refusal
from orders.models import Order
from orders.rules import Instalment, LineTerms, TopUp
from orders.services import (
    accept_goods,
    approve_refund,
    confirm_order,
    decline_order,
    note_tracking,
    propose_order,
    reject_refund,
    request_refund,
    ship_goods,
    withdraw_order,
    write_message,
)

from .firms import Firm
from .money import paid_out

# How far each story goes and how many of a hundred go that far.
FATES = [
    ("completed", 44), ("shipped", 10), ("signed", 7), ("funded", 8), ("confirmed", 6), ("proposed", 7), ("declined", 3), ("withdrawn", 3),
    ("lapsed", 3), ("unpaid_cancel", 3), ("refunded", 3), ("refund_open", 2), ("refund_rejected", 1),
]  # fmt: skip
ASK = [
    "请问最快什么时候能发货？",
    "能否按我们的托盘尺寸打包？",
    "出厂检验单随货附一份，谢谢。",
    "Could you share the packing list in advance?",
]
ANSWER = [
    "今天下午可以装车，预计后天到。",
    "可以，托盘尺寸请发过来。",
    "检验单会随货，也会上传到订单。",
    "Sure, the packing list will be uploaded with the waybill.",
]
WAYBILLS = [("sf", "SF1{:012d}"), ("jd", "JDX{:012d}"), ("deppon", "DPK{:012d}"), ("own", "粤A{:05d}")]


class Trade:
    """One order's story between two firms."""

    def __init__(self, n: int, buyer: Firm, seller: Firm, fate: str, staff: dict[str, User], rng: random.Random):
        self.n, self.buyer, self.seller, self.fate, self.staff, self.rng = n, buyer, seller, fate, staff, rng
        self.order: Order | None = None

    def key(self, act: str) -> str:
        return f"seed-order-{self.n:05d}-{act}"

    def later(self, low: int, high: int) -> datetime:
        return now() + timedelta(minutes=self.rng.randint(low * 60, high * 60))

    def story(self) -> Iterator[datetime]:
        """Play the order as far as its fate goes; goods that ran short meanwhile end it where it stands."""
        try:
            yield from self._acts()
        except Refusal:
            return

    def _acts(self) -> Iterator[datetime]:
        self._propose()
        if self.fate in ("proposed", "lapsed"):
            return
        yield self.later(1, 30)
        if self.fate == "declined":
            decline_order(self.order.no, actor=self.seller.actor, reason="近期排产已满，暂不接单。", request_key=self.key("decline"))
            return
        if self.fate == "withdrawn":
            withdraw_order(self.order.no, actor=self.buyer.actor, request_key=self.key("withdraw"))
            return
        confirm_order(self.order.no, actor=self.seller.actor, terms_hash=self.order.terms_hash, request_key=self.key("confirm"))
        yield self.later(1, 3)
        self._chat()
        yield from self._pay()
        if self.fate in ("confirmed", "funded", "unpaid_cancel"):
            return
        if self.fate in ("refunded", "refund_open", "refund_rejected"):
            yield from self._refund()
            return
        yield from self._deliver()

    def _propose(self) -> None:
        rng, wanted = self.rng, self.rng.choice(self.seller.listings)
        quantity = int(wanted.moq) * rng.randint(1, 2)
        lines = [LineTerms(wanted.pk, quantity, unit_price(wanted, quantity).minor)]
        value, given = lines[0].seen_price_minor * quantity, 0
        if self.buyer.listings and rng.random() < 0.65:
            own = rng.choice(self.buyer.listings)
            amount = max(1, min(int(own.moq) * 3, value // own.price_minor))
            lines.append(LineTerms(own.pk, amount, unit_price(own, amount).minor))
            given = lines[1].seen_price_minor * amount
        self.order = propose_order(
            self.seller.enterprise.pk, actor=self.buyer.actor, lines=lines, top_up=self._top_up(value - given),
            note=rng.choice(["", "", "货到卸货需叉车，请提前一天联系。", "允许溢短装 ±5%。"]), request_key=self.key("propose"),
        )  # fmt: skip

    def _top_up(self, gap: int) -> TopUp | None:
        payer, gap = ("me", gap) if gap > 0 else ("them", -gap)
        if not gap:
            return None
        cash = self.fate in ("confirmed", "unpaid_cancel") or self.rng.random() < 0.4
        split = gap // 2 if cash and self.rng.random() < 0.3 else 0
        credit_part = split if cash else gap
        return TopUp(payer, Money(credit_part, CREDIT), Money(gap - credit_part, "CNY"), self._parts() if cash else ())

    def _parts(self) -> tuple[Instalment, ...]:
        """Some cash comes in parts: a deposit, and the balance before the goods leave."""
        if self.n % 3 != 1:
            return ()
        return (Instalment(3_000, "confirmed", label="定金"), Instalment(7_000, "shipping", label="尾款"))

    def _chat(self) -> None:
        if self.rng.random() < 0.5:
            at = self.rng.randrange(len(ASK))
            write_message(self.order.no, actor=self.buyer.actor, body=ASK[at], uploads=[], request_key=self.key("ask"))
            write_message(self.order.no, actor=self.seller.actor, body=ANSWER[at], uploads=[], request_key=self.key("answer"))

    def _pay(self) -> Iterator[datetime]:
        cash = list(self.order.tenders.filter(kind="cash").order_by("stage"))
        finance = actor_for(self.staff["finance"])
        for part in cash:
            if self.fate in ("confirmed", "unpaid_cancel") and part is cash[-1]:
                return  # of two parts the first has come
            yield self.later(4, 40)
            reference, key = f"CB{self.n * 10 + part.stage:08d}", self.key(f"collected{part.stage}")
            confirm_collection(part.escrow_id, actor=finance, custodian_reference=reference, request_key=key)

    def _refund(self) -> Iterator[datetime]:
        yield self.later(2, 20)
        refund = request_refund(self.order.no, actor=self.buyer.actor, reason="项目延期，暂不需要这批货。", request_key=self.key("refund"))
        yield self.later(2, 20)
        if self.fate == "refunded":
            approve_refund(self.order.no, refund.pk, actor=self.seller.actor, request_key=self.key("refunded"))
        elif self.fate == "refund_rejected":
            answer = "货物已按规格裁切，无法退回。"
            reject_refund(self.order.no, refund.pk, actor=self.seller.actor, answer=answer, request_key=self.key("rejected"))

    def _deliver(self) -> Iterator[datetime]:
        firms = {firm.enterprise.pk: firm for firm in (self.buyer, self.seller)}
        consignments = list(self.order.consignments.order_by("pk"))
        for consignment in consignments:
            yield self.later(6, 48)
            carrier, shape = self.rng.choice(WAYBILLS)
            ship_goods(
                self.order.no, actor=firms[consignment.giver_id].actor, carrier=carrier,
                carrier_name="自有车队" if carrier == "own" else "",
                waybill_no=shape.format(self.n * 10 + consignment.pk % 10), request_key=self.key(f"ship{consignment.pk}"),
            )  # fmt: skip
        if self.fate == "shipped":
            return
        for consignment in consignments:
            yield self.later(20, 60)
            receiver = firms[consignment.receiver_id].actor
            note_tracking(
                self.order.no, consignment.pk, actor=receiver, kind="signed", happened_at=now(), place=firms[consignment.receiver_id].place,
                request_key=self.key(f"signed{consignment.pk}"),
            )  # fmt: skip
        if self.fate == "signed":
            return
        for consignment in consignments:
            yield self.later(4, 60)
            accept_goods(
                self.order.no, consignment.pk, actor=firms[consignment.receiver_id].actor, request_key=self.key(f"accept{consignment.pk}")
            )
        yield self.later(5, 30)
        self._pay_out()

    def _pay_out(self) -> None:
        paid = CustodianInstruction.objects.filter(
            escrow__in=[t.escrow_id for t in self.order.tenders.all() if t.escrow_id], kind__in=["pay_out", "fee"]
        )
        for i, instruction in enumerate(paid.order_by("pk")):
            paid_out(instruction, self.staff, reference=f"CP{self.n * 20 + i:08d}", key=self.key(f"payout{instruction.pk}"))


def plan_trades(firms: list[Firm], staff: dict[str, User], rng: random.Random, wanted: int) -> list[tuple[Trade, int]]:
    """Cast the fates and say how many hours before now each story begins: unfinished stories are recent, finished ones older."""
    fates = [fate for fate, share in FATES for _ in range(share)]
    able, plan = [firm for firm in firms if firm.listings], []
    for n in range(wanted):
        fate = fates[n % len(fates)] if n >= len(FATES) else FATES[n][0]
        buyer, seller = _pair(n, able, rng)
        hours = {"proposed": (2, 60), "confirmed": (30, 80), "unpaid_cancel": (200, 500), "lapsed": (200, 500), "funded": (45, 110)}
        low, high = hours.get(fate, (110, 160) if fate in ("shipped", "signed", "refund_open") else (240, 700))
        plan.append((Trade(n, buyer, seller, fate, staff, rng), rng.randint(low, high)))
    return plan


def _pair(n: int, able: list[Firm], rng: random.Random) -> tuple[Firm, Firm]:
    """Every third order is one of the tour's two firms, so that a newcomer who logs in finds work."""
    buyer, seller = rng.sample(able, 2)
    if n % 3 == 0:
        tour = able[n // 3 % 2]
        buyer, seller = (tour, seller if seller is not tour else buyer) if n % 2 else (buyer if buyer is not tour else seller, tour)
    return buyer, seller
