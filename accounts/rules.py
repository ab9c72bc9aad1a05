"""Rules of registration and teams as pure functions; each `…_problem` answers with a sentence, empty when all is well."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from stdnum.cn import uscc

from kernel.deadlines import policy
from kernel.fields import look_alike
from kernel.money import Money
from kernel.workdays import SHANGHAI

from .permissions import GRID
from .places import PROVINCES
from .places import place_in_english as place_in_english  # the room's own file; others ask for it here

REVIEW = policy(
    "accounts.review",
    label=_("Qualification review"),
    consequence=_("The review moves to the top of the queue and customer service is alerted."),
    working_days=3,
)
FREEZE_REPORT = policy(
    "accounts.freeze_report",
    label=_("Emergency freeze"),
    consequence=_("The report moves to the top of the queue and all of customer service is told again."),
    hours=1,
)
TRANSFER_ANSWER = policy(
    "accounts.main_transfer_answer",
    label=_("Answer to a request for another main account"),
    consequence=_("The request moves to the top of the queue and customer service is told again."),
    working_days=3,
)
TRANSFER_COOLING = policy(
    "accounts.main_transfer",
    label=_("Cooling period before the main account changes hands"),
    consequence=_("The main account goes to the new person; the old holder's sessions end."),
    hours=72,
)
EXPORT_TIME = policy(
    "accounts.export",
    label=_("Export of everything"),
    consequence=_("The export is given up; nothing of it is kept, and you can ask for it again."),
    hours=1,
)
EXPORT_KEPT = policy(
    "accounts.export_kept",
    label=_("Keeping of an export"),
    consequence=_("The file is erased; you can ask for a new one."),
    hours=7 * 24,
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
USCC_PARTS = re.compile(r"^[0-9]{8}[0-9A-HJ-NPQRTUWXY]{10}$")
FOREIGN_NO = re.compile(r"^[A-Z0-9][A-Z0-9 ./-]{2,31}$")
CN_PHONE = re.compile(r"^(1[3-9][0-9]{9}|0[0-9]{2,3}-?[0-9]{7,8}(-[0-9]{1,6})?|400-?[0-9]{3}-?[0-9]{4})$")
FOREIGN_PHONE = re.compile(r"^\+?[0-9][0-9 ()-]{5,24}$")
USERNAME = re.compile(r"^[a-z0-9][a-z0-9_.-]{1,29}$")
REQUIRED_PAPERS = ("licence", "legal_rep_id", "tax")  # every registration hands in all three (H06)
REQUIRED = ("name", "address", "legal_representative")
# Registration as a list of tasks: each section is a page with these fields (UI.md §3).
SECTIONS = {
    "company": ("name", "name_en", "country", "province", "address", "phone"),
    "licence": ("registration_no", "licence_expires_on"),
    "representative": ("legal_representative",),
    "tax": ("tax_no", "bank_name", "bank_code", "bank_account"),
    "papers": REQUIRED_PAPERS,
}
# What a reviewer compares with a paper, and with which one (H04).
COMPARED = {
    "name": "licence", "name_en": "licence", "registration_no": "licence", "address": "licence", "licence_expires_on": "licence",
    "legal_representative": "legal_rep_id", "tax_no": "tax",
}  # fmt: skip
TAX_NO = re.compile(r"^[0-9A-Z]{15,20}$")
FOREIGN_TAX_NO = re.compile(r"^[A-Z0-9][A-Z0-9 ./-]{2,31}$")
CN_BANK_CODE, SWIFT = re.compile(r"^[0-9]{12}$"), re.compile(r"^[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$")
CN_ACCOUNT, FOREIGN_ACCOUNT = re.compile(r"^[0-9]{8,30}$"), re.compile(r"^[A-Z0-9]{5,34}$")
# Digits and letter pairs that read like letters, after case folding (Unicode UTS 39, confusables.txt: 0→O, 1→l, |→l, I→l, m→rn).
READ_ALIKE = str.maketrans({"0": "o", "1": "l", "|": "l", "i": "l", "m": "rn"})
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


def tax_no_problem(country: str, number: str) -> str:
    """Check a normalised taxpayer number: 15 to 20 digits and capitals in mainland China; free form abroad, where it may be missing."""
    if country != "CN":
        return "" if not number or FOREIGN_TAX_NO.match(number) else _("Enter the tax number as on the certificate.")
    return "" if TAX_NO.match(number) else _("A taxpayer number has 15 to 20 digits or capital letters; usually it is the credit code.")


def bank_problems(country: str, *, bank_name: str, bank_code: str, bank_account: str) -> dict[str, str]:
    """Check a bank account by field; all three parts or none. Codes: CNAPS, 12 digits, in mainland China, else SWIFT."""
    if not (bank_name or bank_code or bank_account):
        return {}
    home = country == "CN"
    code_shape, account_shape = (CN_BANK_CODE, CN_ACCOUNT) if home else (SWIFT, FOREIGN_ACCOUNT)
    code = _("The bank code (CNAPS) has 12 digits.") if home else _("The bank code (SWIFT) has 8 or 11 characters.")
    account = _("An account number has 8 to 30 digits.") if home else _("Enter the account number or IBAN without signs.")
    return {
        "bank_name": "" if bank_name else _("Name the bank and its branch, or leave all three fields empty."),
        "bank_code": "" if code_shape.match(bank_code) else code,
        "bank_account": "" if account_shape.match(bank_account) else account,
    }


def packed(text: str) -> str:
    """An account number or bank code as it is kept: NFKC, capitals, without the blanks and dashes that people put between."""
    return re.sub(r"[\s-]", "", normal(text))


def name_skeleton(name: str) -> str:
    """What two company names share when nobody can tell them apart on a screen: for looking up, never for showing (UTS 39)."""
    return "".join(c for c in look_alike(name).translate(READ_ALIKE) if c.isalnum())


def normal_particulars(values: Mapping) -> dict:
    """Particulars as they are stored, from cleaned lines; a missing taxpayer number in mainland China is the credit code."""
    told = dict(values)
    country = told["country"]
    told["registration_no"] = normal(told["registration_no"])
    told["phone"] = normal_phone(country, told["phone"])
    told["tax_no"] = normal(told["tax_no"])
    if country == "CN":
        told["province"] = normal_province(told["province"])
        told["tax_no"] = told["tax_no"] or told["registration_no"]
    told["bank_code"], told["bank_account"] = packed(told["bank_code"]), packed(told["bank_account"])
    return told


def particulars_problems(values: Mapping, today: date) -> dict[str, str]:
    """What is wrong with normalised particulars, by field; fields that are right are left out."""
    country = values["country"]
    problems = {
        "country": "" if country in COUNTRIES else _("Choose a country from the list."),
        "registration_no": registration_no_problem(country, values["registration_no"]),
        "phone": phone_problem(country, values["phone"]),
        "province": "" if values["province"] or country != "CN" else _("Choose the province of the registered address."),
        "licence_expires_on": licence_problem(values["licence_expires_on"], today),
        # Left empty it is the code, and what is wrong with the code is said there.
        "tax_no": "" if values["tax_no"] == values["registration_no"] else tax_no_problem(country, values["tax_no"]),
        **bank_problems(country, **{name: values[name] for name in ("bank_name", "bank_code", "bank_account")}),
        **{name: "" if values[name] else _("Fill in every required field.") for name in REQUIRED},
    }
    return {field: problem for field, problem in problems.items() if problem}


def compared_fields(enterprise) -> list[str]:
    """The fields of a registration that need a verdict: an English name only when there is one."""
    return [field for field in COMPARED if field != "name_en" or enterprise.name_en]


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


# --- changes of a company's data (H19-H21) and the licence's end (H51) ---

CHANGE_REVIEW = policy(
    "accounts.change_review",
    label=_("Review of a change of company data"),
    consequence=_("The change moves to the top of the queue and customer service is alerted."),
    working_days=3,
)
REMINDERS = {60: "accounts.licence_60", 30: "accounts.licence_30", 7: "accounts.licence_7"}  # days before the licence ends
LICENCE_ENDS = "accounts.licence_ends"
for _days, _code in REMINDERS.items():
    policy(_code, label=_("Reminder that the licence ends"), consequence=_("The company is reminded to hand in a new licence."))
policy(
    LICENCE_ENDS,
    label=_("End of the licence on file"),
    consequence=_("The verified badge is taken off until a valid licence has been approved."),
)
HOLDS = ("", "new", "all")  # from the mildest to the strictest; "none" in the settings is the empty one
PAPER_KINDS = {
    "licence": _("business licence"),
    "legal_rep_id": _("identity paper of the legal representative"),
    "bank_proof": _("proof of the bank account"),
}


CONSENT_VERSION = "2026-11"  # of the words below; whoever changes them changes it
CONSENT = _("I agree to the handling of identity papers and bank details")
CONSENT_HELP = _(
    "The legal representative agrees too. They are used to check the company and to pay it, stored encrypted and shown only to those who "
    "check them; each look is in your operation log. Ask customer service to withdraw the consent."
)
CONSENT_NEEDED = _("Without this consent the papers cannot be checked.")


@dataclass(frozen=True)
class ChangeGroup:
    """What is changed together: its fields, the papers it needs, and whether two reviewers must agree (P37)."""

    code: str
    label: object
    fields: tuple[str, ...]
    papers: tuple[str, ...] = ()
    second: bool = False
    sensitive: bool = False  # identity papers or a bank account: a consent of its own (PIPL art. 29)


CHANGE_GROUPS = {
    group.code: group
    for group in (
        ChangeGroup("licence", _("Name and licence"), ("name", "name_en", "registration_no", "licence_expires_on"), ("licence",)),
        ChangeGroup(
            "legal", _("Legal representative"), ("legal_representative",), ("licence", "legal_rep_id"), second=True, sensitive=True
        ),
        ChangeGroup("contact", _("Address and phone"), ("province", "address", "phone")),
        ChangeGroup("bank", _("Bank account"), ("bank_name", "bank_code", "bank_account"), ("bank_proof",), second=True, sensitive=True),
    )
}


def group_of(fields: Iterable[str]) -> ChangeGroup:
    """The group that a change's fields belong to; a change never mixes groups."""
    return next(group for group in CHANGE_GROUPS.values() if set(fields) & set(group.fields))


