"""Explanations: proofs told to people as text, and to programs as JSON or as RDF (PROV-O).

A proof ends in asserted triples; an explanation says of each where it is asserted: the clause of
the document with section, paragraph, positions and mode, or the graph (registry, background …).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeAlias

from cgkg.document.spans import Span
from cgkg.document.statements import statement, statements
from cgkg.errors import CgkgError, NotEntailedError, ResourceNotFoundError
from cgkg.formats import Format
from cgkg.languages import SOURCE, known, pick, translator
from cgkg.presentation.arguments import argument
from cgkg.presentation.axioms import Axioms, Phrase, read_axioms, rule_text
from cgkg.presentation.labels import names_of
from cgkg.presentation.resource import LABELS, closure_of_blanks, labels_of, nearest
from cgkg.presentation.sentences import PATTERNS, SentencePatterns
from cgkg.rdf.io import serialize
from cgkg.rdf.lines import Place
from cgkg.rdf.notation import abbreviate_text
from cgkg.rdf.terms import IRI, BlankNode, Literal, Quad, Term, Triple, parts
from cgkg.rdf.vocab import BASE, DCTERMS, PROV, RDF, RDFS, STANDARD, XSD
from cgkg.reasoning import Closure, Inconsistency, Proof
from cgkg.reasoning.rules.diagnostics import short
from cgkg.reasoning.rules.diagnostics import statement as said
from cgkg.store.excerpt import Excerpt, about
from cgkg.store.graph import Graph, stored_forms
from cgkg.store.reader import DEFAULT, QuadPattern

_TABLES = IRI(
    "https://www.w3.org/TR/owl2-profiles/#Reasoning_in_OWL_2_RL_and_RDF_Graphs_using_Rules"
)

Json: TypeAlias = dict[str, Any]

_PLACED = 100  # leaves of proofs that are looked for in files


@dataclass(frozen=True)
class Explanation:
    """Why a triple holds, or what a contradiction rests on.

    `proofs` are different proofs of the triple, small ones first; of a contradiction, one proof
    for each of its premises.
    """

    claim: Triple | Inconsistency
    proofs: tuple[Proof, ...]


def explained(
    triple: Triple,
    graph: Graph | Excerpt,
    explain_all: Callable[[Triple, int], Iterable[Proof]],
    limit: int = 1,
    prefixes: Mapping[str, str] = STANDARD,
) -> Explanation:
    """The explanation of a triple by up to so many proofs.

    Args:
        triple: its literal may be written in another form than the database's.
        graph: knows which names there are.
        explain_all: finds the proofs, as `Closure.explain_all` does.
        limit: how many.
        prefixes: what an error names the triple with.

    Raises:
        ResourceNotFoundError: the graph does not know one of the names; proposes others.
        NotEntailedError: the triple does not follow.
    """
    subject, predicate, value = parts(triple)
    if isinstance(value, Literal):
        value = stored_forms([value]).get(value, value)
    asked = Triple(subject, predicate, value)
    proofs = tuple(explain_all(asked, limit))
    if proofs:
        return Explanation(asked, proofs)
    reading = Excerpt.of(graph)
    named = [term for term in (subject, predicate, value) if isinstance(term, IRI)]
    for iri in _unknown(reading, named):
        near = [name.value for name in nearest(reading, iri)]
        raise ResourceNotFoundError(iri.value, nearest=near)
    raise NotEntailedError(
        f"this does not follow from the graph: {abbreviate_text(said(asked), prefixes)}",
        hint="nothing asserts it and no rule of OWL 2 RL concludes it",
    )


def _unknown(reading: Excerpt, iris: Iterable[IRI]) -> Iterator[IRI]:
    """The IRIs that are in no triple of the default graph; all are looked for in one batch."""
    held = list(iris)
    patterns = [
        QuadPattern(s, p, o, DEFAULT)
        for iri in held
        for s, p, o in ((iri, None, None), (None, iri, None), (None, None, iri))
    ]
    matches = reading.reader.quads(patterns, limit=1)
    for number, iri in enumerate(held):
        if not any(matches[3 * number : 3 * number + 3]):
            yield iri


def contradictions(closure: Closure) -> tuple[Explanation, ...]:
    """Every contradiction of a closure, each premise with its proof."""
    return tuple(
        Explanation(one, tuple(filter(None, map(closure.explain, one.premises))))
        for one in closure.inconsistencies
    )


def place_leaves(
    explanations: Iterable[Explanation], place: Callable[[Triple], Place | None]
) -> Iterator[Quad]:
    """Quads that say where in files the triples stand that proofs rest on, by file and line.

    Args:
        place: finds a triple; a search of all files, so that not too many are looked for.
    """
    leaves = dict.fromkeys(
        leaf for each in explanations for proof in each.proofs for leaf in proof.leaves()
    )
    for leaf in islice(leaves, _PLACED):
        if at := place(leaf):
            line = f":{at.line}" if at.line else ""
            graph = IRI(at.path.resolve().as_uri() + line.replace(":", "#L"))
            yield Quad(leaf.subject, leaf.predicate, leaf.object, graph)
            yield Quad(graph, RDFS.label, Literal(f"{at.path}{line}"), graph)


def written(
    explained: Explanation | Sequence[Explanation],
    form: str,
    graph: Graph | Excerpt,
    language: str = "en",
    base: str = BASE,
    prefixes: Mapping[str, str] = STANDARD,
    others: Sequence[str] = (),
) -> bytes:
    """One explanation, or several, as a file of the format "text", "json" or "ttl".

    `others` are the languages of labels where they are not in that of the words.

    Raises:
        CgkgError: a proof is nested more deeply than JSON can be written.
    """
    several = (explained,) if isinstance(explained, Explanation) else tuple(explained)
    if form == "text":
        return as_text(several, graph, language, prefixes, others).encode()
    if form == "ttl":
        triples = as_triples(several, graph, base, prefixes, others)
        return serialize(triples, Format.TURTLE, prefixes=_prefixes(triples, base, prefixes))
    content = as_json(several, graph, prefixes, others)
    whole = content[0] if isinstance(explained, Explanation) else content
    try:
        return (json.dumps(whole, ensure_ascii=False, indent=1) + "\n").encode()
    except RecursionError:
        raise CgkgError(
            "a proof is too deep for nested JSON", hint="ask for text or Turtle (ttl)"
        ) from None


def as_text(
    explanations: Sequence[Explanation],
    graph: Graph | Excerpt,
    language: str = "en",
    prefixes: Mapping[str, str] = STANDARD,
    others: Sequence[str] = (),
) -> str:
    """The explanations as trees of lines, each after one plain sentence.

    Args:
        graph: knows labels, spans and what axioms are made of.
        language: one of those there are.
        prefixes: what names are written with.
        others: languages of labels where they are not in that one, the dearest first.
    """
    words = _Words(_read(graph, explanations), language, explanations, prefixes, others)
    told = ["\n".join(_told(each, words)) for each in explanations]
    return "\n\n".join(told or [words.gettext("no contradiction")]) + "\n"


def as_json(
    explanations: Sequence[Explanation],
    graph: Graph | Excerpt,
    prefixes: Mapping[str, str] = STANDARD,
    others: Sequence[str] = (),
) -> list[Json]:
    """The explanations as values of JSON: terms in N-Triples syntax, texts in every language."""
    reading = _read(graph, explanations)
    voices = tuple(_Words(reading, each, explanations, prefixes, others) for each in known())
    return [_explained(each, voices) for each in explanations]


def as_triples(
    explanations: Sequence[Explanation],
    graph: Graph | Excerpt,
    base: str = BASE,
    prefixes: Mapping[str, str] = STANDARD,
    others: Sequence[str] = (),
) -> list[Triple]:
    """The explanations in PROV-O, sorted, without blank nodes.

    A statement is a `prov:Entity` (and an `rdf:Statement`), a step a `prov:Activity` that used the
    premises and axioms, conforms to a rule and generated its conclusion; what is asserted was
    derived from spans or other graphs. Names are digests of what they name, so that the same step
    has the same name everywhere.
    """
    return _Provenance(_read(graph, explanations), explanations, base, prefixes, others).triples()


def _read(graph: Graph | Excerpt, explanations: Sequence[Explanation]) -> Excerpt:
    """Everything that the explanations are told with, read in seven batches."""
    reading = Excerpt.of(graph)
    axioms = tuple(dict.fromkeys(_axioms_of(explanations)))
    stated = dict.fromkeys(_triples_of(explanations))
    inner = list(closure_of_blanks(reading, read_axioms(reading, (*axioms, *stated))))
    said = list(statements(reading, (*stated, *axioms)))
    names = {end for triple in (*axioms, *stated, *inner) for end in parts(triple)}
    names |= {span.mode for each in said for span in each.spans if span.mode}
    names |= {graph for each in said for graph in each.graphs}
    named = (name for name in names if isinstance(name, IRI))
    reading.take((*about(named, *LABELS), PATTERNS))
    return reading


def _prefixes(triples: Iterable[Triple], base: str, prefixes: Mapping[str, str]) -> dict[str, str]:
    """The prefixes that the triples need."""
    known = {**prefixes, "rule": f"{base}rule/", "proof": f"{base}proof/"}
    iris = {term.value for triple in triples for term in triple if isinstance(term, IRI)}
    return {name: ns for name, ns in known.items() if any(iri.startswith(ns) for iri in iris)}


# -- people ----------------------------------------------------------------------------------------


class _Words:
    """Terms, triples, axioms and evidence in one language."""

    def __init__(
        self,
        graph: Excerpt,
        language: str,
        explanations: Iterable[Explanation],
        prefixes: Mapping[str, str],
        others: Sequence[str],
    ) -> None:
        self.graph, self.language, self._prefixes = graph, language, prefixes
        self._others = others
        self._axioms = Axioms(graph, language, _axioms_of(explanations))
        self._sentences = SentencePatterns(graph, language, self._axioms.term)
        self._names: dict[IRI, str] = {}
        self.gettext = translator(language).gettext

    def term(self, term: Term) -> str:
        """A label, a value, or a class expression in words."""
        if isinstance(term, Literal):
            return term.value if term.datatype not in (XSD.string, RDF.langString) else str(term)
        if isinstance(term, BlankNode):
            return self.phrase(self._axioms.term(term))
        if term not in self._names:
            labels = labels_of(self.graph, (term,)).get(term) or names_of(term)
            self._names[term] = pick(labels, self.language, self._others)
        return self._names[term] or self.named(short(term))

    def phrase(self, phrase: Phrase) -> str:
        """The phrase as a text."""
        return "".join(part if isinstance(part, str) else self.term(part) for part in phrase)

    def plain(self, proof: Proof) -> str:
        """What is proved, and why, as one sentence."""
        if proof.rule is None:
            return self._line(self._sentences.plain(proof.triple, (), 0))
        told = argument(proof)
        held = (statement(self.graph, leaf) for leaf in told.leaves)
        clauses = {span.iri for each in held if each for span in each.spans}
        return self._line(self._sentences.plain(told.claim, told.told, len(clauses)))

    def _line(self, sentence: Phrase) -> str:
        line = self.phrase(sentence)
        return line[:1].upper() + line[1:]

    def triple(self, triple: Triple) -> str:
        """Subject, property and value."""
        return " – ".join(map(self.term, parts(triple)))

    def axioms(self, axioms: Iterable[Triple]) -> str:
        """The axioms of a step, each as a sentence."""
        return self.gettext("; ").join(map(self.phrase, self._axioms.phrases(axioms)))

    def axiom(self, axiom: Triple) -> str:
        """One axiom as a sentence."""
        return self.phrase(self._axioms.phrase(axiom))

    def named(self, text: str) -> str:
        """The text with its IRIs as prefixed names."""
        return abbreviate_text(text, self._prefixes)

    def bare(self, iri: IRI) -> str:
        """The IRI as a prefixed name, or whole, without brackets."""
        return self.named(str(iri)).strip("<>")

    def rule(self, rule: str) -> str:
        """The rule's name and what it is about."""
        text = rule_text(rule, self.language)
        return rule + self.gettext(" ({text})").format(text=text) if text else rule

    def place(self, span: Span) -> str:
        """Where a clause stands, how it says it, and the gist of it."""
        mode = self.gettext(", ") + self.term(span.mode) if span.mode else ""
        gist = pick(span.gist, self.language, self._others)
        said = self.gettext(": ") + gist if gist else ""
        place = self.gettext("section {section}, paragraph {paragraph}, {start}–{end}").format(
            section=span.section, paragraph=span.paragraph, start=span.start, end=span.end
        )
        return f"{place}{mode}{said} <{self.bare(span.iri)}>"


