"""Tags behind templates/ui: values in, markup out; the words stand in the templates so that one catalogue translates them."""

import json
import math
import re
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from html import escape

from django import template
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils import dateformat, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import get_language, pgettext

from kernel import clock as house_clock
from kernel.addresses import plain_address, style_links
from kernel.browsers import browser_in_words
from kernel.money import CREDIT, Money
from kernel.stylesheets import JOINED, PARTS

register = template.Library()

_CREDIT_WORD = "Credit"  # listed, as the state names are, in templates/ui/_words.html
CURRENCY_SIGNS = {"CNY": "¥", "USD": "US$", "EUR": "€", "HKD": "HK$", "JPY": "JP¥"}
register.filter("sign", lambda code: CURRENCY_SIGNS.get(code, code))
HAN = re.compile("[\u3400-\u9fff]")
_DRAWN = "agr fod pap chm met mac ele bld tex dly med veh svc roll sheets kraft bale carton fork"
ART = frozenset(_DRAWN.split())
_OK = """accepted active approved available closed completed confirmed done fulfilled healthy listed paid published received released
    resolved settled shipped verified"""
_SOON = """awaiting_acceptance awaiting_payment awaiting_shipment countered delivered on_hold paused pending proposed requested
    submitted under_review"""
_LATE = "breached declined disputed escalated expired failed frozen in_dispute overdue refused rejected suspended"
_INFO = "acknowledged funded held in_escrow in_production in_progress in_transit negotiating offered open processing producing shipping"
_TONES = {"ok": ("check", _OK), "soon": ("clock", _SOON), "late": ("warn", _LATE), "info": ("info", _INFO)}
STATE_TONES = {state: (tone, icon) for tone, (icon, states) in _TONES.items() for state in states.split()}


def _chinese() -> bool:
    return (get_language() or "").startswith("zh")


# ---------- files and marks ----------


@register.simple_tag
def site_css() -> str:
    """Link the style files: one by one while developing, the joined and hashed one in production."""
    return style_links((JOINED,) if getattr(staticfiles_storage, "joins_css", False) and not settings.DEBUG else PARTS, _storage())


@register.simple_tag
def icon(name: str, cls: str = "", label: str = "") -> SafeString:
    """Draw an icon of the sprite; silent to screen readers unless it has a label."""
    return _drawn("img/icons.svg", name, f"icon {cls}", label, _storage())


def _storage() -> int:
    """Which storage of files is in use: tests change it."""
    return id(getattr(staticfiles_storage, "_wrapped", None))


@lru_cache(maxsize=1000)
def _drawn(file: str, name: str, cls: str, label: str, _files: int) -> SafeString:
    """A drawing of a sprite; a page shows a hundred of few kinds, so each is written once."""
    voice = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    look = format_html('class="{}" ', cls) if cls else ""
    return format_html('<svg {}{}><use href="{}#{}"/></svg>', look, voice, static(file), name)


@register.simple_tag
def art(key: str, label: str = "") -> SafeString:
    """Draw the still life of a category code (PAP) or goods key (roll); unknown keys get a carton."""
    key = str(key or "").lower()
    return _drawn("img/art.svg", key if key in ART else "carton", "", label, _storage())


@register.simple_tag(takes_context=True)
def navlink(context, name: str, label: str, icon_name: str = "", key: str = "", n: int = 0, hot: bool = False, arg=None):
    """Link to a named page and mark it as current; a page that does not exist yet leaves no link behind."""
    try:
        url = reverse(name, args=[arg]) if arg else plain_address(name)
    except NoReverseMatch:
        return ""
    current = bool(key) and (context.get("nav") or (context.get("shell") or {}).get("nav")) == key
    return format_html(
        '<a href="{}"{}>{}{}{}</a>',
        url,
        mark_safe(' aria-current="page"') if current else "",
        icon(icon_name) if icon_name else "",
        label,
        format_html('<span class="{}">{}</span>', "n hot" if hot else "n", n) if n else "",
    )


@register.filter
def local_name(firm) -> str:
    """The name of a company in the reader's language, where it has one."""
    return firm.local_name(get_language() or "")


@register.filter
def own_words(text) -> SafeString | str:
    """What somebody typed; Chinese on a page in another language is marked, so that it is read aloud and set as Chinese."""
    if _chinese() or not HAN.search(str(text or "")):
        return text
    return format_html('<span lang="zh-Hans">{}</span>', text)


@register.filter
def browser(user_agent: str) -> str:
    """Chrome on Windows, for the list of one's own sessions."""
    return browser_in_words(user_agent)


