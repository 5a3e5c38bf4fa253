"""What cgkg.toml says of lists, comparison, timeline and search: each may be left out.

[[browse]]                            # a list, in this order
class = "my:Library"                  # or scheme = "https://…"
name.en = "Libraries"                 # the label without it
facets = ["my:county"]                # by which properties it is narrowed down
columns = ["my:opened"]               # what a row says beside the name

[compare]
columns = "my:County"                 # a class; a column for each of its instances
own = "my:county"                     # leads from a thing to its column,
through = ["my:lendsTo", "my:within"] # and these to one that has a share in it

[[compare.rows]]
property = "my:service"               # leads from a thing to its row
of = "https://…"                      # a scheme or class: the rows there are

[timeline]
class = "my:Library"                  # of which those without a date are listed
lane = "my:county"                    # what the rows are grouped by

[[timeline.dates]]
at = "my:opened"                      # a date; or from and to, a period
month = "my:openedMonth"              # where the date is a year alone
via = "my:branch"                     # the property that leads to what has the date
target = true                         # what is meant to be, not what was
name.en = "opened"

[search]
facets = ["my:county"]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cgkg.errors import ConfigError
from cgkg.project.configuration import ConfigTable
from cgkg.rdf.terms import IRI

TABLES = ("browse", "compare", "timeline", "search")
"""The tables of cgkg.toml that are read here."""
Texts = Mapping[str, str]


@dataclass(frozen=True)
class ListSettings:
    """A list: of the instances of a class, or of the concepts of a scheme."""

    of: IRI
    scheme: bool = False
    name: Texts = field(default_factory=dict)
    facets: tuple[IRI, ...] = ()
    columns: tuple[IRI, ...] = ()

    def terms(self) -> Iterator[IRI]:
        """The classes and properties that it names."""
        yield from (*(() if self.scheme else (self.of,)), *self.facets, *self.columns)


@dataclass(frozen=True)
class RowSettings:
    """Rows of a comparison: values of a property, those of a scheme or class if one is named."""

    property: IRI
    of: IRI | None = None
    name: Texts = field(default_factory=dict)


@dataclass(frozen=True)
class CompareSettings:
    """A comparison: a column for each instance of a class, without one for each value of `own`.

    `own` leads from a thing to the column it belongs to. `through` is a path to columns that have a
    share in it: its last step leads from what may be shared to the columns.
    """

    columns: IRI | None
    own: IRI
    rows: tuple[RowSettings, ...]
    through: tuple[IRI, ...] = ()
    name: Texts = field(default_factory=dict)

    def terms(self) -> Iterator[IRI]:
        """The classes and properties that it names."""
        yield from (self.columns,) if self.columns else ()
        yield from (self.own, *self.through, *(each.property for each in self.rows))


@dataclass(frozen=True)
class DateSettings:
    """Properties that date a thing: at a point, or from a beginning to an end, either of them open.

    `via` leads from the thing to what has the date; `month` goes with the year of the beginning.
    """

    start: IRI | None
    end: IRI | None = None
    month: IRI | None = None
    via: IRI | None = None
    target: bool = False
    name: Texts = field(default_factory=dict)

    def properties(self) -> tuple[IRI, ...]:
        """Those that it reads."""
        return tuple(each for each in (self.start, self.end, self.month) if each)

    def terms(self) -> Iterator[IRI]:
        """The properties that it names."""
        yield from (*self.properties(), *((self.via,) if self.via else ()))


@dataclass(frozen=True)
class TimelineSettings:
    """A timeline: dates by property, lanes, and the class of which the undated are listed."""

    dates: tuple[DateSettings, ...] = ()
    of: IRI | None = None
    lane: IRI | None = None
    name: Texts = field(default_factory=dict)

    def terms(self) -> Iterator[IRI]:
        """The classes and properties that it names."""
        yield from (term for each in self.dates for term in each.terms())
        yield from (term for term in (self.of, self.lane) if term)


@dataclass(frozen=True)
class Pages:
    """What a project says of its pages."""

    lists: tuple[ListSettings, ...] = ()
    compare: CompareSettings | None = None
    timeline: TimelineSettings | None = None
    search: tuple[IRI, ...] = ()

    def terms(self) -> Iterator[IRI]:
        """Every class and property that is named."""
        for each in (*self.lists, self.compare, self.timeline):
            yield from each.terms() if each else ()
        yield from self.search

    def as_dict(self) -> dict[str, Any]:
        """For the manifest of a generation: the tables with whole IRIs."""
        said = {
            "browse": [_list_as_dict(each) for each in self.lists],
            "compare": _compare_as_dict(self.compare) if self.compare else None,
            "timeline": _timeline_as_dict(self.timeline) if self.timeline else None,
            "search": {"facets": _names(self.search)} if self.search else None,
        }
        return {key: value for key, value in said.items() if value}

    @classmethod
    def of(cls, held: Mapping[str, Any]) -> Pages:
        """What `as_dict` made."""
        return read_pages(held, {}, Path("manifest.json"))


def read_pages(content: Mapping[str, Any], prefixes: Mapping[str, str], path: Path) -> Pages:
    """What [[browse]], [compare], [timeline] and [search] say.

    Raises:
        ConfigError: one is malformed.
    """
    reader = _PagesReader(prefixes, path)
    search = content.get("search")
    return Pages(
        tuple(map(reader.list, reader.tables(content, "browse"))),
        reader.compare(content["compare"]) if "compare" in content else None,
        reader.timeline(content["timeline"]) if "timeline" in content else None,
        reader.table("search", search, "facets").iris("facets") if search is not None else (),
    )


@dataclass(frozen=True)
class _PagesReader:
    prefixes: Mapping[str, str]
    path: Path

    def table(self, name: str, value: Any, *keys: str) -> ConfigTable:
        return ConfigTable(self.path, name, value, keys, self.prefixes)

    def tables(self, content: Mapping[str, Any], key: str, within: str = "") -> list[Any]:
        rows = content.get(key, [])
        if not isinstance(rows, list):
            raise ConfigError(
                f"{self.path}: {within}{key} is no list", hint=f"write [[{within}{key}]]"
            )
        return rows

    def list(self, value: Any) -> ListSettings:
        said = self.table("browse", value, "class", "scheme", "name", "facets", "columns")
        if ("class" in said.table) == ("scheme" in said.table):
            raise ConfigError(
                f"{self.path}: browse needs a class or a scheme",
                hint="a [[browse]] for each list",
            )
        scheme = "scheme" in said.table
        return ListSettings(
            said.iri("scheme" if scheme else "class"),
            scheme,
            said.texts("name"),
            _iris(said, "facets"),
            _iris(said, "columns"),
        )

    def compare(self, value: Any) -> CompareSettings:
        said = self.table("compare", value, "columns", "own", "through", "rows", "name")
        rows = [
            self.table("compare.rows", row, "property", "of", "name")
            for row in self.tables(said.table, "rows", "compare.")
        ]
        if not rows:
            raise ConfigError(f"{self.path}: compare has no rows", hint="write [[compare.rows]]")
        return CompareSettings(
            said.iri("columns"),
            said.iri("own"),
            tuple(RowSettings(r.iri("property"), _iri(r, "of"), r.texts("name")) for r in rows),
            _iris(said, "through"),
            said.texts("name"),
        )

    def timeline(self, value: Any) -> TimelineSettings:
        said = self.table("timeline", value, "class", "lane", "dates", "name")
        dates = tuple(map(self.date, self.tables(said.table, "dates", "timeline.")))
        return TimelineSettings(dates, _iri(said, "class"), _iri(said, "lane"), said.texts("name"))

    def date(self, value: Any) -> DateSettings:
        keys = ("at", "from", "to", "month", "via", "target", "name")
        said = self.table("timeline.dates", value, *keys)
        target = said.table.get("target", False)
        if not isinstance(target, bool):
            raise ConfigError(f"{self.path}: timeline.dates.target is not true or false")
        if ("at" in said.table) == ("from" in said.table or "to" in said.table):
            raise ConfigError(
                f"{self.path}: timeline.dates needs at, or from and to",
                hint="at for a point in time, from and to (or one of them) for a period",
            )
        start = _iri(said, "at") or _iri(said, "from")
        # A point has no end of its own; of a period either side may be open.
        return DateSettings(
            start,
            start if "at" in said.table else _iri(said, "to"),
            _iri(said, "month"),
            _iri(said, "via"),
            target,
            said.texts("name"),
        )


def _iri(said: ConfigTable, key: str) -> IRI | None:
    return said.iri(key) if key in said.table else None


def _iris(said: ConfigTable, key: str) -> tuple[IRI, ...]:
    return said.iris(key) if key in said.table else ()


def _names(iris: tuple[IRI, ...]) -> list[str]:
    return [iri.value for iri in iris]


def _without_empty(**said: Any) -> dict[str, Any]:
    return {key.rstrip("_"): value for key, value in said.items() if value}


def _name(iri: IRI | None) -> str:
    return iri.value if iri else ""


def _list_as_dict(each: ListSettings) -> dict[str, Any]:
    kind = {"scheme" if each.scheme else "class": each.of.value}
    more = _without_empty(
        name=dict(each.name), facets=_names(each.facets), columns=_names(each.columns)
    )
    return kind | more


def _compare_as_dict(said: CompareSettings) -> dict[str, Any]:
    rows = [
        _without_empty(property=each.property.value, of=_name(each.of), name=dict(each.name))
        for each in said.rows
    ]
    return _without_empty(
        columns=_name(said.columns),
        own=said.own.value,
        through=_names(said.through),
        rows=rows,
        name=dict(said.name),
    )


def _timeline_as_dict(said: TimelineSettings) -> dict[str, Any]:
    dates = [
        _without_empty(
            **(
                {"at": _name(each.start)}
                if each.start and each.start == each.end
                else {"from": _name(each.start), "to": _name(each.end)}
            ),
            month=_name(each.month),
            via=_name(each.via),
            target=each.target,
            name=dict(each.name),
        )
        for each in said.dates
    ]
    return _without_empty(
        class_=_name(said.of), lane=_name(said.lane), dates=dates, name=dict(said.name)
    )