def _triples_of(explanations: Iterable[Explanation]) -> Iterator[Triple]:
    for each in explanations:
        if isinstance(each.claim, Triple):
            yield each.claim
        for proof in each.proofs:
            yield from (step.triple for step in proof.steps())


def _axioms_of(explanations: Iterable[Explanation]) -> Iterator[Triple]:
    for each in explanations:
        if isinstance(each.claim, Inconsistency):
            yield from each.claim.axioms
        for proof in each.proofs:
            for step in proof.steps():
                yield from step.axioms


def _told(explanation: Explanation, words: _Words) -> Iterator[str]:
    claim, proofs = explanation.claim, explanation.proofs
    if isinstance(claim, Inconsistency):
        said = words.gettext("contradiction")
        # the message is English; its rule, axioms and premises, told below, say the same
        message = words.named(claim.message)
        yield f"{said}: {message}" if words.language == SOURCE else said
        yield from _because(claim.rule, claim.axioms, "", words)
        for number, proof in enumerate(proofs, 1):
            yield from _tree(proof, words, last=number == len(proofs))
        return
    if proofs:
        yield words.plain(proofs[0])
    yield words.named(" ".join(map(short, parts(claim))))
    for number, proof in enumerate(proofs, 1):
        if len(proofs) > 1:
            yield ""
            yield words.gettext("proof {number} of {proofs}").format(
                number=number, proofs=len(proofs)
            )
        yield from _tree(proof, words)


