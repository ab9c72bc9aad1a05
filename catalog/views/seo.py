"""What search engines read: robots.txt, the index of sitemaps and its parts (H56)."""

from collections.abc import Iterator
from xml.sax.saxutils import escape

from django.conf import settings
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from kernel.refusals import NotFound

from .. import queries

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
SPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
HOUR = "public, max-age=3600"
PAGES = "pages"
NAMES = {"offers": "catalog:offer", "firms": "catalog:firm", "requests": "catalog:want"}
PRIVATE = ("/me/", "/shop/", "/admin/", "/accounts/", "/pay/", "/compare/", "/ad/", "/i18n/")


@require_safe
def robots(request):
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in PRIVATE),
        "",
        f"Sitemap: {settings.SITE_URL}{reverse('catalog:sitemap')}",
        "",
    ]
    return _cached(HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8"))


@require_safe
def sitemap(request):
    """The index: the fixed pages, and a part for every span of ids that holds something public."""
    parts = [(PAGES, 0), *queries.sitemap_parts()]
    rows = "".join(
        f"<sitemap><loc>{escape(settings.SITE_URL + reverse('catalog:sitemap_part', args=[kind, part]))}</loc></sitemap>\n"
        for kind, part in parts
    )
    return _cached(HttpResponse(f"{HEAD}<sitemapindex {SPACE}>\n{rows}</sitemapindex>\n", content_type="application/xml"))


@require_safe
def sitemap_part(request, what: str, part: int):
    """One part, sent while it is read: never the whole of it in memory."""
    if what == PAGES and part == 0:
        rows: Iterator = ((path, None) for path in _pages())
    elif what in NAMES and part < 10**6:
        rows = ((reverse(NAMES[what], args=[name]), at) for name, at in queries.addresses(what, part))
    else:
        raise NotFound()
    return _cached(StreamingHttpResponse(_urlset(rows), content_type="application/xml"))


def _pages() -> list[str]:
    fixed = [
        reverse(name) for name in ("home", "catalog:market", "catalog:wanted", "helpdesk:home", "helpdesk:rules", "major_clients:home")
    ]
    return fixed + [reverse("catalog:category", args=[c.slug]) for c in queries.categories()]


def _urlset(rows) -> Iterator[str]:
    yield f"{HEAD}<urlset {SPACE}>\n"
    for path, at in rows:
        when = f"<lastmod>{at:%Y-%m-%d}</lastmod>" if at else ""
        address = escape(settings.SITE_URL + path)
        yield f"<url><loc>{address}</loc>{when}</url>\n<url><loc>{address}?lang=en</loc>{when}</url>\n"
    yield "</urlset>\n"


def _cached(response):
    response.headers["Cache-Control"] = HOUR
    return response
