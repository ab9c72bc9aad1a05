"""After closing and after the retention no value about a person is left in a row, whoever they were to the company (H22, H54, P16, P39)."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from accounts import services
from accounts.models import CompanyChange, Enterprise, FreezeCase, Invitation, User
from accounts.rules import pseudonym
from kernel.clock import now
from kernel.models import Fact
from kernel.services import verify_chain
from kernel.vault import unseal
from tests.worlds import key, main_account, member_actor, person, staff_actor, sub_account, verified_enterprise

from .test_changes import REVIEWER, asked_for, matched
from .test_closing import close
from .test_retention import later  # noqa: F401

pytestmark = pytest.mark.django_db


def readable(*tables: str) -> str:
    """Every value of some tables as one text, sealed ones opened."""
    words = []
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT * FROM {table}")
            for row in cursor.fetchall():
                for value in row:
                    text = str(value)
                    words.append(unseal(text.encode()).decode() if text.startswith("gAAAA") else text)
    return "\n".join(words)


@pytest.mark.spec("H22")
def test_p39_people_who_left_before_and_people_who_were_invited_are_forgotten_at_the_closing_too():
    firm = verified_enterprise()
    for name in ("former", "present"):
        user = sub_account(firm, "trade")
        User.objects.filter(pk=user.pk).update(display_name=f"PERSON-{name}")
        if name == "former":
            services.end_sub_account(user.memberships.get().pk, actor=member_actor(firm), request_key=key())
    guest = person("joined@example.com", name="guest")
    sent = services.invite(email=guest.email, display_name="PERSON-joined", boxes=["trade"], actor=member_actor(firm), request_key=key())
    services.accept_invitation(
        services.invitations._token(firm.pk, sent.email_digest, sent.expires_at),
        actor=services.invitations.actor_for(guest), request_key=key(),
    )  # fmt: skip
    services.invite(
        email="waiting@example.com", display_name="PERSON-waiting", boxes=["trade"], actor=member_actor(firm), request_key=key()
    )

    close(firm)

    left = readable("accounts_user", "accounts_invitation", "accounts_membership", "kernel_fact", "kernel_personalvalue")
    assert "PERSON-" not in left and "waiting@example.com" not in left and "joined@example.com" not in left
    assert not Invitation.objects.filter(accepted_at=None, revoked_at=None).exists()
    assert verify_chain(firm.chain) == []


@pytest.mark.spec("H22")
def test_a_log_in_name_that_looks_like_a_pseudonym_keeps_no_company_from_closing(mailoutbox):
    firm = verified_enterprise()
    wanted = pseudonym(main_account(firm).pk)
    answer = Client().post(
        "/accounts/signup/",
        {"email": f"{wanted}@example.com", "password1": "correct-horse-77", "password2": "correct-horse-77", "display_name": "x"},
    )
    assert answer.status_code == 302 and User.objects.filter(email=f"{wanted}@example.com").exists()

    close(firm)
    assert User.objects.get(username=wanted).memberships.get().enterprise == firm
    with pytest.raises(IntegrityError, match="pseudonyms_are_nobody"), transaction.atomic():
        User.objects.create_user("former-member-9", email="x@example.com")


@pytest.mark.spec("H54")
def test_p30_what_a_report_told_of_people_goes_with_its_proofs(later):  # noqa: F811
    for state, closed in (("dismissed", now()), ("reported", None)):
        FreezeCase.objects.create(
            no=f"FZ-{state}", named="x", reported_at=now(), state=state, reason="r", closed_at=closed,
            contact='{"name": "PERSON-reporter"}', story=f"STORY-{state}",
        )  # fmt: skip

    later(364)
    assert "STORY-dismissed" in readable("accounts_freezecase")
    later(366)
    left = readable("accounts_freezecase")
    assert "STORY-dismissed" not in left and "STORY-reported" in left  # what still waits for a decision stays
    assert left.count("PERSON-reporter") == 1
    again = Fact.objects.count()
    later(367)
    assert Fact.objects.count() == again  # once is enough


@pytest.mark.spec("H54")
def test_p30_the_values_of_a_refused_change_go_and_those_of_a_running_one_stay(later):  # noqa: F811
    refused, running = verified_enterprise(), verified_enterprise()
    values = {"legal_representative": "PERSON-refused"}
    reviewer = staff_actor(*REVIEWER)
    change = asked_for(refused, "legal", values)
    matched(change, reviewer)
    services.reject_change(change.pk, reason="看不清", actor=reviewer, request_key=key())
    asked_for(running, "legal", {"legal_representative": "PERSON-running"})

    later(89)
    assert "PERSON-refused" in readable("accounts_companychange")
    later(91)
    left = readable("accounts_companychange")
    assert "PERSON-refused" not in left and "PERSON-running" in left
    owner = Client()
    owner.force_login(main_account(refused), backend="allauth.account.auth_backends.AuthenticationBackend")
    assert owner.get("/me/company/changes/1/").status_code == 200  # the page of a change that was forgotten still opens


@pytest.mark.spec("H54", "H22")
def test_p30_the_people_behind_a_closed_company_go_after_the_years_that_trade_must_be_known(later):  # noqa: F811
    firm = verified_enterprise(legal_representative="PERSON-boss", phone="020-80001111", bank_account="62220202001122")
    first, second = staff_actor(*REVIEWER), staff_actor(*REVIEWER)
    change = asked_for(firm, "legal", {"legal_representative": "PERSON-newboss"})
    matched(change, first)
    services.pass_on_change(change.pk, actor=first, request_key=key())
    services.approve_change(change.pk, actor=second, request_key=key())
    firm.refresh_from_db()
    close(firm)

    later(3 * 365)
    assert "PERSON-newboss" in readable("accounts_enterprise")
    later(3 * 365 + 2)
    left = readable("accounts_enterprise", "accounts_companychange", "accounts_historicalenterprise")
    assert not any(word in left for word in ("PERSON-boss", "PERSON-newboss", "020-80001111", "62220202001122"))
    assert firm.name in left and Enterprise.objects.get(pk=firm.pk).registration_no == firm.registration_no  # who traded stays known
    assert CompanyChange.objects.get().fields == ["legal_representative"]


@pytest.mark.spec("H54", "H15")
def test_the_address_of_somebody_who_never_came_goes(later):  # noqa: F811
    firm = verified_enterprise()
    services.invite(email="never@example.com", display_name="PERSON-never", boxes=["trade"], actor=member_actor(firm), request_key=key())

    later(7 + 89)
    assert "never@example.com" in readable("accounts_invitation")
    later(7 + 91)
    assert "never@example.com" not in readable("accounts_invitation") and "PERSON-never" not in readable("accounts_invitation")
