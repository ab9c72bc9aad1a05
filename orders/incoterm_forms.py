"""The fields of a trade across a border: which currency the cash is in, the Incoterm of each direction (M41)."""

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.rules import INCOTERMS
from kernel.fields import LineField
from kernel.money import CREDIT, EXPONENTS

from .incoterms import Carriage, Incoterm, default_of, incoterm_fault

TERM_NAMES = ("get_incoterm", "get_incoterm_place", "give_incoterm", "give_incoterm_place")


def _term(label):
    return forms.ChoiceField(label=label, choices=[("", "—"), *INCOTERMS.items()], required=False)


def _place(label):
    return LineField(label=label, max_length=80, required=False)


class AbroadFields(forms.Form):
    """Mix-in: Incoterms of the goods we get and give, the currency of the cash part; `abroad` says that the parties' countries differ."""

    cash_currency = forms.ChoiceField(
        label=_("Currency of the cash part"), choices=[(code, code) for code in EXPONENTS if code != CREDIT], required=False
    )
    get_incoterm = _term(_("Incoterm 2020 of the goods you get"))
    get_incoterm_place = _place(_("Named place of the goods you get"))
    give_incoterm = _term(_("Incoterm 2020 of the goods you give"))
    give_incoterm_place = _place(_("Named place of the goods you give"))
    abroad = False
    currency = "CNY"

    def offer_currencies(self, goods) -> None:
        """Let the cash be in a currency of these goods or in the form's own; the choice is only there when there is one."""
        codes = list(dict.fromkeys([self.currency, *(row.currency for row in goods)]))
        self.fields["cash_currency"].choices = [(code, code) for code in codes]
        self.several = len(codes) > 1

    @property
    def cash_code(self) -> str:
        return self.cleaned_data.get("cash_currency") or self.currency

    def check_incoterms(self, data: dict, goods: dict) -> None:
        """Refuse half a delivery term, and none at all across a border, where the goods' own is taken when they have one."""
        for side, rows in goods.items():
            code, place = data.get(f"{side}_incoterm") or "", data.get(f"{side}_incoterm_place") or ""
            if self.abroad and rows and not code and not place and (own := default_of(rows)):
                code, place = data[f"{side}_incoterm"], data[f"{side}_incoterm_place"] = own.code, own.place
            if f"{side}_incoterm_place" in self.errors:
                continue
            if fault := incoterm_fault(code, place):
                self.add_error(f"{side}_incoterm{'_place' if fault[0] == 'place' else ''}", fault[1])
            elif self.abroad and rows and not code:
                text = _("The two companies are in different countries: choose an Incoterm and its place for these goods.")
                self.add_error(f"{side}_incoterm", text)

    def carriage(self) -> Carriage:
        terms = {}
        for side in ("get", "give"):
            code = self.cleaned_data.get(f"{side}_incoterm")
            terms[side] = Incoterm(code, self.cleaned_data[f"{side}_incoterm_place"]) if code else None
        return Carriage(**terms)
