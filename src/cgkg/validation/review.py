"""Everything that is checked about a project, as one report with files and lines.

Before reasoning: spans against the document, facts outside any graph, names, shapes. After it:
inconsistencies, axioms that no rule handles, shapes of the closure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from itertools import chain

from cgkg.document.sentences import digest
from cgkg.document.spans import Span
from cgkg.document.text import SourceText, TextsAtHand
from cgkg.languages import N_, translations
from cgkg.project.sources import Sources, layers
from cgkg.rdf.compression import read_decompressed
from cgkg.rdf.lines import Locator, Place, is_turtle, language_tags
from cgkg.rdf.notation import abbreviate_text
from cgkg.rdf.terms import IRI, Literal, Quad, Term, Triple, parts
from cgkg.rdf.vocab import CG, GRAPH, RDF, XSD
from cgkg.reasoning import Closure, Inconsistency, Proof, UnsupportedAxiom
from cgkg.settings import FILE as CONFIG
from cgkg.store.graph import Graph, stored_forms
from cgkg.validation.names import check_shapes_vocabulary, check_vocabulary
from cgkg.validation.reading import check_reading
from cgkg.validation.report import Finding, Report, Severity, abbreviate
from cgkg.validation.shacl import ShapesError, Validator, validate
from cgkg.validation.shapes import check_shapes, tell_error

# What the reasoner calls an axiom that is wrong in OWL 2 of any profile.
_MISTAKES = (
    "a literal where", "a malformed list", "a negative assertion about a literal",
    "an axiom by which owl:Thing is empty", "owl:sameAs with a literal",
)  # fmt: skip
_OWL_NAMES = """
AllDifferent AllDisjointClasses AllDisjointProperties Annotation AnnotationProperty
AsymmetricProperty Axiom Class DataRange DatatypeProperty DeprecatedClass DeprecatedProperty
FunctionalProperty InverseFunctionalProperty IrreflexiveProperty NamedIndividual
NegativePropertyAssertion Nothing ObjectProperty Ontology OntologyProperty ReflexiveProperty
Restriction SymmetricProperty Thing TransitiveProperty allValuesFrom annotatedProperty
annotatedSource annotatedTarget assertionProperty backwardCompatibleWith bottomDataProperty
bottomObjectProperty cardinality complementOf datatypeComplementOf deprecated differentFrom
disjointUnionOf disjointWith distinctMembers equivalentClass equivalentProperty hasKey hasSelf
hasValue imports incompatibleWith intersectionOf inverseOf maxCardinality
maxQualifiedCardinality members minCardinality minQualifiedCardinality onClass onDataRange
onDatatype onProperties onProperty oneOf priorVersion propertyChainAxiom propertyDisjointWith
qualifiedCardinality rational real sameAs someValuesFrom sourceIndividual targetIndividual
targetValue topDataProperty topObjectProperty unionOf versionIRI versionInfo withRestrictions
"""
# Literals that the database holds as they are, whatever they say.
_AS_WRITTEN = frozenset((XSD.string, RDF.langString))
# What may be a language tag with a capital; most files have none, and are not looked into.
_CAPITAL = re.compile(r"@[a-z0-9-]*[A-Z]")
_OWL = frozenset(_OWL_NAMES.split())
_NAMED = 5  # clauses that a message names
_LITERALS = N_("write it in that form (docs/reference/store-literals.md)")


def review_asserted(
    sources: Sources,
    *,
    text: TextsAtHand | None,
    data_shapes: Iterable[Triple],
    ontology_shapes: Iterable[Triple],
    by: Validator = "cgkg",
) -> Report:
    """What is wrong with what the project asserts, before anything is inferred; `by` who."""
    data_shapes, ontology_shapes = tuple(data_shapes), tuple(ontology_shapes)
    shapes = data_shapes + ontology_shapes
    findings = [
        *_check_spans(sources, text),
        *_check_texts(sources, text),
        *_check_outside_graphs(sources),
        *_check_descriptions(sources),
        *_check_literal_forms(sources),
        *_check_tags(sources),
        *_check_settings(sources),
        *_check_tables(sources),
        *check_reading(sources, text),
        *check_vocabulary(
            sources.ontology,
            {**sources.graphs, GRAPH.registry: sources.registry, GRAPH.concepts: sources.concepts},
            namespace=sources.namespace,
            base=sources.project.base,
        ),
        *check_shapes_vocabulary(sources.ontology, shapes, namespace=sources.namespace),
        *check_shapes(shapes, sources.project.shape_files),
        *_validate(sources, _dataset(sources), sources.ontology, data_shapes, by=by),
        *_check_style(sources, ontology_shapes, by),
        *_check_catalogs(sources),
    ]
    return Report(tuple(_locate(findings, sources)), sources.project.prefixes)


def review_closure(
    sources: Sources,
    closure: Closure,
    inferred: Iterable[Triple],
    shapes: Sequence[Triple],
    *,
    by: Validator = "cgkg",
) -> Report:
    """What is wrong with the closure: inconsistencies, unhandled axioms, broken shapes."""
    new = frozenset(inferred)
    everything = chain[Quad | Triple](_facts(sources), new)
    findings = [
        *(_inconsistency(item, closure, sources) for item in closure.inconsistencies),
        *(_unsupported(item, sources) for item in closure.unsupported),
        *check_shapes(shapes, sources.project.shape_files),
        *_validate(sources, everything, sources.ontology, shapes, inferred=new, by=by),
    ]
    return Report(tuple(_locate(findings, sources)), sources.project.prefixes)


def _validate(
    sources: Sources,
    data: Iterable[Quad | Triple],
    ontology: Iterable[Triple],
    shapes: Iterable[Triple],
    *,
    by: Validator,
    inferred: Set[Triple] = frozenset(),
) -> list[Finding]:
    """As `validate`; shapes that cannot be used are a finding."""
    try:
        return validate(data, ontology, shapes, inferred=inferred, by=by)
    except ShapesError as error:
        return [tell_error(error, sources.project.shape_files)]


def _dataset(sources: Sources) -> Iterator[Quad]:
    """Everything that somebody wrote, but for the ontology, by graph; sentences by type alone."""
    sentences = (t for t in sources.sentences if t.predicate == RDF.type)
    written = {**layers(sources), GRAPH.spans: (*sources.descriptions, *sentences)}
    del written[GRAPH.ontology]
    for name, triples in written.items():
        for triple in triples:
            yield Quad(triple.subject, triple.predicate, triple.object, name)


def _facts(sources: Sources) -> Iterator[Quad]:
    """What is reasoned over, by graph."""
    written = layers(sources)
    for name in (GRAPH.registry, GRAPH.concepts, *sources.graphs):
        for triple in written[name]:
            yield Quad(triple.subject, triple.predicate, triple.object, name)


def _locate(findings: Iterable[Finding], sources: Sources) -> Iterator[Finding]:
    """The findings with file and line, found by what they are about, in the project's prefixes."""
    findings = list(findings)
    placeless = (each.focus for each in _with_causes(findings) if not each.path)
    about = [focus for focus in placeless if focus is not None]
    yield from _locate_each(findings, sources, sources.locator_about(about))


