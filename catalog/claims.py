"""What no listing may claim (H52): superlatives of the Advertising Law, marks that only the platform gives, ways around the platform."""

import re
import unicodedata
from collections.abc import Iterable, Mapping

from django.utils.translation import gettext_lazy as _

from kernel.fields import BLANKS, TWINS

# Advertising Law art. 9 (3): 国家级, 最高级, 最佳 and their like; art. 4 and 28: what cannot be true. The reviewer has the last word.
SUPERLATIVES = [
    "国家级", "世界级", "宇宙级", "最高级", "最佳", "最好", "最优", "最便宜", "最低价", "最先进", "最大规模", "最新技术",
    "最强", "最畅销", "最具",
    "顶级", "极品", "极致", "冠军品质", "独一无二", "绝无仅有", "史无前例", "前无古人", "举世无双", "无与伦比", "首屈一指",
    "全网首发", "全网最", "销量冠军", "唯一指定", "国家领导人", "国家机关专供", "特供", "万能",
    "百分之百有效", "100%有效", "永久有效", "包治", "特效",
    "best in the world", "world's best", "world best", "number one", "no. 1", "no.1", "#1 in", "the cheapest", "the lowest price",
    "unbeatable", "cure-all", "world-leading", "second to none",
]  # fmt: skip
PROMISES = ["假一赔万", "零风险", "无风险", "稳赚", "保本", "只赚不赔", "risk-free", "risk free", "guaranteed profit", "no risk"]
MARKS = [
    "信保", "信用保障", "平台担保", "平台保障", "官方认证", "官方推荐", "官方担保", "已认证企业", "平台自营", "担保交易", "trade assurance",
    "platform guarantee", "guaranteed by the platform", "official partner", "officially certified", "certified by the platform",
    "credit guarantee", "verified seller", "verified supplier",
]  # fmt: skip
SEALS = "✓✔☑✅🛡🏅🥇🏆⭐★☆💯♛♕👑"
FIRST = re.compile("(?:全国|全球|世界|行业|销量|质量|中国|国内|排名|口碑|国际|同行|业界)(?:排名)?第[一1]")
CONTACT = [
    re.compile(r"(?<![0-9])1[3-9][0-9](?:[ -]?[0-9]{4}){2}(?![0-9])"),  # mobile
    re.compile(r"(?<![0-9])0[0-9]{2,3}[ -][0-9]{7,8}(?![0-9])"),  # landline
    re.compile(r"(?<![0-9])400[ -]?[0-9]{3}[ -]?[0-9]{4}(?![0-9])"),
    re.compile(r"\+[0-9]{1,3}[ -]?(?:[0-9][ -]?){7,13}[0-9]"),
    re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII),
    re.compile(r"(?:https?:|www\.)\S+", re.ASCII),
    re.compile(r"(?<![\w.-])(?:[a-z0-9-]{2,}\.)+(?:com|cn|net|org|top|xyz|shop|vip|io|cc|me|info|biz)(?![\w-])", re.ASCII),
    re.compile(
        r"(?:微信|weixin|wechat|加v|扣扣|qq|whatsapp|telegram|钉钉群|飞书群|抖音号)\s*(?:号|id|群)?\s*[:：]?\s*[a-z0-9_-]{5,}", re.I
    ),
]


class _Kept(dict):
    """What stands for each character in a text as the eye reads it: itself, another, or nothing; each is looked up once."""

    def __missing__(self, code: int) -> int | str | None:
        hidden = unicodedata.category(chr(code)) in ("Cf", "Mn", "Me") or chr(code) in BLANKS
        found = self[code] = None if hidden else TWINS.get(code, code)
        return found


_KEPT = _Kept()
_ORDINARY: set[str] = set()  # characters met so far that stand for themselves; a text of them alone is taken as it is
_BETWEEN = re.compile(r"(?:_|[^\w%#'])+")


def plain(text: str) -> str:
    """A text as the eye reads it: widths folded, hidden characters and look-alike letters gone, so that tricks hide no word."""
    return _folded(unicodedata.normalize("NFKC", text).casefold())


def _folded(folded: str) -> str:
    if strange := set(folded) - _ORDINARY:
        _ORDINARY.update(c for c in strange if _KEPT[ord(c)] == ord(c))
        if not strange <= _ORDINARY:
            return folded.translate(_KEPT)
    return folded


