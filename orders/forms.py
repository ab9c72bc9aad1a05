"""Forms of the order pages; they read what was typed, services decide."""

import secrets
from collections.abc import Callable, Collection
from decimal import Decimal

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import UNIT_NAMES
from catalog.rules import unit_factor, unit_price
from kernel.clock import now
from kernel.fields import LineField, LinesField, PlainDecimalField, PlainIntegerField
from kernel.money import CREDIT, Money

from . import rules
from .incoterm_forms import AbroadFields
from .models import TrackingEvent
from .schedule_forms import PartsFields
from .worth import Yardstick

ROWS = 3


def new_key() -> str:
    return secrets.token_urlsafe(16)


class KeyForm(forms.Form):
    """A question with nothing to fill in; the key makes a double click one act."""

    request_key = forms.CharField(widget=forms.HiddenInput, max_length=64, initial=new_key)


class GrantForm(KeyForm):
    """Which people, of those that see only what is granted, see one object."""

    people = forms.TypedMultipleChoiceField(coerce=int, required=False)

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["people"].choices = [(place.pk, str(place.user)) for place in people]


class DeliveryFields(forms.Form):
    """Where we want our goods, for whoever sends them."""

    to_address = LineField(
        label=_("Delivery address"),
        help_text=_("Where your goods are to go. Empty: your registered address."),
        max_length=200,
        required=False,
    )
    to_contact = LineField(label=_("Contact at delivery"), max_length=60, required=False)
    to_phone = LineField(label=_("Phone at delivery"), max_length=32, required=False)

    def delivery(self) -> rules.DeliveryTerms:
        data = self.cleaned_data
        return rules.DeliveryTerms(data["to_address"], data["to_contact"], data["to_phone"])


class ConfirmForm(KeyForm, DeliveryFields):
    terms_hash = forms.CharField(widget=forms.HiddenInput, max_length=64)
    acknowledged = forms.BooleanField(label=_("The price is meant so, although it lies far from the fair value"), required=False)

    def __init__(self, *args, receives: bool, **kwargs):
        super().__init__(*args, **kwargs)
        self.receives = receives  # whether goods come to us, so that we say where