def _with_causes(findings: Iterable[Finding]) -> Iterator[Finding]:
    for finding in findings:
        yield finding
        yield from _with_causes(finding.causes)


def _locate_each(
    findings: Iterable[Finding], sources: Sources, locator: Locator
) -> Iterator[Finding]:
    prefixes = sources.project.prefixes
    for finding in findings:
        place = None if finding.path else _place(finding, sources, locator)
        message, hint = (
            {language: abbreviate_text(said, prefixes) for language, said in texts.items()}
            for texts in (finding.message, finding.hint)
        )
        causes = tuple(_locate_each(finding.causes, sources, locator))
        told = replace(finding, message=message, hint=hint, causes=causes)
        yield replace(told, path=place.path, line=place.line) if place else told


def _place(finding: Finding, sources: Sources, locator: Locator) -> Place | None:
    if isinstance(finding.focus, IRI) and finding.predicate:
        if finding.value is not None:
            triple = Triple(finding.focus, finding.predicate, finding.value)
            return locator.of(triple, finding.graph)
        return locator.of_subject(finding.focus, finding.predicate)
    if finding.focus is None:
        return None
    return locator.of_subject(finding.focus) or sources.locator.of_mention(finding.focus)


def _check_spans(sources: Sources, text: TextsAtHand | None) -> Iterator[Finding]:
    """Spans that leave the text or whose words are not the ones that were cited."""
    digests = _digests(sources)
    for span in sources.spans:
        table = sources.tables.get(span.document)
        held = text.of(span.document) if text else None
        if table is None:
            yield _finding(
                "span-document",
                translations("no sentence table for the document <{iri}>", iri=span.document.value),
                span.iri,
            )
        elif table.place(span.start, span.end) is None:
            last = table.sentences[-1].end if table.sentences else 0
            yield _finding(
                "span-outside",
                translations(
                    "the span {start}-{end} is not within a sentence of the text (0-{last})",
                    start=span.start,
                    end=span.end,
                    last=last,
                ),
                span.iri,
            )
        elif held is not None and span.iri in digests:
            yield from _check_words(span, digests[span.iri], held)


