"""The world of the security tests: two parties with orders in every open state, a stranger, and one of each other kind of person."""

import io
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from types import SimpleNamespace
from unittest.mock import patch

import pikepdf
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Group, Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client

from accounts.models import Enterprise, EnterpriseUserObjectPermission, Membership, User
from kernel.clock import now, telling
from kernel.models import Fact
from kernel.services import deliver_due
from tests import worlds

CANARY = "kanarienvogel-7Qx2"  # 18 characters that every private text of the parties holds
STAFF = {"reviewer": ["reviewer"], "finance": ["finance"], "service": ["customer service"], "staff": []}
NOT_TENANT = {"django_session", "kernel_cache", "usersessions_usersession", "django_admin_log", "django_migrations"}


def _pdf() -> bytes:
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        target = io.BytesIO()
        pdf.save(target)
    return target.getvalue()


PDF = _pdf()


def private(text: str) -> str:
    return f"{CANARY} {text}"


@dataclass
class Scene:
    """Rows by name (`world.at("shipped.no")`), and a signed-in client for every kind of actor."""

    rows: SimpleNamespace = field(default_factory=SimpleNamespace)
    people: dict[str, User | None] = field(default_factory=lambda: {"anonymous": None})

    def at(self, path: str):
        found = self.rows
        for part in path.split("."):
            found = getattr(found, part)
        return found

    @cached_property
    def clients(self) -> dict[str, Client]:
        return {name: sign_in(user) for name, user in self.people.items()}

    def give_boxes(self, who: str, *boxes: str) -> None:
        """Let a sub-account hold exactly these boxes of the grid."""
        user, enterprise = self.people[who], self.rows.seller if who.startswith("seller") else self.rows.buyer
        EnterpriseUserObjectPermission.objects.filter(user=user).delete()
        held = Permission.objects.filter(content_type__app_label="accounts", content_type__model="enterprise", codename__in=boxes)
        assert len(held) == len(boxes)
        EnterpriseUserObjectPermission.objects.bulk_create(
            [EnterpriseUserObjectPermission(user=user, permission=p, content_object=enterprise) for p in held]
        )


def sign_in(user: User | None) -> Client:
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        worlds.reauthenticate(client)  # what asks for the password again has tests of its own
    return client


@transaction.atomic
def build() -> Scene:
    scene = Scene()
    _people(scene)
    _goods(scene)
    _orders(scene)
    _more(scene)
    _papers(scene.rows)
    _open_job(scene.rows)  # last: everything before it delivers what is due
    assert scene.clients  # signed in here, so that their sessions outlive a test
    return scene


def _people(scene: Scene) -> None:
    rows, people = scene.rows, scene.people
    hidden = {"address": private("路 1 号"), "phone": CANARY, "legal_representative": private("张三")}
    rows.seller = worlds.verified_enterprise("卖方甲公司", **hidden)
    rows.buyer = worlds.verified_enterprise("买方乙公司", **hidden)
    rows.stranger = worlds.verified_enterprise("外人丙公司")
    rows.pending = worlds.verified_enterprise("待审丁公司", state="submitted", verified_at=None)
    rows.frozen = worlds.verified_enterprise("冻结戊公司", state="frozen")
    rows.closed = worlds.verified_enterprise("注销庚公司", state="closed")
    rows.freezer, rows.closer = (
        worlds.verified_enterprise("自冻辛公司"),
        worlds.verified_enterprise("自销壬公司"),
    )  # they log out on the way
    for name in ("seller", "buyer", "stranger", "pending", "frozen", "closed", "freezer", "closer"):
        people[name] = worlds.main_account(getattr(rows, name))
    for side in ("seller", "buyer"):
        people[f"{side}_sub"] = worlds.sub_account(getattr(rows, side))
        User.objects.filter(pk=people[f"{side}_sub"].pk).update(display_name=private(side))
        people[f"{side}_sub"].refresh_from_db()
    people["individual"] = worlds.person()
    rows.registration = worlds.begun_registration(people["individual"], address=private("路 9 号"))
    for name, groups in STAFF.items():
        people[name] = worlds.staff_user()
        for group in Group.objects.filter(name__in=groups):
            people[name].groups.add(group)
    rows.member = Membership.objects.get(user=worlds.sub_account(rows.seller))
    rows.narrow = Membership.objects.get(user=worlds.sub_account(rows.seller))
    rows.narrow.only_granted_listings = rows.narrow.only_granted_orders = True
    rows.narrow.save()
    _invitation(scene)


