"""Reading money: balances, holds and movements, for pages and for rules of higher rooms."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.apps import apps
from django.conf import settings
from django.db.models import DecimalField, F, Func, Q, Subquery, Sum, Value
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from accounts.actors import Actor, require_staff
from accounts.models import Enterprise, User
from kernel.chains import enterprise_chain
from kernel.money import CREDIT, Money
from kernel.refusals import Refusal

from .models import Account, Entry, ExchangeRate, Hold, Posting
from .permissions import SET_DEBIT_LIMIT
from .rules import KIND_LABELS

LEFT = F("amount_minor") - F("returned_minor")  # of a hold: parts may have gone back
FEE = Func(
    Cast("fee_minor", DecimalField(max_digits=38, decimal_places=0)) * LEFT, F("amount_minor"), function="div", output_field=DecimalField()
)
NET = LEFT - FEE  # what the payee gets: the platform's fee on what is left, as rules.fee_of has it, is none of it


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
    total = Hold.objects.filter(payer_id=enterprise_id, currency=currency, state="held").aggregate(total=Sum(LEFT))["total"]
    return Money(int(total or 0), currency)


@dataclass(frozen=True)
class Figures:
    """An enterprise's money at a glance: by currency, what is `paid` into holds, and `coming` from holds for what it sold, less fees."""

    balance: Money
    limit: Money
    paid: dict[str, Money]
    coming: dict[str, Money]


def figures_of(enterprise_id: int, currencies: Iterable[str] = (CREDIT, "CNY")) -> Figures:
    """Balance, limit and what is held, in one query."""
    sides = {f"{side}_{code}": Q(**{side: enterprise_id, "currency": code}) for side in ("payer", "payee") for code in currencies}
    open_holds = Hold.objects.filter(Q(payer=enterprise_id) | Q(payee=enterprise_id), state="held")
    sums = {name: Sum(LEFT if name.startswith("payer") else NET, filter=side) for name, side in sides.items()}
    holds = open_holds.order_by().annotate(one=Value(1)).values("one").annotate(**sums)
    wallet = Account.objects.filter(holder=enterprise_chain(enterprise_id), purpose="wallet", currency=CREDIT)
    # The enterprise's row is always there and carries the figures along, so that a page asks once.
    columns = {"balance": Subquery(wallet.values("balance_minor")[:1]), "floor": Subquery(wallet.values("floor_minor")[:1])}
    columns |= {name: Subquery(holds.values(name)[:1]) for name in sides}
    found = Enterprise.objects.filter(pk=enterprise_id).annotate(**columns).values(*columns).first() or {}
    paid, coming = ({code: Money(int(found.get(f"{side}_{code}") or 0), code) for code in currencies} for side in ("payer", "payee"))
    return Figures(Money(found.get("balance") or 0, CREDIT), Money(-(found.get("floor") or 0), CREDIT), paid, coming)


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


def custodian_cash() -> dict[str, int]:
    """What the books say lies at the custodian, by currency, in minor units."""
    rows = Posting.objects.filter(account__holder="custodian", account__purpose="cash").order_by().values("currency")
    return {row["currency"]: -int(row["total"]) for row in rows.annotate(total=Sum("minor"))}


@dataclass(frozen=True)
class StatementLine:
    """One movement of an enterprise's account with what it was about and the balance after it."""

    name: object  # translatable
    no: str
    at: datetime
    about: str  # the number of what money was moved for
    amount: Money
    after: Money


def account_statement(
    enterprise_id: int, currency: str, start: datetime, end: datetime, *, limit: int
) -> tuple[Money, list[StatementLine], Money]:  # fmt: skip
    """Opening balance, movements (oldest first, at most `limit` + 1) and closing balance of an account from `start` to before `end`."""
    account = _wallet(enterprise_id, currency)
    if account is None:
        return Money.zero(currency), [], Money.zero(currency)
    total = Posting.objects.filter(account=account, entry__at__lt=start).aggregate(total=Sum("minor"))["total"]
    opening = balance = Money(int(total or 0), currency)
    rows = Posting.objects.filter(account=account, entry__at__gte=start, entry__at__lt=end).select_related("entry").order_by("id")
    postings = list(rows[: limit + 1])
    numbers = {ref: name.rpartition(" ")[2] for ref, name in reference_names((p.entry.ref_type, p.entry.ref_id) for p in postings).items()}
    lines = []
    for posting in postings:
        entry, balance = posting.entry, balance + posting.amount
        about = numbers.get((entry.ref_type, entry.ref_id), "")
        lines.append(StatementLine(KIND_LABELS.get(entry.kind, entry.kind), entry.no, entry.at, about, posting.amount, balance))
    return opening, lines, balance


def latest_postings(account: Account, limit: int = 50):
    """An account's newest postings with their entries."""
    return Posting.objects.filter(account=account).select_related("entry").order_by("-id")[:limit]


