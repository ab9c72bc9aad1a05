"""Pure rules: what a search is cut into, what a listing must say and by when it is read, which claims it must not make."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache

from django.utils.translation import gettext_lazy as _

from kernel.deadlines import policy
from kernel.money import Money

REVIEW = policy(
    "catalog.review",
    label=_("Listing review"),
    consequence=_("The listing moves to the top of the queue and the reviewers are alerted."),
    working_days=1,
)

LOW_STOCK = policy(
    "catalog.low_stock",
    label=_("Low stock"),
    consequence=_("The seller is told that the goods are running out, once until they are restocked."),
)
RESERVED = policy(
    "catalog.reserved",
    label=_("Goods kept for a buyer"),
    consequence=_("What has not been ordered by then is free for everybody again."),
)
RESERVED_DAYS_MOST, RESERVATIONS_ASKED_MOST = 90, 5
SHELF = Decimal(10) ** 11  # fourteen digits, three of them after the point

HAN = "㐀-鿿豈-﫿"
RUN = re.compile(f"[{HAN}]+|[0-9]+(?:\\.[0-9]+)?|[^\\W\\d_{HAN}]+")
MAX_TOKENS = 400
STARTS_CHINESE = re.compile(f"[{HAN}]").match


@dataclass(frozen=True)
class Terms:
    """What a listing says; amounts as Money, `moq` in units, `spec` as [{"zh": [label, value], "en": [label, value]}]."""

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
    sku: str = ""  # the seller's own article number

    def columns(self) -> dict:
        """The same as model columns."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "price"}
        return values | {"price_minor": self.price.minor, "currency": self.price.currency}


# ---------- search ----------


def tokens(text: str) -> list[str]:
    """Cut a text into search tokens, in order: words and numbers as they are, Chinese into pairs plus each run's last character."""
    found: list[str] = []
    for run in RUN.findall(unicodedata.normalize("NFKC", text or "").lower()):
        if STARTS_CHINESE(run):
            found += [run[i : i + 2] for i in range(len(run) - 1)] + [run[-1]]
        else:
            found.append(run[:40])
    return found[:MAX_TOKENS]


@lru_cache(4096)
def _tokens(text: str) -> tuple[str, ...]:
    """The same, remembered: files of goods say the same thing of many rows."""
    return tuple(tokens(text))


def vector(weighted: Iterable[tuple[str, str]]) -> str:
    """Write a tsvector literal from (text, weight A–D) pairs."""
    parts, position = [], 0
    for text, weight in weighted:
        for token in _tokens(text):
            position = min(position + 1, 16383)
            parts.append(f"'{token}':{position}{weight}")
    return " ".join(parts)


def query(text: str) -> str:
    """Write a tsquery: every word must occur, words may go on (`pap` finds paper); empty when the text holds no word."""
    wanted: list[str] = []
    for run in RUN.findall(unicodedata.normalize("NFKC", text or "").lower())[:12]:
        if STARTS_CHINESE(run):
            wanted += [f"'{run[i : i + 2]}'" for i in range(len(run) - 1)] or [f"'{run}':*"]
        else:
            wanted.append(f"'{run[:40]}'" if run[0].isdigit() else f"'{run[:40]}':*")
    return " & ".join(dict.fromkeys(wanted))


# ---------- what a listing must and must not say ----------

# Advertising Law art. 9 (superlatives), and marks that only the platform gives. A thin list; the reviewer has the last word.
BANNED = [
    "国家级", "世界级", "最高级", "最佳", "最好", "最优", "最便宜", "最低价", "顶级", "极品", "独一无二", "史无前例", "绝无仅有", "万能",
    "假一赔万", "零风险", "稳赚", "保本", "永久有效", "包治", "特效", "信保", "信用保障", "平台担保", "官方认证", "官方推荐", "国家领导人",
    "best in the world", "world's best", "number one", "no. 1", "risk-free", "cure-all", "trade assurance", "official partner",
]  # fmt: skip
FIRST = re.compile("(?:全国|全球|世界|行业|销量|质量|中国|国内|排名|口碑)第一")


