"""Registering through the browser, section by section, as a person would."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.worlds import key, person, png, uscc

COMPANY = {
    "name": "示例纸业有限公司", "name_en": "Sample Paper", "country": "CN", "province": "广东", "address": "示例路 8 号",
    "phone": "020-80000000",
}  # fmt: skip
LICENCE = {"registration_no": uscc(77), "licence_expires_on": "2035-01-01"}
REPRESENTATIVE = {"legal_representative": "王小明"}
TAX = {"tax_no": "", "bank_name": "", "bank_code": "", "bank_account": ""}
PAPERS = ("licence", "legal_rep_id", "tax")
SECTIONS = {"company": COMPANY, "licence": LICENCE, "representative": REPRESENTATIVE, "tax": TAX}


def signed_in(user=None) -> Client:
    client = Client()
    client.force_login(user or person(), backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def picture(name: str = "licence.png", text: str = "") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, png(text or name))


def saves(client: Client, section: str, **typed):
    """Send one section with good values, some of them changed; None leaves a field out."""
    values = {**SECTIONS.get(section, {}), "request_key": key(), **typed}
    if section == "papers":
        values = {**{kind: picture(f"{kind}.png") for kind in PAPERS}, **values}
    return client.post(f"/join/{section}/", {name: value for name, value in values.items() if value is not None})


def fills_in(client: Client, **changes) -> None:
    """All five sections, with changes to some fields."""
    for section, values in SECTIONS.items():
        given = {name: changes[name] for name in values if name in changes}
        answer = saves(client, section, **given)
        assert answer.status_code == 302, (section, answer.context["form"].errors)
    answer = saves(client, "papers")
    assert answer.status_code == 302, answer.context["form"].errors


def hands_in(client: Client, **sent):
    """Read the answers and hand them in."""
    page = client.get("/join/check/")
    return client.post(
        "/join/check/", {"request_key": key(), "answers": page.context["digest"] if page.context else "", "consent": "on", **sent}
    )


def registers(client: Client, **changes):
    fills_in(client, **changes)
    return hands_in(client)


def statuses(client: Client) -> dict[str, str]:
    """How far each section is."""
    told = client.get("/join/").context["told"]
    return {section: told.status(section) for section in (*SECTIONS, "papers")}
