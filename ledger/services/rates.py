"""Exchange rates: one member of staff types a source's sheet, another puts it in force (M41); nothing is fetched from anywhere."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actors import require_staff
from kernel.clock import now
from kernel.refusals import Denied, Refusal
from kernel.services import claim_key, lock, move, record
from kernel.workdays import SHANGHAI

from ..facts import RatesDecided, RatesEntered
from ..models import ExchangeRate, RateSheet
from ..permissions import APPROVE_RATES, ENTER_RATES


@transaction.atomic
def enter_rates(*, source: str, as_of: date, rates: Sequence[tuple[str, int, Decimal]], actor, request_key: str) -> RateSheet:
    """Keep a source's rates of a day, (currency, units, yuan) each; they count only when a colleague has approved them.

    Raises Denied, Refusal source_missing / rates_missing / rates_in_the_future, key_reused.
    """
    require_staff(actor, ENTER_RATES)
    source = source.strip()
    inputs = {"source": source, "as_of": as_of.isoformat(), "rates": [[code, units, str(cny)] for code, units, cny in rates]}
    claim = claim_key(request_key, verb="ledger.enter_rates", actor=actor, inputs=inputs)
    if claim.result_id:
        return RateSheet.objects.get(pk=claim.result_id)
    if not source:
        raise Refusal("source_missing", _("Say where the rates come from."))
    if not rates or len({code for code, _units, _cny in rates}) != len(rates):
        raise Refusal("rates_missing", _("Enter at least one rate, and each currency once."))
    if as_of > now().astimezone(SHANGHAI).date():
        raise Refusal("rates_in_the_future", _("Rates of a day that has not come cannot be entered."))
    sheet = RateSheet.objects.create(source=source, as_of=as_of, entered_by_id=actor.user_id, entered_at=now())
    rows = [ExchangeRate(sheet=sheet, currency=code, units=units, cny=cny) for code, units, cny in rates]
    ExchangeRate.objects.bulk_create(rows)
    record(
        RatesEntered(sheet_id=sheet.pk, source=source, as_of=as_of.isoformat(), rates=[str(r) for r in rows]), actor=actor, subject=sheet
    )
    claim.done(sheet.pk)
    return sheet


@transaction.atomic
def approve_rates(sheet_id: int, *, actor, request_key: str) -> RateSheet:
    """Put a sheet in force; never by the person who typed it. Raises Denied four_eyes, NotFound, IllegalMove."""
    return _decide(sheet_id, "approve", actor, request_key)


@transaction.atomic
def refuse_rates(sheet_id: int, *, actor, request_key: str) -> RateSheet:
    """Put a sheet away that does not agree with its source; whoever typed it may do so too. Raises Denied, NotFound, IllegalMove."""
    return _decide(sheet_id, "refuse", actor, request_key)


def _decide(sheet_id: int, verb: str, actor, request_key: str) -> RateSheet:
    require_staff(actor, APPROVE_RATES)
    claim = claim_key(request_key, verb=f"ledger.{verb}_rates", actor=actor, inputs={"sheet": sheet_id})
    sheet = lock(RateSheet.objects.all(), pk=sheet_id)
    if claim.result_id:
        return sheet
    if verb == "approve" and sheet.entered_by_id == actor.user_id:
        raise Denied("four_eyes", _("You entered these rates, so a colleague must compare them with their source."))
    move(sheet, verb, decided_by_id=actor.user_id, decided_at=now())
    news = RatesDecided(sheet_id=sheet.pk, source=sheet.source, as_of=sheet.as_of.isoformat(), move=verb)
    record(news, actor=actor, subject=sheet)
    claim.done(sheet.pk)
    return sheet
