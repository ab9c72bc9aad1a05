"""The limits a page is measured against, on the same rows: bare WSGI with hand-written SQL, and a Django page as one usually writes it."""

from html import escape
from io import BytesIO
from urllib.parse import parse_qs

import psycopg
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection, models
from django.http import HttpResponse
from django.template.backends.django import DjangoTemplates
from django.test.utils import override_settings
from django.urls import path

LIST = (
    "SELECT id, no, title_zh, title_en, price_minor, currency, unit, place, lead_days FROM catalog_listing"
    " WHERE state = 'live' AND category_id = %s AND (published_at, id) < (%s, %s) ORDER BY published_at DESC, id DESC LIMIT 20"
)
DETAIL = "SELECT title_zh, title_en, price_minor, currency, unit, place, description_zh FROM catalog_listing WHERE no = %s"
USUAL = [
    "django.middleware.security.SecurityMiddleware", "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware", "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]  # fmt: skip
FRAME = """<!doctype html><html><head><title>{% block t %}{% endblock %}</title></head><body><header><nav>{% for i in "1234567890123" %}
<a href="/l?c={{ i }}">Category {{ i }}</a>{% endfor %}</nav>{% if user.is_authenticated %}{{ user.username }}{% else %}
<a href="/login">Log in</a>{% endif %}</header>{% block b %}{% endblock %}<footer>footer</footer></body></html>"""
ROWS = """{% extends "frame" %}{% block t %}Listings{% endblock %}{% block b %}<ul>{% for p in items %}<li><article>
<h3><a href="/d/{{ p.no }}">{{ p.title_zh }} {{ p.title_en }}</a></h3><p class="price">{{ p.price_minor }} {{ p.currency }}
<span>{{ p.unit }}</span></p><p>{{ p.place }} · {{ p.lead_days }} days</p><form method="post" action="/add/{{ p.no }}">
<input type="hidden" name="csrfmiddlewaretoken" value="{{ csrf_token }}"><button>Add</button></form></article></li>{% endfor %}
</ul>{% endblock %}"""
ONE = """{% extends "frame" %}{% block t %}{{ p.title_zh }}{% endblock %}{% block b %}<h1>{{ p.title_zh }} {{ p.title_en }}</h1>
<p>{{ p.price_minor }} {{ p.currency }} {{ p.unit }} {{ p.place }}</p><p>{{ p.description_zh }}</p><form method="post"
action="/add/{{ p.no }}"><input type="hidden" name="csrfmiddlewaretoken" value="{{ csrf_token }}"><button>Add</button></form>
{% endblock %}"""


class Goods(models.Model):
    """The columns of a listing that an ordinary shop page would read."""

    no = models.TextField()
    title_zh, title_en, description_zh = models.TextField(), models.TextField(), models.TextField()
    price_minor = models.BigIntegerField()
    currency, unit, place, state = models.TextField(), models.TextField(), models.TextField(), models.TextField()
    lead_days = models.IntegerField()
    category_id = models.BigIntegerField()
    published_at = models.DateTimeField()

    class Meta:
        app_label = "benchmarks"
        managed = False
        db_table = "catalog_listing"


_context = "django.template.context_processors.request", "django.contrib.auth.context_processors.auth"
ENGINE = DjangoTemplates(
    {
        "NAME": "usual", "DIRS": [], "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [*_context, "django.contrib.messages.context_processors.messages"],
            "loaders": [
                ("django.template.loaders.cached.Loader",
                 [("django.template.loaders.locmem.Loader", {"frame": FRAME, "rows": ROWS, "one": ONE})]),
            ],
        },
    }
)  # fmt: skip


def rows_page(request):
    """Twenty rows of a category behind a place."""
    rows = Goods.objects.filter(state="live", category_id=request.GET["c"], published_at__lt=request.GET["at"])
    items = list(rows.order_by("-published_at", "-id")[:20])
    return HttpResponse(ENGINE.get_template("rows").render({"items": items}, request))


def one_page(request, no):
    """One row."""
    return HttpResponse(ENGINE.get_template("one").render({"p": Goods.objects.get(no=no)}, request))


urlpatterns = [path("l", rows_page), path("d/<str:no>", one_page)]


def usual_django():
    """A WSGI application of plain Django with the seven usual middlewares, in this process and on this database connection."""
    with override_settings(MIDDLEWARE=USUAL):
        application = WSGIHandler()
    here = __name__

    class Here(WSGIHandler):
        def __init__(self):
            pass

        def get_response(self, request):
            request.urlconf = here
            return application.get_response(request)

    return Here()


class Bare:
    """The WSGI limit: one prepared statement, one string."""

    def __init__(self):
        values = connection.get_connection_params()
        keep = {k: v for k, v in values.items() if k in ("dbname", "user", "password", "host", "port")}
        self.line = psycopg.connect(**keep, autocommit=True, prepare_threshold=1)

    @property
    def backend_pid(self) -> int:
        return self.line.info.backend_pid

    def __call__(self, environ, start):
        if environ["PATH_INFO"] == "/l":
            asked = parse_qs(environ["QUERY_STRING"])
            found = self.line.execute(LIST, (asked["c"][0], asked["at"][0], asked["id"][0])).fetchall()
            body = "<ul>" + "".join(
                f'<li><article><h3><a href="/d/{no}">{escape(zh)} {escape(en)}</a></h3><p class="price">{price} {currency}'
                f' <span>{unit}</span></p><p>{escape(place)} · {days} days</p><form method="post" action="/add/{no}">'
                f'<input type="hidden" name="csrfmiddlewaretoken" value="{"x" * 64}"><button>Add</button></form></article></li>'
                for _id, no, zh, en, price, currency, unit, place, days in found
            ) + "</ul>"  # fmt: skip
        else:
            zh, en, price, currency, unit, place, text = self.line.execute(DETAIL, (environ["PATH_INFO"][3:],)).fetchone()
            body = f"<h1>{escape(zh)} {escape(en)}</h1><p>{price} {currency} {unit} {escape(place)}</p><p>{escape(text)}</p>"
        nav = "".join(f'<a href="/l?c={i}">Category {i}</a>' for i in range(13))
        page = f"<!doctype html><html><head><title>Goods</title></head><body><header><nav>{nav}</nav></header>{body}</body></html>".encode()
        start("200 OK", [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(page)))])
        return [page]


def get(application, address: str, cookie: str = "") -> bytes:
    """One GET through a WSGI application, as a server would hand it over."""
    place, _sign, query = address.partition("?")
    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": place.encode().decode("latin-1"), "QUERY_STRING": query, "SCRIPT_NAME": "",
        "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "127.0.0.1",
        "REMOTE_ADDR": "127.0.0.1", "wsgi.input": BytesIO(), "wsgi.url_scheme": "http", "wsgi.errors": BytesIO(),
        "wsgi.multithread": True, "wsgi.multiprocess": False, "wsgi.run_once": False, "HTTP_ACCEPT": "text/html",
    }  # fmt: skip
    if cookie:
        environ["HTTP_COOKIE"] = cookie
    answer = []
    response = application(environ, lambda status, headers, exc_info=None: answer.append(status))
    body = b"".join(response)
    if hasattr(response, "close"):
        response.close()
    if not answer[0].startswith("200"):
        raise AssertionError(f"{address}: {answer[0]}")
    return body
