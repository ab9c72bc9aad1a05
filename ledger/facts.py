from django.utils.translation import gettext_lazy as _

from kernel.facts import fact


@fact("ledger.funds_held", _("Funds were held"))
class FundsHeld:
    hold_id: int
    payer_id: int
    payee_id: int
    amount_minor: int
    currency: str
    ref_type: str
    ref_id: str


@fact("ledger.funds_released", _("Held funds were released"))
class FundsReleased:
    hold_id: int
    payer_id: int
    payee_id: int
    amount_minor: int
    currency: str
    ref_type: str
    ref_id: str


@fact("ledger.funds_refunded", _("Held funds were refunded"))
class FundsRefunded:
    hold_id: int
    payer_id: int
    payee_id: int
    amount_minor: int
    currency: str
    ref_type: str
    ref_id: str


@fact("ledger.funds_part_refunded", _("A part of held funds was refunded"))
class FundsPartRefunded:
    hold_id: int
    payer_id: int
    payee_id: int
    amount_minor: int
    currency: str
    ref_type: str
    ref_id: str


@fact("ledger.entry_reversed", _("An entry was corrected by its mirror"))
class EntryReversed:
    entry_id: int
    no: str
    corrected_id: int
    corrected_no: str


@fact("ledger.debit_limit_set", _("The barter limit was changed"))
class DebitLimitSet:
    enterprise_id: int
    limit_minor: int
    currency: str


@fact("ledger.rates_entered", _("Exchange rates were entered"))
class RatesEntered:
    sheet_id: int
    source: str
    as_of: str
    rates: list[str]


@fact("ledger.rates_decided", _("Exchange rates were put in force or refused"))
class RatesDecided:
    sheet_id: int
    source: str
    as_of: str
    move: str


@fact("ledger.limit_proposed", _("A limit of a wallet was proposed"))
class LimitProposed:
    proposal_id: int
    enterprise_id: int
    kind: str
    limit_minor: int
    by_rule: bool


@fact("ledger.limit_backed", _("A limit proposed by the rule of growth was approved by a first person"))
class LimitBacked:
    proposal_id: int
    enterprise_id: int
    kind: str


@fact("ledger.limit_decided", _("A proposed limit of a wallet was decided on"))
class LimitDecided:
    proposal_id: int
    enterprise_id: int
    kind: str
    move: str


@fact("ledger.limit_near", _("A wallet came near its limit"))
class LimitNear:
    warning_id: int
    enterprise_id: int
    kind: str
    percent: int
