"""Constraints on value nodes one by one (SHACL §4.1, 4.3, 4.4, 4.8.3), judged by distinct terms."""

from __future__ import annotations

import re
from abc import abstractmethod
from dataclasses import dataclass

import numpy as np

from cgkg.languages import N_, in_language
from cgkg.rdf.terms import IRI, Literal, Term
from cgkg.rdf.vocab import SH
from cgkg.shacl.changes import DataChange, Touched
from cgkg.shacl.data import EMPTY, Ids, Mask, contains, is_literal
from cgkg.shacl.evaluation import Run, ValueNodes, ValuesConstraint, Violations
from cgkg.shacl.graph import shorten
from cgkg.shacl.messages import say


class ValueConstraint(ValuesConstraint):
    """Each value node that breaks it is a violation."""

    def find(self, run: Run, values: ValueNodes) -> Violations:
        if not len(values.values):
            return values.where(np.zeros(0, np.bool_))
        return values.where(self.bad(run, values.distinct))

    @abstractmethod
    def bad(self, run: Run, numbers: Ids) -> Mask:
        """Which of some distinct terms, sorted, break it."""


@dataclass(frozen=True, slots=True, eq=False)
class ClassConstraint(ValueConstraint):
    """sh:class: an instance of the class, or of a subclass."""

    kind: IRI
    component = SH.ClassConstraintComponent

    def bad(self, run: Run, numbers: Ids) -> Mask:
        return ~contains(run.data.instances(run.data.id(self.kind)), numbers)

    def touched(self, change: DataChange) -> Touched:
        return Touched(EMPTY, change.moved)

    def messages(self) -> tuple[Literal, ...]:
        return say(N_("it is no {kind}"), kind=shorten(self.kind))


@dataclass(frozen=True, slots=True, eq=False)
class DatatypeConstraint(ValueConstraint):
    """sh:datatype: a literal of the datatype, whose lexical form is one of its own."""

    datatype: IRI
    component = SH.DatatypeConstraintComponent

    def bad(self, run: Run, numbers: Ids) -> Mask:
        return ~run.facts.has_datatype(numbers, self.datatype)

    def messages(self) -> tuple[Literal, ...]:
        return say(N_("it is no literal of {datatype}"), datatype=shorten(self.datatype))


@dataclass(frozen=True, slots=True, eq=False)
class NodeKindConstraint(ValueConstraint):
    """sh:nodeKind: an IRI, a blank node, a literal, or one of two of these."""

    kind: IRI
    component = SH.NodeKindConstraintComponent

    def bad(self, run: Run, numbers: Ids) -> Mask:
        literal = is_literal(numbers)
        wanted = SH.local(self.kind)
        if wanted == "Literal":
            return ~literal
        if wanted == "BlankNodeOrIRI":
            return literal
        blank = run.facts.is_blank(numbers)
        if wanted.startswith("BlankNode"):
            return ~blank & ~literal if wanted == "BlankNodeOrLiteral" else ~blank
        return blank if wanted == "IRIOrLiteral" else blank | literal

    def messages(self) -> tuple[Literal, ...]:
        return say(N_("its kind of node is not {kind}"), kind=shorten(self.kind))


@dataclass(frozen=True, slots=True, eq=False)
class RangeConstraint(ValueConstraint):
    """sh:minExclusive and its three kin: `sign` is how a value compares to the bound."""

    component: IRI
    sign: str
    bound: Literal

    def bad(self, run: Run, numbers: Ids) -> Mask:
        bounds = np.full(len(numbers), run.data.id(self.bound))
        return ~run.facts.compare(numbers, self.sign, bounds)

    def messages(self) -> tuple[Literal, ...]:
        sign = {">=": "≥", "<=": "≤"}.get(self.sign, self.sign)
        return say(N_("it is not {sign} {bound}"), sign=sign, bound=self.bound.value)


@dataclass(frozen=True, slots=True, eq=False)
class LengthConstraint(ValueConstraint):
    """sh:minLength and sh:maxLength, in characters; a blank node has no length."""

    component: IRI
    limit: int
    least: bool

    def bad(self, run: Run, numbers: Ids) -> Mask:
        lengths = run.facts.lengths(numbers)
        wrong = lengths < self.limit if self.least else lengths > self.limit
        return wrong | run.facts.is_blank(numbers)

    def messages(self) -> tuple[Literal, ...]:
        said = N_("it is a blank node or has fewer characters than {limit}")
        if not self.least:
            said = N_("it is a blank node or has more characters than {limit}")
        return say(said, limit=self.limit)


@dataclass(frozen=True, slots=True, eq=False)
class PatternConstraint(ValueConstraint):
    """sh:pattern with sh:flags: a regular expression of XPath matches some part."""

    pattern: str
    compiled: re.Pattern[str]
    flags: str = ""
    component = SH.PatternConstraintComponent

    def bad(self, run: Run, numbers: Ids) -> Mask:
        search = self.compiled.search
        unmatched = [search(text) is None for text in run.facts.texts(numbers)]
        return np.array(unmatched, np.bool_) | run.facts.is_blank(numbers)

    def messages(self) -> tuple[Literal, ...]:
        return say(N_("it does not match {pattern}"), pattern=self.pattern)


@dataclass(frozen=True, slots=True, eq=False)
class LanguageInConstraint(ValueConstraint):
    """sh:languageIn: a literal in one of the languages, or in a more special one; `*` is any."""

    languages: tuple[str, ...]
    component = SH.LanguageInConstraintComponent

    def bad(self, run: Run, numbers: Ids) -> Mask:
        codes, ranges = run.facts.languages(numbers), self.languages
        fits = [
            tag != "" and any(each in ("*", tag) or in_language(tag, each) for each in ranges)
            for tag in run.facts.tags()
        ]
        return ~np.array(fits, np.bool_)[codes]

    def messages(self) -> tuple[Literal, ...]:
        languages = ", ".join(self.languages)
        return say(N_("it is in none of these languages: {languages}"), languages=languages)


@dataclass(frozen=True, slots=True, eq=False)
class InConstraint(ValueConstraint):
    """sh:in: one of the terms of a list."""

    terms: tuple[Term, ...]
    component = SH.InConstraintComponent

    def bad(self, run: Run, numbers: Ids) -> Mask:
        return ~contains(run.data.ids(self.terms), numbers)

    def messages(self) -> tuple[Literal, ...]:
        return say(N_("it is none of the values that are allowed"))
