"""Reading graph patterns (SPARQL 1.1 §19.8, rules 52 to 69)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from cgkg.messages import M_
from cgkg.sparql.tree.expressions import ExpressionReader
from cgkg.sparql.tree.nodes import (
    BindClause,
    Constant,
    FilterClause,
    GroupPattern,
    MinusPattern,
    NamedGraphPattern,
    OptionalPattern,
    Pattern,
    Query,
    ServicePattern,
    TriplesBlock,
    UnionPattern,
    ValuesClause,
    Variable,
)
from cgkg.sparql.tree.triples import TERMS


class GroupReader(ExpressionReader):
    """Reads group graph patterns."""

    def read_sub_select(self) -> Query:
        """A SELECT in a group."""
        raise NotImplementedError

    def read_group(self) -> GroupPattern:
        """A group with its brackets."""
        start = self.start
        self.expect("{", M_("{ and a pattern"))
        elements: list[Pattern] = []
        if self.kinds[self.place] == "SELECT":
            elements.append(self.read_sub_select())
            self.expect("}", M_("} after the sub-SELECT"))
            return GroupPattern(start, self.end, tuple(elements))
        while not self.accept("}"):
            kind = self.kinds[self.place]
            if kind in TERMS:
                elements.append(self._read_block())
                continue
            read = _ELEMENTS.get(kind)
            if read is None:
                self._fail_in_group()
            elements.append(read(self))
            self.accept(".")
        return GroupPattern(start, self.end, tuple(elements))

    def _fail_in_group(self) -> NoReturn:
        if self.kinds[self.place] == "SELECT":
            self.refuse(
                self.start, M_("a sub-SELECT stands alone in a group"), M_("put it into { … }")
            )
        if self.kinds[self.place] == "." == self.kinds[self.place - 1]:
            self.refuse(self.start, M_("did not expect ."), M_("one . is enough"))
        self.fail(M_("a triple, a pattern such as OPTIONAL or FILTER, or }"))

    def _read_block(self) -> TriplesBlock:
        start = self.start
        triples = self.read_triples()
        return TriplesBlock(start, self.end, tuple(triples))

    def _read_filter(self) -> FilterClause:
        start = self.start
        self.place += 1
        condition = self.read_condition()
        return FilterClause(start, self.end, condition)

    def _read_optional(self) -> OptionalPattern:
        start = self.start
        self.place += 1
        group = self.read_group()
        return OptionalPattern(start, self.end, group)

    def _read_minus(self) -> MinusPattern:
        start = self.start
        self.place += 1
        group = self.read_group()
        return MinusPattern(start, self.end, group)

    def _read_union(self) -> GroupPattern | UnionPattern:
        first = self.read_group()
        if self.kinds[self.place] != "UNION":
            return first
        branches = [first]
        while self.accept("UNION"):
            branches.append(self.read_group())
        return UnionPattern(first.start, self.end, tuple(branches))

    def _read_graph(self) -> NamedGraphPattern:
        start = self.start
        self.place += 1
        name = self.read_iri_or_variable()
        group = self.read_group()
        return NamedGraphPattern(start, self.end, name, group)

    def _read_service(self) -> ServicePattern:
        start = self.start
        self.place += 1
        silent = self.accept("SILENT")
        endpoint = self.read_iri_or_variable()
        group = self.read_group()
        return ServicePattern(start, self.end, silent, endpoint, group)

    def _read_bind(self) -> BindClause:
        start = self.start
        self.place += 1
        self.expect("(")
        expression = self.read_expression()
        self.expect("AS", M_("AS and a variable"))
        variable = self.read_variable()
        self.expect(")")
        return BindClause(start, self.end, expression, variable)

    def read_values(self) -> ValuesClause:
        """VALUES with its rows."""
        start = self.start
        self.place += 1
        if self.kinds[self.place] == "variable":
            variable = self.read_variable()
            self.expect("{", M_("{ and the values"))
            rows: list[tuple[Constant | None, ...]] = []
            while not self.accept("}"):
                rows.append((self._read_cell(),))
            return ValuesClause(start, self.end, (variable,), tuple(rows))
        self.expect("(", M_("a variable, or several in brackets"))
        variables: list[Variable] = []
        while not self.accept(")"):
            variables.append(self.read_variable())
        self.expect("{", M_("{ and the rows"))
        rows = []
        while not self.accept("}"):
            rows.append(self._read_row(len(variables)))
        return ValuesClause(start, self.end, tuple(variables), tuple(rows))

    def _read_row(self, width: int) -> tuple[Constant | None, ...]:
        start = self.start
        self.expect("(", M_("( and a row, or }"))
        cells = []
        while not self.accept(")"):
            cells.append(self._read_cell())
        if len(cells) != width:
            self.refuse(
                start,
                M_(
                    "this row of VALUES has {count} values for {width} variables",
                    count=len(cells),
                    width=width,
                ),
                M_("what is not known is UNDEF"),
            )
        return tuple(cells)

    def _read_cell(self) -> Constant | None:
        if self.accept("UNDEF"):
            return None
        constant = self.read_constant()
        if constant is None:
            self.fail(M_("an IRI, a literal, UNDEF or a closing bracket"))
        return constant


_ELEMENTS: dict[str, Callable[[GroupReader], Pattern]] = {
    "FILTER": GroupReader._read_filter,
    "OPTIONAL": GroupReader._read_optional,
    "{": GroupReader._read_union,
    "BIND": GroupReader._read_bind,
    "VALUES": GroupReader.read_values,
    "GRAPH": GroupReader._read_graph,
    "MINUS": GroupReader._read_minus,
    "SERVICE": GroupReader._read_service,
}
