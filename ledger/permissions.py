"""Staff permissions of the ledger, "app.codename"."""

SET_DEBIT_LIMIT = "ledger.set_debit_limit"
