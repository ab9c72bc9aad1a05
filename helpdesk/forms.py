import secrets

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.fields import LineField, LinesField

from .models import ServiceRequest
from .rules import MESSAGE_MAX

phone_shape = RegexValidator(
    r"^\+?[0-9][0-9 ()\-]{4,28}$", _("Digits, spaces, brackets and hyphens, such as 020-8000 0000 or +86 138 0000 0000.")
)


def new_key() -> str:
    return secrets.token_urlsafe(16)


class ContactForm(forms.Form):
    topic = forms.ChoiceField(label=pgettext_lazy("service request", "What is it about?"), choices=ServiceRequest.TOPICS)
    name = LineField(label=_("Your name"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(
        label=_("E-mail address"), required=False, max_length=160, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    phone = forms.CharField(
        label=_("Phone"),
        required=False,
        max_length=32,
        validators=[phone_shape],
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
    )
    subject = LineField(label=_("Subject"), max_length=120)
    message = LinesField(label=_("Message"), max_length=MESSAGE_MAX, widget=forms.Textarea(attrs={"rows": 7}))
    request_key = forms.CharField(widget=forms.HiddenInput, max_length=64)


class CloseForm(forms.Form):
    request_key = forms.CharField(widget=forms.HiddenInput, max_length=64)


class AnswerForm(forms.Form):
    text = LinesField(label=_("Answer"), max_length=MESSAGE_MAX, widget=forms.Textarea(attrs={"rows": 8}))
    request_key = forms.CharField(widget=forms.HiddenInput, max_length=64)
