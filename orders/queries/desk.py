"""One order as one of its parties sees it: whose move it is, what is given and got, how far it has come. Loaded rows in, values out."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.conf import settings
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from accounts.permissions import Capability
from catalog.models import UNIT_NAMES
from kernel.deadlines import current
from kernel.models import Deadline
from kernel.money import Money

from .. import rules, tracking
from ..models import Consignment, Destination, Order, OrderLine, Tender, TrackingEvent
from ..negotiation_rules import off_percent
from ..permissions import ACCEPT_GOODS, ANSWER_PROPOSAL, ANSWER_REFUND, DECLINE, QUOTE, REQUEST_REFUND, SHIP, WITHDRAW
from ..schedules import cash_parts, next_due
from ..worth import by_currency, order_worth, yardstick_of
from .given_back import goods_back, kept_of
from .reads import open_refund

Clocks = dict[tuple[str, int], Deadline]


@dataclass(frozen=True)
class Act:
    """A one-question page (name of its URL, and the row it is about), for those who hold the capability."""

    label: object
    page: str
    capability: Capability | None = None
    about_id: int | None = None


@dataclass(frozen=True)
class Step:
    """What comes next: `mine` says whether the viewer must act; `clock` when it would happen by itself."""

    title: object
    text: object = ""
    mine: bool = False
    clock: Deadline | None = None
    act: Act | None = None
    others: tuple[Act, ...] = ()

    @property
    def tone(self) -> str:
        return "soon" if self.mine else ""


def title_of(order: Order, me: int) -> str:
    """Goods ⇄ goods from the viewer's side; a side without goods is named by the money it brings."""
    return f"{_side_title(order, me)} ⇄ {_side_title(order, order.other_party_id(me))}"


def _side_title(order: Order, giver_id: int) -> str:
    language = get_language() or ""
    names = [line.title(language) for line in order.lines.all() if line.giver_id == giver_id]
    names = names or list(dict.fromkeys(capfirst(t.get_kind_display()) for t in order.tenders.all() if t.payer_id == giver_id))
    return (", " if language.startswith("en") else "、").join(names) or "—"


def other_name(order: Order, me: int) -> str:
    return order.party_name(order.other_party_id(me), get_language() or "")


def value_of(order: Order, me: int) -> Money:
    """The value of the heavier side's goods, which is what the trade is about."""
    return order_worth(order)


# ---------- whose move it is ----------


def next_step(order: Order, me: int, clocks: Clocks) -> Step:
    """Say what comes next for one party."""
    refund = open_refund(order)
    if refund and refund.state == "requested":
        return _refund_step(order, refund, me, clocks)
    steps = {"proposed": _proposed, "confirmed": _confirmed, "funded": _moving, "shipped": _moving}
    return steps[order.state](order, me, clocks) if order.state in steps else _ended(order)


def _after(code: str) -> str:
    return _("If nothing is done by then, %(what)s.") % {"what": current(code).consequence}


def _proposed(order: Order, me: int, clocks: Clocks) -> Step:
    clock, who = clocks.get(("orders.answer", order.pk)), {"firm": other_name(order, me)}
    if me == order.responder_id:
        return Step(
            _("Read the terms and answer"), f"{_('%(firm)s proposes this trade to you.') % who} {_after('orders.answer')}", True, clock,
            Act(_("Check and confirm…"), "confirmation", ANSWER_PROPOSAL),
            (Act(_("Counter-offer…"), "counter", QUOTE), Act(_("Decline…"), "decline", DECLINE)),
        )  # fmt: skip
    return Step(
        _("Waiting for %(firm)s to answer") % who, _after("orders.answer"), False, clock,
        others=(Act(_("Withdraw the proposal…"), "withdrawal", WITHDRAW),),
    )  # fmt: skip


