"""Every error that leaves cgkg, as one tree.

CgkgError(code, hint)
├─ ConfigError
├─ SourceError(path, line, column) ─ ImportNotFoundError(iri)
├─ CanonicalizationError
├─ BuildRejectedError(report)
├─ ReasoningLimitError(rules)
├─ ReasoningLostError
├─ StoreError ─ NotReadableError(file, line, what, statement) · StoreNotFoundError ·
│               VersionNotFoundError(version, known)
├─ ReleaseError
├─ SearchError ─ SearchMissingError · SearchNotReadyError
├─ QueryError ─ QuerySyntaxError · QueryRefusedError · QueryLimitError(limit) ·
│               QueryLostError · PoolBusyError · EndpointError ─ EndpointTimeoutError
├─ ResourceNotFoundError(iri)
├─ NotEntailedError
└─ NotAcceptableError(available)

A message says where and what; `hint` says what to do. No foreign exception gets out unmapped.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_UNSHOWN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def shown(path: Path | str) -> str:
    """The name of a file as text for messages and JSON: one line, whatever bytes it is made of."""
    return in_one_line(os.fsencode(path).decode("utf-8", "backslashreplace"))


def in_one_line(text: str) -> str:
    """The text with what ends lines, and what is no text, as escapes."""
    return _UNSHOWN.sub(lambda match: f"\\x{ord(match[0]):02x}", text)


class CgkgError(Exception):
    """An error a person can act on: `str(error)` says where and what, `hint` what to do."""

    code = "error"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ConfigError(CgkgError):
    """A setting, an option or the project folder itself is not usable."""

    code = "config"


class SourceError(CgkgError):
    """A file of the project cannot be read as what it should be."""

    code = "source"

    def __init__(
        self,
        what: str,
        *,
        path: Path | str,
        line: int | None = None,
        column: int | None = None,
        hint: str = "",
    ) -> None:
        self.path, self.line, self.column, self.what = Path(path), line, column, what
        place = ":".join(str(part) for part in (shown(path), line, column) if part is not None)
        super().__init__(f"{place}: {what}", hint=hint)


class ImportNotFoundError(SourceError):
    """An ontology named by owl:imports is not mapped by any catalog of the project."""

    code = "import"

    def __init__(
        self, iri: str, *, path: Path | str, line: int | None = None, why: str = "", hint: str = ""
    ) -> None:
        self.iri, self.why = iri, why
        said = f": {why}" if why else ""
        super().__init__(
            f"cannot resolve owl:imports <{iri}>{said}", path=path, line=line, hint=hint
        )


class CanonicalizationError(CgkgError):
    """Blank nodes of a dataset cannot be told apart with the work that is allowed for it."""

    code = "canonicalization"

    def __init__(self, message: str) -> None:
        super().__init__(
            message, hint="give them IRIs, or say something of each that holds of no other"
        )


class BuildRejectedError(CgkgError):
    """The project has findings that forbid a new generation; `report` holds all of them."""

    code = "rejected"

    def __init__(self, message: str, *, report: Any, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.report = report


class ReasoningLimitError(CgkgError):
    """A closure reached a limit (time or triples); `rules` names those that still fired."""

    code = "reasoning-limit"

    def __init__(self, what: str, *, rules: Sequence[str]) -> None:
        self.rules = tuple(rules)
        super().__init__(
            f"{what}; still firing: {', '.join(rules) or 'no rule'}",
            hint="look at these axioms, or raise --max-seconds or --max-triples",
        )


class ReasoningLostError(CgkgError):
    """The engine that makes a closure gave up; what it says is in the message."""

    code = "reasoning-lost"


class StoreError(CgkgError):
    """The store folder cannot be read or written."""

    code = "store"


class NotReadableError(StoreError):
    """What was written cannot be read again: the line of which file, why, and the statement."""

    code = "not-readable"

    def __init__(self, file: str, line: int, what: str, statement: str) -> None:
        super().__init__(
            f"{file}:{line}: what was written could not be read again: {what}: {statement}",
            hint="the current generation is unchanged; leave out the statement",
        )
        self.file, self.line, self.what, self.statement = file, line, what, statement


class StoreNotFoundError(StoreError):
    """There is no built generation where one was expected."""

    code = "no-store"


class VersionNotFoundError(StoreError):
    """The store has no generation of this name; `known` are the ids of those it has."""

    code = "no-version"

    def __init__(self, version: str, *, known: Sequence[str]) -> None:
        super().__init__(
            f"there is no generation {version!r}", hint="there are: " + ", ".join(known)
        )
        self.version, self.known = version, tuple(known)


class ReleaseError(CgkgError):
    """A folder is not a release, or a release cannot be made or found."""

    code = "release"


class SearchError(CgkgError):
    """Nothing can be searched for at present."""

    code = "search"


class SearchMissingError(SearchError):
    """Python's SQLite was built without the full-text index that the search is made of."""

    code = "no-search"

    def __init__(self, why: str) -> None:
        super().__init__(
            f"this Python's SQLite has no full-text index (FTS5): {why}",
            hint="all pages but the search work; start cgkg with a Python whose SQLite has FTS5",
        )


