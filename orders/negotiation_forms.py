"""Forms of requests, offers and changed terms; they read what was typed, services decide."""

from collections.abc import Callable
from decimal import Decimal

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import UNITS
from catalog.rules import unit_price
from kernel.fields import LineField, LinesField, PlainDecimalField, PlainIntegerField
from kernel.money import CREDIT, EXPONENTS, Money

from . import rules
from .forms import KeyForm, ProposalForm
from .incoterm_forms import TERM_NAMES, AbroadFields
from .negotiation_rules import SELLERS_MOST, Change, Needs, NewLine, Offer, OfferLine
from .worth import Yardstick

ROWS = 4
MOMENT = {"format": "%Y-%m-%dT%H:%M", "attrs": {"type": "datetime-local"}}
DAY = {"format": "%Y-%m-%d", "attrs": {"type": "date"}}


def moment_input() -> forms.DateTimeInput:
    return forms.DateTimeInput(**MOMENT)


def local(moment):
    """A moment as a datetime-local field shows it; minutes are all it knows."""
    return timezone.localtime(moment).strftime(MOMENT["format"])


class RfqForm(KeyForm):
    """What is needed, what can be given for it, by when, and who is asked."""

    title = LineField(label=_("Goods needed"), max_length=120, help_text=_("Goods and specification, for example kraft paper 150 g."))
    category = forms.ChoiceField(label=_("Category"))
    quantity = PlainIntegerField(label=_("Quantity"), min_value=1, max_value=rules.MAX_QUANTITY)
    unit = forms.ChoiceField(label=_("Unit"), choices=UNITS)
    target = PlainDecimalField(
        label=_("Target value a unit"), max_digits=14, decimal_places=3, min_value=0, required=False,
        help_text=_("Tax included. The sellers read it."),
    )  # fmt: skip
    currency = forms.ChoiceField(label=_("Currency"), choices=[(code, code) for code in EXPONENTS if code != CREDIT])
    place = LineField(label=_("Place of delivery"), max_length=200, required=False)
    needed_by = forms.DateField(label=_("Needed by"), required=False, widget=forms.DateInput(**DAY))
    gives_credit = forms.BooleanField(label=_("Barter credit"), required=False)
    gives_cash = forms.BooleanField(label=_("Cash"), required=False)
    gives_goods = forms.BooleanField(label=_("Goods"), required=False)
    can_give = LineField(label=_("Which goods you can give"), max_length=200, required=False)
    words = LinesField(label=_("Requirements in words"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 4}))
    answer_by = forms.DateTimeField(label=_("Answers until"), help_text=_("Beijing time"), widget=moment_input())
    picked = forms.MultipleChoiceField(label=_("Sellers of such goods"), required=False, widget=forms.CheckboxSelectMultiple)
    others = LinesField(
        label=_("Other sellers"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One a line: the number of an offer, the name of the company, or the last part of its shop's address."),
    )  # fmt: skip

    def __init__(self, *args, categories, candidates=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["category"].choices = [("", _("Choose…")), *((row.code, str(row)) for row in categories)]
        self.fields["picked"].choices = [(row.no, self.label_of(row)) for row in candidates]
        self.most = SELLERS_MOST

    @staticmethod
    def label_of(listing) -> str:
        return _("%(firm)s — %(title)s, %(price)s a %(unit)s") % {
            "firm": listing.seller, "title": listing.title, "price": listing.price, "unit": listing.get_unit_display(),
        }  # fmt: skip

    def clean(self):
        data = super().clean()
        target, currency = data.get("target"), data.get("currency")
        if target and currency and target != round(target, EXPONENTS[currency]):
            self.add_error("target", _("%(currency)s has no such small units.") % {"currency": currency})
        if not data.get("picked") and not data.get("others", "").strip() and "others" not in self.errors:
            self.add_error("others", _("Say whom to ask: choose sellers above or name them here."))
        return data

    def words_of_sellers(self) -> list[str]:
        return [*self.cleaned_data["picked"], *self.cleaned_data["others"].splitlines()]

    def needs(self) -> Needs:
        data = self.cleaned_data
        names = ("title", "category", "quantity", "unit", "currency", "place", "needed_by", "gives_goods", "gives_credit", "gives_cash")
        target = Money.of(data["target"], data["currency"]) if data["target"] else None
        values = {name: data[name] for name in (*names, "can_give", "words", "answer_by")}
        return Needs(**values, target=target)


class BargainFields(KeyForm):
    """The money part, the words and the tick box that every form of bargaining has."""

    payer = forms.ChoiceField(
        label=_("Who adds money?"), choices=[("", _("Nobody")), ("me", _("We add")), ("them", _("The other side adds"))], required=False
    )
    credit = PlainDecimalField(label=_("Barter credit"), min_value=0, max_digits=14, decimal_places=2, required=False)
    cash = PlainDecimalField(label=_("Cash"), min_value=0, max_digits=14, decimal_places=3, required=False)
    note = LinesField(label=_("Terms in words"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    acknowledged = forms.BooleanField(label=_("The price is meant so, although it lies far from the fair value"), required=False)
    currency = "CNY"

    def money(self, name: str) -> Money:
        return Money.of(self.cleaned_data.get(name) or 0, CREDIT if name == "credit" else self.cash_code)

    def checked_amount(self, name: str, data: dict, currency: str) -> None:
        """Refuse an amount with more places than its currency has."""
        amount = data.get(name)
        if amount and amount != round(amount, EXPONENTS[currency]):
            self.add_error(name, _("%(currency)s has no such small units.") % {"currency": currency})
            data[name] = None

    def clean(self):
        data = super().clean()
        self.checked_amount("cash", data, self.cash_code)
        if (data.get("credit") or data.get("cash")) and not data.get("payer"):
            self.add_error("payer", _("Say who adds the money."))
        return data

    def signed(self) -> dict:
        """What the money part weighs, in minor units, positive when we add it."""
        sign = {"me": 1, "them": -1}.get(self.cleaned_data.get("payer") or "", 0)
        return {name: self.stick.worth([self.money(name)]).minor * sign for name in ("credit", "cash")}


class OfferForm(BargainFields, AbroadFields):
    """A quotation or a counter-offer: goods of both sides with prices, money, dates, words."""

    lead_days = PlainIntegerField(label=_("Lead time in days"), min_value=0, max_value=3650, required=False)
    deliver_by = forms.DateField(label=_("Delivery by"), required=False, widget=forms.DateInput(**DAY))
    valid_until = forms.DateTimeField(
        label=_("Valid until"), help_text=_("Beijing time. Until then the other side may accept."), widget=moment_input()
    )
    address = LineField(
        label=_("Where your goods are to go"), help_text=_("Empty: your registered address."), max_length=200, required=False
    )
    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)  # the last round, or the hash of the proposal, that was read

    def __init__(
        self, *args, goods: dict, currency: str, weigher: Callable[..., Yardstick] | None = None, abroad: bool = False, **kwargs
    ):  # fmt: skip
        super().__init__(*args, **kwargs)
        self.goods, self.currency, self.weigher, self.abroad = goods, currency, weigher, abroad
        self.stick = Yardstick(currency)
        self.offer_currencies([row for side in goods.values() for row in side.values()])
        for side in ("get", "give"):
            choices = [("", "—"), *((str(pk), ProposalForm.label_of(listing)) for pk, listing in goods[side].items())]
            for i in range(1, ROWS + 1):
                number = {"n": i}
                self.fields[f"{side}_{i}"] = forms.ChoiceField(label=_("Goods %(n)s") % number, choices=choices, required=False)
                self.fields[f"{side}_{i}_quantity"] = PlainIntegerField(
                    label=_("Quantity %(n)s") % number, min_value=1, max_value=rules.MAX_QUANTITY, required=False
                )
                self.fields[f"{side}_{i}_price"] = PlainDecimalField(
                    label=_("Price %(n)s") % number, min_value=0, max_digits=14, decimal_places=3, required=False
                )

    def rows(self, side: str) -> list[tuple]:
        return [(self[f"{side}_{i}"], self[f"{side}_{i}_quantity"], self[f"{side}_{i}_price"]) for i in range(1, ROWS + 1)]

    @property
    def get_rows(self):
        return self.rows("get")

    @property
    def give_rows(self):
        return self.rows("give")

    def clean(self):
        data = super().clean()
        for side in self.goods:
            for i in range(1, ROWS + 1):
                name = f"{side}_{i}"
                if data.get(name) and not data.get(f"{name}_quantity") and f"{name}_quantity" not in self.errors:
                    self.add_error(f"{name}_quantity", _("Say how much."))
                listing = self.goods[side].get(int(data.get(name) or 0))
                self.checked_amount(f"{name}_price", data, listing.currency if listing else self.currency)
        ids = {line.listing_id for line in self.lines()}
        rows = {side: [row for pk, row in goods.items() if pk in ids] for side, goods in self.goods.items()}
        self.check_incoterms(data, rows)
        self._weigh([row.currency for side in rows.values() for row in side])
        return data

    def _weigh(self, codes: list[str]) -> None:
        """Find what weighs the goods and the cash in the currency of the negotiation; say so when nothing does."""
        payer = self.cleaned_data.get("payer")
        top_up = rules.TopUp(payer, self.money("credit"), self.money("cash")) if payer else None
        self.stick = self.weigher(codes, top_up, self.currency) if self.weigher and codes else Yardstick(self.currency)
        if codes and (refused := rules.currency_refusal(codes, top_up, self.stick)):
            self.add_error({"credit_not_yuan": "credit"}.get(refused[0]), refused[1])

    def lines(self) -> list[OfferLine]:
        """Every filled row; an empty price is the price that the listing asks for so many."""
        data, found = self.cleaned_data, []
        for side in ("get", "give"):
            for i in range(1, ROWS + 1):
                listing, quantity = self.goods[side].get(int(data.get(f"{side}_{i}") or 0)), data.get(f"{side}_{i}_quantity")
                if listing and quantity:
                    typed = data.get(f"{side}_{i}_price")
                    price = unit_price(listing, quantity).minor if typed is None else Money.of(typed, listing.currency).minor
                    found.append(OfferLine(listing.pk, quantity, price))
        return found

    def offer(self) -> Offer:
        data = self.cleaned_data
        return Offer(
            lines=tuple(self.lines()), payer=data["payer"], credit=self.money("credit"), cash=self.money("cash"),
            valid_until=data["valid_until"], lead_days=data["lead_days"], deliver_by=data["deliver_by"], note=data["note"],
            address=data["address"], carriage=self.carriage(),
        )  # fmt: skip

    def weights(self) -> dict:
        """Minor units of the negotiation's currency for the balance bar."""
        sums = {}
        for side, goods in self.goods.items():
            lines = [line for line in self.lines() if line.listing_id in goods]
            amounts = [Money(line.price_minor * line.quantity, goods[line.listing_id].currency) for line in lines]
            sums[side] = self.stick.worth(amounts).minor
        return {**sums, **self.signed()}

    def mark(self, listing_id: int | None, text: str) -> None:
        """Put a refusal at the goods it is about, or on top."""
        data = getattr(self, "cleaned_data", {})
        rows = [f"{side}_{i}" for side in self.goods for i in range(1, ROWS + 1)]
        name = next((f"{row}_quantity" for row in rows if listing_id and data.get(row) == str(listing_id)), None)
        self.add_error(name, text)


class AcceptForm(KeyForm):
    """Which round is accepted, as it was read."""

    number = PlainIntegerField(widget=forms.HiddenInput, min_value=1)
    terms_hash = forms.CharField(widget=forms.HiddenInput, max_length=64)


class AnswerForm(KeyForm):
    """A yes to exactly the terms that were read."""

    terms_hash = forms.CharField(widget=forms.HiddenInput, max_length=64)
    acknowledged = forms.BooleanField(label=_("The price is meant so, although it lies far from the fair value"), required=False)


class AmendmentForm(BargainFields, AbroadFields):
    """Changed terms of a running order: its lines, up to two new ones, money, words, where our goods go, and why."""

    address = LineField(label=_("Where your goods are to go"), max_length=200, required=False)
    reason = LinesField(
        label=_("Why do you want to change the terms?"), help_text=_("The other party reads it and decides on it."), max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    seen_hash = forms.CharField(widget=forms.HiddenInput, max_length=64)
    NEW = 2

    def __init__(self, *args, lines, goods: dict, stick: Yardstick, sent: set[int], gone: dict[int, int], **kwargs):
        super().__init__(*args, **kwargs)
        self.lines_now, self.goods, self.currency, self.sent = list(lines), goods, stick.currency, sent
        self.stick = stick
        for name in TERM_NAMES:  # how goods travel stays as it was agreed
            del self.fields[name]
        self.offer_currencies([*self.lines_now, *goods.values()])
        for line in self.lines_now:
            fixed, many = line.giver_id in sent, gone.get(line.pk, 0)  # what has left stays as it was agreed
            words = _("%(many)s have been shipped: no less than that, and the price stays.") % {"many": many} if many and not fixed else ""
            self.fields[f"quantity_{line.pk}"] = PlainIntegerField(
                label=_("Quantity"), min_value=max(many, 1), max_value=rules.MAX_QUANTITY, initial=line.quantity, disabled=fixed,
                help_text=words,
            )  # fmt: skip
            self.fields[f"price_{line.pk}"] = PlainDecimalField(
                label=_("Price a unit"), min_value=0, max_digits=14, decimal_places=3, initial=line.unit_price.decimal,
                disabled=fixed or many > 0,
            )  # fmt: skip
            out = forms.BooleanField(label=_("Take this line out"), required=False, disabled=fixed or many > 0)
            self.fields[f"drop_{line.pk}"] = out
        choices = [("", "—"), *((str(pk), ProposalForm.label_of(listing)) for pk, listing in goods.items())]
        for i in range(1, self.NEW + 1):
            number = {"n": i}
            self.fields[f"new_{i}"] = forms.ChoiceField(label=_("Further goods %(n)s") % number, choices=choices, required=False)
            self.fields[f"new_{i}_quantity"] = PlainIntegerField(
                label=_("Quantity"), min_value=1, max_value=rules.MAX_QUANTITY, required=False
            )
            self.fields[f"new_{i}_price"] = PlainDecimalField(
                label=_("Price a unit"), min_value=0, max_digits=14, decimal_places=3, required=False
            )

    def line_rows(self) -> list[tuple]:
        return [
            (line, self[f"quantity_{line.pk}"], self[f"price_{line.pk}"], self[f"drop_{line.pk}"], line.giver_id in self.sent)
            for line in self.lines_now
        ]  # fmt: skip

    def new_rows(self) -> list[tuple]:
        return [(self[f"new_{i}"], self[f"new_{i}_quantity"], self[f"new_{i}_price"]) for i in range(1, self.NEW + 1)]

    def clean(self):
        data = super().clean()
        for line in self.lines_now:
            self.checked_amount(f"price_{line.pk}", data, line.currency)
        for i in range(1, self.NEW + 1):
            listing = self.goods.get(int(data.get(f"new_{i}") or 0))
            self.checked_amount(f"new_{i}_price", data, listing.currency if listing else self.currency)
            if data.get(f"new_{i}") and not data.get(f"new_{i}_quantity") and f"new_{i}_quantity" not in self.errors:
                self.add_error(f"new_{i}_quantity", _("Say how much."))
        return data

    def change(self) -> Change:
        data, lines = self.cleaned_data, []
        for line in self.lines_now:
            if not data.get(f"drop_{line.pk}"):
                price = Money.of(data[f"price_{line.pk}"], line.currency).minor
                lines.append(NewLine(line.pk, line.listing_id, data[f"quantity_{line.pk}"], price))
        for i in range(1, self.NEW + 1):
            listing, quantity = self.goods.get(int(data.get(f"new_{i}") or 0)), data.get(f"new_{i}_quantity")
            if listing and quantity:
                typed = data.get(f"new_{i}_price")
                price = unit_price(listing, quantity).minor if typed is None else Money.of(typed, listing.currency).minor
                lines.append(NewLine(None, listing.pk, quantity, price))
        return Change(
            lines=tuple(lines), payer=data["payer"], credit=self.money("credit"), cash=self.money("cash"), note=data["note"],
            reason=data["reason"], address=data["address"],
        )  # fmt: skip


def balancing(form: OfferForm, *, by_cash: bool = False) -> dict:
    """The money part that makes both sides even, in barter credit where the trade is weighed in yuan, else in cash."""
    weights = form.weights()
    gap = weights["get"] - weights["give"]
    kind, unit = ("credit", CREDIT) if form.currency == "CNY" and not by_cash else ("cash", form.cash_code)
    amount = str(form.stick.most(Money(abs(gap), form.currency), unit).decimal)
    return {"payer": ("me" if gap > 0 else "them") if gap else "", "credit": "", "cash": "", kind: amount if gap else ""}


def decimal_of(minor: int, currency: str) -> Decimal:
    return Money(minor, currency).decimal
