"""Which addresses outgoing calls may reach: global ones, in none of their disguises, and those of
OUTBOUND_ALLOW.
"""

import ipaddress
from collections.abc import Iterator
from typing import Final

from django.conf import settings

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

NAT64: Final = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))
COMPATIBLE: Final = ipaddress.ip_network("::/96")  # the IPv4-compatible form, long deprecated


def may_reach(address: Address, *, is_tls: bool = True) -> bool:
    """Whether outgoing calls may go to this address: global ones by TLS, and OUTBOUND_ALLOW's."""
    forms = tuple(_forms(address))
    if any(form in network for form in forms for network in settings.OUTBOUND_ALLOW):
        return True
    return is_tls and all(map(_is_public, forms))


def _is_public(address: Address) -> bool:
    return address.is_global and not (
        address.is_multicast
        or address.is_reserved
        or address.is_unspecified
        or address.is_link_local
        or getattr(address, "is_site_local", False)
    )


def _forms(address: Address) -> Iterator[Address]:
    """The address, and the IPv4 addresses that it is a disguise of."""
    if isinstance(address, ipaddress.IPv4Address):
        yield address
        return
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
        return
    yield address
    if address.sixtofour is not None:
        yield address.sixtofour
    yield from address.teredo or ()
    if address in COMPATIBLE or any(address in network for network in NAT64):
        yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
