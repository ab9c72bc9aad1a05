"""PROMISES §1 and §4: only plain digits are numbers, and nothing hides in a name."""

from decimal import Decimal

import pytest
from django import forms
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from kernel.fields import LineField, LinesField, PlainDecimalField, PlainIntegerField, clean_line, look_alike

NOT_PLAIN = [
    "１２", "٣", "१", "①", "1_000", "1,000", "1，000", "1 000", "1e3", "1E3", "0x10", "+5", "-0", "-0.0", "--1", "1-", "- 1", "NaN", "inf",
    "Infinity", "1.2.3", "1.", ".", "-", "−1", "½", "1\u200b", "\u202e12", "12\x00", "五",
]  # fmt: skip


@pytest.mark.parametrize("typed", NOT_PLAIN)
@pytest.mark.parametrize("field", [PlainIntegerField(), PlainDecimalField(max_digits=14, decimal_places=2)])
def test_what_is_not_in_plain_digits_is_no_number(field, typed):
    with pytest.raises(ValidationError) as refused:
        field.clean(typed)
    assert [error.code for error in refused.value.error_list] == ["invalid"]
    assert "plain digits" in refused.value.messages[0] or "请直接输入" in refused.value.messages[0]


@pytest.mark.parametrize(
    ("field", "typed", "number"),
    [
        (PlainIntegerField(), "12", 12),
        (PlainIntegerField(), " 007 ", 7),
        (PlainIntegerField(), "-12", -12),
        (PlainIntegerField(min_value=0), "0", 0),
        (PlainIntegerField(required=False), "  ", None),
        (PlainIntegerField(), 5, 5),
        (PlainDecimalField(), "12", Decimal("12")),
        (PlainDecimalField(decimal_places=3), "0.125", Decimal("0.125")),
        (PlainDecimalField(), ".5", Decimal("0.5")),
        (PlainDecimalField(min_value=-1), "-0.5", Decimal("-0.5")),
        (PlainDecimalField(required=False), "", None),
    ],
)
def test_plain_digits_are_numbers(field, typed, number):
    assert field.clean(typed) == number


@pytest.mark.parametrize(
    ("field", "typed", "code"),
    [
        (PlainIntegerField(min_value=0), "-1", "negative"),
        (PlainDecimalField(min_value=Decimal("0.001")), "-0.5", "negative"),
        (PlainIntegerField(), "9" * 19, "max_digits"),
        (PlainIntegerField(), "9" * 400, "max_digits"),
        (PlainDecimalField(), "1" * 400, "max_digits"),
        (PlainDecimalField(max_digits=5, decimal_places=2), "1234.56", "max_digits"),
        (PlainDecimalField(max_digits=5, decimal_places=2), "1.234", "max_decimal_places"),
        (PlainIntegerField(), "1.0", "invalid"),
        (PlainIntegerField(max_value=10), "11", "max_value"),
        (PlainIntegerField(), "", "required"),
    ],
)
def test_a_number_out_of_bounds_says_which_bound(field, typed, code):
    with pytest.raises(ValidationError) as refused:
        field.clean(typed)
    assert refused.value.error_list[0].code == code


@given(st.text(max_size=12))
def test_no_text_whatever_becomes_a_number_unless_it_is_made_of_plain_digits(typed):
    try:
        number = PlainDecimalField().clean(typed)
    except ValidationError:
        return
    assert set(typed.strip(" \t\r\n")) <= set("0123456789.-")
    assert number == Decimal(typed.strip(" \t\r\n"))


TURNERS = [chr(n) for n in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))]


@pytest.mark.parametrize("hidden", [*TURNERS, "\x00", "\x07", "\x1b", "\x7f", "\x9b", "\ud800"])
@pytest.mark.parametrize("field", [LineField(), LinesField()])
def test_what_turns_or_steers_text_is_refused(field, hidden):
    with pytest.raises(ValidationError) as refused:
        field.clean(f"柳桥{hidden}纸业")
    assert {error.code for error in refused.value.error_list} <= {"control_characters", "null_characters_not_allowed"}


@pytest.mark.parametrize(
    "hidden", ["\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u2060", "\ufeff", "\u00ad", "\u3164", "\u2800", "\U000e0041"]
)
def test_what_cannot_be_seen_is_taken_out(hidden):
    assert LineField().clean(f"{hidden}柳桥{hidden}纸业{hidden}") == "柳桥纸业"
    with pytest.raises(ValidationError, match=r"required|必填"):
        LineField().clean(hidden * 3)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Willow   Bridge \t Paper\n", "Willow Bridge Paper"),
        ("柳桥\u3000纸业", "柳桥 纸业"),
        ("a\u2028b", "a b"),
        ("Ｗillow（广东）", "Ｗillow（广东）"),  # the width is the writer's; comparing folds it
        ("𠮷野家 Ñandú ﬁ", "𠮷野家 Ñandú ﬁ"),
    ],
)
def test_an_honest_name_stays_as_it_was_typed(typed, kept):
    assert LineField().clean(typed) == kept


def test_text_of_several_lines_keeps_them():
    assert LinesField().clean("one\u200b\r\ntwo\rthree\n") == "one\ntwo\nthree"


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]).filter(lambda c: c not in TURNERS), max_size=40))
def test_cleaning_twice_is_cleaning_once(text):
    assert clean_line(clean_line(text)) == clean_line(text)


@pytest.mark.parametrize("twin", ["Wіllow Paper", "Ｗｉｌｌｏｗ　Ｐａｐｅｒ", "willow\u200bpaper", "WILLOW PAPER", "Willow Рареr"])
def test_names_that_look_the_same_compare_the_same(twin):
    assert look_alike(twin) == look_alike("Willow Paper")
    assert look_alike("柳桥纸业（广东）") == look_alike("柳桥纸业(广东)") != look_alike("柳桥纸业(广西)")


def test_the_fields_keep_the_widgets_of_their_kind():
    assert isinstance(PlainIntegerField().widget, forms.NumberInput)
    assert isinstance(LinesField().widget, forms.Textarea)
