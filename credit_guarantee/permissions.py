"""Staff permissions of the custodian's desk, "app.codename"."""

CONFIRM_CUSTODIAN = "credit_guarantee.confirm_custodian"
