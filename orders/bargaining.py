"""Offers and versions as their readers see them: goods and money by side, what changed against the edition before. Values out."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.conf import settings
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from catalog.models import UNIT_NAMES
from kernel.money import Money
from kernel.templatetags.ui import absolute, plain_money

from .incoterms import Incoterm
from .models import Amendment, Negotiation, Order, OrderLine, Rfq, Round, Tender
from .negotiation_rules import Changes, Terms, changes_between, far_off, off_percent
from .worth import Yardstick, frozen, yardstick_of

KINDS = dict(Tender.KINDS)


@dataclass(frozen=True)
class Goods:
    """A line as a page shows it; `was_…` is what the edition before said, empty when it is the same."""

    title: str
    unit: object
    quantity: int
    price: Money
    amount: Money
    fair: Money
    fair_from: object
    off: str
    far: bool
    art: str
    no: str
    new: bool = False
    was_quantity: str = ""
    was_price: str = ""


@dataclass(frozen=True)
class Part:
    """A money part or a written term; `was` is what the edition before said, `changed` marks it."""

    name: object
    value: str
    changed: bool = False
    was: str = ""


@dataclass
class Edition:
    """One round or version from the reader's side."""

    give: list[Goods]
    get: list[Goods]
    money: list[Part]
    words: list[Part]
    gone: list[str] = field(default_factory=list)
    weights: dict = field(default_factory=dict)
    far: list[str] = field(default_factory=list)
    changes: Changes = field(default_factory=Changes)
    rates: list[dict] = field(default_factory=list)
    carriage: list[Part] = field(default_factory=list)

    @property
    def sides(self):
        return [("give", self.give), ("get", self.get)]


def terms_of_round(row: Round) -> Terms:
    names = ("lead_days", "deliver_by", "address", "note", "valid_until")
    words = {name: getattr(row, name) for name in names}
    money = {("credit", row.payer_id): row.credit, ("cash", row.payer_id): row.cash}
    return Terms(_goods(row.lines.all()), {key: amount for key, amount in money.items() if amount}, words)


def _goods(lines: Iterable) -> dict[int, tuple[int, int]]:
    return {line.listing_id: (line.quantity, line.unit_price_minor) for line in lines}


def round_view(row: Round, before: Round | None, me: int) -> Edition:
    """A round as one side reads it, with what it changed against the one before marked."""
    terms = terms_of_round(row)
    old = terms_of_round(before) if before else None
    lines = list(row.lines.all())
    stick = frozen(row.negotiation.currency, row.rates)
    view = _edition(lines, before.lines.all() if before else (), terms, old, me, stick)
    view.carriage = carriage_of(row.incoterms, me)
    shown = {
        "lead_days": (_("Lead time"), lambda v: _("%(n)s days") % {"n": v}), "deliver_by": (_("Delivery by"), lambda v: v.isoformat()),
        "address": (_("Goods for this side go to"), str), "note": (_("Terms in words"), str), "valid_until": (_("Valid until"), absolute),
    }  # fmt: skip
    # Each side has a validity and an address of its own: these are no change of what is agreed.
    view.words = _words(terms, old, shown, view.changes, quiet=("valid_until", "address"))
    return view


def _words(terms: Terms, old: Terms | None, shown: dict, changes: Changes, quiet=()) -> list[Part]:
    rows = []
    for name, (label, show) in shown.items():
        value, was = terms.words.get(name), old.words.get(name) if old else None
        changed = name in changes.words and name not in quiet
        if value not in (None, "") or changed:
            rows.append(Part(label, show(value) if value not in (None, "") else "—", changed, show(was) if changed and was else ""))
    return rows


def _edition(lines: list, old_lines: Iterable, terms: Terms, old: Terms | None, me: int, stick: Yardstick) -> Edition:
    changes = changes_between(old, terms)
    gone = [line.title(get_language() or "") for line in old_lines if line.listing_id in changes.gone]
    give, get = ([_shown(line, old, changes) for line in lines if (line.giver_id == me) == mine] for mine in (True, False))
    far = [line.title(get_language() or "") for line in far_off(lines, settings.FAIR_VALUE_PERCENT)]
    weights = _weights(lines, terms, me, stick)
    return Edition(give, get, _money(terms, old, me, changes), [], gone, weights, far, changes, stick.shown)


def carriage_of(rows: Iterable, me: int) -> list[Part]:
    """The Incoterms of both directions as one party reads them."""
    return [
        Part(_("Goods you give travel") if giver == me else _("Goods you get travel"), str(Incoterm(code, place)))
        for giver, code, place in sorted(rows, key=lambda row: row[0] != me)
    ]  # fmt: skip


