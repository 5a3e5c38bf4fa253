"""From the text of a query to its tree (SPARQL 1.1 §19.8, rules 1 to 30).

    tree = parse(text)
    tree.query.where.elements

The tree is read by recursive descent over tokens; why not by a library, and what it costs, is told
in docs/decisions/query-tree.md.
"""

from __future__ import annotations

from collections.abc import Mapping

from cgkg.errors import QueryError
from cgkg.messages import M_
from cgkg.rdf.vocab import STANDARD
from cgkg.sparql.tree.expressions import CONDITIONS
from cgkg.sparql.tree.groups import GroupReader
from cgkg.sparql.tree.mistakes import (
    FORMS,
    MAX_DEPTH,
    describe_form,
    shorten,
    syntax_error_at,
)
from cgkg.sparql.tree.nodes import (
    BaseDeclaration,
    BracketedExpression,
    DatasetClause,
    Described,
    Expression,
    GroupByClause,
    GroupPattern,
    HavingClause,
    NamedExpression,
    NamedNode,
    OrderByClause,
    PrefixDeclaration,
    Projection,
    Query,
    QueryTree,
    SliceClause,
    SortKey,
    SubjectTriples,
    Template,
    TriplesBlock,
    Variable,
)
from cgkg.sparql.tree.restrictions import check_restrictions
from cgkg.sparql.tree.tokens import Tokens
from cgkg.sparql.tree.triples import TERMS

_MOST_DIGITS = 18  # of LIMIT and OFFSET


def parse(
    text: str,
    base: str | None = None,
    known_prefixes: Mapping[str, str] = STANDARD,
    *,
    restricted: bool = True,
) -> QueryTree:
    """The tree of a query, which keeps the grammar and, if `restricted`, its notes.

    Args:
        text: the text of the query.
        base: the IRI against which relative ones are read where the query has no BASE.
        restricted: whether to refuse what the grammar's notes forbid, of which engines allow some.
        known_prefixes: of them comes the declaration that is proposed where one is missing.

    Raises:
        QuerySyntaxError: it is not SPARQL 1.1; says where, what, and what to do.
        QueryRefusedError: it is an update.
    """
    failure: QueryError
    reader = QueryReader(Tokens(text), base, known_prefixes)
    try:
        tree = reader.read()
        if restricted:
            check_restrictions(tree)
        return tree
    except RecursionError:
        failure = syntax_error_at(
            text,
            reader.start,
            M_("the query is nested too deep"),
            M_(
                "the limit is {limit} brackets in each other, or fewer of patterns in expressions",
                limit=MAX_DEPTH,
            ),
        )
    except QueryError as error:
        failure = error.with_traceback(None)
    # Raised here it holds no frame of the reading.
    raise failure


