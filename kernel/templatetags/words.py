"""What templates say that is the same for everybody: words of a language, addresses of pages; looked up once a process, not once a row."""

from django import template
from django.template import defaulttags
from django.templatetags import i18n
from django.urls import get_script_prefix, get_urlconf
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


class KeptURLNode(defaulttags.URLNode):
    """`url` of a page that has no parts of its own, its address kept by what it depends on."""

    def __init__(self, view_name, args, kwargs, asvar):
        super().__init__(view_name, args, kwargs, asvar)
        self.kept = {}

    def render(self, context):
        request = context.get("request")
        space = getattr(request, "current_app", None) or getattr(getattr(request, "resolver_match", None), "namespace", None)
        key = (get_urlconf(), get_script_prefix(), space, context.autoescape)
        if key not in self.kept:
            value = super().render(context)
            self.kept[key] = context[self.asvar] if self.asvar else value
            return value
        if self.asvar:
            context[self.asvar] = self.kept[key]
            return ""
        return self.kept[key]


@register.tag("url")
def url(parser, token):
    """Django's own `url`; the address of a page named in the template itself, without parts, is looked up once."""
    node = defaulttags.url(parser, token)
    fixed = not node.args and not node.kwargs and isinstance(node.view_name.var, str)
    return KeptURLNode(node.view_name, node.args, node.kwargs, node.asvar) if fixed else node
