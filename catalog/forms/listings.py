"""The form of a listing: what a seller types, in two steps without scripts: the category first, then what that category asks for."""

import re
from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from kernel.fields import LineField, LinesField, PlainDecimalField, PlainIntegerField
from kernel.money import EXPONENTS, Money
from kernel.refusals import Refusal

from .. import rules
from ..models.listings import CURRENCIES
from ..models.units import UNITS
from ..rules import Terms, claims_of, claims_told, text_gaps
from ..schema import Field, missing
from .keyed import KeyedForm
from .terms import FilesField, FilesInput, RowsMixin, add_attributes, add_rows, price_field, rows_of

WORDS = (
    "title_zh", "title_en", "description_zh", "description_en", "spec_zh", "spec_en", "wants", "packaging_zh", "packaging_en", "origin",
    "maker", "place", "incoterm_place", "fair_source", "fair_appraiser",
)  # fmt: skip
PLAIN = (
    "title_zh", "title_en", "description_zh", "description_en", "unit", "moq", "ready_to_ship", "lead_days", "place", "hs_code", "wants",
    "want_categories", "packaging_zh", "packaging_en", "origin", "maker", "incoterm", "incoterm_place", "price_until", "tolerance",
    "vat_percent", "sku",
)  # fmt: skip
READ = ("attributes", "tiers", "lead_tiers", "units", "fair_value", "media")
SEPARATORS = re.compile(r"[,，、;；\n]+")


def _prose(label) -> forms.CharField:
    return LinesField(label=label, max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 5}))


