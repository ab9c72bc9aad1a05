"""Barter credit that a wallet could not take in is refused when the terms are confirmed, never when it arrives (B04)."""

from collections.abc import Iterable

from ledger.services import refuse_over_ceiling

from ..models import Tender


def refuse_full_wallets(tenders: Iterable[Tender]) -> None:
    """Refuse credit tenders, not yet held, beyond the highest balance of who gets them; raises Refusal ceiling_reached."""
    for tender in tenders:
        if tender.kind == "credit" and not tender.hold_id:
            refuse_over_ceiling(tender.payee_id, tender.received)
