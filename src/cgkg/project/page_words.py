"""data/pages: what an editor says of the pages of things, in tables; none of them is needed.

`groups.csv` puts statements in groups, and gives groups and properties the names that readers meet:

    group,property,en,fr
    governs,,Who governs,Qui gouverne        a row without a property names the group
    governs,^lib:runs,run by,gérée par       ^ is the property the other way round
    governs,lib:worksUnder,,                 without a name it is the property's label

`in-short.csv` has lines about a thing, each with the clause that it tells of, if there is one:

    thing,clause,en,fr
    lib:north,c:120-160,It stands on a hill.,Elle est sur une colline.

Rows are in the order in which pages show them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cgkg.languages import is_tag
from cgkg.rdf.lines import Place
from cgkg.rdf.notation import read_iri
from cgkg.rdf.terms import IRI
from cgkg.tables import TableRow, read_table

GROUPS, SHORT = "groups.csv", "in-short.csv"
Texts = Mapping[str, str]


@dataclass(frozen=True)
class GroupedProperty:
    """A property in a group; `turned` means that statements are met from their object."""

    iri: IRI
    turned: bool
    name: Texts


@dataclass(frozen=True)
class StatementGroup:
    """Statements that answer one question, with the question's name."""

    key: str
    name: Texts
    properties: tuple[GroupedProperty, ...] = ()


@dataclass(frozen=True)
class ShortLine:
    """A line about a thing."""

    clause: IRI | None
    text: Texts


@dataclass(frozen=True)
class PageWords:
    """What an editor says of pages; `places` has every name with where it is written."""

    groups: tuple[StatementGroup, ...] = ()
    lines: Mapping[IRI, tuple[ShortLine, ...]] | None = None
    places: tuple[tuple[IRI, Place], ...] = ()

    def name(self, iri: IRI, turned: bool = False) -> Texts:
        """What readers call a property, or the same the other way round; empty if nobody says."""
        properties = (each for group in self.groups for each in group.properties)
        return next((p.name for p in properties if (p.iri, p.turned) == (iri, turned)), {})

    def as_dict(self) -> dict[str, Any]:
        """For the manifest of a generation."""
        groups = [
            {
                "key": group.key,
                "name": dict(group.name),
                "properties": [[p.iri.value, p.turned, dict(p.name)] for p in group.properties],
            }
            for group in self.groups
        ]
        lines = {
            thing.value: [[each.clause and each.clause.value, dict(each.text)] for each in held]
            for thing, held in (self.lines or {}).items()
        }
        return {"groups": groups, "lines": lines}

    @classmethod
    def of(cls, held: Mapping[str, Any]) -> PageWords:
        """What `as_dict` made."""
        groups = tuple(
            StatementGroup(
                group["key"],
                group["name"],
                tuple(GroupedProperty(IRI(i), t, n) for i, t, n in group["properties"]),
            )
            for group in held["groups"]
        )
        lines = {
            IRI(thing): tuple(ShortLine(IRI(c) if c else None, text) for c, text in part)
            for thing, part in held["lines"].items()
        }
        return cls(groups, lines)


def read_page_words(folder: Path, prefixes: Mapping[str, str]) -> PageWords:
    """What the tables of a project's folder `data/pages` say; nothing where there are none.

    Raises:
        SourceError: a table is malformed, names what is no IRI, or has a group or a property twice;
            says the line.
    """
    places: list[tuple[IRI, Place]] = []
    groups: dict[str, StatementGroup] = {}
    seen: dict[tuple[IRI, bool], int] = {}
    for row, texts in _rows(folder / GROUPS, ("group", "property")):
        key, said = row["group"].strip(), row["property"].strip()
        group = groups.setdefault(key, StatementGroup(key, {}))
        if not said:
            if not key or not texts or group.name:
                raise row.error(f"the group {key!r} has no name, or two", hint="group,,its name")
            groups[key] = replace(group, name=texts)
            continue
        held = GroupedProperty(_iri(row, said.removeprefix("^"), prefixes), said[0] == "^", texts)
        first = seen.setdefault((held.iri, held.turned), row.line)
        if first != row.line:
            raise row.error(f"{said} is grouped twice, first on line {first}")
        groups[key] = replace(group, properties=(*group.properties, held))
        places.append((held.iri, Place(row.path, row.line)))
        if not group.name:
            raise row.error(f"the group {key!r} has no name yet", hint="put its row first")
    lines: dict[IRI, tuple[ShortLine, ...]] = {}
    for row, texts in _rows(folder / SHORT, ("thing", "clause")):
        thing, clause = _iri(row, row["thing"].strip(), prefixes), row["clause"].strip()
        if not texts:
            raise row.error("the line has no text")
        line = ShortLine(_iri(row, clause, prefixes) if clause else None, texts)
        lines[thing] = (*lines.get(thing, ()), line)
        named = (thing, line.clause) if line.clause else (thing,)
        places += [(iri, Place(row.path, row.line)) for iri in named]
    return PageWords(tuple(groups.values()), lines, tuple(places))


def _rows(path: Path, columns: tuple[str, str]) -> Iterator[tuple[TableRow, dict[str, str]]]:
    """The rows of a table and their texts by language."""
    if not path.is_file():
        return

    def check(header: Sequence[str]) -> str:
        wrong = [name for name in header if name not in columns and not is_tag(name)]
        return f"{', '.join(wrong)}: other columns are languages, such as en" if wrong else ""

    table = read_table(path, columns, others=True, check=check)
    languages = [name for name in table.header if name not in columns]
    for row in table.rows:
        yield row, {each: row[each].strip() for each in languages if row[each].strip()}


def _iri(row: TableRow, name: str, prefixes: Mapping[str, str]) -> IRI:
    try:
        if name.partition(":")[0] not in prefixes and "//" not in name:
            raise ValueError
        return read_iri(name, prefixes)
    except ValueError:
        raise row.error(
            f"{name!r} is no IRI and no name with a known prefix",
            hint="declare the prefix in [prefixes] of cgkg.toml, or write the whole IRI",
        ) from None
