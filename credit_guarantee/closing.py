"""What of the custody of money keeps an enterprise from closing: open escrows, payments the custodian has not confirmed (P16)."""

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from kernel.registries import closing_blocker
from kernel.templatetags.ui import plain_money

from .models import CustodianInstruction, Escrow


@closing_blocker("credit_guarantee.1_escrows")
def escrows(enterprise_id: int):
    """Escrows that wait for money or hold it."""
    mine = Q(payer=enterprise_id) | Q(payee=enterprise_id)
    for escrow in Escrow.objects.filter(mine, state__in=["awaiting_funds", "funded"]).order_by("pk")[:20]:
        words = {"amount": plain_money(escrow.amount), "reference": escrow.remittance_reference}
        yield _("Escrow %(reference)s over %(amount)s is open.") % words, reverse("orders:list")


@closing_blocker("credit_guarantee.2_payments")
def payments(enterprise_id: int):
    """Payments to the enterprise that the custodian has not confirmed, or refused."""
    paying = CustodianInstruction.objects.filter(enterprise=enterprise_id, kind__in=["pay_out", "pay_back", "part", "return"], state="sent")
    for instruction in paying.order_by("pk")[:20]:
        yield (
            _("The custodian has not confirmed a payment of %(amount)s.") % {"amount": plain_money(instruction.amount)},
            reverse("orders:list"),
        )
