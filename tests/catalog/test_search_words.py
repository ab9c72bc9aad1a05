"""What is found: every piece of Chinese, English words in every form, words that mean the same, words that are nearly right."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog import search_rules
from catalog.models import Listing
from catalog.queries import Search, market_page
from catalog.services import reindex_listings, set_synonyms
from kernel.refusals import Denied, Refusal
from tests.worlds import key, live_listing, staff_actor, verified_enterprise

pytestmark = pytest.mark.django_db
SIGNS = "双胶纸卷筒钢板水泥叉车电缆轴承一二〇𠮷"
STRANGE = [
    "'", "''''", '"', "\\", "a & b", "a | !b", "(((", ":*", "<->", "a:*B & c", "!!!", "%", "_", "$$", "😀", "👨‍👩‍👧 纸", "مرحبا",
    "\u202eabc", "纸" * 10_000, "a" * 10_000, "1e999", "=p:x", "-- x", ";", "٣٤", "ＡＢＣ", "ß", "İ", "\ud7ff", "a\tb", "纸\n钢",
]  # fmt: skip


@pytest.fixture
def reviewer():
    return staff_actor("catalog.review_listing")


def found(q, **more):
    return {row.title_zh for row in market_page(Search(q=q, **more), size=100).page.rows}


@pytest.fixture
def shelf(reviewer):
    """Titles and descriptions made of few signs, so that pieces of them meet in every way."""
    import random

    rng, seller = random.Random(5), verified_enterprise()
    texts = ["".join(rng.choices(SIGNS, k=rng.randint(3, 12))) for _n in range(40)]
    for n, text in enumerate(texts):
        live_listing(
            seller, reviewer=reviewer, title_zh=f"{text} {n}g", title_en="", description_zh=f"说明{text[::-1]}，共十个字以上的说明",
            description_en="", spec=[{"zh": ["规格", "1"]}], place="x",
        )  # fmt: skip
    return list(Listing.objects.values_list("title_zh", "description_zh"))


@pytest.mark.spec("M40")
def test_every_piece_of_chinese_that_stands_in_a_text_is_found(shelf):
    """Against the oracle: all texts read for the piece."""

    @settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.text(SIGNS, min_size=1, max_size=4))
    def piece_is_found(piece):
        there = {title for title, text in shelf if piece in title or piece in text}
        asking = market_page(Search(q=piece), size=100)
        assert asking.guessed or there <= {row.title_zh for row in asking.page.rows}
        assert not (asking.guessed and there)

    piece_is_found()


def test_a_long_description_is_found_to_its_end(reviewer):
    end = "".join(chr(0x4E00 + 7 * n) for n in range(1200))
    live_listing(verified_enterprise(), reviewer=reviewer, title_zh="长说明", description_zh=end, description_en="")

    assert found(end[-3:]) == {"长说明"}


@pytest.mark.parametrize(
    ("q", "title"),
    [("valves", "brass valve"), ("valve", "Brass valves DN50"), ("bearing", "Roller bearings"), ("galvanized sheets", "galvanized sheet"),
     ("batteries", "battery 12V"), ("bea", "Roller bearings")],
)  # fmt: skip
def test_english_words_are_found_in_every_form(reviewer, q, title):
    live_listing(verified_enterprise(), reviewer=reviewer, title_zh="甲", title_en=title, description_en="", description_zh="描述" * 8)

    assert found(q) == {"甲"}


@pytest.mark.parametrize("q", ["offset paper", "Offset Papers", "woodfree", "双胶纸", "胶版纸"])
def test_words_that_mean_the_same_are_found_whichever_is_asked_for(reviewer, q):
    seller = verified_enterprise()
    words = {"title_en": "", "description_en": "", "description_zh": "描述" * 8}
    live_listing(seller, reviewer=reviewer, title_zh="本白双胶纸", **words)
    live_listing(seller, reviewer=reviewer, title_zh="胶版纸卷筒", **words)
    live_listing(seller, reviewer=reviewer, title_zh="", title_en="Woodfree paper", description_en="Twelve letters", description_zh="")
    live_listing(seller, reviewer=reviewer, title_zh="箱板纸", **words)

    assert {row.title for row in market_page(Search(q=q)).page.rows} >= {"本白双胶纸", "胶版纸卷筒"}
    assert "箱板纸" not in found(q)
    assert market_page(Search(q=q)).same


def test_staff_keep_synonyms_and_the_next_question_uses_them(reviewer):
    live_listing(verified_enterprise(), reviewer=reviewer, title_zh="岩棉保温板")
    assert found("rockwool") == set()
    staff = staff_actor("catalog.change_synonymgroup")

    group = set_synonyms(None, actor=staff, terms=["岩棉", " Rockwool ", "stone wool"], request_key=key())
    assert found("rockwool") == found("stone wool") == found("岩棉") == {"岩棉保温板"}

    set_synonyms(group.pk, actor=staff, terms=["岩棉", "stone wool"], request_key=key())
    assert found("rockwool") == set()


@pytest.mark.parametrize(
    ("terms", "code"),
    [(["一"], "synonyms_few"), (["纸", "纸"], "synonyms_few"), (["a", "&&&"], "synonym_wordless"), (["x", "纸" * 41], "synonym_wordless"),
     ([f"w{n}" for n in range(13)], "synonyms_many")],
)  # fmt: skip
def test_synonyms_that_say_nothing_are_refused(terms, code):
    with pytest.raises(Refusal) as refusal:
        set_synonyms(None, actor=staff_actor("catalog.change_synonymgroup"), terms=terms, request_key=key())

    assert refusal.value.code == code


def test_synonyms_are_for_staff_with_the_permission():
    with pytest.raises(Denied):
        set_synonyms(None, actor=staff_actor("catalog.review_listing"), terms=["甲醇", "methanol"], request_key=key())


@pytest.mark.parametrize("q", STRANGE)
def test_no_question_breaks_the_page(client, reviewer, q):
    live_listing(verified_enterprise(), reviewer=reviewer)

    assert client.get("/market/", {"q": q, "give": q, "place": q, "c": q, "min": q, "after": q}).status_code == 200
    assert market_page(Search(q=q, give=q, places=[q], attributes={"x": [q]})).total >= 0


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(max_size=60).filter(lambda text: "\0" not in text))
def test_any_text_at_all_is_answered(q):
    assert market_page(Search(q=q, give=q[::-1], places=[q])).total == 0


@settings(deadline=None)
@given(st.text(max_size=30), st.lists(st.text(min_size=1, max_size=12), max_size=4))
def test_the_key_of_a_synonym_is_among_the_keys_of_every_question_that_holds_it(before, words):
    term = " ".join(words)
    key_of = search_rules.term_key(term)
    if key_of and len(search_rules.runs(term)) <= 5:
        assert key_of in search_rules.term_keys(term)


def test_reindexing_writes_the_same_words_again(reviewer):
    listing = live_listing(verified_enterprise(), reviewer=reviewer)
    columns = ("search", "titles", "wants_search", "merit")
    before = Listing.objects.values_list(*columns).get(pk=listing.pk)
    Listing.objects.update(search=None, titles=None, wants_search=None, merit=7)
    assert market_page(Search(q="双胶纸")).total == 0

    steps = list(reindex_listings(batch=1))

    assert steps[-1][1] == Listing.objects.count()
    after = Listing.objects.values_list(*columns).get(pk=listing.pk)
    assert [set(str(one).split(" ")) ^ set(str(other).split(" ")) for one, other in zip(before, after, strict=True)] == [set()] * 4
