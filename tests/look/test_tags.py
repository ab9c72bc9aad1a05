"""What the tags of templates/ui say, to the letter."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django import forms
from django.template import engines
from django.utils import translation

from kernel.money import CREDIT, Money

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)  # noon in Shanghai


def render(source, language="en", **context):
    with translation.override(language), time_machine.travel(NOW, tick=False):
        return engines["django"].from_string(source).render(context)


def words(markup):
    from django.utils.html import strip_tags

    return " ".join(strip_tags(markup).split())


@pytest.mark.parametrize(
    ("amount", "options", "shown"),
    [
        (Money(31040000, "CNY"), "", "¥310,400.00"),
        (Money(31040000, "CNY"), "dec=False", "¥310,400"),
        (Money(186240, "CNY"), "dec=False", "¥1,862.40"),
        (Money(-99950, "USD"), "", "\N{MINUS SIGN}US$999.50"),
        (Money(5, "EUR"), "signed=True", "+€0.05"),
        (Money(1200, "JPY"), "", "JP¥1,200"),
        (Money(0, "CNY"), "signed=True", "¥0.00"),
        (Money(320000, CREDIT), "", "Credit 3,200.00"),
        (None, "", "—"),
    ],
)
def test_money_is_exact_and_never_hides_cents(amount, options, shown):
    assert words(render("{% money amount " + options + " %}", amount=amount)) == shown


@pytest.mark.parametrize(
    ("language", "minor", "shown"),
    [
        ("zh-hans", 320000000, "¥320 万"),
        ("en", 320000000, "¥3.2M"),
        ("zh-hans", 125000000000, "¥12.5 亿"),
        ("en", 99900, "¥999"),
        ("en", 150000, "¥1.5K"),
    ],
)
def test_round_figures_follow_the_language(language, minor, shown):
    assert render("{{ amount|short_money }}", language, amount=Money(minor, "CNY")) == shown


@pytest.mark.parametrize(
    ("hours", "start", "tone", "shown"),
    [
        (147, None, "", "6 d 3 h"),
        (23.5, None, "soon", "23 h 30 m"),
        (30, -120, "soon", "1 d 6 h"),
        (30, -24, "", "1 d 6 h"),
        (1.5, None, "late", "1 h 30 m"),
        (-3, None, "late", "3 h 0 m late"),
    ],
)
def test_clock_turns_ochre_then_cinnabar(hours, start, tone, shown):
    due = NOW + timedelta(hours=hours)

    markup = render("{% clock due start=start %}", due=due, start=NOW + timedelta(hours=start) if start else None)

    assert f'class="clock {tone}"' in markup
    assert words(markup).startswith(shown)


def test_clock_shows_the_absolute_time_of_the_house():
    markup = render("{% clock due %}", "zh-hans", due=datetime(2026, 11, 28, 10, 0, tzinfo=UTC))

    assert words(markup) == "6 天 6 小时 11 月 28 日 18:00"
    assert 'datetime="2026-11-28T18:00+08:00"' in markup


def test_a_paused_clock_neither_runs_nor_warns():
    markup = render("{% clock due paused=True %}", due=NOW + timedelta(hours=1))

    assert "data-live" not in markup
    assert 'class="clock "' in markup


def test_status_is_words_and_mark_and_tone():
    markup = render('{% status "under_review" %}', "zh-hans")

    assert words(markup) == "审核中"
    assert 'class="tag soon"' in markup
    assert "#clock" in markup


def test_unknown_states_stay_neutral_and_readable():
    markup = render('{% status "half_baked" %}')

    assert words(markup) == "Half baked"
    assert 'class="tag "' in markup


def test_balance_bar_names_the_heavier_side():
    even = render("{% balance_bar 72400000 103440000 0 31040000 %}")
    heavy = render("{% balance_bar 500000 300000 -100000 0 %}")

    assert "Even" in words(even) and "Cash 30% · Goods 70%" in words(even)
    assert "You give ¥1,000.00 more" in words(heavy) and "Barter credit 25%" in words(heavy)


def test_an_empty_balance_bar_divides_by_nothing():
    assert "Nothing yet" in render("{% balance_bar 0 0 %}")


def test_text_from_people_is_escaped():
    markup = render('{% panel title %}{{ text }}{% endpanel %}{% status "x" label=text %}{% art text %}', title="<b>", text="<script>")

    assert "<script>" not in markup and "<b>" not in markup


class _Form(forms.Form):
    amount = forms.DecimalField(label="Amount", help_text="In yuan")
    secret = forms.CharField(label="Secret", widget=forms.PasswordInput)


def test_fields_tie_help_and_error_to_the_control():
    markup = render("{% error_summary form %}{% fields form %}", form=_Form({"amount": "x"}))

    assert 'aria-describedby="id_amount_helptext id_amount_error"' in markup
    assert 'id="id_amount_error"' in markup and 'id="id_amount_helptext"' in markup
    assert '<a href="#id_amount">Amount: Enter a number.</a>' in markup
    assert 'data-capslock="id_secret_caps"' in markup and 'id="id_secret_caps"' in markup


def test_links_to_pages_that_do_not_exist_leave_nothing():
    assert render('{% navlink "no:such_page" "Label" "home" %}') == ""