def _invitation(scene: Scene) -> None:
    """An open invitation of the seller to the individual, sent an hour ago, and the token of its link."""
    from accounts.services.invitations import _token, invite

    rows, email = scene.rows, scene.people["individual"].email
    with telling(now() - timedelta(hours=1)):
        rows.invitation = invite(
            email=email, display_name=private("王敏"), boxes=["trade"], actor=worlds.member_actor(rows.seller), request_key=worlds.key()
        )  # fmt: skip
    rows.invitation_token = _token(rows.seller.pk, rows.invitation.email_digest, rows.invitation.expires_at)


def _goods(scene: Scene) -> None:
    from catalog.services import create_listing, keep_media, make_report, move_stock, post_want, revise_listing, submit_listing

    rows, actor = scene.rows, worlds.member_actor(scene.rows.seller)
    rows.photo_size = "thumb.webp"
    rows.photo = keep_media(worlds.upload(), kind="photo", actor=actor)
    rows.live = worlds.live_listing(rows.seller, stock=1000, media=[{"key": rows.photo.key}])
    rows.given = worlds.live_listing(rows.buyer, stock=1000)
    terms = worlds.listing_terms(title_zh=private("未上架"), title_en=private("hidden"), description_zh=private("说明"))
    rows.draft = create_listing(terms, actor=actor, category="PAP", request_key=worlds.key())
    rows.waiting = create_listing(terms, actor=actor, category="PAP", request_key=worlds.key())
    rows.waiting = submit_listing(rows.waiting.no, actor=actor, request_key=worlds.key())
    rows.changed = worlds.live_listing(rows.seller)
    revise_listing(rows.changed.no, actor=actor, terms=terms, category="PAP", request_key=worlds.key())
    move_stock(rows.live.no, actor=actor, kind="in", quantity=5, reason=private("盘盈"), document_no=CANARY, request_key=worlds.key())
    _stock(scene)
    _reach(rows)
    rows.want = post_want(actor=actor, category="PAP", title="求购木浆", quantity=5, unit="t", can_give="纸", request_key=worlds.key())
    reader, text = worlds.member_actor(rows.buyer), private("夸大")
    rows.report = make_report(actor=reader, want_no=rows.want.no, kind="false", text=text, request_key=worlds.key())


def _stock(scene: Scene) -> None:
    """A reservation that waits for an answer, one that runs, an open count, a paper of a movement, and a job that has made its file."""
    from accounts.services import grant_privilege
    from catalog.services import (
        ask_reservation,
        begin_count,
        create_listing,
        enter_counts,
        export_goods,
        keep_movement_paper,
        move_stock,
        reserve_for_buyer,
    )
    from kernel.timer import COMMAND

    rows, actor = scene.rows, worlds.member_actor(scene.rows.seller)
    other = worlds.live_listing(rows.seller, stock=50)
    asking = worlds.member_actor(rows.buyer)
    until = now() + timedelta(days=3)
    grant_privilege(rows.buyer.pk, actor=COMMAND, reason="场景", request_key=worlds.key())
    rows.askable = worlds.live_listing(rows.seller, stock=50)
    rows.asked = ask_reservation(
        other.no, actor=asking, quantity=Decimal(5), until=until, note=private("请留"), request_key=worlds.key()
    )  # fmt: skip
    rows.kept = reserve_for_buyer(
        worlds.live_listing(rows.seller, stock=50).no,
        actor=actor, buyer=rows.buyer.handle, quantity=Decimal(5), until=until, note=private("留货"), request_key=worlds.key()
    )  # fmt: skip
    rows.count = begin_count(actor=actor, title=private("盘点"), everything=True, request_key=worlds.key())
    counted, rows.count_line = rows.count.lines.order_by("pk")[:2]
    enter_counts(rows.count.no, actor=actor, counted={counted.pk: (Decimal(900), private("少"))}, request_key=worlds.key())
    terms = worlds.listing_terms(title_zh=private("不要了"))
    rows.unwanted = create_listing(terms, actor=actor, category="PAP", request_key=worlds.key())  # after the count, so that it is not in it
    rows.movement_paper = keep_movement_paper(worlds.upload("note", private("送货单")), actor=actor)
    paper = {"paper": rows.movement_paper.token, "reason": private("有单据"), "request_key": worlds.key()}
    move_stock(other.no, actor=actor, kind="in", quantity=Decimal(1), **paper)
    rows.job = export_goods("catalog.stock_export", actor=actor, excel=False, request_key=worlds.key())
    rows.file_suffix = "csv"


