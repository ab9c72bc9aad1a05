"""Staff permissions of the ledger, "app.codename"."""

SET_DEBIT_LIMIT = "ledger.set_debit_limit"
ENTER_RATES = "ledger.enter_rates"
APPROVE_RATES = "ledger.approve_rates"
