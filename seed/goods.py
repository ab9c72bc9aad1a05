"""The demo goods: real kinds of goods with units, HS headings and prices, offered by the firms of their category."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from accounts.models import User
from accounts.queries import actor_for
from catalog.rules import Terms
from catalog.services import Needs, approve_listing, create_listing, post_want, reject_listing, submit_listing, withdraw_listing
from kernel.money import Money

from .firms import DATA, Firm

MINIMUM = {"t": 10, "kg": 200, "m": 500, "m2": 100, "m3": 20, "pcs": 10, "carton": 20, "box": 50, "set": 10, "roll": 50, "pair": 50}
DESCRIPTION_ZH = "{zh}，{label}{value}。{place}发货，{ready}，出厂附检验单，可开增值税专用发票。支持整车与零担，卸货需叉车请提前说明。"
DESCRIPTION_EN = "{en}, {label_en} {value_en}. Dispatched from {place_en}, {ready_en}, inspection sheet included. Full and part loads."


# Where a kind of goods stands below its top-level category, what is known of it, and which attribute its value fills.
SHELVES: dict[str, tuple[str, dict, str]] = {
    "双胶纸": ("PAP-CUL-OFF", {"furnish": "woodfree", "form": "reel", "brightness": "92", "core": "c76", "width": "787"}, "grammage"),
    "铜版纸": ("PAP-CUL-COA", {"finish": "gloss", "form": "sheet", "brightness": "89"}, "grammage"),
    "A 级箱板纸": ("PAP-BRD-KRA", {"form": "reel", "core": "c76", "width": "1600"}, "grammage"),
    "高强瓦楞原纸": ("PAP-BRD-COR", {"form": "reel", "core": "c76", "width": "1600"}, "grammage"),
    "生活用纸原纸": ("PAP-TIS", {"ply": "1", "form": "reel"}, "grammage"),
    "漂白化学木浆": ("PAP-PUL", {}, "pulp"), "热敏标签纸": ("PAP-SPC", {"form": "reel"}, "width"),
    "五层瓦楞纸箱": ("PAP-BOX", {"flute": "be", "printing": "flexo"}, ""),
    "东北粳米": ("AGR-GRN", {"grade": "first"}, ""), "黄玉米": ("AGR-GRN", {}, "moisture"), "大豆（非转基因）": ("AGR-OIL", {}, ""),
    "冷冻对虾": ("AGR-SEA", {"storage": "frozen"}, ""), "红富士苹果": ("AGR-FRU", {"storage": "chilled"}, ""),
    "赤霞珠干红": ("FOD-WIN", {"alcohol": "13.5", "bottle_ml": "750"}, "vintage"),
    "浓香型白酒": ("FOD-BAI", {"aroma": "strong"}, "alcohol"),
    "螺纹钢": ("MET-STE", {"shape": "bar", "grade": "HRB400E"}, ""), "热轧卷板": ("MET-STE", {"shape": "coil"}, "thickness"),
    "304 不锈钢板": ("MET-STE", {"shape": "plate", "grade": "304"}, "thickness"),
    "电解铜": ("MET-COP", {}, ""), "铝锭": ("MET-ALU", {}, ""),
    "动力煤": ("MET-COA", {"sulphur": "0.6"}, "calorific"), "磷酸铁锂电芯": ("ELE-BAT", {"voltage": "3.2", "condition": "new"}, "capacity"),
    "单晶光伏组件": ("ELE-SOL", {"efficiency": "22.3", "condition": "new"}, "power"),
    "铜芯电缆": ("ELE-CAB", {"conductor": "copper", "section": "35"}, ""), "LED 工矿灯": ("ELE-LIG", {"ccc": True}, "power"),
}  # fmt: skip


@dataclass(frozen=True)
class Kind:
    category: str
    zh: str
    en: str
    unit: str
    price: str
    hs: str
    art: str
    label: tuple[str, str]
    values: list[tuple[str, str]]


def read_kinds() -> list[Kind]:
    kinds = []
    for line in (DATA / "goods.tsv").read_text().splitlines():
        category, zh, en, unit, price, hs, art, label_zh, label_en, values = line.split("|")
        chinese, _, english = values.partition("=")
        if english and chinese.count(";") != english.count(";"):  # only one of the values is translated in place
            pairs = [(v.partition("=")[0], v.partition("=")[2] or v.partition("=")[0]) for v in values.split(";")]
        else:
            pairs = list(zip(chinese.split(";"), (english or chinese).split(";"), strict=True))
        kinds.append(Kind(category, zh, en, unit, price, hs, art, (label_zh, label_en), pairs))
    return kinds


def plan_goods(firms: list[Firm], rng: random.Random, wanted: int) -> list[tuple[Firm, Terms, str]]:
    """Spread variants of every kind over the firms of its category until there are at least `wanted`."""
    kinds, plan = read_kinds(), []
    while len(plan) < wanted:
        for kind in kinds:
            sellers = [firm for firm in firms if kind.category in firm.categories] or firms
            for value in kind.values:
                firm = rng.choice(sellers)
                plan.append((firm, _terms(kind, value, firm, kinds, rng), SHELVES.get(kind.zh, (kind.category,))[0]))
    return plan if wanted >= len(kinds) else rng.sample(plan, wanted)


def _terms(kind: Kind, value: tuple[str, str], firm: Firm, kinds: list[Kind], rng: random.Random) -> Terms:
    ready, days = rng.random() < 0.55, rng.choice([2, 3, 5])
    lead = days if ready else rng.choice([10, 15, 21])
    price = (Decimal(kind.price) * Decimal(rng.randint(92, 108)) / 100).quantize(
        Decimal("0.01") if Decimal(kind.price) < 500 else Decimal(10)
    )
    moq = Decimal(MINIMUM.get(kind.unit, 1))
    wishes = rng.sample([k for k in kinds if k.category not in firm.categories], 3)
    brand_en = firm.name_en.split()[0]
    brand = firm.name[:2] if firm.country == "CN" else f"{brand_en} "
    words = {"zh": kind.zh, "en": kind.en, "label": kind.label[0], "label_en": kind.label[1].lower(), "value": value[0],
             "value_en": value[1], "place": firm.place, "place_en": firm.name_en.split()[0] + " warehouse",
             "ready": f"现货 {days} 天内发出" if ready else f"排产约 {lead} 天",
             "ready_en": f"in stock, leaves within {days} days" if ready else f"made to order in about {lead} days"}  # fmt: skip
    attributes, said = _attributes(kind, value)
    return Terms(
        title_zh=f"{brand}牌{kind.zh} {value[0]}"[:80], title_en=f"{brand_en} {kind.en}, {value[1]}"[:120], unit=kind.unit,
        price=Money.of(price, "CNY"), place=firm.place,
        description_zh=DESCRIPTION_ZH.format(**words), description_en=DESCRIPTION_EN.format(**words),
        spec=[] if said else [{"zh": [kind.label[0], value[0]], "en": [kind.label[1], value[1]]}],
        moq=moq, ready_to_ship=ready, lead_days=lead, hs_code=kind.hs, attributes=attributes,
        tiers=_tiers(Money.of(price, "CNY").minor, moq, rng),
        lead_tiers=[] if ready else [{"from": f"{moq * 20:f}", "days": lead + 15}, {"from": f"{moq * 100:f}", "days": None}],
        packaging_zh="标准出口包装，防潮" if ready else "按客户要求",
        packaging_en="export packing, moisture-proof" if ready else "as agreed",
        origin=firm.place, tolerance=Decimal(5) if kind.unit in ("t", "kg", "m", "m2") else None,
        units=[{"unit": "roll", "factor": "0.85"}] if kind.art == "roll" and kind.unit == "t" else [],
        wants=[w.zh for w in wishes], want_categories=sorted({w.category for w in wishes}), art=kind.art,
    )  # fmt: skip


def _attributes(kind: Kind, value: tuple[str, str]) -> tuple[dict, bool]:
    """What is known of this kind, with its value where an attribute takes one; and whether the attributes say the value."""
    _category, known, filled = SHELVES.get(kind.zh, ("", {}, ""))
    if filled == "pulp":
        return known | {"pulp": {"针叶": "nbsk"}.get(value[0], "bhk")}, True
    number = re.match(r"[0-9.]+", value[0])
    return known | ({filled: number.group()} if filled and number else {}), bool(filled and number)


def _tiers(minor: int, moq: Decimal, rng: random.Random) -> list[dict]:
    """For two goods in five, lower prices from five and from twenty times the minimum on."""
    if rng.random() > 0.4:
        return []
    return [{"from": f"{moq * n:f}", "price": max(1, minor * percent // 100)} for n, percent in ((5, 98), (20, 95))]


def listing_story(
    firm: Firm, terms: Terms, category: str, n: int, staff: dict[str, User], rng: random.Random, at: datetime, today: datetime
) -> Iterator[datetime]:
    """Draft, hand in, be reviewed; most end on sale, a few are handed in of late and wait, others are sent back or withdrawn."""
    stock = terms.moq * rng.choice([8, 15, 30, 60])
    fate = rng.random()
    listing = create_listing(terms, actor=firm.actor, category=category, opening_stock=stock, request_key=f"seed-goods-{n:06d}")
    if fate < 0.02:
        return
    yield today - timedelta(hours=2 + n % 28) if fate < 0.035 else at + timedelta(minutes=20)
    submit_listing(listing.no, actor=firm.actor, request_key=f"seed-submit-{n:06d}")
    if fate < 0.035:
        return
    yield at + timedelta(hours=rng.randint(1, 20))
    reviewer = actor_for(staff["reviewer"])
    if fate < 0.05:
        reason = "请补充检验报告编号，并核对规格与标题是否一致。"
        reject_listing(listing.no, actor=reviewer, version=listing.version, reason=reason, request_key=f"seed-reject-{n:06d}")
        return
    listing = approve_listing(listing.no, actor=reviewer, version=listing.version, request_key=f"seed-approve-{n:06d}")
    firm.listings.append(listing)
    if fate > 0.985:
        yield at + timedelta(days=9)
        firm.listings.remove(listing)
        withdraw_listing(listing.no, actor=firm.actor, request_key=f"seed-withdraw-{n:06d}")


def _needs(own: Kind, n: int, rng: random.Random) -> Needs:
    """What a request says beyond the goods; every third says little."""
    if n % 3 == 2:
        return Needs()
    low = rng.randint(5, 40) * 1_000_000
    return Needs(
        value_min=Money(low, "CNY"), value_max=Money(low * 2, "CNY"), places=tuple(rng.sample(("佛山", "广州", "宁波", "苏州", "天津"), 2)),
        give_categories=(own.category,), gives_credit=n % 2 == 0, gives_cash=n % 5 == 0,
        attributes={"质量等级": "一等品"} if n % 4 == 0 else {},
        description_zh="需提供检验报告，可分批交货，价格可议。", description_en="Test report needed; part deliveries welcome.",
    )  # fmt: skip


def want_story(firm: Firm, n: int, rng: random.Random, kinds: list[Kind]) -> Iterator[datetime]:
    """Post what a firm looks for."""
    kind = rng.choice([k for k in kinds if k.category not in firm.categories])
    own = rng.choice([k for k in kinds if k.category in firm.categories])
    post_want(
        actor=firm.actor, category=kind.category, title=f"求购 {kind.zh}", quantity=Decimal(MINIMUM.get(kind.unit, 1) * rng.randint(2, 9)),
        unit=kind.unit, can_give=own.zh, request_key=f"seed-want-{n:04d}", more=_needs(own, n, rng),
    )  # fmt: skip
    return
    yield
