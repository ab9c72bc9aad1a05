"""People, enterprises, sub-accounts, verification, permissions and the operation log."""
