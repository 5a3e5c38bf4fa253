"""Triples -> Turtle for people: one order, one layout, every term exactly as it was given.

The order follows what the triples say, never how a file had them: the ontology header, then kind
by kind, within a kind as Protégé's trees show it (what is above first, neighbours by name), an
axiom's annotations behind the block of its subject, general axioms last. So a file that another
program saved comes out as it was but for what was changed.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from cgkg.rdf.io import canonicalize
from cgkg.rdf.terms import (
    IRI,
    BlankNode,
    DefaultGraph,
    Literal,
    Quad,
    Subject,
    Term,
    Triple,
    parts,
)
from cgkg.rdf.vocab import CG, DCTERMS, OWL, RDF, RDFS, SKOS, XSD

WIDTH = 100
GENERAL = "General axioms"
# Section, and the types that put a block into it. The first that fits decides.
_KINDS: tuple[tuple[str, frozenset[IRI]], ...] = (
    ("", frozenset({OWL.Ontology})),
    ("Annotation properties", frozenset({OWL.AnnotationProperty})),
    ("Datatypes", frozenset({RDFS.Datatype})),
    ("Classes", frozenset({OWL.Class, RDFS.Class})),
    ("Object properties", frozenset({OWL.ObjectProperty})),
    ("Data properties", frozenset({OWL.DatatypeProperty})),
    ("Properties", frozenset({RDF.Property})),
    ("Concept schemes", frozenset({SKOS.ConceptScheme})),
)
_CONCEPTS, _REST = len(_KINDS), len(_KINDS) + 1
_NAMES = (*(name for name, _ in _KINDS), "Concepts", "Individuals")
SECTIONS = frozenset({*filter(None, _NAMES), GENERAL})
_ABOVE = (RDFS.subClassOf, RDFS.subPropertyOf, SKOS.broader)
_PREDICATES: Mapping[IRI, int] = {
    iri: rank
    for rank, iri in enumerate(
        (
            RDF.type, OWL.imports, OWL.versionIRI, OWL.versionInfo, OWL.priorVersion,
            OWL.annotatedSource, OWL.annotatedProperty, OWL.annotatedTarget, CG.statedIn,
            OWL.onProperty, OWL.onClass, OWL.onDatatype,
            RDFS.subClassOf, OWL.equivalentClass, OWL.disjointWith, OWL.disjointUnionOf,
            RDFS.subPropertyOf, OWL.equivalentProperty, OWL.propertyDisjointWith,
            RDFS.domain, RDFS.range, OWL.inverseOf, OWL.propertyChainAxiom, OWL.hasKey,
            SKOS.inScheme, SKOS.topConceptOf, SKOS.broader, SKOS.narrower,
            DCTERMS.title, DCTERMS.description,
            RDFS.label, SKOS.prefLabel, SKOS.altLabel, SKOS.definition, SKOS.scopeNote,
            SKOS.example, RDFS.comment,
        )
    )
}  # fmt: skip
_LAST: Mapping[IRI, int] = {RDFS.seeAlso: 1, RDFS.isDefinedBy: 2}
_BARE: Mapping[IRI, re.Pattern[str]] = {
    XSD.integer: re.compile(r"[+-]?[0-9]+"),
    XSD.decimal: re.compile(r"[+-]?[0-9]*\.[0-9]+"),
    XSD.double: re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)[eE][+-]?[0-9]+"),
    XSD.boolean: re.compile("true|false"),
}
# What Turtle allows after a prefix without escapes, for the letters that names are made of here.
_LETTER = r"A-Za-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u3001-\uD7FF"
_LOCAL = re.compile(rf"[{_LETTER}0-9_](?:[{_LETTER}0-9_.-]*[{_LETTER}0-9_-])?")
# XML allows more as a prefix: "_", which begins blank nodes here, or a full stop at its end.
_PREFIX = re.compile(rf"(?:[{_LETTER}](?:[{_LETTER}0-9_.-]*[{_LETTER}0-9_-])?)?")
_ESCAPES = {
    "\\": "\\\\", '"': '\\"', "\r": "\\r", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\t": "\\t",
}  # fmt: skip
_SPECIAL = re.compile(r'[\\"\r\b\f\n\t\x00-\x1f\x7f]')
_SPECIAL_LONG = re.compile(r'[\\"\r\b\f\x00-\x08\x0b-\x1f\x7f]')

_MARK = IRI("urn:x-cgkg:mark")

Comments = Mapping[str, Sequence[str]]
HEAD, FOOT = "", "#"
"""The keys of comments at the file's head and foot; no block has such a key."""


