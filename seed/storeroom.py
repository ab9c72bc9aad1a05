"""The storeroom of the demo's first firm: low stock, reservations, an open count, listings in every state; and two reports."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from accounts.models import User
from accounts.queries import actor_for
from catalog.models import Listing, Want
from catalog.rules import Terms
from catalog.services import (
    Needs,
    ask_reservation,
    begin_count,
    create_listing,
    enter_counts,
    make_report,
    move_stock,
    post_want,
    reject_listing,
    reserve_for_buyer,
    revise_listing,
    set_threshold,
    submit_listing,
)
from catalog.services.checks import terms_of
from kernel.clock import now
from kernel.money import Money

from .firms import Firm


def storeroom_story(firms: list[Firm], staff: dict[str, User]) -> Iterator[datetime]:
    """Goods come in with a note, one of them runs low, buyers ask and are kept goods, and a count is half done."""
    first, second, third = firms[:3]
    shelf = [row for row in first.listings if row.moq <= 10][:3]
    if len(shelf) < 3 or not second.listings:
        return
    low, asked, kept = shelf
    how = {"actor": first.actor, "kind": "in", "reason": "工厂到货", "document_no": "RK-2026-1107"}
    move_stock(asked.no, quantity=Decimal(30), request_key="seed-store-in", **how)
    yield now() + timedelta(hours=2)
    set_threshold(low.no, actor=first.actor, low_at=Decimal(100_000), request_key="seed-store-low")
    until = now() + timedelta(days=9)
    note = {"note": "11 月排产用", "until": until, "quantity": Decimal(10)}
    ask_reservation(asked.no, actor=second.actor, request_key="seed-store-ask", **note)
    reserve_for_buyer(kept.no, actor=first.actor, buyer=third.enterprise.handle, request_key="seed-store-keep", **note)
    served = {**note, "note": "VIP 客户，客服代为留货", "quantity": second.listings[0].moq}
    service = actor_for(staff["service"])
    reserve_for_buyer(second.listings[0].no, actor=service, buyer=first.enterprise.handle, request_key="seed-store-staff", **served)
    yield now() + timedelta(hours=3)
    count = begin_count(actor=first.actor, title="11 月盘点 · 青岛仓", everything=False, request_key="seed-store-count")
    found = {line.pk: (line.expected - n, "外包装破损" if n else "") for n, line in enumerate(count.lines.order_by("pk")[:2])}
    enter_counts(count.no, actor=first.actor, counted=found, request_key="seed-store-counted")


def _paper(firm: Firm, title_zh: str, title_en: str, price: int) -> Terms:
    return Terms(
        title_zh=title_zh, title_en=title_en, unit="t", price=Money.of(price, "CNY"), place=firm.place, moq=Decimal(5), lead_days=10,
        description_zh="纯木浆，卷筒包装，出厂附检验单。", description_en="Virgin fibre, in reels, with a mill test sheet.",
        attributes={"grammage": "80", "width": "787", "form": "reel", "furnish": "woodfree", "brightness": "82", "core": "c76"},
        wants=["仓储服务"], want_categories=["SVC"], hs_code="4802", art="roll", origin=firm.place,
    )  # fmt: skip


def drafts_story(firm: Firm, staff: dict[str, User]) -> Iterator[datetime]:
    """A draft, a listing in review, one sent back, a change of goods on sale that waits; and the firm looks for goods."""
    brand, actor = firm.name[:2], firm.actor
    goods = [
        create_listing(
            _paper(firm, f"{brand}牌{zh}", f"{firm.name_en.split()[0]} {en}", price), actor=actor, category="PAP-CUL-OFF",
            opening_stock=Decimal(60), request_key=f"seed-drafts-{n}",
        )
        for n, (zh, en, price) in enumerate(
            (("本白双胶纸 80 g", "Offset paper natural, 80 g", 5380), ("轻型纸 60 g", "Bulky book paper, 60 g", 5720),
             ("高白双胶纸 100 g", "Offset paper high white, 100 g", 5960))
        )
    ]  # fmt: skip
    yield now() + timedelta(hours=1)
    for listing in goods[1:]:
        submit_listing(listing.no, actor=actor, request_key=f"seed-drafts-in-{listing.no}")
    yield now() + timedelta(hours=1)
    reviewer, back = actor_for(staff["reviewer"]), Listing.objects.get(pk=goods[2].pk)
    fields = {"title_zh": "标题写 100 g，属性写 80 g，请改成一致。"}
    reject_listing(
        back.no, actor=reviewer, version=back.version, codes=(), reason="", fields=fields, request_key="seed-drafts-back"
    )  # fmt: skip
    sold = Listing.objects.get(pk=firm.listings[-1].pk)
    said = terms_of(sold)
    terms = replace(said, description_zh=said.description_zh + "可按客户要求分切。")
    revise_listing(
        sold.no, actor=actor, terms=terms, category=sold.category.code, hand_in=True, request_key="seed-drafts-change"
    )  # fmt: skip
    needs = Needs(gives_credit=True, give_categories=("PAP",), places=("青岛",), description_zh="需提供检验报告，可分批交货。")
    post_want(
        actor=actor, category="PAP", title="针叶漂白木浆 NBSK", quantity=Decimal(40), unit="t", can_give="箱板纸、瓦楞原纸",
        request_key="seed-drafts-want", more=needs,
    )  # fmt: skip


def market_report_story(reporting: Firm, other: Firm) -> Iterator[datetime]:
    """Two reports wait at the desk: one about a request, one about an offer."""
    want = Want.objects.filter(state="open").exclude(enterprise=reporting.enterprise).order_by("pk").first()
    if want:
        text = "同一企业三天内重复发布，数量前后不一。"
        make_report(actor=reporting.actor, want_no=want.no, kind="false", text=text, request_key="seed-report-want")
    yield now() + timedelta(hours=1)
    if other.listings:
        text = "图片是我们公司的产品照片。"
        make_report(actor=reporting.actor, listing_no=other.listings[0].no, kind="rights", text=text, request_key="seed-report-goods")
