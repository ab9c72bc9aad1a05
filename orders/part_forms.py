"""Asking for a part of an order back: per line what is not sent any more, or an amount off what stays."""

from collections.abc import Mapping

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kernel.fields import LinesField, PlainDecimalField, PlainIntegerField
from kernel.money import EXPONENTS, Money

from .forms import KeyForm
from .part_rules import ONE_THING, Claim, Room


class PartRefundForm(KeyForm):
    reason = LinesField(
        label=_("Why do you ask for a part back?"), help_text=_("The other party reads it and decides on it."), max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )  # fmt: skip

    def __init__(self, *args, rooms: list[Room], lines: dict, shipments: Mapping[int, str], **kwargs):
        super().__init__(*args, **kwargs)
        self.shipments = shipments
        self.rooms, self.lines = [room for room in rooms if room.value_minor], lines
        for room in self.rooms:
            line = lines[room.line_id]
            words = {"title": line.title(get_language() or ""), "many": room.unsent, "currency": line.currency}
            words |= {"most": Money(room.value_minor, line.currency)}
            if room.unsent:
                self.fields[f"many_{room.line_id}"] = PlainIntegerField(
                    label=_("%(title)s: not to be sent any more") % words, min_value=0, max_value=room.unsent, required=False,
                    help_text=_("%(many)s have not left yet.") % words,
                )  # fmt: skip
            for pk, many in self._coming(room):
                self.fields[f"back_{room.line_id}_{pk}"] = PlainIntegerField(
                    label=_("%(title)s: goes back or does not arrive, shipment %(no)s") % {**words, "no": shipments[pk]},
                    min_value=0, max_value=many, required=False,
                    help_text=_("%(many)s are in this shipment. Whoever sent them says whether they came back.") % {"many": many},
                )  # fmt: skip
            self.fields[f"off_{room.line_id}"] = PlainDecimalField(
                label=_("%(title)s: price reduction (%(currency)s)") % words, min_value=0, max_digits=16,
                decimal_places=EXPONENTS[line.currency], required=False, help_text=_("At most %(most)s; the goods stay.") % words,
            )  # fmt: skip

    def _coming(self, room: Room) -> list[tuple[int, int]]:
        return [(pk, many) for pk, many in sorted(room.sent.items()) if pk in self.shipments]

    def claims(self) -> list[Claim]:
        """What is asked for, without the lines that nothing was said about."""
        found = []
        for room in self.rooms:
            many = self.cleaned_data.get(f"many_{room.line_id}") or 0
            off = self.cleaned_data.get(f"off_{room.line_id}") or 0
            minor = Money.of(off, self.lines[room.line_id].currency).minor if off else 0
            if many or minor:
                found.append(Claim(room.line_id, many, minor))
            back = {pk: self.cleaned_data.get(f"back_{room.line_id}_{pk}") or 0 for pk, _many in self._coming(room)}
            found += [Claim(room.line_id, many, consignment_id=pk) for pk, many in back.items() if many]
        return found

    def clean(self):
        data = super().clean()
        if not self.errors and not self.claims():
            raise forms.ValidationError(_("Say of at least one line how much is not to be sent, or by how much its price is reduced."))
        if not self.errors and len({claim.line_id for claim in self.claims()}) != len(self.claims()):
            raise forms.ValidationError(ONE_THING)
        return data