def write_turtle(
    triples: Iterable[Triple],
    prefixes: Mapping[str, str],
    comments: Comments | None = None,
    tags: Mapping[str, str] | None = None,
) -> str:
    """The triples as Turtle. The same graph gives the same text, whatever its blank labels.

    Args:
        triples: a graph; literals keep their lexical forms.
        prefixes: prefix -> namespace; those that are used, and that Turtle allows, are declared.
        comments: lines to put before a block, by `Layout.key` of the block, or at `HEAD` or `FOOT`;
            those of blocks that are not there go to the foot.
        tags: how to write a language tag, by the tag in small letters; others are as in the graph.
    """
    layout = Layout(triples, prefixes, tags)
    said = {key: list(lines) for key, lines in (comments or {}).items()}
    head, foot = said.pop(HEAD, []), said.pop(FOOT, [])
    blocks = [(name, subject, layout.block(subject)) for name, subject in layout.order()]
    declared = "".join(f"@prefix {p}: <{prefixes[p]}> .\n" for p in sorted(layout.used))
    pieces, section = [declared] if declared else [], ""
    # Without a declaration below it, the head would be read as what is said of the first block.
    before, head = ([], head) if declared else (head, [])
    for name, subject, block in blocks:
        if name != section:
            section = name
            pieces.append(f"# {section}\n")
        pieces.append(_lines([*before, *said.pop(layout.key(subject), ())]) + block)
        before = []
    foot = [*before, *(line for lines in said.values() for line in lines), *foot]
    return "\n".join(piece for piece in (_lines(head), *pieces, _lines(foot)) if piece)


def _lines(comments: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in comments)


