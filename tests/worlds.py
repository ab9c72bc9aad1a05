"""Worlds: plain functions that bring the database into a state, through services wherever there is one."""

import itertools

from accounts.actors import Actor
from accounts.models import Enterprise, EnterpriseUserObjectPermission, Membership, User
from accounts.queries import actor_for
from kernel.clock import now

_numbers = itertools.count(1)
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def uscc(n: int) -> str:
    """A well-formed synthetic unified social credit code."""
    from stdnum.cn import uscc as codes

    body = f"91110105MA{n:07d}"
    return body + codes.calc_check_digit(body)


def person(email: str = "", *, password: str = "correct-horse-7", name: str = "") -> User:
    """Somebody with a confirmed e-mail address and no enterprise."""
    from allauth.account.models import EmailAddress

    email = email or f"person{next(_numbers)}@example.com"
    user = User.objects.create_user(email.split("@")[0] + f"-{next(_numbers)}", email=email, password=password, display_name=name)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def verified_enterprise(name: str = "", *, owner: User | None = None, **fields) -> Enterprise:
    """A verified enterprise with its main account."""
    n = next(_numbers)
    values = {
        "handle": f"firm{n}", "name": name or f"示例第{n}贸易有限公司", "name_en": f"Sample Trading {n}", "country": "CN",
        "registration_no": uscc(n), "province": "广东", "address": "示例路 1 号", "phone": "020-80000000", "legal_representative": "张三",
        "state": "verified", "created_at": now(), "verified_at": now(),
    }  # fmt: skip
    enterprise = Enterprise.objects.create(**{**values, **fields})
    Membership.objects.create(user=owner or person(), enterprise=enterprise, is_main=True, created_at=now())
    return enterprise


def vip_enterprise(name: str = "", **fields) -> Enterprise:
    """A verified enterprise that is VIP now; `privilege` is what makes it so."""
    from accounts.services import grant_privilege
    from kernel.timer import COMMAND

    firm = verified_enterprise(name, **fields)
    firm.privilege = grant_privilege(firm.pk, actor=COMMAND, reason="VIP", request_key=key())
    return firm


def png(text: str = "") -> bytes:
    """A small picture; another text is another picture, whatever is stripped from files on their way in."""
    import io
    import zlib

    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (40 + zlib.crc32(text.encode()) % 200, 30), "white").save(out, "PNG")
    return out.getvalue()


def upload(kind: str = "licence", text: str = ""):
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile(f"{kind}.png", png(text or kind), "image/png")


def kept_papers(actor: Actor) -> dict[str, str]:
    """The three papers of a registration, kept by a person: {kind: token}."""
    from accounts.rules import REQUIRED_PAPERS
    from accounts.services import keep_paper

    return {kind: keep_paper(upload(kind), actor=actor).token for kind in REQUIRED_PAPERS}


def particulars(**changes):
    """What a company says of itself in a registration."""
    from accounts.services import Particulars

    values = {
        "name": f"示例第{next(_numbers)}纸业有限公司", "name_en": "", "registration_no": uscc(800_000 + next(_numbers)), "province": "广东",
        "address": "示例路 1 号", "phone": "020-80000000", "legal_representative": "李四",
    }  # fmt: skip
    return Particulars(**{**values, **changes})


def registered_enterprise(owner: User | None = None, **changes) -> Enterprise:
    """A company handed in for review with its three papers."""
    from accounts.services import register_enterprise

    actor = actor_for(owner or person())
    return register_enterprise(particulars(**changes), papers=kept_papers(actor), actor=actor, request_key=key())


def begun_registration(owner: User, **changes):
    """A registration with all its answers, not handed in yet."""
    from dataclasses import asdict

    from accounts.queries import registration_of
    from accounts.rules import REQUIRED_PAPERS, SECTIONS
    from accounts.services import keep_draft_paper, save_section

    actor, told = actor_for(owner), {name: value or "" for name, value in asdict(particulars(**changes)).items()}
    for kind in REQUIRED_PAPERS:
        keep_draft_paper(upload(kind), kind=kind, actor=actor)
    for section, names in SECTIONS.items():
        save_section(section, {name: told[name] for name in names if name in told}, actor=actor, request_key=key())
    return registration_of(actor)


def all_match(enterprise: Enterprise) -> dict[str, tuple[str, str]]:
    """A reviewer's verdicts when every field matches its paper."""
    from accounts.rules import compared_fields

    return dict.fromkeys(compared_fields(enterprise), ("matches", ""))