def _reach(rows: SimpleNamespace) -> None:
    """The seller is VIP and advertises, has saved a search and answers an inquiry of the buyer."""
    from accounts.services import grant_privilege
    from catalog.services import approve_ad, ask, book_ad, save_search
    from kernel.timer import COMMAND

    actor = worlds.member_actor(rows.seller)
    grant_privilege(rows.seller.pk, actor=COMMAND, reason="场景", request_key=worlds.key())
    today = now().date()
    days = {"starts_on": today + timedelta(days=1), "ends_on": today + timedelta(days=9)}
    rows.ad = book_ad(actor=actor, listing_no=rows.live.no, place="home", words_zh="现货", request_key=worlds.key(), **days)
    rows.ad = approve_ad(rows.ad.no, actor=worlds.staff_actor("catalog.review_ad"), request_key=worlds.key())
    rows.search = save_search(
        private("搜索"), actor=actor, q="木浆", categories=["PAP"], filters={}, query="q=x", weekly=False, by_mail=True,
        request_key=worlds.key(),
    )  # fmt: skip
    rows.inquiry = ask(actor=worlds.member_actor(rows.buyer), listing_no=rows.live.no, body=private("有货吗"), request_key=worlds.key())
    rows.sitemap = SimpleNamespace(kind="pages", part=0)


def _orders(scene: Scene) -> None:
    from orders.services import request_refund, write_message

    rows = scene.rows
    buyer, seller, live = rows.buyer, rows.seller, rows.live
    worlds.allow_credit(buyer, 900_000_000)

    def order():
        return worlds.proposed_order(buyer, seller, get=[(live, 10)], credit=5_480_000)

    rows.proposed = order()
    rows.funded = worlds.confirmed(order())
    rows.funded_line = rows.funded.lines.get()
    rows.shipped = worlds.confirmed(order())
    worlds.shipped(rows.shipped, seller)
    rows.consignment = rows.shipped.consignments.get()
    rows.done = worlds.confirmed(order())
    worlds.shipped(rows.done, seller)
    worlds.accepted(rows.done, buyer)
    rows.owed = worlds.confirmed(worlds.proposed_order(buyer, seller, get=[(live, 10)], cash=5_480_000))
    rows.refunding = worlds.confirmed(order())
    actor = worlds.member_actor(buyer)
    rows.refund = request_refund(rows.refunding.no, actor=actor, reason=private("换货"), request_key=worlds.key())
    rows.returning = worlds.confirmed(order())
    rows.returned = worlds.shipped(rows.returning, seller)
    asking = worlds.member_actor(seller)
    rows.return_refund = request_refund(rows.returning.no, actor=asking, reason=private("退回"), request_key=worlds.key())
    _bargains(rows, order)
    upload = SimpleUploadedFile(f"{CANARY}.pdf", PDF, "application/pdf")
    message = write_message(rows.funded.no, actor=actor, body=private("你好"), uploads=[upload], request_key=worlds.key())
    rows.attachment = message.attachments.get().document
    with patch("orders.services.papers.render_pdf", lambda html: PDF):  # what papers look like is tested elsewhere
        deliver_due()
    rows.paper = rows.funded.papers.get()


def _bargains(rows: SimpleNamespace, order) -> None:
    """A request of the buyer that the seller has quoted for, and a running order whose change waits for the seller."""
    from kernel.money import CREDIT, Money
    from orders.negotiation_rules import Change, Needs, NewLine, Offer, OfferLine
    from orders.services import make_offer, propose_amendment, send_rfq

    asking, quoting, soon = worlds.member_actor(rows.buyer), worlds.member_actor(rows.seller), now() + timedelta(days=3)
    needs = Needs(private("求购纸"), "PAP", 10, "t", "CNY", soon, gives_credit=True, words=private("要求"))
    rows.rfq = send_rfq(actor=asking, needs=needs, sellers={rows.seller.pk: rows.live.pk}, request_key=worlds.key())
    rows.bargain = rows.rfq.threads.get()
    lines = (OfferLine(rows.live.pk, 10, 548_000),)
    offer = Offer(lines, "them", Money(5_480_000, CREDIT), Money(0, "CNY"), soon, note=private("报价"))
    rows.round = make_offer(rows.bargain.no, actor=quoting, offer=offer, seen_round=0, request_key=worlds.key())
    rows.amendable, rows.amending = worlds.confirmed(order()), worlds.confirmed(order())
    line, rows.amendable_line = rows.amending.lines.get(), rows.amendable.lines.get().pk
    less, pays = (NewLine(line.pk, line.listing_id, 9, 548_000),), Money(9 * 548_000, CREDIT)
    change = Change(less, "me", pays, Money(0, "CNY"), private("条款"), private("减量"))
    rows.amendment = propose_amendment(
        rows.amending.no, actor=asking, change=change, seen_hash=rows.amending.terms_hash, request_key=worlds.key()
    )


