"""What ./dev is made of: standard library only, nothing of the product is imported here."""
