"""The files of a release: what each is called and holds, and how its bytes are made.

The bytes depend on the content alone, so that `verify` can make them again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from cgkg.errors import StoreError
from cgkg.export import tables
from cgkg.export.annotations import web_annotations
from cgkg.export.content import Content
from cgkg.export.description import (
    DESCRIBING,
    TAKEN_OVER,
    About,
    File,
    catalogue,
    provenance,
    void,
)
from cgkg.export.merged import merge
from cgkg.export.readme import licence_text
from cgkg.export.reified import reify
from cgkg.export.syntaxes import DATASET_SYNTAXES, GRAPH_SYNTAXES, RDF12_SYNTAXES, encode
from cgkg.formats import Format
from cgkg.languages import N_, SOURCE, translations
from cgkg.opening import read_inside
from cgkg.rdf.io import serialize
from cgkg.rdf.terms import IRI, Quad, Triple
from cgkg.rdf.vocab import DCTERMS, GRAPH
from cgkg.store.generations import COVERAGE, MANIFEST, Generation

RELEASE, SUMS, README, LICENSE = "release.json", "SHA256SUMS", "README.md", "LICENSE"
FORMAT = "cgkg release 1"
DESCRIPTIONS = ("void.ttl", "catalog.ttl", "provenance.ttl", LICENSE, README, RELEASE, SUMS)

MEDIA_TYPES: Mapping[str, str] = {
    **{form.suffix: form.media_type for form in Format},
    "json": "application/json",
    "md": "text/markdown",
    "": "text/plain",
}
# The three graphs of facts, each in every syntax.
SCOPES: Mapping[str, str] = {
    "asserted": N_("what is asserted, nothing inferred"),
    "inferred": N_("what is inferred, nothing asserted"),
    "dataset": N_("everything, asserted and inferred"),
}
_WITH_GRAPHS: Mapping[str, str] = {
    "asserted": N_("what is asserted, nothing inferred; with named graphs"),
    "inferred": N_("what is inferred, nothing asserted; with named graphs"),
    "dataset": N_("everything, asserted and inferred; with named graphs"),
}


@dataclass(frozen=True)
class Part:
    """A file to be written: its name, what it holds (a message, or texts by language), and what
    makes its bytes."""

    name: str
    holds: str | Mapping[str, str]
    make: Callable[[], bytes]

    def file(self, size: int = 0, sha256: str = "") -> File:
        """The file's entry in a listing."""
        kind = MEDIA_TYPES[self.name.rpartition(".")[2] if "." in self.name else ""]
        holds = self.holds
        if isinstance(holds, str):
            holds = translations(holds) if holds else {}
        return File(self.name, kind, holds, size, sha256)


def about(content: Content) -> About:
    """What is said of the dataset as a whole, from its project and its ontology's header."""
    project = content.manifest["project"]
    header = IRI(f"{content.base}ontology")
    return About(
        base=content.base,
        digest=content.digest,
        generation=content.generation,
        program=f"cgkg {content.manifest['cgkg']}",
        name=project.get("name", {}),
        text=project.get("about", {}),
        statements=tuple((p, v) for p in TAKEN_OVER for v in content.values(header, p)),
    )


def licence(content: Content) -> str:
    """The IRI of the licence that the project's ontology names; empty if it names none."""
    return content.value(IRI(f"{content.base}ontology"), DCTERMS.license)


def graph_of(content: Content, scope: str) -> tuple[Triple, ...]:
    """The triples of a scope."""
    held: Mapping[str, Callable[[], tuple[Triple, ...]]] = {
        "asserted": lambda: content.asserted,
        "inferred": lambda: content.inferred,
        "dataset": lambda: content.merged,
    }
    return held[scope]()


def dataset_of(content: Content, scope: str) -> tuple[Quad, ...]:
    """The quads of a scope: its triples, and the named graphs that belong to it."""
    if scope == "asserted":
        return content.asserted_quads
    if scope == "inferred":
        return tuple(
            Quad(t.subject, t.predicate, t.object, GRAPH.inferred) for t in content.inferred
        )
    return content.quads


def writable(content: Content, scope: str) -> list[Triple]:
    """The triples of a scope that RDF/XML can hold."""
    return [triple for triple in graph_of(content, scope) if triple not in content.unwritable]


def left_out(content: Content) -> dict[str, list[str]]:
    """Which triples which RDF/XML file cannot hold, and why."""
    if not content.unwritable:
        return {}
    triples = {
        f"{scope}.rdf": [
            f"{triple} : {content.unwritable[triple]}"
            for triple in graph_of(content, scope)
            if triple in content.unwritable
        ]
        for scope in SCOPES
    }
    return {name: lines for name, lines in triples.items() if lines}


