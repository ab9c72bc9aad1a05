"""What a listing says is typed and checked: attributes by category, prices and lead times by quantity, units, Incoterms, fair value."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from catalog.models import Attribute, Category, Listing
from catalog.queries import category_counts, schema_of, subtree_codes
from catalog.rules import claims_of, completeness, faults, lead_days, unit_factor, unit_price, value_warning
from catalog.services import (
    add_attribute,
    add_category,
    change_attribute,
    create_listing,
    delete_category,
    move_category,
    retire_category,
    revise_listing,
)
from kernel.money import Money
from kernel.refusals import Refusal
from orders.models import OrderLine
from tests.catalog.refusing import refused
from tests.catalog.test_pages import FORM
from tests.worlds import (
    key,
    listing_terms,
    live_listing,
    main_account,
    member_actor,
    staff_actor,
    staff_user,
    verified_enterprise,
)

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 28)
TIERS = [{"from": "50", "price": 530_000}, {"from": "100", "price": 510_000}]
FAIR = {"method": "market", "source": "行情通报 47 期", "date": "2026-11-20", "low": 500_000, "high": 560_000, "appraiser": ""}


# ---------- categories ----------


@pytest.mark.spec("M40")
def test_below_each_of_the_thirteen_lies_a_tree_with_attributes_in_both_languages():
    tops = Category.objects.filter(parent=None)

    assert tops.count() == 13
    for top in tops:
        below = Category.objects.filter(path__contains=[top.code]).exclude(pk=top.pk)
        assert below.count() >= 8 and all(row.name_zh and row.name_en and row.level <= 3 for row in below)
        assert len(schema_of(top)) >= 4
    assert {a.code for a in schema_of(Category.objects.get(code="PAP-CUL-OFF"))} >= {"grammage", "brightness", "width", "core", "furnish"}
    assert set(subtree_codes("PAP-CUL")) == {"PAP-CUL", "PAP-CUL-OFF", "PAP-CUL-COA", "PAP-CUL-NEW"} and subtree_codes("NONE") == []


@pytest.mark.spec("M40")
def test_a_parents_page_and_count_hold_the_goods_of_its_subtree(client):
    live_listing(verified_enterprise(), category="PAP-CUL-OFF", attributes={"furnish": "woodfree"})

    assert category_counts()["PAP"] == 1
    for slug in ("paper", "paper-cul", "paper-cul-off"):
        assert "本白双胶纸" in client.get(f"/market/c/{slug}/").text
    assert "本白双胶纸" not in client.get("/market/c/paper-box/").text


@pytest.mark.spec("M40")
def test_staff_move_rename_and_retire_without_breaking_listings(client):
    staff, seller = staff_actor("catalog.change_category", "catalog.add_category"), verified_enterprise()
    listing = live_listing(seller, category="PAP-CUL-OFF", attributes={"furnish": "woodfree"})
    culture = Category.objects.get(code="PAP-CUL")

    with refused("category_place"):
        move_category(culture.pk, actor=staff, parent="PAP-SPC", request_key=key())  # four levels
    with refused("category_place"):
        move_category(culture.pk, actor=staff, parent="PAP-CUL-OFF", request_key=key())  # below itself
    with refused("category_place"):
        move_category(Category.objects.get(code="PAP").pk, actor=staff, parent="FOD", request_key=key())
    move_category(culture.pk, actor=staff, parent="DLY", request_key=key())
    moved = Category.objects.get(code="PAP-CUL-OFF")
    assert moved.path == ["DLY", "PAP-CUL", "PAP-CUL-OFF"] and category_counts()["DLY"] == 1
    retire_category(culture.pk, actor=staff, retired=True, request_key=key())
    assert client.get(f"/goods/{listing.no}/").status_code == 200 and "本白双胶纸" in client.get(f"/market/c/{moved.slug}/").text
    actor = member_actor(seller)
    with refused("category_unknown"):
        create_listing(listing_terms(), actor=actor, category="PAP-CUL-OFF", request_key=key())
    kept = listing_terms(attributes={"furnish": "mixed"})
    revise_listing(listing.no, actor=actor, terms=kept, category="PAP-CUL-OFF", request_key=key())
    with refused("category_used"):
        delete_category(moved.pk, actor=staff, request_key=key())
    values = {"name_zh": "试验", "name_en": "Trial", "hs": "", "vat_percent": Decimal(13), "position": 1}
    new = add_category(actor=staff, code="PAP-NEW", slug="paper-new", parent="PAP", request_key=key(), **values)
    delete_category(new.pk, actor=staff, request_key=key())
    assert not Category.objects.filter(code="PAP-NEW").exists()


@pytest.mark.spec("M40")
def test_staff_keep_attributes_and_a_choice_in_use_stays(client):
    staff = staff_actor("catalog.change_category")
    words = {"name_zh": "亮度", "name_en": "Gloss"}
    added = add_attribute(
        actor=staff, category="PAP", code="gloss", kind="choice", choices=(("hi", "高", "high"), ("lo", "低", "low")), request_key=key(),
        **words,
    )  # fmt: skip
    live_listing(verified_enterprise(), category="PAP-TIS", attributes={"gloss": "高", "ply": "2"})
    assert Listing.objects.get().attributes == {"gloss": "hi", "ply": "2"}

    with refused("choice_used"):
        change_attribute(added.pk, actor=staff, choices=(("lo", "低", "low"),), request_key=key(), **words)
    with refused("attribute_taken"):
        add_attribute(actor=staff, category="PAP", code="gloss", kind="text", request_key=key(), **words)
    with refused("attribute_shape"):
        add_attribute(
            actor=staff, category="PAP", code="gloss2", kind="number", low=Decimal(2), high=Decimal(1), request_key=key(), **words
        )
    client.force_login(staff_user("catalog.change_category", "catalog.view_category"))
    form = {**words, "choices": "hi | 高 | high\nlo | 低 | low\nmid | 中 | medium", "position": "1", "request_key": key()}
    assert client.post(reverse("admin:catalog_attribute_change", args=[added.pk]), form).status_code == 302
    assert len(Attribute.objects.get(pk=added.pk).choices) == 3
    page = client.get(reverse("admin:catalog_category_change", args=[Category.objects.get(code="PAP-TIS").pk]))
    assert (page.status_code == 200 and "Gloss" in page.text) or "亮度" in page.text
    client.force_login(staff_user("catalog.view_category"))
    assert client.post(reverse("admin:catalog_attribute_change", args=[added.pk]), form).status_code == 403


@pytest.mark.parametrize(
    ("attributes", "field"),
    [({"furnish": "silk"}, "a_furnish"), ({"grammage": "70 g"}, "a_grammage"), ({"grammage": "9999"}, "a_grammage"),
     ({"grammage": "７０"}, "a_grammage"), ({"fsc": "maybe"}, "a_fsc"), ({"nonsense": "1"}, "a_nonsense")],
)  # fmt: skip
def test_attributes_are_typed_by_the_schema(attributes, field):
    actor = member_actor(verified_enterprise())

    with pytest.raises(Refusal) as refusal:
        create_listing(listing_terms(attributes=attributes), actor=actor, category="PAP-CUL-OFF", request_key=key())

    assert refusal.value.code == "terms_invalid" and list(refusal.value.params["fields"]) == [field]


@pytest.mark.spec("H52")
def test_an_attribute_that_is_asked_for_is_missed_at_its_field_before_a_review():
    actor = member_actor(verified_enterprise())

    with pytest.raises(Refusal) as refusal:
        create_listing(listing_terms(), actor=actor, category="PAP-CUL-OFF", request_key=key(), hand_in=True)

    assert list(refusal.value.params["fields"]) == ["a_furnish"]
    create_listing(listing_terms(), actor=actor, category="PAP-CUL-OFF", request_key=key())


# ---------- terms ----------


@pytest.mark.parametrize(
    ("quantity", "minor"), [(10, 548_000), (49, 548_000), (50, 530_000), (99, 530_000), (100, 510_000), (9999, 510_000)]
)
def test_the_largest_tier_that_a_quantity_reaches_is_its_price(quantity, minor):
    assert unit_price(listing_terms(tiers=TIERS), quantity) == Money(minor, "CNY")


def test_lead_time_follows_the_quantity_and_may_be_open():
    terms = listing_terms(lead_tiers=[{"from": "100", "days": 15}, {"from": "1000", "days": None}])

    assert [lead_days(terms, n) for n in (10, 99, 100, 1000)] == [5, 5, 15, None]
    assert unit_factor(listing_terms(units=[{"unit": "roll", "factor": "0.85"}]), "roll") == Decimal("0.85")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"tiers": [{"from": "10", "price": 1}]}, "tier_1_from"),
        ({"tiers": [{"from": "50", "price": 530_000}, {"from": "50", "price": 520_000}]}, "tier_2_from"),
        ({"tiers": [{"from": "50", "price": 0}]}, "tier_1_price"),
        ({"tiers": [{"from": "50", "price": 600_000}]}, "tier_1_price"),
        ({"ready_to_ship": True, "lead_days": 8}, "lead_days"),
        ({"ready_to_ship": True, "lead_tiers": [{"from": "50", "days": 9}]}, "lead_1_days"),
        ({"lead_tiers": [{"from": "50", "days": 9}, {"from": "20", "days": 12}]}, "lead_2_from"),
        ({"incoterm": "FOB", "incoterm_place": "Foshan"}, "incoterm_place"),
        ({"incoterm": "CIF"}, "incoterm_place"),
        ({"incoterm": "DAT", "incoterm_place": "Hamburg"}, "incoterm"),
        ({"incoterm_place": "Hamburg"}, "incoterm"),
        ({"units": [{"unit": "t", "factor": "1"}]}, "unit_1"),
        ({"units": [{"unit": "roll", "factor": "0"}]}, "unit_1_factor"),
        ({"tolerance": Decimal(21)}, "tolerance"),
        ({"fair_value": FAIR | {"date": "2026-12-01"}}, "fair_date"),
        ({"fair_value": FAIR | {"method": "appraiser"}}, "fair_appraiser"),
        ({"fair_value": FAIR | {"low": 600_000}}, "fair_low"),
        ({"fair_value": FAIR | {"method": "guess"}}, "fair_method"),
    ],
)
def test_terms_that_contradict_themselves_are_said_at_their_field(changes, field):
    assert list(faults(listing_terms(**changes), TODAY)) == [field]


@pytest.mark.parametrize("place", ["Ningbo", "Port of Foshan", "佛山港", "Shanghai, China", "上海"])
def test_sea_terms_take_a_port(place):
    assert faults(listing_terms(incoterm="FOB", incoterm_place=place), TODAY) == {}
    assert faults(listing_terms(incoterm="DAP", incoterm_place="Foshan, warehouse 3"), TODAY) == {}


def test_a_price_far_from_the_recorded_value_is_pointed_out():
    warned = [str(value_warning(listing_terms(fair_value=FAIR, price=Money(minor, "CNY")), 10)) for minor in (548_000, 700_000, 300_000)]

    assert warned[0] == "" and "高于" in warned[1] and "低于" in warned[2]


# ---------- claims and completeness ----------


@pytest.mark.spec("H52")
@pytest.mark.parametrize(
    "text",
    ["国家级品质", "最 佳 选择", "最·好的纸", "国​家级", "全国销量第一", "信\u200b保商家", "信保✔", "五星⭐商家",
     "ｂｅｓｔ in the world", "World’s best",
     "Trаde assurance", "联系 13800001234", "微信：paper8888", "see www.paper.example", "mail a.b@firm.example", "paper-world.com",
     "+86 138 0000 1234",
     "020-87654321"],
)  # fmt: skip
def test_claims_marks_and_contacts_are_found_through_tricks(text):
    assert claims_of({"description_zh": text.replace("’", "'")})


@pytest.mark.spec("H52")
@pytest.mark.parametrize(
    "text",
    [
        "第一批次现货，好纸",
        "70 g · 787 mm · 1.5 t",
        "GB/T 1910-2015",
        "HS 480255",
        "最小起订 10 吨",
        "2026-11-28 生产",
        "白度 92，定量 70",
        "Q235B 8*1500",
    ],
)
def test_ordinary_texts_of_the_trade_pass(text):
    assert claims_of({"description_zh": text}) == {}


@pytest.mark.spec("H52")
def test_completeness_rises_with_what_is_there():
    poor = completeness(listing_terms(description_zh="", description_en="", wants=[], want_categories=[]))
    rich = completeness(listing_terms(packaging_zh="卷筒", origin="佛山", media=[{"key": "k", "kind": "photo"}]))

    assert poor.percent < rich.percent == 100 and len(poor.needed) == 1 and not rich.needed and not rich.helpful


# ---------- the form, the page and the order ----------


def test_the_form_asks_for_the_category_first_and_then_for_what_it_needs(client):
    client.force_login(main_account(verified_enterprise()))
    first = client.get("/shop/goods/new/").text
    second = client.get("/shop/goods/new/?category=PAP-CUL-OFF").text

    assert 'name="title_zh"' not in first and 'value="PAP-CUL-OFF"' in first
    assert 'name="a_furnish"' in second and 'name="a_cas"' not in second
    switched = client.post("/shop/goods/new/", {**FORM, "category": "CHM-INO", "fields": "1", "title_zh": "烧碱"})
    assert (
        switched.status_code == 200 and 'name="a_cas"' in switched.text and 'value="烧碱"' in switched.text and not Listing.objects.exists()
    )


def test_everything_typed_comes_back_in_the_form_and_stands_on_the_page(client):
    seller = verified_enterprise()
    client.force_login(main_account(seller))
    more = {
        "category": "PAP-CUL-OFF", "a_furnish": "woodfree", "a_grammage": "70", "a_fsc": "yes", "tier_1_from": "50", "tier_1_price": "4800",
        "lead_1_from": "100", "lead_1_days": "", "unit_1": "roll", "unit_1_factor": "0.85", "price_until": "2027-01-31", "tolerance": "5",
        "packaging_zh": "防潮卷筒", "origin": "山东", "maker": "示例纸业", "incoterm": "FOB", "incoterm_place": "Port of Qingdao",
        "fair_method": "market", "fair_source": "行情通报", "fair_date": "2026-11-01", "fair_low": "4000", "fair_high": "4200",
    }  # fmt: skip

    answer = client.post("/shop/goods/new/", {**FORM, **more, "submit": "1"})

    assert answer.status_code == 302
    listing = Listing.objects.get()
    assert (listing.tiers, listing.lead_tiers) == ([{"from": "50", "price": 480_000}], [{"from": "100", "days": None}])
    assert listing.attributes == {"furnish": "woodfree", "grammage": "70", "fsc": True} and listing.fair_value["low"] == 400_000
    form = client.get(reverse("catalog:listing_edit", args=[listing.no])).text
    assert all(
        f'value="{v}"' in form for k, v in more.items() if v and not k.startswith(("category", "a_f", "unit_1", "fair_m", "incoterm"))
    )
    client.cookies["django_language"] = "zh-hans"
    page = client.get(f"/goods/{listing.no}/").text
    for words in (
        "阶梯价",
        "面议",
        "0.85",
        "防潮卷筒",
        "FOB Port of Qingdao",
        "公允价值",
        "± 5 %",
        "纯木浆",
        "70 g/m²",
        "高于所填公允价值",
    ):
        assert words in page, words


@pytest.mark.spec("H52")
def test_the_price_of_a_tier_is_really_charged():
    buyer, seller = verified_enterprise(), verified_enterprise()
    listing = live_listing(seller, stock=500, tiers=TIERS)
    from kernel.money import CREDIT
    from orders.rules import LineTerms, TopUp
    from orders.services import propose_order

    def propose(quantity, seen):
        line, money = LineTerms(listing.pk, quantity, seen), TopUp("me", Money(0, CREDIT), Money(1, "CNY"))
        return propose_order(seller.pk, actor=member_actor(buyer), lines=[line], top_up=money, note="", request_key=key())

    with refused("price_changed"):
        propose(100, 548_000)
    for quantity, minor in ((49, 548_000), (50, 530_000), (100, 510_000)):
        order = propose(quantity, minor)
        line = OrderLine.objects.get(order=order)
        assert (line.unit_price_minor, line.amount_minor) == (minor, minor * quantity)


def test_a_changed_listing_or_an_ended_price_refuses_the_old_page_and_says_why(client):
    buyer, seller = verified_enterprise(), verified_enterprise()
    listing = live_listing(seller, stock=500, units=[{"unit": "roll", "factor": "0.5"}])
    client.force_login(main_account(buyer))
    client.cookies["django_language"] = "en"
    url = reverse("orders:new") + f"?goods={listing.no}"
    form = {"request_key": key(), "get_1": listing.pk, "get_1_quantity": "24", "get_1_unit": "roll", "payer": "me", "cash": "100"}
    checked = client.post(url, {**form, "step": "check"})
    assert (
        checked.status_code == 200
        and 'name="get_1_quantity" value="12"' in checked.text
        and 'name="get_1_version" value="1"' in checked.text
    )
    odd = client.post(url, {**form, "get_1_quantity": "25", "step": "check"})
    assert odd.status_code == 422 and "12.5" in odd.text

    terms = listing_terms(price=Money(560_000, "CNY"), units=[{"unit": "roll", "factor": "0.5"}])
    revise_listing(listing.no, actor=member_actor(seller), terms=terms, category="PAP", request_key=key())
    sent = {**form, "get_1_quantity": "12", "get_1_unit": "", "get_1_seen": "560000", "get_1_version": "1", "step": "send"}
    stale = client.post(url, sent)
    assert stale.status_code == 422 and "5,480.00 CNY / t → 5,600.00 CNY / t" in stale.text
    Listing.objects.update(price_until=date(2020, 1, 1))
    over = client.post(url, {**sent, "get_1_version": "2", "request_key": key()})
    assert over.status_code == 422 and "has run out" in over.text
    Listing.objects.update(price_until=None)
    assert client.post(url, {**sent, "get_1_version": "2", "request_key": key()}).status_code == 302


@pytest.mark.parametrize(
    ("unit", "n", "en", "zh"),
    [("box", 1, "1 box", "1 盒"), ("box", 3, "3 boxes", "3 盒"), ("t", 3, "3 t", "3 吨"), ("h", Decimal("0.5"), "0.5 hours", "0.5 小时")],
)
def test_a_unit_that_is_a_word_has_a_plural_in_english(unit, n, en, zh):
    from types import SimpleNamespace

    from django.utils import translation

    from catalog.templatetags.catalog import amount

    for language, said in (("en", en), ("zh-hans", zh)):
        with translation.override(language):
            assert amount(Decimal(n), SimpleNamespace(unit=unit)) == said
