"""Checks of the files of a release, each against what dataset.nq holds."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.parsers import expat

from cgkg.errors import CanonicalizationError, SourceError
from cgkg.export.annotations import OFFLINE_CONTEXT
from cgkg.export.content import Content
from cgkg.export.description import DCAT, SPDX, VOID
from cgkg.export.files import SCOPES, clauses_of, dataset_of, graph_of, writable
from cgkg.export.syntaxes import DATASET_SYNTAXES, GRAPH_SYNTAXES, RDF12_SYNTAXES
from cgkg.formats import Format
from cgkg.opening import LARGEST, open_inside, parse_json, read_inside
from cgkg.rdf.io import canonicalize, parse_bytes
from cgkg.rdf.terms import DefaultGraph, Quad, Triple
from cgkg.rdf.vocab import CG, GRAPH, PROV, RDF, Namespace
from cgkg.store.generations import DATASET

_OA = Namespace("http://www.w3.org/ns/oa#")
_LONGER = 32
_AGAIN = "fetch it again, or run cgkg export"
_COUNTED = (
    VOID.triples, VOID.entities, VOID.classes, VOID.properties, VOID.distinctSubjects,
    VOID.distinctObjects, DCAT.byteSize, SPDX.checksumValue,
)  # fmt: skip


@dataclass(frozen=True)
class ReleaseProblem:
    """What is wrong with which file, and what to do."""

    file: str
    what: str
    remedy: str = _AGAIN

    @property
    def text(self) -> str:
        """The problem on one line."""
        return f"{self.file}: {self.what}; {self.remedy}".replace("\n", " ")


def check_syntaxes(folder: Path, content: Content) -> Iterator[ReleaseProblem]:
    """Every file of facts parses and is isomorphic to its part of the N-Quads."""
    for scope in SCOPES:
        for suffix, form in GRAPH_SYNTAXES.items():
            rdf_xml = form == Format.RDF_XML
            expected = writable(content, scope) if rdf_xml else graph_of(content, scope)
            yield from compare(folder / f"{scope}.{suffix}", form, map(_whole, expected))
        for suffix, form in DATASET_SYNTAXES.items():
            yield from compare(folder / f"{scope}.{suffix}", form, dataset_of(content, scope))
    for suffix, form in DATASET_SYNTAXES.items():
        yield from compare(folder / f"evidence.{suffix}", form, clauses_of(content))


def compare(path: Path, form: Format, expected: Iterable[Quad]) -> Iterator[ReleaseProblem]:
    """Every difference of a file from what it should say; labels of blank nodes are none."""
    actual = read(path, form)
    if isinstance(actual, ReleaseProblem):
        yield actual
        return
    one, other = set(actual), set(expected)
    if one != other:
        # Labels of blank nodes do not matter.
        try:
            one, other = set(canonicalize(one)), set(canonicalize(other))
        except CanonicalizationError as error:
            yield ReleaseProblem(path.name, error.message)
            return
    for what, quads in (("lacks", other - one), ("has besides", one - other)):
        if quads:
            first = min(map(str, quads))
            yield ReleaseProblem(
                path.name, f"{what} {len(quads)} statements of {DATASET}, as {first}"
            )


def read(path: Path, form: Format) -> list[Quad] | ReleaseProblem:
    """The quads of a file, or why it cannot be read."""
    try:
        body = read_inside(path.parent, path.name, _largest(path.parent))
        if form == Format.RDF_XML:
            # Our parser of RDF/XML reads on where a document is not well-formed.
            expat.ParserCreate().Parse(body, True)
        return parse_bytes(body, form, path)
    except OSError as error:
        return unreadable(path.name, error)
    except expat.ExpatError as error:
        return ReleaseProblem(path.name, f"line {error.lineno}: {error}")
    except SourceError as error:
        return ReleaseProblem(path.name, f"line {error.line}: {error.what}")


def unreadable(name: str, error: OSError) -> ReleaseProblem:
    """The problem of a file that is not there, or no file of the release."""
    if isinstance(error, FileNotFoundError):
        return ReleaseProblem(name, "is missing")
    return ReleaseProblem(name, f"cannot be read: {error.strerror or error}")


def _largest(folder: Path) -> int:
    """Bytes that any syntax of the dataset may take; none is so much longer than N-Quads."""
    with contextlib.suppress(OSError), open_inside(folder, DATASET) as file:
        return LARGEST + _LONGER * os.fstat(file.fileno()).st_size
    return LARGEST


def _whole(triple: Triple) -> Quad:
    return Quad(triple.subject, triple.predicate, triple.object, DefaultGraph())


# Evidence


def check_annotations(folder: Path, content: Content) -> Iterator[ReleaseProblem]:
    """As many annotations as clauses, each with the position and the digest of one."""
    path = folder / "annotations.jsonld"
    try:
        body = parse_json(read_inside(folder, path.name, _largest(folder)))
        body["@context"] = [OFFLINE_CONTEXT, *body["@context"][1:]]
        quads = parse_bytes(json.dumps(body).encode(), Format.JSON_LD, path)
    except OSError as error:
        yield unreadable(path.name, error)
        return
    except (ValueError, KeyError, TypeError, SourceError) as error:
        yield ReleaseProblem(path.name, f"cannot be read: {error}")
        return
    said: dict[object, dict[object, str]] = {}
    targets: list[tuple[object, object]] = []
    for quad in quads:
        value = quad.object
        said.setdefault(quad.subject, {})[quad.predicate] = _text(value)
        if quad.predicate == _OA.hasSelector:
            targets.append((quad.subject, value))
    targeted = {
        (
            said[target].get(_OA.hasSource, ""),
            *(said.get(node, {}).get(p, "") for p in (_OA.start, _OA.end, CG.wordsDigest)),
        )
        for target, node in targets
    }
    places = (PROV.wasQuotedFrom, CG.charStart, CG.charEnd, CG.wordsDigest)
    expected = {tuple(content.value(span, p) for p in places) for span in content.spans}
    if targeted != expected:
        number = len(targeted ^ expected)
        yield ReleaseProblem(
            path.name, f"{number} targets are not those of the clauses in {DATASET}"
        )


def check_reifiers(folder: Path, content: Content) -> Iterator[ReleaseProblem]:
    """RDF 1.2: the merged graph, and for each statement the graphs that hold it."""
    expected = {(t, name) for name, part in content.evidence.items() for t in part}
    expected |= {(t, GRAPH.inferred) for t in content.inferred}
    for form in RDF12_SYNTAXES:
        path = folder / f"rdf12.{form.suffix}"
        quads = read(path, form)
        if isinstance(quads, ReleaseProblem):
            yield quads
            continue
        terms = {q.subject: q.object for q in quads if q.predicate == RDF.reifies}
        stated = {(terms[q.subject], q.object) for q in quads
                  if q.subject in terms and q.predicate == CG.statedIn}  # fmt: skip
        facts = {q.triple for q in quads if q.subject not in terms}
        if facts != set(content.merged):
            yield ReleaseProblem(path.name, f"its facts are not those of {DATASET}")
        if stated != expected:
            number = len(stated ^ expected)
            yield ReleaseProblem(
                path.name, f"{number} reifiers do not agree with the graphs of {DATASET}"
            )


def numbers_that_differ(described: Iterable[Quad], expected: Iterable[Quad]) -> Iterator[str]:
    """Where counts, sizes and digests of a description differ from those expected, a line each."""
    one, other = _numbers(described), _numbers(expected)
    for key in sorted({*one, *other}):
        if one.get(key) != other.get(key):
            about_, predicate = key
            yield (
                f"{predicate.rsplit('#', 1)[-1]} of <{about_}> is {one.get(key, 'absent')},"
                f" the data says {other.get(key, 'nothing')}"
            )


def _numbers(quads: Iterable[Quad]) -> dict[tuple[str, str], str]:
    """Counts, sizes and digests by what they are of; partitions by their class or property."""
    held = list(quads)
    names: dict[object, object] = {
        q.subject: q.object for q in held if q.predicate in (VOID.class_, VOID.property)
    }
    names |= {q.object: q.subject for q in held if q.predicate == SPDX.checksum}
    return {
        (_text(names.get(q.subject, q.subject)), q.predicate.value): _text(q.object)
        for q in held
        if q.predicate in _COUNTED
    }


def _text(term: object) -> str:
    return str(getattr(term, "value", term))
