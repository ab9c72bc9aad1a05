"""What waits at the desks of the demo and in its first firm: changes, a mismatch, a freeze report, a transfer, an invitation, limits."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from accounts.actors import Actor
from accounts.models import Enterprise, Membership, User
from accounts.queries import actor_for, approval_ticket, today
from accounts.services import (
    ask_approval,
    ask_main_transfer,
    compare_enterprise,
    hand_in_change,
    invite,
    keep_paper,
    keep_proof,
    keep_transfer_proof,
    name_stand_in,
    report_freeze,
    set_approval_rule,
    set_limit,
    take_up_change,
    take_up_review,
)
from catalog.queries import tradable_listings
from catalog.rules import unit_price
from kernel.clock import now
from kernel.money import CREDIT, Money
from kernel.refusals import Refusal
from orders.rules import LineTerms, TopUp
from orders.services import propose_order

from .firms import Firm, all_match, bank_of, specimen

VISITOR = Actor("person", ip="192.0.2.44")  # somebody without a log-in


def change_story(firm: Firm, other: Firm, staff: dict[str, User]) -> Iterator[datetime]:
    """One firm has moved and waits; another has a new bank account, which a reviewer has taken up."""
    moved = {"province": firm.province, "address": f"{firm.province}新示例路 88 号", "phone": "0755-81112222"}
    hand_in_change("contact", moved, papers={}, reason="办公地址搬迁", actor=firm.actor, request_key="seed-change-contact")
    yield now() + timedelta(hours=2)
    actor = other.actor
    papers = {"bank_proof": keep_paper(specimen(other.name, "bank_proof"), actor=actor).token}
    bank = bank_of(900, other.country)
    change = hand_in_change("bank", bank, papers=papers, reason="更换基本户", consented=True, actor=actor, request_key="seed-change-bank")
    yield now() + timedelta(hours=1)
    take_up_change(change.pk, actor=actor_for(staff["reviewer"]), request_key="seed-change-taken")


def mismatch_story(staff: dict[str, User]) -> Iterator[datetime]:
    """The oldest newcomer's address differs from its licence; the reviewer has written that down and not decided yet."""
    enterprise = Enterprise.objects.filter(state="submitted").order_by("pk").first()
    if enterprise is None:
        return
    reviewer = actor_for(staff["reviewer"])
    take_up_review(enterprise.pk, actor=reviewer, request_key="seed-mismatch-taken")
    yield now() + timedelta(minutes=20)
    found = all_match(enterprise) | {"address": ("differs", "营业执照上的住所是示例街 20 号，填写的是示例街 2 号，请核对。")}
    compare_enterprise(enterprise.pk, found, actor=reviewer, request_key="seed-mismatch-compared")


def report_story(frozen: Firm, left: Firm) -> Iterator[datetime]:
    """Somebody who cannot log in asks for a freeze; somebody else wants the main account of a firm whose holder has left."""
    proofs = {kind: keep_proof(specimen(frozen.name, kind), actor=VISITOR).token for kind in ("licence", "legal_rep_id")}
    told = {"name": "郑伟", "role": "法定代表人", "phone": "13800000000", "email": "zheng@example.com"}
    report_freeze(
        actor=VISITOR, named=frozen.name, registration_no=frozen.enterprise.registration_no, contact=told,
        story="密码昨晚被人改了，登录不了，担心有人冒用公司名义下单。", proofs=proofs, request_key="seed-freeze-report",
    )  # fmt: skip
    yield now() + timedelta(minutes=5)
    proofs = {kind: keep_transfer_proof(specimen(left.name, kind), actor=VISITOR).token for kind in ("licence", "legal_rep_id")}
    told = {"name": "冯丽", "role": "总经理", "phone": "13900000000", "email": "feng@example.com"}
    ask_main_transfer(
        actor=VISITOR, named=left.name, registration_no=left.enterprise.registration_no, cause="left", contact=told,
        story="原管理员上月离职，主账号无人能登录。", proofs=proofs, request_key="seed-main-transfer",
    )  # fmt: skip


def team_story(firm: Firm, partner: Firm, rng: random.Random) -> Iterator[datetime]:
    """The tour's first firm: limits, a threshold, a stand-in, an invitation, and a request for approval that waits."""
    owner = firm.actor
    places = {p.user.username.rpartition("/")[2]: p for p in Membership.objects.filter(enterprise=firm.enterprise, is_main=False)}
    if not {"sales", "money"} <= places.keys() or not partner.listings:
        return
    sales, money = places["sales"], places["money"]
    set_limit(
        sales.pk, per_order_minor=2_000_000, per_period_minor=20_000_000, period="month", actor=owner, request_key="seed-limit-sales"
    )  # fmt: skip
    set_approval_rule(above_minor=50_000_000, actor=owner, request_key="seed-threshold")
    first = today() + timedelta(days=14)
    days = {"starts_on": first, "ends_on": first + timedelta(days=6)}
    name_stand_in(taker_id=money.pk, **days, actor=owner, request_key="seed-stand-in")
    invite(email="lu.yan@example.com", display_name="陆燕", boxes=["trade", "messages"], actor=owner, request_key="seed-invitation")
    yield now() + timedelta(hours=1)
    _ask(firm, partner, sales, rng)


def _above_limit(goods) -> int:
    """How much of some goods is above the limit at any of their prices."""
    return max(int(goods.moq), 2_500_000 // goods.price_minor + 1)


def _ask(firm: Firm, partner: Firm, sales: Membership, rng: random.Random) -> None:
    """Try a purchase above the limit, as the sales log-in would, and ask for approval of exactly that."""
    on_sale = [(one, _above_limit(one)) for one in tradable_listings(partner.enterprise.pk) if one.currency == "CNY"]
    goods, quantity = next(((one, wanted) for one, wanted in on_sale if wanted <= one.stock.free), (None, 0))
    if goods is None:
        return
    price = unit_price(goods, quantity).minor
    total = price * quantity
    actor = actor_for(sales.user, prefer=firm.enterprise.pk)
    terms = {"lines": [LineTerms(goods.pk, quantity, price, goods.version)], "top_up": TopUp("me", Money(total, CREDIT), Money(0, "CNY"))}
    try:
        propose_order(partner.enterprise.pk, actor=actor, **terms, note="", request_key="seed-above-limit")
    except Refusal as refusal:
        if refusal.code != "approval_needed":
            return
        rows = [("对方", partner.name), ("我方得到", f"{goods.title} × {quantity}"), ("我方付出", str(Money(total, CREDIT)))]
        yuan = f"{total / 100:.2f}"
        fields = [("get_1", str(goods.pk)), ("get_1_quantity", str(quantity)), ("payer", "me"), ("credit", yuan), ("step", "send")]
        ticket = approval_ticket(
            actor, refusal, title=f"向{partner.name}提出交易", rows=rows, url=f"/me/orders/new/?goods={goods.no}", fields=fields
        )  # fmt: skip
        ask_approval(ticket=ticket, note="客户急需，请批准。", actor=actor, request_key="seed-approval")
