"""Other endpoints: one query to one of them, over a connection that can only lead there.

An endpoint is on the list or it is not asked. Its name is resolved once; every address that it has
is judged; the connection is made to an address that was judged, and not to a name.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from socket import SOCK_STREAM, gaierror
from urllib.parse import SplitResult, urlencode, urlsplit

from cgkg.errors import EndpointError, QueryRefusedError
from cgkg.formats import Format
from cgkg.remote.exchange import BROKEN, HttpAnswer, exchange, port_of, write_request
from cgkg.settings import show_size

_JSON = Format.JSON.media_type
_QUOTED = 200  # characters of what an endpoint says that an error repeats

Ip = IPv4Address | IPv6Address
Resolver = Callable[[str, int], Awaitable[Sequence[str]]]


async def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses of a host, as the system knows them; raises OSError."""
    entries = await asyncio.get_running_loop().getaddrinfo(host, port, type=SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in entries))


class Endpoints:
    """The endpoints that may be asked."""

    def __init__(
        self, allowed: Iterable[str], max_bytes: int, resolver: Resolver = resolve
    ) -> None:
        """Allow these.

        Args:
            allowed: their addresses, of which each is a host's name or address with the rest.
            max_bytes: how large an answer may be.
            resolver: gives the addresses of a host, or raises OSError.
        """
        self.allowed = frozenset(allowed)
        self._max_bytes, self._resolver = max_bytes, resolver
        hosts = [urlsplit(url).hostname or "" for url in self.allowed]
        self._literal = {address for host in hosts if (address := _parse_address(host))}

    def check(self, endpoint: str) -> None:
        """Raise QueryRefusedError unless the endpoint is on the list."""
        if endpoint not in self.allowed:
            raise QueryRefusedError(
                f"SERVICE <{endpoint}> is refused: this server does not ask that endpoint",
                hint="write it as in the setting service_allow; who runs this server may add it",
            )

    async def ask(self, endpoint: str, query: str) -> bytes:
        """The endpoint's answer to a SELECT, in JSON; whoever calls this bounds its time.

        Raises:
            QueryRefusedError: it is not on the list, or leads to an address that is not public.
            EndpointError: it cannot be reached, or answers with anything but results in JSON.
        """
        self.check(endpoint)
        url = urlsplit(endpoint)
        try:
            addresses = await self._resolve_public(endpoint, url)
            answer = await exchange(url, addresses, _write_request(url, query), self._max_bytes)
        except (OSError, UnicodeError) as error:
            said = error.strerror or str(error) if isinstance(error, OSError) else str(error)
            raise _endpoint_error(endpoint, f"cannot be reached: {said}") from None
        except BROKEN as error:
            raise _endpoint_error(endpoint, f"does not answer in HTTP: {error}") from None
        self._check_answer(endpoint, answer)
        return bytes(answer.body)

    async def _resolve_public(self, endpoint: str, url: SplitResult) -> Sequence[str]:
        host = url.hostname or ""
        addresses = await self._resolver(host, port_of(url))
        if not addresses:
            raise gaierror(f"{host} has no address")
        for text in addresses:
            address = _parse_address(text)
            local = host == "localhost" and address is not None and address.is_loopback
            if not local and address not in self._literal and not _is_public(address):
                raise QueryRefusedError(
                    f"<{endpoint}> is refused: it leads to {text}, which is not a public address",
                    hint="if that is meant, add an endpoint at this very address to service_allow",
                )
        return addresses

    def _check_answer(self, endpoint: str, answer: HttpAnswer) -> None:
        """Raise EndpointError for what is no whole answer in JSON."""
        kind = answer.media_type
        if answer.has_head and 300 <= answer.status < 400:
            to = answer.header("location")[:_QUOTED]
            raise _endpoint_error(
                endpoint, f"redirects to {to!r}", "redirects are not followed: name that address"
            )
        if answer.too_large:
            limit = f"the limit is {show_size(self._max_bytes)}, by the setting service_bytes"
            raise _endpoint_error(endpoint, "answers with too much", f"ask it for less; {limit}")
        if not answer.is_whole:
            raise _endpoint_error(endpoint, "closed the connection before its answer was whole")
        if answer.status != 200:
            said = answer.body[:_QUOTED].decode("utf-8", "replace")
            raise _endpoint_error(
                endpoint, f"answers with status {answer.status}: {' '.join(said.split())}"
            )
        if kind != _JSON or answer.header("content-encoding") not in ("", "identity"):
            raise _endpoint_error(
                endpoint, f"answers in {kind or 'no format'!r} and not in {_JSON}"
            )


def _endpoint_error(endpoint: str, what: str, hint: str = "") -> EndpointError:
    silent = "SERVICE SILENT would go on without it"
    return EndpointError(f"<{endpoint}> {what}", hint=f"{hint}; {silent}" if hint else silent)


def _write_request(url: SplitResult, query: str) -> bytes:
    """A query via POST with URL-encoded parameters (SPARQL 1.1 Protocol §2.1.2)."""
    body = urlencode({"query": query}).encode()
    headers = [("Accept", _JSON), ("Content-Type", "application/x-www-form-urlencoded")]
    return write_request(url, "POST", body, headers)


def _parse_address(text: str) -> Ip | None:
    """The address that is written so, None for a name."""
    try:
        return ip_address(text)
    except ValueError:
        return None


def _is_public(address: Ip | None) -> bool:
    if address is None or address.is_multicast or address.is_reserved:
        return False
    # An IPv4 address within an IPv6 one is reserved, but for 6to4.
    if isinstance(address, IPv6Address) and (address.is_site_local or address.sixtofour):
        return False
    return address.is_global
