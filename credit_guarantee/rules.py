"""Remittance references: short, no ambiguous letters, with a check character (DOMAIN §4); the clock of payments; limits of the desk."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date

from django.utils.translation import gettext_lazy as _

from kernel.deadlines import policy
from kernel.money import CREDIT, EXPONENTS, Money

PAY = policy(
    "credit_guarantee.pay",
    label=_("Payment by the custodian"),
    consequence=_("finance is told that it is late; the money stays with the custodian"),
    working_days=1,
)
CLOCKED = ("pay_out", "pay_back", "part", "fee", "return")  # a collection waits for the payer, whose own clock runs

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # 31 characters, no I O S V Z
SERIALS = 99_999


def check_character(body: str) -> str:
    """Return the character that makes the weighted sum (weights 1, 3, 9, … mod 31) divisible by 31; ValueError for strange letters."""
    total = sum(ALPHABET.index(letter) * pow(3, place, 31) for place, letter in enumerate(body))
    return ALPHABET[-total % 31]


def remittance_reference(day: date, serial: int) -> str:
    """Write the reference of the day's n-th payment: yymmdd, five digits, check character."""
    if not 1 <= serial <= SERIALS:
        raise ValueError(f"serial {serial} is not between 1 and {SERIALS}")
    body = f"{day:%y%m%d}{serial:05d}"
    return body + check_character(body)


def is_remittance_reference(text: str) -> bool:
    """Whether a text is a reference with a true check character."""
    return len(text) == 12 and text[:11].isascii() and text[:11].isdigit() and text[11] == check_character(text[:11])


WORD = re.compile(r"[0-9A-Z]+")
REFERENCE = re.compile(r"(?=(\d{11}[0-9A-HJ-NP-RTUWXY]))", re.ASCII)
TRUNCATED = 9  # so many characters of a reference, cut off by the payer's bank, still name one payment
BEGINNING = re.compile(r"(?=(\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}))", re.ASCII)


def squeezed(text: str) -> str:
    """A payer's words as references are looked for in them: full width made plain, capitals, nothing but letters and digits."""
    return "".join(WORD.findall(unicodedata.normalize("NFKC", text).upper()))


def references_in(text: str) -> set[str]:
    """Every true reference that a payer's squeezed words hold."""
    return {found for found in REFERENCE.findall(text) if is_remittance_reference(found)}


def beginnings_in(text: str) -> set[str]:
    """Everything in a payer's squeezed words that may be the beginning of a reference that was cut off."""
    return set(BEGINNING.findall(text))


# ---------- limits ----------

# Above these amounts money leaves custody only when two people of finance have approved it, beside the rule that releases it (H55);
# in other currencies always. In whole units; settings.RELEASE_TWO_PEOPLE_OVER.
TWO_PEOPLE_OVER = {"CNY": "500000", "USD": "70000", "EUR": "65000", "HKD": "550000"}
# What bank charges may take of a transfer: at most this and at most the share (DOMAIN §4). Transfers in yuan come in full.
CHARGES_MOST = {"USD": "50", "EUR": "45", "HKD": "400"}
CHARGES_PERMILLE = 5


def _limit(limits: Mapping[str, str], currency: str) -> Money | None:
    return Money.of(limits[currency], currency) if currency in limits and currency in EXPONENTS else None


def needs_two_people(amount: Money, limits: Mapping[str, str]) -> bool:
    """Whether an amount leaves custody only with two people's approval; `limits` are settings over TWO_PEOPLE_OVER."""
    limit = _limit({**TWO_PEOPLE_OVER, **limits}, amount.currency)
    return limit is None or limit < amount


def charges_tolerance(currency: str, limits: Mapping[str, str]) -> Money | None:
    """The most that bank charges may take of a transfer in a currency; None where they take nothing."""
    return _limit({**CHARGES_MOST, **limits}, currency) if currency != CREDIT else None