def main_account(enterprise: Enterprise) -> User:
    return enterprise.memberships.get(is_main=True, ended_at=None).user


def member_actor(enterprise: Enterprise, user: User | None = None) -> Actor:
    """The actor of an enterprise's main account, or of another of its people."""
    return actor_for(user or main_account(enterprise), prefer=enterprise.pk)


def sub_account(enterprise: Enterprise, *boxes: str, password: str = "correct-horse-7") -> User:
    """A sub-account with some boxes of the permission grid."""
    from guardian.shortcuts import assign_perm

    user = User.objects.create_user(f"{enterprise.handle}/sub{next(_numbers)}", password=password, display_name="Sub")
    Membership.objects.create(user=user, enterprise=enterprise, created_at=now())
    for box in boxes:
        assign_perm(f"accounts.{box}", user, enterprise)
    assert EnterpriseUserObjectPermission.objects.filter(user=user).count() == len(boxes)
    return user


TRANSFER_DESK = ("accounts.view_maintransfer", "accounts.transfer_main_account")


def asked_transfer(enterprise: Enterprise, *, cause: str = "left", email: str = "", actor: Actor | None = None):
    """A request that another person hold a company's main account, with both proofs."""
    from accounts.services import ask_main_transfer, keep_transfer_proof

    actor = actor or Actor("person", ip="192.0.2.9")
    proofs = {kind: keep_transfer_proof(upload(kind), actor=actor).token for kind in ("licence", "legal_rep_id")}
    told = {"name": "钱七", "role": "法定代表人", "phone": "13800000000", "email": email or f"new{next(_numbers)}@example.com"}
    return ask_main_transfer(
        actor=actor, named=enterprise.name, registration_no=enterprise.registration_no, cause=cause, contact=told, story="原管理员离职。",
        proofs=proofs, request_key=key(),
    )  # fmt: skip


def proposed_transfer(enterprise: Enterprise, *, keep_as_sub: bool = False, proposer: Actor | None = None, **asked):
    """The same, taken up by one member of staff."""
    from accounts.services import propose_transfer

    case = asked_transfer(enterprise, **asked)
    proposer = proposer or staff_actor(*TRANSFER_DESK)
    return propose_transfer(case.pk, enterprise_id=enterprise.pk, keep_as_sub=keep_as_sub, actor=proposer, request_key=key())


def cooling_transfer(enterprise: Enterprise, **asked):
    """The same, approved by a second one: the cooling period runs."""
    from accounts.services import approve_transfer

    case = proposed_transfer(enterprise, **asked)
    return approve_transfer(case.pk, actor=staff_actor(*TRANSFER_DESK), request_key=key())


def staff_user(*permissions: str) -> User:
    """A member of staff holding permissions ("app.codename")."""
    from django.contrib.auth.models import Permission

    user = person(f"staff{next(_numbers)}@example.com")
    user.is_staff = True
    user.save(update_fields=["is_staff"])
    for name in permissions:
        app, codename = name.split(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    return User.objects.get(pk=user.pk)


def reauthenticate(client) -> None:
    """Let a test client pass what asks for the password again, as if its person had just given it."""
    import time

    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time(), "reauthenticated": True}]
    session["account_authentication_methods_user"] = session["_auth_user_id"]
    session.save()


def staff_actor(*permissions: str) -> Actor:
    return actor_for(staff_user(*permissions))


# ---------- catalogue ----------


def listing_terms(**changes):
    """Complete terms of a listing: paper at ¥5,480.00 a tonne."""
    from catalog.rules import Terms
    from kernel.money import Money

    values = {
        "title_zh": "本白双胶纸 70g 卷筒", "title_en": "Offset paper 70 gsm reel", "description_zh": "纯木浆，卷筒包装，出厂附检验单。",
        "description_en": "Woodfree offset paper in reels.",
        "spec": [{"zh": ["规格", "70 g · 787 mm"], "en": ["Size", "70 g · 787 mm"]}, {"zh": ["白度", "92"], "en": ["Whiteness", "92"]}],
        "unit": "t", "price": Money(548_000, "CNY"), "place": "佛山", "moq": 10, "lead_days": 5, "wants": ["箱板纸", "化机浆"],
        "want_categories": ["PAP"],
    }  # fmt: skip
    return Terms(**{**values, **changes})


