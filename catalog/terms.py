"""What a listing says, as a value: prices by quantity, lead times, further units, delivery terms, fair value; and what is wrong with it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.money import MAX_MINOR, Money

READY_DAYS = 7  # goods that are ready to ship leave within so many days
MAX_TIERS, MAX_LEAD_TIERS, MAX_UNITS = 5, 4, 2
NUMBERS = ("moq", "tolerance", "vat_percent")
# What a seller may change of goods on sale without a new review: numbers that no text depends on (ADR 0011).
QUICK = frozenset({"sku", "price_minor", "tiers", "moq", "lead_days", "lead_tiers", "price_until", "tolerance"})

INCOTERMS = {
    "EXW": _("EXW ex works"), "FCA": _("FCA free carrier"), "CPT": _("CPT carriage paid to"),
    "CIP": _("CIP carriage and insurance paid to"),
    "DAP": _("DAP delivered at place"), "DPU": _("DPU delivered at place unloaded"), "DDP": _("DDP delivered duty paid"),
    "FAS": _("FAS free alongside ship"), "FOB": _("FOB free on board"), "CFR": _("CFR cost and freight"),
    "CIF": _("CIF cost, insurance and freight"),
}  # fmt: skip
SEA_ONLY = frozenset({"FAS", "FOB", "CFR", "CIF"})
PORTS = """shanghai 上海 ningbo 宁波 zhoushan 舟山 shenzhen 深圳 yantian 盐田 shekou 蛇口 guangzhou 广州 nansha 南沙 qingdao
    青岛 tianjin 天津 xingang 新港 xiamen 厦门 dalian 大连 lianyungang 连云港 rizhao 日照 yingkou 营口 yantai 烟台
    fuzhou 福州 quanzhou 泉州 zhanjiang 湛江 qinzhou 钦州 haikou 海口 taicang 太仓 nanjing 南京 zhangjiagang 张家港
    zhuhai 珠海 shantou 汕头 hong-kong 香港 kaohsiung 高雄 singapore 新加坡 busan 釜山 tokyo 东京 yokohama 横滨 osaka
    大阪 kobe 神户 nagoya 名古屋 manila 马尼拉 bangkok 曼谷 laem-chabang 林查班 ho-chi-minh-city 胡志明市 haiphong 海防
    jakarta 雅加达 port-klang 巴生 penang 槟城 colombo 科伦坡 mumbai 孟买 nhava-sheva 那瓦舍瓦 chennai 金奈 karachi
    卡拉奇 jebel-ali 杰贝阿里 dubai 迪拜 jeddah 吉达 rotterdam 鹿特丹 hamburg 汉堡 antwerp 安特卫普 bremerhaven 不来梅港
    felixstowe 费利克斯托 southampton 南安普顿 le-havre 勒阿弗尔 genoa 热那亚 valencia 瓦伦西亚 barcelona 巴塞罗那
    piraeus 比雷埃夫斯 gdansk 格但斯克 istanbul 伊斯坦布尔 odesa 敖德萨 vladivostok 符拉迪沃斯托克 los-angeles 洛杉矶
    long-beach 长滩 oakland 奥克兰 seattle 西雅图 new-york 纽约 savannah 萨凡纳 houston 休斯敦 vancouver 温哥华 montreal
    蒙特利尔 santos 桑托斯 callao 卡亚俄 durban 德班 lagos 拉各斯 mombasa 蒙巴萨 sydney 悉尼 melbourne 墨尔本 auckland
    奥克兰"""
_PORTS = frozenset(word.replace("-", " ") for word in PORTS.split())

FAIR_METHODS = {
    "customs": pgettext_lazy("fair value", "customs data"), "market": pgettext_lazy("fair value", "market quotation"),
    "appraiser": pgettext_lazy("fair value", "appraiser's report"), "agreed": pgettext_lazy("fair value", "agreed between the parties"),
}  # fmt: skip


@dataclass(frozen=True)
class Terms:
    """What a listing says; amounts as Money, quantities in `unit`, `spec` as [{"zh": [label, value], "en": [label, value]}].

    `tiers` lower the price from a quantity on ({"from", "price"}: text and minor units) and `lead_tiers` say how long larger quantities
    take ({"from", "days"}, None: negotiable); what is below the first one has `price` from `moq` on and `lead_days`. `units` are further
    units, one of which is `factor` of `unit`. `attributes` are typed values by code of the category's schema, `media` kept files in order.
    """

    title_zh: str
    unit: str
    price: Money
    place: str
    title_en: str = ""
    description_zh: str = ""
    description_en: str = ""
    spec: list = field(default_factory=list)
    moq: Decimal = Decimal(1)
    ready_to_ship: bool = False
    lead_days: int = 7
    hs_code: str = ""
    wants: list = field(default_factory=list)
    want_categories: list = field(default_factory=list)
    art: str = ""
    attributes: dict = field(default_factory=dict)
    tiers: list = field(default_factory=list)
    lead_tiers: list = field(default_factory=list)
    units: list = field(default_factory=list)
    price_until: date | None = None
    tolerance: Decimal | None = None
    packaging_zh: str = ""
    packaging_en: str = ""
    origin: str = ""
    maker: str = ""
    vat_percent: Decimal | None = None
    incoterm: str = ""
    incoterm_place: str = ""
    fair_value: dict = field(default_factory=dict)
    media: list = field(default_factory=list)
    sku: str = ""  # the seller's own article number

    def columns(self) -> dict:
        """The same as model columns."""
        values = dict(vars(self))
        price = values.pop("price")
        values["price_minor"], values["currency"] = price.minor, price.currency
        return values

    def stored(self) -> dict:
        """The same as plain values, for a revision's row."""
        plain = {name: str(value) if isinstance(value, Decimal | date) else value for name, value in self.columns().items()}
        return plain | {name: f"{Decimal(plain[name]).normalize():f}" for name in NUMBERS if plain[name] is not None}

    @property
    def photos(self) -> list[dict]:
        return [item for item in self.media if item["kind"] == "photo"]


