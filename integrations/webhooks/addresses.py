"""Where messages may go: to the public Internet, over TLS, and nowhere else.

An address is looked at when it is typed in, as far as it says itself where it leads, and at each
delivery by what its name means then: what is connected to is what was looked at. Otherwise somebody
could have us call what only we can reach (https://owasp.org/www-community/attacks/Server_Side_Request_Forgery).
"""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

import httpx
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _

from tenants.errors import InvalidInput

LONGEST = 500
Address = IPv4Address | IPv6Address

# Public by their number, but inside: IPv4 by way of IPv6 (RFC 6052, RFC 3056), Azure's own
# services (https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16).
_INSIDE = [ip_network(net) for net in ("64:ff9b::/96", "2002::/16", "168.63.129.16/32")]


def checked_url(url: str) -> str:
    """An address as it is kept: its name in ASCII. Raises InvalidInput where it may not be."""
    url = url.strip()
    try:
        URLValidator(schemes=["https", "http"])(url)
        normal = str(httpx.URL(url))
        parts = urlsplit(normal)
        if len(normal) > LONGEST or parts.port == 0:  # a port that is none raises by itself
            raise ValueError
    except (ValidationError, httpx.InvalidURL, ValueError) as error:
        raise InvalidInput(
            _("Give a whole address, such as https://example.com/hooks."), field="url"
        ) from error
    if parts.username or parts.password or parts.fragment:
        raise InvalidInput(
            _("Leave out user name, password and whatever follows a #."), field="url"
        )
    named = _named(parts.hostname or "")
    if parts.scheme != "https" and not (named and named.is_loopback and may_stay_here()):
        raise InvalidInput(_("The address has to begin with https://."), field="url")
    if named and not may_be_called(named):
        raise InvalidInput(_("This address is not on the public Internet."), field="url")
    return normal


def may_be_called(address: Address) -> bool:
    """Whether messages may go to an IP address."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return may_be_called(address.ipv4_mapped)
    if address.is_loopback:
        return may_stay_here()
    inside = any(address in net for net in _INSIDE if net.version == address.version)
    return address.is_global and not address.is_multicast and not inside


def may_stay_here() -> bool:
    """Whether messages may go to this very host, unencrypted: for the demo and tests alone."""
    return bool(settings.WEBHOOKS_TO_LOOPBACK)


def _named(host: str) -> Address | None:
    """The IP address that a host is written as; None for a name."""
    if host == "localhost":
        return IPv4Address("127.0.0.1")
    try:
        return ip_address(host)
    except ValueError:
        return None
