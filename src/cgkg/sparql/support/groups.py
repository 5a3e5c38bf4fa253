"""Writing group patterns out, element by element, so that nothing of what matched stays hidden."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cgkg.sparql.functions.registry import is_aggregate
from cgkg.sparql.support.patterns import Names, Scope, TriplePattern, WrittenPattern
from cgkg.sparql.support.reading import unsupported_error, write
from cgkg.sparql.support.triples import Triples
from cgkg.sparql.tree.nodes import (
    AggregateCall,
    BindClause,
    ExistsTest,
    Expression,
    FilterClause,
    FunctionCall,
    GroupPattern,
    MinusPattern,
    NamedExpression,
    NamedGraphPattern,
    Node,
    OptionalPattern,
    Pattern,
    Query,
    QueryTree,
    ServicePattern,
    TriplesBlock,
    UnionPattern,
    ValuesClause,
    Variable,
    variables,
    walk,
)
from cgkg.sparql.tree.scopes import Scopes


@dataclass(frozen=True)
class Key:
    """What is grouped by, under a name with its `?`; a plain variable has no expression."""

    name: str
    expression: Expression | None = None


class Groups:
    """Writes the groups of a query out; knows the patterns and constants of all."""

    def __init__(self, tree: QueryTree) -> None:
        self._tree = tree
        self._names = Names(tree)
        self._triples = Triples(tree, self._names)

    @property
    def patterns(self) -> tuple[TriplePattern, ...]:
        """The patterns written so far."""
        return tuple(self._triples.patterns)

    @property
    def constants(self) -> tuple[str, ...]:
        """The terms that they name."""
        return self._triples.constants

    def write(self, group: GroupPattern, scope: Scope) -> WrittenPattern:
        """A group without its brackets.

        Raises:
            QueryRefusedError: something in it has no evidence.
        """
        part = WrittenPattern()
        for element in group.elements:
            self._write_element(element, scope, part)
        for element in group.elements:
            if isinstance(element, FilterClause) and isinstance(element.condition, ExistsTest):
                self._write_exists(element.condition, scope, part)
        return part

    def _write_element(self, element: Pattern, scope: Scope, part: WrittenPattern) -> None:
        """Add one element of a group to the part."""
        match element:
            case TriplesBlock():
                for triples in element.triples:
                    self._triples.write(triples, scope, part)
            case FilterClause() | MinusPattern():
                part.add(self._text(element, scope))
            case OptionalPattern():
                seen = frozenset(part.shown | scope.outside)
                text, inner = self._write_branch(element.group, replace(scope, outside=seen))
                part.add(f"OPTIONAL {text}", maybe=inner.shown)
            case BindClause() | ValuesClause():  # these may stay unbound
                names = Scopes().of(element).visible
                shown = sorted(scope.rename(f"?{name}") for name in names)
                part.add(self._text(element, scope), maybe=shown)
            case NamedGraphPattern():
                graph = self._triples.write_node(element.name, scope, part)
                inner = self.write(element.group, replace(scope, graph=graph))
                part.add_part(f"GRAPH {graph} {{ {inner} }}", inner)
                part.add("", [graph])
            case GroupPattern():
                inner = self.write(element, scope)
                part.add_part(f"{{ {inner} }}", inner)
            case UnionPattern():
                part.add_union([self._write_branch(each, scope) for each in element.branches])
            case Query():
                self._write_sub_select(element, scope, part)
            case ServicePattern():
                raise unsupported_error("a query with SERVICE")

    def _text(self, node: Node, scope: Scope) -> str:
        return write(self._tree, node, scope.rename)

    def _write_branch(self, group: GroupPattern, scope: Scope) -> tuple[str, WrittenPattern]:
        """A group in brackets, with a mark that says whether it matched."""
        mark = self._names.invent()
        part = self.write(group, replace(scope, branch=mark))
        return part.write_with_mark(mark), part

    def _write_exists(self, test: ExistsTest, scope: Scope, part: WrittenPattern) -> None:
        """What a FILTER EXISTS found.

        Each solution puts its values into the group (§18.6, substitute), which is what LATERAL
        does, an extension of the engine. The values go by other names, for a variable that is
        unbound here may be anything there. Values from beside an OPTIONAL of which the filter is
        a part do not reach so far, and have no evidence.
        """
        used = dict.fromkeys(scope.rename(f"?{each.name}") for each in variables(test.group))
        if test.negated or not (scope.outside - part.shown).isdisjoint(used):
            return
        names = {name: self._names.fresh() for name in used}
        known = [name for name in used if name in part.shown | scope.given]
        # What the group names itself cannot be given, and is compared afterwards.
        made = {scope.rename(f"?{name}") for name in _assigned_names(test.group)}
        given = [name for name in known if name not in made]
        within = replace(
            scope,
            rename=lambda name: names[scope.rename(name)],
            branch=self._names.invent(),
            outside=frozenset(),
            given=frozenset(names[name] for name in given),
        )
        inner = self.write(test.group, within)
        for name in known:
            if name in made:
                own = names[name]
                inner.text.append(
                    f"FILTER(!BOUND({name}) || !BOUND({own}) || SAMETERM({own}, {name}))"
                )
        part.text += [f"BIND({name} AS {names[name]})" for name in given]
        part.add(f"LATERAL {{ OPTIONAL {inner.write_with_mark(within.branch)} }}")

    # Sub-SELECT

    def _write_sub_select(self, select: Query, scope: Scope, part: WrittenPattern) -> None:
        names = dict[str, str]()
        plain = plain_names(select)
        assert select.projection is not None, select
        assert select.where is not None, select

        def rename(name: str) -> str:
            if select.projection is None or select.projection.items is None or name in plain:
                return scope.rename(name)
            return names.setdefault(name, self._names.fresh())

        within = replace(scope, rename=rename, outside=frozenset())
        keys = self.name_keys(select, within)
        if is_aggregated(select) and not keys:  # one row, even over no solution
            text, _ = self._write_branch(select.where, within)
            inner = WrittenPattern([f"OPTIONAL {text}"])
            self._join_sub_select(select, keys, within, inner, scope, part)
        elif is_aggregated(select) or _is_chosen(select):
            inner = self.write(select.where, within)
            inner.text += [self.write_bind(key, within) for key in keys if key.expression]
            self._join_sub_select(select, keys, within, inner, scope, part)
        else:
            inner = self.write(select.where, within)
            starred = select.projection.items is None
            named = inner.shown if starred else set(map(scope.rename, plain))
            shown = named & inner.shown  # what no pattern within can bind is only a name
            part.add(f"{{ {inner} }}", shown & inner.certain, shown)

    def _join_sub_select(
        self,
        select: Query,
        keys: tuple[Key, ...],
        within: Scope,
        inner: WrittenPattern,
        scope: Scope,
        part: WrittenPattern,
    ) -> None:
        """The sub-SELECT as it is, joined with the solutions that its rows come from."""
        assert select.projection is not None, select
        assert select.where is not None, select
        expressions = named_expressions(select)
        named = {f"?{e.variable.name}": scope.rename(f"?{e.variable.name}") for e in expressions}
        copy = replace(scope, rename=lambda name: named.get(name) or within.rename(name))
        shown = [copy.rename(name) for name in plain_names(select)]
        if select.projection.items is None:
            shown = sorted(inner.shown - self._names.invented)
        hidden = [key.name for key in keys if key.name not in shown]
        if hidden and select.projection.modifier and select.slices:
            raise unsupported_error(
                "a sub-SELECT DISTINCT with LIMIT that does not show what it groups by"
            )
        alone = is_aggregated(select) and not keys
        flags = [] if alone else self._add_flags([*shown, *hidden], inner)
        columns = [*shown, *(self._text(each, copy) for each in expressions), *hidden, *flags]
        distinct = "DISTINCT " if select.projection.modifier else ""
        where = self._text(select.where, copy)
        rest = self.write_modifiers(select, keys, copy)
        part.add(f"{{ SELECT {distinct}{' '.join(columns)} WHERE {where} {rest} }}")
        part.add(str(inner) if alone else f"{{ {inner} }}")
        bindable = set(shown) & inner.shown  # what no pattern within can bind is only a name
        part.add("", bindable & inner.certain, {*bindable, *named.values()})

    def _add_flags(self, names: Sequence[str], inner: WrittenPattern) -> list[str]:
        """Columns that say which values are there; the part gets them too.

        A missing value joins with every other, and here it must only join with a missing one.
        """
        flags = []
        for name in names:
            if name not in inner.certain:
                flag = self._names.invent()
                flags.append(f"(BOUND({name}) AS {flag})")
                inner.text.append(f"BIND(BOUND({name}) AS {flag})")
        return flags

    # Clauses

    def name_keys(self, select: Query, scope: Scope) -> tuple[Key, ...]:
        """What is grouped by, under the names of the scope; what had none gets a new one."""
        keys = []
        for key in select.group_by.keys if select.group_by else ():
            match key:
                case Variable(name=name):
                    keys.append(Key(scope.rename(f"?{name}")))
                case NamedExpression(expression=expression, variable=variable):
                    keys.append(Key(scope.rename(f"?{variable.name}"), expression))
                case expression:
                    keys.append(Key(self._names.invent(), expression))
        return tuple(keys)

    def write_bind(self, key: Key, scope: Scope) -> str:
        """What is grouped by, as a BIND."""
        return f"BIND{self._write_key(key, scope)}"

    def _write_key(self, key: Key, scope: Scope) -> str:
        if key.expression is None:
            return key.name
        return f"({self._text(key.expression, scope)} AS {key.name})"

    def write_named(self, expression: NamedExpression) -> str:
        """An expression with its name, as SELECT has it."""
        return self._tree.written(expression)

    def write_modifiers(
        self, select: Query, keys: tuple[Key, ...], scope: Scope, rows: bool = True
    ) -> str:
        """The clauses after the pattern, with a name for everything that is grouped by.

        Without `rows` those are left out that choose and sort rows.
        """
        group = f"GROUP BY {' '.join(self._write_key(key, scope) for key in keys)}" if keys else ""
        chosen = (select.order_by, *select.slices) if rows else ()
        kept = (select.having, *chosen, select.values)
        return " ".join([group, *(self._text(each, scope) for each in kept if each)])


def _assigned_names(group: GroupPattern) -> set[str]:
    """The variables that BIND, AS and VALUES make in a group."""
    made: set[str] = set()
    for node in walk(group):
        if isinstance(node, BindClause | NamedExpression):
            made.add(node.variable.name)
        elif isinstance(node, ValuesClause):
            made |= {variable.name for variable in node.variables}
    return made


def plain_names(select: Query) -> tuple[str, ...]:
    """The variables projected as they are, with their `?`; none for `SELECT *`."""
    items = (select.projection.items if select.projection else None) or ()
    return tuple(f"?{item.name}" for item in items if isinstance(item, Variable))


def named_expressions(select: Query) -> tuple[NamedExpression, ...]:
    """The expressions projected under a name."""
    items = (select.projection.items if select.projection else None) or ()
    return tuple(item for item in items if isinstance(item, NamedExpression))


def is_aggregated(select: Query) -> bool:
    """Whether rows are made of groups of solutions."""
    if select.group_by or select.having:
        return True
    clauses = (select.projection, select.order_by)
    return any(
        isinstance(node, AggregateCall)
        or (isinstance(node, FunctionCall) and is_aggregate(node.function.iri))
        for clause in clauses
        if clause
        for node in walk(clause)
    )


def _is_chosen(select: Query) -> bool:
    """Whether its rows are other than its pattern's solutions with fewer variables."""
    distinct = select.projection is not None and bool(select.projection.modifier)
    return distinct or bool(select.slices or named_expressions(select) or select.values)