def changed(terms: Terms, values: Mapping) -> Terms:
    """The terms with other values; `dataclasses.replace` sets thirty fields one by one, which counts in a file of goods."""
    made = object.__new__(type(terms))
    vars(made).update(vars(terms), **values)
    return made


COLUMNS = tuple(f.name for f in fields(Terms) if f.name != "price")


def restored(stored: Mapping) -> Terms:
    """Read what `Terms.stored` wrote."""
    values = {name: stored[name] for name in COLUMNS if name in stored}
    values |= {name: Decimal(values[name]) for name in NUMBERS if values.get(name) is not None}
    if values.get("price_until"):
        values["price_until"] = date.fromisoformat(values["price_until"])
    return Terms(price=Money(stored["price_minor"], stored["currency"]), **values)


def differences(before: Terms, after: Terms) -> set[str]:
    """Names of the columns that differ."""
    old, new = before.columns(), after.columns()
    return {name for name in new if old[name] != new[name]}


# ---------- prices, lead times and units by quantity; `goods` is a listing or its terms ----------


def unit_price(goods, quantity) -> Money:
    """The price a unit of so many units: that of the largest tier that the quantity reaches (DOMAIN §11)."""
    minor = goods.price.minor
    for tier in goods.tiers:
        if Decimal(tier["from"]) <= quantity:
            minor = tier["price"]
    return Money(minor, goods.price.currency)


def lead_days(goods, quantity) -> int | None:
    """Days until so many units are dispatched; None: negotiable."""
    days = goods.lead_days
    for tier in goods.lead_tiers:
        if Decimal(tier["from"]) <= quantity:
            days = tier["days"]
    return days


def unit_factor(goods, unit: str) -> Decimal | None:
    """How much of the listing's own unit one `unit` is; None for a unit the listing does not know."""
    if unit == goods.unit:
        return Decimal(1)
    return next((Decimal(other["factor"]) for other in goods.units if other["unit"] == unit), None)


def price_stands(goods, today: date) -> bool:
    """Whether the price is still offered on a day: its last day counts."""
    return goods.price_until is None or today <= goods.price_until


def value_warning(terms, percent: int) -> object:
    """A sentence when the price lies beyond the recorded fair value by more than `percent`; empty when it does not (DOMAIN §8)."""
    low, high = terms.fair_value.get("low"), terms.fair_value.get("high")
    if low is None or high is None:
        return ""
    minor = terms.price.minor
    if minor * 100 > high * (100 + percent):
        return _("The price is more than %(percent)s %% above the recorded fair value.") % {"percent": percent}
    if minor * 100 < low * (100 - percent):
        return _("The price is more than %(percent)s %% below the recorded fair value.") % {"percent": percent}
    return ""


# ---------- what cannot be kept at all ----------


