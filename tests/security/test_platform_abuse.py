"""Attacks on the platform itself: more fields than a form has, names that lie, caches that keep (P28, P38, P40)."""

import pytest
from celery import current_app
from django.conf import settings

from accounts.models import Enterprise, EnterpriseUserObjectPermission, Membership, User
from tests.worlds import key, member_actor, person, reauthenticate, sub_account, verified_enterprise

pytestmark = pytest.mark.django_db
SMUGGLED = {
    "is_main": "on", "is_staff": "on", "is_superuser": "on", "is_active": "", "enterprise": "1", "enterprise_id": "1", "user_id": "1",
    "state": "verified", "verified_at": "2020-01-01", "membership_id": "1", "ended_at": "2020-01-01", "id": "1", "pk": "1",
    "only_granted_orders": "", "groups": "finance", "user_permissions": "1", "handle": "evil", "invited_by_id": "1",
}  # fmt: skip


def signed_in(client, user):
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    reauthenticate(client)
    return client


@pytest.mark.spec("H15")
def test_fields_that_no_form_has_change_nothing(client):
    firm, other = verified_enterprise(), verified_enterprise()
    signed_in(client, Membership.objects.get(enterprise=firm).user)
    colleague = sub_account(firm, "trade")
    place = colleague.memberships.get()
    smuggled = {**SMUGGLED, "enterprise": str(other.pk), "enterprise_id": str(other.pk)}

    answer = client.post("/shop/team/new/", {
        **smuggled, "username": "li.si", "display_name": "李四", "password": "correct-horse-9", "boxes": ["trade"], "request_key": key(),
    })  # fmt: skip
    assert answer.status_code == 302
    client.post(f"/shop/team/{place.pk}/boxes/", {**smuggled, "boxes": ["ship"], "request_key": key()})

    made = User.objects.get(username=f"{firm.handle}/li.si")
    assert (made.is_staff, made.is_superuser, made.is_active) == (False, False, True)
    assert made.memberships.get().enterprise == firm and not made.memberships.get().is_main
    assert Membership.objects.filter(enterprise=other).count() == 1
    held = EnterpriseUserObjectPermission.objects.filter(user=colleague)
    assert [row.permission.codename for row in held] == ["ship"] and held.get().content_object == firm
    assert Enterprise.objects.get(pk=firm.pk).handle == firm.handle


@pytest.mark.spec("H01")
def test_a_registration_cannot_say_that_it_is_verified(client):
    signed_in(client, person())
    answer = client.post("/join/company/", {
        **SMUGGLED, "name": "示例纸业有限公司", "name_en": "", "country": "CN", "province": "广东", "address": "路 1 号",
        "phone": "020-80000000",
        "request_key": key(),
    })  # fmt: skip

    assert answer.status_code == 302 and not Enterprise.objects.exists()
    from accounts.models import RegistrationDraft

    assert not {"state", "verified_at", "handle"} & set(RegistrationDraft.objects.get().values)


def test_p38_more_fields_than_any_form_has_are_refused_before_they_are_read(client):
    signed_in(client, person())
    answer = client.post("/join/company/", {f"f{n}": "1" for n in range(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1)})

    assert answer.status_code == 400
    assert settings.DATA_UPLOAD_MAX_NUMBER_FIELDS <= 1000 and settings.DATA_UPLOAD_MAX_NUMBER_FILES <= 100


@pytest.mark.parametrize("path", ["/me/company/", "/shop/team/", "/me/security/", "/shop/team/log/", "/me/export/"])
def test_p28_no_cache_keeps_a_private_page_whatever_its_address_is_made_to_look_like(client, path):
    firm = verified_enterprise()
    signed_in(client, Membership.objects.get(enterprise=firm).user)

    assert "no-store" in client.get(path)["Cache-Control"]
    for trick in ("x.css", "x.js", "%2e%2e/x.png", ";x.css"):
        answer = client.get(path + trick)
        assert answer.status_code == 404, trick  # its heading names who is logged in, so it is kept by nobody either
        assert "no-store" in answer["Cache-Control"] and "Cookie" in answer["Vary"], trick


def test_p40_nothing_is_unpickled():
    assert settings.SESSION_SERIALIZER == "django.contrib.sessions.serializers.JSONSerializer"
    assert current_app.conf.accept_content == ["json"] and current_app.conf.task_serializer == "json"


@pytest.mark.parametrize("name", ["李\n四", "a\x1b[31mred", "a\u202eb", "a\r\nX: y"])
@pytest.mark.spec("H17")
def test_a_name_cannot_write_lines_of_its_own_into_logs_and_mails(client, name, mailoutbox):
    from accounts.services import create_sub_account, invite
    from kernel.services import deliver_due

    firm = verified_enterprise()
    signed_in(client, Membership.objects.get(enterprise=firm).user)
    form = {"username": "li.si", "display_name": name, "password": "correct-horse-9", "boxes": ["trade"], "request_key": key()}
    client.post("/shop/team/new/", form)
    for made in User.objects.filter(username__contains="/"):
        assert made.display_name.isprintable() and "\u202e" not in made.display_name
    assert create_sub_account and invite  # what the page calls
    client.post("/shop/team/invite/", {"email": "a@example.com", "display_name": name, "boxes": ["trade"], "request_key": key()})
    deliver_due()
    for message in mailoutbox:
        assert "\n" not in message.subject and name not in message.body


@pytest.mark.spec("H17")
def test_a_sub_account_does_not_wash_its_traces_away():
    from catalog.services import create_listing, submit_listing, withdraw_listing
    from kernel.models import ChainLink
    from kernel.services import verify_chain
    from tests.worlds import listing_terms

    firm = verified_enterprise()
    user = sub_account(firm, "manage_products")
    actor = member_actor(firm, user)
    row = create_listing(listing_terms(title_zh="做错的商品"), actor=actor, category="PAP", request_key=key())
    submit_listing(row.no, actor=actor, request_key=key())
    withdraw_listing(row.no, actor=actor, request_key=key())
    from accounts.services import end_sub_account

    end_sub_account(user.memberships.get().pk, actor=member_actor(firm), request_key=key())

    links = ChainLink.objects.filter(chain=firm.chain, fact__actor_user_id=user.pk).order_by("seq")
    assert [link.fact.name for link in links] == ["catalog.listing_created", "catalog.listing_submitted", "catalog.listing_withdrawn"]
    assert verify_chain(firm.chain) == []


@pytest.mark.spec("H17")
def test_p19_nobody_of_the_staff_changes_the_log_by_the_back_office_or_a_fixture(admin_client, tmp_path):
    from django.core.management import call_command
    from django.db import DatabaseError, transaction

    from kernel.models import Fact
    from tests.worlds import credit_trade

    credit_trade()
    fact = Fact.objects.first()
    for verb in ("delete", "change"):
        answer = admin_client.post(f"/admin/kernel/fact/{fact.pk}/{verb}/", {"post": "yes", "name": "x"})
        assert answer.status_code in (403, 404, 405) or Fact.objects.filter(pk=fact.pk, name=fact.name).exists()
    file = tmp_path / "fact.json"
    call_command("dumpdata", "kernel.fact", "--pks", str(fact.pk), output=str(file), verbosity=0)
    file.write_text(file.read_text().replace(fact.name, "tests.forged"))
    with pytest.raises(DatabaseError), transaction.atomic():
        call_command("loaddata", str(file), verbosity=0)
    assert Fact.objects.get(pk=fact.pk).name == fact.name
