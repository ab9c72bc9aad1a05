"""What `check --deploy` refuses beside Django's own list: secrets that everybody could know (P40), a database that may forget (F8)."""

import ipaddress

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection

DURABLE = ("fsync", "full_page_writes", "synchronous_commit")


@register(Tags.security, deploy=True)
def secrets_are_own(app_configs, **_options) -> list[Error]:
    """The secret key is not the published default, and documents and personal values have keys that seal."""
    found = []
    if _secret_key().startswith("insecure-default"):
        found.append(Error("SECRET_KEY is not set: links in mails could be computed by anybody.", id="kernel.E001"))
    if not settings.DATA_KEYS:
        found.append(Error("DATA_KEYS is empty: papers and personal values cannot be sealed.", id="kernel.E002"))
    elif not all(_seals(key) for key in settings.DATA_KEYS):
        found.append(Error("DATA_KEYS holds something that is not a Fernet key.", id="kernel.E003"))
    return found


@register(Tags.security, deploy=True)
def proxies_are_known(app_configs, **_options) -> list[Error]:
    """Behind a proxy its addresses are named and are addresses: else every visitor is the proxy, and one visitor's errors lock out all."""
    try:
        networks = [ipaddress.ip_network(text.strip(), strict=False) for text in settings.TRUSTED_PROXIES]
    except ValueError as error:
        return [Error(f"TRUSTED_PROXIES holds something that is no address or network: {error}", id="kernel.E006")]
    if settings.SECURE_PROXY_SSL_HEADER and not networks:
        return [Error("BEHIND_PROXY is set, but TRUSTED_PROXIES names no proxy: limits would count all visitors as one.", id="kernel.E007")]
    if any(network.num_addresses > 2**24 and not network.is_private for network in networks):
        return [Error("TRUSTED_PROXIES trusts more than a network of proxies: anybody could name any address.", id="kernel.E008")]
    return []


@register("durability", deploy=True)
def database_keeps_what_it_says(app_configs, **_options) -> list[Error]:
    """The server writes before it answers: without that, work that a client was told about is lost in a crash."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT name FROM pg_settings WHERE name = ANY(%s) AND setting = 'off' ORDER BY name", [list(DURABLE)])
            return [Error(f"PostgreSQL runs with {name}=off: acknowledged work can be lost.", id="kernel.E004") for (name,) in cursor]
    except DatabaseError as error:
        return [Error(f"PostgreSQL could not be asked whether it is durable: {error}", id="kernel.E005")]


def _secret_key() -> str:
    try:
        return settings.SECRET_KEY
    except ImproperlyConfigured:  # empty, when not developing
        return "insecure-default"


def _seals(key: str) -> bool:
    try:
        return bool(Fernet(key))
    except ValueError:
        return False
