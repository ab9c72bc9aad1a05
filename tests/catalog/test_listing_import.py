"""Listings out of a file: checked like the form, told row by row, never twice."""

import csv
import io
import json
from decimal import Decimal

import pytest
from django.core.management import call_command

from catalog.audits import stock as audit_stock
from catalog.columns import LISTING_COLUMNS
from catalog.forms import ListingForm
from catalog.models import Category, Listing
from catalog.permissions import LIST_GOODS
from catalog.queries import listing_for_seller
from catalog.services import create_listing, export_goods, import_listings, submit_listing
from kernel.models import Deadline, Fact, Job, JobPart, JobRefusal
from kernel.refusals import Denied
from kernel.services import cancel_job, deliver_due, read_document, run_step
from messaging.models import Notice
from tests.catalog.refusing import refused
from tests.catalog.sheets import GOOD, HEADER, done, goods, table, workbook
from tests.worlds import key, listing_terms, live_listing, main_account, member_actor, sub_account, verified_enterprise

pytestmark = pytest.mark.django_db


@pytest.fixture
def actor(db):
    return member_actor(verified_enterprise())


def asked(actor, body, name="goods.csv", **how):
    return import_listings(actor=actor, body=body, file_name=name, request_key=key(), **how)


def sent(actor, body, name="goods.csv", **how):
    return done(asked(actor, body, name, **how))


def sheet_of(job):
    return list(csv.reader(io.StringIO(read_document(job.refused).decode("utf-8-sig"))))


@pytest.mark.spec("B15", thin=True)
def test_good_rows_become_drafts_with_their_stock_history_and_one_fact(actor):
    job = sent(actor, goods({"sku": "A-1"}, {"sku": "A-2", "opening_stock": ""}))

    assert (job.state, job.done, job.failed) == ("finished", 2, 0)
    assert job.counts == {"created": 2, "changed": 0, "unchanged": 0}
    first = Listing.objects.get(sku="A-1")
    assert (first.state, first.price_minor, first.stock.on_hand, first.history.count()) == ("draft", 428050, 120, 1)
    assert (first.spec[1], first.wants, first.ready_to_ship) == (
        {"zh": ["幅宽", "1200 mm"], "en": ["Width", "1200 mm"]}, ["包装机械", "仓储服务"], True,
    )  # fmt: skip
    assert first.search and listing_for_seller(actor, first.no).pk == first.pk
    fact = Fact.objects.get(name="catalog.listings_imported")
    assert (fact.actor_user_id, fact.payload["job_no"], fact.payload["created"]) == (actor.user_id, job.no, 2)
    assert list(audit_stock()) == []


def test_imported_drafts_are_handed_in_like_any_other(actor):
    sent(actor, goods({"sku": "A-1"}))
    listing = Listing.objects.get(sku="A-1")

    submit_listing(listing.no, actor=actor, request_key=key())

    listing.refresh_from_db()
    assert listing.state == "in_review"


def test_handing_in_starts_the_review_of_each(actor):
    job = sent(actor, goods({"sku": "A-1"}, {"sku": "A-2", "description_zh": "", "description_en": ""}), hand_in=True)

    assert (job.counts["created"], job.failed) == (1, 1)
    listing = Listing.objects.get()
    assert (listing.state, Deadline.objects.filter(policy="catalog.review", subject_id=str(listing.pk)).count()) == ("in_review", 1)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_p34_the_usual_encodings_are_read(actor, encoding):
    assert sent(actor, goods({"sku": "A"}, encoding=encoding)).counts["created"] == 1
    assert Listing.objects.get().title_zh == "牛卡纸 150g"


def test_a_workbook_says_the_same_as_a_csv(actor):
    row = {**GOOD, "sku": "X-1"}
    cells = [Decimal(row[name]) if name in ("price", "moq", "opening_stock") else row[name] for name in HEADER]
    labels = [str(column.label) for column in LISTING_COLUMNS]

    job = sent(actor, workbook([cells], header=labels), "goods.xlsx")

    assert (job.failed, Listing.objects.get().price_minor, Listing.objects.get().hs_code) == (0, 428050, "48041100")