def _confirmed(order: Order, me: int, clocks: Clocks) -> Step:
    owed, clock = next_due(order.tenders.all(), clocks)
    count, words = len(cash_parts(order.tenders.all())), {"firm": other_name(order, me)}
    words |= {"n": owed.stage, "count": count, "amount": str(owed.secured)} if owed else {}
    end = _after(clock.policy if clock else "orders.pay")
    if owed and owed.payer_id == me:
        title = _("Pay part %(n)s of %(count)s: %(amount)s") % words if count > 1 else _("Pay the cash part")
        text = _("Transfer the cash part to the custodian bank with the remittance reference shown under “Held money”.")
        return Step(title, f"{text} {end}", True, clock, Act(_("How to pay"), ""))
    part = _("Waiting for %(firm)s to pay part %(n)s of %(count)s: %(amount)s")
    return Step((part if count > 1 else _("Waiting for %(firm)s to pay the cash part")) % words, end, False, clock)


def _moving(order: Order, me: int, clocks: Clocks) -> Step:
    mine, theirs = _pressing(order, "giver_id", me, "to_ship"), _pressing(order, "receiver_id", me, "shipped")
    who = {"firm": other_name(order, me)}
    ship = Act(_("Record the shipment…"), "shipment", SHIP)
    owes = mine is not None and mine.state == "to_ship"
    if theirs is not None and theirs.state == "shipped" and (theirs.signed_at or not owes):
        return _inspect(order, theirs, clocks, (ship,) if owes else ())
    if owes:
        text, clock = (
            _("Everything owed is held. Hand your goods to a carrier and record the waybill number."),
            _clock("ship", mine, clocks),
        )
        return Step(_("Ship your goods"), _with_end(text, clock), True, clock, ship)
    if theirs is not None and theirs.state == "to_ship":
        text, clock = _("You are told as soon as the waybill number is recorded."), _clock("ship", theirs, clocks)
        return Step(_("Waiting for %(firm)s to ship") % who, _with_end(text, clock), False, clock)
    clock = _clock("inspect", mine, clocks)
    text = "" if clock else _("The inspection clock starts when the receiver notes the signature.")
    clock = clock or _clock("receive", mine, clocks)
    return Step(_("Waiting for %(firm)s to accept your goods") % who, _with_end(text, clock), False, clock)


def _pressing(order: Order, side: str, me: int, first: str) -> Consignment | None:
    """Of a party's shipments the one that matters next: in state `first`, else open, else any; signed for before on the way."""
    rows = [c for c in order.consignments.all() if getattr(c, side) == me]
    open_states = ("to_ship", "shipped")
    return min(rows, key=lambda c: (c.state != first, c.state not in open_states, c.signed_at is None, c.pk), default=None)


def _clock(name: str, goods: Consignment | None, clocks: Clocks) -> Deadline | None:
    return clocks.get((f"orders.{name}", goods.pk)) if goods else None


def _with_end(text: str, clock: Deadline | None) -> str:
    """A sentence, and what happens by itself when the running clock ends, or has happened (decision 5)."""
    if clock and clock.fired_at:
        return f"{text} {_('The time has passed; both parties and customer service have been told.')}".strip()
    return f"{text} {_after(clock.policy)}".strip() if clock else text


def _inspect(order: Order, goods: Consignment, clocks: Clocks, others: tuple[Act, ...]) -> Step:
    clock = _clock("inspect", goods, clocks)
    act = Act(_("Accept the goods…"), "acceptance", ACCEPT_GOODS, goods.pk)
    if clock:
        return Step(_("Inspect the goods and accept them"), _after("orders.inspect"), True, clock, act, others)
    text = _("They are on their way. Note the signature when they arrive (under “Shipments”); your time to inspect starts then.")
    clock = _clock("receive", goods, clocks)
    return Step(_("Receive and inspect the goods"), _with_end(text, clock), True, clock, act, others)