class SearchNotReadyError(SearchError):
    """The index of the search is still being made."""

    code = "search-later"

    def __init__(self, what: str) -> None:
        super().__init__(what, hint="try again in a moment")


class QueryError(CgkgError):
    """A query could not be answered, for a reason that lies in the query."""

    code = "query"


class QuerySyntaxError(QueryError):
    """The query is not SPARQL 1.1; `line` and `column` are 1-based where known."""

    code = "query-syntax"

    def __init__(
        self, message: str, *, line: int | None = None, column: int | None = None, hint: str = ""
    ) -> None:
        super().__init__(message, hint=hint)
        self.line, self.column = line, column


class QueryRefusedError(QueryError):
    """The query asks for something the endpoint does not do, such as an update."""

    code = "query-refused"


class QueryLimitError(QueryError):
    """The query reached a limit and was stopped; nothing was sent.

    `limit` is `time`, `rows`, `bytes`, `memory` or `evidence`, empty where that is not known.
    """

    code = "query-limit"

    def __init__(self, message: str, *, hint: str = "", limit: str = "") -> None:
        super().__init__(message, hint=hint)
        self.limit = limit


class QueryLostError(QueryError):
    """The process that evaluated the query is gone, or none can be had; asking again may help."""

    code = "query-lost"


class PoolBusyError(QueryError):
    """More queries are waiting than the queue holds."""

    code = "busy"


class EndpointError(QueryError):
    """Another endpoint, which the query asks by SERVICE, did not answer as it should."""

    code = "endpoint-failed"


class EndpointTimeoutError(EndpointError):
    """Another endpoint did not answer in time."""

    code = "endpoint-late"


class ResourceNotFoundError(CgkgError):
    """The graph says nothing about this IRI."""

    code = "not-found"

    def __init__(self, iri: str, *, nearest: Sequence[str] = ()) -> None:
        hint = "nearest names: " + ", ".join(nearest) if nearest else ""
        super().__init__(f"the graph says nothing about <{iri}>", hint=hint)
        self.iri, self.nearest = iri, tuple(nearest)


class NotEntailedError(CgkgError):
    """A statement that was to be explained does not follow from the graph."""

    code = "not-entailed"


class NotAcceptableError(CgkgError):
    """None of the media types asked for can be served."""

    code = "not-acceptable"

    def __init__(self, asked: str, available: Sequence[str]) -> None:
        super().__init__(f"not available as {asked}", hint="available: " + ", ".join(available))
        self.available = tuple(available)


def without_ontology(what: Path) -> ConfigError:
    """The error for asking of a bare folder, or of the graph made of it, what it cannot say."""
    return ConfigError(
        f"{what} is RDF without an ontology or shapes: it is served as written,"
        " and there is nothing to check, infer or explain",
        hint="for those write a cgkg.toml with [project] base and ontology; cgkg reason closes"
        " any files of RDF, and cgkg explain FACT FILE proves a fact by files",
    )
