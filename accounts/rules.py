"""Rules of registration and teams as pure functions; each `…_problem` answers with a sentence, empty when all is well."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date

from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from stdnum.cn import uscc

from kernel.deadlines import policy

from .permissions import GRID

REVIEW = policy(
    "accounts.review",
    label=_("Qualification review"),
    consequence=_("The review moves to the top of the queue and customer service is alerted."),
    working_days=3,
)
COUNTRIES = {
    "CN": _("China (mainland)"),
    "HK": _("Hong Kong, China"),
    "MO": _("Macao, China"),
    "TW": _("Taiwan, China"),
    "SG": _("Singapore"),
    "MY": _("Malaysia"),
    "VN": _("Vietnam"),
    "TH": _("Thailand"),
    "JP": _("Japan"),
    "KR": _("South Korea"),
    "DE": _("Germany"),
    "GB": _("United Kingdom"),
    "US": _("United States"),
    "AE": _("United Arab Emirates"),
}
PROVINCES = {
    "北京": "Beijing", "天津": "Tianjin", "河北": "Hebei", "山西": "Shanxi", "内蒙古": "Inner Mongolia", "辽宁": "Liaoning",
    "吉林": "Jilin", "黑龙江": "Heilongjiang", "上海": "Shanghai", "江苏": "Jiangsu", "浙江": "Zhejiang", "安徽": "Anhui",
    "福建": "Fujian", "江西": "Jiangxi", "山东": "Shandong", "河南": "Henan", "湖北": "Hubei", "湖南": "Hunan",
    "广东": "Guangdong", "广西": "Guangxi", "海南": "Hainan", "重庆": "Chongqing", "四川": "Sichuan", "贵州": "Guizhou",
    "云南": "Yunnan", "西藏": "Tibet", "陕西": "Shaanxi", "甘肃": "Gansu", "青海": "Qinghai", "宁夏": "Ningxia", "新疆": "Xinjiang",
}  # fmt: skip
USCC_PARTS = re.compile(r"^[0-9]{8}[0-9A-HJ-NPQRTUWXY]{10}$")
FOREIGN_NO = re.compile(r"^[A-Z0-9][A-Z0-9 ./-]{2,31}$")
CN_PHONE = re.compile(r"^(1[3-9][0-9]{9}|0[0-9]{2,3}-?[0-9]{7,8}(-[0-9]{1,6})?|400-?[0-9]{3}-?[0-9]{4})$")
FOREIGN_PHONE = re.compile(r"^\+?[0-9][0-9 ()-]{5,24}$")
USERNAME = re.compile(r"^[a-z0-9][a-z0-9_.-]{1,29}$")
REQUIRED_PAPERS = ("licence",)
HANDLE_MAX = 24


def normal(text: str) -> str:
    """NFKC, stripped, upper case: how registration numbers are compared (DOMAIN §2)."""
    return unicodedata.normalize("NFKC", text or "").strip().upper()


def registration_no_problem(country: str, number: str) -> str:
    """Check a normalised registration number: GB 32100-2015 for China, free form elsewhere (H01)."""
    if country != "CN":
        return "" if FOREIGN_NO.match(number) else _("Enter the registration number as on the certificate: letters, digits and . / - only.")
    if not USCC_PARTS.match(number):
        return _("A unified social credit code has 18 digits or capital letters, without I, O, S, V and Z.")
    return "" if uscc.is_valid(number) else _("The check digit does not fit: compare the code with the licence, character by character.")


def normal_phone(country: str, text: str) -> str:
    text = unicodedata.normalize("NFKC", text or "").strip()
    return re.sub(r"^(\+|00)86[ -]?", "", text).replace(" ", "") if country == "CN" else text


def phone_problem(country: str, number: str) -> str:
    """Check a normalised phone number (DOMAIN §7)."""
    shape = CN_PHONE if country == "CN" else FOREIGN_PHONE
    return "" if shape.match(number) else _("Enter a phone number with area code, for example 020-80000000 or 13800000000.")


def normal_province(text: str) -> str:
    """The short name of a Chinese province, from any usual spelling; empty when there is none."""
    text = unicodedata.normalize("NFKC", text or "").strip()
    for name, english in PROVINCES.items():
        if text.startswith(name) or text.lower().removesuffix(" province") == english.lower():
            return name
    return ""


def place_name(country: str, province: str) -> str:
    """Where a company is, in the reader's language: the province in mainland China, else the country or region."""
    if country == "CN" and province:
        return PROVINCES.get(province, province) if (get_language() or "").startswith("en") else province
    return str(COUNTRIES.get(country, country))


def licence_problem(expires_on: date | None, today: date) -> str:
    """An expired licence cannot be verified (H04); one without an end date does not expire."""
    return _("The licence has expired. Hand in one that is valid.") if expires_on and expires_on < today else ""


def handle_from(name_en: str, registration_no: str) -> str:
    """A short lasting name for log-ins and addresses, made of the English name, else of the code's last characters."""
    words = slugify(name_en)
    if len(words) > HANDLE_MAX:  # at the end of a word, unless it is one endless word
        words = words[: HANDLE_MAX + 1].rpartition("-")[0] or words[:HANDLE_MAX]
    return words if len(words) >= 3 else "e" + slugify(registration_no)[-8:].lower()


def username_problem(name: str) -> str:
    return "" if USERNAME.match(name) else _("2 to 30 characters: lower-case letters, digits and . _ - only.")


def boxes_problem(boxes: Iterable[str]) -> str:
    """A sub-account has at least one permission, and only such as exist (H15)."""
    wanted = set(boxes)
    if not wanted:
        return _("Choose at least one permission.")
    return "" if wanted <= set(GRID) else _("There is no such permission.")


def may_manage(own_boxes: Iterable[str], is_main: bool, *touched: Iterable[str]) -> bool:
    """A sub-account manages only what it holds itself, so that nobody grants or takes over more than they have (P13)."""
    return is_main or all(set(boxes) <= set(own_boxes) for boxes in touched)