@register.filter
def jsonld(data) -> SafeString:
    """Structured data as a block that no browser runs: `<`, `>` and `&` are escaped, so that nothing in it can end the block."""
    text = json.dumps(data, ensure_ascii=False, default=str).translate({ord(c): f"\\u{ord(c):04X}" for c in "<>&\u2028\u2029"})
    return mark_safe(f'<script type="application/ld+json">{text}</script>')


# ---------- money ----------


def _sign_of(currency: str) -> str:
    if currency == CREDIT:
        return pgettext("currency", _CREDIT_WORD) + "\N{NO-BREAK SPACE}"
    return CURRENCY_SIGNS.get(currency, currency + "\N{NO-BREAK SPACE}")


def filled(shape: str, values) -> SafeString:
    """`format_html` for very many values, without its detour for each: all are escaped that are not safe already."""
    return SafeString(shape.format(*[v.__html__() if hasattr(v, "__html__") else escape(str(v)) for v in values]))


@register.simple_tag
def money(amount: Money | None, dec: bool = True, cls: str = "", signed: bool = False) -> SafeString:
    """Show an amount exactly, grouped, its sign in words of the currency; `dec=False` hides only zero cents."""
    if amount is None:
        return mark_safe('<span class="amt muted">—</span>')
    whole, part = divmod(abs(amount.minor), 10**amount.exponent)
    decimals = f".{part:0{amount.exponent}d}" if amount.exponent and (dec or part) else ""
    lead = "\N{MINUS SIGN}" if amount.minor < 0 else "+" if signed and amount.minor > 0 else ""
    tail = format_html('<span class="dec">{}</span>', decimals) if decimals else ""
    sign = _sign_of(amount.currency)
    before, after = ("", lead) if sign[-1].isspace() else (lead, "")
    return filled('<span class="amt {}">{}<span class="cur">{}</span>{}{}{}</span>', (cls, before, sign, after, f"{whole:,}", tail))


@register.simple_tag
def money_minor(minor: int | None, currency: str = "CNY", dec: bool = True, cls: str = "", signed: bool = False) -> SafeString:
    """Show a pair of columns (minor units, currency) as `money` does."""
    return money(None if minor is None else Money(int(minor), currency), dec=dec, cls=cls, signed=signed)


@register.filter
def plain_money(amount: Money | None) -> str:
    """The amount as plain text for sentences, labels and options: ¥310,400.00."""
    if amount is None:
        return ""
    return _lead(amount) + f"{abs(amount.decimal):,.{amount.exponent}f}"


def _lead(amount: Money) -> str:
    """What stands before the figures: −¥, and after a word the minus stands at the figures: Credit −."""
    sign, minus = _sign_of(amount.currency), "\N{MINUS SIGN}" if amount.minor < 0 else ""
    return sign + minus if sign[-1].isspace() else minus + sign


@register.filter
def short_money(amount: Money | None) -> str:
    """The amount in round figures for seals and tiles: ¥320 万, US$3.2M."""
    if amount is None:
        return ""
    steps = ((10**8, " 亿"), (10**4, " 万")) if _chinese() else ((10**9, "B"), (10**6, "M"), (10**3, "K"))
    value = abs(amount.decimal)
    size, unit = next(((size, unit) for size, unit in steps if value >= size), (1, ""))
    figure = f"{(value / size).quantize(Decimal('0.1') if size > 1 else Decimal(1)):,f}".removesuffix(".0")
    return f"{_lead(amount)}{figure}{unit}"


# ---------- time ----------


@register.simple_tag
def when(moment: date | None, date_only: bool = False) -> SafeString | str:
    """Show an absolute time of the house's zone, or a plain day, with the year when it is not this one."""
    if not moment:
        return ""
    return format_html('<time datetime="{}">{}</time>', _iso(moment), absolute(moment, date_only))


def _iso(moment: date) -> str:
    return timezone.localtime(moment).isoformat(timespec="minutes") if isinstance(moment, datetime) else moment.isoformat()


@register.filter
def absolute(moment: date, date_only: bool = False) -> str:
    """The words of `when`: 11 月 28 日 18:00, 28 Nov 18:00."""
    local = timezone.localtime(moment) if isinstance(moment, datetime) else moment
    this_year = local.year == timezone.localtime(house_clock.now()).year
    shape = ("n 月 j 日" if this_year else "Y 年 n 月 j 日") if _chinese() else ("j M" if this_year else "j M Y")
    return dateformat.format(local, shape + " H:i" if isinstance(local, datetime) and not date_only else shape)


