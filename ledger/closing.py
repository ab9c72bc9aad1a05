"""What of the ledger keeps an enterprise from closing: balances and holds (P16)."""

from django.db.models import Count, F, Q, Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kernel.chains import enterprise_chain
from kernel.money import Money
from kernel.registries import closing_blocker
from kernel.templatetags.ui import plain_money

from .models import Account, Hold


@closing_blocker("ledger.1_balances")
def balances(enterprise_id: int):
    """Barter credit had or owed, and money that the custodian still owes the enterprise."""
    for account in Account.objects.filter(holder=enterprise_chain(enterprise_id)).exclude(balance_minor=0).order_by("pk"):
        amount = {"amount": plain_money(account.balance)}
        if account.purpose != "wallet":
            text = _("%(amount)s is on its way from the custodian.") % amount
        elif account.balance_minor < 0:
            text = _("Barter credit is owed: %(amount)s. Sell goods for it, or settle it with customer service.") % amount
        else:
            text = _("Barter credit is left: %(amount)s. Spend it, or have it settled by customer service.") % amount
        yield text, reverse("helpdesk:contact") if account.purpose == "wallet" else reverse("orders:list")


@closing_blocker("ledger.2_holds")
def holds(enterprise_id: int):
    """Amounts held for or from the enterprise, summed by currency: the orders they belong to are listed by the orders."""
    held = Hold.objects.filter(Q(payer=enterprise_id) | Q(payee=enterprise_id), state="held")
    for row in held.values("currency").annotate(minor=Sum(F("amount_minor") - F("returned_minor")), n=Count("pk")).order_by("currency"):
        words = {"amount": plain_money(Money(row["minor"], row["currency"])), "n": row["n"]}
        text = ngettext("%(amount)s is held for %(n)s payment of an order.", "%(amount)s is held for %(n)s payments of orders.", row["n"])
        yield text % words, reverse("orders:list")