def _shown(line, old: Terms | None, changes: Changes) -> Goods:
    was = old.goods.get(line.listing_id) if old else None
    off = off_percent(line.unit_price_minor, line.fair_unit_minor)
    unit, price = UNIT_NAMES.get(line.unit, line.unit), Money(line.unit_price_minor, line.currency)
    return Goods(
        title=line.title(get_language() or ""), unit=unit, quantity=line.quantity, price=price,
        amount=Money(line.amount_minor, line.currency), fair=Money(line.fair_unit_minor, line.currency),
        fair_from=line.get_fair_method_display(), off=f"{off:+}" if off else "0", far=abs(off) > settings.FAIR_VALUE_PERCENT,
        art=line.listing.drawing, no=line.listing.no, new=line.listing_id in changes.added,
        was_quantity=f"{was[0]} {unit}" if was and line.listing_id in changes.quantity else "",
        was_price=plain_money(Money(was[1], line.currency)) if was and line.listing_id in changes.price else "",
    )  # fmt: skip


def _money(terms: Terms, old: Terms | None, me: int, changes: Changes) -> list[Part]:
    rows = []
    before = old.money if old else {}
    for key in sorted({*terms.money, *(k for k in before if k in changes.money)}, key=str):
        kind, payer = key
        name = (_("You add: %(what)s") if payer == me else _("The other side adds: %(what)s")) % {"what": KINDS[kind]}
        value, was = terms.money.get(key), before.get(key)
        value, was, changed = value or Money.zero(was.currency), was or Money.zero(value.currency), key in changes.money
        rows.append(Part(name, plain_money(value), changed, plain_money(was) if changed else ""))
    return rows


def _weights(lines: list, terms: Terms, me: int, stick: Yardstick) -> dict:
    amounts = [(line.giver_id == me, Money(line.amount_minor, line.currency)) for line in lines]
    sums = {mine: stick.worth(amount for own, amount in amounts if own == mine).minor for mine in (True, False)}
    signed = {"credit": 0, "cash": 0}
    for (kind, payer), amount in terms.money.items():
        signed[kind] += stick.worth([amount]).minor * (1 if payer == me else -1)
    return {"give": sums[True], "get": sums[False], **signed}


# ---------- lists and comparisons ----------


def title_of(thread: Negotiation) -> str:
    if thread.rfq is not None:
        return thread.rfq.title
    rounds = list(thread.rounds.all())
    names = [line.title(get_language() or "") for line in rounds[0].lines.all()] if rounds else []
    return " ⇄ ".join(names) or thread.no


def last_round(thread: Negotiation) -> Round | None:
    rounds = list(thread.rounds.all())
    return rounds[-1] if rounds else None


def value_of(row: Round | None) -> Money | None:
    """What an offer is about: the goods of the heavier side."""
    if row is None:
        return None
    sums: dict[int, list[Money]] = {}
    for line in row.lines.all():
        sums.setdefault(line.giver_id, []).append(Money(line.amount_minor, line.currency))
    stick = frozen(row.negotiation.currency, row.rates)
    return max((stick.worth(amounts) for amounts in sums.values()), key=lambda worth: worth.minor, default=Money.zero(stick.currency))


SENTENCES = {
    "agreed": gettext_noop("Agreed: the order stands on its own page."),
    "not_chosen": gettext_noop("Another quotation was chosen. Nothing is owed by anybody."),
    "declined": gettext_noop("Declined. Nothing is owed by anybody."),
    "withdrawn": gettext_noop("Taken back. Nothing is owed by anybody."),
    "expired": gettext_noop("The time ran out without an answer. Nothing is owed by anybody."),
}


def sentence_of(thread: Negotiation, me: int) -> str:
    """Where a thread stands, in one sentence for its reader."""
    if thread.state == "asked":
        return _("You are asked for a quotation.") if me == thread.seller_id else _("Waiting for the seller's quotation.")
    if thread.state == "open":
        return _("The other side has made an offer; it is your turn.") if thread.turn_id == me else _("Your offer waits for an answer.")
    return _(SENTENCES[thread.state])


def row_of(thread: Negotiation, me: int) -> dict:
    """A line of the list of negotiations."""
    last = last_round(thread)
    return {
        "thread": thread, "title": title_of(thread), "other": thread.party_name(thread.other_party_id(me)), "value": value_of(last),
        "last": last, "mine": thread.state in ("asked", "open") and thread.turn_id == me, "sentence": sentence_of(thread, me),
        "buying": thread.buyer_id == me,
    }  # fmt: skip