def data_parts(generation: Generation, content: Content) -> Iterator[Part]:
    """Every file that holds data, in the order of a listing."""
    for scope, said in SCOPES.items():
        for suffix, form in GRAPH_SYNTAXES.items():
            yield Part(f"{scope}.{suffix}", said, partial(_graph, content, scope, form))
        said = _WITH_GRAPHS[scope]
        for suffix, form in DATASET_SYNTAXES.items():
            yield Part(f"{scope}.{suffix}", said, partial(_dataset, content, scope, form))
    yield from _evidence(content)
    for name, table, said in (
        ("entities.csv", tables.entities, N_("entities, a row each")),
        ("statements.csv", tables.statements, N_("statements with their clauses")),
    ):
        yield Part(name, said, partial(table, content))
    for added in content.tables:
        yield Part(
            f"{added.name}.csv",
            added.title or {SOURCE: added.name},
            partial(tables.answers, content, added),
        )
    if not content.bare:
        one = N_("one ontology file for Protégé, with evidence")
        yield Part("protege.ttl", one, partial(merge, generation))
    manifest = N_("what the build read and counted")
    yield Part(MANIFEST, manifest, partial(_held, generation, MANIFEST))
    if (generation.folder / COVERAGE).is_file():
        said = N_("which sentences are accounted for")
        yield Part(COVERAGE, said, partial(_held, generation, COVERAGE))


def _held(generation: Generation, name: str) -> bytes:
    try:
        return read_inside(generation.folder, name)
    except OSError as error:
        said = error.strerror or str(error)
        raise StoreError(f"{generation.folder / name}: {said}", hint="run cgkg build") from None


def _evidence(content: Content) -> Iterator[Part]:
    for suffix, form in DATASET_SYNTAXES.items():
        said = N_("the evidence: a named graph per clause")
        yield Part(f"evidence.{suffix}", said, partial(_clauses, content, form))
    said = N_("the evidence as Web Annotations")
    yield Part("annotations.jsonld", said, lambda: web_annotations(content, licence(content)))
    for form in RDF12_SYNTAXES:
        said = N_("everything in RDF 1.2, with a reifier per statement")
        yield Part(f"rdf12.{form.suffix}", said, partial(_reified, content, form))


def _reified(content: Content, form: Format) -> bytes:
    return encode(reify(content), form, content.prefixes)


def _graph(content: Content, scope: str, form: Format) -> bytes:
    held = writable(content, scope) if form == Format.RDF_XML else graph_of(content, scope)
    return encode(held, form, content.prefixes)


def _dataset(content: Content, scope: str, form: Format) -> bytes:
    quads = dataset_of(content, scope)
    if form == Format.N_QUADS:
        return serialize(quads, form)
    return encode(_by_graph(content, quads), form, content.prefixes)


def _clauses(content: Content, form: Format) -> bytes:
    quads = clauses_of(content)
    held = _by_graph(content, quads) if form == Format.TRIG else quads
    return encode(held, form, content.prefixes)


def clauses_of(content: Content) -> list[Quad]:
    """The named graphs that say where statements are from."""
    return [quad for quad in content.quads if quad.graph_name in content.evidence]


def _by_graph(content: Content, quads: tuple[Quad, ...] | list[Quad]) -> list[Quad]:
    """The quads graph by graph: the default graph, then clauses in document order."""

    def key(quad: Quad) -> tuple[str, int, int, str]:
        name = quad.graph_name
        return content.position(name) if isinstance(name, IRI) else ("", 0, 0, "")

    return sorted(quads, key=key)


def description_parts(
    content: Content, counts: Mapping[str, Any], files: tuple[File, ...]
) -> Iterator[Part]:
    """The descriptions of a release whose data files these are."""
    said = about(content)
    inputs = content.manifest["inputs"]
    for name, triples, holds in (
        ("void.ttl", lambda: void(said, counts, files), N_("VoID description")),
        ("catalog.ttl", lambda: catalogue(said, files), N_("DCAT 3 catalogue")),
        (
            "provenance.ttl",
            lambda: provenance(said, inputs),
            N_("provenance (PROV-O)"),
        ),
    ):
        make: Callable[[], bytes] = partial(_turtle, triples, {**content.prefixes, **DESCRIBING})
        yield Part(name, holds, make)
    yield Part(LICENSE, N_("licence"), lambda: licence_text(said, licence(content)))


def _turtle(triples: Callable[[], list[Triple]], prefixes: Mapping[str, str]) -> bytes:
    return encode(triples(), Format.TURTLE, prefixes)


def listing(content: Content, counts: Mapping[str, Any], files: tuple[File, ...]) -> bytes:
    """release.json: what the release is, what it counts, and every file of it."""
    body = {
        "format": FORMAT,
        "dataset": {
            "sha256": content.digest,
            "canonicalization": "RDFC-1.0",
            "iri": about(content).version.value,
        },
        "generation": content.generation,
        "cgkg": content.manifest["cgkg"],
        "project": content.manifest["project"],
        "license": licence(content),
        "statistics": counts,
        "left_out": left_out(content),
        "files": [
            {
                "name": file.name,
                "media_type": file.media_type,
                "title": dict(file.title),
                "bytes": file.size,
                "sha256": file.sha256,
            }
            for file in files
        ],
    }
    return (json.dumps(body, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def sums(digests: Mapping[str, str]) -> bytes:
    """The manifest that `sha256sum -c` reads."""
    return "".join(f"{digests[name]}  {name}\n" for name in sorted(digests)).encode()
