"""Who the visitor is when proxies stand in front: one place decides, and everything behind it reads REMOTE_ADDR (P36)."""

import ipaddress

from django.conf import settings

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
FORWARDED = "HTTP_X_FORWARDED_FOR"
SAID_BY_PROXIES = (
    FORWARDED,
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_REAL_IP",
    "HTTP_FORWARDED",
)


class ClientAddressMiddleware:
    """Put the visitor's own address into REMOTE_ADDR when the request came through `settings.TRUSTED_PROXIES`.

    X-Forwarded-For is read from its right end: each trusted proxy vouches for the address before its own, and the first one that is not
    a trusted proxy is the visitor; whatever stands further left is the visitor's own invention. From anybody else all such headers are
    thrown away, so that limits, the log and the list of sessions (allauth's too) agree. Without trusted proxies X-Forwarded-Proto is
    left to BEHIND_PROXY, as before.
    """

    def __init__(self, get_response):
        self.get_response = get_response
        self.trusted = [ipaddress.ip_network(text.strip(), strict=False) for text in settings.TRUSTED_PROXIES]

    def __call__(self, request):
        meta = request.META
        if self.trusts(address_of(meta.get("REMOTE_ADDR", ""))):
            meta["REMOTE_ADDR"] = self.visitor(meta["REMOTE_ADDR"], meta.pop(FORWARDED, ""))
        elif self.trusted:
            for name in SAID_BY_PROXIES:
                meta.pop(name, None)
        else:
            meta.pop(FORWARDED, None)
        return self.get_response(request)

    def trusts(self, address: Address | None) -> bool:
        return address is not None and any(address in network for network in self.trusted)

    def visitor(self, peer: str, forwarded: str) -> str:
        """The address nearest to us that is not a trusted proxy; the last one vouched for when the header holds none or nonsense."""
        found = address_of(peer)
        for text in reversed(forwarded.split(",") if forwarded else []):
            address = address_of(text)
            if address is None:
                break
            found = address
            if not self.trusts(address):
                break
        return str(found)


def address_of(text: str) -> Address | None:
    """An address with or without a port; IPv4 inside IPv6 is IPv4; None for anything else."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
