"""Staff permissions of the custodian's desk, "app.codename"."""

CONFIRM_CUSTODIAN = "credit_guarantee.confirm_custodian"
VIEW_INSTRUCTIONS = "credit_guarantee.view_custodianinstruction"
