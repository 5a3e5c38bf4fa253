"""An address to listen on, claimed before anything slow is done."""

from __future__ import annotations

import socket
from dataclasses import dataclass

from cgkg.errors import ConfigError


@dataclass(frozen=True)
class ListenAddress:
    """An address that this process listens on: nobody else can take the port any more."""

    host: str
    socket: socket.socket

    @classmethod
    def claim(cls, host: str, port: int) -> ListenAddress:
        """Bind, so that a taken port is said at once; connections wait until they are accepted.

        This blocks while the system resolves the host's name.

        Args:
            host: a name or address of this machine.
            port: its port; 0 takes any that is free.

        Raises:
            ConfigError: the port is taken, or the host is not an address of this machine.
        """
        try:
            family, *_, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            bound = socket.socket(family, socket.SOCK_STREAM)
        except OSError as error:
            raise ConfigError(f"cannot listen on {host}: {error.strerror or error}") from None
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind(place)
            bound.listen(1024)
        except OSError as error:
            bound.close()
            raise ConfigError(
                f"cannot listen on {host} port {port}: {error.strerror}",
                hint="another program may be using it; choose one with --port",
            ) from None
        return cls(host, bound)

    @property
    def url(self) -> str:
        """Where a browser goes."""
        port = self.socket.getsockname()[1]
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{port}/"
