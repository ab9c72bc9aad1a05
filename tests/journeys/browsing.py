"""Small steps of a browser without a browser: Django's client, logged in, reading hidden fields off the page as a form would send them."""

import re

from django.test import Client
from django.urls import reverse

from catalog.models import Listing
from tests.worlds import main_account

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    client.cookies["django_language"] = "en"
    return client


def office_of(enterprise) -> Client:
    return signed_in(main_account(enterprise))


def hidden(response, name: str) -> str:
    """A hidden field as the page carries it."""
    return re.search(rf'name="{name}" value="([^"]*)"', response.content.decode()).group(1)


def done(response) -> str:
    """Where a form that went through leads; fails with the page's errors when it did not."""
    if response.status_code != 302:
        text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))
        raise AssertionError(f"{response.status_code}: {text[:1500]}")
    return response.headers["Location"]


def ask(client: Client, name: str, *args, **answers) -> str:
    """Open a one-question page and send it with its own hidden fields and some answers."""
    url = reverse(f"orders:{name}", args=args)
    page = client.get(url)
    assert page.status_code == 200, (url, page.status_code)
    fields = {field.html_name: field.value() for field in page.context["form"] if field.is_hidden}
    return done(client.post(url, {**fields, **answers}))


def lists_goods(client: Client, **changes) -> Listing:
    """Type a listing into its form and hand it in for review."""
    url = reverse("catalog:listing_new")
    typed = {
        "request_key": hidden(client.get(url, {"category": "PAP"}), "request_key"), "category": "PAP", "title_zh": "本白双胶纸 70g 卷筒",
        "title_en": "Offset paper 70 gsm reel",
        "spec_zh": "规格：70 g · 787 mm\n白度：92", "spec_en": "Size: 70 g · 787 mm\nBrightness: 92",
        "description_zh": "纯木浆，卷筒包装，出厂附检验单。", "description_en": "Woodfree offset paper in reels, with a mill test sheet.",
        "price": "5480", "currency": "CNY", "unit": "t", "moq": "1", "opening_stock": "100", "lead_days": "5", "place": "佛山",
        "wants": "箱板纸", "want_categories": ["PAP"], "submit": "1",
    }  # fmt: skip
    done(client.post(url, {**typed, **changes}))
    return Listing.objects.latest("pk")


def approves_listing(staff: Client, listing: Listing) -> None:
    """Read a listing at the review desk and put it on sale."""
    url = reverse("admin:catalog_listing_change", args=[listing.pk])
    page = staff.get(url)
    done(
        staff.post(
            url, {"version": page.context["listing"].version, "decision": "approve", "reason": "", "request_key": page.context["keys"][0]}
        )
    )


def proposes(client: Client, wanted: Listing, **typed) -> str:
    """Fill in the proposal, check it, send it; returns the order's number."""
    url = reverse("orders:new") + f"?goods={wanted.no}"
    start = client.get(url)
    data = {"request_key": hidden(start, "request_key"), "get_1": wanted.pk, **typed}
    check = client.post(url, {**data, "step": "check"})
    assert check.status_code == 200 and "hidden" in check.context, check.content.decode()[:2000]
    return done(client.post(url, {**dict(check.context["hidden"]), "step": "send"})).rstrip("/").rsplit("/", 1)[-1]


def finance_confirms(finance: Client, kind: str, reference: str) -> None:
    """Find the open instruction of a kind in the custodian's queue and confirm it."""
    queue = finance.get(reverse("admin:credit_guarantee_custodianinstruction_changelist") + f"?state__exact=sent&kind__exact={kind}")
    instruction = queue.context["cl"].result_list[0]
    url = reverse("admin:credit_guarantee_custodianinstruction_change", args=[instruction.pk])
    page = finance.get(url)
    key = page.context["forms"]["confirm"]["request_key"].value()
    done(finance.post(url, {"act": "confirm", "request_key": key, "custodian_reference": reference}))