def faults(terms: Terms, today: date) -> dict[str, object]:
    """What contradicts itself in the terms, in sentences by form field; such terms are not even kept as a draft."""
    found: dict[str, object] = {}
    if terms.tiers:
        found |= _tier_faults(terms)
    if terms.lead_tiers or terms.ready_to_ship or terms.incoterm or terms.incoterm_place:
        found |= _delivery_faults(terms)
    if terms.units:
        found |= _unit_faults(terms)
    if terms.fair_value:
        found |= _fair_value_faults(terms, today)
    if terms.tolerance is not None and not 0 <= terms.tolerance <= 20:
        found["tolerance"] = _("A tolerance lies between 0 and 20 percent.")
    if terms.vat_percent is not None and not 0 <= terms.vat_percent <= 100:
        found["vat_percent"] = _("A tax rate lies between 0 and 100 percent.")
    return found


def _tier_faults(terms: Terms) -> dict[str, object]:
    reached, price = Decimal(terms.moq), terms.price.minor
    if len(terms.tiers) > MAX_TIERS:
        return {"price": _("There are too many price tiers.")}
    for n, tier in enumerate(terms.tiers, 1):
        if Decimal(tier["from"]) <= reached:
            return {f"tier_{n}_from": _("Each tier begins above the one before it; the first begins at the minimum order quantity.")}
        if not 0 < tier["price"] <= MAX_MINOR:
            return {f"tier_{n}_price": _("The price must be above zero.")}
        if tier["price"] > price:
            return {f"tier_{n}_price": _("A larger quantity must not cost more a unit.")}
        reached, price = Decimal(tier["from"]), tier["price"]
    return {}


def _delivery_faults(terms: Terms) -> dict[str, object]:
    reached, found = Decimal(0), {}
    for n, tier in enumerate(terms.lead_tiers, 1):
        if Decimal(tier["from"]) <= reached:
            found[f"lead_{n}_from"] = _("Each quantity must be larger than the one before it.")
        reached = Decimal(tier["from"])
    days = {"lead_days": terms.lead_days} | {f"lead_{n}_days": tier["days"] for n, tier in enumerate(terms.lead_tiers, 1)}
    late = [name for name, number in days.items() if number is not None and number > READY_DAYS] if terms.ready_to_ship else ()
    if late:
        found |= dict.fromkeys(late, _("Goods that are ready to ship leave within %(days)s days.") % {"days": READY_DAYS})
    if terms.incoterm and terms.incoterm not in INCOTERMS:
        found["incoterm"] = _("Choose one of the Incoterms 2020.")
    if terms.incoterm and not terms.incoterm_place:
        found["incoterm_place"] = _("An Incoterm needs its named place, for example CIF Rotterdam.")
    elif terms.incoterm in SEA_ONLY and not is_port(terms.incoterm_place):
        found["incoterm_place"] = _("%(term)s is for sea transport only, so it needs a port: “Port of …”, “…港” or a known port.") % {
            "term": terms.incoterm
        }
    if terms.incoterm_place and not terms.incoterm:
        found["incoterm"] = _("Choose the Incoterm that this place belongs to.")
    return found


def is_port(place: str) -> bool:
    """Whether a named place is a port by its own words, or a sea port that is known."""
    name = " ".join(place.lower().replace(",", " ").replace("，", " ").split())
    known = any(name == port or name.startswith(f"{port} ") for port in _PORTS)
    return known or name.endswith(("港", " port", " harbour")) or name.startswith("port of ")


def _unit_faults(terms: Terms) -> dict[str, object]:
    found, seen = {}, {terms.unit}
    for n, other in enumerate(terms.units, 1):
        if other["unit"] in seen:
            found[f"unit_{n}"] = _("Name each further unit once, and not the unit of the price.")
        if Decimal(other["factor"]) <= 0:
            found[f"unit_{n}_factor"] = _("Say how much of the price's unit one of these is, above zero.")
        seen.add(other["unit"])
    return found


def _fair_value_faults(terms: Terms, today: date) -> dict[str, object]:
    value = terms.fair_value
    found: dict[str, object] = {}
    if value.get("method") not in FAIR_METHODS:
        found["fair_method"] = _("Say how the fair value was found.")
    if not value.get("source"):
        found["fair_source"] = _("Name the source: bulletin, customs period, report number.")
    if not value.get("date") or date.fromisoformat(value["date"]) > today:
        found["fair_date"] = _("Give the day of the source, not later than today.")
    low, high = value.get("low"), value.get("high")
    if low is None or high is None or not 0 < low <= high:
        found["fair_low"] = _("Give the range from low to high, both above zero.")
    if value.get("method") == "appraiser" and not value.get("appraiser"):
        found["fair_appraiser"] = _("Name the appraiser who signed the report.")
    return found


def inputs(terms: Terms) -> dict:
    """What a request key stands for."""
    return asdict(terms)
