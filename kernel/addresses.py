"""Addresses that every page names: of pages without parts, of style files; looked up once a process."""

from functools import lru_cache

from django.templatetags.static import static
from django.urls import get_script_prefix, get_urlconf, reverse
from django.utils.html import format_html_join


def plain_address(name: str) -> str:
    """The address of a named page that has no parts; raises NoReverseMatch."""
    return _address(name, get_urlconf(), get_script_prefix())


@lru_cache(maxsize=200)
def _address(name: str, _urlconf, _prefix: str) -> str:
    return reverse(name)


@lru_cache(maxsize=8)
def style_links(names: tuple[str, ...], _files: int) -> str:
    """The links of style files, while one storage of files (`_files`) is in use."""
    return format_html_join("\n", '<link rel="stylesheet" href="{}">', ((static(name),) for name in names))
