"""Who asks, and by what address, when a reverse proxy stands between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address
from urllib.parse import urlsplit

from cgkg.serving.messages import Request

Network = IPv4Network | IPv6Network


@dataclass(frozen=True)
class Origin:
    """The client's own address, and by which scheme, host and prefix it knows the server."""

    peer: str
    scheme: str
    host: str
    prefix: str = ""


class Proxies:
    """Believes X-Forwarded headers of known proxies only; a configured address goes before them."""

    def __init__(self, trusted: Sequence[Network], public_url: str | None) -> None:
        self._trusted = tuple(trusted)
        self._public = urlsplit(public_url) if public_url else None

    def origin(self, request: Request) -> Origin:
        """Where the request comes from and what it is addressed to, as trusted headers say."""
        headers = request.headers
        peer, scheme, host, prefix = request.peer, "http", headers.get("host", ""), ""
        if self._trusted and self._trusts(peer):
            peer = self._client(headers.get("x-forwarded-for", ""), peer)
            scheme = _last(headers.get("x-forwarded-proto")) or scheme
            host = _last(headers.get("x-forwarded-host")) or host
            prefix = _last(headers.get("x-forwarded-prefix")).rstrip("/")
        if self._public is not None:
            scheme, host = self._public.scheme, self._public.netloc
            prefix = self._public.path.rstrip("/")
        return Origin(peer, scheme if scheme in ("http", "https") else "http", host, prefix)

    def _trusts(self, address: str) -> bool:
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._trusted)

    def _client(self, forwarded: str, peer: str) -> str:
        """The last address that no trusted proxy has added; whoever is before it may be made up."""
        for address in reversed([part.strip() for part in forwarded.split(",") if part.strip()]):
            if not self._trusts(address):
                return address
            peer = address
        return peer


def _last(value: str | None) -> str:
    """What the nearest proxy said."""
    return (value or "").rpartition(",")[2].strip()
