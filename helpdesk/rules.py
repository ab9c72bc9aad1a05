"""Limits of the contact form."""

PER_HOUR = 10  # requests from one address: more than a person needs, less than a machine wants
MESSAGE_MAX = 4000
