"""The door of the major-client channel: five kinds of deals, a volume rule with a name, a decision with a reason."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from accounts.models import Membership
from accounts.queries import actor_for
from kernel.clock import now
from kernel.models import ChainLink, Fact
from kernel.money import Money
from kernel.refusals import Denied, IllegalMove, Refusal
from kernel.services import deliver_due
from major_clients.models import ChannelApplication
from major_clients.rules import DEAL_CLASSES, volume_rules
from major_clients.services import accept_application, decline_application, submit_application
from messaging.models import Notice
from tests.worlds import key, main_account, member_actor, person, staff_actor, staff_user, sub_account, verified_enterprise

pytestmark = pytest.mark.django_db
DECIDE = "major_clients.decide_application"
WORDS = "Forty thousand tonnes of pulp a year against board and chemicals."


def yuan(amount: int) -> Money:
    return Money(amount * 100, "CNY")


def hand_in(enterprise, *, user=None, deal_class="commodity", volume=50_000_000, request_key="", description=WORDS):
    return submit_application(
        actor=member_actor(enterprise, user), deal_class=deal_class, volume=yuan(volume), has_debt=True, unclear_regulation=False,
        description=description, request_key=request_key or key(),
    )  # fmt: skip


def browser(user) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    client.cookies["django_language"] = "en"
    return client


def typed(**changes) -> dict:
    values = {
        "deal_class": "commodity", "volume": "60000000", "has_debt": "no", "unclear_regulation": "yes", "description": WORDS,
        "request_key": key(),
    }  # fmt: skip
    return {**values, **changes}


@pytest.mark.spec("M01", thin=True)
def test_five_kinds_of_deals_each_have_a_rule_with_a_name_of_its_own():
    codes = [code for code, _label in DEAL_CLASSES]

    assert {"commodity", "financial", "maritime", "land", "other"} <= set(codes)
    assert [rule.deal_class for rule in volume_rules()] == codes
    assert len({rule.code for rule in volume_rules()}) == len(codes)


@pytest.mark.spec("M01", thin=True)
@pytest.mark.parametrize("rule", volume_rules(), ids=lambda rule: rule.code)
def test_at_the_volume_one_is_eligible_and_a_fen_below_the_rule_is_named_and_nothing_is_kept(rule):
    enterprise = verified_enterprise()
    asked = {
        "actor": member_actor(enterprise), "deal_class": rule.deal_class, "has_debt": False, "unclear_regulation": False,
        "description": WORDS,
    }  # fmt: skip

    with pytest.raises(Refusal, match=rule.code) as refusal:
        submit_application(**asked, volume=rule.minimum - Money(1, "CNY"), request_key=key())
    assert (refusal.value.code, refusal.value.params) == ("not_eligible", {"rule": rule.code})
    assert ChannelApplication.objects.count() == 0
    assert not Fact.objects.filter(name__startswith="major_clients.").exists()

    application = submit_application(**asked, volume=rule.minimum, request_key=key())
    assert (application.state, application.rule, application.minimum) == ("submitted", rule.code, rule.minimum)


@pytest.mark.spec("M01", thin=True)
def test_the_operator_sets_the_volume(settings):
    settings.MAJOR_CLIENT_VOLUMES = {"land": 7}

    assert {rule.deal_class: rule.minimum for rule in volume_rules()}["land"] == yuan(7)
    assert hand_in(verified_enterprise(), deal_class="land", volume=7).minimum_minor == 700


def test_an_application_stands_on_the_chain_and_tells_the_account_managers():
    enterprise, manager = verified_enterprise(), staff_user(DECIDE)

    application = hand_in(enterprise)
    deliver_due()

    fact = Fact.objects.get(name="major_clients.application_submitted")
    assert list(ChainLink.objects.filter(fact=fact).values_list("chain", flat=True)) == [enterprise.chain]
    assert fact.payload["amount_minor"] == 5_000_000_000 and "pulp" not in str(fact.payload)
    notice = Notice.objects.get(fact=fact)
    assert (notice.recipient_id, notice.url) == (manager.pk, f"/admin/major_clients/channelapplication/{application.pk}/change/")


def test_the_same_request_is_one_application_and_another_waits_for_the_decision():
    enterprise, again = verified_enterprise(), key()

    first = hand_in(enterprise, request_key=again)
    assert hand_in(enterprise, request_key=again).pk == first.pk
    with pytest.raises(Refusal) as refusal:
        hand_in(enterprise)

    assert refusal.value.code == "application_open"
    assert ChannelApplication.objects.count() == 1


def test_unverified_enterprises_and_sub_accounts_without_the_box_hand_in_nothing():
    pending, enterprise = verified_enterprise(state="submitted", verified_at=None), verified_enterprise()

    with pytest.raises(Refusal) as refusal:
        hand_in(pending)
    with pytest.raises(Denied):
        hand_in(enterprise, user=sub_account(enterprise, "trade"))
    with pytest.raises(Refusal) as short:
        hand_in(enterprise, description="   short   ")

    assert (refusal.value.code, short.value.code) == ("not_verified", "description_refused")
    assert ChannelApplication.objects.count() == 0
    assert hand_in(enterprise, user=sub_account(enterprise, "company")).state == "submitted"


@pytest.mark.parametrize("ended", [False, True])
@pytest.mark.parametrize(("decide", "state"), [(accept_application, "accepted"), (decline_application, "declined")])
def test_a_decision_needs_a_reason_and_a_person_who_may_and_is_told(decide, state, ended):
    enterprise = verified_enterprise()
    application, member = hand_in(enterprise), staff_user(DECIDE)
    Membership.objects.create(user=member, enterprise=enterprise, created_at=now(), ended_at=now() if ended else None)

    with pytest.raises(Denied):
        decide(application.pk, actor=staff_actor(), reason="fits", request_key=key())
    with pytest.raises(Denied) as own:
        decide(application.pk, actor=actor_for(member), reason="fits", request_key=key())
    with pytest.raises(Refusal) as empty:
        decide(application.pk, actor=staff_actor(DECIDE), reason="  ", request_key=key())
    application.refresh_from_db()
    assert (own.value.code, empty.value.code, application.state) == ("own_enterprise", "reason_missing", "submitted")

    decide(application.pk, actor=staff_actor(DECIDE), reason="Fits the channel.", request_key=key())
    with pytest.raises(IllegalMove):
        decide(application.pk, actor=staff_actor(DECIDE), reason="Twice.", request_key=key())
    deliver_due()

    application.refresh_from_db()
    assert (application.state, application.decision_reason) == (state, "Fits the channel.")
    notice = Notice.objects.get(fact__name=f"major_clients.application_{state}", recipient=main_account(enterprise))
    assert notice.url == "/vip/"


def test_after_a_refusal_one_may_apply_again_after_an_acceptance_not():
    enterprise = verified_enterprise()
    decline_application(hand_in(enterprise).pk, actor=staff_actor(DECIDE), reason="Papers are missing.", request_key=key())
    accept_application(hand_in(enterprise).pk, actor=staff_actor(DECIDE), reason="Complete now.", request_key=key())

    with pytest.raises(Refusal) as refusal:
        hand_in(enterprise)

    assert refusal.value.code == "application_open"
    assert ChannelApplication.objects.count() == 2


# ---------- pages ----------


def test_everybody_reads_what_the_channel_is_and_only_the_applicant_its_application():
    enterprise = verified_enterprise()
    application = hand_in(enterprise)

    def page(client) -> str:
        return client.get(reverse("major_clients:home")).content.decode()

    assert application.no in page(browser(main_account(enterprise)))
    others = [Client(), browser(main_account(verified_enterprise())), browser(sub_account(enterprise, "trade")), browser(person())]
    for client in others:
        text = page(client)
        assert application.no not in text and "50,000,000" in text and "VOLUME-" not in text


def test_the_form_hands_in_once_and_then_leads_to_the_application():
    enterprise = verified_enterprise()
    client, url = browser(main_account(enterprise)), reverse("major_clients:apply")
    assert client.get(url).status_code == 200

    answer = client.post(url, typed())

    application = ChannelApplication.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, "/vip/")
    assert (application.volume, application.has_debt, application.unclear_regulation) == (yuan(60_000_000), False, True)
    assert client.get(url)["Location"] == "/vip/"
    assert client.post(url, typed()).status_code == 422


@pytest.mark.spec("M19", thin=True)
@pytest.mark.parametrize("missing", ["deal_class", "volume", "has_debt", "unclear_regulation", "description"])
def test_every_answer_is_required_and_typed_values_stay(missing):
    client = browser(main_account(verified_enterprise()))
    values = typed(**{missing: ""})

    answer = client.post(reverse("major_clients:apply"), values)

    text = answer.content.decode()
    assert answer.status_code == 422 and values["request_key"] in text
    assert missing == "description" or WORDS in text
    assert ChannelApplication.objects.count() == 0


@pytest.mark.spec("M01", thin=True)
def test_below_the_volume_the_page_says_not_eligible_and_names_the_rule():
    client = browser(main_account(verified_enterprise()))

    answer = client.post(reverse("major_clients:apply"), typed(volume="49999999.99"))

    text = answer.content.decode()
    assert answer.status_code == 422
    assert "Not eligible: rule VOLUME-COMMODITY (Bulk commodity trade) asks for a volume of at least ¥50,000,000 a year." in text
    assert WORDS in text and ChannelApplication.objects.count() == 0


def test_applying_needs_a_login_an_enterprise_and_the_box():
    url, enterprise = reverse("major_clients:apply"), verified_enterprise()

    assert Client().get(url)["Location"].startswith("/accounts/login/")
    assert [browser(user).get(url).status_code for user in (person(), sub_account(enterprise, "trade"))] == [403, 403]


def test_the_desk_decides_with_a_reason():
    application, client = hand_in(verified_enterprise()), browser(staff_user(DECIDE))
    page = reverse("admin:major_clients_channelapplication_change", args=[application.pk])
    queue = client.get(reverse("admin:major_clients_channelapplication_changelist"), follow=True).content.decode()
    assert application.no in queue and WORDS in client.get(page).content.decode()

    assert client.post(page, {"decision": "decline", "reason": "", "request_key": key()}).status_code == 422
    assert client.post(page, {"decision": "decline", "reason": "Too early.", "request_key": key()}).status_code == 302
    assert client.post(page, {"decision": "accept", "reason": "After all.", "request_key": key()}).status_code == 409

    application.refresh_from_db()
    assert (application.state, application.decision_reason) == ("declined", "Too early.")
    assert browser(staff_user()).get(page).status_code in (302, 403)


def test_account_managers_hold_the_permission():
    assert Group.objects.get(name="account manager").permissions.filter(codename="decide_application").count() == 1


def test_a_decision_sent_twice_is_one_decision_and_other_words_are_refused(client):
    application = hand_in(verified_enterprise())
    client.force_login(staff_user(DECIDE))
    page = reverse("admin:major_clients_channelapplication_change", args=[application.pk])
    typed = {"decision": "decline", "reason": "Too early.", "request_key": key()}

    assert [client.post(page, typed).status_code for _ in range(2)] == [302, 302]
    assert client.post(page, {**typed, "reason": "Too late."}).status_code == 409
    assert client.post(page, {**typed, "decision": "accept"}).status_code == 409

    application.refresh_from_db()
    assert (application.state, application.decision_reason) == ("declined", "Too early.")
    assert Fact.objects.filter(name__startswith="major_clients.application_dec").count() == 1