class ListingForm(RowsMixin, KeyedForm):
    """What a listing says, as typed; `terms` and `category` are what the service takes. `handing_in` asks for all that a review needs."""

    category = forms.ChoiceField(label=_("Category"))
    sku = LineField(
        label=_("Article number"), max_length=40, required=False,
        help_text=_("Your own number of the goods, once among yours; files name them by it."),
    )  # fmt: skip
    title_zh = LineField(label=_("Title in Chinese"), max_length=120, required=False)
    title_en = LineField(label=_("Title in English"), max_length=160, required=False)
    spec_zh = LinesField(
        label=_("Specification in Chinese"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 4}),
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
    price_until = forms.DateField(
        label=_("Price valid until"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    tolerance = PlainDecimalField(
        label=_("Quantity tolerance, ± %"), max_digits=3, decimal_places=1, min_value=0, max_value=20, required=False
    )
    vat_percent = PlainDecimalField(
        label=_("VAT rate, %"), max_digits=4, decimal_places=1, min_value=0, max_value=100, required=False,
        help_text=_("Empty: the usual rate of the category."),
    )  # fmt: skip
    packaging_zh = LineField(label=_("Packaging in Chinese"), max_length=200, required=False)
    packaging_en = LineField(label=_("Packaging in English"), max_length=200, required=False)
    origin = LineField(label=_("Place of origin"), max_length=60, required=False)
    maker = LineField(label=_("Maker"), max_length=120, required=False)
    incoterm = forms.ChoiceField(
        label=_("Incoterm 2020"), choices=[("", "—"), *rules.INCOTERMS.items()], required=False, help_text=_("For cross-border orders.")
    )
    incoterm_place = LineField(
        label=_("Named place"), max_length=80, required=False, help_text=_("FAS, FOB, CFR and CIF need a port, for example Port of Ningbo.")
    )
    fair_method = forms.ChoiceField(label=_("How it was found"), choices=[("", "—"), *rules.FAIR_METHODS.items()], required=False)
    fair_source = LineField(label=_("Source"), max_length=120, required=False, help_text=_("Bulletin, customs period, report number."))
    fair_date = forms.DateField(
        label=_("Day of the source"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    fair_low = price_field(_("Fair value a unit, from"))
    fair_high = price_field(_("Fair value a unit, to"))
    fair_appraiser = LineField(label=_("Appraiser"), max_length=80, required=False)
    photos = FilesField(
        label=_("Photos"), required=False,
        help_text=_("Up to eight. JPG, PNG or WebP, up to 8 MB each. Place and camera data are removed."),
        widget=FilesInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )  # fmt: skip
    video = forms.FileField(
        label=_("Video"), required=False, help_text=_("One MP4, up to 40 MB."), widget=forms.FileInput(attrs={"accept": "video/mp4"})
    )
    documents = FilesField(
        label=_("Data sheets"), required=False, help_text=_("PDF, up to five of 10 MB each."),
        widget=FilesInput(attrs={"accept": "application/pdf"}),
    )  # fmt: skip

    def __init__(self, *args, categories, tree=(), schema: list[Field] = (), editing: bool = False, handing_in: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        self.handing_in, self.schema = handing_in, list(schema)
        self.fields["category"].choices = [("", _("Choose")), *((c.code, f"{'　' * (c.level - 1)}{c.name}") for c in tree or categories)]
        self.fields["want_categories"].choices = [(c.code, c.name) for c in categories]
        add_rows(self.fields)
        add_attributes(self.fields, self.schema)
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
        typed = {name: str(self.data.get(name) or "") for name in (*WORDS, *(f"a_{a.code}" for a in self.schema if a.kind == "text"))}
        self._clean_words(typed)
        if data.get("spec_zh") is not None:
            self._clean_spec(data)
        self.read_rows(data, data.get("currency") or "CNY")
        if self.handing_in:
            self._ask_attributes(data["attributes"])
        if data.get("price") is not None and data.get("currency") in EXPONENTS:
            try:
                data["money"] = Money.of(data["price"], data["currency"])
            except ValueError:
                self.add_error("price", _("More decimals than %(currency)s has.") % {"currency": data["currency"]})
        return data

    def _ask_attributes(self, given: dict) -> None:
        """Name what the category asks for and is not there, together with all else that has to be corrected."""
        for code, sentence in missing(self.schema, given).items():
            if not self.has_error(f"a_{code}"):
                self.add_error(f"a_{code}", sentence)

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
        return Terms(
            price=data["money"],
            art=self.initial.get("art", ""),
            spec=data.get("spec") or [],
            **{name: data[name] for name in (*PLAIN, *READ)},
        )

    def rows(self, name: str, *parts: str) -> list:
        """The bound fields of numbered rows, for the template."""
        most = {"tier": rules.MAX_TIERS, "lead": rules.MAX_LEAD_TIERS, "unit": rules.MAX_UNITS}[name]
        return [[self[f"{name}_{n}_{part}" if part else f"{name}_{n}"] for part in parts] for n in range(1, most + 1)]

    @property
    def tier_rows(self):
        return self.rows("tier", "from", "price")

    @property
    def lead_rows(self):
        return self.rows("lead", "from", "days")

    @property
    def unit_rows(self):
        return self.rows("unit", "", "factor")

    @property
    def attribute_fields(self):
        return [(self[f"a_{a.code}"], a.required) for a in self.schema]


def _pairs(text: str) -> list[tuple[str, str]]:
    lines = [re.split("[:：]", line, maxsplit=1) for line in text.splitlines() if line.strip()]
    return [(parts[0].strip()[:30], parts[1].strip()[:120] if len(parts) > 1 else "") for parts in lines]


def initial_of(terms: Terms, category: str) -> dict:
    """What a listing says as the form's initial values."""
    lines = {lang: "\n".join(f"{line[lang][0]}：{line[lang][1]}" for line in terms.spec if line.get(lang)) for lang in ("zh", "en")}
    numbers = {
        name: f"{getattr(terms, name).normalize():f}" for name in ("moq", "tolerance", "vat_percent") if getattr(terms, name) is not None
    }
    return {name: getattr(terms, name) for name in (*PLAIN, "art")} | numbers | rows_of(terms) | {
        "category": category, "currency": terms.price.currency, "price": f"{terms.price.decimal.normalize():f}",
        "wants": "、".join(terms.wants), "spec_zh": lines["zh"], "spec_en": lines["en"].replace("：", ": "),
    }  # fmt: skip
