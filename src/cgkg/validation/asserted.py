"""What is wrong with what a project asserts, graph by graph and as a whole; shapes apart.

Each check looks at one graph, one span or one file where it can, so that a change is checked where
it was made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from dataclasses import replace

from cgkg.document.sentences import digest
from cgkg.document.spans import Span
from cgkg.document.text import SourceText, TextsAtHand
from cgkg.languages import N_, translations
from cgkg.project.sources import Sources
from cgkg.rdf.lines import is_turtle
from cgkg.rdf.terms import IRI, Literal, Subject, Triple, parts
from cgkg.rdf.vocab import CG, GRAPH, OWL, RDF, XSD
from cgkg.settings import FILE as CONFIG
from cgkg.store.graph import Graph, stored_forms
from cgkg.validation.clauses import DescribedClauses
from cgkg.validation.names import NamesInUse
from cgkg.validation.reading import ReadingRules
from cgkg.validation.report import Finding, finding
from cgkg.validation.stated_numbers import StatedNumbers

__all__ = ["AssertedReview"]

# Literals that the database holds as they are, whatever they say.
_AS_WRITTEN = frozenset((XSD.string, RDF.langString))
# OWL 2 says in which form these numbers are written (Mapping to RDF Graphs, table 1).
_COUNTS = frozenset(
    (
        *(OWL.cardinality, OWL.minCardinality, OWL.maxCardinality, OWL.qualifiedCardinality),
        *(OWL.minQualifiedCardinality, OWL.maxQualifiedCardinality),
    )
)
_NAMED = 5  # clauses that a message names
_LITERALS = N_("write it in that form (docs/reference/store-literals.md)")


class AssertedReview:
    """Findings about what a project asserts, kept graph by graph.

    Args:
        sources: the project; ontology, identities, sentence tables and settings are taken from it
            once: where they change, a new review begins.
        text: the documents at hand; then every span's digest is checked against them.
    """

    def __init__(self, sources: Sources, text: TextsAtHand | None) -> None:
        self._text = text
        individuals = (*sources.registry, *sources.concepts)
        self._names = NamesInUse(
            sources.ontology,
            individuals,
            namespace=sources.namespace,
            base=sources.project.base,
        )
        self._reading = ReadingRules(sources, text)
        self._numbers = StatedNumbers(sources, text)
        self._clauses = DescribedClauses(sources)
        self._identities: set[Subject | Triple] = {
            t.subject for t in (*sources.ontology, *individuals)
        }
        self._forms: dict[Literal, Literal] = {}
        self._found: dict[Subject, tuple[Finding, ...]] = {}
        self._general = [
            *_check_settings(sources),
            *_check_catalogs(sources),
            *self._names.check(GRAPH.registry, sources.registry),
            *self._names.check(GRAPH.concepts, sources.concepts),
            *self._check_forms((*individuals, *_own(sources))),
        ]
        self.update(sources, {*sources.graphs, *sources.said})

    def update(self, sources: Sources, names: Iterable[Subject]) -> None:
        """Look again at these graphs, spans, and things that files describe."""
        names = list(names)
        graphs = [name for name in names if isinstance(name, IRI)]
        self._reading.note(sources, graphs)
        self._learn_forms(t for name in names for t in _statements(sources, name))
        for name in names:
            findings = tuple(self._check(sources, name))
            if findings:
                self._found[name] = findings
            else:
                self._found.pop(name, None)
        self._across = [
            *_check_outside_graphs(sources),
            *_check_tags(sources),
            *_check_commas(sources),
            *_check_tables(sources),
            *_check_page_words(sources, self._identities),
            *_check_texts(sources, self._text),
            *self._reading.across(sources),
        ]

    def findings(self) -> Iterator[Finding]:
        """All findings, without their places."""
        yield from self._general
        yield from self._across
        for findings in self._found.values():
            yield from findings

    def _check(self, sources: Sources, name: Subject) -> Iterator[Finding]:
        if isinstance(name, IRI):
            triples = sources.graphs.get(name)
            if triples is not None:
                yield from self._names.check(name, triples)
                yield from _check_description(sources, name, triples)
            span = Span.parse(name) if triples is not None or name in sources.placed else None
            if span is not None:
                yield from _check_span(sources, self._text, span)
                yield from self._clauses.check(sources, span)
                yield from self._reading.of_span(sources, span)
                yield from self._numbers.of_span(sources, span)
        if self._forms:
            yield from self._tell_forms(_statements(sources, name))

    def _check_forms(self, triples: Iterable[Triple]) -> list[Finding]:
        triples = list(triples)
        self._learn_forms(triples)
        return list(self._tell_forms(triples))

    def _learn_forms(self, triples: Iterable[Triple]) -> None:
        """Ask in what forms the database holds literals; that of many is asked at once."""
        literals = (t.object for t in triples if isinstance(t.object, Literal))
        self._forms |= stored_forms(each for each in literals if each.datatype not in _AS_WRITTEN)

    def _tell_forms(self, triples: Iterable[Triple]) -> Iterator[Finding]:
        """Literals that the database would answer with in another form."""
        for triple in triples if self._forms else ():
            held = self._forms.get(triple.object) if isinstance(triple.object, Literal) else None
            if held is not None:
                focus, predicate, value = parts(triple)
                yield finding(
                    "literal-form",
                    translations(
                        "query answers will show {object} as {held}",
                        object=triple.object,
                        held=held,
                    ),
                    focus,
                    severity="warning",
                    predicate=predicate,
                    value=value,
                    hint=translations(_LITERALS),
                )


def _own(sources: Sources) -> Iterator[Triple]:
    """What the project's own modules say, in a form that is theirs to choose; others' files stay
    as they are."""
    own = (triple for triple in sources.ontology if triple in sources.vocabulary.own)
    return (triple for triple in own if triple.predicate not in _COUNTS)


def _statements(sources: Sources, name: Subject) -> Iterator[Triple]:
    """What a graph says, and what is said of it."""
    if isinstance(name, IRI):
        yield from sources.graphs.get(name, ())
        yield from sources.placed.get(name, ())
    yield from sources.said.get(name, ())


def _check_span(sources: Sources, text: TextsAtHand | None, span: Span) -> Iterator[Finding]:
    """A span that leaves the text or whose words are not the ones that were cited."""
    table = sources.tables.get(span.document)
    held = text.of(span.document) if text else None
    cited = _digest(sources, span)
    if table is None:
        yield finding(
            "span-document",
            translations("no sentence table for the document <{iri}>", iri=span.document.value),
            span.iri,
        )
    elif table.place(span.start, span.end) is None:
        last = table.sentences[-1].end if table.sentences else 0
        yield finding(
            "span-outside",
            translations(
                "the span {start}-{end} is not within a sentence of the text (0-{last})",
                start=span.start,
                end=span.end,
                last=last,
            ),
            span.iri,
        )
    elif held is not None and cited is not None:
        yield from _check_words(span, cited, held)


def _digest(sources: Sources, span: Span) -> str | None:
    """The digest of the words cited."""
    said = (
        t.object.value
        for t in reversed(sources.said.get(span.iri, ()))
        if t.predicate == CG.wordsDigest and isinstance(t.object, Literal)
    )
    return next(said, None)


def _check_texts(sources: Sources, text: TextsAtHand | None) -> Iterator[Finding]:
    """Copies of documents that were edited: which of the clauses cited no longer stand in them."""
    for document, copy in (text.edited if text else {}).items():
        cited = ((s, _digest(sources, s)) for s in sources.spans if s.document == document)
        spans = [(span, words) for span, words in cited if words is not None]
        lost = [
            f"{span.start}-{span.end}"
            for span, words in spans
            if digest(copy.text.words(span.start, span.end)) != words
        ]
        named = ", ".join(lost[:_NAMED]) + (" \u2026" if len(lost) > _NAMED else "")
        message = (
            translations(
                "this is not the text that is cited: {lost} of {count} clauses no longer stand in"
                " it ({named})",
                lost=len(lost),
                count=len(spans),
                named=named,
            )
            if lost
            else translations(
                "this is not the text that is cited, though all {count} clauses stand in it",
                count=len(spans),
            )
        )
        hint = (
            translations("put the cited text back; a corrected edition is for cgkg span --relocate")
            if spans
            else translations("take it in again: cgkg document texts/{name}", name=copy.path.name)
        )
        yield replace(finding("text-edited", message, None, hint=hint), path=copy.path)


def _check_words(span: Span, cited: str, text: SourceText) -> Iterator[Finding]:
    if digest(text.words(span.start, span.end)) == cited:
        return
    length = span.end - span.start
    near = range(max(0, span.start - 400), min(len(text) - length, span.start + 400) + 1)
    position = next((s for s in near if digest(text.words(s, s + length)) == cited), None)
    hint = translations("run cgkg span with the words to get the right header")
    if position is not None:
        hint = translations(
            "the words with this digest are at {start}-{end}", start=position, end=position + length
        )
    yield finding(
        "span-digest",
        translations(
            "the words at {start}-{end} are not the ones cited (digest differs)",
            start=span.start,
            end=span.end,
        ),
        span.iri,
        hint=hint,
    )


def _check_settings(sources: Sources) -> Iterator[Finding]:
    """Names in cgkg.toml that the ontology does not have."""
    project = sources.project
    names = [kind.of for kind in project.mentions.values()]
    if project.told:
        names += [project.told.listed, project.told.by, project.told.excluded]
    for rule in project.words.values():
        names += [rule.of, rule.kind, *rule.asks]
    if project.home:
        names += [project.home.compare, *(each.property for each in project.home.columns)]
    names += project.pages.terms()
    for document in project.documents:
        if IRI(f"{project.base}source/{document}") not in sources.tables:
            message = translations("there is no document {name}", name=document)
            yield replace(finding("unknown-term", message, None), path=project.folder / CONFIG)
    known = {triple.subject for triple in sources.ontology}
    for name in dict.fromkeys(names):
        if name is not None and name not in known:
            message = translations("the ontology has no {name}", name=name)
            yield replace(finding("unknown-term", message, None), path=project.folder / CONFIG)


def _check_page_words(sources: Sources, identities: Set[Subject | Triple]) -> Iterator[Finding]:
    """Names in data/pages that are neither among these identities nor clauses."""
    for name, place in sources.project.page_words.places:
        if name not in identities and name not in sources.placed:
            message = translations("the graph has no {name}", name=name)
            unknown = finding("unknown-term", message, None)
            yield replace(unknown, path=place.path, line=place.line)


def _check_tables(sources: Sources) -> Iterator[Finding]:
    """Queries in queries/tables that are none."""
    empty = Graph.of(())
    for table in sources.project.tables:
        try:
            rows = hasattr(empty.query(table.query), "variables")
        except SyntaxError as error:
            message = translations("no query that SPARQL knows: {error}", error=error)
        else:
            if rows:
                continue
            message = translations("a table is a SELECT query")
        path = sources.project.folder / "queries" / "tables" / f"{table.name}.rq"
        yield replace(finding("table-query", message, None), path=path)


def _check_catalogs(sources: Sources) -> Iterator[Finding]:
    """Entries of catalogs that are not used."""
    for remark in sources.remarks:
        said = finding("catalog", remark.message, None, severity="info")
        yield replace(said, path=remark.path, line=remark.line)


def _check_outside_graphs(sources: Sources) -> Iterator[Finding]:
    """Facts written outside any graph: nothing says where they come from."""
    for quad in sources.outside_graphs:
        focus, predicate, value = parts(quad)
        yield finding(
            "no-graph",
            translations("this statement is in no span's graph and describes none"),
            focus,
            predicate=predicate,
            value=value,
            hint=translations(
                "put it into the graph of the clause that says it, or into graph:background"
            ),
        )


def _check_description(
    sources: Sources, name: IRI, triples: tuple[Triple, ...]
) -> Iterator[Finding]:
    """A graph that nothing says the mode of: a reader cannot tell what it rests on."""
    if any(t.predicate == CG.assertionMode for t in sources.said.get(name, ())):
        return
    focus, predicate, value = parts(triples[0])
    yield replace(
        finding(
            "graph-undescribed",
            translations("nothing describes the graph <{iri}>", iri=name.value),
            focus,
            predicate=predicate,
            value=value,
            hint=translations("give it cg:assertionMode, and a span also its digest and gist"),
        ),
        graph=name,
    )


def _check_commas(sources: Sources) -> Iterator[Finding]:
    """Decimal commas: Turtle takes the figures before and behind for two values."""
    for path, file in sources.read.items():
        if file.places is None or not is_turtle(path) or path in sources.imported:
            continue
        for line, written in file.places.joined_numbers:
            yield replace(
                finding(
                    "two-values",
                    translations(
                        "{written} are two values, {one} and {other}",
                        written=written,
                        one=written.partition(",")[0],
                        other=written.partition(",")[2],
                    ),
                    None,
                    severity="warning",
                    hint=translations(
                        "if one number is meant, write {point}; if two, a blank behind the comma",
                        point=written.replace(",", "."),
                    ),
                ),
                path=path,
                line=line,
            )


def _check_tags(sources: Sources) -> Iterator[Finding]:
    """Language tags with capitals: the parser lower-cases them."""
    for path, file in sources.read.items():
        if file.places is None or not is_turtle(path) or path in sources.imported:
            continue
        for line, tag in file.places.capital_tags:
            yield replace(
                finding(
                    "literal-form",
                    translations(
                        "query answers will show the language tag {tag} as {lower}",
                        tag=tag,
                        lower=tag.lower(),
                    ),
                    None,
                    severity="warning",
                    hint=translations(_LITERALS),
                ),
                path=path,
                line=line,
            )
