"""The books in the admin are for reading; the one button sets a limit through the service."""

import pytest
from django.contrib.auth.models import Group

from kernel.money import CREDIT, Money
from kernel.timer import COMMAND
from ledger import queries
from ledger.models import Account, Entry, Hold, LimitChange, LimitProposal
from ledger.services import hold_funds, propose_growth, release_hold
from tests.worlds import funded_wallet, staff_user, verified_enterprise

LIMIT = "/admin/ledger/account/limit/"


@pytest.fixture
def pair(db):
    a, b = verified_enterprise(), verified_enterprise()
    funded_wallet(a, Money(1000, CREDIT))
    hold_funds(key="h", payer_id=a.pk, payee_id=b.pk, amount=Money(400, CREDIT), ref=("tests.order", "1"), actor=COMMAND)
    return a, b


def signed_in(client, *groups: str):
    user = staff_user()
    user.groups.add(*Group.objects.filter(name__in=groups))
    client.force_login(user)


@pytest.mark.parametrize("group", ["finance", "auditor"])
def test_finance_and_auditors_read_every_book(client, pair, group):
    signed_in(client, group)

    for model, row in (("account", Account), ("entry", Entry), ("hold", Hold)):
        assert client.get(f"/admin/ledger/{model}/").status_code == 200
        page = client.get(f"/admin/ledger/{model}/{row.objects.latest('pk').pk}/change/")
        assert (page.status_code, b'name="_save"' in page.content) == (200, False)


@pytest.mark.parametrize("model", ["account", "entry", "hold"])
def test_p38_nobody_adds_changes_or_deletes_in_the_books(admin_client, pair, model):
    pk = {"account": Account, "entry": Entry, "hold": Hold}[model].objects.latest("pk").pk

    assert admin_client.post(f"/admin/ledger/{model}/add/", {}).status_code == 403
    assert admin_client.post(f"/admin/ledger/{model}/{pk}/change/", {"balance_minor": 5}).status_code == 403
    assert admin_client.post(f"/admin/ledger/{model}/{pk}/delete/", {"post": "yes"}).status_code == 403

    assert queries.balance(pair[0].pk) == Money(600, CREDIT)


@pytest.mark.spec("B04")
def test_two_of_finance_raise_the_limit_of_an_enterprise_without_a_wallet(client, pair):
    signed_in(client, "finance")
    b = pair[1]

    page = client.post(LIMIT, {"enterprise": b.handle, "limit": "500.50", "reason": "known for years", "request_key": "limit-0001"})

    assert page.status_code == 302
    assert queries.debit_limit(b.pk) == Money(0, CREDIT)
    assert b"known for years" in client.get(page.url).content
    decision = f"/admin/ledger/limitproposal/{LimitProposal.objects.get().pk}/decision/"
    client.post(decision, {"approve": "1", "request_key": "decide-0001"})
    assert queries.debit_limit(b.pk) == Money(0, CREDIT)

    signed_in(client, "finance")
    client.post(decision, {"approve": "1", "request_key": "decide-0002"})

    assert queries.debit_limit(b.pk) == Money(50_050, CREDIT)
    assert client.get(page.url).status_code == 200


@pytest.mark.spec("B04")
def test_what_the_rule_proposed_takes_two_of_finance_at_the_desk_and_shows_its_figures(client, pair):
    a, b = pair
    funded_wallet(a, Money(50_000, CREDIT))
    sale = hold_funds(key="s", payer_id=a.pk, payee_id=b.pk, amount=Money(50_000, CREDIT), ref=("tests.order", "1"), actor=COMMAND)
    release_hold(sale.pk, key="r", actor=COMMAND)
    proposal = propose_growth(b.pk, actor=COMMAND)
    url, decision = (f"/admin/ledger/limitproposal/{proposal.pk}/{verb}/" for verb in ("change", "decision"))

    for n in range(2):
        signed_in(client, "finance")
        assert "须两人同意" in client.get(url).content.decode()
        for again in range(2):  # one person twice is still one person
            page = client.post(decision, {"approve": "1", "request_key": f"decide-00{n}{again}"}, follow=True)
            assert page.status_code == 200
        assert queries.debit_limit(b.pk) == Money(n * proposal.amount_minor, CREDIT)

    row = LimitProposal.objects.get()
    assert (row.state, row.amount_minor, row.backed_by_id != row.decided_by_id) == ("in_force", proposal.amount_minor, True)


@pytest.mark.parametrize(
    "asked",
    [{"enterprise": "nobody"}, {"reason": ""}, {"limit": "-1"}, {"limit": "1.001"}, {"limit": "x"}, {"limit": "1_000"}, {"limit": "１"}],
)
def test_bad_limits_keep_the_page_and_change_nothing(client, pair, asked):
    signed_in(client, "finance")

    page = client.post(LIMIT, {"enterprise": pair[1].handle, "limit": "5", "reason": "r", "request_key": "limit-0001", **asked})

    assert page.status_code == 422
    assert LimitChange.objects.count() == 0


def test_p6_the_same_form_twice_proposes_the_limit_once_and_another_under_its_key_is_refused(client, pair):
    signed_in(client, "finance")
    form = {"enterprise": pair[1].handle, "limit": "500", "reason": "known for years", "request_key": "limit-0001"}

    assert [client.post(LIMIT, form).status_code for _ in range(2)] == [302, 302]
    assert client.post(LIMIT, {**form, "limit": "600"}).status_code == 409
    assert client.post(LIMIT, {**form, "request_key": "short"}).status_code == 422

    assert LimitProposal.objects.get().amount_minor == 50_000
    assert queries.debit_limit(pair[1].pk) == Money(0, CREDIT)


def test_auditor_may_not_set_a_limit(client, pair):
    signed_in(client, "auditor")

    assert client.get(LIMIT).status_code == 403
    assert client.post(LIMIT, {"enterprise": pair[1].handle, "limit": "5", "reason": "r", "request_key": "limit-0001"}).status_code == 403
    assert LimitChange.objects.count() == 0