def reminder_times(expires_on: date, at: datetime) -> dict[str, datetime]:
    """When the reminders and the end of a licence are due, from `at` on, by policy code; mornings of the house's zone (H51).

    Of the reminders whose day has passed already the last one is due at once, so that nobody is surprised.
    """
    ends = _morning(expires_on + timedelta(days=1), 0)
    if ends <= at:
        return {}
    times = {code: _morning(expires_on - timedelta(days=days), 9) for days, code in REMINDERS.items()}
    later = {code: moment for code, moment in times.items() if moment > at}
    missed = [code for code in times if code not in later]
    return {**({missed[-1]: at} if missed else {}), **later, LICENCE_ENDS: ends}


def _morning(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=SHANGHAI)


def stricter(*holds: str) -> str:
    """The strictest of some holds; whatever is not known is taken for the strictest of all."""
    return max(holds, key=lambda hold: HOLDS.index(hold) if hold in HOLDS else len(HOLDS), default="")


MAX_STAND_IN_DAYS = 92
FORMER = "former-member-"  # log-in names that nobody else may have: one that was taken would keep a company from closing


def line_crossed(
    amount: Money, *, per_order: int | None = None, per_period: int | None = None, spent: int = 0, above: int | None = None
) -> str:
    """Which line an act of a sub-account crosses, as a code; empty when it may go on (B10). Lines and `spent` in CNY fen.

    Another currency has no value in yuan here, so such an act crosses whatever line there is.
    """
    if all(line is None for line in (per_order, per_period, above)):
        return ""
    if amount.currency != "CNY":
        return "other_currency"
    if per_order is not None and amount.minor > per_order:
        return "over_order_limit"
    if per_period is not None and spent + amount.minor > per_period:
        return "over_period_limit"
    return "above_threshold" if above is not None and amount.minor > above else ""


