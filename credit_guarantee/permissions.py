"""Staff permissions of the custodian's desk, "app.codename"."""

CONFIRM_CUSTODIAN = "credit_guarantee.confirm_custodian"
VIEW_INSTRUCTIONS = "credit_guarantee.view_custodianinstruction"
IMPORT_STATEMENT = "credit_guarantee.import_statement"
DECIDE_BOOKING = "credit_guarantee.decide_booking"
VIEW_ENTRIES = "credit_guarantee.view_statemententry"
VIEW_STATEMENTS = "credit_guarantee.view_bankstatement"
