"""A company renames itself: old orders keep the old name, new ones bear the new; nothing uses it while it waits (H19, H21, P17)."""

import io

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from accounts.models import CompanyChange, Enterprise
from kernel.services import deliver_due
from orders.models import Order
from orders.services import papers
from tests.worlds import allow_credit, confirmed, key, live_listing, proposed_order, staff_user, verified_enterprise

from .browsing import done, hidden, office_of, signed_in

pytestmark = pytest.mark.django_db
OLD, NEW, NEW_EN = "旧名纸业有限公司", "新名纸业有限公司", "Newly Named Paper"


def picture() -> SimpleUploadedFile:
    target = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(target, "PNG")
    return SimpleUploadedFile("licence.png", target.getvalue(), "image/png")


def asks_for_the_new_name(client, firm) -> None:
    """Type it, read it again, hand it in."""
    url = reverse("accounts:change_new", args=["licence"])
    form = client.get(url)
    typed = {
        "request_key": hidden(form, "request_key"), "name": NEW, "name_en": NEW_EN, "registration_no": firm.registration_no,
        "licence_expires_on": "2045-06-30", "reason": "renamed",
    }  # fmt: skip
    checked = client.post(url, {**typed, "licence": picture(), "step": "check"})
    assert checked.status_code == 200 and OLD in checked.content.decode() and NEW in checked.content.decode()
    fields = {name: hidden(checked, name) for name in typed}
    assert done(client.post(url, {**fields, "step": "send"})) == reverse("accounts:change", args=[1])


def approves(desk, change: CompanyChange) -> None:
    """The reviewer takes it up, finds every field to match and approves, on the desk's page."""
    url = reverse("admin:accounts_companychange_change", args=[change.pk])
    for decision in ("take_up", "approve"):
        page = desk.get(url)
        sent = {"decision": decision, "seen": hidden(page, "seen"), "request_key": hidden(page, "request_key")}
        verdicts = {f"verdict_{name}": "matches" for name in change.fields} if decision == "approve" else {}
        done(desk.post(url, {**sent, **verdicts}))


def told_by(client, order) -> dict[str, str]:
    """What each place says of an order: its page, the list, the search by the old name, the CSV, the PDF."""
    paper = order.papers.first()
    text = {
        "page": client.get(reverse("orders:detail", args=[order.no])).content.decode(),
        "csv": client.get(reverse("orders:export"), {"tab": "all"}).content.decode("utf-8-sig"),
        "log": client.get(reverse("orders:log", args=[order.no])).content.decode(),
    }
    if paper is not None:
        body = client.get(reverse("orders:paper", args=[order.no, paper.pk])).content
        assert body.startswith(b"%PDF") and len(pikepdf.open(io.BytesIO(body)).pages) >= 1
    return text


@pytest.mark.spec("H21", "H19", "H20")
def test_old_orders_keep_the_old_name_and_new_ones_bear_the_new():
    seller, buyer = verified_enterprise(OLD, name_en="Old Name Paper"), verified_enterprise("远山包装制品有限公司")
    allow_credit(buyer, 900_000_000)
    listing = live_listing(seller, stock=1000)
    before = confirmed(proposed_order(buyer, seller, get=[(listing, 10)], credit=5_480_000))
    selling, buying, desk = office_of(seller), office_of(buyer), signed_in(staff_user("accounts.review_change"))
    for client in (selling, buying, desk):
        client.cookies["django_language"] = "zh-hans"

    asks_for_the_new_name(selling, seller)
    public = [reverse("catalog:firm", args=[seller.handle]), reverse("catalog:offer", args=[listing.no]), reverse("catalog:market")]
    for address in [*public, reverse("orders:detail", args=[before.no]), reverse("orders:list")]:
        page = buying.get(address).content.decode()
        assert NEW not in page and NEW_EN not in page, address
    assert "审核" in selling.get(reverse("accounts:company")).content.decode()
    assert selling.get(reverse("catalog:listing_new")).status_code == 422  # held while it waits

    approves(desk, CompanyChange.objects.get())
    deliver_due()
    seller = Enterprise.objects.get(pk=seller.pk)
    assert (seller.name, seller.name_en) == (NEW, NEW_EN)

    after = confirmed(proposed_order(buyer, seller, get=[(listing, 10)], credit=5_480_000))
    deliver_due()
    old, new = told_by(buying, before), told_by(buying, after)
    assert OLD in old["page"] and NEW not in old["page"]
    assert NEW in new["page"] and OLD not in new["page"]
    rows = {line.split(",")[0].strip('"'): line for line in old["csv"].splitlines()[1:]}
    assert OLD in rows[before.no] and NEW not in rows[before.no]
    assert NEW in rows[after.no] and OLD not in rows[after.no]
    assert [Order.objects.get(pk=o.pk).responder_name for o in (before, after)] == [OLD, NEW]

    found = buying.get(reverse("orders:list"), {"tab": "all", "q": "旧名"}).content.decode()
    assert before.no in found and after.no not in found
    firm = buying.get(public[0]).content.decode()
    assert NEW in firm and OLD in firm and "曾用名" in firm
    assert NEW in buying.get(public[1]).content.decode()


@pytest.mark.spec("H21")
def test_the_paper_of_an_old_order_prints_the_old_name_even_when_it_is_made_late(monkeypatch):
    seller, buyer = verified_enterprise(OLD), verified_enterprise("远山包装制品有限公司")
    allow_credit(buyer, 900_000_000)
    order = confirmed(proposed_order(buyer, seller, get=[(live_listing(seller), 10)], credit=5_480_000))
    Enterprise.objects.filter(pk=seller.pk).update(name=NEW)
    printed = []
    real = papers.render_pdf
    monkeypatch.setattr(papers, "render_pdf", lambda html: printed.append(html) or real(html))
    deliver_due()
    assert order.papers.count() == 1
    assert OLD in printed[0] and NEW not in printed[0]


@pytest.mark.spec("H21")
def test_a_refused_rename_changes_nothing_and_can_be_asked_for_again():
    seller = verified_enterprise(OLD)
    selling, desk = office_of(seller), signed_in(staff_user("accounts.review_change"))
    asks_for_the_new_name(selling, seller)
    change = CompanyChange.objects.get()
    url = reverse("admin:accounts_companychange_change", args=[change.pk])
    for decision, more in [("take_up", {}), ("reject", {"reason": "not the name on the licence"})]:
        page = desk.get(url)
        done(desk.post(url, {"decision": decision, "seen": hidden(page, "seen"), "request_key": key(), **more}))
    assert Enterprise.objects.get(pk=seller.pk).name == OLD
    assert "not the name on the licence" in selling.get(reverse("accounts:change", args=[1])).content.decode()
    assert selling.get(reverse("accounts:change_new", args=["licence"])).status_code == 200
    assert selling.get(reverse("catalog:listing_new")).status_code == 200
