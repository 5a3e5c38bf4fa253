"""nginx before a server, configured as docs/how-to/operate.md recommends, without TLS."""

from __future__ import annotations

import re
import shutil
import signal
from pathlib import Path

from endpoint.processes import Program

_PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "operate.md"
_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def program() -> str | None:
    """Where nginx is, if it is here."""
    return shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")


def configuration(port: int, behind: int) -> str:
    """The page's configuration, at these ports.

    Args:
        port: where nginx listens.
        behind: where the server listens.
    """
    found = re.search(r"^```nginx\n(.*?)^```", _PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert found, _PAGE
    text = found[1]
    for shown, here in (
        ("listen 443 ssl;", f"listen 127.0.0.1:{port};"),
        ("    ssl_certificate /etc/ssl/graph.pem;\n", ""),
        ("    ssl_certificate_key /etc/ssl/graph.key;\n", ""),
        ("server 127.0.0.1:8000;", f"server 127.0.0.1:{behind};"),
    ):
        assert shown in text, shown
        text = text.replace(shown, here)
    temporary = "".join(f"{name}_temp_path {name};\n" for name in _TEMPORARY)
    return (
        "daemon off;\nmaster_process off;\npid nginx.pid;\nerror_log stderr;\nevents {}\n"
        f"http {{\naccess_log off;\n{temporary}{text}}}\n"
    )


class Proxied(Program):
    """nginx before a server that runs: one program, as far as measuring and stopping go."""

    def __init__(self, server: Program, folder: Path, port: int, behind: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "nginx.conf").write_text(configuration(port, behind), "utf-8")
        command = [program() or "nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")]
        super().__init__(command, folder / "log.txt")
        self._server, self.since = server, server.since

    def tree(self) -> list[int]:
        """All processes of nginx and of the server."""
        return [*super().tree(), *self._server.tree()]

    def written(self) -> str:
        """What is in both logs."""
        return super().written() + self._server.written()

    def stop(self, seconds: float = 60.0, by: int = signal.SIGTERM) -> bool:
        """End the server, and then nginx; as `Program.stop`."""
        behind = self._server.stop(seconds, by)
        return super().stop(seconds, by) and behind
