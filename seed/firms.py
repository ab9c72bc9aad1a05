"""The demo firms: registered by their owners with a licence, reviewed by staff, some with sub-accounts."""

import io
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw
from stdnum.cn import uscc

from accounts.actors import Actor
from accounts.models import Enterprise, User
from accounts.queries import actor_for
from accounts.rules import REQUIRED_PAPERS, compared_fields
from accounts.services import Particulars, approve_enterprise, ask_again, create_sub_account, keep_paper, register_enterprise
from kernel.money import CREDIT, Money
from ledger.services import approve_limit, propose_limit

from .people import Logins, add_person, person_name

DATA = Path(__file__).resolve().parent / "data"
REGIONS = {"北京": "110105", "天津": "120101", "河北": "130102", "山西": "140105", "辽宁": "210102", "吉林": "220102", "黑龙江": "230102",
           "上海": "310115", "江苏": "320102", "浙江": "330106", "安徽": "340102", "福建": "350102", "江西": "360102", "山东": "370112",
           "河南": "410102", "湖北": "420102", "湖南": "430102", "广东": "440300", "广西": "450102", "海南": "460105", "重庆": "500103",
           "四川": "510104", "贵州": "520102", "陕西": "610102", "新疆": "650102"}  # fmt: skip
KINDS = {
    "bank_proof": "Proof of the bank account",
    "licence": "Business licence",
    "legal_rep_id": "Identity paper of the legal representative",
    "tax": "Tax registration certificate",
}
WAREHOUSES = {"广东": "佛山仓", "山东": "青岛港", "江苏": "太仓港", "浙江": "宁波仓", "湖南": "岳阳厂", "四川": "成都仓", "上海": "上海仓"}

BANKS = [("中国工商银行示例支行", "102100099996"), ("中国建设银行示例支行", "105100000017"), ("招商银行示例支行", "308100005019")]


@dataclass
class Firm:
    name: str
    name_en: str
    country: str
    province: str
    categories: list[str]
    owner: User | None = None
    enterprise: Enterprise | None = None
    listings: list = field(default_factory=list)

    @property
    def actor(self) -> Actor:
        return actor_for(self.owner, prefer=self.enterprise.pk)

    @property
    def place(self) -> str:
        return WAREHOUSES.get(self.province, f"{self.province}仓" if self.country == "CN" else self.province)


def read_firms() -> list[Firm]:
    rows = (line.split("|") for line in (DATA / "firms.tsv").read_text().splitlines())
    return [Firm(name, english, country, province, categories.split(",")) for name, english, country, province, categories in rows]


def registration_no(firm: Firm, n: int) -> str:
    """A well-formed synthetic number: both check digits of GB 32100 hold, the company does not exist."""
    if firm.country != "CN":
        return f"{firm.country}-{20260000 + n}"
    organisation = f"MADEM{n:03d}"
    weights, alphabet = (3, 7, 9, 10, 5, 8, 4, 2), "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    organisation = organisation.replace("O", "0").replace("I", "1")
    check = 11 - sum(w * alphabet.index(c) for w, c in zip(weights, organisation, strict=True)) % 11
    body = f"91{REGIONS[firm.province]}{organisation}{'X' if check == 10 else check % 11}"
    return body + uscc.calc_check_digit(body)


def bank_of(n: int, country: str) -> dict[str, str]:
    """A bank account that nobody has."""
    if country != "CN":
        return {"bank_name": "Sample Bank", "bank_code": "DEUTDEFF", "bank_account": f"DE8937040044{n:010d}"}
    name, code = BANKS[n % len(BANKS)]
    return {"bank_name": name, "bank_code": code, "bank_account": f"6222000000{n:09d}"}


def specimen(text: str, kind: str = "licence") -> SimpleUploadedFile:
    """A picture of a paper that says it is none."""
    image = Image.new("RGB", (900, 620), "#fbf6ea")
    draw = ImageDraw.Draw(image)
    draw.rectangle((20, 20, 880, 600), outline="#b4281b", width=6)
    draw.text((60, 80), "SPECIMEN - NOT A REAL PAPER", fill="#b4281b", font_size=34)
    draw.text((60, 180), text, fill="#152328", font_size=44)
    draw.text((60, 260), KINDS[kind], fill="#152328", font_size=34)
    out = io.BytesIO()
    image.save(out, "PNG")
    return SimpleUploadedFile(f"{kind}.png", out.getvalue(), "image/png")


