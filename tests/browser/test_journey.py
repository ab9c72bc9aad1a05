"""A trade in a real browser, in both languages, with axe on every page it meets; part of `./dev test --slow`."""

import os
import shutil

import pytest

from kernel.services import deliver_due
from orders.models import Order
from tests.worlds import allow_credit, live_listing, main_account, verified_enterprise

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PASSWORD = "correct-horse-7"
os.environ.setdefault(
    "DJANGO_ALLOW_ASYNC_UNSAFE", "true"
)  # playwright keeps a loop running in this thread; the tests themselves are not async


@pytest.fixture(scope="module")
def chromium():
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_browser(chromium, live_server):
    contexts = []

    def start(user=None, *, language="zh-hans", width=1440):
        context = chromium.new_context(viewport={"width": width, "height": 900}, base_url=live_server.url)
        context.add_cookies([{"name": "django_language", "value": language, "url": live_server.url}])
        page = context.new_page()
        page.base, page.console_lines = live_server.url, []
        page.on("console", lambda message: page.console_lines.append(message.text))
        contexts.append(context)
        if user:
            page.goto("/accounts/login/")
            page.fill("main input[name=login]", user.email)
            page.fill("main input[name=password]", PASSWORD)
            page.click("main form button.primary")
            page.wait_for_url("**/me/")
        return page

    yield start
    for context in contexts:
        context.close()


def sound(page, *, status=200):
    """No accessibility violation, no console line (CSP speaks there), nothing wider than the screen."""
    from axe_playwright_python.sync_playwright import Axe

    violations = Axe().run(page).response["violations"]
    assert [(v["id"], [n["html"][:160] for n in v["nodes"]][:3]) for v in violations] == [], page.url
    assert page.console_lines == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{page.url} is wider than the screen"


@pytest.mark.spec("B03", thin=True)
@pytest.mark.parametrize(("language", "width"), [("zh-hans", 1440), ("en", 390)])
def test_two_firms_trade_in_the_browser(open_browser, language, width):
    buyer, seller = verified_enterprise("远山包装制品有限公司"), verified_enterprise("青岚纸业有限公司")
    paper, board = live_listing(seller), live_listing(buyer, title_zh="A 级箱板纸 140g", title_en="Linerboard A grade 140 gsm")
    allow_credit(buyer, 6_000_000)
    buying = open_browser(main_account(buyer), language=language, width=width)
    selling = open_browser(main_account(seller), language=language, width=width)

    for path in (
        "/",
        "/market/",
        "/market/?q=双胶纸",
        f"/goods/{paper.no}/",
        "/me/",
        "/me/company/",
        "/shop/goods/",
        "/shop/stock/",
        "/shop/team/",
    ):
        buying.goto(path)
        sound(buying)
    order = propose(buying, paper, board)
    selling.goto(f"/me/orders/{order.no}/")
    sound(selling)
    press(selling, f"/me/orders/{order.no}/confirmation/")
    deliver_due()
    for page in (buying, selling):
        page.goto(f"/me/orders/{order.no}/")
        sound(page)
        page.goto("/me/inbox/")
        sound(page)

    order.refresh_from_db()
    assert order.state == "funded"
    assert order.papers.count() == 1


def propose(page, wanted, own) -> Order:
    """Fill in the proposal as a person does: the goods, own goods against them, credit for the difference; check; send."""
    page.goto(f"/me/orders/new/?goods={wanted.no}")
    sound(page)
    page.select_option("select[name=give_1]", str(own.pk))
    page.fill("input[name=give_1_quantity]", "5")
    page.click("button[value=fill]")
    sound(page)
    page.click("button[value=check]")
    sound(page)
    page.click("button[value=send]")
    page.wait_for_load_state()
    assert "/me/orders/B" in page.url, page.inner_text("main")[:800]
    return Order.objects.get()


def press(page, path: str) -> None:
    """Open a one-question page and press its one primary button."""
    page.goto(path)
    sound(page)
    page.click("main form button.primary")
    page.wait_for_load_state()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_visitors_pages_are_accessible(open_browser, language):
    page = open_browser(language=language, width=390)

    for path in ("/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/help/", "/help/contact/", "/wanted/"):
        page.goto(path)
        sound(page)
