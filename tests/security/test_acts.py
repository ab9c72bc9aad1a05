"""Every act over HTTP: it leaves a fact that names who did it, and the same form sent twice does it once (P6, P18)."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.timezone import localdate

from kernel.clock import now
from kernel.models import Fact
from tests.worlds import uscc

from . import scene
from .walk import acting, declared, none, place

pytestmark = pytest.mark.django_db

KEY = "sent-once-and-again-0001"
LISTING = {
    "category": "PAP", "title_zh": "牛皮箱板纸 150g", "spec_zh": "克重：150 g\n宽度：1100 mm", "price": "3200", "currency": "CNY",
    "unit": "t", "moq": "5", "opening_stock": "20", "lead_days": "5", "place": "佛山", "description_zh": "卷筒。",
}  # fmt: skip


GOODS = (
    "category,title_zh,spec_zh,price,unit,place\n"
    "PAP,牛卡纸 150g,克重：150 g,4280,t,佛山\n"
)  # fmt: skip
COMPANY = {
    "name": "新来己贸易有限公司", "name_en": "Newcomer Trading", "country": "CN", "province": "{province}", "address": "天河路 1 号",
    "phone": "020-80000000",
}  # fmt: skip
BANK = {"tax_no": "", "bank_name": "示例银行", "bank_code": "102588000018", "bank_account": "2013021009200123456"}
INVOICE = {"address": "佛山市示例路 1 号", "phone": "0757-80000000", "bank_name": "示例银行佛山分行", "bank_account": "2013021009200123456"}
WORDS = "到货十吨中有一卷受潮，外包装破损，照片已经发给对方，请处理。" * 2
CHANNEL = {"deal_class": "commodity", "volume": "986000000", "description": WORDS, "has_debt": "no", "unclear_regulation": "no"}
BANK = {"bank_name": "示例银行广州分行", "bank_code": "102100099996", "bank_account": "6222020200112233", "reason": "换行"}
MEMBER = {"username": "li.si", "display_name": "李四", "password": "correct-horse-9", "boxes": "trade"}


@dataclass(frozen=True)
class Act:
    """A form filled in well; `other` are values that make it another request under the same key."""

    data: dict
    other: dict | None = None
    who: str = ""
    fact: bool = True
    files: tuple[str, ...] = ()
    again: bool = True  # false where the same form sent later is another act
    sheet: str = ""  # a CSV file as the field `file`
    twice: bool = True  # whether the second sending is answered like the first; else it is refused, and changes nothing either


ACTS = {
    "catalog:want_new": Act({"title": "求购木浆", "category": "PAP", "quantity": "5", "unit": "t"}, {"quantity": "6"}),
    "catalog:want_close": Act({}),
    "catalog:want_renew": Act({}),
    "catalog:want_offer": Act({"body": "我们有五吨现货。", "offered_no": "{rows.given.no}"}, {"body": "另有十吨。"}),
    "catalog:ask": Act({"body": "含税吗？"}, {"body": "不含税呢？"}),
    "catalog:contact": Act({"body": "请寄目录。"}, {"body": "请寄样品。"}),
    "catalog:inquiry": Act({"body": "有货，今天可发。"}, {"body": "明天可发。"}),
    "catalog:alert_new": Act({"name": "木浆", "query": "q=木浆&c=PAP", "by_mail": "on"}, {"name": "纸浆"}),
    "catalog:alert_change": Act({"weekly": "on"}, {"paused": "on"}),
    "catalog:alert_end": Act({}),
    "catalog:follow": Act({}),
    "catalog:ads": Act(
        {"listing_no": "{rows.live.no}", "place": "market", "starts_on": "{soon}", "ends_on": "{soon}"}, {"words_zh": "另一行"}
    ),
    "catalog:ad_end": Act({}),
    "catalog:listing_new": Act(LISTING, {"title_zh": "瓦楞原纸 110g"}),
    "catalog:listing_edit": Act({**LISTING, "title_zh": "改过的标题"}, {"title_zh": "又改过的标题"}),
    "catalog:listing_submit": Act({}),
    "catalog:listing_withdraw": Act({}),
    "catalog:draft_discard": Act({}),
    "catalog:listing_renew": Act({}),
    "catalog:change_drop": Act({}),
    "catalog:stock_of": Act({"kind": "in", "quantity": "7", "reason": "入库"}, {"quantity": "8"}),
    "catalog:stock_threshold": Act({"low_at": "5"}, {"low_at": "6"}),
    "catalog:listing_import": Act({"mode": "write"}, {"hand_in": "on"}, sheet=GOODS),
    "catalog:listing_export": Act({"excel": "csv"}, {"excel": "xlsx"}),
    "catalog:stock_import": Act({"mode": "write"}, {"mode": "check"}, sheet="goods,kind,quantity,reason\n{rows.live.no},in,1,x\n"),
    "catalog:stock_export": Act({"excel": "csv", "what": "stock"}, {"excel": "xlsx"}),
    "catalog:stock_counts": Act({"title": "年中"}, who="buyer"),
    "catalog:stock_count": Act({"counted-{rows.count_line.pk}": "5", "reason-{rows.count_line.pk}": "少"}),
    "catalog:count_upload": Act({}, sheet="goods,counted\n{rows.live.no},3\n"),
    "catalog:count_book": Act({"reason": "差异"}, {"reason": "另有原因"}),
    "catalog:count_cancel": Act({}),
    "catalog:reservation_new": Act(
        {"buyer": "{rows.stranger.handle}", "quantity": "3", "until": "{tomorrow}", "note": "留"}, {"quantity": "4"}
    ),
    "catalog:reservation_ask": Act({"quantity": "3", "until": "{tomorrow}"}, {"quantity": "4"}),
    "catalog:reservation_accept": Act({}),
    "catalog:reservation_decline": Act({}),
    "catalog:reservation_release": Act({}),
    "catalog:want_report": Act({"kind": "false", "text": "数量有误。"}, {"text": "另有错误。"}, who="stranger"),
    "catalog:offer_report": Act({"kind": "false", "text": "照片与货不符。"}, {"text": "另有错误。"}, who="stranger"),
    "catalog:own_reservation_withdraw": Act({}),
    "catalog:own_reservation_release": Act({}),
    "kernel:job_stop": Act({}),
    "orders:new": Act(
        {"get_1": "{rows.given.pk}", "get_1_quantity": "10", "payer": "me", "credit": "100", "step": "send"}, {"get_1_quantity": "11"}
    ),
    "orders:messages": Act({"body": "何时发货？"}, {"body": "请发货。"}),
    "orders:confirmation": Act({"terms_hash": "{rows.proposed.terms_hash}"}, {"terms_hash": "0" * 64}),
    "orders:decline": Act({"reason": "价格不合适"}, {"reason": "另有原因"}),
    "orders:withdrawal": Act({}),
    "orders:shipment": Act({"carrier": "sf", "waybill_no": "SF1385628716739", "unusual": "on"}, {"waybill_no": "SF1385628716740"}),
    "orders:acceptance": Act({}),
    "orders:events": Act({"kind": "in_transit", "happened_at": "{shipped}", "place": "广州"}, {"place": "佛山"}),
    "orders:tracking_import": Act({}, sheet="waybill_no,kind,happened_at\nSF1385628716739,in_transit,{shipped}\n"),
    "orders:refund_new": Act({"reason": "货期太长"}, {"reason": "另有原因"}, who="buyer"),
    "orders:refund_part": Act({"reason": "包装破损", "off_{rows.funded_line.pk}": "1"}, {"reason": "另有原因"}, who="buyer"),
    "orders:refund_approval": Act({}),
    "orders:refund_rejection": Act({"answer": "已经备货"}, {"answer": "另有原因"}),
    "orders:refund_withdrawal": Act({}),
    "orders:rfq_new": Act(
        {
            "title": "求购箱板纸",
            "category": "PAP",
            "quantity": "5",
            "unit": "t",
            "currency": "CNY",
            "gives_cash": "on",
            "answer_by": "{tomorrow}",
            "others": "{rows.given.no}",
        },
        {"quantity": "6"},
    ),
    "orders:rfq_withdrawal": Act({"reason": "不要了"}, {"reason": "另有原因"}),
    "orders:offer": Act(
        {
            "give_1": "{rows.live.pk}",
            "give_1_quantity": "10",
            "give_1_price": "5480",
            "payer": "them",
            "credit": "54800",
            "valid_until": "{tomorrow}",
            "seen": "1",
            "step": "send",
        },
        {"give_1_quantity": "9"},
        who="seller",
    ),
    "orders:offer_acceptance": Act({"number": "1", "terms_hash": "{rows.round.terms_hash}"}, {"number": "2"}),
    "orders:negotiation_end": Act({"reason": "不做了"}, {"reason": "另有原因"}, who="seller"),
    "orders:counter": Act(
        {
            "give_1": "{rows.live.pk}",
            "give_1_quantity": "10",
            "give_1_price": "5480",
            "payer": "them",
            "credit": "54800",
            "valid_until": "{tomorrow}",
            "seen": "{rows.proposed.terms_hash}",
            "step": "send",
        },
        {"give_1_quantity": "9"},
    ),
    "orders:amendment_new": Act(
        {
            "quantity_{rows.amendable_line}": "9",
            "price_{rows.amendable_line}": "5480",
            "payer": "me",
            "credit": "49320",
            "reason": "减量",
            "seen_hash": "{rows.amendable.terms_hash}",
        },
        {"reason": "另有原因"},
        who="buyer",
    ),
    "orders:amendment": Act({"terms_hash": "{rows.amendment.terms_hash}"}, {"terms_hash": "0" * 64}, who="seller"),
    "orders:amendment_end": Act({"reason": "不同意"}, {"reason": "另有原因"}, who="seller"),
    "orders:refund_goods": Act({"goods_{rows.returned.pk}": "returned"}, {"goods_{rows.returned.pk}": "given_up"}),
    "orders:statements": Act({"starts_on": "2026-01-01", "ends_on": "2026-01-31"}, {"ends_on": "2026-01-30"}),
    "orders:paper_new": Act({"kind": "contract"}, {"kind": "proforma"}),
    "orders:contract_new": Act({"wanted": "书面合同"}, {"wanted": "另一份合同"}),
    "orders:contract_answer": Act({"answer": "双方盖章"}, {"answer": "只盖乙方"}),
    "orders:contract_withdrawal": Act({}),
    "orders:contract_acceptance": Act({"version": "1", "sha256": "{rows.contract_version.sha256}", "read": "on"}, {"sha256": "0" * 64}),
    "orders:invoice_profile": Act(INVOICE, {"address": "另一条路 1 号"}),
    "orders:invoice_new": Act(
        {
            **INVOICE,
            "member_account": "{rows.buyer.handle}",
            "company_name": "{rows.buyer.name}",
            "tax_no": "{rows.buyer.registration_no}",
            "line_{rows.done_line.pk}": "2",
        },
        {"line_{rows.done_line.pk}": "3"},
    ),
    "orders:invoice_taking": Act({}),
    "orders:invoice_registration": Act(
        {"number": "{year}440000000000000777", "issued_on": "{today}", "gross": "5480.00", "rate_{rows.invoice_line.pk}": "13"},
        {"number": "{year}440000000000000778"},
        files=("file",),
    ),
    "orders:invoice_refusal": Act({"reason": "税号有误"}, {"reason": "另有原因"}),
    "orders:invoice_withdrawal": Act({}),
    "orders:invoice_booking": Act({}),
    "orders:red_new": Act({"why": "allowance", "line_{rows.issued_line.pk}": "100"}, {"line_{rows.issued_line.pk}": "101"}),
    "orders:red_answer": Act({"agree": "yes"}, {"agree": "no"}),
    "orders:red_withdrawal": Act({}),
    "orders:red_registration": Act(
        {"number": "{year}440000000000000888", "issued_on": "{today}"}, {"number": "{year}440000000000000889"}, files=("file",)
    ),
    "accounts:export": Act({}),
    "accounts:join_company": Act(COMPANY, {"name": "又一家贸易有限公司"}, who="individual"),
    "accounts:join_licence": Act(
        {"registration_no": "{uscc}", "licence_expires_on": "2031-01-01"}, {"licence_expires_on": "2032-01-01"}, who="individual"
    ),
    "accounts:join_representative": Act({"legal_representative": "王五"}, {"legal_representative": "赵六"}, who="individual"),
    "accounts:join_tax": Act(BANK, {"bank_name": "另一银行"}, who="individual"),
    "accounts:join_papers": Act({}, who="individual", files=("licence", "legal_rep_id", "tax")),
    "accounts:join_check": Act({"answers": "{rows.registration.digest}", "consent": "on"}, {"answers": "0" * 64}, who="individual"),
    "accounts:freeze_report": Act(
        {"named": "卖方甲公司", "name": "王五", "role": "法定代表人", "phone": "13800000000", "story": "账号被盗。"},
        {"story": "另一件事。"},
        files=("licence", "legal_rep_id"),
    ),
    "accounts:transfer_report": Act(
        {
            "named": "卖方甲公司",
            "registration_no": "91110105MA00000000",
            "cause": "left",
            "name": "王五",
            "role": "法定代表人",
            "phone": "13800000000",
            "email": "neuer@example.com",
            "story": "原管理员离职。",
        },
        {"story": "另一件事。"},
        files=("licence", "legal_rep_id"),
    ),
    "accounts:transfer_object": Act({"reason": "我仍在职"}, {"reason": "另有原因"}, who="buyer"),
    "accounts:session_end": Act({}),
    "accounts:freeze_now": Act({"reason": "账号被盗"}, who="freezer", twice=False),
    "accounts:close": Act({"reason": "不再经营", "typed_name": "自销壬公司"}, who="closer", twice=False),
    "accounts:member_new": Act(MEMBER, {"username": "zhang.wu"}),
    "accounts:member_boxes": Act({"boxes": "trade"}, {"boxes": "ship"}),
    "accounts:member_password": Act({"password": "another-horse-8"}, {"password": "a-third-horse-7"}),
    "accounts:member_end": Act({}),
    "accounts:member_sight": Act({"only_granted_orders": "on"}, {"only_granted_listings": "on"}),
    "accounts:invite": Act({"email": "neu@example.com", "display_name": "王敏", "boxes": "trade"}, {"email": "anders@example.com"}),
    "accounts:invitation_resend": Act({}),
    "accounts:invitation_revoke": Act({}),
    "accounts:invitation": Act({}, who="individual"),
    "catalog:listing_people": Act({"people": "{rows.narrow.pk}"}, {"people": []}),
    "orders:people": Act({"people": "{rows.narrow.pk}"}, {"people": []}, who="seller"),
    "accounts:change_new": Act(
        {"province": "广东", "address": "珠江路 9 号", "phone": "020-81110000", "reason": "搬迁", "step": "send"}, {"phone": "020-82220000"}
    ),
    "accounts:bank_change": Act({**BANK, "step": "send", "consent": "on"}, {"bank_account": "6222020200112230"}, files=("bank_proof",)),
    "accounts:change_answer": Act(
        {"province": "广东", "address": "珠江路 9 号", "phone": "020-81110000", "reason": "补正", "step": "send"}, {"phone": "020-82220000"}
    ),
    "accounts:change_withdraw": Act({}),
    "accounts:approval_decide": Act({"verdict": "approve"}, {"verdict": "reject", "note": "太贵"}),
    "accounts:approval_withdraw": Act({}),
    "accounts:approval_threshold": Act({"above": "50000"}, {"above": "60000"}),
    "accounts:stand_in_new": Act(
        {"taker_id": "{rows.member.pk}", "starts_on": "2035-01-01", "ends_on": "2035-01-31"}, {"ends_on": "2035-01-30"}
    ),
    "accounts:stand_in_end": Act({}),
    "accounts:member_limits": Act({"per_order": "100", "per_period": "2000", "period": "month"}, {"per_order": "200"}),
    "disputes:new": Act({"complaint_class": "quality", "statement": WORDS}, {"statement": WORDS + "另外少了一卷。"}),
    "major_clients:apply": Act(CHANNEL, {"volume": "987000000"}),
    "helpdesk:contact": Act(
        {"topic": "", "name": "李四", "email": "li@example.com", "subject": "咨询", "message": "怎么注册？"}, {"subject": "另一件事"}
    ),
}
NOT_ACTS = {"set_language", "messaging:all_read", "accounts:switch"}  # a cookie, one's own read marks, the session
NOT_ACTS |= {"accounts:approval_new"}  # needs the sealed ticket of a refused act: tests/journeys/test_approvals.py
NOT_ACTS |= {"orders:tracking_push"}  # a carrier's, signed: tests/orders/test_feeds.py


def filled(world, act: Act, **more) -> dict:
    from django.utils.timezone import localtime

    from accounts.rules import PROVINCES

    shipped = localtime(world.rows.consignment.shipped_at).strftime("%Y-%m-%dT%H:%M")
    soon = (localtime(world.rows.consignment.shipped_at) + timedelta(days=2)).strftime("%Y-%m-%d")
    tomorrow = (localtime(now()) + timedelta(days=1)).strftime("%Y-%m-%d")
    today = localdate(now())
    places = {
        "tomorrow": tomorrow,
        "soon": soon,
        "rows": world.rows,
        "shipped": shipped,
        "uscc": uscc(7_654_321),
        "today": today.isoformat(),
        "year": f"{today:%y}",
        "province": next(iter(PROVINCES)),
    }
    asked = {**act.data, **more}
    values = {k.format(**places): v.format(**places) if isinstance(v, str) else v for k, v in asked.items()}
    if "topic" in values:
        from helpdesk.models import ServiceRequest

        values["topic"] = ServiceRequest.TOPICS[0][0]
    if "kind" in values and values["kind"] == "in_transit":
        from orders.models import TrackingEvent

        values["kind"] = next(code for code, _label in TrackingEvent.KINDS if code not in ("signed", "rejected"))
    uploads = {name: SimpleUploadedFile(f"{name}.pdf", scene.PDF, "application/pdf") for name in act.files}
    if act.sheet:
        uploads["file"] = SimpleUploadedFile("sheet.csv", act.sheet.format(**places).encode(), "text/csv")
    return {**uploads, "request_key": KEY, **values}


def known() -> list[tuple[str, str]]:
    return [(name, ACTS[name].who or acting(url)) for name, url in declared(post=True) if name in ACTS]


def explain(response) -> str:
    import re

    found = re.findall(r'class="[^"]*(?:error|refus)[^"]*"[^>]*>(.*?)</', response.content.decode(), re.S)
    return f"{response.status_code} " + " / ".join(re.sub(r"<[^>]+>|\s+", " ", text).strip() for text in found)[:200]


def test_every_posting_url_has_an_act_that_succeeds():
    none(
        f"{name} is never reached with success: add it to ACTS" for name, _url in declared(post=True) if name not in ACTS.keys() | NOT_ACTS
    )


@pytest.mark.parametrize("name", ACTS)
def test_an_act_leaves_a_fact_that_names_its_actor_and_is_done_once(world, watch, name):
    who = dict(known()).get(name)
    if who is None:
        pytest.skip("its room has no pages yet")
    act, client, path = ACTS[name], world.clients[who], place(world, name)
    newest, form = scene.newest_fact(), filled(world, act)
    watch.changed()

    first = client.post(path, form)

    assert first.status_code == 302, explain(first)
    assert watch.changed() != []
    person = world.people[who]
    own = Fact.objects.filter(
        pk__gt=newest,
        actor_user_id=person.pk,
        acting_for=world.at(who).chain if hasattr(world.rows, who) else "",
        request_id=first["X-Request-ID"],
    )
    assert own.exists()

    if not act.again:
        return
    again = client.post(path, filled(world, act))

    assert watch.changed() == []
    if act.twice:
        assert (again.status_code, again["Location"]) == (first.status_code, first["Location"])
    else:
        assert again.status_code in (302, 403, 404, 409, 422)

    if act.other:
        misused = client.post(path, filled(world, act, **act.other))
        assert misused.status_code in (403, 409, 422), explain(misused)
        assert watch.changed() == []


def test_the_fingerprint_notices_an_update_a_row_and_a_deletion(world):
    from accounts.models import Enterprise, Membership

    start = scene.fingerprint()
    Enterprise.objects.filter(pk=world.at("stranger.pk")).update(name_en="Renamed")
    renamed = scene.fingerprint()
    Membership.objects.filter(enterprise=world.at("stranger")).delete()

    assert scene.changed(start, renamed) == ["accounts_enterprise"]
    assert scene.changed(renamed, scene.fingerprint()) == ["accounts_membership"]


@pytest.mark.spec("H20", thin=True)
def test_a_box_taken_away_is_gone_at_the_next_request(world):
    world.give_boxes("seller_sub", "manage_products")
    client, path = world.clients["seller_sub"], place(world, "catalog:my_listings")
    assert client.get(path).status_code == 200

    world.give_boxes("seller_sub")

    assert client.get(path).status_code == 403


def test_a_membership_that_has_ended_is_gone_at_the_next_request(world):
    from accounts.models import Membership
    from kernel.clock import now

    world.give_boxes("seller_sub", "manage_products")
    client, path = world.clients["seller_sub"], place(world, "orders:detail")
    Membership.objects.filter(user=world.people["seller_sub"]).update(ended_at=now())

    assert client.get(path).status_code in (302, 403, 404)