def banned_claims(*texts: str) -> list[str]:
    """Name the words of the texts that no listing may use (H52)."""
    text = unicodedata.normalize("NFKC", "\n".join(t for t in texts if t)).lower()
    return [word for word in BANNED if word in text] + FIRST.findall(text)


def claims_of(texts: Mapping[str, str]) -> dict[str, list[str]]:
    """The forbidden words of each text that has some, by the text's name."""
    return {name: words for name, text in texts.items() if (words := banned_claims(text))}


def claims_told(words: Iterable[str]):
    """The sentence that names forbidden words to whoever wrote them."""
    text = _("A listing must not claim this: %(words)s. Advertising law forbids superlatives; guarantee marks are the platform's to give.")
    return text % {"words": ", ".join(words)}


def texts_of(terms: Terms) -> dict[str, str]:
    """The free texts of a listing by the form field that holds each."""
    lines = {lang: "\n".join(" ".join(line.get(lang) or ()) for line in terms.spec) for lang in ("zh", "en")}
    prose = {name: getattr(terms, name) for name in ("title_zh", "title_en", "description_zh", "description_en")}
    return {**prose, "spec_zh": lines["zh"], "spec_en": lines["en"], "wants": "\n".join(terms.wants)}


def text_gaps(texts: Mapping[str, str]) -> dict[str, object]:
    """What title and description lack before a review, in sentences by field; one language is enough."""
    found = {}
    if _longest(texts, "title") < 3:
        found["title_zh"] = _("Give the listing a title of at least 3 characters that names the goods.")
    if _longest(texts, "description") < 10:
        found["description_zh"] = _("Describe the goods in at least 10 characters: quality, packing, origin.")
    return found


def _longest(texts: Mapping[str, str], name: str) -> int:
    return max(len((texts.get(f"{name}_{lang}") or "").strip()) for lang in ("zh", "en"))


def gaps(terms: Terms) -> dict[str, object]:
    """Say in sentences, by form field, what a listing lacks before it can be reviewed; empty when it is complete (H52)."""
    found = text_gaps(texts_of(terms))
    if not terms.spec:
        found["spec_zh"] = _("Give at least one line of specification, for example weight or model.")
    if terms.price.minor <= 0:
        found["price"] = _("The price must be above zero.")
    if terms.moq <= 0:
        found["moq"] = _("The minimum order quantity must be above zero.")
    if not terms.place.strip():
        found["place"] = _("Say where the goods are sent from.")
    return found


# ---------- fit ----------


def fit_percent(stock_minor: int, price_minor: int, moq: Decimal) -> int:
    """How much of the smallest order of an offer the viewer's own stock is worth, in percent, at most 100."""
    whole = Decimal(price_minor) * moq
    return min(100, int(Decimal(stock_minor) * 100 / whole)) if whole > 0 and stock_minor > 0 else 0


# ---------- stock ----------


def movement_refusal(kind: str, quantity: Decimal, *, on_hand: Decimal, reserved: Decimal) -> tuple[str, object] | None:
    """Why goods cannot be booked "in", "out" or "adjust" (signed) on a shelf: code and sentence; None when they can (H32)."""
    signed = -quantity if kind == "out" else quantity
    if kind not in ("in", "out", "adjust") or not signed or (kind != "adjust" and quantity <= 0):
        return "stock_quantity", _("Give a quantity above zero.")
    if on_hand + signed < reserved:
        free = f"{(on_hand - reserved).normalize():f}"
        return "stock_reserved", _("Only %(free)s of it is free; the rest is promised to orders or reserved for buyers.") % {"free": free}
    if abs(signed) >= SHELF or on_hand + signed >= SHELF:
        return "stock_quantity", _("No more than 99,999,999,999 units of one thing can be kept. Give a smaller quantity.")
    return None


def low(free: Decimal, low_at: Decimal | None) -> bool:
    """Whether goods are running out, by the threshold of their seller."""
    return low_at is not None and free <= low_at
