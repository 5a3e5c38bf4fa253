"""A Virtuoso of tests (Debian: virtuoso-opensource-7-bin)."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from limits import ENOUGH, wait_until

VIRTUOSO = """[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
[TempDatabase]
DatabaseFile = {folder}/virtuoso-temp.db
TransactionFile = {folder}/virtuoso-temp.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
DisableUnixSocket = 1
DirsAllowed = {folder}
NumberOfBuffers = 4000
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerRoot = {folder}
ServerThreads = 4
Charset = UTF-8
"""
GRANTS = "".join(
    f'GRANT {right} TO "SPARQL";'
    for right in (
        "EXECUTE ON DB.DBA.SPARQL_SINV_IMP",
        "SELECT ON DB.DBA.SPARQL_SINV_2",
        "SPARQL_LOAD_SERVICE_DATA",
        "SPARQL_SPONGE",
    )
)
LOGIN = "dba:dba"


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def running(folder: Path, more: str = "") -> Iterator[str]:
    """The SPARQL endpoint of one whose files are in the folder; its users may call others.

    Args:
        folder: exists and is empty.
        more: for its file of settings.
    """
    if shutil.which("virtuoso-t") is None or shutil.which("isql-vt") is None:
        pytest.skip("Virtuoso is not installed (Debian: virtuoso-opensource-7-bin)")
    ports = {"sql": free_port(), "http": free_port()}
    settings = folder / "virtuoso.ini"
    settings.write_text(VIRTUOSO.format(folder=folder, **ports) + more, "utf-8")
    command = ["virtuoso-t", "-f", "-c", str(settings)]
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            _grant(ports["sql"])
            yield f"http://127.0.0.1:{ports['http']}/sparql"
        finally:
            process.terminate()
            process.wait(ENOUGH)


def _grant(port: int) -> None:
    """Wait until it listens, then let its endpoint use SERVICE."""
    command = ["isql-vt", f"127.0.0.1:{port}", *LOGIN.split(":"), f"exec={GRANTS}"]
    assert wait_until(
        lambda: not subprocess.run(command, capture_output=True, timeout=ENOUGH).returncode
    ), "Virtuoso did not start"
