"""Writing group patterns out, element by element, so that nothing of what matched stays hidden."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cgkg.sparql.support.clauses import Item, Select, read_select
from cgkg.sparql.support.patterns import Names, Scope, TriplePattern, WrittenPattern
from cgkg.sparql.support.reading import Cursor, unsupported_error
from cgkg.sparql.support.triples import Triples


class Groups:
    """Reads groups at a cursor and writes them out; knows the patterns and constants of all."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor
        self._names = Names(cursor)
        self._triples = Triples(cursor, self._names)

    @property
    def patterns(self) -> tuple[TriplePattern, ...]:
        """The patterns read so far."""
        return tuple(self._triples.patterns)

    @property
    def constants(self) -> tuple[str, ...]:
        """The terms that they name."""
        return self._triples.constants

    def read(self, scope: Scope) -> WrittenPattern:
        """The group at the cursor without its brackets.

        Raises:
            QueryRefusedError: something in it is not understood.
        """
        cursor, part = self._cursor, WrittenPattern()
        cursor.expect("{")
        if cursor.at("SELECT"):
            self._read_sub_select(scope, part)
            cursor.expect("}")
            return part
        required: list[int] = []
        while not cursor.accept("}"):
            self._read_element(scope, part, required)
        for place in required:
            self._read_exists(place, scope, part)
        return part

    def _read_element(self, scope: Scope, part: WrittenPattern, required: list[int]) -> None:
        """One element of a group, added to the part; where FILTER EXISTS begins, to `required`."""
        cursor, start = self._cursor, self._cursor.place
        if cursor.accept("."):
            return
        if cursor.accept("FILTER"):
            if cursor.at("EXISTS"):
                required.append(cursor.place + 1)
            self._skip_constraint()
            part.add(cursor.text(start, cursor.place, scope.rename))
        elif cursor.accept("MINUS"):
            cursor.skip()
            part.add(cursor.text(start, cursor.place, scope.rename))
        elif cursor.accept("OPTIONAL"):
            seen = frozenset(part.shown | scope.outside)
            text, inner = self._read_branch(replace(scope, outside=seen))
            part.add(f"OPTIONAL {text}", maybe=inner.shown)
        elif cursor.at("BIND", "VALUES"):
            self._read_binding(scope, part)
        elif cursor.accept("GRAPH"):
            graph = self._triples.read_node(scope, part)
            inner = self.read(replace(scope, graph=graph))
            part.add_part(f"GRAPH {graph} {{ {inner} }}", inner)
            part.add("", [graph])
        elif cursor.at("{"):
            self._read_union(scope, part)
        else:
            self._triples.read(scope, part)

    def _skip_constraint(self) -> None:
        """Skip what a FILTER asks (SPARQL 1.1 §19.8, rule 69)."""
        cursor = self._cursor
        cursor.accept("NOT")
        if not (cursor.accept("EXISTS") or cursor.at("(")):
            cursor.take()
        cursor.skip()

    def _read_binding(self, scope: Scope, part: WrittenPattern) -> None:
        """BIND or VALUES, whose variables may stay unbound."""
        cursor, start = self._cursor, self._cursor.place
        if cursor.take().name == "BIND":
            cursor.skip()
            names = [cursor.tokens[cursor.place - 2].name]
        else:
            first = cursor.place
            cursor.skip()
            block = cursor.tokens[first : cursor.place]
            names = [token.name for token in block if token.kind == "variable"]
            cursor.skip()
        part.add(cursor.text(start, cursor.place, scope.rename), maybe=map(scope.rename, names))

    def _read_branch(self, scope: Scope) -> tuple[str, WrittenPattern]:
        """The group at the cursor, in brackets, with a mark that says whether it matched."""
        mark = self._names.invent()
        part = self.read(replace(scope, branch=mark))
        return part.write_with_mark(mark), part

    def _read_union(self, scope: Scope, part: WrittenPattern) -> None:
        cursor, start = self._cursor, self._cursor.place
        cursor.skip()
        several = cursor.at("UNION")
        cursor.place = start
        if not several:
            inner = self.read(scope)
            part.add_part(f"{{ {inner} }}", inner)
            return
        branches = [self._read_branch(scope)]
        while cursor.accept("UNION"):
            branches.append(self._read_branch(scope))
        part.add_union(branches)

    def _read_exists(self, place: int, scope: Scope, part: WrittenPattern) -> None:
        """What a FILTER EXISTS found, unless that depends on more than what is surely bound here.

        A variable that may be unbound is another one to EXISTS, and would be bound by OPTIONAL.
        """
        cursor, behind = self._cursor, self._cursor.place
        cursor.place = place
        cursor.skip()
        used = {scope.rename(each.name) for each in cursor.tokens[place : cursor.place]}
        if not used & ((scope.outside | part.shown) - part.certain):
            cursor.place = place
            shown, names = frozenset(part.certain), dict[str, str]()

            def rename(name: str) -> str:
                given = scope.rename(name)
                return given if given in shown else names.setdefault(name, self._names.fresh())

            part.add(f"OPTIONAL {self._read_branch(replace(scope, rename=rename))[0]}")
        cursor.place = behind

    # Sub-SELECT

    def _read_sub_select(self, scope: Scope, part: WrittenPattern) -> None:
        cursor, names = self._cursor, dict[str, str]()
        select = read_select(cursor)
        behind = cursor.place

        def rename(name: str) -> str:
            if select.items is None or name in select.plain:
                return scope.rename(name)
            return names.setdefault(name, self._names.fresh())

        within = replace(scope, rename=rename, outside=frozenset())
        keys = self.name_keys(select, within)
        cursor.place = select.pattern[0]
        if select.aggregated and not keys:  # one row, even over no solution
            text, _ = self._read_branch(within)
            self._join_sub_select(
                select, keys, within, WrittenPattern([f"OPTIONAL {text}"]), scope, part
            )
        elif select.aggregated or select.chosen:
            inner = self.read(within)
            inner.text += [self.write_bind(key, within) for key in keys if key.expression]
            self._join_sub_select(select, keys, within, inner, scope, part)
        else:
            inner = self.read(within)
            named = inner.shown if select.items is None else set(map(scope.rename, select.plain))
            shown = named & inner.shown  # what no pattern within can bind is only a name
            part.add(f"{{ {inner} }}", shown & inner.certain, shown)
        cursor.place = behind

    def _join_sub_select(
        self,
        select: Select,
        keys: tuple[Item, ...],
        within: Scope,
        inner: WrittenPattern,
        scope: Scope,
        part: WrittenPattern,
    ) -> None:
        """The sub-SELECT as it is, joined with the solutions that its rows come from."""
        named = {item.name: scope.rename(item.name) for item in select.named}
        copy = replace(scope, rename=lambda name: named.get(name) or within.rename(name))
        shown = [copy.rename(name) for name in select.plain]
        if select.items is None:
            shown = sorted(inner.shown - self._names.invented)
        hidden = [key.name for key in keys if key.name not in shown]
        if hidden and select.distinct and select.sliced:
            raise unsupported_error(
                "a sub-SELECT DISTINCT with LIMIT that does not show what it groups by"
            )
        alone = select.aggregated and not keys
        flags = [] if alone else self._add_flags([*shown, *hidden], inner)
        columns = [
            *shown,
            *(self.write_named(item, copy) for item in select.named),
            *hidden,
            *flags,
        ]
        distinct = "DISTINCT " if select.distinct else ""
        where = self._cursor.text(*select.pattern, copy.rename)
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

    def name_keys(self, select: Select, scope: Scope) -> tuple[Item, ...]:
        """What is grouped by, under the names of the scope; what had none gets a new one."""
        return tuple(
            replace(key, name=scope.rename(key.name) if key.name else self._names.invent())
            for key in select.keys
        )

    def write_bind(self, key: Item, scope: Scope) -> str:
        """What is grouped by, as a BIND."""
        return f"BIND{self.write_named(key, scope, key.name)}"

    def write_named(self, item: Item, scope: Scope, name: str = "") -> str:
        """An expression with its name, as SELECT has it."""
        assert item.expression is not None, item
        expression = self._cursor.text(*item.expression, scope.rename)
        return f"({expression} AS {name or scope.rename(item.name)})"

    def write_modifiers(
        self, select: Select, keys: tuple[Item, ...], scope: Scope, without: Sequence[str] = ()
    ) -> str:
        """The clauses after the pattern, with a name for everything that is grouped by."""
        by = [
            self.write_named(key, scope, key.name) if key.expression else key.name for key in keys
        ]
        kept = (extent for m, extent in select.modifiers.items() if m not in ("GROUP", *without))
        group = f"GROUP BY {' '.join(by)}" if by else ""
        return " ".join([group, *(self._cursor.text(*each, scope.rename) for each in kept)])
