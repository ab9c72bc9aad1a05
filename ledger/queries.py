"""Reading money: balances, holds and movements, for pages and for rules of higher rooms."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, Sum
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor, require_staff
from accounts.models import Enterprise
from kernel.chains import enterprise_chain
from kernel.money import CREDIT, Money
from kernel.refusals import NotFound

from .models import Account, Entry, Hold, Posting
from .permissions import SET_DEBIT_LIMIT
from .rules import KIND_LABELS


@dataclass(frozen=True)
class Movement:
    """One line of a money panel: what happened, how much, under which voucher number, when."""

    kind: str
    name: object  # translatable
    amount: Money
    no: str
    at: datetime

    @property
    def note(self) -> str:
        return self.no


def balance(enterprise_id: int, currency: str = CREDIT) -> Money:
    """What an enterprise has: barter credit in its wallet, or cash that the custodian owes it."""
    account = _wallet(enterprise_id, currency)
    return account.balance if account else Money.zero(currency)


def available(enterprise_id: int) -> Money:
    """What an enterprise may spend in barter credit: its balance and its limit together."""
    account = _wallet(enterprise_id, CREDIT)
    return account.balance + account.limit if account else Money.zero(CREDIT)


def debit_limit(enterprise_id: int) -> Money:
    """How far an enterprise's wallet may go below zero."""
    account = _wallet(enterprise_id, CREDIT)
    return account.limit if account else Money.zero(CREDIT)


def held(enterprise_id: int, currency: str = CREDIT) -> Money:
    """What an enterprise has paid that still lies in holds."""
    total = Hold.objects.filter(payer_id=enterprise_id, currency=currency, state="held").aggregate(total=Sum("amount_minor"))["total"]
    return Money(int(total or 0), currency)


def _wallet(enterprise_id: int, currency: str) -> Account | None:
    purpose = "wallet" if currency == CREDIT else "payable"
    return Account.objects.filter(holder=enterprise_chain(enterprise_id), purpose=purpose, currency=currency).first()


def balance_as_of(account: Account, at: datetime) -> Money:
    """Rebuild an account's balance as it was at a moment, from its postings alone (P2)."""
    total = Posting.objects.filter(account=account, entry__at__lte=at).aggregate(total=Sum("minor"))["total"]
    return Money(int(total or 0), account.currency)


def derived_balance(account: Account) -> Money:
    """An account's balance from its postings; the only balance an untracked account has."""
    total = Posting.objects.filter(account=account).aggregate(total=Sum("minor"))["total"]
    return Money(int(total or 0), account.currency)


def latest_postings(account: Account, limit: int = 50):
    """An account's newest postings with their entries."""
    return Posting.objects.filter(account=account).select_related("entry").order_by("-id")[:limit]


def enterprise_named(actor: Actor, text: str) -> int:
    """The id of the enterprise with this handle or registration number; staff only, raises Denied, NotFound."""
    require_staff(actor, SET_DEBIT_LIMIT)
    text = text.strip()
    found = Enterprise.objects.filter(Q(handle=text) | Q(registration_no=text.upper())).exclude(state="closed").order_by("pk").first()
    if found is None:
        raise NotFound("not_found", _("There is no such enterprise."))
    return found.pk


def holds_about(ref: tuple[str, str]):
    """All holds about one thing, oldest first."""
    return Hold.objects.filter(ref_type=ref[0], ref_id=str(ref[1])).order_by("pk")


def entries_about(ref: tuple[str, str]) -> list[Movement]:
    """All movements about one thing, oldest first, one line per currency; two queries whatever their number."""
    entries = Entry.objects.filter(ref_type=ref[0], ref_id=str(ref[1])).order_by("pk").prefetch_related("postings")
    return [
        Movement(entry.kind, KIND_LABELS.get(entry.kind, entry.kind), amount, entry.no, entry.at)
        for entry in entries
        for amount in _moved(entry.postings.all())
    ]


def _moved(postings: Iterable[Posting]) -> list[Money]:
    sums: dict[str, int] = {}
    for posting in postings:
        if posting.minor > 0:
            sums[posting.currency] = sums.get(posting.currency, 0) + posting.minor
    return [Money(minor, currency) for currency, minor in sorted(sums.items())]