def _refund_step(order: Order, refund, me: int, clocks: Clocks) -> Step:
    clock, who = clocks.get(("orders.answer_refund", refund.pk)), {"firm": other_name(order, me)}
    late = "" if clock else _("The time to answer has passed; customer service has been told.")
    sent = [c for c in order.consignments.all() if c.shipped_at and c.state != "cancelled" and c.giver_id == refund.asked_by_id]
    untold = [c for c in sent if not c.giver_word]
    if refund.asked_by_id == me and untold and refund.kind == "whole":
        return Step(
            _("Say what became of the goods you sent"), _("The other party can only agree when you have said whether they came back."),
            True, clock, Act(_("Say what became of them…"), "refund_goods", REQUEST_REFUND, refund.pk),
            (Act(_("Withdraw the request…"), "refund_withdrawal", REQUEST_REFUND, refund.pk),),
        )  # fmt: skip
    if refund.asked_by_id == me:
        return Step(
            _("Waiting for %(firm)s to answer your refund request") % who, late or _after("orders.answer_refund"), False, clock,
            others=(Act(_("Withdraw the request…"), "refund_withdrawal", REQUEST_REFUND, refund.pk),),
        )  # fmt: skip
    text = _("%(firm)s asks to undo this order. All other clocks stand still until you answer.") % who
    if refund.kind == "part":
        text = _("%(firm)s asks for a refund in part. All other clocks stand still until you answer.") % who
    return Step(
        _("Answer the refund request"), f"{text} {late or _after('orders.answer_refund')}", True, clock,
        Act(_("Approve the refund…"), "refund_approval", ANSWER_REFUND, refund.pk),
        (Act(_("Refuse…"), "refund_rejection", ANSWER_REFUND, refund.pk),),
    )  # fmt: skip


ENDED = {
    "completed": (gettext_lazy("Trade completed"), gettext_lazy("All goods were accepted and what was held has been paid out.")),
    "declined": (gettext_lazy("The proposal was declined"), gettext_lazy("Nothing is owed by anybody.")),
    "withdrawn": (gettext_lazy("The proposal was withdrawn"), gettext_lazy("Nothing is owed by anybody.")),
    "lapsed": (gettext_lazy("The proposal lapsed without an answer"), gettext_lazy("Nothing is owed by anybody.")),
    "cancelled": (
        gettext_lazy("The order was cancelled"),
        gettext_lazy("Credit went back as it came; cash goes back through the custodian bank. Goods that had not left are free again."),
    ),
}


RETURNS = gettext_lazy(
    "Goods that had been accepted do not come back by themselves: the parties return them, and each books its own into stock by hand."
)


def goods_words(order: Order, giver_id: int) -> str:
    """What one party gives, in a line: Offset paper × 10 t."""
    return _listed((line, line.quantity) for line in order.lines.all() if line.giver_id == giver_id)


def carried_words(order: Order, goods: Consignment) -> str:
    """What one shipment carries, in a line; what remains to ship for one that has not left."""
    lines = {line.pk: line for line in order.lines.all()}
    return _listed((lines[pk], many) for pk, many in goods.parts)


def remaining_of(order: Order, goods: Consignment) -> list[tuple[int, str, object, int]]:
    """What has still to be shipped, as (id of the line, its title, unit, quantity)."""
    lines = {line.pk: line for line in order.lines.all()}
    found = [(lines[pk], many) for pk, many in goods.parts]
    return [(line.pk, line.title(get_language() or ""), UNIT_NAMES.get(line.unit, line.unit), many) for line, many in found]


def gone_of(goods: Collection[Consignment]) -> tuple[set[int], dict[int, int]]:
    """Of an order's shipments: who has nothing more to ship, and how much of each line (by id) has left."""
    done = {c.giver_id for c in goods} - {c.giver_id for c in goods if c.state == "to_ship"}
    gone: dict[int, int] = {}
    for pk, many in (part for c in goods if c.state != "to_ship" for part in c.parts):
        gone[pk] = gone.get(pk, 0) + many
    return done, gone


def _listed(parts: Iterable[tuple[OrderLine, int]]) -> str:
    language = get_language() or ""
    names = [f"{line.title(language)} × {many} {UNIT_NAMES.get(line.unit, line.unit)}" for line, many in parts]
    return (", " if language.startswith("en") else "、").join(names)


