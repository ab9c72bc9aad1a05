"""Being found, in the demo: VIP firms with advertisements, campaigns, inquiries, a saved search, and what visitors looked at."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils.timezone import localdate

from accounts.queries import actor_for
from accounts.services import grant_privilege
from catalog.services import (
    answer_inquiry,
    approve_ad,
    ask,
    book_ad,
    flush_counters,
    follow_firm,
    note,
    save_search,
    set_standing,
    start_campaign,
)
from kernel.clock import now
from kernel.money import Money
from kernel.timer import COMMAND

from .firms import Firm

QUESTIONS = ("请问含税吗？可以开专票吗？", "现货有多少？这周能发货吗？", "可以先寄样品吗？", "易货额度和现金各付一半可以吗？")
ANSWERS = ("含税，可开 13% 专票。", "现货充足，确认后两天内发货。", "可以，请留下收件地址。", "可以，按平台流程提交提案即可。")
LINES = (
    ("现货直供，两天发货", "In stock, ships in two days"),
    ("年框客户优先排产", "Yearly partners first"),
    ("支持额度加现金", "Credit plus cash welcome"),
)
PLACES = ("home", "market", "category")


def vip_story(firms: list[Firm], staff: dict) -> Iterator[datetime]:
    """The first firms with goods become VIP and each advertises an offer, approved the next morning."""
    reviewer = actor_for(staff["reviewer"])
    chosen = [firm for firm in firms if firm.listings][:6]
    for n, firm in enumerate(chosen):
        reason = "年交易额和合作年限达到 VIP 标准"
        grant_privilege(firm.enterprise.pk, actor=COMMAND, reason=reason, request_key=f"seed-vip-{n:04d}")
    yield now() + timedelta(hours=1)
    today, booked = localdate(now()), []
    for n, firm in enumerate(chosen):
        listing, (zh, en) = firm.listings[0], LINES[n % len(LINES)]
        place = PLACES[n % len(PLACES)]
        booked.append(
            book_ad(
                actor=firm.actor, listing_no=listing.no, place=place, category=listing.category.code if place == "category" else "",
                starts_on=today, ends_on=today + timedelta(days=30), words_zh=zh, words_en=en, request_key=f"seed-ad-{n:04d}",
            )
        )  # fmt: skip
    yield now() + timedelta(hours=14)
    for n, ad in enumerate(booked[:-1]):  # the last one waits at the desk
        approve_ad(ad.no, actor=reviewer, request_key=f"seed-ad-ok-{n:04d}")


def campaign_story(staff: dict) -> Iterator[datetime]:
    """Three ways by which visitors come."""
    actor = actor_for(staff["admin"])
    for code, name, medium in (
        ("canton-fair", "广交会展位 12.1C09", "fair"), ("paper-weekly", "《纸业周刊》专题", "trade_media"),
        ("search-paper", "搜索推广：纸张易货", "search"),
    ):  # fmt: skip
        start_campaign(actor=actor, code=code, name=name, medium=medium, note="", request_key=f"seed-campaign-{code}")
    return
    yield


def visits_story(firms: list[Firm], rng: random.Random) -> Iterator[datetime]:
    """Every day people look at offers, and some come by a campaign."""
    from catalog.queries import running_campaign

    goods = [listing for firm in firms for listing in firm.listings]
    campaigns = [pk for code in ("canton-fair", "paper-weekly", "search-paper") if (pk := running_campaign(code))]
    while True:
        for visitor in range(14):
            seen = rng.sample(goods, min(30, len(goods)))
            note("shown", [row.pk for row in seen], visitor=f"{now():%j}-{visitor}")
            note("opened", [row.pk for row in seen[: rng.randint(0, 5)]], visitor=f"{now():%j}-{visitor}")
            if campaigns and visitor < rng.randint(2, 9):
                note("visit", [rng.choice(campaigns)], visitor=f"{now():%j}-{visitor}")
        flush_counters()
        yield now() + timedelta(days=1)


def inquiry_story(firms: list[Firm], n: int, rng: random.Random) -> Iterator[datetime]:
    """A firm asks another one about an offer and is answered some hours later."""
    asking, seller = rng.sample([firm for firm in firms if firm.listings], 2)
    listing = rng.choice(seller.listings)
    made = ask(actor=asking.actor, listing_no=listing.no, body=QUESTIONS[n % len(QUESTIONS)], request_key=f"seed-ask-{n:04d}")
    yield now() + timedelta(hours=rng.randint(1, 20))
    answer_inquiry(made.no, actor=seller.actor, body=ANSWERS[n % len(ANSWERS)], request_key=f"seed-answer-{n:04d}")


def reader_story(firms: list[Firm]) -> Iterator[datetime]:
    """The first firm keeps a search and follows another firm."""
    actor = firms[0].actor
    save_search(
        "包装纸现货", actor=actor, q="纸", categories=["PAP"], filters={"ready": True}, query="q=纸&c=PAP&ready=1", weekly=False,
        by_mail=True, request_key="seed-search-0001",
    )  # fmt: skip
    follow_firm(firms[1].enterprise.handle, actor=actor, request_key="seed-follow-0001")
    return
    yield


def standing_story(firms: list[Firm], staff: dict) -> Iterator[datetime]:
    """Every third firm is under the guarantee: its badge stands beside its goods, and it leads among equals."""
    actor = actor_for(staff["admin"])
    for n, firm in enumerate(firms[::3]):
        line = Money(5_000_000 + n % 5 * 4_000_000, "USD")
        set_standing(
            firm.enterprise.pk, actor=actor, guarantee_active=True, line=line, completed_orders=2 + n % 9, rating=Decimal(40 + n % 10) / 10,
            request_key=f"seed-standing-{n:04d}",
        )  # fmt: skip
    return
    yield
