"""Many values in one shape are escaped exactly as Django's format_html does."""

import pytest
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from kernel.templatetags.ui import filled

VALUES = ["<b>&\"'", mark_safe("<i>"), 7, None, "{0}", gettext_lazy("Delete"), "双胶纸"]


@pytest.mark.parametrize("value", VALUES)
def test_a_value_is_escaped_as_format_html_escapes_it(value):
    made = filled("<p>{}</p>{}", [value, value])

    assert made == format_html("<p>{}</p>{}", value, value) and type(made) is type(mark_safe(""))
