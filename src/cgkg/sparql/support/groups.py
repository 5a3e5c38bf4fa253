"""Writing group patterns out, element by element, so that nothing of what matched stays hidden."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cgkg.sparql.support.clauses import Item, Select, read_select
from cgkg.sparql.support.patterns import Link, Names, Part, Scope
from cgkg.sparql.support.reading import Cursor, refused
from cgkg.sparql.support.triples import Triples


class Groups:
    """Reads groups at a cursor and writes them out; knows the links and constants of all."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor
        self._names = Names(cursor)
        self._triples = Triples(cursor, self._names)

    @property
    def links(self) -> tuple[Link, ...]:
        """The patterns read so far."""
        return tuple(self._triples.links)

    @property
    def constants(self) -> tuple[str, ...]:
        """The terms that they name."""
        return self._triples.constants

    def read(self, scope: Scope) -> Part:
        """The group at the cursor without its brackets.

        Raises:
            QueryRefusedError: something in it is not understood.
        """
        cursor, part = self._cursor, Part()
        cursor.expect("{")
        if cursor.at("SELECT"):
            self._sub_select(scope, part)
            cursor.expect("}")
            return part
        required: list[int] = []
        while not cursor.accept("}"):
            self._element(scope, part, required)
        for place in required:
            self._existing(place, scope, part)
        return part

    def _element(self, scope: Scope, part: Part, required: list[int]) -> None:
        """One element of a group, added to the part; where FILTER EXISTS begins, to `required`."""
        cursor, start = self._cursor, self._cursor.place
        if cursor.accept("."):
            return
        if cursor.accept("FILTER"):
            if cursor.at("EXISTS"):
                required.append(cursor.place + 1)
            self._constraint()
            part.add(cursor.text(start, cursor.place, scope.rename))
        elif cursor.accept("MINUS"):
            cursor.skip()
            part.add(cursor.text(start, cursor.place, scope.rename))
        elif cursor.accept("OPTIONAL"):
            seen = frozenset(part.shown | scope.outside)
            text, found = self._branch(replace(scope, outside=seen))
            part.add(f"OPTIONAL {text}", maybe=found.shown)
        elif cursor.at("BIND", "VALUES"):
            self._bound_here(scope, part)
        elif cursor.accept("GRAPH"):
            graph = self._triples.node(scope, part)
            found = self.read(replace(scope, graph=graph))
            part.join(f"GRAPH {graph} {{ {found} }}", found)
            part.add("", [graph])
        elif cursor.at("{"):
            self._union(scope, part)
        else:
            self._triples.read(scope, part)

    def _constraint(self) -> None:
        """Skip what a FILTER asks (SPARQL 1.1 §19.8, rule 69)."""
        cursor = self._cursor
        cursor.accept("NOT")
        if not (cursor.accept("EXISTS") or cursor.at("(")):
            cursor.take()
        cursor.skip()

    def _bound_here(self, scope: Scope, part: Part) -> None:
        """BIND or VALUES, whose variables may stay unbound."""
        cursor, start = self._cursor, self._cursor.place
        if cursor.take().name == "BIND":
            cursor.skip()
            names = [cursor.tokens[cursor.place - 2].name]
        else:
            first = cursor.place
            cursor.skip()
            found = cursor.tokens[first : cursor.place]
            names = [token.name for token in found if token.kind == "variable"]
            cursor.skip()
        part.add(cursor.text(start, cursor.place, scope.rename), maybe=map(scope.rename, names))

    def _branch(self, scope: Scope) -> tuple[str, Part]:
        """The group at the cursor, in brackets, with a mark that says whether it matched."""
        mark = self._names.invent()
        part = self.read(replace(scope, branch=mark))
        return part.marked(mark), part

    def _union(self, scope: Scope, part: Part) -> None:
        cursor, start = self._cursor, self._cursor.place
        cursor.skip()
        several = cursor.at("UNION")
        cursor.place = start
        if not several:
            found = self.read(scope)
            part.join(f"{{ {found} }}", found)
            return
        branches = [self._branch(scope)]
        while cursor.accept("UNION"):
            branches.append(self._branch(scope))
        part.either(branches)

    def _existing(self, place: int, scope: Scope, part: Part) -> None:
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
                return given if given in shown else names.setdefault(name, self._names.other())

            part.add(f"OPTIONAL {self._branch(replace(scope, rename=rename))[0]}")
        cursor.place = behind

    # Sub-SELECT

    def _sub_select(self, scope: Scope, part: Part) -> None:
        cursor, names = self._cursor, dict[str, str]()
        select = read_select(cursor)
        behind = cursor.place

        def rename(name: str) -> str:
            if select.items is None or name in select.plain:
                return scope.rename(name)
            return names.setdefault(name, self._names.other())

        within = replace(scope, rename=rename, outside=frozenset())
        keys = self.keys(select, within)
        cursor.place = select.pattern[0]
        if select.aggregated and not keys:  # one row, even over no solution
            text, _ = self._branch(within)
            self._beside(select, keys, within, Part([f"OPTIONAL {text}"]), scope, part)
        elif select.aggregated or select.chosen:
            found = self.read(within)
            found.text += [self.bind(key, within) for key in keys if key.expression]
            self._beside(select, keys, within, found, scope, part)
        else:
            found = self.read(within)
            shown = found.shown if select.items is None else set(map(scope.rename, select.plain))
            part.add(f"{{ {found} }}", shown & found.certain, shown)
        cursor.place = behind

    def _beside(
        self,
        select: Select,
        keys: tuple[Item, ...],
        within: Scope,
        found: Part,
        scope: Scope,
        part: Part,
    ) -> None:
        """The sub-SELECT as it is, joined with the solutions that its rows come from."""
        named = {item.name: scope.rename(item.name) for item in select.named}
        copy = replace(scope, rename=lambda name: named.get(name) or within.rename(name))
        shown = [copy.rename(name) for name in select.plain]
        if select.items is None:
            shown = sorted(found.shown - self._names.invented)
        hidden = [key.name for key in keys if key.name not in shown]
        if hidden and select.distinct and select.sliced:
            raise refused("a sub-SELECT DISTINCT with LIMIT that does not show what it groups by")
        alone = select.aggregated and not keys
        flags = [] if alone else self._flags([*shown, *hidden], found)
        columns = [*shown, *(self.named(item, copy) for item in select.named), *hidden, *flags]
        distinct = "DISTINCT " if select.distinct else ""
        where = self._cursor.text(*select.pattern, copy.rename)
        rest = self.after(select, keys, copy)
        part.add(f"{{ SELECT {distinct}{' '.join(columns)} WHERE {where} {rest} }}")
        part.add(str(found) if alone else f"{{ {found} }}")
        part.add("", set(shown) & found.certain, {*shown, *named.values()})

    def _flags(self, names: Sequence[str], found: Part) -> list[str]:
        """Columns that say which values are there; the part gets them too.

        A missing value joins with every other, and here it must only join with a missing one.
        """
        flags = []
        for name in names:
            if name not in found.certain:
                flag = self._names.invent()
                flags.append(f"(BOUND({name}) AS {flag})")
                found.text.append(f"BIND(BOUND({name}) AS {flag})")
        return flags

    # Clauses

    def keys(self, select: Select, scope: Scope) -> tuple[Item, ...]:
        """What is grouped by, under the names of the scope; what had none gets a new one."""
        return tuple(
            replace(key, name=scope.rename(key.name) if key.name else self._names.invent())
            for key in select.keys
        )

    def bind(self, key: Item, scope: Scope) -> str:
        """What is grouped by, as a BIND."""
        return f"BIND{self.named(key, scope, key.name)}"

    def named(self, item: Item, scope: Scope, name: str = "") -> str:
        """An expression with its name, as SELECT has it."""
        assert item.expression is not None, item
        expression = self._cursor.text(*item.expression, scope.rename)
        return f"({expression} AS {name or scope.rename(item.name)})"

    def after(
        self, select: Select, keys: tuple[Item, ...], scope: Scope, without: Sequence[str] = ()
    ) -> str:
        """The clauses after the pattern, with a name for everything that is grouped by."""
        by = [self.named(key, scope, key.name) if key.expression else key.name for key in keys]
        kept = (extent for m, extent in select.modifiers.items() if m not in ("GROUP", *without))
        group = f"GROUP BY {' '.join(by)}" if by else ""
        return " ".join([group, *(self._cursor.text(*each, scope.rename) for each in kept)])
