"""Remittance references: short, without ambiguous letters, with a check character (DOMAIN §4); the clock of payments."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from kernel.deadlines import policy

PAY = policy(
    "credit_guarantee.pay",
    label=_("Payment by the custodian"),
    consequence=_("finance is told that it is late; the money stays with the custodian"),
    working_days=1,
)
CLOCKED = ("pay_out", "pay_back", "return")  # a collection waits for the payer, whose own clock runs

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