def carrier_of(goods: Consignment) -> str:
    return goods.carrier_name or str(rules.CARRIERS[goods.carrier][0] if goods.carrier in rules.CARRIERS else "")


def way_of(goods: Consignment) -> dict:
    """Where goods on their way stand, in words, and whether a carrier or customer service said that they were signed for."""
    events = list(goods.events.all())
    kind = tracking.current(tracking.Step(event.kind, event.happened_at) for event in events)
    told = {event.source for event in events if event.kind == "signed"} - {"receiver"}
    return {"stands": dict(TrackingEvent.KINDS).get(kind, "") if goods.state == "shipped" else "", "carrier_signed": bool(told)}


def sent_words(order: Order, goods: Consignment) -> str:
    """What one party has sent and how: an undone order does not bring it back by itself."""
    words = {
        "firm": order.party_name(goods.giver_id, get_language() or ""), "goods": carried_words(order, goods),
        "carrier": carrier_of(goods), "waybill": goods.waybill_no,
    }  # fmt: skip
    return _("%(firm)s has shipped %(goods)s, %(carrier)s %(waybill)s") % words


def asked_back_words(order: Order, goods: Consignment, rows: Iterable[tuple[int, int]]) -> str:
    """What of a shipment a part refund asks back: line ids with quantities."""
    lines = {line.pk: line for line in order.lines.all()}
    listed = _listed((lines[pk], many) for pk, many in rows)
    return _("%(goods)s of shipment %(waybill)s") % {"goods": listed, "waybill": goods.waybill_no}


def fate_words(order: Order, goods: Consignment, fate: str | None = None) -> str:
    """What became of goods that had left when the order was undone, as their giver says; empty when it has not."""
    fate = goods.giver_word if fate is None else fate
    words = {"firm": order.party_name(goods.giver_id, get_language() or ""), "goods": carried_words(order, goods)}
    if fate == "returned" and goods.state == "accepted":
        return _("%(goods)s came back to %(firm)s, which books it into its stock by hand.") % words
    if fate == "returned":
        return _("%(goods)s came back to %(firm)s and is in its stock again.") % words
    return _("%(firm)s gave up %(goods)s, which had been shipped.") % words if fate else ""


def _ended(order: Order) -> Step:
    title, text = ENDED[order.state]
    if order.state == "completed" and any(t.kind == "cash" for t in order.tenders.all()):
        text = _(
            "All goods were accepted. Credit is paid out; the custodian bank is instructed to pay the cash. "
            "“Held money” shows whether it has."
        )
    parts = [text, *_left_words(order)] if order.state == "cancelled" else [text]
    reason = [_(order.end_reason)] if order.end_reason else []  # the clock's reasons are messages of ours
    return Step(title, " ".join(map(str, [*parts, *reason])))


def _left_words(order: Order) -> list[str]:
    """What became of everything that had left before an order was cancelled."""
    left = [goods for goods in order.consignments.all() if goods.shipped_at]
    said = [words for goods in left if (words := fate_words(order, goods))]
    return [*said, str(RETURNS)] if len(said) < len(left) else said


def mark_of(order: Order, step: Step) -> tuple[str, str]:
    """Tone and icon of an order's state for this viewer: ochre while it is the viewer's move."""
    if order.state in ("declined", "lapsed", "withdrawn", "cancelled"):
        return "line", "x"
    return ("ok", "check") if order.state == "completed" else ("soon", "clock") if step.mine else ("info", "right")


# ---------- what changes hands ----------


@dataclass(frozen=True)
class Side:
    """What one party gives: goods, and the tenders it pays."""

    lines: list[dict]
    tenders: list[Tender]
    total: Money
    credit: Money | None = None  # kept apart when it is not counted in the goods' currency
    place: Destination | None = None  # where the other party wants these goods
    own: list[Money] = field(default_factory=list)  # in two currencies: what it is in each of them


