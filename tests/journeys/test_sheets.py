"""Goods and stock as files over HTTP: template, check, write, the sheet of refused rows corrected and sent again, and the way out (B15)."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import load_workbook

from catalog.models import Listing, Stock, StockMovement
from kernel.services import deliver_due
from tests.catalog.sheets import GOOD, goods, workbook
from tests.worlds import live_listing, sub_account, verified_enterprise

from .browsing import done, hidden, office_of, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.spec("B15")]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def sends(client, page: str, body: bytes, name: str, **typed) -> str:
    """Choose a file, press the button, let the worker do it; returns the address of the job's page."""
    url = reverse(f"catalog:{page}")
    key = hidden(client.get(url), "request_key")
    kind = XLSX if name.endswith("xlsx") else "text/csv"
    job = done(client.post(url, {"request_key": key, "file": SimpleUploadedFile(name, body, kind), "mode": "write", **typed}))
    assert "under way" in client.get(job, follow=True).text
    deliver_due()
    return job


def figures(client, job: str) -> dict[str, int]:
    page = client.get(job)
    return {str(label): n for label, n in page.context["job"].figures} | {"refused": page.context["job"].failed}


def body_of(response) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def refused_rows(client, job: str) -> list[list[str]]:
    assert "Download the refused rows" in client.get(job).text
    body = body_of(client.get(f"{job}refused/"))
    if body.startswith(b"PK"):  # as it came: a workbook for a workbook
        return [[str(cell.value or "") for cell in row] for row in load_workbook(io.BytesIO(body)).active.iter_rows()]
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))


def test_goods_go_in_by_the_template_refused_rows_are_mended_and_all_comes_out_again():
    firm = verified_enterprise()
    seller = office_of(firm)
    template = load_workbook(io.BytesIO(body_of(seller.get(reverse("catalog:listing_template", args=["xlsx"])))))
    heads = [cell.value for cell in next(template.active.iter_rows())]
    assert len(heads) == len(GOOD)

    wrong = {"sku": "A-2", "price": "四千", "category": "XXX"}
    mixed = goods({"sku": "A-1"}, wrong, {"sku": "A-3", "title_zh": "全国最好的纸", "title_en": ""})
    tried = sends(seller, "listing_import", mixed, "goods.csv", mode="check")
    assert (figures(seller, tried)["refused"], Listing.objects.count()) == (2, 0)
    assert "nothing is written" in seller.get(tried).text

    job = sends(seller, "listing_import", mixed, "goods.csv")
    assert (figures(seller, job)["refused"], [row.sku for row in Listing.objects.all()]) == (2, ["A-1"])
    rows = refused_rows(seller, job)
    assert [row[0] for row in rows[1:]] == ["A-2", "A-3"]
    assert "最好" in rows[2][-1] and rows[1][-1]

    price, category, title = (rows[0].index(name) for name in (rows[0][9], rows[0][1], rows[0][2]))
    rows[1][price], rows[1][category], rows[2][title] = "4300", "PAP", "牛卡纸 200g"
    again = sends(seller, "listing_import", workbook(rows[1:], header=rows[0]), "refused.xlsx", hand_in="1")
    assert figures(seller, again)["refused"] == 0
    assert dict(Listing.objects.values_list("sku", "state")) == {"A-1": "draft", "A-2": "in_review", "A-3": "in_review"}
    assert "2" in seller.get(reverse("catalog:my_listings")).text

    url = reverse("catalog:listing_export")
    out = done(seller.post(url, {"request_key": "journey-export-1", "excel": "xlsx"}))
    deliver_due()
    book = load_workbook(io.BytesIO(body_of(seller.get(f"{out}result/"))))
    table = [[cell.value for cell in row] for row in book.active.iter_rows()]
    assert table[0] == heads and {row[0] for row in table[1:]} == {"A-1", "A-2", "A-3"}

    for row in table[1:]:
        row[9] = "4999"
    changed = sends(seller, "listing_import", workbook(table[1:], header=table[0]), "new-prices.xlsx")
    assert figures(seller, changed)["refused"] == 0 and Listing.objects.count() == 3
    assert set(Listing.objects.values_list("price_minor", flat=True)) == {499_900}


def test_stock_moves_by_a_file_and_its_ledger_comes_out():
    firm = verified_enterprise()
    keeper, listing = signed_in(sub_account(firm, "manage_stock")), live_listing(firm, stock=100, sku="KP-1")
    rows = [["KP-1", "in", "30", "工厂到货", "DN-7"], ["KP-1", "out", "500", "线下售出", ""], [listing.no, "out", "20", "线下售出", "XS-9"]]
    job = sends(keeper, "stock_import", workbook(rows, header=["goods", "kind", "quantity", "reason", "document_no"]), "stock.xlsx")
    assert figures(keeper, job)["refused"] == 1 and Stock.objects.get(pk=listing.pk).on_hand == 110
    why = refused_rows(keeper, job)[1]
    assert why[:3] == ["KP-1", "out", "500"] and "130" in why[-1]

    out = done(keeper.post(reverse("catalog:stock_export"), {"request_key": "journey-stock-1", "what": "movements", "excel": "csv"}))
    deliver_due()
    text = body_of(keeper.get(f"{out}result/")).decode("utf-8-sig")
    assert "DN-7" in text and "XS-9" in text and text.count("\n") >= StockMovement.objects.count()


def test_the_files_of_a_firm_are_nobody_elses_and_need_its_boxes():
    firm = verified_enterprise()
    job = sends(office_of(firm), "listing_import", goods({"sku": ""}, {"price": "x"}), "goods.csv")
    other, clerk = office_of(verified_enterprise()), signed_in(sub_account(firm, "chat"))
    for address in (job, f"{job}refused/"):
        assert other.get(address).status_code == 404
        assert clerk.get(address).status_code in (403, 404)
    assert clerk.get(reverse("catalog:listing_import")).status_code == 403


def test_a_wrong_file_is_told_at_the_field_and_nothing_is_begun():
    seller = office_of(verified_enterprise())
    url = reverse("catalog:listing_import")
    for name, body in (("goods.csv", b""), ("goods.xlsx", b"not a workbook"), ("goods.exe", b"MZ"), ("goods.csv", b"a;b\n1;2\n")):
        key = hidden(seller.get(url), "request_key")
        page = seller.post(url, {"request_key": key, "file": SimpleUploadedFile(name, body), "mode": "write"})
        told = page.status_code == 422 and page.context["form"].errors.get("file")
        if not told:  # what only reading shows is told on the job's page
            deliver_due()
            assert seller.get(done(page)).context["job"].state == "failed", (name, page.status_code)
    assert not Listing.objects.exists()
