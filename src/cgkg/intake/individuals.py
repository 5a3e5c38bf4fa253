"""Individuals that rows register: their ids, classes and names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property

from cgkg.intake.names import ProjectNames, folded
from cgkg.intake.rows import (
    NewIndividual,
    Registration,
    RowStatus,
    StatementRow,
    UnresolvedRow,
    in_column,
)
from cgkg.messages import M_
from cgkg.project.sources import Sources
from cgkg.rdf.terms import IRI, Term, parts
from cgkg.rdf.vocab import RDF

_ID = re.compile(r"[a-z][\w-]*/[\w-]+")
_UNSAFE = re.compile(r"[^\w]+")
_LONGEST = 80  # letters of an id


class NewIndividuals:
    """What the rows of a sheet register, by the names that they give it."""

    def __init__(self, sources: Sources, names: ProjectNames) -> None:
        self._sources, self._names = sources, names
        self._new: dict[str, NewIndividual] = {}
        self._refused: dict[str, str] = {}

    def find(self, column: str, name: str, new: Registration) -> NewIndividual | None:
        """The individual that a row of the sheet registers under this name.

        Its id is empty if it is registered already.

        Raises:
            UnresolvedRow: it cannot be registered, or is registered with another class.
        """
        if new.class_name:
            self._names.one(f"{column}_class", new.class_name, self._names.class_(new.class_name))
        if refused := self._refused.get(folded(name)):
            raise UnresolvedRow(
                RowStatus.SEVERAL_TERMS,
                in_column(column, M_("{name}: {what}", name=repr(name), what=refused)),
            )
        entry = self._new.get(folded(name))
        if not new.class_name or (entry and self._is(entry, new.class_name)):
            return entry
        named = (entry.iri,) if entry else self._names.individual(name).iris
        raise UnresolvedRow(
            RowStatus.SEVERAL_TERMS,
            in_column(
                column,
                M_(
                    "{name} is registered, but not as {kind}: write an id or a prefixed name for a"
                    " new one",
                    name=repr(name),
                    kind=new.class_name,
                ),
            ),
            "; ".join(map(self._names.told, named)),
        )

    def _is(self, entry: NewIndividual, class_name: str) -> bool:
        class_ = self._names.class_(class_name).one
        if class_ is None:
            return False
        return entry.class_name == self._written_class(class_) or self._names.is_a(
            entry.iri, class_
        )

    def enter(self, rows: Iterable[StatementRow]) -> None:
        """Which names of the rows are of individuals that they register."""
        for row in rows:
            for name, new in ((row.subject, row.new_subject), (row.value, row.new_value)):
                if name and new.class_name:
                    self._enter(name, new)

    def _enter(self, name: str, new: Registration) -> None:
        class_ = self._names.class_(new.class_name).one
        if class_ is None:  # said of the row itself, when it is resolved
            return
        key = folded(name)
        before = self._new.get(key)
        if before:
            self._new[key] = replace(before, texts={**new.texts, **before.texts})
            return
        written = self._written_class(class_)
        labels = (text for (kind, _), text in new.texts.items() if kind == "")
        for each in (name, *labels):
            held = self._names.individual(each, class_).one
            if held is not None and self._names.is_a(held, class_):
                self._new[key] = NewIndividual("", held, written, {})
                return
        if self._names.individual(name).iris and not self._is_written(name):
            return  # several, or of another class
        iri, id_ = self._identity(name, new, class_)
        if id_.endswith("/"):
            self._refused[key] = M_(
                "it has no letter to make an id of: write one, such as kind/name"
            )
            return
        other = next((k for k, one in self._new.items() if one.id == id_), None)
        if self._names.knows(iri) or other is not None:
            whose = self._names.told(iri) if self._names.knows(iri) else other
            self._refused[key] = M_(
                "its id would be {id}, which is that of {whose}: write another id",
                id=id_,
                whose=whose,
            )
            return
        texts = dict(new.texts)
        language = self._sources.project.languages[0]
        if not self._is_written(name) and ("", language) not in texts:
            texts["", language] = name
        self._new[key] = NewIndividual(id_, iri, written, texts)

    def _is_written(self, name: str) -> bool:
        """Whether a name is an id or a prefixed name."""
        prefix, colon, _ = name.partition(":")
        return bool(_ID.fullmatch(name) or (colon and prefix in self._names.prefixes))

    def _identity(self, name: str, new: Registration, class_: IRI) -> tuple[IRI, str]:
        """The IRI of a new individual, and its id in the registry."""
        ids = self._sources.project.ids
        prefix, colon, local = name.partition(":")
        if colon and self._names.prefixes.get(prefix, "").startswith(ids):
            iri = self._names.prefixes[prefix] + local
            return IRI(iri), iri.removeprefix(ids)
        if _ID.fullmatch(name):
            return IRI(ids + name), name
        labels = [text for (kind, _), text in new.texts.items() if kind == ""]
        slugs = [slug for each in (*labels, name) if (slug := _slug(each))]
        chosen = next((slug for slug in slugs if slug.isascii()), slugs[0] if slugs else "")
        id_ = f"{self._kind(class_)}/{chosen}"
        return IRI(ids + id_), id_

    def _kind(self, class_: IRI) -> str:
        """What ids of a class begin with: as those that there are, or the name of the class."""
        kinds = self._kinds.get(class_)
        if kinds:
            return max(kinds, key=lambda kind: (kinds[kind], kind))
        local = re.split(r"[/#]", class_.value)[-1]
        words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", local)
        return words.lower()

    @cached_property
    def _kinds(self) -> Mapping[Term, Mapping[str, int]]:
        ids, kinds = self._sources.project.ids, dict[Term, dict[str, int]]()
        for subject, predicate, value in map(parts, self._sources.registry):
            if predicate == RDF.type and subject.value.startswith(ids):
                kind = subject.value.removeprefix(ids).rpartition("/")[0]
                counts = kinds.setdefault(value, {})
                counts[kind] = counts.get(kind, 0) + bool(kind)
        return {value: counts for value, counts in kinds.items() if any(counts)}

    def _written_class(self, class_: IRI) -> str:
        """A class as the registry writes it."""
        namespace = self._sources.namespace
        if class_.value.startswith(namespace):
            return class_.value.removeprefix(namespace)
        return self._names.short(class_)


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    plain = unicodedata.normalize("NFC", plain).lower()
    return _UNSAFE.sub("-", plain)[:_LONGEST].strip("-")


__all__ = ["NewIndividuals"]
