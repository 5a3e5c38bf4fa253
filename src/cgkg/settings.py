"""Settings of the server: one table, read from flags, the environment and cgkg.toml.

A flag goes before a variable, a variable before the file, the file before the default. The table
is `SETTINGS`; the command's options and docs/reference/settings.md are made from it.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cgkg.errors import ConfigError
from cgkg.opening import read_toml

FILE, TABLE, PREFIX = "cgkg.toml", "serve", "CGKG_"

_MIB = 1 << 20
_SIZE = re.compile(r"(\d+) ?([KMGT]i?B?|B)?", re.IGNORECASE)
_PRINTABLE = re.compile(r"[!-~]+")
_POWERS = {"B": 0, "K": 1, "M": 2, "G": 3, "T": 4}
_ALIKE = 0.8

Network = IPv4Network | IPv6Network


@dataclass(frozen=True)
class Kind:
    """What values a setting takes: how one is read, and what may be said of it.

    `read` takes text, or what TOML has for the value, and raises ValueError; `word` stands for the
    value in the help of the command.
    """

    read: Callable[[Any], Any]
    allowed: str
    word: str
    show: Callable[[Any], str] = str


def _setting(default: Any, kind: Kind, help: str) -> Any:
    return field(default=default, metadata={"kind": kind, "help": help})


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError
    return value.strip()


def _whole(least: int, most: int) -> Kind:
    def read(value: Any) -> int:
        number = int(value.replace(",", "_")) if isinstance(value, str) else value
        if type(number) is not int or not least <= number <= most:
            raise ValueError
        return number

    return Kind(read, f"a whole number from {least:,} to {most:,}", "N", lambda n: f"{n:,}")


def _seconds(least: float, most: float) -> Kind:
    def read(value: Any) -> float:
        if isinstance(value, bool):
            raise ValueError
        number = float(value)
        if not (math.isfinite(number) and least <= number <= most):
            raise ValueError
        return number

    allowed = f"a number of seconds from {least:g} to {most:g}"
    return Kind(read, allowed, "SECONDS", lambda number: f"{number:g}")


def _size(least: int, most: int) -> Kind:
    def read(value: Any) -> int:
        number = _bytes(value)
        if not least <= number <= most:
            raise ValueError
        return number

    return Kind(read, f"a size from {show_size(least)} to {show_size(most)}", "SIZE", show_size)


def _bytes(value: Any) -> int:
    if type(value) is int:
        return value
    match = _SIZE.fullmatch(_text(value))
    if not match:
        raise ValueError
    power = _POWERS[(match[2] or "B")[0].upper()]
    return int(match[1]) << (10 * power)


def show_size(number: int) -> str:
    """The bytes in the largest unit that needs no fraction."""
    for unit, power in (("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)):
        if number and number % (1 << power) == 0:
            return f"{number >> power} {unit}"
    return str(number)


def _switch(value: Any) -> bool:
    words = {"on": True, "true": True, "off": False, "false": False}
    if isinstance(value, bool):
        return value
    try:
        return words[_text(value).lower()]
    except KeyError:
        raise ValueError from None


def _or(word: str, instead: Any, kind: Kind) -> Kind:
    """The kind, or a word for a value that it does not have."""

    def read(value: Any) -> Any:
        return instead if isinstance(value, str) and value.strip() == word else kind.read(value)

    def show(value: Any) -> str:
        return word if value == instead else kind.show(value)

    return Kind(read, f"{word}, or {kind.allowed}", f"{word}|{kind.word}", show)


def _one_of(*names: str) -> Kind:
    def read(value: Any) -> str:
        if value not in names:
            raise ValueError
        return str(value)

    return Kind(read, " or ".join(names), "|".join(names))


def _url(value: Any) -> str:
    text = _text(value)
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError
    return text if text.endswith("/") else text + "/"


def _networks(value: Any) -> tuple[Network, ...]:
    items = value if isinstance(value, list) else _text(value).split(",")
    return tuple(ip_network(_text(item)) for item in items)


def _endpoints(value: Any) -> tuple[str, ...]:
    items = value if isinstance(value, list) else _text(value).split(",")
    return tuple(_endpoint(_text(item)) for item in items)


def _engine(value: Any) -> str:
    return _endpoint(_text(value))


def _endpoint(url: str) -> str:
    parts = urlsplit(url)
    usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    if not usable or "@" in parts.netloc or "#" in url or not _PRINTABLE.fullmatch(url):
        raise ValueError
    return url


_ON_OR_OFF = Kind(_switch, "on or off", "on|off", lambda on: "on" if on else "off")
_PORT = Kind(_whole(0, 65535).read, "a whole number from 0 to 65535", "PORT")
_NONE_OR_URL = _or("none", None, Kind(_url, "an http or https address without query", "URL"))
_ENGINE = _or(
    "none", None, Kind(_engine, "an http or https address in ASCII, without a login", "URL")
)
_PROXIES = Kind(
    _networks,
    "addresses and networks such as 127.0.0.1, 10.0.0.0/8",
    "NETWORKS",
    lambda networks: ", ".join(map(str, networks)),
)
_ENDPOINTS = Kind(
    _endpoints,
    "http and https addresses in ASCII, such as https://example.org/sparql",
    "URLS",
    ", ".join,
)


@dataclass(frozen=True)
class ServeSettings:
    """How a graph is served; a field for each row of docs/reference/settings.md."""

    host: str = _setting(
        "127.0.0.1",
        Kind(_text, "an address or name of this machine", "HOST"),
        "Address to listen on. Anybody who reaches it can read the whole graph.",
    )
    port: int = _setting(8000, _PORT, "Port to listen on; 0 takes a free one.")
    workers: int | None = _setting(
        None,
        _or("auto", None, _whole(1, 64)),
        "How many queries are evaluated at once, each in a process of its own; auto is as"
        " many as the processor has cores, from 2 to 16.",
    )
    timeout: float = _setting(
        30.0, _seconds(0.1, 3600), "How long a query may take. A request may ask for less."
    )
    queue: int = _setting(64, _whole(0, 100_000), "How many requests may wait for a worker.")
    max_rows: int = _setting(10_000_000, _whole(1, 10**12), "How many rows an answer may have.")
    max_answer_bytes: int = _setting(
        256 * _MIB, _size(1024, 1 << 40), "How large an answer may be."
    )
    query_memory: int | None = _setting(
        None,
        _or("auto", None, _size(16 * _MIB, 1 << 40)),
        "What a query may use beyond the graph itself; auto shares half of the machine's memory"
        " among the workers.",
    )
    memory: int | None = _setting(
        None,
        _or("auto", None, _size(16 * _MIB, 1 << 40)),
        "What the server may hold for its clients at once: requests that arrive or wait, answers"
        " that are not taken yet, past answers. The graph and the query processes are not in it."
        " What finds no room is answered with 503. auto is an eighth of the machine's memory.",
    )
    storage: str = _setting(
        "auto",
        _one_of("auto", "memory", "disk"),
        "Where the graph is asked. auto takes the disk if the workers' copies could need more"
        " than half of the machine's memory.",
    )
    endpoint: str | None = _setting(
        None,
        _ENGINE,
        "The SPARQL endpoint of an engine into which cgkg push has loaded the graph: it is asked"
        " there, and not here. In the address {version} stands for the graph's digest.",
    )
    union_default_graph: bool = _setting(
        False,
        _ON_OR_OFF,
        "Whether the default graph of a folder without [project] has the triples of all its named"
        " graphs, too, each once. In the file it counts for every command.",
    )
    cache_bytes: int = _setting(
        64 * _MIB, _size(0, 1 << 40), "How much of past answers is kept for repetition; 0 is none."
    )
    max_body: int = _setting(_MIB, _size(1024, 1 << 30), "How large a request's body may be.")
    max_url: int = _setting(64 * 1024, _size(256, _MIB), "How long a request's address may be.")
    max_header: int = _setting(
        64 * 1024, _size(1024, _MIB), "How large all header lines of a request may be together."
    )
    max_connections: int = _setting(
        512, _whole(1, 100_000), "How many connections may be open at once."
    )
    client_timeout: float = _setting(
        30.0,
        _seconds(1, 3600),
        "How long a client may take to send a request, or go without taking any of an answer.",
    )
    keep_alive: float = _setting(
        75.0, _seconds(0, 3600), "How long a connection may be idle between requests."
    )
    drain_seconds: float = _setting(
        30.0, _seconds(0, 3600), "How long requests under way may go on when the server stops."
    )
    watch_seconds: float = _setting(
        2.0,
        _seconds(0, 3600),
        "How often the server looks whether a new graph has been built; 0 is never.",
    )
    keep_generations: int = _setting(
        20,
        _whole(3, 1_000_000),
        "How many graphs that --rebuild made on save stay in the store beside the one being served,"
        " to be asked for by their permalinks. What cgkg build made stays, and so does a graph of"
        " which files were downloaded.",
    )
    access_log: str = _setting(
        "off",
        Kind(_text, "off, - for standard error, or a file", "off|-|FILE"),
        "Where a line for every request goes: off, - (standard error), or a file.",
    )
    log_format: str = _setting(
        "text", _one_of("text", "json"), "How log lines look: text for people, json for programs."
    )
    public_url: str | None = _setting(
        None, _NONE_OR_URL, "The address that clients know the server by, behind a proxy."
    )
    trusted_proxies: tuple[Network, ...] = _setting(
        (),
        _or("none", (), _PROXIES),
        "Whose X-Forwarded-For, -Proto, -Host and -Prefix are believed.",
    )
    service_allow: tuple[str, ...] = _setting(
        (),
        _or("none", (), _ENDPOINTS),
        "Endpoints that a query may ask by SERVICE, each exactly as the query writes it.",
    )
    service_bytes: int = _setting(
        2 * _MIB, _size(1024, 64 * _MIB), "How large the answer of such an endpoint may be."
    )


@dataclass(frozen=True)
class Setting:
    """A row of the table."""

    name: str
    default: Any
    kind: Kind
    help: str

    @classmethod
    def of(cls, one: Field[Any]) -> Setting:
        """The row of a field of `ServeSettings`."""
        assert one.default is not MISSING
        return cls(one.name, one.default, one.metadata["kind"], one.metadata["help"])

    @property
    def flag(self) -> str:
        """What it is called on the command line."""
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        """What it is called in the environment."""
        return PREFIX + self.name.upper()

    @property
    def shown_default(self) -> str:
        """The default as somebody would write it."""
        return self.kind.show(self.default)

    def read(self, value: Any, source: str) -> Any:
        """The value as the server wants it.

        Raises:
            ConfigError: it is not one; names the source, the value and what is allowed.
        """
        try:
            return self.kind.read(value)
        except (ValueError, TypeError, OverflowError):
            raise ConfigError(
                f"{source}: {value!r} is not allowed", hint=f"give {self.kind.allowed}"
            ) from None


SETTINGS = tuple(Setting.of(one) for one in fields(ServeSettings))


def read(
    folder: Path, environ: Mapping[str, str], flags: Mapping[str, object] | None = None
) -> ServeSettings:
    """The settings for serving a project.

    Args:
        folder: the project folder; its cgkg.toml may have a table [serve].
        environ: variables, of which those that begin with CGKG_ count; an empty one does not.
        flags: values by setting name, text or of the right type; None is "not given".

    Raises:
        ConfigError: a value is not allowed, or a name is not that of a setting. The message says
            where it is from, the hint what is allowed.
    """
    given = flags or {}
    chosen = dict(_of_file(folder / FILE))
    chosen.update(_of_environment(environ))
    for setting in SETTINGS:
        value = given.get(setting.name)
        if value is not None:
            chosen[setting.name] = setting.read(value, setting.flag)
    return ServeSettings(**chosen)


def read_of_table(content: Mapping[str, Any], name: str, path: Path) -> Any:
    """A single setting as the content of cgkg.toml has it, else its default.

    Raises:
        ConfigError: the value is not allowed.
    """
    setting = next(setting for setting in SETTINGS if setting.name == name)
    table = content.get(TABLE)
    if not isinstance(table, dict) or name not in table:
        return setting.default
    return setting.read(table[name], f"{path}: {TABLE}.{name}")


def _of_file(path: Path) -> Iterator[tuple[str, Any]]:
    table = _table(path)
    names = [setting.name for setting in SETTINGS]
    for name in table:
        if name not in names:
            raise _unknown(f"{path}: {TABLE}.{name}", name, names)
    for setting in SETTINGS:
        if setting.name in table:
            value = setting.read(table[setting.name], f"{path}: {TABLE}.{setting.name}")
            yield setting.name, _from(path.parent, setting.name, value)


def _table(path: Path) -> Mapping[str, Any]:
    try:
        table = read_toml(path).get(TABLE, {})
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: {error}") from None
    if not isinstance(table, dict):
        raise ConfigError(f"{path}: {TABLE} is not a table", hint=f"write [{TABLE}] on its line")
    return table


def _from(folder: Path, name: str, value: Any) -> Any:
    """A file's relative path is meant from where the file is."""
    return str(folder / value) if name == "access_log" and value not in ("off", "-") else value


def _of_environment(environ: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    names = [setting.variable for setting in SETTINGS]
    for variable in environ:
        # The prefix is not the server's alone: only what looks like a slip is one.
        slip = variable.startswith(PREFIX) and variable not in names
        if slip and difflib.get_close_matches(variable, names, 1, _ALIKE):
            raise _unknown(variable, variable, names)
    for setting in SETTINGS:
        if environ.get(setting.variable, "").strip():
            yield setting.name, setting.read(environ[setting.variable], setting.variable)


def _unknown(source: str, name: str, names: list[str]) -> ConfigError:
    near = difflib.get_close_matches(name, names, 1, 0.5)
    hint = f"the nearest is {near[0]}; " if near else ""
    return ConfigError(
        f"{source}: there is no such setting", hint=f"{hint}cgkg serve --help lists all"
    )