def limit_reach_problem(own, wanted) -> str:
    """A sub-account that manages the team gives nobody more than it may commit itself (P13); both have per_order_minor and so on."""
    if own.per_order_minor is not None and (wanted.per_order_minor is None or wanted.per_order_minor > own.per_order_minor):
        return _("You cannot give a higher limit than your own. Ask the main account.")
    if own.per_period_minor is None:
        return ""
    within = wanted.per_period_minor is not None and wanted.per_period_minor <= own.per_period_minor
    if not within or (own.period, wanted.period) == ("month", "day"):
        return _("You cannot give a higher limit than your own. Ask the main account.")
    return ""


def stand_in_problem(starts_on: date, ends_on: date, today: date) -> str:
    """The days of a stand-in: not over, in order, and at most MAX_STAND_IN_DAYS of them."""
    if ends_on < starts_on:
        return _("The last day comes before the first.")
    if ends_on < today:
        return _("These days are over.")
    if (ends_on - starts_on).days >= MAX_STAND_IN_DAYS:
        return _("A stand-in is named for at most 92 days; name one again after that.")
    return ""


def page_language() -> str:
    """The language of the page somebody is on, as it is kept for their mails."""
    return "en" if (get_language() or "").startswith("en") else "zh-hans"


def pseudonym(user_id: int) -> str:
    """The log-in name that stands for a person whose personal data were erased; `User.__str__` says it in words."""
    return f"{FORMER}{user_id}"


# The green channel (H59): by so many hours a VIP company's item stands earlier in a queue, so that an ordinary one is overtaken only by
# items at most that much younger. Each bonus is well below the promise of its queue; settings.GREEN_CHANNEL may set others.
GREEN_CHANNEL = {"companies": 8.0, "listings": 8.0, "requests": 4.0, "complaints": 0.25}