@register.simple_tag
def clock(due_at: datetime | None, start: datetime | None = None, big=False, sub: str = "", paused=False, total_hours: float = 0):
    """Show the time left until a deadline: ring, words, absolute; ochre under 24 h or in the last quarter, cinnabar under 2 h."""
    if not due_at:
        return ""
    left = (due_at - house_clock.now()).total_seconds()
    whole = (due_at - start).total_seconds() if start else total_hours * 3600
    share = max(0.0, min(1.0, left / whole)) if whole > 0 else max(0.0, min(1.0, left / 604800))
    tone = "" if paused else "late" if left < 7200 else "soon" if left < 86400 or (whole > 0 and share < 0.25) else ""
    minutes = math.floor(abs(left) / 60)
    context = {
        "due_at": due_at, "iso": _iso(due_at), "tone": tone, "arc": round(share * 100), "big": big, "sub": sub, "late": left < 0,
        "paused": paused, "days": minutes // 1440, "hours": minutes // 60 % 24, "minutes": minutes % 60,
    }  # fmt: skip
    return render_to_string("ui/clock.html", context)


# ---------- marks of state ----------


@register.simple_tag
def status(state: str, label: str = "", tone: str = "", icon_name: str = "") -> SafeString:
    """Show a machine's state as words, mark and colour, never colour alone; unknown states stay neutral."""
    known_tone, known_icon = STATE_TONES.get(str(state), ("", ""))
    words = label or pgettext("state", str(state).replace("_", " ").capitalize())
    mark = icon(icon_name or known_icon) if icon_name or known_icon else ""
    return filled('<span class="tag {}" data-state="{}">{}{}</span>', (tone or known_tone, state, mark, capfirst(words)))


@register.inclusion_tag("ui/seal.html")
def seal(amount: Money | None = None, url: str = "", big: bool = False):
    """The guarantee seal with its line; without an amount it says only that the trade is guaranteed."""
    return {"amount": amount, "url": url, "big": big}


# ---------- drawings with figures ----------


@register.inclusion_tag("ui/balance_bar.html")
def balance_bar(give_minor: int, get_minor: int, credit_minor: int = 0, cash_minor: int = 0, currency: str = "CNY"):
    """Weigh both sides in minor units; a top-up is positive when the viewer pays it and negative when the viewer receives it."""
    left = [("cash", max(cash_minor, 0)), ("credit", max(credit_minor, 0)), ("give", give_minor)]
    right = [("get", get_minor), ("credit", max(-credit_minor, 0)), ("cash", max(-cash_minor, 0))]
    give, get = sum(v for _, v in left), sum(v for _, v in right)
    scale = 298 / max(give, get, 1)
    pieces, x = [], 299 - give * scale
    for side, parts in ((left, "left"), (right, "right")):
        x = x if parts == "left" else 301
        for kind, value in side:
            if value:
                width = max(value * scale - 1, 0.5)
                pieces.append({"kind": kind, "x": f"{x:.1f}", "width": f"{width:.1f}"})
                x += value * scale
    return {
        "pieces": pieces, "uid": f"{give_minor}-{get_minor}-{credit_minor}-{cash_minor}".replace("--", "-m"),
        "give": Money(give, currency), "get": Money(get, currency),
        "gap": Money(abs(give - get), currency), "heavier": (give > get) - (give < get),
        "left": _shares(left, give), "right": _shares(right, get),
    }  # fmt: skip


