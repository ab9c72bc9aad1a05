"""The accounts of the custodian that money is paid into: one for each currency, and beneath it a number for each payment where the bank
keeps virtual sub-accounts (DOMAIN §4). Values from the settings only; every default is obviously fictitious (SPEC decision 11).
"""

from dataclasses import dataclass

from django.conf import settings

HOLDER = "易衡示例托管专户 Evenhand Escrow (Example)"
ACCOUNTS = {
    "CNY": {"cnaps": "102000000000"},  # its number stands in settings.CUSTODIAN_BANK
    "USD": {"number": "0000000000000000840", "swift": "EXAMCNBJXXX"},
    "EUR": {"number": "0000000000000000978", "swift": "EXAMCNBJXXX"},
    "HKD": {"number": "0000000000000000344", "swift": "EXAMCNBJXXX"},
    "JPY": {"number": "0000000000000000392", "swift": "EXAMCNBJXXX"},
    "KWD": {"number": "0000000000000000414", "swift": "EXAMCNBJXXX"},
}


@dataclass(frozen=True)
class Designated:
    """One account of the custodian: whose, where, its number, what banks at home (CNAPS) and abroad (SWIFT) call it."""

    currency: str
    holder: str
    bank: str
    number: str
    cnaps: str = ""
    swift: str = ""
    virtual_prefix: str = ""  # of its sub-accounts; empty: the bank keeps none

    def virtual_no(self, reference: str) -> str:
        """The sub-account that belongs to one payment, by its reference; empty where there are none."""
        return self.virtual_prefix + reference[:11] if self.virtual_prefix else ""


def designated_account(currency: str) -> Designated | None:
    """The custodian's account in a currency; None when there is none."""
    own = {"number": spelled(settings.CUSTODIAN_BANK["account"])} if currency == "CNY" else {}
    told = {**own, **ACCOUNTS.get(currency, {}), **settings.CUSTODIAN_ACCOUNTS.get(currency, {})}
    if not told.get("number"):
        return None
    return Designated(**{"currency": currency, "holder": HOLDER, "bank": settings.CUSTODIAN_BANK["name"], **told})


def designated_accounts() -> list[Designated]:
    """All of them, yuan first."""
    codes = [*ACCOUNTS, *(code for code in settings.CUSTODIAN_ACCOUNTS if code not in ACCOUNTS)]
    return [found for code in codes if (found := designated_account(code))]


def grouped(number: str) -> str:
    """An account number in groups of four, as people read it."""
    plain = number.replace(" ", "")
    return " ".join(plain[at : at + 4] for at in range(0, len(plain), 4))


def spelled(number: str) -> str:
    """An account number as it is compared: letters and digits only."""
    return "".join(filter(str.isalnum, number)).upper()
