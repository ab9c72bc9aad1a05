"""Limits of messages."""

BODY_MAX = 5000
FILES_MAX = 5
FILE_TYPES = frozenset({"application/pdf", "image/jpeg", "image/png", "image/webp"})
