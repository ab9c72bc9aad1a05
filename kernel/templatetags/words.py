"""Words of templates that are the same for everybody who reads a language: looked up once a process, not once a row."""

from django import template
from django.templatetags import i18n
from django.utils.translation import get_language

register = template.Library()


class KeptTranslateNode(i18n.TranslateNode):
    """`translate` of a fixed text, its translation kept by language."""

    def __init__(self, words, noop, asvar=None, message_context=None):
        super().__init__(words, noop, None, message_context)
        self.into, self.kept = asvar, {}

    def render(self, context):
        key = (get_language(), context.autoescape)
        value = self.kept.get(key)
        if value is None:
            value = self.kept[key] = super().render(context)
        if self.into:
            context[self.into] = value
            return ""
        return value


@register.tag("translate")
def translate(parser, token):
    """Django's own `translate`; a text that stands in the template itself is looked up once a language."""
    node = i18n.do_translate(parser, token)
    words, where = node.filter_expression, node.message_context
    fixed = words.var.literal is not None and not words.filters
    if not fixed or (where is not None and (where.filters or not isinstance(where.var, str))):
        return node
    return KeptTranslateNode(words, node.noop, node.asvar, where)
