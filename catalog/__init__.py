"""Categories, listings, wants, stock and search."""
