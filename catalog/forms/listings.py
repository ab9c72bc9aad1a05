import re
from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from kernel.fields import LineField, LinesField, PlainDecimalField, PlainIntegerField
from kernel.money import EXPONENTS, Money
from kernel.refusals import Refusal

from ..models.listings import CURRENCIES
from ..models.units import UNITS
from ..rules import Terms, claims_of, claims_told, text_gaps
from .keyed import KeyedForm

WORDS = ("title_zh", "title_en", "description_zh", "description_en", "spec_zh", "spec_en", "wants")
TOKEN = re.compile(r"[\w-]{1,64}", re.ASCII)
SEPARATORS = re.compile(r"[,，、;；\n]+")


def _prose(label) -> forms.CharField:
    return LinesField(label=label, max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 5}))


class ListingForm(KeyedForm):
    """What a listing says, as typed; `terms` and `category` are what the service takes. `handing_in` asks for all that a review needs."""

    kept_photo = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)
    category = forms.ChoiceField(label=_("Category"))
    title_zh = LineField(label=_("Title in Chinese"), max_length=120, required=False)
    title_en = LineField(label=_("Title in English"), max_length=160, required=False)
    spec_zh = LinesField(
        label=_("Specification in Chinese"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One line each: name, colon, value. The first two are shown in search results."),
    )  # fmt: skip
    spec_en = LinesField(
        label=_("Specification in English"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The same lines in English."),
    )  # fmt: skip
    description_zh = _prose(_("Description in Chinese"))
    description_en = _prose(_("Description in English"))
    price = PlainDecimalField(label=_("Price a unit, tax included"), max_digits=15, decimal_places=3, min_value=Decimal("0.001"))
    currency = forms.ChoiceField(label=_("Currency"), choices=CURRENCIES)
    unit = forms.ChoiceField(label=_("Unit"), choices=UNITS)
    moq = PlainDecimalField(label=_("Minimum order quantity"), max_digits=14, decimal_places=3, min_value=Decimal("0.001"), initial=1)
    opening_stock = PlainDecimalField(
        label=_("Stock now"), max_digits=14, decimal_places=3, min_value=0, initial=0, required=False,
        help_text=_("Booked in as opening stock; later changes are made on the stock page."),
    )  # fmt: skip
    lead_days = PlainIntegerField(label=_("Lead time, days"), min_value=0, max_value=365, initial=7)
    place = LineField(label=_("Ships from"), max_length=40, help_text=_("City or port, for example Foshan."))
    hs_code = forms.RegexField(
        r"^[0-9]{4,10}$", label=_("HS code"), required=False, help_text=_("4 to 10 digits; needed for cross-border orders.")
    )
    ready_to_ship = forms.BooleanField(label=_("Ready to ship from stock"), required=False)
    wants = LineField(
        label=_("What you want in exchange"), max_length=400, required=False,
        help_text=_("Up to six goods or services, separated by commas."),
    )  # fmt: skip
    want_categories = forms.MultipleChoiceField(
        label=_("Categories you want goods from"), required=False, widget=forms.CheckboxSelectMultiple
    )
    photo = forms.FileField(
        label=_("Photo"), required=False, help_text=_("JPG, PNG or WebP, up to 8 MB. Place and camera data are removed."),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )  # fmt: skip

    def __init__(self, *args, categories, editing: bool = False, handing_in: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        self.handing_in = handing_in
        choices = [(c.code, c.name) for c in categories]
        self.fields["category"].choices = [("", _("Choose")), *choices]
        self.fields["want_categories"].choices = choices
        if editing:
            del self.fields["opening_stock"]

    def clean_hs_code(self):
        return self.cleaned_data["hs_code"] or ""

    def clean_wants(self):
        found = [w.strip() for w in SEPARATORS.split(self.cleaned_data["wants"]) if w.strip()]
        if len(found) > 6 or any(len(w) > 24 for w in found):
            raise forms.ValidationError(_("At most six, each of at most 24 characters."))
        return found

    def clean(self):
        data = super().clean()
        if "title_zh" in data and not (data["title_zh"].strip() or data.get("title_en", "").strip()):
            self.add_error("title_zh", _("Give a title in at least one language."))
        self._clean_words({name: str(self.data.get(name) or "") for name in WORDS})
        if data.get("spec_zh") is not None:
            self._clean_spec(data)
        if data.get("price") is not None and data.get("currency") in EXPONENTS:
            try:
                data["money"] = Money.of(data["price"], data["currency"])
            except ValueError:
                self.add_error("price", _("More decimals than %(currency)s has.") % {"currency": data["currency"]})
        return data

    def _clean_words(self, texts: dict[str, str]) -> None:
        """Say at each field what the law forbids, and before a review what is missing, whatever else has to be corrected."""
        told = {name: claims_told(words) for name, words in claims_of(texts).items()}
        for name, sentence in [*told.items(), *(text_gaps(texts).items() if self.handing_in else ())]:
            if not self.has_error(name):
                self.add_error(name, sentence)

    def show_refusal(self, refusal: Refusal) -> None:
        """Put a refusal at the fields that it names, else on top."""
        named = {name: text for name, text in refusal.params.get("fields", {}).items() if name in self.fields}
        for name, text in named.items():
            self.add_error(name, text)
        if not named:
            self.add_error(None, str(refusal))

    @property
    def kept(self) -> str:
        """The token of a kept photo as it came back, empty when it is none."""
        token = self.data.get("kept_photo", "")
        return token if TOKEN.fullmatch(token) else ""

    def keep(self, token: str) -> None:
        """Carry the token of a kept photo when the form is shown again."""
        self.data = self.data.copy()
        self.data["kept_photo"] = token

    def _clean_spec(self, data):
        chinese, english = (_pairs(data.get(name, "")) for name in ("spec_zh", "spec_en"))
        if any(not value for _label, value in [*chinese, *english]):
            self.add_error("spec_zh", _("Write each line as name, colon, value."))
        elif english and len(english) != len(chinese):
            self.add_error("spec_en", _("The English lines must be as many as the Chinese ones."))
        else:
            data["spec"] = [{"zh": list(zh), **({"en": list(english[i])} if english else {})} for i, zh in enumerate(chinese[:20])]

    @property
    def terms(self) -> Terms:
        """The listing as a value for the service; only after is_valid()."""
        data = self.cleaned_data
        names = (
            "title_zh", "title_en", "description_zh", "description_en", "spec", "unit", "moq", "ready_to_ship", "lead_days", "place",
            "hs_code", "wants", "want_categories",
        )  # fmt: skip
        return Terms(price=data["money"], art=self.initial.get("art", ""), **{name: data[name] for name in names})


def _pairs(text: str) -> list[tuple[str, str]]:
    lines = [re.split("[:：]", line, maxsplit=1) for line in text.splitlines() if line.strip()]
    return [(parts[0].strip()[:30], parts[1].strip()[:120] if len(parts) > 1 else "") for parts in lines]


def initial_of(listing) -> dict:
    """A listing as the form's initial values."""
    names = (
        "title_zh", "title_en", "description_zh", "description_en", "currency", "unit", "moq", "ready_to_ship", "lead_days", "place",
        "hs_code", "want_categories", "art",
    )  # fmt: skip
    lines = {lang: "\n".join(f"{line[lang][0]}：{line[lang][1]}" for line in listing.spec if line.get(lang)) for lang in ("zh", "en")}
    return {name: getattr(listing, name) for name in names} | {
        "category": listing.category.code, "price": listing.price.decimal.normalize(),
        "wants": "、".join(listing.wants), "moq": listing.moq.normalize(),
        "spec_zh": lines["zh"], "spec_en": lines["en"].replace("：", ": "),
    }  # fmt: skip