def _more(scene: Scene) -> None:
    from accounts.models import QualificationDocument
    from disputes.services import open_complaint
    from kernel.clock import now
    from kernel.services import store_bytes
    from messaging.models import Notice

    rows = scene.rows
    rows.complaint = open_complaint(
        rows.shipped.no, actor=worlds.member_actor(rows.buyer), complaint_class="quality",
        statement=private("有一卷受潮，外包装破损，请处理。"),
        request_key=worlds.key(),
    )  # fmt: skip
    document = store_bytes(
        PDF, file_name=f"{CANARY}.pdf", content_type="application/pdf", purpose="licence", owner_chain=rows.seller.chain,
        actor=worlds.member_actor(rows.seller),
    )  # fmt: skip
    rows.licence = QualificationDocument.objects.create(enterprise=rows.seller, kind="licence", document=document, created_at=now())
    rows.change_group, rows.change = "contact", asked_change(rows.buyer)
    rows.export = _export(rows.seller)
    rows.approval, rows.stand_in = _asked_approval(rows)
    rows.session = UserSession.objects.create(
        user=scene.people["seller"], session_key="another-device-0001", ip="192.0.2.1", user_agent=private("Browser")
    )
    rows.transfer = worlds.cooling_transfer(rows.buyer)
    rows.notice = Notice.objects.filter(recipient=scene.people["seller"]).first()


def _papers(rows: SimpleNamespace) -> None:
    """A contract to accept and one with a question, invoice requests asked for, issued and being taken back, a pro-forma, a statement."""
    from orders.services import ask_about_contract, ask_paper, ask_statement, enter_red_form, take_contract
    from tests.orders import papers

    buyer, seller = rows.buyer, rows.seller
    rows.contract, rows.contract_version, desk = papers.delivered_contract(rows.funded, buyer)
    rows.asked_contract = papers.asked_contract(rows.shipped, buyer, wanted=private("合同"), contact=CANARY)
    take_contract(rows.asked_contract.pk, actor=desk, request_key=worlds.key())
    ask_about_contract(rows.asked_contract.pk, actor=desk, question="哪一方盖章？", request_key=worlds.key())
    actor, whose = worlds.member_actor(seller), {"address": private("路 3 号")}
    rows.invoice = papers.asked_invoice(rows.funded, buyer, quantity=1, **whose)
    for name in ("issued", "reddened", "red_ready"):
        request = papers.asked_invoice(rows.shipped, buyer, quantity=1, **whose)
        setattr(rows, name, request)
        setattr(rows, f"{name}_number", papers.registered(request, actor))
    rows.blue = rows.issued_number

    def take_back(request, who):
        line = request.lines.get()
        return enter_red_form(
            request.no,
            actor=worlds.member_actor(who),
            why="allowance",
            amounts={line.pk: 100},
            note=private("折让"),
            request_key=worlds.key(),
        )

    rows.done_line, rows.invoice_line, rows.issued_line = rows.done.lines.get(), rows.invoice.lines.get(), rows.issued.lines.get()
    rows.red_form, rows.ready_form = take_back(rows.reddened, buyer), take_back(rows.red_ready, seller)
    rows.paper_file, day = "pdf", now().date() - timedelta(days=2)
    rows.proforma = ask_paper(
        rows.funded.no, actor=worlds.member_actor(buyer), kind="proforma", about=seller.pk, request_key=worlds.key()
    )  # fmt: skip
    rows.statement = ask_statement(actor=actor, starts_on=day, ends_on=day, request_key=worlds.key())
    with patch("orders.services.trade_papers.render_pdf", lambda html: PDF):
        deliver_due()


