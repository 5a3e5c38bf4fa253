"""What an edit changes: statements and inferences added and removed, in sentences.

Two sides are compared as the datasets they make: projects (folders or git revisions) are read and
reasoned over by this program, generations are taken as stored. Shapes, sentence tables and
what is computed from the position of a span are not statements and are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, cast
from typing import Literal as OneOf

from cgkg.authoring.revisions import check_out
from cgkg.document.spans import Span
from cgkg.errors import ConfigError
from cgkg.formats import Format
from cgkg.languages import SOURCE, pick, translator
from cgkg.pipeline import dataset, read_and_close
from cgkg.presentation.labels import all_names
from cgkg.presentation.resource import LABELS, texts
from cgkg.project.folder import Project
from cgkg.rdf.io import parse_bytes
from cgkg.rdf.notation import abbreviate_text
from cgkg.rdf.terms import IRI, BlankNode, Literal, Quad, Triple
from cgkg.rdf.vocab import CG, GRAPH, PROV, RDF, STANDARD
from cgkg.settings import FILE as CONFIG
from cgkg.store.generations import MANIFEST, Generation, GenerationStore

_COMPUTED = {
    CG.charStart, CG.charEnd, CG.inSection, CG.inSentence, CG.inParagraph, PROV.wasQuotedFrom,
}  # fmt: skip


@dataclass(frozen=True)
class Structure:
    """What a blank node stands for, as properties and values; equal if it says the same."""

    parts: tuple[tuple[IRI, Node], ...]


Node = IRI | Literal | Structure
Key = tuple[Node, IRI, Node]
Sign = OneOf["-", "+", "~"]
_SIGNS: tuple[Sign, ...] = ("-", "+", "~")


@dataclass(frozen=True)
class Side:
    """One side of a comparison: who asserts what, what is inferred besides, and names."""

    asserted: Mapping[Key, frozenset[IRI]]
    inferred: frozenset[Key]
    names: Mapping[IRI, Mapping[str, str]]
    sections: Mapping[IRI, str]
    prefixes: Mapping[str, str]


@dataclass(frozen=True)
class StatementChange:
    """A statement or inference that is added (+), removed (-) or has other evidence now (~).

    `before` and `after` are the graphs that hold it; `otherwise` says that an added statement was
    inferred before, or that a removed one is still inferred.
    """

    sign: Sign
    key: Key
    inference: bool
    before: frozenset[IRI] = frozenset()
    after: frozenset[IRI] = frozenset()
    otherwise: bool = False


@dataclass(frozen=True)
class Difference:
    """All changes from one side to the other, by entity."""

    changes: tuple[StatementChange, ...]
    before: Side
    after: Side

    def count(self, sign: Sign, *, inference: bool = False) -> int:
        """How many changes there are of this kind."""
        return sum(c.sign == sign and c.inference == inference for c in self.changes)

    def lines(self, language: str = SOURCE) -> Iterator[str]:
        """The changes grouped by entity, a sentence each, and the summary last."""
        words = _DifferenceText(self, language)
        for subject, part in groupby(self.changes, lambda change: change.key[0]):
            named = f"  {words.short(subject)}" if isinstance(subject, IRI) else ""
            yield words.node(subject) + named
            yield from (f"  {each.sign} {words.line(each)}" for each in part)
            yield ""
        yield self.summary(language)

    def summary(self, language: str = SOURCE) -> str:
        """What the edit does, in one line with the counts."""
        if not self.changes:
            return translator(language).gettext("no statement and no inference differs")
        counts = {
            (sign, i): self.count(sign, inference=i) for sign in _SIGNS for i in (False, True)
        }
        return _summary(counts, language)

    def as_dict(self, language: str = SOURCE) -> dict[str, Any]:
        """The difference for JSON: counts, and every change with its sentence and terms."""
        words = _DifferenceText(self, language)
        return {
            "same": not self.changes,
            "summary": self.summary(language),
            "added": {"statements": self.count("+"), "inferences": self.count("+", inference=True)},
            "removed": {
                "statements": self.count("-"),
                "inferences": self.count("-", inference=True),
            },
            "evidence": self.count("~"),
            "changes": [
                {
                    "sign": each.sign,
                    "kind": "inference" if each.inference else "statement",
                    "triple": [_as_text(term) for term in each.key],
                    "sentence": words.sentence(each.key),
                    "before": sorted(name.value for name in each.before),
                    "after": sorted(name.value for name in each.after),
                }
                for each in self.changes
            ],
        }


def compare(before: Side, after: Side) -> Difference:
    """What must be added and removed to get from one side to the other."""
    changes = [
        *_statements("-", before, after),
        *_statements("+", after, before),
        *(
            StatementChange("~", key, False, graphs, after.asserted[key])
            for key, graphs in before.asserted.items()
            if key in after.asserted and after.asserted[key] != graphs
        ),
        *_inferences("-", before, after),
        *_inferences("+", after, before),
    ]
    return Difference(tuple(sorted(changes, key=_order)), before, after)


def open_side(given: str, project: Project | None) -> Side:
    """One side of a comparison, as a person names it.

    Args:
        given: a project folder, a store folder, a generation's folder, a release folder, or
            `REV:`, which is the project as it was in that git revision.
        project: the project that a revision is of; folders need none.

    Raises:
        ConfigError: it is none of these, or git does not know the revision.
        SourceError, StoreError: a file of it cannot be read.
    """
    if given.endswith(":"):
        if project is None:
            raise ConfigError(f"{given} names a revision of no project")
        with check_out(given[:-1], project.folder) as folder:
            return _of_project(folder)
    folder_ = Path(given)
    if (folder_ / CONFIG).is_file():
        return _of_project(folder_)
    if (folder_ / MANIFEST).is_file():  # a release holds the files of its generation
        return _of_generation(Generation(folder_))
    if (folder_ / "CURRENT").is_file():
        return _of_generation(GenerationStore(folder_).current())
    raise ConfigError(
        f"{given} is no project, store, generation or release",
        hint=f"give a folder with {CONFIG}, CURRENT or {MANIFEST}, or a git revision such as HEAD:",
    )


def _of_project(folder: Path) -> Side:
    project = Project.at(folder)
    return side_of(dataset(read_and_close(project)), project.prefixes)


def _of_generation(generation: Generation) -> Side:
    lines = generation.dataset
    quads = parse_bytes(lines.read(), Format.N_QUADS, lines.base)
    return side_of(quads, generation.prefixes)


def side_of(quads: Iterable[Quad], prefixes: Mapping[str, str] = STANDARD) -> Side:
    """The side that a dataset makes; blank nodes are replaced by what they stand for.

    The prefixes are those that its names are written with.
    """
    named = [quad for quad in quads if isinstance(quad.graph_name, IRI)]
    structures = _Structures(named)
    asserted: dict[Key, set[IRI]] = {}
    inferred: set[Key] = set()
    labels: dict[IRI, list[Triple]] = {}
    sections: dict[IRI, str] = {}
    for quad in named:
        subject, graph = quad.subject, quad.graph_name
        if quad.predicate in LABELS and isinstance(subject, IRI):
            labels.setdefault(subject, []).append(quad.triple)
        if quad.predicate == CG.inSection and isinstance(subject, IRI):
            sections[subject] = getattr(quad.object, "value", "").rsplit("/", 1)[-1]
        key = None if _left_out(quad) else structures.key(quad)
        if key and graph == GRAPH.inferred:
            inferred.add(key)
        elif key and isinstance(graph, IRI):
            asserted.setdefault(key, set()).add(graph)
    return Side(
        {key: frozenset(graphs) for key, graphs in asserted.items()},
        frozenset(inferred - asserted.keys()),
        {iri: texts(said, LABELS) for iri, said in labels.items()},
        sections,
        prefixes,
    )


def _left_out(quad: Quad) -> bool:
    """Whether the quad is no statement of an author or of the reasoner."""
    if quad.graph_name in (GRAPH.shapes, GRAPH.mappings):
        return True
    if quad.graph_name != GRAPH.spans:
        return False
    subject = quad.subject
    sentence = isinstance(subject, IRI) and subject.value.rpartition("/")[0].endswith("/s")
    span = quad.predicate == RDF.type and quad.object == CG.TextSpan
    return sentence or span or quad.predicate in _COMPUTED


def _statements(sign: Sign, one: Side, other: Side) -> Iterator[StatementChange]:
    """What the one side asserts and the other does not."""
    for key, graphs in one.asserted.items():
        if key not in other.asserted:
            held = (graphs, frozenset[IRI]())
            before, after = held if sign == "-" else held[::-1]
            yield StatementChange(sign, key, False, before, after, otherwise=key in other.inferred)


def _inferences(sign: Sign, one: Side, other: Side) -> Iterator[StatementChange]:
    """What only the one side holds, by inference alone."""
    for key in one.inferred - other.inferred - other.asserted.keys():
        yield StatementChange(sign, key, True)


def _order(change: StatementChange) -> tuple[bool, str, str, bool, int, str]:
    subject, predicate, value = change.key
    return (
        isinstance(subject, Structure),
        _as_text(subject),
        predicate.value,
        change.inference,
        _SIGNS.index(change.sign),
        _as_text(value),
    )


def _as_text(term: Node) -> str:
    """A term in N-Triples syntax, a structure in the manner of Turtle."""
    if not isinstance(term, Structure):
        return str(term)
    return "[ " + " ; ".join(f"{p} {_as_text(o)}" for p, o in term.parts) + " ]"


class _Structures:
    """Replaces blank nodes by what they stand for, so that labels of nodes do not matter."""

    def __init__(self, quads: Iterable[Quad]) -> None:
        self._about: dict[BlankNode, dict[Triple, None]] = {}
        self._made: dict[BlankNode, Structure] = {}
        self._used: set[BlankNode] = set()
        for quad in quads:
            if isinstance(quad.subject, BlankNode):
                self._about.setdefault(quad.subject, {})[quad.triple] = None
            if isinstance(quad.object, BlankNode):
                self._used.add(quad.object)

    def key(self, quad: Quad) -> Key | None:
        """The statement; None for a part of a structure that another statement leads to."""
        if isinstance(quad.subject, BlankNode) and (
            quad.subject in self._used or quad.predicate != RDF.type
        ):
            return None
        return self._node(quad.subject), quad.predicate, self._node(quad.object)

    def _node(self, term: object) -> Node:
        if isinstance(term, BlankNode):
            if term not in self._made:
                self._made[term] = Structure(())  # for a node that leads to itself
                parts = [(t.predicate, self._node(t.object)) for t in self._about.get(term, ())]
                ordered = sorted(parts, key=lambda part: (part[0].value, _as_text(part[1])))
                self._made[term] = Structure(tuple(ordered))
            return self._made[term]
        return cast("IRI | Literal", term)


class _DifferenceText:
    """Says changes in one language with the labels of both sides, the later ones first."""

    def __init__(self, difference: Difference, language: str) -> None:
        self._language = language
        self._words = translator(language)
        self._names = {**all_names(), **difference.before.names, **difference.after.names}
        self._sections = {**difference.before.sections, **difference.after.sections}
        self._prefixes = {**difference.before.prefixes, **difference.after.prefixes}

    def short(self, iri: IRI) -> str:
        """The IRI with a prefix of either side."""
        return abbreviate_text(str(iri), self._prefixes)

    def line(self, change: StatementChange) -> str:
        """The sentence and, in brackets, where it comes from."""
        said, words = self.sentence(change.key), self._words
        if change.inference:
            inferred = words.gettext("inferred")
            return f"{said} [{inferred}]"
        old, new = self._places(change.before), self._places(change.after)
        if change.sign == "~":
            moved = words.gettext("was in {old}; now in {new}").format(old=old, new=new)
            return f"{said} [{moved}]"
        note = ""
        if change.otherwise:
            still, before = words.gettext("still inferred"), words.gettext("was inferred before")
            note = "; " + (still if change.sign == "-" else before)
        return f"{said} [{old or new}{note}]"

    def sentence(self, key: Key) -> str:
        """Subject, property and value by their labels."""
        return " ".join(map(self.node, key))

    def node(self, term: Node) -> str:
        """A term by its label, a literal as it is read, a structure in brackets."""
        if isinstance(term, Literal):
            tag = f" ({term.language})" if term.language else ""
            return f"“{term.value}”{tag}" if tag else term.value
        if isinstance(term, IRI):
            return self._label(term)
        items = list(_items(term))
        if items:
            return "(" + ", ".join(map(self.node, items)) + ")"
        return "[" + "; ".join(f"{self._label(p)} {self.node(o)}" for p, o in term.parts) + "]"

    def _label(self, iri: IRI) -> str:
        names = self._names.get(iri, {})
        return pick(names, self._language) or self._clause(iri) or self.short(iri)

    def _clause(self, iri: IRI) -> str:
        span = Span.parse(iri)
        return self._words.gettext("clause") + f" {span.start}–{span.end}" if span else ""

    def _places(self, graphs: Iterable[IRI]) -> str:
        return ", ".join(self._place(name) for name in sorted(graphs, key=_by_position))

    def _place(self, graph: IRI) -> str:
        span = Span.parse(graph)
        if span is None:
            return self._label(graph)
        section = self._sections.get(graph, "").replace("-", ".")
        return (f"§{section} " if section else "") + f"{span.start}–{span.end}"


def _items(structure: Structure) -> Iterator[Node]:
    """The members of a list, or nothing if the structure is none."""
    node: Node = structure
    while isinstance(node, Structure):
        parts = dict(node.parts)
        if RDF.first not in parts:
            return
        yield parts[RDF.first]
        node = parts.get(RDF.rest, RDF.nil)


def _by_position(graph: IRI) -> tuple[int, str]:
    span = Span.parse(graph)
    return (span.start if span else 1 << 62), graph.value


def _summary(counts: Mapping[tuple[Sign, bool], int], language: str) -> str:
    """What the edit adds, removes and moves, in one sentence."""
    words = translator(language)
    done = {
        "+": words.gettext("adds {what}"),
        "-": words.gettext("removes {what}"),
    }
    parts = []
    for sign, verb in done.items():
        numbers = counts[sign, False], counts[sign, True]  # type: ignore[index]  # a literal is one
        statements = words.ngettext("{n:,} statement", "{n:,} statements", numbers[0])
        inferences = words.ngettext("{n:,} inference", "{n:,} inferences", numbers[1])
        told = zip((statements, inferences), numbers, strict=True)
        said = [text.format(n=n) for text, n in told if n]
        if said:
            parts.append(verb.format(what=words.pgettext("two numbers", " and ").join(said)))
    if n := counts["~", False]:
        moved = words.ngettext(
            "changes the evidence of {n:,} statement", "changes the evidence of {n:,} statements", n
        )
        parts.append(moved.format(n=n))
    return words.gettext("this edit {does}").format(does=words.gettext(", ").join(parts))
