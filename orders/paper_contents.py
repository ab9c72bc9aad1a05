"""What the papers that people ask for say, as plain values: frozen when asked for, so that the same content is the same file (B18)."""

import hashlib
import json
from collections.abc import Iterable, Sequence

from django.utils import translation
from django.utils.timezone import localtime

from kernel.money import CREDIT, Money

from .models import Consignment, Order, OrderLine
from .papers import _address, _in_capitals, _side, part_words, printed, unit_names
from .rules import CARRIERS
from .worth import rate_words

MOST_LINES = 500  # of one document; the rest goes into the annex (F12)


def fingerprint(kind: str, content: dict) -> str:
    """SHA-256 of what a paper says, in one spelling."""
    said = json.dumps([kind, content], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()


def both(text) -> tuple[str, str]:
    """A translatable text in Chinese and English."""
    with translation.override("zh-hans"):
        chinese = str(text)
    with translation.override("en"):
        return chinese, str(text)


def _party(order: Order, enterprise_id: int) -> dict:
    first = enterprise_id == order.proposer_id
    return {
        "zh": order.party_name(enterprise_id), "en": order.party_name(enterprise_id, "en"),
        "registration": order.proposer_registration_no if first else order.responder_registration_no,
        "place": _address(order, enterprise_id),
    }  # fmt: skip


def _tenders(order: Order, payee_id: int | None = None) -> list[dict]:
    rows = []
    for tender in order.tenders.all():
        if payee_id in (None, tender.payee_id):
            rows.append({
                "kind": tender.kind, "payer_zh": order.party_name(tender.payer_id), "payer_en": order.party_name(tender.payer_id, "en"),
                "amount": printed(tender.amount), "capitals": _in_capitals(tender.amount),
                "reference": tender.escrow.remittance_reference if tender.escrow_id else "", **part_words(tender),
            })  # fmt: skip
    return rows


def _head(order: Order) -> dict:
    at = order.confirmed_at or order.created_at
    return {"no": order.no, "on": f"{localtime(at):%Y-%m-%d}", "confirmed": order.confirmed_at is not None, "terms_hash": order.terms_hash}


def proforma_content(order: Order, giver_id: int) -> dict:
    """A pro-forma invoice of one party's goods to the other."""
    return {
        **_head(order), "seller": _party(order, giver_id), "buyer": _party(order, order.other_party_id(giver_id)),
        "goods": _side(order, giver_id), "tenders": _tenders(order, giver_id), "note": order.note, "rates": rate_words(order),
    }  # fmt: skip


def contract_content(order: Order) -> dict:
    """The terms of an order in the form of a contract for signature."""
    return {
        **_head(order), "parties": [_party(order, pk) for pk in order.parties], "sides": [_side(order, pk) for pk in order.parties],
        "tenders": _tenders(order), "note": order.note, "rates": rate_words(order),
    }  # fmt: skip


def lines_of(consignment: Consignment, order: Order) -> list[tuple[OrderLine, int]]:
    """What lies in a consignment: lines with quantities."""
    lines = {line.pk: line for line in order.lines.all()}
    return [(lines[pk], many) for pk, many in consignment.parts]


def number_of(consignment: Consignment, order: Order) -> int:
    """Which shipment of its giver a load is, where the giver ships in several; 0 where one carries everything."""
    left = [row for row in order.consignments.all() if row.giver_id == consignment.giver_id and row.shipped_at]
    carried, agreed = (sum(many for _line, many in rows) for rows in (lines_of(consignment, order), _given(order, consignment.giver_id)))
    earlier = [row for row in left if (row.shipped_at, row.pk) < (consignment.shipped_at, consignment.pk)]
    return len(earlier) + 1 if earlier or carried < agreed else 0


def _given(order: Order, giver_id: int) -> list[tuple[OrderLine, int]]:
    return [(line, line.quantity) for line in order.lines.all() if line.giver_id == giver_id]


def delivery_content(order: Order, consignment: Consignment) -> dict:
    """A delivery note: what left, for whom, with whom; no prices."""
    carrier = CARRIERS.get(consignment.carrier, ("",))[0]
    names = (consignment.carrier_name, consignment.carrier_name) if consignment.carrier_name else both(carrier)
    number = number_of(consignment, order)
    return {
        **_head(order), **({"shipment": number} if number else {}),
        "giver": _party(order, consignment.giver_id), "receiver": _party(order, consignment.receiver_id),
        "carrier_zh": names[0], "carrier_en": names[1], "waybill": consignment.waybill_no,
        "shipped": f"{localtime(consignment.shipped_at):%Y-%m-%d %H:%M}" if consignment.shipped_at else "",
        "lines": [
            {"zh": line.title_zh, "en": line.title_en, "quantity": f"{quantity:,}", "unit": unit_names(line)}
            for line, quantity in lines_of(consignment, order)
        ],
    }  # fmt: skip


def amount_words(amount: Money) -> tuple[str, str]:
    """An amount of a statement as figures and its capital characters, empty where it is below zero."""
    return f"{amount.decimal:,.{amount.exponent}f}", _in_capitals(amount) if amount.minor >= 0 else ""


def statement_content(*, holder: dict, starts_on, ends_on, credit: dict, cash: Sequence[dict]) -> dict:
    """An account statement: opening, movements and closing of the credit account, and cash through the custodian."""
    return {"holder": holder, "from": starts_on.isoformat(), "to": ends_on.isoformat(), "credit": credit, "cash": list(cash)}


def credit_part(opening: Money, rows: Iterable[dict], closing: Money) -> dict:
    """The credit account's part of a statement."""
    opened, closed = amount_words(opening), amount_words(closing)
    return {"opening": opened[0], "rows": list(rows), "closing": closed[0], "closing_capitals": closed[1], "currency": CREDIT}
