"""Who may see an enterprise's money; staff permissions of the ledger, "app.codename"."""

from django.utils.translation import gettext_lazy as _

from accounts.permissions import Capability

SEE_MONEY = Capability("ledger.view_money", "finance", _("see balances"), verified=False, also=("trade",))

SET_DEBIT_LIMIT = "ledger.set_debit_limit"
ENTER_RATES = "ledger.enter_rates"
APPROVE_RATES = "ledger.approve_rates"
