"""Double entry: accounts, entries, holds; balances are locked rows that can be re-derived from postings."""