def papers_for(number: str, actor: Actor) -> dict[str, str]:
    """The three papers of a registration, kept: {kind: token}."""
    return {kind: keep_paper(specimen(number, kind), actor=actor).token for kind in REQUIRED_PAPERS}


def all_match(enterprise: Enterprise) -> dict[str, tuple[str, str]]:
    """A reviewer's verdicts when every field matches its paper."""
    return dict.fromkeys(compared_fields(enterprise), ("matches", ""))


def firm_story(firm: Firm, n: int, logins: Logins, staff: dict[str, User], rng: random.Random, start: datetime) -> Iterator[datetime]:
    """Register, wait for the review, set up a team and a barter limit."""
    email = f"owner{n + 1}@evenhand.example"
    firm.owner = add_person(person_name(n), email, logins)
    number = registration_no(firm, n)
    actor = actor_for(firm.owner)
    particulars = Particulars(
        name=firm.name, name_en=firm.name_en, country=firm.country, registration_no=number,
        province=firm.province if firm.country == "CN" else "",
        address=f"{firm.province}示例路 {n + 1} 号" if firm.country == "CN" else f"{n + 1} Sample Street, {firm.province}",
        phone="0755-80000000" if firm.country == "CN" else "+49 40 000000",
        legal_representative=person_name(n + 40), licence_expires_on=date(2036, 12, 31), **bank_of(n, firm.country),
    )  # fmt: skip
    firm.enterprise = register_enterprise(particulars, papers=papers_for(number, actor), actor=actor, request_key=f"seed-firm-{n:04d}")
    yield start + timedelta(hours=rng.randint(5, 40))
    reviewer = actor_for(staff["reviewer"])
    if n == 7:  # one was sent back first
        blurred = all_match(firm.enterprise) | {"address": ("unreadable", "营业执照照片不清晰，住所一栏看不清，请重新上传。")}
        ask_again(firm.enterprise.pk, verdicts=blurred, actor=reviewer, request_key=f"seed-back-{n:04d}")
        yield start + timedelta(hours=60)
        from accounts.services import resubmit_enterprise

        resubmit_enterprise(firm.enterprise.pk, particulars, papers={}, actor=firm.actor, request_key=f"seed-again-{n:04d}")
        yield start + timedelta(hours=70)
    match = all_match(firm.enterprise)
    approve_enterprise(firm.enterprise.pk, verdicts=match, actor=reviewer, request_key=f"seed-review-{n:04d}")
    yield start + timedelta(hours=90)
    finance = actor_for(staff["finance"])
    proposal = propose_limit(
        firm.enterprise.pk, kind="debit", limit=Money(rng.choice([20, 50, 80]) * 1_000_000, CREDIT), reason="按近一年交易额核定",
        actor=finance, request_key=f"seed-limit-{n:04d}",
    )  # fmt: skip
    approve_limit(proposal.pk, actor=actor_for(staff["finance2"]), request_key=f"seed-limit-yes-{n:04d}")
    if n < 6:
        for name, boxes in (
            ("sales", ["trade", "messages", "manage_products"]),
            ("store", ["ship", "manage_stock"]),
            ("money", ["finance"]),
        ):
            yield start + timedelta(hours=96)
            create_sub_account(
                username=name, display_name=person_name(n * 3 + len(name)), password=logins.password, boxes=boxes, actor=firm.actor,
                request_key=f"seed-sub-{n:03d}-{name}",
            )  # fmt: skip


def waiting_story(n: int, logins: Logins) -> Iterator[datetime]:
    """A newcomer that waits in the review queue."""
    person = add_person(person_name(n + 9), f"newcomer{n}@evenhand.example", logins)
    firm = Firm(f"新岸示例第{n}贸易有限公司", f"Xin'an Sample Trading {n}", "CN", "浙江", ["DLY"])
    number, actor = registration_no(firm, 500 + n), actor_for(person)
    particulars = Particulars(
        name=firm.name, name_en=firm.name_en, registration_no=number,
        province="浙江", address=f"示例街 {n} 号", phone="0571-80000000",
        legal_representative=person_name(n + 70), licence_expires_on=date(2031, 6, 30),
    )  # fmt: skip
    register_enterprise(particulars, papers=papers_for(number, actor), actor=actor, request_key=f"seed-wait-{n:04d}")
    return
    yield