def enterprise_named(actor: Actor, text: str) -> int:
    """The id of the enterprise with this handle or registration number; staff only, raises Denied, Refusal enterprise_unknown."""
    require_staff(actor, SET_DEBIT_LIMIT)
    text = text.strip()
    found = Enterprise.objects.filter(Q(handle=text) | Q(registration_no=text.upper())).exclude(state="closed").order_by("pk").first()
    if found is None:
        raise Refusal("enterprise_unknown", _("There is no such enterprise."))
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


def vouchers_of(hold_ids: Iterable[int]) -> dict[int, list[str]]:
    """The numbers of every entry that moved what lies in holds, oldest first, by hold; one query."""
    names = {f"hold:{pk}": pk for pk in hold_ids}
    found: dict[int, list[str]] = {}
    for row in Posting.objects.filter(account__holder__in=names).select_related("entry", "account").order_by("entry_id"):
        found.setdefault(names[row.account.holder], []).append(row.entry.no)
    return found


def _moved(postings: Iterable[Posting]) -> list[Money]:
    sums: dict[str, int] = {}
    for posting in postings:
        if posting.minor > 0:
            sums[posting.currency] = sums.get(posting.currency, 0) + posting.minor
    return [Money(minor, currency) for currency, minor in sorted(sums.items())]


def holder_names(holders: Iterable[str]) -> dict[str, str]:
    """Holders in the reader's words: companies by name, holds by their two parties; two queries whatever their number."""
    holders = set(holders)
    names = {"platform": pgettext("ledger", "the platform"), "custodian": pgettext("ledger", "the custodian")}
    firms = Enterprise.objects.in_bulk(_numbers(holders, "enterprise"))
    names |= {enterprise_chain(pk): firm.name for pk, firm in firms.items()}
    for hold in Hold.objects.filter(pk__in=_numbers(holders, "hold")).select_related("payer", "payee"):
        parties = {"payer": hold.payer.name, "payee": hold.payee.name}
        names[hold.holder] = _("held from %(payer)s for %(payee)s") % parties
    return {holder: names.get(holder, holder) for holder in holders}


def _numbers(holders: Iterable[str], kind: str) -> list[int]:
    return [int(number) for name, _colon, number in (h.partition(":") for h in holders) if name == kind and number.isdecimal()]


def reference_names(refs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """What money was moved for, in the reader's words: the kind of thing and its number; one query for each kind.

    References are names, so that the ledger need not know the rooms above it; one that no longer leads anywhere stays as it is.
    """
    refs = set(refs)
    names: dict[tuple[str, str], str] = {}
    for ref_type in {kind for kind, _number in refs}:
        model, wanted = _model(ref_type), [number for kind, number in refs if kind == ref_type]
        rows = model._base_manager.in_bulk([int(n) for n in wanted if n.isdecimal()]) if model else {}
        names |= {(ref_type, str(pk)): f"{model._meta.verbose_name} {row}" for pk, row in rows.items()}
    return {ref: names.get(ref, " ".join(ref)) for ref in refs}


def references_numbered(text: str) -> list[tuple[str, str]]:
    """The references that people know by this number, of whatever kind."""
    found = []
    for model in apps.get_models():
        if any(field.name == "no" and field.unique for field in model._meta.concrete_fields):
            found += [(model._meta.label_lower, str(pk)) for pk in model._base_manager.filter(no=text).values_list("pk", flat=True)]
    return found


def about_number(rows, text: str):
    """Those of the rows (entries, holds, escrows) that are about the thing with this number, or have it as their raw reference."""
    wanted = Q(ref_id=text)
    for ref_type, ref_id in references_numbered(text):
        wanted |= Q(ref_type=ref_type, ref_id=ref_id)
    return rows.filter(wanted)


def holders_named(text: str, limit: int = 50) -> list[str]:
    """The holders whose company has this name (its beginning), handle or registration number."""
    wanted = Q(name__startswith=text) | Q(handle=text) | Q(registration_no=text.upper())
    return [enterprise_chain(pk) for pk in Enterprise.objects.filter(wanted).order_by("pk").values_list("pk", flat=True)[:limit]]


def person_names(user_ids: Iterable[int | None]) -> dict[int, str]:
    """Names of people by their ids, for the back office."""
    return {user.pk: str(user) for user in User.objects.filter(pk__in={pk for pk in user_ids if pk})}


def _model(label: str):
    try:
        return apps.get_model(label)
    except (LookupError, ValueError):
        return None


@dataclass(frozen=True)
class Quote:
    """What one unit of a currency is worth in yuan, by which source of which day."""

    currency: str
    cny: Decimal
    source: str
    as_of: date


def quotes(today: date) -> dict[str, Quote]:
    """The newest rates in force by currency, none of them older than the setting EXCHANGE_RATE_DAYS."""
    oldest = today - timedelta(days=settings.EXCHANGE_RATE_DAYS)
    rows = ExchangeRate.objects.filter(sheet__state="in_force", sheet__as_of__gte=oldest).select_related("sheet")
    rows = rows.order_by("currency", "-sheet__as_of", "-sheet_id").distinct("currency")
    return {row.currency: Quote(row.currency, row.cny / row.units, row.sheet.source, row.sheet.as_of) for row in rows}