class DeclineForm(KeyForm):
    reason = LinesField(
        label=_("Reason"),
        help_text=_("The other party reads it."),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class RefundForm(KeyForm):
    reason = LinesField(
        label=_("Why do you want to undo this order?"), help_text=_("The other party reads it and decides on it."), max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )  # fmt: skip


class RefusalForm(KeyForm):
    answer = LinesField(
        label=_("Why do you refuse?"), help_text=_("The other party reads it."), max_length=1000, widget=forms.Textarea(attrs={"rows": 4})
    )


class ApprovalForm(KeyForm):
    """Undoing an order while goods are on their way: what became of each consignment (`choices` by id, `words` by id)."""

    def __init__(self, *args, goods: dict[int, tuple[str, list]], over: Collection[int] = (), **kwargs):
        super().__init__(*args, **kwargs)
        self.goods = goods
        for pk, (words, choices) in goods.items():
            self.fields[f"goods_{pk}"] = forms.ChoiceField(
                label=words, choices=choices, widget=forms.RadioSelect, required=pk not in over,
                error_messages={"required": _("Say whether these goods have come back before you approve.")},
            )  # fmt: skip

    def fates(self) -> dict[int, str]:
        return {pk: fate for pk in self.goods if (fate := self.cleaned_data[f"goods_{pk}"])}


class ShipForm(KeyForm):
    carrier = forms.ChoiceField(
        label=_("Carrier"), choices=[("", _("Choose…")), *((code, name) for code, (name, _shape) in rules.CARRIERS.items())]
    )
    carrier_name = LineField(
        label=_("Carrier's name"), help_text=_("For another carrier or your own fleet."), max_length=60, required=False
    )
    waybill_no = LineField(
        label=_("Waybill number"),
        help_text=_("Letters, digits and dashes; for your own fleet the consignment note or plate."),
        max_length=39,
    )
    unusual = forms.BooleanField(label=_("The number is right as typed"), required=False)

    def __init__(self, *args, remaining: list[tuple[int, str, object, int]], **kwargs):
        super().__init__(*args, **kwargs)
        self.part_ids = [pk for pk, *_rest in remaining]
        for pk, title, unit, many in remaining:
            words = {"title": title, "many": many, "unit": unit}
            self.fields[f"part_{pk}"] = PlainIntegerField(
                label=_("%(title)s: leaves now (%(unit)s)") % words, initial=many, min_value=0, max_value=many, required=False,
                help_text=_("%(many)s %(unit)s remain to be shipped. What stays can follow in another shipment.") % words,
            )  # fmt: skip
        self.odd = False  # whether to show the tick box: only after a number that looks wrong

    def parts(self) -> dict[int, int] | None:
        """How much of each line leaves now; None when nothing was said, so everything does."""
        said = {pk: self.cleaned_data[f"part_{pk}"] for pk in self.part_ids}
        return None if all(many is None for many in said.values()) else {pk: many or 0 for pk, many in said.items()}

    def part_fields(self):
        return [self[f"part_{pk}"] for pk in self.part_ids]

    def clean(self):
        data = super().clean()
        if self.part_ids and all(data.get(f"part_{pk}") == 0 for pk in self.part_ids):
            self.add_error(f"part_{self.part_ids[0]}", _("Say of at least one line how much leaves now."))
        number = data.get("waybill_no", "").strip().upper()
        if number and data.get("carrier") and not rules.waybill_refusal(number) and rules.waybill_looks_wrong(data["carrier"], number):
            self.odd = True
            if not data.get("unusual"):
                self.add_error(
                    "unusual",
                    _("This does not look like a number of this carrier. Check it; if it is right, tick this box and send again."),
                )
        return data


class EventForm(KeyForm):
    kind = forms.ChoiceField(label=_("What happened"))
    happened_at = forms.DateTimeField(
        label=_("When"), help_text=_("Beijing time"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    place = LineField(label=_("Place"), max_length=80, required=False)

    def __init__(self, *args, giving: bool, **kwargs):
        super().__init__(*args, **kwargs)
        receivers = ("signed", "rejected")
        self.fields["kind"].choices = [(code, name) for code, name in TrackingEvent.KINDS if (code in receivers) != giving]
        # Minutes are all the widget knows: round down, so that the suggestion never lies in the future.
        self.fields["happened_at"].initial = timezone.localtime(now()).replace(second=0, microsecond=0)


class TrackingFileForm(KeyForm):
    """A file of tracking events."""

    file = forms.FileField(
        label=_("File"), help_text=_("Excel workbook (.xlsx) or CSV, up to 20,000 rows; heads as in the template."),
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"}),
        error_messages={"required": _("Choose a file."), "empty": _("The file is empty.")},
    )  # fmt: skip


class MessageForm(KeyForm):
    body = LinesField(label=_("Message"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


def units_of(goods) -> list[tuple[str, object]]:
    """The units that quantities of these goods can be typed in, beside the goods' own; none when they have no further ones."""
    codes = {other["unit"] for listing in goods for other in listing.units}
    return [("", _("unit of the price")), *((code, UNIT_NAMES[code]) for code in UNIT_NAMES if code in codes)] if codes else []


class ProposalForm(PartsFields, KeyForm, DeliveryFields, AbroadFields):
    """Up to three goods on each side and a money part, its cash in parts if wanted; goods are those of the two parties."""

    payer = forms.ChoiceField(
        label=_("Who adds money?"), choices=[("", _("Nobody")), ("me", _("We add")), ("them", _("The other side adds"))], required=False
    )
    credit = PlainDecimalField(label=_("Barter credit"), min_value=0, max_digits=14, decimal_places=2, required=False)
    cash = PlainDecimalField(label=_("Cash"), min_value=0, max_digits=14, decimal_places=3, required=False)
    note = LinesField(
        label=_("Terms in words"), help_text=_("Quality, packing, place and time of delivery: part of what is confirmed."),
        max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip

    def __init__(
        self, *args, mine: dict, theirs: dict, currency: str, weigher: Callable[..., Yardstick] | None = None,
        abroad: bool = False, **kwargs,
    ):  # fmt: skip
        super().__init__(*args, **kwargs)
        self.goods, self.currency, self.abroad, self.weigher = {"get": theirs, "give": mine}, currency, abroad, weigher
        self.stick = Yardstick(currency)
        self.offer_currencies([*theirs.values(), *mine.values()])
        self.units = {side: units_of(goods.values()) for side, goods in self.goods.items()}
        for side, goods in self.goods.items():
            choices = [("", "—"), *((str(pk), self.label_of(listing)) for pk, listing in goods.items())]
            for i in range(1, ROWS + 1):
                number = {"n": i}
                self.fields[f"{side}_{i}"] = forms.ChoiceField(
                    label=_("Goods %(n)s") % number, choices=choices, required=(side, i) == ("get", 1)
                )
                self.fields[f"{side}_{i}_quantity"] = PlainIntegerField(
                    label=_("Quantity %(n)s") % number, min_value=1, max_value=rules.MAX_QUANTITY, required=(side, i) == ("get", 1)
                )
                self.fields[f"{side}_{i}_unit"] = forms.ChoiceField(
                    label=_("Unit %(n)s") % number, choices=self.units[side], required=False
                )
                for hidden in ("seen", "version"):
                    self.fields[f"{side}_{i}_{hidden}"] = PlainIntegerField(widget=forms.HiddenInput, required=False)

    @staticmethod
    def label_of(listing) -> str:
        free = f"{listing.stock.free.normalize():f}"
        return _("%(title)s — %(price)s a %(unit)s, %(free)s free") % {
            "title": listing.title, "price": listing.price, "unit": listing.get_unit_display(), "free": free,
        }  # fmt: skip

    def mark(self, finding: rules.Finding) -> None:
        """Put what the rules found at the quantity it is about, or on top."""
        name = next((f"{side}_{i}_quantity" for side, i, pk in self._places() if pk == finding.listing_id), None)
        self.add_error(name, str(finding.text))

    def _places(self):
        """(side, row, listing id) of every filled row."""
        return [
            (side, i, int(self.cleaned_data.get(f"{side}_{i}") or 0)) for side in self.goods for i in range(1, ROWS + 1)
            if self.cleaned_data.get(f"{side}_{i}")
        ]  # fmt: skip

    def rows(self, side: str):
        """The bound fields of a side, for the template."""
        rows = range(1, ROWS + 1)
        return [(self[f"{side}_{i}"], self[f"{side}_{i}_quantity"], self[f"{side}_{i}_unit"] if self.units[side] else None) for i in rows]

    @property
    def get_rows(self):
        return self.rows("get")

    @property
    def give_rows(self):
        return self.rows("give")

    def chosen(self, side: str) -> list[tuple]:
        """(listing, quantity in its own unit, price seen, version seen) of every filled row."""
        data, found = self.cleaned_data, []
        for i in range(1, ROWS + 1):
            listing = self.goods[side].get(int(data.get(f"{side}_{i}") or 0))
            if listing and data.get(f"{side}_{i}_quantity"):
                seen = data.get(f"{side}_{i}_seen")
                quantity = data[f"{side}_{i}_quantity"]
                price = unit_price(listing, quantity).minor if seen is None else seen
                version = data.get(f"{side}_{i}_version")
                found.append((listing, quantity, price, listing.version if version is None else version))
        return found

    def clean(self):
        data = super().clean()
        for side in self.goods:
            for i in range(1, ROWS + 1):
                name = f"{side}_{i}"
                if data.get(name) and not data.get(f"{name}_quantity") and f"{name}_quantity" not in self.errors:
                    self.add_error(f"{name}_quantity", _("Say how much."))
                self._convert(data, side, name)
        credit, cash = data.get("credit") or Decimal(0), data.get("cash") or Decimal(0)
        if (credit or cash) and not data.get("payer"):
            self.add_error("payer", _("Say who adds the money."))
        if cash and cash != round(cash, Money.zero(self.cash_code).exponent):
            self.add_error("cash", _("%(currency)s has no such small units.") % {"currency": self.cash_code})
            data["cash"] = None
        rows = {side: [row for row, *_rest in self.chosen(side)] for side in self.goods}
        self.check_incoterms(data, rows)
        self.clean_parts(Money.of(data.get("cash") or 0, self.cash_code))
        self._weigh(list(dict.fromkeys(row.currency for side in rows.values() for row in side)) or [self.currency])
        return data

    def _weigh(self, codes: list[str]) -> None:
        """Find what weighs the chosen goods and the cash; say so when nothing does."""
        top_up = self.top_up() if "payer" in self.cleaned_data else None
        self.stick = self.weigher(codes, top_up) if self.weigher else Yardstick(codes[0])
        if refused := rules.currency_refusal(codes, top_up, self.stick):
            self.add_error({"credit_not_yuan": "credit"}.get(refused[0]), refused[1])

    def _convert(self, data: dict, side: str, name: str) -> None:
        """Count a quantity that was typed in a further unit of the goods in their own one; only whole units are traded."""
        listing, unit = self.goods[side].get(int(data.get(name) or 0)), data.get(f"{name}_unit")
        quantity = data.get(f"{name}_quantity")
        if not (listing and unit and quantity):
            return
        factor = unit_factor(listing, unit)
        if factor is None:
            self.add_error(f"{name}_quantity", _("These goods are not sold by this unit."))
            return
        own = quantity * factor
        values = {"n": f"{own.normalize():f}", "unit": listing.get_unit_display()}
        if own != own.to_integral_value() or not 0 < own <= rules.MAX_QUANTITY:
            self.add_error(f"{name}_quantity", _("That is %(n)s %(unit)s; only whole units of the price can be traded.") % values)
            return
        data[f"{name}_quantity"] = int(own)

    def top_up(self) -> rules.TopUp | None:
        data = self.cleaned_data
        credit, cash = (Money.of(data.get(name) or 0, currency) for name, currency in (("credit", CREDIT), ("cash", self.cash_code)))
        return rules.TopUp(data["payer"], credit, cash, self.parts()) if data.get("payer") and (credit or cash) else None

    def lines(self) -> list[rules.LineTerms]:
        return [rules.LineTerms(row.pk, n, seen, version) for side in ("get", "give") for row, n, seen, version in self.chosen(side)]

    def weights(self) -> dict:
        """Minor units of the currency of account for the balance bar, top-ups positive when the proposer pays."""
        sign, added = {"me": 1, "them": -1}.get(self.cleaned_data.get("payer") or "", 0), self.top_up()
        goods = {
            side: self.stick.worth(Money(unit_price(row, n).minor * n, row.currency) for row, n, _seen, _version in self.chosen(side)).minor
            for side in ("give", "get")
        }  # fmt: skip
        money = {name: self.stick.worth([getattr(added, name)]).minor * sign if added else 0 for name in ("credit", "cash")}
        return {**goods, **money}