BAD = {
    "category": ("纸张XX", "PAP!", "５"), "price": ("０.５", "-1", "1e3", "1,200", "0", "1.2345", "NaN"), "currency": ("XEH", "RMB"),
    "unit": ("吨吨",), "moq": ("0", "-1", "١"), "opening_stock": ("-5", "１２"), "lead_days": ("1.5", "999", "-1"), "place": ("", "x" * 41),
    "hs_code": ("12", "４８０４"), "spec_zh": ("没有冒号", ""), "wants": ("一,二,三,四,五,六,七",), "title_zh": ("a\u202eb", "x" * 121),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_cell_that_the_form_refuses_is_refused_with_its_row_and_column(actor, name):
    good = {"sku": "", "title_en": "Paper"}
    body = goods(*({**good, name: value} for value in BAD[name]))

    job = sent(actor, body)

    label = str(next(column.label for column in LISTING_COLUMNS if column.name == name))
    assert (job.done, job.failed, Listing.objects.count()) == (len(BAD[name]), len(BAD[name]), 0)
    assert all(label in row[-1] for row in sheet_of(job)[1:])
    categories = list(Category.objects.filter(parent=None))
    for value in BAD[name]:
        data = {**GOOD, "title_en": "Paper", "request_key": key(), name: value, "want_categories": [], "wants": GOOD["wants"], "unit": "t"}
        data |= {"spec_zh": GOOD["spec_zh"].replace("；", "\n"), "spec_en": GOOD["spec_en"].replace("; ", "\n")} | {name: value}
        assert not ListingForm(data, categories=categories).is_valid(), f"the form takes {value!r} and the file does not"


@pytest.mark.spec("H52")
def test_banned_claims_are_refused_row_by_row(actor):
    job = sent(actor, goods({"title_zh": "全国第一牛卡纸"}, {"description_zh": "本品为国家级产品，质量最好。"}, {}))

    assert (job.counts["created"], job.failed) == (1, 2)
    assert "第一" in sheet_of(job)[1][-1] and "国家级" in sheet_of(job)[2][-1]


@pytest.mark.spec("B15", thin=True)
def test_p34_the_sheet_of_refused_rows_is_neutralised_and_can_be_corrected_and_sent_again(actor):
    job = sent(actor, goods({"sku": "=cmd|' /C calc'!A0", "price": "x"}, {"sku": "B-2"}))
    header, row = sheet_of(job)
    assert row[0].startswith("'=cmd") and len(header) == len(HEADER) + 1

    row[header.index(str(next(column.label for column in LISTING_COLUMNS if column.name == "price")))] = "12.50"
    again = sent(actor, table([row], header=header))

    assert (again.failed, Listing.objects.filter(price_minor=1250).get().sku) == (0, "=cmd|' /C calc'!A0")


def test_only_checking_writes_nothing_and_counts(actor):
    job = sent(actor, goods({"sku": "A"}, {"price": "x"}), check_only=True)

    assert (job.state, job.counts["created"], job.failed, Listing.objects.count()) == ("finished", 1, 1, 0)
    assert not Fact.objects.filter(name="catalog.listings_imported").exists()


@pytest.mark.spec("B15", thin=True)
def test_p6_the_same_file_twice_is_told_and_an_article_number_makes_an_update(actor):
    body = goods({"sku": "A"}, {"sku": "B"})
    first = sent(actor, body)
    with refused("same_file") as refusal:
        asked(actor, body)
    assert first.no in str(refusal.value)

    second = sent(actor, goods({"sku": "A", "price": "9"}, {"sku": "B"}, {"sku": "C"}))

    assert second.counts == {"created": 1, "changed": 1, "unchanged": 1}
    assert (Listing.objects.count(), Listing.objects.get(sku="A").price_minor, Listing.objects.get(sku="A").version) == (3, 900, 2)


def test_p6_the_same_form_sent_twice_is_one_job(actor):
    sent_twice = {"actor": actor, "body": goods({"sku": "A"}), "file_name": "a.csv", "request_key": key()}
    first = import_listings(**sent_twice)
    assert import_listings(**sent_twice).pk == first.pk
    done(first)
    assert import_listings(**sent_twice).pk == first.pk and Listing.objects.count() == 1


def test_columns_that_a_file_leaves_out_are_left_as_they_are(actor):
    sent(actor, goods({"sku": "A", "hs_code": "4804", "moq": "7"}))
    short = [name for name in HEADER if name not in ("hs_code", "moq", "wants", "spec_en", "title_en")]

    job = sent(actor, goods({"sku": "A", "price": "9"}, header=short))

    listing = Listing.objects.get()
    assert (job.counts["changed"], listing.hs_code, listing.moq, listing.title_en) == (1, "4804", 7, "Kraft liner 150 gsm")
    assert listing.spec[0]["en"] == ["Grammage", "150 g"]


def test_goods_on_sale_that_a_file_changes_go_the_way_of_the_form(actor):
    listing = live_listing(actor_enterprise(actor), sku="L-1")
    job = sent(actor, goods({"sku": "L-1"}))

    listing.refresh_from_db()
    assert (job.counts["changed"], listing.state, listing.version, listing.title_zh == GOOD["title_zh"]) == (
        1,
        "live",
        2,
        False,
    )  # price and quantity hold at once
    waiting = listing.revisions.get(state="in_review")
    assert waiting.said.title_zh == GOOD["title_zh"] and waiting.said.sku == "L-1"


@pytest.mark.spec("H52")
def test_attributes_may_be_named_by_code_or_word_and_are_checked_by_the_category(actor):
    job = sent(
        actor,
        goods(
            {"sku": "A", "category": "PAP-BRD-KRA", "attributes": "克重：150；form: 卷筒"},
            {"sku": "B", "category": "PAP-BRD-KRA", "attributes": "grammage: much"},
            {"sku": "C", "category": "PAP-BRD-KRA", "attributes": "taste: sweet"},
        ),
    )

    assert (job.counts["created"], job.failed) == (1, 2)
    assert Listing.objects.get().attributes["grammage"] in (150, "150")
    assert Listing.objects.get().attributes["form"] == "reel"


@pytest.mark.spec("H52")
def test_an_article_number_is_given_once_among_the_goods_of_a_seller(actor):
    sent(actor, goods({"sku": "A"}))

    with refused("sku_taken") as refusal:
        create_listing(listing_terms(sku="A"), actor=actor, category="PAP", request_key=key())
    assert "sku" in refusal.value.params["fields"]


def actor_enterprise(actor):
    from accounts.models import Enterprise

    return Enterprise.objects.get(pk=actor.enterprise_id)


def test_one_article_number_in_two_rows_is_refused_in_the_second(actor):
    job = sent(actor, goods({"sku": "A"}, {"sku": "A"}))

    assert (job.counts["created"], job.failed) == (1, 1)
    assert "2" in sheet_of(job)[1][-1]


@pytest.mark.parametrize(
    ("body", "name", "code"),
    [
        (b"", "a.csv", "table_empty"),
        (b"sku\n", "a.csv", "header_unknown"),
        (goods(), "a.csv", "table_empty"),
        (goods({}), "a.exe", "table_type"),
        (goods({}), "a.xlsx", "table_type"),
        (b"PK\x03\x04 not a zip", "a.xlsx", "table_broken"),
        (goods({}, header=(*HEADER[:-1], "price")), "a.csv", "header_unknown"),
        (goods({}, header=HEADER[2:]), "a.csv", "header_unknown"),
        (b'sku,category\n"A,B\nC', "a.csv", "header_unknown"),
        (b"\xff\xfe\x00", "a.csv", "table_encoding"),
        (b"\xff\xff\xff\xff", "a.csv", "table_encoding"),
    ],
)
def test_p34_a_file_that_cannot_be_read_is_refused_at_once_with_a_sentence(actor, body, name, code):
    with refused(code) as refusal:
        asked(actor, body, name)
    assert "file" in refusal.value.params["fields"] and not Job.objects.exists()


def test_a_file_that_breaks_off_later_fails_whole_with_its_row(actor):
    job = sent(actor, goods({"sku": "A"}) + b'"B,PAP')

    assert (job.state, job.problem, Listing.objects.count()) == ("failed", "table_broken", 0)


@pytest.mark.spec("B15", thin=True)
def test_p14_whoever_loses_the_right_meanwhile_imports_no_more(actor, monkeypatch):
    from catalog.services import sheets

    monkeypatch.setattr(sheets, "BATCH", 1)
    firm = actor_enterprise(actor)
    clerk = sub_account(firm, "manage_products")
    job = asked(member_actor(firm, clerk), goods({"sku": "A"}, {"sku": "B"}))
    run_step(job.pk, step=0), run_step(job.pk, step=1)
    firm.memberships.filter(user=clerk).update(ended_at=job.created_at)

    deliver_due()

    job.refresh_from_db()
    assert (job.state, job.problem, job.done, Listing.objects.count()) == ("failed", "no_enterprise", 1, 1)
    assert not JobPart.objects.exists()
    with pytest.raises(Denied):
        asked(member_actor(firm, sub_account(firm, "manage_stock")), goods({"sku": "C"}))
    assert LIST_GOODS.box == "manage_products"


@pytest.mark.spec("B15", thin=True)
def test_p23_no_step_runs_twice_and_a_stopped_import_goes_on_where_it_stopped(actor, monkeypatch):
    from catalog.services import sheets

    monkeypatch.setattr(sheets, "BATCH", 2)
    body = goods(*({"sku": ""} for _ in range(5)))
    job = asked(actor, body)
    assert [run_step(job.pk, step=step) for step in (0, 0, 1, 1, 3)] == [True, False, True, False, False]
    assert Listing.objects.count() == 2

    cancel_job(job.no, actor=actor, request_key=key())
    deliver_due()
    assert Listing.objects.count() == 2
    again = sent(actor, body)

    assert (again.state, again.total, Listing.objects.count()) == ("finished", 3, 5)
    with refused("same_file"):
        asked(actor, body)


def test_whoever_asked_is_told_in_the_inbox(actor):
    job = sent(actor, goods({"sku": "A"}, {"price": "x"}))

    notice = Notice.objects.get(recipient_id=actor.user_id)
    assert job.no in notice.text and notice.url.endswith(f"{job.no}/")
    assert not JobRefusal.objects.exists()


def test_goods_go_out_in_the_columns_in_which_they_come_in(actor):
    sent(actor, goods({"sku": "A", "title_zh": "=1+1 纸"}, {"sku": "B"}))
    job = done(export_goods("catalog.listing_export", actor=actor, excel=False, request_key=key()))
    body = read_document(job.result)
    assert b"'=1+1" in body

    back = sent(actor, body)

    assert (back.failed, back.counts["unchanged"], back.counts["created"]) == (0, 2, 0)


def test_an_operator_imports_from_the_command_line(actor, tmp_path, capsys):
    firm, file, sheet = actor_enterprise(actor), tmp_path / "goods.csv", tmp_path / "refused.csv"
    file.write_bytes(goods({"sku": "A"}, {"price": "x"}))

    with pytest.raises(SystemExit) as ended:
        call_command("import_sheet", "listings", str(file), "--enterprise", firm.handle, "--json", "--refused", str(sheet))

    told = json.loads(capsys.readouterr().out)
    assert (ended.value.code, told["created"], told["refused"], told["state"]) == (1, 1, 1, "finished")
    assert sheet.exists() and Fact.objects.get(name="catalog.listings_imported").actor_kind == "command"
    with pytest.raises(SystemExit) as ended:
        call_command("import_sheet", "listings", str(file), "--enterprise", firm.handle, "--json")
    assert (ended.value.code, json.loads(capsys.readouterr().out)["problem"]) == (2, "same_file")


def test_a_job_is_done_with_its_page_left_and_nobody_else_sees_it(client, actor):
    firm = actor_enterprise(actor)
    job = asked(actor, goods({"sku": "A"}))
    client.force_login(main_account(firm))
    path = f"/me/jobs/{job.no}/"
    assert b"hx-trigger" in client.get(path).content

    done(job)

    page = client.get(path).content.decode()
    assert "hx-trigger" not in page and "1 / 1" in page
    client.force_login(main_account(verified_enterprise()))
    assert client.get(path).status_code == 404