class Layout:
    """A graph laid out: its blocks, their order, and the text of each."""

    def __init__(
        self,
        triples: Iterable[Triple],
        prefixes: Mapping[str, str],
        tags: Mapping[str, str] | None = None,
    ) -> None:
        self._tags = tags or {}
        self._given = distinct = dict.fromkeys(triples)
        self._spaces = sorted(((ns, p) for p, ns in prefixes.items()), key=lambda x: -len(x[0]))
        self.used: set[str] = set()
        self._written: dict[str, str] = {}
        self._index(distinct)
        if self._named:
            # Only nodes that cannot be nested show a label; RDFC-1.0 gives one that is the graph's.
            self._index(dict.fromkeys(canonical(distinct)))
        ranked = sorted(self._named, key=lambda node: (len(str(node)), str(node)))
        self._labels = {node: f"_:b{number}" for number, node in enumerate(ranked, 1)}

    def _index(self, triples: Iterable[Triple]) -> None:
        self._of: dict[Term, dict[IRI, list[Term]]] = {}
        referred: Counter[Term] = Counter()
        for triple in triples:
            subject, predicate, value = parts(triple)
            self._of.setdefault(subject, {}).setdefault(predicate, []).append(value)
            if isinstance(value, BlankNode):
                referred[value] += 1
        blank = {s for s in self._of if isinstance(s, BlankNode)} | referred.keys()
        shared = {node for node in blank if referred[node] > 1}
        reached = self._reach([s for s in self._of if not referred[s] or s in shared])
        self._named = {node for node in blank if node in shared or node not in reached}

    def _reach(self, tops: list[Term]) -> set[Term]:
        """Everything below the tops; a blank node elsewhere stands in a circle."""
        reached, waiting = set(tops), list(tops)
        while waiting:
            for values in self._of.get(waiting.pop(), {}).values():
                fresh = [v for v in values if isinstance(v, BlankNode) and v not in reached]
                reached.update(fresh)
                waiting.extend(fresh)
        return reached

    # Order

    def tops(self) -> list[Term]:
        """The subjects that have blocks of their own."""
        nested = {
            value
            for properties in self._of.values()
            for values in properties.values()
            for value in values
            if isinstance(value, BlankNode) and value not in self._named
        }
        return [subject for subject in self._of if subject not in nested]

    def order(self) -> Iterator[tuple[str, Term]]:
        """Section and subject of every block, in the order of the file."""
        groups: dict[int, list[Term]] = {}
        about: dict[Term, list[Term]] = {}
        general: list[Term] = []
        tops = self.tops()
        here = {top for top in tops if isinstance(top, IRI)}
        for top in tops:
            source = next(iter(self._of[top].get(OWL.annotatedSource, ())), None)
            if isinstance(top, IRI):
                groups.setdefault(self._kind(top), []).append(top)
            elif source is not None and source in here:
                about.setdefault(source, []).append(top)
            else:
                general.append(top)
        for kind in sorted(groups):
            for subject in self._tree(groups[kind]):
                yield _NAMES[kind], subject
                for axiom in sorted(about.get(subject, ()), key=self.flat_block):
                    yield _NAMES[kind], axiom
        for subject in sorted(general, key=self.flat_block):
            yield GENERAL, subject

    def _kind(self, subject: Term) -> int:
        said = self._of[subject]
        types = said.get(RDF.type, [])
        fits = (n for n, (_, kinds) in enumerate(_KINDS) if any(t in kinds for t in types))
        concept = SKOS.inScheme in said or SKOS.topConceptOf in said
        return next(fits, _CONCEPTS if concept else _REST)

    def _tree(self, subjects: list[Term]) -> Iterator[Term]:
        """What is above before what is below, neighbours by name; circles broken by name."""
        below: dict[Term, list[Term]] = {}
        ordered = sorted(subjects, key=self._name)
        members = set(ordered)
        for subject in ordered:
            above = [v for p in _ABOVE for v in self._of[subject].get(p, ())]
            parents = sorted((v for v in above if v in members and v != subject), key=self._name)
            if parents:
                below.setdefault(parents[0], []).append(subject)
        children = {child for group in below.values() for child in group}
        seen: set[Term] = set()
        waiting = [
            *(s for s in reversed(ordered)),
            *(s for s in reversed(ordered) if s not in children),
        ]
        while waiting:
            subject = waiting.pop()
            if subject not in seen:
                seen.add(subject)
                yield subject
                waiting.extend(reversed(below.get(subject, [])))

    def _name(self, subject: Term) -> tuple[str, str]:
        return (self._labels.get(subject) or self.term(subject)).lower(), str(subject)

    # Text

    def key(self, subject: Term) -> str:
        """What a block is known by from file to file: its IRI, or all it says."""
        return subject.value if isinstance(subject, IRI) else self.flat_block(subject)

    def keys_of(self, nodes: Sequence[Subject]) -> list[str]:
        """The keys of the blocks in which nodes of the graph, as it was given, are written.

        A node that the graph is silent about has the key `FOOT`.
        """
        place = {subject: number for number, (_, subject) in enumerate(self.order())}
        above = {
            value: subject
            for subject, properties in self._of.items()
            for values in properties.values()
            for value in values
            if self._nested(value)
        }

        def top(node: Term) -> Term:
            while node in above:
                node = above[node]
            return node

        written = self._counterparts(nodes, lambda node: (place[top(node)], str(node)))
        tops = [top(written[node]) for node in nodes]
        return [self.key(each) if each in self._of else FOOT for each in tops]

    def _counterparts(
        self, nodes: Sequence[Subject], place: Callable[[Term], tuple[int, str]]
    ) -> dict[Subject, Term]:
        """What the nodes of the graph as given are called in the graph as it is written."""
        counterparts: dict[Subject, Term] = {node: node for node in nodes}
        if not self._named:
            return counterparts
        # RDFC-1.0 does not say which node became which. The one that a node became can bear the
        # same mark: with it the two graphs are still isomorphic. Of several that can, the one that
        # stands first is for the node that stood first, so that formatting again changes nothing.
        marked, written = list(self._given), [*self._as_written()]
        left = [node for node in counterparts if isinstance(node, BlankNode)]
        for other in sorted((s for s in self._of if isinstance(s, BlankNode)), key=place):
            for node in left:
                if not self._like(node, other):
                    continue
                mark = Literal(str(len(left)))
                mine, its = Triple(node, _MARK, mark), Triple(other, _MARK, mark)
                if canonical([*marked, mine]) == canonical([*written, its]):
                    marked.append(mine)
                    written.append(its)
                    counterparts[node] = other
                    left.remove(node)
                    break
        return counterparts

    def _as_written(self) -> Iterator[Triple]:
        for subject, properties in self._of.items():
            for predicate, values in properties.items():
                for value in values:
                    yield Triple(subject, predicate, value)  # type: ignore[arg-type]  # subjects are

    def _like(self, given: BlankNode, written: BlankNode) -> bool:
        """Whether two nodes may be the same, told by what is said of them."""
        own = Counter(
            (t.predicate, None if isinstance(t.object, BlankNode) else t.object)
            for t in self._given
            if t.subject == given
        )
        return own == Counter(
            (predicate, None if isinstance(value, BlankNode) else value)
            for predicate, values in self._of[written].items()
            for value in values
        )

    def block(self, subject: Term) -> str:
        """All that is said of the subject, to its full stop."""
        lead = self._head(subject)
        return "\n".join([*self._body(lead, subject, 4)]) + " .\n"

    def flat_block(self, subject: Term) -> str:
        """The block on one line."""
        return f"{self._head(subject)} {self._flat_body(subject)} ."

    def _head(self, subject: Term) -> str:
        if isinstance(subject, IRI):
            return self.term(subject)
        return self._labels.get(subject, "[]")

    def _body(self, lead: str, subject: Term, indent: int) -> Iterator[str]:
        """Lines of predicates and objects, the first behind `lead`, without the last full stop."""
        pairs = list(self._sort(subject))
        for number, (predicate, values) in enumerate(pairs):
            end = " ;" if number + 1 < len(pairs) else ""
            start = f"{lead} " if number == 0 else " " * indent
            start += "a" if predicate == RDF.type else self.term(predicate)
            flat = " , ".join(map(self.flat, values))
            if _width(start) + _width(flat) + 3 <= WIDTH and "\n" not in flat:
                yield f"{start} {flat}{end}"
            else:
                yield from self._long(start, values, indent + 4, end)

    def _long(self, start: str, values: list[Term], indent: int, end: str) -> Iterator[str]:
        indent -= 4 if len(values) == 1 else 0
        for number, value in enumerate(values):
            comma = " ," if number + 1 < len(values) else end
            lines = self._lines(value, indent)
            lines[0] = f"{start} {lines[0]}" if number == 0 else " " * indent + lines[0]
            lines[-1] += comma
            yield from lines

    def _lines(self, value: Term, indent: int) -> list[str]:
        """The value on as many lines as it needs; the first has no indent."""
        flat = self.flat(value)
        if _width(flat) + indent + 2 <= WIDTH or not self._nested(value):
            return [flat]
        items = self._list(value)
        inner = " " * (indent + 4)
        if items is None:
            pairs = list(self._body("    " + " " * indent, value, indent + 4))
            pairs[0] = inner + pairs[0].lstrip()
            return ["[", *pairs, " " * indent + "]"]
        lines = ["("]
        for item in items:
            text = self._lines(item, indent + 4)
            if len(text) == 1 and len(lines) > 1 and _width(lines[-1] + text[0]) < WIDTH:
                lines[-1] += f" {text[0]}"
            else:
                lines += [inner + text[0], *text[1:]]
        return [*lines, " " * indent + ")"]

    def _nested(self, value: Term) -> bool:
        return isinstance(value, BlankNode) and value not in self._labels

    def flat(self, value: Term) -> str:
        """The value on one line; a nested blank node with all that is said of it."""
        if not isinstance(value, BlankNode):
            return self.term(value)
        if value in self._labels:
            return self._labels[value]
        items = self._list(value)
        if items is not None:
            return f"( {' '.join(map(self.flat, items))} )"
        return f"[ {self._flat_body(value)} ]" if value in self._of else "[]"

    def _flat_body(self, subject: Term) -> str:
        pairs = (
            f"{'a' if p == RDF.type else self.term(p)} {' , '.join(map(self.flat, values))}"
            for p, values in self._sort(subject)
        )
        return " ; ".join(pairs)

    def _list(self, value: Term) -> list[Term] | None:
        """The items of a list that can be written in brackets, or None."""
        items: list[Term] = []
        while value != RDF.nil:
            said = self._of.get(value, {}) if self._nested(value) else {}
            first, rest = said.get(RDF.first, ()), said.get(RDF.rest, ())
            if len(said) != 2 or len(first) != 1 or len(rest) != 1:
                return None
            items.append(first[0])
            value = rest[0]
        return items or None

    def _sort(self, subject: Term) -> Iterator[tuple[IRI, list[Term]]]:
        for predicate in sorted(self._of.get(subject, ()), key=self._predicate):
            yield predicate, sorted(self._of[subject][predicate], key=self._value)

    def _predicate(self, iri: IRI) -> tuple[int, str]:
        return _PREDICATES.get(iri, len(_PREDICATES) + _LAST.get(iri, 0)), iri.value

    def _value(self, value: Term) -> tuple[int, int, str]:
        if isinstance(value, IRI):
            kinds = (n for n, (_, types) in enumerate(_KINDS) if value in types)
            return 0, next(kinds, _REST), self.term(value)
        if isinstance(value, Literal):
            tag = (value.language or "").lower()
            return 1, 0, f"{tag} {self.term(value)}"  # without a language first
        return 2, 0, self.flat(value)

    def term(self, value: Term) -> str:
        """An IRI or a literal in Turtle."""
        if isinstance(value, IRI):
            return self._iri(value.value)
        if isinstance(value, BlankNode):
            return self._labels[value]
        return self._literal(value)

    def _iri(self, iri: str) -> str:
        written = self._written.get(iri)
        if written is None:
            written = self._written[iri] = self._shorten(iri)
        return written

    def _shorten(self, iri: str) -> str:
        for space, prefix in self._spaces:
            named = iri.startswith(space) and _LOCAL.fullmatch(iri, len(space))
            if named and _PREFIX.fullmatch(prefix):
                self.used.add(prefix)
                return f"{prefix}:{iri[len(space) :]}"
        return f"<{iri}>"

    def _literal(self, literal: Literal) -> str:
        text, datatype = literal.value, literal.datatype
        bare = _BARE.get(datatype)
        if bare and bare.fullmatch(text):
            return text
        if "\n" in text:
            quoted = f'"""{_SPECIAL_LONG.sub(_escape, text)}"""'
        else:
            quoted = f'"{_SPECIAL.sub(_escape, text)}"'
        if literal.language:
            direction = f"--{literal.direction}" if literal.direction else ""
            tag = self._tags.get(literal.language.lower(), literal.language)
            return f"{quoted}@{tag}{direction}"
        return quoted if datatype == XSD.string else f"{quoted}^^{self._iri(datatype.value)}"


def canonical(triples: Iterable[Triple]) -> list[Triple]:
    """The triples once each, in order, with the blank labels of RDFC-1.0: equal if isomorphic."""
    quads = (Quad(t.subject, t.predicate, t.object, DefaultGraph()) for t in triples)
    return [quad.triple for quad in canonicalize(quads)]


def _escape(match: re.Match[str]) -> str:
    return _ESCAPES.get(match[0]) or f"\\u{ord(match[0]):04X}"


def _width(text: str) -> int:
    """Columns on a screen: Chinese characters take two."""
    if text.isascii():
        return len(text)
    return len(text) + sum(unicodedata.east_asian_width(c) in "WF" for c in text)


__all__ = ["FOOT", "HEAD", "SECTIONS", "Comments", "Layout", "canonical", "write_turtle"]
