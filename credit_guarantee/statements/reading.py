"""What kind of statement a file is: its content decides, never its name."""

from django.utils.translation import gettext_lazy as _

from .entries import Problem, Statement, StatementRefused
from .messages import read_camt053, read_mt940
from .sheets import MAX_BYTES, read_sheet


def read_statements(body: bytes, *, account: str, currency: str, virtual_prefix: str = "") -> list[Statement]:
    """Read a statement file of the given account (number and currency as on file); raises StatementRefused with every problem found.

    Messages name their account themselves: one of another account is refused.
    """
    if not body.strip():
        raise StatementRefused([Problem(0, "empty", _("The file is empty."))])
    if len(body) > MAX_BYTES:
        raise StatementRefused([Problem(0, "too_large", _("The file is larger than a statement can be."))])
    head = body[:200].lstrip(b"\xef\xbb\xbf \r\n\t")
    if head.startswith(b"<"):
        found = read_camt053(body)
    elif head.startswith((b":20:", b"{1:")):
        found = read_mt940(body)
    else:
        return [read_sheet(body, account=account, currency=currency, virtual_prefix=virtual_prefix)]
    digits = "".join(filter(str.isalnum, account)).upper()
    for statement in found:
        if "".join(filter(str.isalnum, statement.account)).upper() != digits or statement.currency != currency:
            raise StatementRefused([Problem(0, "other_account", _("The statement is of another account than the one chosen."))])
    return found
