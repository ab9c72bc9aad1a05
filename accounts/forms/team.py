from django import forms
from django.utils.translation import gettext_lazy as _

from kernel.fields import LineField

from ..permissions import EXPLAINED, GRID, GRID_GROUPS, ROLES
from .keyed import KeyedForm


class BoxesForm(KeyedForm):
    """The permission grid of one sub-account, as far as the actor holds it; boxes out of the actor's reach stay as they are.

    `role` is a ready role to tick instead of what the sub-account holds.
    """

    boxes = forms.MultipleChoiceField(label=_("Permissions"), choices=GRID.items(), widget=forms.CheckboxSelectMultiple, required=False)

    def __init__(self, *args, actor, held=(), role="", **kwargs):
        super().__init__(*args, **kwargs)
        reach = set(GRID) if actor.is_main else set(actor.boxes) & set(GRID)
        self.kept = [box for box in GRID if box in held and box not in reach]
        self.fields["boxes"].choices = [(box, label) for box, label in GRID.items() if box in reach]
        self.roles = [(name, label) for name, (label, boxes) in ROLES.items() if set(boxes) <= reach]
        self.role = role if role in dict(self.roles) else ""
        self.initial["boxes"] = list(ROLES[self.role][1]) if self.role else sorted(set(held) & reach)

    def clean_boxes(self):
        return [*self.cleaned_data["boxes"], *self.kept]

    def groups(self) -> list[tuple[object, list]]:
        """The grid's rows for the page: (heading, [(checkbox, one line about it)]), without what cannot be given."""
        ticks = {tick.data["value"]: tick for tick in self["boxes"]}
        rows = [(label, [(ticks[box], EXPLAINED[box]) for box in boxes if box in ticks]) for label, boxes in GRID_GROUPS.items()]
        return [(label, found) for label, found in rows if found]

    def kept_labels(self) -> list:
        """What the sub-account holds beyond the actor's reach."""
        return [GRID[box] for box in self.kept]


class SubAccountForm(BoxesForm):
    """A new log-in for a colleague, without an e-mail address of its own."""

    display_name = LineField(label=_("Name"), max_length=60)
    username = forms.CharField(
        label=_("User name"), max_length=30, help_text=_("Lower-case letters, digits and . _ - only."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )  # fmt: skip
    password = forms.CharField(
        label=_("Password"), max_length=128, strip=False, help_text=_("At least 10 characters. Hand it over in person."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "data-capslock": ""}),
    )  # fmt: skip
    field_order = ["display_name", "username", "password", "boxes", "request_key"]


class InvitationForm(BoxesForm):
    """Somebody with a log-in of their own, invited by mail."""

    display_name = LineField(label=_("Name"), max_length=60)
    email = forms.EmailField(
        label=_("E-mail address"), max_length=254, help_text=_("The link goes to this address and works once, for 7 days."),
    )  # fmt: skip
    field_order = ["display_name", "email", "boxes", "request_key"]


class SightForm(KeyedForm):
    """Whether a sub-account sees everything its permissions open."""

    only_granted_listings = forms.BooleanField(
        label=_("Only listings granted to this person"), required=False,
        help_text=_("Listings, stock and their searches show nothing else. Grant a listing on its page; own ones are granted at once."),
    )  # fmt: skip
    only_granted_orders = forms.BooleanField(
        label=_("Only orders granted to this person"), required=False,
        help_text=_("Orders, complaints, files and exports show nothing else. Grant an order on its page; own ones are granted at once."),
    )  # fmt: skip


class NewPasswordForm(KeyedForm):
    """A new password for a sub-account."""

    password = forms.CharField(
        label=_("New password"), max_length=128, strip=False, help_text=_("The sub-account is logged out everywhere."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "data-capslock": ""}),
    )  # fmt: skip
    drop_factors = forms.BooleanField(
        label=_("Remove its second factors as well"), required=False,
        help_text=_("When the phone or the security key is lost. One-time codes and passkeys are set up afresh after the log-in."),
    )  # fmt: skip
