"""A client that wants the server's memory: whatever it sends and does not take, it gets a share.

Each attack would take several times the memory that the server may use for its clients. Meanwhile a
cheap query is answered, and when the attackers have left, what they held is given back.
"""

from __future__ import annotations

import os
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Event, Thread

import pytest
from limits import ENOUGH, wait_until
from servers import Server, query, serving

MIB = 1 << 20
MEMORY = 16 * MIB  # the setting
# Beyond it: what requests and answers need besides their bytes, and what Python keeps for later.
BESIDES = 24 * MIB
SECONDS = float(os.environ.get("LOAD_SECONDS", "60"))
# Almost 4 MB as JSON, the most that one answer may have then.
LARGE = "SELECT ?x ?y ?z { ?x <http://e/long> ?z . ?y <http://e/short> ?w }"
CHEAP = query("SELECT ?w { <http://e/s1> <http://e/short> ?w }")

Attack = Callable[[Server, ExitStack], None]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of which one query has a large answer."""
    place = tmp_path_factory.mktemp("held")
    lines = [f'<http://e/l{n}> <http://e/long> "{"z" * 2000}" .' for n in range(45)]
    lines += [f'<http://e/s{n}> <http://e/short> "{n}" .' for n in range(38)]
    (place / "data.nt").write_text("\n".join(lines) + "\n", "utf-8")
    return place


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    with serving(folder, "--memory", "16MiB", "--workers", 2) as found:
        assert found.ask(CHEAP).status == 200
        yield found


def held(server: Server) -> int:
    """Bytes that the server's own process has for itself, without the files that it shares."""
    status = Path(f"/proc/{server.program.pid}/status").read_text("utf-8")
    found = re.search(r"RssAnon:\s+(\d+) kB", status)
    assert found
    return int(found[1]) << 10


def opened(server: Server, left: ExitStack) -> socket.socket:
    """A connection that the stack closes."""
    connection = left.enter_context(server.connect())
    connection.settimeout(ENOUGH)
    return connection


def send(connection: socket.socket, content: bytes) -> None:
    """Send as much of it as the server takes in a moment."""
    with suppress(OSError):  # it reads no more, or has refused
        connection.settimeout(0.5)
        connection.sendall(content)
    with suppress(OSError):  # it is closed by now
        connection.settimeout(ENOUGH)


def get(path: str, *headers: str) -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: x", *headers, "", ""]).encode()


def take_nothing(server: Server, left: ExitStack) -> None:
    """Thirty clients ask for 4 MB each, and read nothing."""
    asked = query(LARGE)
    for _ in range(30):
        connection = left.enter_context(socket.socket())
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(server.address)
        send(connection, get(asked))
    wait_until(lambda: server.metric("cgkg_queries_waiting") == 0)


def send_bodies_ahead(server: Server, left: ExitStack) -> None:
    """Thirty clients send fifteen bodies of almost 1 MB each, one behind the other."""
    body = b"query=" + b"x" * 1_000_000
    head = (
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    )
    whole = b"%sContent-Length: %d\r\n\r\n%s" % (head, len(body), body)
    for _ in range(30):
        connection = opened(server, left)
        send(connection, get(query(LARGE)))
        Thread(target=send, args=(connection, whole * 15), daemon=True).start()


def begin_bodies(server: Server, left: ExitStack) -> None:
    """Two hundred clients send all but the end of a body of 1 MB."""
    head = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n"
    for _ in range(200):
        send(opened(server, left), head + b"x" * 999_990)


def invent_headers(server: Server, left: ExitStack) -> None:
    """Thousands of values of 60 kB that nobody has sent before."""
    connection = opened(server, left)
    reader = connection.makefile("rb")
    left.enter_context(reader)
    for number in range(2_000):
        name = ("Accept", "Accept-Encoding", "Accept-Language", "Content-Type")[number % 4]
        # It can be satisfied, for what is refused is not remembered.
        value = (
            "application/sparql-results+json, text/html;q=0.1, " + "x/x;p=" + f"x{number}" * 9_000
        )
        connection.sendall(get(CHEAP, f"{name}: {value[:60_000]}"))
        length = 0
        while (line := reader.readline()) != b"\r\n":
            assert line
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        reader.read(length)


def invent_charsets(server: Server, left: ExitStack) -> None:
    """Thousands of charsets that do not exist."""
    for number in range(1_000):
        kind = f"application/sparql-query; charset=x{number}" + "y" * 50_000
        answer = server.ask("/sparql", data=b"ASK {}", headers={"Content-Type": kind})
        assert 400 <= answer.status < 500


def ask_and_read_nothing(server: Server, left: ExitStack) -> None:
    """Fifty clients send requests without end and take no answer."""
    for _ in range(50):
        connection = left.enter_context(socket.socket())
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(server.address)
        connection.setblocking(False)
        wanted = get("/")
        for _ in range(200):
            try:
                connection.send(wanted * 20)
            except BlockingIOError:
                break


ATTACKS: tuple[Attack, ...] = (
    take_nothing,
    send_bodies_ahead,
    begin_bodies,
    invent_headers,
    invent_charsets,
    ask_and_read_nothing,
)


@pytest.mark.parametrize(
    "attack",
    [
        pytest.param(attack, id=attack.__name__, marks=[pytest.mark.long] if place > 2 else [])
        for place, attack in enumerate(ATTACKS)
    ],
)
def test_no_client_holds_more_than_the_setting(server: Server, attack: Attack) -> None:
    """Under each attack alone the server stays within its memory, and answers a cheap query."""
    before = held(server)
    with ExitStack() as left:
        attack(server, left)
        assert held(server) - before < MEMORY + BESIDES
        assert server.ask(CHEAP).status == 200
    assert wait_until(lambda: server.metric("cgkg_connections") <= 1)
    assert wait_until(lambda: server.metric("cgkg_held_bytes") < MIB)


@pytest.mark.long
def test_all_attacks_at_once_for_a_minute(server: Server) -> None:
    """The sum of all stays within the setting, too, and the server returns to where it was."""
    for path in ("/", CHEAP, query(LARGE)):  # what it loads once is loaded
        assert server.ask(path).status == 200
    wait_until(lambda: server.metric("cgkg_connections") <= 1)
    before, usage = held(server), server.usage()
    over, most, answered = Event(), 0, 0

    def repeat(attack: Attack) -> None:
        while not over.is_set():
            with ExitStack() as left:
                try:
                    attack(server, left)
                    over.wait(1)
                except (OSError, AssertionError):  # refused, as an attacker may be
                    over.wait(0.1)

    attackers = [Thread(target=repeat, args=(attack,)) for attack in ATTACKS]
    for attacker in attackers:
        attacker.start()
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        most = max(most, held(server))
        answered += server.ask(CHEAP).status == 200
        time.sleep(0.05)
    over.set()
    for attacker in attackers:
        attacker.join()
    print(f"before {before / MIB:.0f} MiB, at most {most / MIB:.0f} MiB, {answered} answers")
    assert most - before < MEMORY + BESIDES
    assert answered > SECONDS / 20  # beside hundreds of connections that send all they can
    assert server.comes_back_to(usage)
    assert wait_until(lambda: held(server) < 1.1 * before)