class QueryReader(GroupReader):
    """Reads a query."""

    def read(self) -> QueryTree:
        """The whole of the query."""
        self._check_nesting()
        declarations = self._read_prologue()
        query = self._read_query()
        if self.kinds[self.place] != "end":
            self.fail(
                M_("the end of the query")
                if query.values
                else M_("a clause such as LIMIT, or the end")
            )
        text = self.tokens.text
        return QueryTree(0, len(text), text, declarations, query, self.base, self.prefixes)

    def _check_nesting(self) -> None:
        text = self.tokens.text
        if text.count("{") + text.count("(") + text.count("[") <= MAX_DEPTH:
            return
        depth = 0
        for place, kind in enumerate(self.kinds):
            if kind in ("{", "(", "["):
                depth += 1
                self.check_depth(depth, place)
            elif kind in ("}", ")", "]"):
                depth -= 1

    def _read_prologue(self) -> tuple[BaseDeclaration | PrefixDeclaration, ...]:
        declarations: list[BaseDeclaration | PrefixDeclaration] = []
        while True:
            start = self.start
            if self.accept("PREFIX"):
                place = self.place
                label = self.texts[place]
                if self.kinds[place] != "name" or label.find(":") != len(label) - 1:
                    self.fail(M_("a prefix that ends with :, and its IRI"))
                self.place += 1
                name = self._read_full_iri()
                self.prefixes[label[:-1]] = name.iri
                declarations.append(PrefixDeclaration(start, self.end, label[:-1], name))
            elif self.accept("BASE"):
                name = self._read_full_iri()
                self.base = name.iri
                self._iris.clear()
                declarations.append(BaseDeclaration(start, self.end, name))
            else:
                return tuple(declarations)

    def _read_full_iri(self) -> NamedNode:
        if self.kinds[self.place] != "iri":
            self.fail(M_("an IRI in <…>"))
        return self.read_iri()

    # Forms

    def _read_query(self) -> Query:
        start, form = self.start, self.kinds[self.place]
        if form not in FORMS:
            raise describe_form(self.tokens, self.place)
        projection = template = described = where = None
        if form == "SELECT":
            projection = self._read_projection()
        elif form == "DESCRIBE":
            described = self._read_described()
        else:
            self.place += 1
            if form == "CONSTRUCT" and self.kinds[self.place] == "{":
                template = self._read_template()
        dataset = self._read_dataset()
        if form == "CONSTRUCT" and template is None:
            where = self._read_plain_where()
        elif form != "DESCRIBE" or self.kinds[self.place] in ("WHERE", "{"):
            where = self._read_where()
        return self._read_modifiers(
            Query(start, start, form, projection, template, described, dataset, where)
        )

    def read_sub_select(self) -> Query:
        start = self.start
        projection = self._read_projection()
        where = self._read_where()
        return self._read_modifiers(
            Query(start, start, "SELECT", projection, None, None, (), where)
        )

    def _read_projection(self) -> Projection:
        start = self.start
        self.expect("SELECT")
        modifier = (
            self.kinds[self.place] if self.kinds[self.place] in ("DISTINCT", "REDUCED") else ""
        )
        self.place += bool(modifier)
        if self.accept("*"):
            return Projection(start, self.end, modifier, None)
        items: list[Variable | NamedExpression] = []
        while True:
            kind = self.kinds[self.place]
            if kind == "variable":
                items.append(self.read_variable())
            elif kind == "(":
                items.append(self._read_named_expression())
            else:
                break
        if not items:
            self.fail(M_("*, variables, or (expression AS ?variable)"))
        if self.kinds[self.place] == ",":
            self.refuse(
                self.start, M_("did not expect ,"), M_("variables of SELECT stand without commas")
            )
        return Projection(start, self.end, modifier, tuple(items))

    def _read_named_expression(self) -> NamedExpression:
        start = self.start
        self.place += 1
        expression = self.read_expression()
        self.expect("AS", M_("AS and a variable, or an operator"))
        variable = self.read_variable()
        self.expect(")")
        return NamedExpression(start, self.end, expression, variable)

    def _read_described(self) -> Described:
        start = self.start
        self.place += 1
        if self.accept("*"):
            return Described(start, self.end, None)
        items = [self.read_iri_or_variable()]
        while self.kinds[self.place] in ("variable", "iri", "name"):
            items.append(self.read_iri_or_variable())
        return Described(start, self.end, tuple(items))

    def _read_template(self) -> Template:
        start = self.start
        self.place += 1
        triples: list[SubjectTriples] = []
        if self.kinds[self.place] in TERMS:
            triples = self.read_triples(in_template=True)
        self.expect("}", M_("a triple or }"))
        return Template(start, self.end, tuple(triples))

    def _read_plain_where(self) -> GroupPattern:
        """The pattern of CONSTRUCT WHERE, which is its template, too."""
        if not self.accept("WHERE"):
            self.fail(M_("a template in { … }, or WHERE"))
        start = self.start
        self.expect("{", M_("{ and triples"))
        elements: tuple[TriplesBlock, ...] = ()
        if self.kinds[self.place] in TERMS:
            first = self.start
            triples = tuple(self.read_triples(in_template=True))
            elements = (TriplesBlock(first, self.end, triples),)
        if self.kinds[self.place] in (
            "FILTER",
            "OPTIONAL",
            "GRAPH",
            "MINUS",
            "BIND",
            "VALUES",
            "{",
        ):
            self.refuse(
                self.start,
                M_("CONSTRUCT WHERE has triples only"),
                M_("write CONSTRUCT { a template } WHERE { a pattern }"),
            )
        self.expect("}", M_("a triple or }"))
        return GroupPattern(start, self.end, elements)

    def _read_dataset(self) -> tuple[DatasetClause, ...]:
        clauses: list[DatasetClause] = []
        while self.kinds[self.place] == "FROM":
            start = self.start
            self.place += 1
            named = self.accept("NAMED")
            graph = self.read_iri()
            clauses.append(DatasetClause(start, self.end, named, graph))
        return tuple(clauses)

    def _read_where(self) -> GroupPattern:
        if not self.accept("WHERE") and self.kinds[self.place] != "{":
            self.fail(M_("WHERE { … }"))
        return self.read_group()

    # What follows the pattern

    def _read_modifiers(self, query: Query) -> Query:
        """The query with its clauses after the pattern."""
        group_by = having = order_by = values = None
        slices: tuple[SliceClause, ...] = ()
        if self.kinds[self.place] == "GROUP":
            group_by = self._read_group_by()
        if self.kinds[self.place] == "HAVING":
            having = self._read_having()
        if self.kinds[self.place] == "ORDER":
            order_by = self._read_order_by()
        if self.kinds[self.place] in ("LIMIT", "OFFSET"):
            slices = self._read_slices()
        if self.kinds[self.place] == "VALUES":
            values = self.read_values()
        return Query(
            query.start,
            self.end,
            query.form,
            query.projection,
            query.template,
            query.described,
            query.dataset,
            query.where,
            group_by,
            having,
            order_by,
            slices,
            values,
        )

    def _read_group_by(self) -> GroupByClause:
        start = self.start
        self.place += 1
        self.expect("BY")
        keys = [self._read_group_key()]
        while self._continues():
            keys.append(self._read_group_key())
        return GroupByClause(start, self.end, tuple(keys))

    def _continues(self) -> bool:
        """Whether another condition or variable follows."""
        kind = self.kinds[self.place]
        return kind == "variable" or kind in CONDITIONS

    def _read_group_key(self) -> Expression | NamedExpression:
        if self.kinds[self.place] == "variable":
            return self.read_variable()
        if self.kinds[self.place] != "(":
            return self.read_condition()
        start = self.start
        self.place += 1
        expression = self.read_expression()
        if self.accept("AS"):
            variable = self.read_variable()
            self.expect(")")
            return NamedExpression(start, self.end, expression, variable)
        self.expect(")", M_(") or AS or an operator"))
        return BracketedExpression(start, self.end, expression)

    def _read_having(self) -> HavingClause:
        start = self.start
        self.place += 1
        conditions = [self.read_condition()]
        while self.kinds[self.place] in CONDITIONS:
            conditions.append(self.read_condition())
        return HavingClause(start, self.end, tuple(conditions))

    def _read_order_by(self) -> OrderByClause:
        start = self.start
        self.place += 1
        self.expect("BY")
        keys = [self._read_sort_key()]
        while self.kinds[self.place] in ("ASC", "DESC") or self._continues():
            keys.append(self._read_sort_key())
        return OrderByClause(start, self.end, tuple(keys))

    def _read_sort_key(self) -> SortKey:
        start, direction = self.start, self.kinds[self.place]
        expression: Expression
        if direction in ("ASC", "DESC"):
            self.place += 1
            if self.kinds[self.place] != "(":
                self.fail(M_("( and an expression"))
            expression = self.read_bracketed()
        else:
            direction = ""
            if self.kinds[self.place] == "variable":
                expression = self.read_variable()
            else:
                expression = self.read_condition()
        return SortKey(start, self.end, direction, expression)

    def _read_slices(self) -> tuple[SliceClause, ...]:
        slices: list[SliceClause] = []
        while (keyword := self.kinds[self.place]) in ("LIMIT", "OFFSET"):
            if any(each.keyword == keyword for each in slices):
                self.refuse(
                    self.start, M_("{word} is said twice", word=keyword), M_("leave one out")
                )
            start = self.start
            self.place += 1
            number = self.texts[self.place]
            if self.kinds[self.place] != "number" or not number.isdecimal():
                self.fail(M_("a whole number"))
            if len(number) > _MOST_DIGITS:
                self.refuse(self.start, M_("{text} is too large a number", text=shorten(number)))
            self.place += 1
            slices.append(SliceClause(start, self.end, keyword, int(number)))
        return tuple(slices)