def live_listing(seller: Enterprise, *, stock=100, category: str = "PAP", reviewer: Actor | None = None, **terms):
    """Goods on sale, reviewed, with stock."""
    import secrets
    from decimal import Decimal

    from catalog.services import approve_listing, create_listing, submit_listing

    actor = member_actor(seller)
    listing = create_listing(
        listing_terms(**terms), actor=actor, category=category, opening_stock=Decimal(stock), request_key=secrets.token_urlsafe(12)
    )
    submit_listing(listing.no, actor=actor, request_key=key())
    reviewer = reviewer or staff_actor("catalog.review_listing")
    return approve_listing(listing.no, actor=reviewer, version=listing.version, request_key=key())


def funded_wallet(enterprise: Enterprise, amount) -> None:
    """Give an enterprise barter credit out of the platform's suspense account (an opening balance)."""
    from kernel.timer import COMMAND
    from ledger.services import Leg, post_entry

    legs = [
        Leg("platform", "suspense", amount.currency, -amount.minor),
        Leg(f"enterprise:{enterprise.pk}", "wallet", amount.currency, amount.minor),
    ]
    post_entry(key=f"opening:{next(_numbers)}:{enterprise.pk}", kind="opening", legs=legs, ref=("tests.world", "1"), actor=COMMAND)


# ---------- orders ----------


def key() -> str:
    """A fresh request key."""
    import secrets

    return secrets.token_urlsafe(16)


def allow_credit(enterprise: Enterprise, minor: int) -> None:
    """Let an enterprise's wallet go below zero, as finance does."""
    from kernel.money import CREDIT, Money

    finance = staff_actor("ledger.set_debit_limit")
    decide_debit_limit(enterprise.pk, limit=Money(minor, CREDIT), reason="test", actor=finance, request_key=key())


def decide_debit_limit(enterprise_id: int, *, limit, reason: str, actor, request_key: str):
    """A colleague proposes a higher limit and `actor` puts it in force; a lower one `actor` sets alone."""
    from django.db import transaction

    from ledger import queries
    from ledger.services import approve_limit, propose_limit, set_debit_limit

    if limit <= queries.debit_limit(enterprise_id):
        return set_debit_limit(enterprise_id, limit=limit, reason=reason, actor=actor, request_key=request_key)
    colleague = staff_actor("ledger.set_debit_limit")
    with transaction.atomic():  # what is refused leaves no proposal behind
        proposal = propose_limit(enterprise_id, kind="debit", limit=limit, reason=reason, actor=colleague, request_key=key())
        return approve_limit(proposal.pk, actor=actor, request_key=request_key)


def proposed_order(buyer: Enterprise, seller: Enterprise, *, give=(), get=(), credit: int = 0, cash: int = 0, payer: str = "me"):
    """The buyer proposes: `get` and `give` are (listing, quantity) pairs, top-ups are minor units paid by "me" or "them"."""
    from kernel.money import CREDIT, Money
    from orders.rules import LineTerms, TopUp
    from orders.services import propose_order

    if not (give or credit or cash):
        cash = 1  # nobody gives goods for nothing
    lines = [LineTerms(listing.pk, quantity, listing.price_minor) for listing, quantity in (*get, *give)]
    top_up = TopUp(payer, Money(credit, CREDIT), Money(cash, "CNY")) if credit or cash else None
    return propose_order(seller.pk, actor=member_actor(buyer), lines=lines, top_up=top_up, note="", request_key=key())


def confirmed(order):
    """The other party confirms the terms as they are."""
    from orders.services import confirm_order

    return confirm_order(order.no, actor=member_actor(order.responder), terms_hash=order.terms_hash, request_key=key())


def shipped(order, giver: Enterprise):
    """One party's goods leave."""
    from orders.services import ship_goods

    return ship_goods(
        order.no, actor=member_actor(giver), carrier="sf", carrier_name="", waybill_no="SF1385628716739", request_key=key()
    )  # fmt: skip


def accepted(order, receiver: Enterprise):
    """The receiver accepts everything that was shipped to it and not accepted yet."""
    from orders.services import accept_goods

    for consignment in order.consignments.filter(receiver=receiver, state="shipped").order_by("pk"):
        order = accept_goods(order.no, consignment.pk, actor=member_actor(receiver), request_key=key())
    return order


def credit_trade(credit: int = 5_480_000):
    """A confirmed order: ten tonnes of paper against barter credit. Returns (order, buyer, seller, listing)."""
    buyer, seller = verified_enterprise(), verified_enterprise()
    listing = live_listing(seller)
    allow_credit(buyer, credit)
    order = confirmed(proposed_order(buyer, seller, get=[(listing, 10)], credit=credit))
    return order, buyer, seller, listing