def _tree(proof: Proof, words: _Words, *, last: bool | None = None) -> Iterator[str]:
    """The lines of a proof; `last` is None where it hangs on nothing."""
    waiting = [(proof, "", last)]
    while waiting:
        here, indent, end = waiting.pop()
        branch, rest = ("", "") if end is None else ("└─ ", "   ") if end else ("├─ ", "│  ")
        yield f"{indent}{branch}{words.triple(here.triple)}"
        inner = indent + rest
        if here.rule is None:
            yield from (f"{inner}{line}" for line in _evidence(here.triple, words))
        else:
            yield from _because(here.rule, here.axioms, inner, words)
        count = len(here.premises)
        premises = [(one, inner, at == count) for at, one in enumerate(here.premises, 1)]
        waiting += reversed(premises)


def _because(rule: str, axioms: Iterable[Triple], indent: str, words: _Words) -> Iterator[str]:
    sentence = words.axioms(axioms)
    by, joint = words.gettext("by"), words.gettext(": ")
    yield f"{indent}{by} {words.rule(rule)}{joint if sentence else ''}{sentence}"


def _evidence(triple: Triple, words: _Words) -> Iterator[str]:
    held = statement(words.graph, triple)
    for span in held.spans if held else ():
        yield f"§ {words.place(span)}"
    for graph in held.graphs if held else ():
        yield f"§ {words.term(graph)} <{words.bare(graph)}>"


