"""Requests to engines from any thread: each blocks until its response is whole, or is an error.

One thread of a client has the connections, and keeps them for the next requests. Time and bytes of
a request have limits.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import re
import secrets
from collections.abc import Coroutine, Iterable
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field
from socket import SOCK_STREAM
from threading import Thread
from typing import Any
from urllib.parse import SplitResult, urlsplit

from cgkg.errors import EndpointError, EndpointTimeoutError, QueryLostError
from cgkg.messages import M_
from cgkg.remote.exchange import BROKEN, HttpAnswer, port_of, write_request
from cgkg.remote.pooling import KeptConnections
from cgkg.settings import show_size

_KEPT = 16  # connections to one place that wait for the next request
_IDLE = 20.0  # seconds that one waits: less than engines and what is between have patience for
_QUOTED = 300  # characters of what an engine says that an error repeats
_CHALLENGE = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s,]+))')
LOGIN = "CGKG_REMOTE_LOGIN"
"""The variable with the name and password that engines are told, as name:password."""

Headers = Iterable[tuple[str, str]]


@dataclass
class Call:
    """Requests that are made one after another for somebody, who may leave."""

    left: bool = False
    _running: Future[HttpAnswer] | None = field(default=None, repr=False)

    def cancel(self) -> None:
        """End the request that runs, and begin no other; from any thread."""
        self.left = True
        if self._running is not None:
            self._running.cancel()

    def wait(self, future: Future[HttpAnswer]) -> HttpAnswer:
        """What the request gives.

        Raises:
            QueryLostError: it was cancelled.
        """
        self._running = future
        if self.left:
            future.cancel()
        try:
            return future.result()
        except CancelledError:
            raise QueryLostError("the client has left") from None


class Client:
    """Makes requests; any thread may ask, and `close` ends all."""

    def __init__(self, login: str | None = None, *, idle: float = _IDLE) -> None:
        """Begin a thread for the connections.

        Args:
            login: name and password, with a colon between; by default those of `LOGIN`.
            idle: seconds for which a connection is kept without a request.
        """
        self._login = os.environ.get(LOGIN, "") if login is None else login
        self._challenge: dict[str, str] = {}
        self._loop = asyncio.new_event_loop()
        self._connections = KeptConnections(self._loop, self._resolve, _KEPT, idle)
        self._thread = Thread(target=self._loop.run_forever, name="engine", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread; nothing may be asked any more."""
        asyncio.run_coroutine_threadsafe(self._connections.close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def send(
        self,
        method: str,
        url: str,
        *,
        body: bytes = b"",
        headers: Headers = (),
        seconds: float,
        max_bytes: int,
        safe: bool = False,
        call: Call | None = None,
    ) -> HttpAnswer:
        """The whole response, whatever its status but that of a redirection.

        A login in the address is an error: it would be in every message and log.

        Args:
            method: of HTTP.
            url: where to.
            body: what is sent.
            headers: beside those of every request.
            seconds: that all of it may take.
            max_bytes: that the response's body may have.
            safe: whether it changes nothing there, so that it may go over a connection that is
                kept, and once more if that turns out to be closed.
            call: what it is part of, so that it may be cancelled.

        Raises:
            EndpointTimeoutError: it took too long.
            EndpointError: there is no connection, no whole response, or one that is too large.
            QueryLostError: it was cancelled.
        """
        work = self._send(method, url, body, tuple(headers), seconds, max_bytes, safe)
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        return (call or Call()).wait(future)

    async def _send(
        self,
        method: str,
        url: str,
        body: bytes,
        headers: tuple[tuple[str, str], ...],
        seconds: float,
        max_bytes: int,
        safe: bool,
    ) -> HttpAnswer:
        parts = _split(url)

        def again() -> Coroutine[Any, Any, HttpAnswer]:
            own = (*headers, *self._authorization(method, parts))
            request = write_request(parts, method, body, own, keep=safe)
            return self._connections.exchange(parts, request, max_bytes, safe=safe)

        try:
            async with asyncio.timeout(seconds):
                answer = await again()
                if answer.status == 401 and self._login and self._take_challenge(answer):
                    answer = await again()
        except TimeoutError:
            raise EndpointTimeoutError(
                M_("<{url}> has not answered after {seconds} s", url=url, seconds=f"{seconds:g}"),
                hint=M_("ask for less; or see whether the engine still works"),
            ) from None
        except (OSError, UnicodeError) as error:
            said = error.strerror or str(error) if isinstance(error, OSError) else str(error)
            raise EndpointError(
                f"<{url}> cannot be reached: {said}",
                hint="see whether the engine runs, and whether this is its address",
            ) from None
        except BROKEN as error:
            raise EndpointError(
                f"<{url}> does not answer in HTTP: {error}",
                hint="see whether this is an engine's address, with http or https as it has it",
            ) from None
        return _whole(url, answer, max_bytes)

    async def _resolve(self, url: SplitResult) -> list[str]:
        entries = await self._loop.getaddrinfo(url.hostname or "", port_of(url), type=SOCK_STREAM)
        return list(dict.fromkeys(str(entry[4][0]) for entry in entries))

    def _take_challenge(self, answer: HttpAnswer) -> bool:
        """Note how the login is to be told; whether that is known and new."""
        header = answer.header("www-authenticate")
        scheme = header.partition(" ")[0].lower()
        if scheme not in ("basic", "digest"):
            return False
        parameters = {
            name.lower(): quoted or bare for name, quoted, bare in _CHALLENGE.findall(header)
        }
        self._challenge = {**parameters, "scheme": scheme}
        return True

    def _authorization(self, method: str, url: SplitResult) -> Headers:
        """The login, by RFC 7617 or RFC 7616; nothing before an engine asked for it."""
        if not self._challenge:
            return
        if self._challenge["scheme"] == "basic":
            coded = base64.b64encode(self._login.encode()).decode()
            yield "Authorization", f"Basic {coded}"
            return
        target = (url.path or "/") + (f"?{url.query}" if url.query else "")
        yield "Authorization", _digest(self._login, self._challenge, method, target)


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise EndpointError(
            f"<{url}> is no address of an endpoint", hint="it begins with http:// or https://"
        )
    if "@" in parts.netloc:
        raise EndpointError(
            f"the address of {parts.hostname} has a login in it",
            hint=f"put that into the variable {LOGIN}, as name:password",
        )
    return parts


def _digest(login: str, challenge: dict[str, str], method: str, target: str) -> str:
    """The header of RFC 7616 §3.4, with MD5 or SHA-256 and without the protection of bodies."""
    user, _, password = login.partition(":")
    algorithm = challenge.get("algorithm", "MD5")
    make = hashlib.sha256 if algorithm.upper().startswith("SHA-256") else hashlib.md5

    def hashed(text: str) -> str:
        return make(text.encode()).hexdigest()

    realm, nonce = challenge.get("realm", ""), challenge.get("nonce", "")
    cnonce, count = secrets.token_hex(8), "00000001"
    own, asked = hashed(f"{user}:{realm}:{password}"), hashed(f"{method}:{target}")
    middle = f"{nonce}:{count}:{cnonce}:auth" if "qop" in challenge else nonce
    said = {
        "username": user,
        "realm": realm,
        "nonce": nonce,
        "uri": target,
        "response": hashed(f"{own}:{middle}:{asked}"),
        **({"opaque": challenge["opaque"]} if "opaque" in challenge else {}),
        **({"cnonce": cnonce} if "qop" in challenge else {}),
    }
    quoted = ", ".join(f'{name}="{value}"' for name, value in said.items())
    counted = f", qop=auth, nc={count}" if "qop" in challenge else ""
    return f"Digest {quoted}{counted}, algorithm={algorithm}"


def _whole(url: str, answer: HttpAnswer, max_bytes: int) -> HttpAnswer:
    if answer.has_head and 300 <= answer.status < 400:
        to = answer.header("location")[:_QUOTED]
        raise EndpointError(
            f"<{url}> redirects to {to!r}", hint="redirects are not followed: name that address"
        )
    if answer.too_large:
        raise EndpointError(
            f"<{url}> answers with more than {show_size(max_bytes)}", hint="ask it for less"
        )
    if not answer.is_whole:
        raise EndpointError(
            f"<{url}> closed the connection before its answer was whole",
            hint="ask again; if it happens again, the engine's log may say which limit was met",
        )
    coding = answer.header("content-encoding")
    if coding not in ("", "identity"):
        raise EndpointError(
            f"<{url}> answers in the coding {coding!r}, which was not asked for",
            hint="have what is between here and the engine leave its answers as they are",
        )
    return answer


def said(answer: HttpAnswer) -> str:
    """The beginning of what a response says, on one line."""
    text = " ".join(answer.body[: 4 * _QUOTED].decode("utf-8", "replace").split())
    return text[:_QUOTED]