def _open_job(rows: SimpleNamespace) -> None:
    from catalog.services import export_goods

    export = worlds.member_actor(rows.seller)
    rows.open_job = export_goods("catalog.movement_export", actor=export, excel=False, request_key=worlds.key())


def asked_change(firm: Enterprise):
    """A change of address that its reviewer has a question about."""
    from accounts.services import ask_about_change, hand_in_change, take_up_change

    values = {"province": "广东", "address": private("新路 2 号"), "phone": "020-83330000"}
    change = hand_in_change(
        "contact", values, papers={}, reason=private("搬迁"), actor=worlds.member_actor(firm), request_key=worlds.key()
    )  # fmt: skip
    reviewer = worlds.staff_actor("accounts.review_change")
    take_up_change(change.pk, actor=reviewer, request_key=worlds.key())
    return ask_about_change(change.pk, question=private("请补充。"), actor=reviewer, request_key=worlds.key())


def _asked_approval(rows: SimpleNamespace):
    """A sub-account's request to confirm what is above its limit, and a stand-in for the main account who may not decide yet."""
    from accounts.queries import approval_ticket, today
    from accounts.services import ask_approval, name_stand_in, set_limit
    from kernel.refusals import Refusal
    from orders.services import confirm_order

    main, user = worlds.member_actor(rows.seller), worlds.sub_account(rows.seller, "trade")
    place, own = Membership.objects.get(user=user), worlds.member_actor(rows.seller, user)
    set_limit(place.pk, per_order_minor=0, per_period_minor=None, period="month", actor=main, request_key=worlds.key())
    try:
        confirm_order(rows.proposed.no, actor=own, terms_hash=rows.proposed.terms_hash, request_key=worlds.key())
    except Refusal as refusal:
        ticket = approval_ticket(own, refusal, title=private("确认"), rows=[], url="/orders/", fields=[])
    later = today() + timedelta(days=30)
    stand_in = name_stand_in(taker_id=rows.member.pk, starts_on=later, ends_on=later, actor=main, request_key=worlds.key())
    return ask_approval(ticket=ticket, note=private("请批准"), actor=own, request_key=worlds.key()), stand_in


def _export(enterprise: Enterprise):
    """An export that is ready; how its parts are made has tests of its own."""
    from accounts.services import make_part, request_export

    job = request_export(actor=worlds.member_actor(enterprise), request_key=worlds.key())
    while job.state != "ready":
        make_part(job.pk, part=job.parts_done)
        job.refresh_from_db()
    return job


def fingerprint(only: list[str] | None = None) -> dict[str, tuple]:
    """Rows and contents of every table that holds more than sessions, caches and the admin's own log, or of `only` these."""
    with connection.cursor() as cursor:
        tables = only or [t for t in connection.introspection.table_names(cursor) if t not in NOT_TENANT]
        cursor.execute(
            " UNION ALL ".join(
                f"SELECT '{t}', count(*), coalesce(sum(hashtextextended(r::text, 0)), 0)::text FROM \"{t}\" r" for t in tables
            )
        )
        return {name: (count, sum_) for name, count, sum_ in cursor.fetchall()}


class Watch:
    """Tells what has changed since it last looked, in one cheap question: only tables that the transaction has written to are read again.

    Writes of a savepoint that was rolled back count as writes too, so what is read decides.
    """

    COUNTS = "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables WHERE schemaname = current_schema()"

    def __init__(self, known: dict[str, tuple] | None = None):
        self.counts, self.known = self._counts(), dict(known) if known else fingerprint()

    def _counts(self) -> dict[str, int]:
        with connection.cursor() as cursor:
            cursor.execute(self.COUNTS)
            return dict(cursor.fetchall())

    def changed(self) -> list[str]:
        counts = self._counts()
        written = [name for name in self.known if counts.get(name, 0) != self.counts.get(name, 0)]
        self.counts, found = counts, fingerprint(written) if written else {}
        moved = changed(self.known, found)
        self.known |= found
        return moved


def changed(before: dict, after: dict) -> list[str]:
    return sorted(name for name in after if before.get(name) != after[name])


def newest_fact() -> int:
    return Fact.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def freeze(enterprise: Enterprise, state: str = "frozen") -> None:
    Enterprise.objects.filter(pk=enterprise.pk).update(state=state)
