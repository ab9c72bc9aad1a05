"""Exchange rates: two people, a source and a day; old ones do not count; what is in force stays as it was (M41)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.db import Error, transaction

from kernel.clock import now
from kernel.models import Fact
from kernel.refusals import Denied, IllegalMove, Refusal
from ledger import queries
from ledger.models import ExchangeRate, RateSheet
from ledger.services import approve_rates, enter_rates, refuse_rates
from tests.worlds import key, staff_actor, staff_user

DESK = "/admin/ledger/ratesheet/"


def clerk():
    return staff_actor("ledger.enter_rates", "ledger.approve_rates")


def entered(actor=None, *, as_of=None, rates=(("USD", 1, Decimal("7.0810")), ("JPY", 100, Decimal("4.6012")))):
    as_of = as_of or now().date() - timedelta(days=1)
    return enter_rates(source="CFETS central parity", as_of=as_of, rates=rates, actor=actor or clerk(), request_key=key())


@pytest.mark.spec("M41", thin=True)
def test_rates_count_when_a_second_person_has_approved_them(db):
    first, day = clerk(), now().date()
    sheet = entered(first)

    assert queries.quotes(day) == {}
    with pytest.raises(Denied) as denied:
        approve_rates(sheet.pk, actor=first, request_key=key())
    assert denied.value.code == "four_eyes"
    assert queries.quotes(day) == {}

    approve_rates(sheet.pk, actor=clerk(), request_key=key())

    quoted = queries.quotes(day)
    assert (quoted["USD"].cny, quoted["JPY"].cny) == (Decimal("7.0810"), Decimal("0.046012"))
    assert quoted["USD"].source == "CFETS central parity"
    assert [fact.name for fact in Fact.objects.filter(name__startswith="ledger.rates").order_by("id")] == [
        "ledger.rates_entered", "ledger.rates_decided",
    ]  # fmt: skip


@pytest.mark.spec("M41", thin=True)
def test_rates_older_than_the_setting_do_not_count(db, settings):
    sheet, day = entered(), now().date()
    approve_rates(sheet.pk, actor=clerk(), request_key=key())

    settings.EXCHANGE_RATE_DAYS = 3
    assert set(queries.quotes(sheet.as_of + timedelta(days=3))) == {"USD", "JPY"}
    assert queries.quotes(sheet.as_of + timedelta(days=4)) == {}

    newer = entered(as_of=day, rates=[("USD", 1, Decimal("7.1000"))])
    approve_rates(newer.pk, actor=clerk(), request_key=key())
    assert queries.quotes(day)["USD"].cny == Decimal("7.1")
    assert queries.quotes(day)["JPY"].as_of == sheet.as_of


def test_a_refused_sheet_never_counts_and_a_decision_is_made_once(db):
    sheet = entered()
    refuse_rates(sheet.pk, actor=clerk(), request_key=key())

    with pytest.raises(IllegalMove):
        approve_rates(sheet.pk, actor=clerk(), request_key=key())
    assert queries.quotes(now().date()) == {}


def test_the_same_key_enters_one_sheet(db):
    actor, again = clerk(), key()
    asked = {"source": "CFETS", "as_of": now().date(), "rates": [("USD", 1, Decimal("7.08"))], "actor": actor, "request_key": again}

    assert enter_rates(**asked).pk == enter_rates(**asked).pk
    assert RateSheet.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"source": "  "}, "source_missing"),
        ({"rates": []}, "rates_missing"),
        ({"rates": [("USD", 1, Decimal(7)), ("USD", 1, Decimal(8))]}, "rates_missing"),
        ({"as_of": date(2999, 1, 1)}, "rates_in_the_future"),
    ],
)
def test_rates_without_source_or_of_a_coming_day_are_refused(db, changes, code):
    asked = {"source": "CFETS", "as_of": now().date(), "rates": [("USD", 1, Decimal("7.08"))], **changes}

    with pytest.raises(Refusal) as refused:
        enter_rates(actor=clerk(), request_key=key(), **asked)

    assert refused.value.code == code
    assert not RateSheet.objects.exists()


def test_others_may_neither_enter_nor_approve(db):
    with pytest.raises(Denied):
        entered(staff_actor("ledger.approve_rates"))
    sheet = entered()
    with pytest.raises(Denied):
        approve_rates(sheet.pk, actor=staff_actor("ledger.enter_rates"), request_key=key())


def test_p2_rates_are_never_changed_and_one_person_is_never_enough(db):
    sheet = entered()
    for wrong in (
        lambda: ExchangeRate.objects.filter(sheet=sheet).update(cny=8),
        lambda: ExchangeRate.objects.filter(sheet=sheet).delete(),
        lambda: RateSheet.objects.filter(pk=sheet.pk).update(source="hearsay"),
        lambda: RateSheet.objects.filter(pk=sheet.pk).update(state="in_force", decided_by_id=sheet.entered_by_id, decided_at=now()),
    ):
        with pytest.raises(Error), transaction.atomic():
            wrong()


def _finance(client):
    user = staff_user()
    user.groups.add(Group.objects.get(name="finance"))
    client.force_login(user)
    return user


@pytest.mark.spec("M41", thin=True)
def test_finance_enters_and_a_colleague_approves_over_the_desk(client, db):
    day = now().date() - timedelta(days=1)
    _finance(client)
    assert client.get(DESK).status_code == 200
    typed = {
        "source": "CFETS 中间价",
        "as_of": day.isoformat(),
        "rates": "USD/CNY 7.0810\n100JPY/CNY 4.6012\n\nKWD 23.1",
        "request_key": key(),
    }

    page = client.post(DESK + "enter/", typed)

    sheet = RateSheet.objects.get()
    assert page.url == f"{DESK}{sheet.pk}/change/"
    assert [str(rate) for rate in sheet.rates.order_by("currency")] == ["100 JPY = 4.6012 CNY", "1 KWD = 23.1 CNY", "1 USD = 7.081 CNY"]
    answer = client.post(f"{DESK}{sheet.pk}/decision/", {"approve": "1", "request_key": key()}, follow=True)
    assert RateSheet.objects.get().state == "entered"
    assert "colleague" in answer.content.decode() or "同事" in answer.content.decode()

    _finance(client)
    client.post(f"{DESK}{sheet.pk}/decision/", {"approve": "1", "request_key": key()}, follow=True)
    assert RateSheet.objects.get().state == "in_force"
    assert set(queries.quotes(now().date())) == {"USD", "JPY", "KWD"}


@pytest.mark.parametrize("text", ["XXX 1", "USD seven", "USD ７.08", "USD 0", "USD 7\nUSD 8", "USD -1", "USD 1e3", "USD 7.08 8"])
def test_lines_that_cannot_be_read_come_back_with_a_sentence(client, db, text):
    _finance(client)

    page = client.post(DESK + "enter/", {"source": "CFETS", "as_of": now().date().isoformat(), "rates": text, "request_key": key()})

    assert page.status_code == 422
    assert "CFETS" in page.content.decode() and not RateSheet.objects.exists()


def test_auditors_read_rates_and_decide_nothing(client, db):
    sheet = entered()
    user = staff_user()
    user.groups.add(Group.objects.get(name="auditor"))
    client.force_login(user)

    assert client.get(f"{DESK}{sheet.pk}/change/").status_code == 200
    assert client.get(DESK + "enter/").status_code == 403
    assert client.post(f"{DESK}{sheet.pk}/decision/", {"approve": "1", "request_key": key()}).status_code == 403