def _shares(parts, total) -> list[dict]:
    """Whole percents that add up to 100: what rounding down leaves goes to the largest remainders."""
    there = [(kind, value * 100 // total, value * 100 % total) for kind, value in parts if value and total]
    left = 100 - sum(percent for _kind, percent, _rest in there)
    lucky = {kind for kind, _percent, _rest in sorted(there, key=lambda part: -part[2])[:left]} if there else set()
    return [{"kind": kind, "percent": percent + (kind in lucky)} for kind, percent, _rest in there]


@register.inclusion_tag("ui/fit_bar.html")
def fit_bar(percent: int):
    """How much of an offer the viewer's own stock covers, in percent."""
    percent = max(0, min(100, int(percent)))
    return {"percent": percent, "x": f"{43 - percent * 0.42:.2f}", "width": f"{percent * 0.42:.2f}"}


@register.inclusion_tag("ui/meter.html")
def meter(part: int, whole: int, label: str, fill: str = "jade"):
    """A part of a whole as a bar: credit used, rows imported, money released."""
    return {"percent": f"{max(0, min(1, part / whole)) * 100 if whole else 0:.0f}", "label": label, "fill": fill}


@register.inclusion_tag("ui/sparkline.html")
def sparkline(values):
    """A row of figures as a small decorative line; the figures themselves must stand beside it."""
    values = [float(v) for v in values]
    if len(values) < 2:
        return {"line": ""}
    low, high = min(values), max(values)
    xy = [(i * 72 / (len(values) - 1), 18 - (v - low) / ((high - low) or 1) * 16) for i, v in enumerate(values)]
    line = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in xy)
    return {"line": line, "area": f"{line}L72 20L0 20z"}


@register.inclusion_tag("ui/bars.html")
def bars(rows, up_label: str, down_label: str, unit: str = ""):
    """Two opposed series by period, drawn with a table of the same figures; rows are (period, up, down)."""
    rows = [(str(period), float(up), float(down)) for period, up, down in rows]
    tallest = max([max(up, down) for _, up, down in rows] or [1]) or 1
    step = 600 / max(len(rows), 1)
    columns = []
    for i, (period, up, down) in enumerate(rows):
        high, deep, mid = up * 58 / tallest, down * 58 / tallest, i * step + step / 2
        places = {"x": mid - 16, "mid": mid, "h": high, "y": 78 - high, "label_y": 72 - high, "d": deep, "d_label_y": 92 + deep}
        columns.append({"period": period, "up": f"{up:g}", "down": f"{down:g}", **{k: f"{v:.1f}" for k, v in places.items()}})
    return {"columns": columns, "up_label": up_label, "down_label": down_label, "unit": unit}


# ---------- forms ----------


@register.simple_tag
def field(bound, help: str = "", unit: str = "", cls: str = "", label: str = "", needed: bool = False):
    """Render one form field with label, help, error and the links between them; `needed`: asked for in the end, though not by the form."""
    kind = getattr(bound.field.widget, "input_type", "") or type(bound.field.widget).__name__.lower()
    if bound.is_hidden:
        return bound
    ids = [f"{bound.auto_id}_helptext"] if (help or bound.help_text) else []
    ids += [f"{bound.auto_id}_error"] if bound.errors else []
    attrs = {"aria-describedby": " ".join(ids)} if ids else {}
    if kind == "password":
        attrs["data-capslock"] = f"{bound.auto_id}_caps"
    if kind == "file":
        attrs["data-filename"] = ""
    grouped = getattr(bound.field.widget, "use_fieldset", False)
    context = {
        "field": bound, "kind": kind, "grouped": grouped, "help": help or bound.help_text, "unit": unit, "cls": cls,
        "label": label or bound.label, "optional": not (bound.field.required or needed or getattr(bound.field, "needed", False)),
        "control": "" if grouped and kind in ("radio", "checkbox") else bound.as_widget(attrs=attrs),
    }  # fmt: skip
    return render_to_string("ui/field.html", context)


@register.inclusion_tag("ui/fields.html")
def fields(form, two: bool = False):
    """Render the hidden fields and every visible field of a form, in its order."""
    return {"form": form, "two": two}


@register.inclusion_tag("ui/error_summary.html")
def error_summary(form):
    """List a form's errors on top of the page, each linked to its field; nothing when there are none."""
    return {"form": form, "problems": [(bound, error) for bound in form for error in bound.errors] if form else []}


# ---------- frames around content ----------


@register.simple_block_tag
def panel(content, title: str = "", id: str = "", note: str = "", more_url: str = "", more_label: str = "", cls: str = ""):
    """Frame content in a titled panel; the caller adds `<div class="body">` where it wants padding."""
    return render_to_string(
        "ui/panel.html",
        {"content": content, "title": title, "id": id, "note": note, "more_url": more_url, "more_label": more_label, "cls": cls},
    )


@register.simple_block_tag
def notice(content, tone: str = "info"):
    """Frame a sentence as a notice: info, safe, soon or late."""
    return render_to_string("ui/notice.html", {"content": content, "tone": tone})


@register.simple_block_tag
def nextstep(content, title: str, text: str = "", due_at=None, start=None, sub: str = "", tone: str = "", total_hours: float = 0):
    """The next-step box: who does what by when, and what happens if nothing is done; content is its one action."""
    ring = clock(due_at, start, big=True, sub=sub, total_hours=total_hours) if due_at else ""
    return render_to_string("ui/next_step.html", {"content": content, "title": title, "text": text, "ring": ring, "tone": tone})


@register.inclusion_tag("ui/empty.html")
def empty(title: str, text: str = "", action: str = "", url: str = "", icon_name: str = "box"):
    """An empty state: what will appear, why it helps, and one action."""
    return {"title": title, "text": text, "action": action, "url": url, "icon_name": icon_name}


@register.inclusion_tag("ui/crumbs.html")
def crumbs(*pairs):
    """The way here, as label, url, label, url…; the last label needs no url."""
    return {"trail": [(label, pairs[i + 1] if i + 1 < len(pairs) else "") for i, label in enumerate(pairs) if i % 2 == 0]}


@register.inclusion_tag("ui/pager.html")
def pager(next_url: str = "", previous_url: str = ""):
    """Links to the neighbouring pages of a keyset list; nothing when there are none."""
    return {"next_url": next_url, "previous_url": previous_url}
