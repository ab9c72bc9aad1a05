from django import forms

from .keyed import KeyedForm


class GrantForm(KeyedForm):
    """Which people, of those that see only what is granted, see one object."""

    people = forms.TypedMultipleChoiceField(coerce=int, required=False)

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["people"].choices = [(place.pk, str(place.user)) for place in people]