def _squeezed(text: str) -> str:
    """The same without blanks and marks between characters: 最·佳 and 最 佳 read 最佳."""
    return _BETWEEN.sub("", text)


_WORDS = (*SUPERLATIVES, *PROMISES, *MARKS)
_TIGHT = {word: _squeezed(word) for word in _WORDS if ord(word[0]) > 0x2E80}  # Chinese ones, also read through blanks and marks


def banned_claims(*texts: str) -> list[str]:
    """Name the words of the texts that no listing may use (H52)."""
    found: list[str] = []
    for text in filter(None, texts):
        shown, raw = plain(text), unicodedata.normalize("NFKC", text).lower()
        tight = _squeezed(shown)
        found += [word for word in _WORDS if word in raw or word in shown or (word in _TIGHT and _TIGHT[word] in tight)]
        found += FIRST.findall(shown) or FIRST.findall(tight)
        found += sorted(set(SEALS) & set(text))
    return list(dict.fromkeys(found))


def contacts(*texts: str) -> list[str]:
    """Name the phone numbers, addresses and links in the texts: trades begin and end here, where both sides are protected."""
    found = []
    for text in filter(None, texts):
        shown = unicodedata.normalize("NFKC", text).lower()
        found += [match.group().strip() for shape in CONTACT for match in shape.finditer(shown)]
    return list(dict.fromkeys(found))


def claims_of(texts: Mapping[str, str]) -> dict[str, list[str]]:
    """The forbidden words of each text that has some, by the text's name."""
    if _harmless("\n".join(filter(None, texts.values()))):  # a line end belongs to no word: what one text holds is found in all of them
        return {}
    return {name: words for name, text in texts.items() if (words := [*banned_claims(text), *contacts(text)])}


_ANY = re.compile("|".join(map(re.escape, _WORDS)))
_ANY_TIGHT = re.compile("|".join(map(re.escape, _TIGHT.values())))
_LATIN = [word for word in _WORDS if word not in _TIGHT]
_SEALS = frozenset(SEALS)
_ORDINARY_SIGNS = frozenset("国世界家宇宙大新技术无前全网首发销量品质一指定机关百分之有久包认证企业平台自交易信用方供能只不本已万零")
# A sign of each Chinese word that goods are seldom described with, the one of FIRST, the seals: a text without any holds no such word.
_TELLING = _SEALS.union("第", (next((sign for sign in word if sign not in _ORDINARY_SIGNS), word[0]) for word in _TIGHT.values()))
# Something that every shape of CONTACT has.
_REACHABLE = re.compile(
    r"[0-9][0-9 -]{8}|@|http|www\.|[a-z0-9-]\.[a-z]|微信|weixin|wechat|加v|扣扣|qq|whatsapp|telegram|钉钉群|飞书群|抖音号"
)


def _harmless(text: str) -> bool:
    """Whether it is plain at once that a text holds no forbidden word: a file of goods brings a hundred thousand texts without one."""
    normal = unicodedata.normalize("NFKC", text)
    raw, shown = normal.lower(), _folded(normal.casefold())
    if any(word in raw for word in _LATIN) or _REACHABLE.search(raw.replace("ı", "i")):
        return False
    if shown != raw and (any(word in shown for word in _LATIN) or _ANY.search(raw)):
        return False
    if _TELLING.isdisjoint(shown):
        return True
    tight = _squeezed(shown)
    return not (not _SEALS.isdisjoint(text) or _ANY.search(shown) or FIRST.search(shown) or _ANY_TIGHT.search(tight) or FIRST.search(tight))


def claims_told(words: Iterable[str]):
    """The sentence that names forbidden words to whoever wrote them."""
    words = list(words)
    reachable = [word for word in words if contacts(word)]
    claimed = [word for word in words if word not in reachable]
    if claimed and reachable:
        text = _("A listing must neither claim %(claims)s nor hold contact data or links: %(contacts)s. Write facts only.")
        return text % {"claims": ", ".join(claimed), "contacts": ", ".join(reachable)}
    if reachable:
        text = _("Leave contact data and links out of the text: %(words)s. Buyers reach you through the messages here.")
        return text % {"words": ", ".join(reachable)}
    text = _("A listing must not claim this: %(words)s. Advertising law forbids superlatives; guarantee marks are the platform's to give.")
    return text % {"words": ", ".join(claimed)}
