"""A file of facts changed in its text: blocks and statements put in or taken out, the rest kept.

A block is a named graph of a clause with what is said of the clause behind it. What is not changed
keeps every byte; what is added has the layout that `cgkg fmt` gives Turtle.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cgkg.document.citing import clause_prefix
from cgkg.document.spans import Span
from cgkg.intake.rows import Clause, ClauseDescription
from cgkg.rdf.io import read_turtle
from cgkg.rdf.lines import TOKEN, StatementReader
from cgkg.rdf.replacing import replace_terms
from cgkg.rdf.terms import IRI, Literal, Term, Triple
from cgkg.rdf.turtle import Layout
from cgkg.rdf.vocab import CG, MODE

_INDENT = "    "


@dataclass(frozen=True)
class WrittenBlock:
    """A graph in a file: offsets of its name, of its braces, and of the end of what follows it."""

    span: Span
    start: int
    opened: int
    closed: int
    end: int


class FactFile:
    """The text of a TriG file, and the edits that are to be made in it."""

    def __init__(self, path: Path, text: str, prefixes: Mapping[str, str]) -> None:
        """
        Args:
            path: the file, for messages.
            text: well-formed; empty for a new file.
            prefixes: those that hold before it declares its own, and may be declared in it.
        """
        self.path, self._text, self._given = path, text, prefixes
        self.blocks: list[WrittenBlock] = []
        self._descriptions: list[tuple[str, int, int]] = []
        self._directives_end = 0
        self._scan()
        reader = self._reader
        self._own = dict(reader.declared)
        spaces = set(self._own.values())
        self._prefixes = {
            **{p: ns for p, ns in prefixes.items() if p not in self._own and ns not in spaces},
            **self._own,
        }
        self._edits: list[tuple[int, int, str]] = []
        self._used: set[str] = set()
        self._offered: set[str] = set()

    @property
    def namespaces(self) -> frozenset[str]:
        """What the file declares prefixes for."""
        return frozenset(self._own.values())

    # Edits

    def add_block(
        self, clause: Clause, triples: Sequence[Triple], description: ClauseDescription
    ) -> None:
        """A new block, placed among those there are as its clause stands in the document."""
        self._offer(clause)
        layout = self._layout(triples)
        name = layout.term(clause.iri)
        facts = self._facts(triples)
        mode = layout.term(description.mode or MODE.stated)
        gists = [layout.term(Literal(g, language=t or None)) for t, g in description.gists.items()]
        said = [
            f"{name} a {layout.term(CG.TextSpan)} ;",
            f'{_INDENT}{layout.term(CG.wordsDigest)} "{clause.digest}" ;',
            f"{_INDENT}{layout.term(CG.assertionMode)} {mode}" + (" ;" if gists else " ."),
        ]
        if gists:
            said.append(f"{_INDENT}{layout.term(CG.gist)} {' , '.join(gists)} .")
        self._used |= layout.used
        lines = "\n".join(said)
        self._insert_block(clause, f"{name} {{\n{facts}}}\n{lines}\n")

    def add_statements(self, clause: Clause, triples: Sequence[Triple]) -> None:
        """Statements at the end of a clause's block."""
        block = self._block(clause)
        last = self._last_token(block.opened + 1, block.closed)
        if last is not None and self._text[last - 1] != ".":
            self._edits.append((last, last, " ."))
        line = self._text.rfind("\n", 0, block.closed) + 1
        alone = line > block.opened and not self._text[line : block.closed].strip()
        at = line if alone else block.closed
        self._edits.append((at, at, ("" if alone else "\n") + self._facts(triples)))

    def remove_statements(self, clause: Clause, triples: Iterable[Triple]) -> None:
        """Take statements out of a clause's block, which is laid out anew; comments go first.

        A block that is left with nothing goes with what is said of its clause.
        """
        gone = set(triples)
        blocks = [block for block in self.blocks if block.span.iri == clause.iri]
        emptied = []
        for block in blocks:
            held = self._held(block)
            kept = [triple for triple in held if triple not in gone]
            if not kept:
                emptied.append(block)
            elif len(kept) < len(held):
                inner = self._text[block.opened + 1 : block.closed]
                comments = [m[0] for m in TOKEN.finditer(inner) if m[0].startswith("#")]
                said = "".join(f"{_INDENT}{comment}\n" for comment in comments)
                text = f"\n{said}{self._facts(kept)}"
                self._edits.append((block.opened + 1, block.closed, text))
        for block in emptied:
            self._remove_block(clause, block, with_description=emptied == blocks)

    def _held(self, block: WrittenBlock) -> list[Triple]:
        """The statements of a block."""
        inner = self._text[block.opened + 1 : block.closed]
        last = self._last_token(block.opened + 1, block.closed)
        stop = "\n." if last is not None and self._text[last - 1] != "." else ""
        return read_turtle(self._declared() + inner + stop, self.path.resolve().as_uri())[0]

    def describe(
        self, clause: Clause, changes: ClauseDescription, before: ClauseDescription
    ) -> None:
        """Give a clause that has a description another mode, or other or more gists."""
        pairs: list[tuple[IRI, Term | None, Term]] = []
        if changes.mode is not None:
            pairs.append((CG.assertionMode, before.mode, changes.mode))
        for tag, gist in changes.gists.items():
            old = before.gists.get(tag)
            held = Literal(old, language=tag or None) if old is not None else None
            pairs.append((CG.gist, held, Literal(gist, language=tag or None)))
        layout = self._layout(())
        said = {span: self._text[slice(*span)] for span in self._said.get(clause.iri.value, ())}
        more = []
        for predicate, was, now in pairs:
            right = Triple(clause.iri, predicate, now)
            if was is None or not self._replaced(said, Triple(clause.iri, predicate, was), right):
                terms = (clause.iri, predicate, now)
                more.append(" ".join(map(layout.term, terms)) + " .\n")
        self._edits += [(*span, text) for span, text in said.items()]
        at = self._line_end(self._block(clause).end)
        if more:
            end = "" if self._text[:at].endswith("\n") else "\n"
            self._edits.append((at, at, end + "".join(more)))
        self._used |= layout.used

    def _replaced(self, said: dict[tuple[int, int], str], was: Triple, now: Triple) -> bool:
        """Whether one of these statements says what was, and now says the other."""
        declared = self._declared()
        for span, text in said.items():
            changed = replace_terms(declared + text, was, now)
            if changed is not None:
                said[span] = changed.removeprefix(declared)
                return True
        return False

    def _declared(self) -> str:
        """The declarations of the file, to read a part of it."""
        base = f"@base <{self._reader.base}> .\n" if self._reader.base else ""
        return base + "".join(f"@prefix {p}: <{ns}> .\n" for p, ns in self._reader.prefixes.items())

    def text(self) -> str:
        """The text with all edits made, and the prefixes that they use declared."""
        missing = sorted(p for p in self._used if p not in self._own)
        declared = "".join(f"@prefix {p}: <{self._prefixes[p]}> .\n" for p in missing)
        head = self._directives_end
        if declared and not head:
            declared += "\n"
        edits = [(head, head, declared), *self._edits]
        pieces, at = [], 0
        for start, end, new in sorted(edits, key=lambda edit: edit[0]):  # a stable order
            pieces += [self._text[at:start], new]
            at = max(at, end)
        return "".join([*pieces, self._text[at:]])

    def commit(self) -> None:
        """Make the edits asked for so far, so that others can follow."""
        self._text, self._edits = self.text(), []
        self._scan()
        self._own = dict(self._reader.declared)

    # Where things stand

    def _scan(self) -> None:
        """Find blocks, descriptions and the end of the declarations."""
        self._reader = reader = StatementReader(dict(self._given))
        graphs: list[tuple[str, int, int, int]] = []
        self._descriptions = []
        begun: int | None = None
        opened: tuple[str, int, int] | None = None
        subject = ""
        ends = 0
        for match in TOKEN.finditer(self._text):
            kind, token = match.lastgroup or "", match[0]
            if kind == "skip":
                continue
            directive = reader.directive is not None
            if begun is None and not reader.graph:
                begun = match.start()
            for _ in reader.take(kind, token, 0):
                subject = reader.subject or ""
            if directive or reader.directive is not None:
                begun = None
                ends = ends if graphs or self._descriptions else match.end()
            elif kind == "mark" and token == "{":
                opened = (reader.graph, begun or 0, match.start())
                begun = None
            elif kind == "mark" and token == "}" and opened:
                graphs.append((*opened, match.start()))
                opened = begun = None
            elif kind == "mark" and token == "." and opened is None and not reader.stack:
                if begun is not None and subject:
                    self._descriptions.append((subject, begun, match.end()))
                begun, subject = None, ""
        self._directives_end = self._line_end(ends) if ends else 0
        self.blocks = list(self._as_blocks(graphs))
        self._said: dict[str, list[tuple[int, int]]] = {}
        for name, start, end in self._descriptions:
            self._said.setdefault(name, []).append((start, end))
        self._by_name = {block.span.iri: block for block in self.blocks}
        self._in_order: dict[IRI, list[WrittenBlock]] = {}
        for block in sorted(self.blocks, key=_extent):
            self._in_order.setdefault(block.span.document, []).append(block)

    def _as_blocks(self, graphs: Iterable[tuple[str, int, int, int]]) -> Iterator[WrittenBlock]:
        after: dict[str, int] = {}
        for subject, _, end in self._descriptions:
            after[subject] = max(end, after.get(subject, 0))
        ends = [*sorted(start for _, start, _, _ in graphs), len(self._text) + 1]
        for name, start, opened, closed in graphs:
            span = Span.parse(IRI(name)) if name and name != "_" else None
            if span is None:
                continue
            end = closed + 1
            said = after.get(name, 0)
            following = ends[bisect_right(ends, start)]
            yield WrittenBlock(span, start, opened, closed, said if end < said < following else end)

    def _block(self, clause: Clause) -> WrittenBlock:
        return self._by_name[clause.iri]

    def has(self, clause: Clause) -> bool:
        """Whether the clause has a block here."""
        return clause.iri in self._by_name

    def _line_end(self, at: int) -> int:
        """The beginning of the next line; a comment on this one stays where it is."""
        end = self._text.find("\n", at)
        return len(self._text) if end < 0 else end + 1

    def _insert_block(self, clause: Clause, block: str) -> None:
        of_document = self._in_order.get(clause.document, [])
        before = bisect_right(of_document, (clause.start, clause.end), key=_extent)
        if before:
            at = self._line_end(of_document[before - 1].end)
        elif of_document:
            at = self._above(of_document[0].start)
            self._edits.append((at, at, f"{block}\n"))
            return
        else:
            at = len(self._text)
        gap = "" if at == 0 else "\n" if self._text[at - 1] == "\n" else "\n\n"
        if any(edit[0] == at for edit in self._edits[-1:]):
            gap = "\n"
        self._edits.append((at, at, f"{gap}{block}"))

    def _above(self, at: int) -> int:
        """The beginning of the comments right above an offset, or of its line."""
        line = self._text.rfind("\n", 0, at) + 1
        while line > self._directives_end:
            above = self._text.rfind("\n", 0, line - 1) + 1
            if not self._text[above:line].startswith("#"):
                break
            line = above
        return max(line, self._directives_end)

    def _remove_block(self, clause: Clause, block: WrittenBlock, *, with_description: bool) -> None:
        pieces = [(block.start, block.closed + 1)]
        if with_description:
            pieces += self._said.get(clause.iri.value, ())
        for start, end in pieces:
            after = self._line_end(end) if not self._text[end:].split("\n")[0].strip() else end
            self._edits.append((start, after, ""))
        # Of the blank lines before and after, one remains.
        start, end = pieces[-1] if pieces[-1][1] > pieces[0][1] else pieces[0]
        after = self._line_end(end)
        above = self._text[: pieces[0][0]].endswith("\n\n")
        if above and self._text[after : after + 1] == "\n":
            self._edits.append((after, after + 1, ""))

    def _last_token(self, start: int, end: int) -> int | None:
        """Where the last token between two offsets ends, comments apart."""
        last = None
        for match in TOKEN.finditer(self._text, start, end):
            if match.lastgroup != "skip":
                last = match.end()
        return last

    # Text

    def _offer(self, clause: Clause) -> None:
        """See to a prefix for the clauses of the document."""
        space = f"{clause.document.value}/c/"
        if space in self._own.values() or space in self._offered:
            return
        chosen = clause_prefix(clause.document, self._prefixes)
        self._offered.add(space)
        if chosen:
            self._prefixes[chosen] = space

    def _layout(self, triples: Iterable[Triple]) -> Layout:
        return Layout(triples, self._prefixes)

    def _facts(self, triples: Sequence[Triple]) -> str:
        """The statements, subject by subject in their order, as lines in a block."""
        layout = self._layout(triples)
        blocks = "".join(layout.block(subject) for subject in layout.tops())
        self._used |= layout.used
        return _INDENT + TOKEN.sub(_indented, blocks).removesuffix(_INDENT) if blocks else ""


def _indented(token: re.Match[str]) -> str:
    """A token of a block's text as it stands within braces; texts of several lines stay."""
    skipped = token.lastgroup == "skip"
    return token[0].replace("\n", f"\n{_INDENT}") if skipped else token[0]


def _extent(block: WrittenBlock) -> tuple[int, int]:
    return block.span.start, block.span.end


__all__ = ["FactFile", "WrittenBlock"]