# -- programs --------------------------------------------------------------------------------------


def _explained(explanation: Explanation, voices: Sequence[_Words]) -> Json:
    claim = explanation.claim
    proofs = [_proof_json(proof, voices) for proof in explanation.proofs]
    if isinstance(claim, Triple):
        plain = {
            words.language: words.plain(each) for words in voices for each in explanation.proofs[:1]
        }
        return {**_said(claim, voices), "sentence": plain, "proofs": proofs}
    return {
        "rule": claim.rule,
        "message": voices[0].named(claim.message),
        "axioms": [_axiom_json(axiom, voices) for axiom in claim.axioms],
        "premises": proofs,
    }


def _proof_json(proof: Proof, voices: Sequence[_Words]) -> Json:
    """The tree as nested objects, made without recursion."""
    made: dict[int, Json] = {}
    for step in reversed(list(proof.steps())):  # premises before their conclusions
        node = _said(step.triple, voices)
        if step.rule is None:
            node |= _evidence_json(step.triple, voices)
        else:
            node["rule"] = step.rule
            node["axioms"] = [_axiom_json(axiom, voices) for axiom in step.axioms]
            node["premises"] = [made[id(premise)] for premise in step.premises]
        made[id(step)] = node
    return made[id(proof)]


def _said(triple: Triple, voices: Sequence[_Words]) -> Json:
    terms = dict(zip("spo", map(str, parts(triple)), strict=True))
    return {**terms, "text": {words.language: words.triple(triple) for words in voices}}


def _axiom_json(axiom: Triple, voices: Sequence[_Words]) -> Json:
    terms = dict(zip("spo", map(str, parts(axiom)), strict=True))
    return {**terms, "text": {words.language: words.axiom(axiom) for words in voices}}


def _evidence_json(triple: Triple, voices: Sequence[_Words]) -> Json:
    held = statement(voices[0].graph, triple)
    return {
        "spans": [_span_json(span) for span in held.spans] if held else [],
        "graphs": [graph.value for graph in held.graphs] if held else [],
    }


def _span_json(span: Span) -> Json:
    return {
        "iri": span.iri.value,
        "document": span.document.value,
        "section": span.section,
        "paragraph": span.paragraph,
        "sentence": span.sentence,
        "start": span.start,
        "end": span.end,
        "mode": span.mode.value if span.mode else None,
        "gist": dict(sorted((span.gist or {}).items())),
    }


# -- PROV-O ----------------------------------------------------------------------------------------


