"""Sentences of installed packages whose own Chinese is missing or stale: our catalogues are merged before theirs, so ours is shown."""

from django.utils.translation import gettext_noop, ngettext

BORROWED = [
    gettext_noop("Email"), gettext_noop("Email Addresses"), gettext_noop("Email address"), gettext_noop("Two-Factor Authentication"),
    gettext_noop("Sessions"), gettext_noop("Verify Your Email Address"), gettext_noop("Confirm Email Address"),
    gettext_noop("Model name"), gettext_noop("Add link"), gettext_noop("Change or view list link"), gettext_noop(" By %(filter_title)s "),
]  # fmt: skip


def too_short(length: int) -> str:
    """Say what Django's password validator says; its own catalogues still hold an older sentence."""
    sentence = ngettext(
        "This password is too short. It must contain at least %d character.",
        "This password is too short. It must contain at least %d characters.",
        length,
    )
    return sentence % length
