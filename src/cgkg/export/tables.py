"""The graph as CSV tables (RFC 4180, UTF-8), names in all languages of the graph side by side."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from cgkg.errors import QueryError
from cgkg.export.content import Content, Texts, literal_texts
from cgkg.project.tables import ReleaseTable
from cgkg.rdf.terms import IRI, BlankNode, Literal, Triple, parts
from cgkg.rdf.vocab import CG, GRAPH, OWL, PROV, RDF, SKOS

# Columns; one that ends in "_" is there once for each language of the graph.
_ENTITIES = ("iri", "classes", "label_", "also_", "definition_", "matches")
_STATEMENTS = (
    "subject", "subject_", "property", "property_", "value", "value_", "datatype", "language",
    "inferred", "graph", "document", "section", "sentence", "start", "end", "words_sha256", "mode",
    "gist_",
)  # fmt: skip
Row = Sequence[str | int]


def entities(content: Content) -> bytes:
    """A row per individual of the registry: its asserted classes, names, definition, matches."""
    kinds: dict[IRI, list[str]] = {}
    for subject, predicate, value in map(parts, content.graphs.get(GRAPH.registry, ())):
        if isinstance(subject, IRI):
            own = kinds.setdefault(subject, [])
            if predicate == RDF.type and isinstance(value, IRI) and value != OWL.NamedIndividual:
                own.append(value.value)
    matches: dict[object, list[str]] = {}
    for triple in content.graphs.get(GRAPH.mappings, ()):
        matches.setdefault(triple.subject, []).append(_value(triple.object))
    rows = (
        _entity(content, iri, sorted(kinds[iri]), sorted(matches.get(iri, ())))
        for iri in sorted(kinds, key=_value)
    )
    return _csv(content, _ENTITIES, rows)


def statements(content: Content) -> bytes:
    """A row per statement and graph that holds it, clauses in document order, then inferences."""
    return _csv(content, _STATEMENTS, _statements(content))


def answers(content: Content, table: ReleaseTable) -> bytes:
    """A row per solution of a table's query; after a column with IRIs, columns with their names.

    Without ORDER BY the rows are in the order of their texts.

    Raises:
        QueryError: it is no SELECT query, or asks other endpoints.
    """
    # They read queries, which nobody needs who only looks at a release.
    from cgkg.sparql.diagnosis import explain
    from cgkg.sparql.ordering import leaves_order_open
    from cgkg.sparql.syntax import read_outline, refuse_unsupported

    outline = read_outline(table.query)
    refuse_unsupported(outline)
    try:
        solutions = content.graph.query(table.query)
    except SyntaxError as error:
        failure = explain(str(error), table.query, prefixes=content.prefixes)
        raise QueryError(f"{table.name}.rq: {failure.message}", hint=failure.hint) from None
    if outline.form != "SELECT":
        raise QueryError(f"{table.name}.rq is no SELECT query")
    names = [variable.value for variable in solutions.variables]
    rows = [[solution[name] for name in names] for solution in solutions]
    named = {i for row in rows for i, term in enumerate(row) if isinstance(term, IRI)}
    header = [
        heading
        for i, name in enumerate(names)
        for heading in (name, *(f"{name}_{each}" for each in content.languages if i in named))
    ]
    cells = [
        [
            cell
            for i, term in enumerate(row)
            for cell in (_named(content, term) if i in named else (_value(term),))
        ]
        for row in rows
    ]
    return _csv(content, header, sorted(cells) if leaves_order_open(table.query) else cells)


def _entity(content: Content, iri: IRI, kinds: list[str], matches: list[str]) -> Row:
    also = content.values(iri, SKOS.altLabel)
    return (
        iri.value,
        " ".join(kinds),
        *_each(content, content.labels.get(iri)),
        *("; ".join(literal_texts(also, language)) for language in content.languages),
        *_each(content, content.texts(iri, SKOS.definition)),
        " ".join(matches),
    )


def _statements(content: Content) -> Iterator[Row]:
    for name in sorted(content.evidence, key=content.position):
        place = _place(content, name)
        for triple in content.evidence[name]:
            yield (*_terms(content, triple), "no", *place)
    nowhere = ("",) * (7 + len(content.languages))
    for triple in content.inferred:
        if not any(isinstance(term, BlankNode) for term in (triple.subject, triple.object)):
            yield (*_terms(content, triple), "yes", GRAPH.inferred.value, *nowhere)


def _terms(content: Content, triple: Triple) -> Row:
    subject, predicate, value = parts(triple)
    said = value.language or "" if isinstance(value, Literal) else ""
    kind = value.datatype.value if isinstance(value, Literal) and not said else ""
    return (*_named(content, subject), *_named(content, predicate), *_named(content, value),
            kind, said)  # fmt: skip


def _named(content: Content, term: object) -> tuple[str, ...]:
    labels = content.labels.get(term) if isinstance(term, IRI) else None
    return _value(term), *_each(content, labels)


def _place(content: Content, name: IRI) -> Row:
    """Where the clause stands that a graph is named after; other graphs stand nowhere."""
    section = content.value(name, CG.inSection).rsplit("/", 1)[-1].replace("-", ".")
    sentence = content.value(name, CG.inSentence).rsplit("/", 1)[-1].lstrip("0")
    places = (CG.charStart, CG.charEnd, CG.wordsDigest)
    return (
        name.value,
        content.value(name, PROV.wasQuotedFrom),
        section,
        sentence,
        *(content.value(name, predicate) for predicate in places),
        content.value(name, CG.assertionMode).rsplit("/", 1)[-1],
        *_each(content, content.texts(name, CG.gist)),
    )


def _each(content: Content, texts: Texts | None) -> tuple[str, ...]:
    """The text in every language of the graph, empty where there is none."""
    return tuple((texts or {}).get(language, "") for language in content.languages)


def _value(term: object) -> str:
    if term is None:
        return ""
    return term.value if isinstance(term, IRI | Literal) else str(term)


def _csv(content: Content, header: Sequence[str], rows: Iterable[Row]) -> bytes:
    """The table; lines end as RFC 4180 §2 says."""
    columns = [
        f"{name}{language}"
        for name in header
        for language in (content.languages if name.endswith("_") else ("",))
    ]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue().encode()