def side_of(order: Order, giver_id: int) -> Side:
    lines = [line for line in order.lines.all() if line.giver_id == giver_id]
    tenders = [t for t in order.tenders.all() if t.payer_id == giver_id]
    counted, stick = [t for t in tenders if counts(order, t)], yardstick_of(order)
    amounts = [part.amount for part in [*lines, *counted]]
    total, own = stick.worth(amounts), by_currency(amounts)
    apart = next((t.amount for t in tenders if t not in counted), None)
    place = place_of(order, order.other_party_id(giver_id)) if lines else None
    return Side([_line(order, line) for line in lines], tenders, total, apart, place, own if order.rates else [])


def paper_offers(order: Order, me: int) -> list[dict]:
    """The papers that can be made of a loaded order: its contract, a pro-forma of each side's goods, a note of each shipment."""
    offers = []
    for giver in (me, order.other_party_id(me)):
        if any(line.giver_id == giver for line in order.lines.all()):
            label = _("Pro-forma invoice for our goods") if giver == me else _("Pro-forma invoice for the goods we get")
            offers.append({"kind": "proforma", "about": giver, "label": label})
    offers.append({"kind": "contract", "about": 0, "label": _("Contract for signature")})
    for goods in order.consignments.all():
        if goods.shipped_at:
            offers.append({"kind": "delivery", "about": goods.pk, "label": _("Delivery note %(no)s") % {"no": goods.waybill_no}})
    return offers


def place_of(order: Order, receiver_id: int) -> Destination | None:
    """Where a party of a loaded order wants its goods; None when it gets none, or before it has said."""
    return next((place for place in order.destinations.all() if place.receiver_id == receiver_id), None)


def counts(order: Order, tender: Tender) -> bool:
    """Barter credit is nominal yuan: it weighs where the trade knows the yuan."""
    return yardstick_of(order).knows(tender.currency)


def _line(order: Order, line: OrderLine) -> dict:
    carrying = [(c, many) for c in order.consignments.all() for pk, many in c.parts if pk == line.pk]
    sent = min((c for c, _many in carrying), key=lambda c: (c.state != "to_ship", c.state != "shipped", c.pk), default=None)
    remains = sum(many for c, many in carrying if c.state == "to_ship")
    dropped = sum(many for c, many in carrying if c.state == "cancelled" and not c.shipped_at) if order.state != "cancelled" else 0
    off = off_percent(line.unit_price_minor, line.fair_unit_minor)
    return {
        "line": line, "title": line.title(get_language() or ""), "unit": UNIT_NAMES.get(line.unit, line.unit), "sent": sent,
        "remains": remains, "dropped": dropped, "parted": len(carrying) > 1,
        "art": line.listing.drawing, "no": line.listing.no, "fair": Money(line.fair_unit_minor, line.currency),
        "fair_from": line.get_fair_method_display(),
        "off": f"{off:+}" if off else "0", "far": abs(off) > settings.FAIR_VALUE_PERCENT,
    }  # fmt: skip


def weights(order: Order, me: int) -> dict:
    """Minor units for the balance bar, less what went back in part: goods given and got, top-ups positive when the viewer pays them."""
    stick, back = yardstick_of(order), goods_back(order)
    signed = dict.fromkeys(("credit", "cash"), 0)
    for tender in order.tenders.all():
        if counts(order, tender):
            gone = sum(part.amount_minor for part in tender.refunded.all()) if back else 0
            signed[tender.kind] += stick.worth([kept_of(tender, gone)]).minor * (1 if tender.payer_id == me else -1)
    kept = [(line.giver_id, kept_of(line, back.get(line.pk, 0))) for line in order.lines.all()]
    give, get = (stick.worth(amount for giver, amount in kept if giver == side).minor for side in (me, order.other_party_id(me)))
    return {"give": give, "get": get, **signed}


def row_of(order: Order, me: int, clocks: Clocks) -> dict:
    """A line of a list of orders."""
    step = next_step(order, me, clocks)
    return {
        "order": order, "title": title_of(order, me), "other": other_name(order, me), "value": value_of(order, me),
        "step": step, "mark": mark_of(order, step),
    }  # fmt: skip