class _Provenance:
    """Explanations as triples; blank nodes of axioms become names made of what they stand for."""

    def __init__(
        self,
        graph: Excerpt,
        explanations: Sequence[Explanation],
        base: str,
        prefixes: Mapping[str, str],
        others: Sequence[str],
    ) -> None:
        self._graph, self._base = graph, base
        self._explanations = explanations
        self._voices = tuple(
            _Words(graph, each, explanations, prefixes, others) for each in known()
        )
        self._found: dict[Triple, None] = {}
        self._told: set[IRI] = set()
        self._nodes: dict[BlankNode, IRI] = {}

    def triples(self) -> list[Triple]:
        """Everything the explanations say, sorted."""
        for explanation in self._explanations:
            claim = explanation.claim
            if isinstance(claim, Inconsistency):
                self._contradiction(claim)
            for proof in explanation.proofs:
                for step in proof.steps():
                    self._step(step)
        return sorted(self._found, key=str)

    def _step(self, step: Proof) -> None:
        made = self._statement(step.triple)
        if step.rule is not None:
            self._activity(made, step.rule, [one.triple for one in step.premises], step.axioms)
        else:
            self._asserted(made, step.triple)

    def _contradiction(self, inconsistency: Inconsistency) -> None:
        made = self._name("contradiction", inconsistency.rule, *map(str, inconsistency.premises))
        self._add(made, RDF.type, PROV.Entity)
        self._add(made, RDFS.label, Literal(inconsistency.message, language="en"))
        self._activity(made, inconsistency.rule, inconsistency.premises, inconsistency.axioms)

    def _activity(
        self, made: IRI, rule: str, premises: Sequence[Triple], axioms: Sequence[Triple]
    ) -> None:
        used = [self._statement(triple) for triple in premises]
        for axiom in axioms:
            used.append(self._statement(axiom, axiom=True))
            self._asserted(used[-1], axiom)
        step = self._name("step", rule, made.value, *(one.value for one in used))
        named = IRI(f"{self._base}rule/{rule}")
        self._add(step, RDF.type, PROV.Activity)
        self._add(step, RDFS.label, Literal(rule))
        self._add(step, DCTERMS.conformsTo, named)
        self._add(made, PROV.wasGeneratedBy, step)
        for one in used:
            self._add(step, PROV.used, one)
            self._add(made, PROV.wasDerivedFrom, one)
        self._add(named, RDF.type, PROV.Plan)
        self._add(named, DCTERMS.identifier, Literal(rule))
        self._add(named, RDFS.seeAlso, _TABLES)
        for words in self._voices:
            if text := rule_text(rule, words.language):
                self._add(named, RDFS.label, Literal(text, language=words.language))

    def _statement(self, triple: Triple, *, axiom: bool = False) -> IRI:
        """The name of a statement, which is described when it is first met."""
        subject, predicate, value = (self._node(term) for term in parts(triple))
        name = self._name("statement", str(subject), str(predicate), str(value))
        if name not in self._told:
            self._told.add(name)
            self._add(name, RDF.type, PROV.Entity)
            self._add(name, RDF.type, RDF.Statement)
            self._add(name, RDF.subject, subject)
            self._add(name, RDF.predicate, predicate)
            self._add(name, RDF.object, value)
            for words in self._voices:
                text = words.axiom(triple) if axiom else words.triple(triple)
                self._add(name, RDFS.label, Literal(text, language=words.language))
        return name

    def _asserted(self, name: IRI, triple: Triple) -> None:
        held = statement(self._graph, triple)
        if held:
            for source in (*(span.iri for span in held.spans), *held.graphs):
                self._add(name, PROV.wasDerivedFrom, source)

    def _node(self, term: Term) -> Term:
        """The term; for a blank node a name, under which what it stands for is told."""
        if not isinstance(term, BlankNode):
            return term
        if term not in self._nodes:
            name = self._name("expression", self._structure(term, frozenset()))
            self._nodes[term] = name
            for triple in self._graph.triples(term):
                self._add(name, triple.predicate, self._node(parts(triple)[2]))
        return self._nodes[term]

    def _structure(self, term: Term, above: frozenset[BlankNode]) -> str:
        """What a blank node stands for, whatever its label."""
        if not isinstance(term, BlankNode):
            return str(term)
        if term in above:
            return "_:above"
        inner = (
            f"{triple.predicate} {self._structure(parts(triple)[2], above | {term})}"
            for triple in self._graph.triples(term)
        )
        return f"[{' ; '.join(sorted(inner))}]"

    def _name(self, kind: str, *content: str) -> IRI:
        digest = hashlib.sha256("\n".join((kind, *content)).encode()).hexdigest()[:32]
        return IRI(f"{self._base}proof/{digest}")

    def _add(self, subject: IRI, predicate: IRI, value: Term) -> None:
        self._found[Triple(subject, predicate, value)] = None