def comparison(rfq: Rfq) -> list[dict]:
    """Every quotation of a request beside the others, as its buyer compares them; the lowest price a unit is marked."""
    rows = []
    for thread in rfq.threads.all():
        last = last_round(thread)
        goods = [line for line in last.lines.all() if line.giver_id == thread.seller_id] if last else []
        total = frozen(rfq.currency, last.rates).worth(Money(line.amount_minor, line.currency) for line in goods) if last else None
        quantity = sum(line.quantity for line in goods if line.unit == rfq.unit)
        back = [line for line in last.lines.all() if line.giver_id == rfq.buyer_id] if last else []
        rows.append(
            {
                "thread": thread, "name": thread.party_name(thread.seller_id), "last": last, "goods": goods, "back": back,
                "total": total,
                "unit_price": Money(total.minor // quantity, rfq.currency) if total and quantity and len(goods) == 1 else None,
                "quantity": quantity,
                "by_buyer": bool(last and last.by_id == rfq.buyer_id), "sentence": sentence_of(thread, rfq.buyer_id),
                "mine": thread.state == "open" and thread.turn_id == rfq.buyer_id, "live": thread.state in ("asked", "open"),
                "credit": last.credit if last and last.credit_minor and last.payer_id == rfq.buyer_id else None,
                "cash": last.cash if last and last.cash_minor and last.payer_id == rfq.buyer_id else None,
            }
        )  # fmt: skip
    prices = [row["unit_price"].minor for row in rows if row["unit_price"] and row["live"]]
    for row in rows:
        row["lowest"] = bool(len(prices) > 1 and row["live"] and row["unit_price"] and row["unit_price"].minor == min(prices))
    return rows


def trade_of(order: Order, me: int) -> dict:
    """By which frozen rates both sides of an order are weighed, and under which delivery terms its goods travel."""
    return {"rates": yardstick_of(order).shown, "carriage": carriage_of(order.incoterms, me)}


# ---------- versions of an order ----------


def version_terms(order: Order, version: int) -> tuple[list[OrderLine], Terms]:
    """The lines and terms of one version of an order loaded with all its versions."""
    lines = [line for line in order.every_line if line.held_in(version)]
    money: dict[tuple[str, int], Money] = {}
    for tender in order.every_tender:
        if tender.held_in(version):
            key = (tender.kind, tender.payer_id)
            money[key] = money[key] + tender.amount if key in money else tender.amount
    places = {f"place{p.receiver_id}": p.address for p in order.every_place if p.held_in(version)}
    return lines, Terms(_goods(lines), money, {"note": note_of(order, version), **places})


def note_of(order: Order, version: int) -> str:
    """The words of a version: those in force, or those that the change after it kept."""
    later = [row for row in order.amendments.all() if row.state == "confirmed" and row.version == version + 1]
    return later[0].old_note if later else order.note


def _places(order: Order, me: int) -> dict:
    names = {f"place{me}": (_("Your goods go to"), str), f"place{order.other_party_id(me)}": (_("Their goods go to"), str)}
    return {"note": (_("Terms in words"), str), **names}


def versions_of(order: Order, me: int) -> list[dict]:
    """Every version of an order, the newest first, each with what it changed against the one before."""
    made = {row.version: row for row in order.amendments.all() if row.state == "confirmed"}
    rows = []
    for version in range(order.version, 0, -1):
        lines, terms = version_terms(order, version)
        old_lines, old = version_terms(order, version - 1) if version > 1 else ([], None)
        view = _edition(lines, old_lines, terms, old, me, yardstick_of(order))
        view.words, view.carriage = _words(terms, old, _places(order, me), view.changes), carriage_of(order.incoterms, me)
        later = made.get(version + 1)
        rows.append(
            {
                "version": version, "view": view, "amendment": made.get(version), "current": version == order.version,
                "hash": later.base_hash if later else order.terms_hash,
            }
        )  # fmt: skip
    return rows


def amendment_view(order: Order, amendment: Amendment, me: int) -> Edition:
    """A proposed or ended change as one side reads it, marked against the version it changes."""
    old_lines, old = version_terms(order, amendment.version - 1)
    lines, listings = [], {line.listing_id: line.listing for line in order.every_line}
    for _line, listing_id, giver, version, zh, en, unit, quantity, price, method, fair, *own in amendment.lines:
        row = OrderLine(
            order_id=order.pk, giver_id=giver, listing_id=listing_id, listing_version=version, title_zh=zh, title_en=en, unit=unit,
            quantity=quantity, unit_price_minor=price, amount_minor=quantity * price, fair_method=method,
            currency=own[0] if own else order.currency,
            fair_unit_minor=fair,
        )  # fmt: skip
        if listing_id in listings:
            row.listing = listings[listing_id]
        lines.append(row)
    money: dict[tuple[str, int], Money] = {}
    for kind, payer, minor, currency, *_stage in amendment.tenders:
        money[(kind, payer)] = money.get((kind, payer), Money.zero(currency)) + Money(minor, currency)
    places = {name: value for name, value in old.words.items() if name.startswith("place")}
    if amendment.address:
        places[f"place{amendment.by_id}"] = amendment.address
    terms = Terms(_goods(lines), money, {"note": amendment.note, **places})
    view = _edition(lines, old_lines, terms, old, me, yardstick_of(order))
    view.words, view.carriage = _words(terms, old, _places(order, me), view.changes), carriage_of(order.incoterms, me)
    return view
