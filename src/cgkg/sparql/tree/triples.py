"""Reading triples and property paths (SPARQL 1.1 §19.8, rules 75 to 109)."""

from __future__ import annotations

from cgkg.messages import M_
from cgkg.sparql.tree.nodes import (
    AlternativePath,
    BlankTerm,
    BracketedPath,
    CountedPath,
    GraphTerm,
    InversePath,
    ListTerm,
    NamedNode,
    NegatedPath,
    Path,
    PropertyListTerm,
    PropertyObjects,
    SequencePath,
    SubjectTriples,
    Variable,
)
from cgkg.sparql.tree.reading import TokenReader

TERMS = frozenset(
    ("variable", "iri", "name", "string", "number", "blank", "[", "(", "+", "-", "TRUE", "FALSE")
)
_VERBS = frozenset(("variable", "iri", "name", "a", "^", "!", "("))
_STEPS = frozenset(("iri", "name", "a"))
_ON = frozenset(("/", "|", "*", "?", "+"))


class TriplesReader(TokenReader):
    """Reads triples, with paths as verbs unless they are those of a template."""

    def read_triples(self, in_template: bool = False) -> list[SubjectTriples]:
        """What a subject says, and the next after each full stop."""
        triples = [self.read_subject(in_template)]
        while self.accept(".") and self.kinds[self.place] in TERMS:
            triples.append(self.read_subject(in_template))
        if self.kinds[self.place] in TERMS and self.kinds[self.place - 1] != ".":
            self.fail(M_(". before the next subject, or ; or , to go on with this one"))
        return triples

    def read_subject(self, in_template: bool = False) -> SubjectTriples:
        """A subject and what is said of it."""
        subject = self.read_node(in_template)
        speaks = isinstance(subject, PropertyListTerm) or (
            isinstance(subject, ListTerm) and len(subject.items) > 0
        )
        if speaks and self.kinds[self.place] not in _VERBS:
            return SubjectTriples(subject.start, subject.end, subject, ())
        properties = self._read_properties(in_template)
        return SubjectTriples(subject.start, self.end, subject, properties)

    def read_node(self, in_template: bool = False) -> GraphTerm:
        """A term or what stands for a blank node."""
        place = self.place
        kind = self.kinds[place]
        if kind == "variable":
            self.place += 1
            return Variable(self.starts[place], self.ends[place], self.texts[place][1:])
        if kind == "[":
            return self._read_bracketed(in_template)
        if kind == "(":
            self.place += 1
            items = []
            while not self.accept(")"):
                items.append(self.read_node(in_template))
            return ListTerm(self.starts[place], self.end, tuple(items))
        if kind == "blank":
            self.place += 1
            return BlankTerm(self.starts[place], self.ends[place], self.texts[place][2:])
        constant = self.read_constant()
        if constant is None:
            self.fail(M_("a variable, an IRI, a literal or a blank node"))
        return constant

    def _read_bracketed(self, in_template: bool) -> BlankTerm | PropertyListTerm:
        start = self.start
        self.place += 1
        if self.accept("]"):
            return BlankTerm(start, self.end, "")
        properties = self._read_properties(in_template)
        self.expect("]", M_("] or ;"))
        return PropertyListTerm(start, self.end, properties)

    def _read_properties(self, in_template: bool) -> tuple[PropertyObjects, ...]:
        properties = []
        while True:
            start = self.start
            verb = self._read_plain_verb() if in_template else self._read_verb()
            objects = [self.read_node(in_template)]
            while self.accept(","):
                objects.append(self.read_node(in_template))
            properties.append(PropertyObjects(start, self.end, verb, tuple(objects)))
            if not self.accept(";"):
                break
            while self.accept(";"):
                pass
            if self.kinds[self.place] not in _VERBS:
                break
        return tuple(properties)

    def _read_plain_verb(self) -> Variable | NamedNode:
        kind = self.kinds[self.place]
        if kind == "a":
            return self.read_type()
        if kind not in _VERBS:
            self.fail(M_("a predicate: a variable, an IRI or a"))
        if kind in ("^", "!", "("):
            self.refuse(
                self.start, M_("a template cannot have a property path"), M_("name the predicate")
            )
        verb = self.read_iri_or_variable()
        if self.kinds[self.place] in ("/", "|", "*", "?"):
            self.refuse(
                self.start, M_("a template cannot have a property path"), M_("name the predicate")
            )
        return verb

    def _read_verb(self) -> Variable | Path:
        kind = self.kinds[self.place]
        if kind == "variable":
            return self.read_variable()
        if kind not in _VERBS:
            self.fail(M_("a predicate: a variable, an IRI, a or a property path"))
        return self.read_path()

    # Paths

    def read_path(self) -> Path:
        """A property path."""
        start = self.start
        choices = [self._read_sequence()]
        while self.accept("|"):
            choices.append(self._read_sequence())
        return choices[0] if len(choices) == 1 else AlternativePath(start, self.end, tuple(choices))

    def _read_sequence(self) -> Path:
        start = self.start
        steps = [self._read_step()]
        while self.accept("/"):
            steps.append(self._read_step())
        return steps[0] if len(steps) == 1 else SequencePath(start, self.end, tuple(steps))

    def _read_step(self) -> Path:
        start = self.start
        if self.accept("^"):
            path = self._read_counted()
            return InversePath(start, self.end, path)
        return self._read_counted()

    def _read_counted(self) -> Path:
        start = self.start
        kind = self.kinds[self.place]
        path: Path
        if kind in _STEPS:
            path = self._read_predicate()
            if self.kinds[self.place] not in _ON:
                return path
        elif self.accept("("):
            path = self.read_path()
            self.expect(")", M_(") or a property path that goes on"))
            path = BracketedPath(start, self.end, path)
        elif self.accept("!"):
            path = self._read_negated(start)
        else:
            self.fail(M_("an IRI, a, ^, ! or ("))
        sign = self.kinds[self.place]
        if sign in ("*", "?") or (sign == "+" and not self.begins_number()):
            self.place += 1
            return CountedPath(start, self.end, path, sign)
        return path

    def _read_predicate(self) -> NamedNode:
        return self.read_type() if self.kinds[self.place] == "a" else self.read_iri()

    def _read_negated(self, start: int) -> NegatedPath:
        excluded = []
        if not self.accept("("):
            excluded.append(self._read_excluded())
        elif not self.accept(")"):
            excluded.append(self._read_excluded())
            while self.accept("|"):
                excluded.append(self._read_excluded())
            self.expect(")", M_(") or |"))
        return NegatedPath(start, self.end, tuple(excluded))

    def _read_excluded(self) -> NamedNode | InversePath:
        start = self.start
        back = self.accept("^")
        if self.kinds[self.place] not in _STEPS:
            self.fail(M_("an IRI or a"))
        predicate = self._read_predicate()
        return InversePath(start, self.end, predicate) if back else predicate
