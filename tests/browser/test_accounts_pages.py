"""Every page of the accounts room and its desks in a real browser: both languages, a desk and a phone, axe on each; part of `--slow`."""

import pytest

from tests import worlds
from tests.browser.test_journey import chromium, open_browser, sound  # noqa: F401 - fixtures
from tests.security import scene as security_scene

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
LOADED_ANYWAY = "Failed to load resource"  # what the browser says of a page that answers 403 or 404 on purpose
DESK, PHONE, NARROW = ({"width": width, "height": 900} for width in (1440, 390, 320))
LONG_ZH, LONG_EN = "东南亚国际跨境供应链管理及新型环保包装材料研发制造与进出口贸易综合服务" * 3, "Unbreakablecompanynameforlayout" * 4

VISITOR = [
    "/accounts/signup/", "/accounts/login/", "/accounts/password/reset/", "/accounts/password/reset/done/",
    "/accounts/password/reset/key/1-bad/", "/accounts/confirm-email/", "/accounts/confirm-email/gone/", "/accounts/freeze/",
    "/team/join/{rows.invitation_token}/", "/team/join/gone/",
]  # fmt: skip
PERSON = [f"/join/{part}" for part in ("", "company/", "licence/", "representative/", "tax/", "papers/", "check/")]
MAIN = [
    "/me/", "/me/company/", "/me/company/change/licence/", "/me/company/change/legal/", "/me/company/change/contact/",
    "/me/company/change/bank/", "/me/enterprise/", "/shop/team/", "/shop/team/new/", "/shop/team/{rows.member.pk}/",
    "/shop/team/{rows.member.pk}/limits/", "/shop/team/invite/", "/shop/goods/{rows.live.no}/people/",
    "/shop/approvals/", "/shop/approvals/{rows.approval.pk}/", "/shop/approvals/rules/", "/me/security/", "/accounts/sessions/",
    "/accounts/2fa/", "/accounts/2fa/totp/activate/", "/accounts/2fa/webauthn/", "/accounts/2fa/webauthn/add/",
    "/accounts/password/change/", "/accounts/email/", "/accounts/reauthenticate/", "/me/security/freeze/", "/me/close/", "/me/export/",
    "/shop/team/log/", "/shop/team/log/?about=nothing", "/shop/team/log/check/", "/me/orders/{rows.shipped.no}/",
    "/shop/team/log/?about={rows.shipped.no}",
]  # fmt: skip
CHANGING = ["/me/company/", "/me/company/changes/{rows.change.version}/", "/me/company/changes/{rows.change.version}/answer/"]
WITHOUT_A_BOX = ["/me/", "/shop/team/", "/shop/approvals/", "/me/security/", "/shop/team/log/"]
LONG_NAMED = ["/me/", "/me/company/", "/shop/team/", "/shop/approvals/rules/", "/me/close/", "/me/security/freeze/", "/me/export/"]
DESKS = [
    "/admin/", "/admin/accounts/enterprise/", "/admin/accounts/enterprise/{rows.pending.pk}/change/",
    "/admin/accounts/enterprise/{rows.seller.pk}/change/", "/admin/accounts/enterprise/{rows.seller.pk}/history/",
    "/admin/accounts/companychange/", "/admin/accounts/companychange/{rows.change.pk}/change/", "/admin/accounts/freezecase/",
    "/admin/accounts/freezecase/{reported}/change/", "/admin/accounts/freezecase/{proposed}/change/", "/admin/accounts/user/",
    "/admin/accounts/user/{person}/change/", "/admin/kernel/fact/", "/admin/kernel/deadline/",
]  # fmt: skip


def freeze_cases(rows):
    """A report that waits for an answer, and a frozen company whose unfreezing waits for a second person."""
    from accounts import services
    from accounts.models import FreezeCase

    desk = worlds.staff_actor("accounts.view_freezecase", "accounts.freeze_enterprise", "accounts.unfreeze_enterprise")
    contact = {"name": "王五", "role": "法定代表人", "phone": "13800000000", "email": "wang@example.com"}

    def report(firm):
        proofs = {kind: services.keep_proof(worlds.upload(kind, firm.name), actor=desk).token for kind in ("licence", "legal_rep_id")}
        return services.report_freeze(
            actor=desk, named=firm.name, registration_no=firm.registration_no, contact=contact, story="密码被改。", proofs=proofs,
            request_key=worlds.key(),
        )  # fmt: skip

    waiting, stolen = report(rows.freezer), report(rows.closer)
    services.freeze_reported(stolen.pk, enterprise_id=rows.closer.pk, reason="证件核对一致", actor=desk, request_key=worlds.key())
    for kind in ("licence", "legal_rep_id"):
        services.add_proof(stolen.pk, kind=kind, upload=worlds.upload(kind, f"again {kind}"), actor=desk, request_key=worlds.key())
    services.propose_unfreeze(stolen.pk, actor=desk, request_key=worlds.key())
    assert FreezeCase.objects.get(pk=stolen.pk).state == "unfreeze_proposed"
    return {"reported": waiting.pk, "proposed": stolen.pk}


@pytest.fixture
def world(settings):
    settings.STAFF_SECOND_FACTOR = False
    return security_scene.build()


def signed_in(open_browser, user, **view):  # noqa: F811
    """A browser with somebody's session, as after a log-in and the password given again."""
    page = open_browser(**view)
    if user is not None:
        session = security_scene.sign_in(user).cookies["sessionid"].value
        page.context.add_cookies([{"name": "sessionid", "value": session, "url": page.base}])
    return page


@pytest.mark.spec("H15", thin=True)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_of_the_room_is_accessible_and_fits(open_browser, world, language):  # noqa: F811
    rows, people = world.rows, world.people
    long_named = worlds.verified_enterprise(LONG_ZH[:100], name_en=LONG_EN[:100], owner=worlds.person(name=LONG_ZH[:60]))
    numbers = {"rows": rows, "person": people["seller"].pk, **freeze_cases(rows)}
    desk = worlds.staff_user()
    desk.is_superuser = True
    desk.save(update_fields=["is_superuser"])
    rounds = [
        (None, VISITOR), (people["individual"], PERSON), (people["seller"], MAIN), (people["buyer"], CHANGING),
        (people["seller_sub"], WITHOUT_A_BOX), (people["pending"], ["/me/", "/me/company/"]), (people["frozen"], ["/me/"]),
        (people["closed"], ["/me/"]), (worlds.main_account(long_named), LONG_NAMED), (desk, DESKS),
    ]  # fmt: skip

    for user, paths in rounds:
        page = signed_in(open_browser, user, language=language)
        for path in paths:
            answer = page.goto(path.format(**numbers))
            assert answer.status < 500, path
            assert answer.status != 404 or "gone" in path, path
            page.console_lines[:] = [line for line in page.console_lines if LOADED_ANYWAY not in line]
            sound(page)
            page.set_viewport_size(PHONE)
            sound(page)
            page.set_viewport_size(NARROW)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path} is wider than 320 px"
            page.set_viewport_size(DESK)