def _digests(sources: Sources) -> Mapping[Term | Triple, str]:
    """The digests of the words cited, by span."""
    return {
        t.subject: t.object.value
        for t in sources.descriptions
        if t.predicate == CG.wordsDigest and isinstance(t.object, Literal)
    }


def _check_texts(sources: Sources, text: TextsAtHand | None) -> Iterator[Finding]:
    """Copies of documents that were edited: which of the clauses cited no longer stand in them."""
    digests = _digests(sources)
    for document, copy in (text.edited if text else {}).items():
        spans = [s for s in sources.spans if s.document == document and s.iri in digests]
        lost = [
            f"{span.start}-{span.end}"
            for span in spans
            if digest(copy.text.words(span.start, span.end)) != digests[span.iri]
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
        yield replace(_finding("text-edited", message, None, hint=hint), path=copy.path)


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
    yield _finding(
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
    for document in project.documents:
        if IRI(f"{project.base}source/{document}") not in sources.tables:
            message = translations("there is no document {name}", name=document)
            yield replace(_finding("unknown-term", message, None), path=project.folder / CONFIG)
    known = {triple.subject for triple in sources.ontology}
    for name in dict.fromkeys(names):
        if name is not None and name not in known:
            message = translations("the ontology has no {name}", name=name)
            finding = _finding("unknown-term", message, None)
            yield replace(finding, path=project.folder / CONFIG)
    described = known | {triple.subject for triple in sources.registry}
    described |= {triple.subject for triple in sources.concepts} | {s.iri for s in sources.spans}
    for name, place in project.pages.places:
        if name not in described:
            message = translations("the graph has no {name}", name=name)
            finding = _finding("unknown-term", message, None)
            yield replace(finding, path=place.path, line=place.line)


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
        yield replace(_finding("table-query", message, None), path=path)


def _check_style(sources: Sources, shapes: Iterable[Triple], by: Validator) -> Iterator[Finding]:
    """What the shapes of the ontology's style find, in the project's own terms and modules."""
    for finding in _validate(sources, sources.ontology, (), shapes, by=by):
        if sources.is_own(finding.focus) or finding.code == ShapesError.code:
            yield finding


def _check_catalogs(sources: Sources) -> Iterator[Finding]:
    """Entries of catalogs that are not used."""
    for remark in sources.remarks:
        finding = _finding("catalog", remark.message, None, severity="info")
        yield replace(finding, path=remark.path, line=remark.line)


def _check_outside_graphs(sources: Sources) -> Iterator[Finding]:
    """Facts written outside any graph: nothing says where they come from."""
    for quad in sources.outside_graphs:
        focus, predicate, value = parts(quad)
        yield _finding(
            "no-graph",
            translations("this statement is in no span's graph and describes none"),
            focus,
            predicate=predicate,
            value=value,
            hint=translations(
                "put it into the graph of the clause that says it, or into graph:background"
            ),
        )


def _check_descriptions(sources: Sources) -> Iterator[Finding]:
    """Graphs that nothing says the mode of: a reader cannot tell what they rest on."""
    described = {t.subject for t in sources.descriptions if t.predicate == CG.assertionMode}
    for name, triples in sources.graphs.items():
        if name not in described:
            focus, predicate, value = parts(triples[0])
            yield replace(
                _finding(
                    "graph-undescribed",
                    translations("nothing describes the graph <{iri}>", iri=name.value),
                    focus,
                    predicate=predicate,
                    value=value,
                    hint=translations(
                        "give it cg:assertionMode, and a span also its digest and gist"
                    ),
                ),
                graph=name,
            )


def _check_literal_forms(sources: Sources) -> Iterator[Finding]:
    """Literals that the database would answer with in another form."""
    triples = [
        triple
        for part in (sources.facts, sources.descriptions, sources.ontology)
        for triple in part
        if isinstance(triple.object, Literal)
        and triple.object.datatype not in _AS_WRITTEN
        and (
            part is not sources.ontology or triple in sources.own
        )  # others' files stay as they are
    ]
    changed = stored_forms(t.object for t in triples if isinstance(t.object, Literal))
    for triple in triples if changed else ():
        held = changed.get(triple.object) if isinstance(triple.object, Literal) else None
        if held is not None:
            focus, predicate, value = parts(triple)
            yield _finding(
                "literal-form",
                translations(
                    "query answers will show {object} as {held}", object=triple.object, held=held
                ),
                focus,
                severity="warning",
                predicate=predicate,
                value=value,
                hint=translations(_LITERALS),
            )


def _check_tags(sources: Sources) -> Iterator[Finding]:
    """Language tags with capitals: the parser lower-cases them."""
    for path in sources.files:
        if not is_turtle(path) or path in sources.imported:
            continue
        text = read_decompressed(path).decode()
        for line, tag in language_tags(text) if _CAPITAL.search(text) else ():
            if tag != tag.lower():
                yield replace(
                    _finding(
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


def _inconsistency(item: Inconsistency, closure: Closure, sources: Sources) -> Finding:
    """A contradiction, placed at a statement it rests on; the others are named in the hint.

    A literal that is none of its datatype is a warning where others wrote it: it is mostly in an
    annotation, and nothing follows from it.
    """
    leaves = dict.fromkeys(
        leaf for triple in item.premises for leaf in _leaves(closure.explain(triple), triple)
    )
    facts = {triple for part in sources.graphs.values() for triple in part}
    first = min(leaves, key=lambda leaf: leaf not in facts, default=None)
    focus, predicate, value = parts(first) if first else (None, None, None)
    places = {leaf: sources.place_of_axiom(leaf) or sources.locator.of(leaf) for leaf in leaves}
    rests = [f"{_location(place)}{_short(leaf)}" for leaf, place in places.items()]
    foreign = item.rule == "dt-not-type" and all(map(sources.imports, leaves))
    finding = _finding(
        item.rule,
        translations("inconsistent: {message}", message=item.message),
        focus,
        severity="warning" if foreign else "violation",
        predicate=predicate,
        value=value,
        hint={
            language: "\n".join(said.format(line=line) for line in rests)
            for language, said in translations(N_("rests on {line}")).items()
        },
    )
    return _at(finding, places[first] if first else None)


def _at(finding: Finding, place: Place | None) -> Finding:
    """The finding with this place, if there is one."""
    return replace(finding, path=place.path, line=place.line or None) if place else finding


def _leaves(proof: Proof | None, triple: Triple) -> Iterator[Triple]:
    """The asserted triples that a proof ends in."""
    if proof is None or proof.rule is None:
        yield triple
        return
    for premise in proof.premises:
        yield from _leaves(premise, premise.triple)


def _short(triple: Triple) -> str:
    return " ".join(map(abbreviate, parts(triple)))


def _location(place: Place | None) -> str:
    if place is None:
        return ""
    return f"{place.path}:{place.line}: " if place.line else f"{place.path}: "


def _unsupported(item: UnsupportedAxiom, sources: Sources) -> Finding:
    """A remark: OWL 2 RL's rules may be used on any graph, and leave out what they do not know.

    What is written wrongly is a violation, unless others wrote it.
    """
    focus, predicate, value = parts(item.axiom)
    first = item.construct.split()[0]
    misspelt = first.startswith("owl:") and first.removeprefix("owl:") not in _OWL
    wrong = (misspelt or item.construct.startswith(_MISTAKES)) and not sources.imports(item.axiom)
    said = N_("no OWL 2 RL rule handles {construct} here")
    if item.has_rule:
        said = N_("cgkg applies no rule to {construct}")
    finding = _finding(
        "unsupported-axiom",
        translations(said, construct=item.construct),
        focus,
        severity="violation" if wrong else "info",
        predicate=predicate,
        value=value,
    )
    return _at(finding, sources.place_of_axiom(item.axiom))


def _finding(
    code: str,
    message: Mapping[str, str],
    focus: Term | None,
    *,
    severity: Severity = "violation",
    predicate: IRI | None = None,
    value: Term | None = None,
    inferred: bool = False,
    hint: Mapping[str, str] | None = None,
) -> Finding:
    return Finding(
        severity=severity,
        code=code,
        message=message,
        focus=focus,
        predicate=predicate,
        value=value,
        inferred=inferred,
        hint=hint or {},
    )
