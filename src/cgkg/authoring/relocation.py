"""A corrected edition of a document: where each cited span stands in it.

A span is looked for by the digest of its words: first in the sentence that corresponds to its own,
then anywhere, told apart by the words around. Where the words themselves were changed, the
unchanged words before and after say where the new ones are. What cannot be told is listed, never
guessed; the project's files are not touched.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from functools import cached_property
from pathlib import Path
from typing import Any, cast
from typing import Literal as OneOf

from cgkg.authoring.edition import Edition, Range
from cgkg.authoring.excuses import renewed
from cgkg.document.sentences import Sentence, digest
from cgkg.document.spans import Span
from cgkg.errors import CgkgError, ConfigError, SourceError
from cgkg.opening import read_regular, write_text
from cgkg.project.folder import Project
from cgkg.project.sources import Sources
from cgkg.rdf.io import parse_file
from cgkg.rdf.lines import statements
from cgkg.rdf.terms import IRI, Literal, Quad
from cgkg.rdf.vocab import CG

Status = OneOf["same", "moved", "changed", "ambiguous", "lost"]
_AROUND = 30
"""How many characters before and after a span tell one place from another."""
_ENOUGH, _ENOUGH_ELSEWHERE = 8, 30
"""How many of them must agree: between the sentences it stood between, and anywhere else."""
_LEAD = 4
"""By how many characters the surroundings of the best place must beat those of the next."""
_ANCHOR = 6
"""The fewest unchanged characters that show where changed words begin or end."""


@dataclass(frozen=True)
class Move:
    """Where one span goes: `place` is None where that cannot be told; see `candidates` then.

    "same" and "moved" have the cited words; "changed" has others and must be read again.
    """

    span: Span
    status: Status
    place: Range | None = None
    digest: str = ""
    candidates: tuple[Range, ...] = ()

    @property
    def new(self) -> str:
        """The new name, `c:<start>-<end>`, or nothing."""
        return f"c:{self.place[0]}-{self.place[1]}" if self.place else ""


@dataclass(frozen=True)
class Relocation:
    """All spans of a document with their places in the new edition."""

    document: IRI
    moves: tuple[Move, ...]
    old: Edition = field(repr=False)
    new: Edition = field(repr=False)

    @property
    def complete(self) -> bool:
        """Whether every span has a place."""
        return all(move.place for move in self.moves)

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """How many spans there are of each status."""
        return Counter(move.status for move in self.moves)

    def lines(self) -> Iterator[str]:
        """A row for each span, and the summary; no words of either edition."""
        yield f"{'old span':<16} {'new span':<16} status"
        for move in self.moves:
            old = f"c:{move.span.start}-{move.span.end}"
            yield f"{old:<16} {move.new or '-':<16} {_STATUS[move.status]}{_candidates(move)}"
        placed = sum(self.counts.get(name, 0) for name in ("same", "moved", "changed"))
        yield (
            f"{placed} of {len(self.moves)} spans placed:"
            f" {self.counts.get('same', 0)} where they were, {self.counts.get('moved', 0)} moved,"
            f" {self.counts.get('changed', 0)} with changed words;"
            f" {self.counts.get('ambiguous', 0)} ambiguous, {self.counts.get('lost', 0)} not found"
        )

    def as_dict(self) -> dict[str, Any]:
        """The relocation for JSON."""
        return {
            "document": self.document.value,
            "complete": self.complete,
            "counts": dict(self.counts),
            "spans": [
                {
                    "old": [move.span.start, move.span.end],
                    "new": list(move.place) if move.place else None,
                    "status": move.status,
                    "digest": move.digest or None,
                    "candidates": [list(place) for place in move.candidates],
                }
                for move in self.moves
            ],
        }


def relocate(sources: Sources, old: Path, new: Path) -> Relocation:
    """Find every span of a document in a new edition of it.

    Args:
        sources: the project.
        old: the edition that the project cites.
        new: the corrected edition.

    Raises:
        SourceError: a file cannot be read, or `old` is no document that the project cites.
    """
    document = _document(sources, old)
    if document not in sources.tables:
        raise SourceError("the project has no table of its sentences", path=old)
    blocks = sources.project.blocks_table(document.value)
    before = Edition.cited(old, sources.tables[document], blocks)
    after = Edition.new(new, before)
    search = _SpanSearch(before, after)
    cited = {
        t.subject: t.object.value
        for t in sources.descriptions
        if t.predicate == CG.wordsDigest and isinstance(t.object, Literal)
    }
    spans = [span for span in sources.spans if span.document == document]
    moves = [search.move(span, cited.get(span.iri, "")) for span in spans]
    return Relocation(document, tuple(_without_overlaps(moves)), before, after)


def rewrite(relocation: Relocation, project: Project, folder: Path, *, partial: bool) -> list[Path]:
    """Write the project's data for the new edition: spans renamed, digests and tables renewed.

    Args:
        relocation: where the spans are.
        project: whose files are taken; they stay as they are.
        folder: receives data/…; nothing in it is overwritten.
        partial: write although some spans have no place; these keep their old names and digests.

    Raises:
        CgkgError: a span has no place and `partial` is not given, or a span that keeps its name
            would fall together with another.
        ConfigError: a file is already there.
        SourceError: what was written does not say the same; it is removed again.
    """
    _refuse(relocation, partial)
    written = {
        path: _rename_spans(path, relocation, project.prefixes) for path in project.fact_files
    }
    stem = relocation.document.value.rsplit("/", 1)[-1]
    for path in project.description_files:
        written[path] = _renew_description(path, relocation)
    for path in project.sentence_tables:
        if path.name == f"{stem}.sentences.csv":
            written[path] = relocation.new.table.as_csv()
    if relocation.new.blocks:
        path = project.blocks_table(relocation.document.value)
        written[path] = relocation.new.blocks_csv()
        excused = path.with_name(f"{stem}.excused.csv")
        old, new = relocation.old.table, relocation.new
        written[excused] = renewed(excused, old, new.table, new.blocks)
    if relocation.new.made:
        written[project.folder / "texts" / f"{stem}.txt"] = relocation.new.text
    targets = {path: folder / path.relative_to(project.folder) for path in written}
    for target in targets.values():
        if target.exists():
            raise ConfigError(f"{target} is already there", hint="give --write an empty folder")
    for path, text in written.items():
        targets[path].parent.mkdir(parents=True, exist_ok=True)
        write_text(targets[path], text)
    _verify(
        project, relocation, {path: targets[path] for path in project.fact_files}, targets.values()
    )
    return list(targets.values())


class _SpanSearch:
    """Finds places of the old edition in the new one."""

    def __init__(self, old: Edition, new: Edition) -> None:
        self._old, self._new = old, new
        one, other = ([s.sha256 for s in edition.sentences] for edition in (old, new))
        self._pairs: dict[int, Sentence] = {}
        for a, b, size in SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks():
            for step in range(size):
                self._pairs[a + step] = new.sentences[b + step]
        # Sentences that changed their place; they do not tell what lies between which others.
        self._moved_sentences = {
            index: new.sentences[other.index(sha256)]
            for index, sha256 in enumerate(one)
            if index not in self._pairs and one.count(sha256) == other.count(sha256) == 1
        }

    def move(self, span: Span, cited: str) -> Move:
        """Where the span is now."""
        words = self._old.text[span.start : span.end]
        expected, aligned = self._expected(span.start)
        if digest(words) == cited:
            if aligned and self._new.text.startswith(words, expected):
                return self._placed(span, (expected, expected + len(words)), cited)
            places = self._new.places(words)
        else:  # the span is not right about the old edition: only its digest can be trusted
            places = self._new.with_digest(cited, span.end - span.start, expected)
            if len(places) == 1:
                return self._placed(span, places[0], cited)
        if places:
            best = self._best(span, places, expected)
            if best:
                return self._placed(span, best, cited)
            return Move(span, "ambiguous", candidates=tuple(places))
        if digest(words) != cited:
            return Move(span, "lost")
        return self._between(span, words)

    def _expected(self, position: int) -> tuple[int, bool]:
        """Where the position should be, and whether its sentence is known to be there."""
        shift = 0
        for index, sentence in enumerate(self._old.sentences):
            if sentence.start > position:
                break
            here = self._pairs.get(index) or self._moved_sentences.get(index)
            if here and position < sentence.end:
                return position + here.start - sentence.start, True
            if index in self._pairs:
                shift = self._pairs[index].start - sentence.start
        return position + shift, False

    def _placed(self, span: Span, place: Range, cited: str) -> Move:
        same = place == (span.start, span.end)
        return Move(span, "same" if same else "moved", place, cited)

    def _best(self, span: Span, places: list[Range], expected: int) -> Range | None:
        """The one place whose surroundings are those the span had, if there is one."""
        low, high = self._room(span)
        inside = [place for place in places if low <= place[0] and place[1] <= high]
        # Words that left their sentences must bring more of their surroundings along.
        enough = _ENOUGH if inside else _ENOUGH_ELSEWHERE
        scores = {place: self._likeness(span, place) for place in inside or places}
        ranked = sorted(scores, key=lambda place: (-scores[place], abs(place[0] - expected)))
        first = ranked[0]
        if scores[first] < enough:
            return None
        if len(ranked) > 1 and scores[first] - scores[ranked[1]] < _LEAD:
            return first if first[0] == expected else None
        return first

    def _room(self, span: Span) -> Range:
        """Where in the new edition the sentences around the span leave room for it."""
        low, high = 0, len(self._new.text)
        for index, sentence in enumerate(self._old.sentences):
            if index in self._pairs:
                if sentence.end <= span.start:
                    low = self._pairs[index].end
                elif sentence.start >= span.end:
                    return low, self._pairs[index].start
        return low, high

    def _likeness(self, span: Span, place: Range) -> int:
        """How many characters before and after are the same, up to `_AROUND` on each side."""
        old, new = self._old.text, self._new.text
        before = _common(old[: span.start][::-1][:_AROUND], new[: place[0]][::-1][:_AROUND])
        return before + _common(old[span.end :][:_AROUND], new[place[1] :][:_AROUND])

    def _between(self, span: Span, words: str) -> Move:
        """Changed words stand between the unchanged ones before and after."""
        lefts = self._ends(self._old.text[: span.start])
        rights = self._starts(self._old.text[span.end :])
        longest = 2 * len(words) + 40
        pairs = [
            (left, min(after))
            for left in lefts
            if (after := [right for right in rights if left < right <= left + longest])
        ]
        sized = [(a, b) for a, b in pairs if self._new.text[a:b].strip()]
        if len(sized) == 1:
            (place,) = sized
            return Move(span, "changed", place, digest(self._new.text[slice(*place)]))
        return Move(span, "ambiguous" if sized else "lost", candidates=tuple(sized))

    def _ends(self, before: str) -> list[int]:
        """Where the last words of `before` end in the new edition: as many of them as it has."""
        for size in range(min(_AROUND, len(before)), _ANCHOR - 1, -1):
            places = self._new.places(before[-size:])
            if places:
                return [end for _, end in places]
        near_start = len(before) < _ANCHOR and self._new.text.startswith(before)
        return [len(before)] if near_start else []

    def _starts(self, after: str) -> list[int]:
        """Where the first words of `after` start in the new edition."""
        for size in range(min(_AROUND, len(after)), _ANCHOR - 1, -1):
            places = self._new.places(after[:size])
            if places:
                return [start for start, _ in places]
        near_end = len(after) < _ANCHOR and self._new.text.endswith(after)
        return [len(self._new.text) - len(after)] if near_end else []


def _common(one: str, other: str) -> int:
    """How long the common beginning is; two texts that end together agree on all the rest."""
    count = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if count is not None:
        return count
    return _AROUND if len(one) == len(other) else min(len(one), len(other))


def _without_overlaps(moves: Iterable[Move]) -> Iterator[Move]:
    """The moves; spans that would fall together are ambiguous instead."""
    moves = list(moves)
    taken = Counter(move.place for move in moves if move.place)
    for move in moves:
        if move.place and taken[move.place] > 1:
            yield replace(move, status="ambiguous", place=None, digest="", candidates=(move.place,))
        else:
            yield move


def _document(sources: Sources, path: Path) -> IRI:
    """The document that the file is, told by its digest."""
    try:
        sha256 = hashlib.sha256(read_regular(path)).hexdigest()
    except OSError as error:
        raise SourceError(error.strerror or str(error), path=path) from None
    for triple in sources.descriptions:
        value = triple.object
        given = value.value if isinstance(value, Literal) else ""
        named = isinstance(triple.subject, IRI) and triple.predicate == CG.fileDigest
        if named and given == sha256:
            return cast("IRI", triple.subject)
    raise SourceError(
        f"this is no document that the project cites: its SHA-256 is {sha256}",
        path=path,
        hint="give the cited edition first and the corrected one second",
    )


# Writing


def _refuse(relocation: Relocation, partial: bool) -> None:
    left = [move for move in relocation.moves if not move.place]
    if left and not partial:
        raise CgkgError(
            f"nothing written: {len(left)} spans have no place in the new edition",
            hint="see to them, or write the others with --partial",
        )
    taken = {move.place: move.span for move in relocation.moves if move.place}
    for move in left:
        other = taken.get((move.span.start, move.span.end))
        if other:
            raise CgkgError(
                f"nothing written: c:{move.span.start}-{move.span.end} has no place and cannot"
                f" keep its name, which c:{other.start}-{other.end} will have",
                hint="take its block out of the data first",
            )


def _rename_spans(path: Path, relocation: Relocation, prefixes: Mapping[str, str]) -> str:
    """The text of a .trig file with its spans renamed; comments follow."""
    text = path.read_bytes().decode("utf-8")
    text = _renew_digests(text, relocation, prefixes)
    namespace = f"{relocation.document.value}/c/"
    names = {f"{m.span.start}-{m.span.end}": m.new[2:] for m in relocation.moves if m.place}
    bound = re.findall(rf"([\w.-]*):\s*<{re.escape(namespace)}>", text)
    declared = set(re.findall(r"(?i)prefix\s+([\w.-]*):", text))
    bound += [p for p, space in prefixes.items() if space == namespace and p not in declared]
    starts = [rf"(?<![\w:.-]){re.escape(prefix)}:" for prefix in dict.fromkeys(bound)]
    pattern = "|".join([*starts, f"(?<=<){re.escape(namespace)}"])
    return re.sub(
        rf"({pattern})([0-9]+-[0-9]+)(?![\w-])",
        lambda match: match[1] + names.get(match[2], match[2]),
        text,
    )


def _renew_digests(text: str, relocation: Relocation, prefixes: Mapping[str, str]) -> str:
    """The text with the digests of changed words renewed, each in the line that gives it."""
    changed = {m.span.iri.value: m.digest for m in relocation.moves if m.status == "changed"}
    lines = text.split("\n")
    for line, _, subject, predicate, value in (
        statements(text, prefixes=prefixes) if changed else ()
    ):
        if predicate == CG.wordsDigest.value and subject in changed:
            old = value.removeprefix('"')
            lines[line - 1] = lines[line - 1].replace(old, changed[subject])
    return "\n".join(lines)


def _renew_description(path: Path, relocation: Relocation) -> str:
    """The description of the document with the digest and the length of the new edition."""
    text = path.read_bytes().decode("utf-8").replace(relocation.old.sha256, relocation.new.sha256)
    length = rf"(characterCount\s+){len(relocation.old.text)}\b"
    return re.sub(length, rf"\g<1>{len(relocation.new.text)}", text)


def _verify(
    project: Project, relocation: Relocation, files: Mapping[Path, Path], all_: Iterable[Path]
) -> None:
    """What was written must say what the project says, but for names and digests of spans."""
    moves = {move.span.iri: move for move in relocation.moves if move.place}
    for path, target in files.items():
        # The prefix gives nodes without a label one that is the same in both files.
        before, after = (
            parse_file(each, blank_prefix="b", reading=project.reading) for each in (path, target)
        )
        if Counter(after) != Counter(_move_quad(q, moves, relocation.document) for q in before):
            for each in all_:
                each.unlink()
            raise SourceError(
                "its spans cannot be renamed by rewriting the text; nothing was written",
                path=path,
                hint="write every span as c:START-END and each digest on a line of its own",
            )


def _move_quad(quad: Quad, moves: Mapping[IRI, Move], document: IRI) -> Quad:
    def name(term: Any) -> Any:
        move = moves.get(term) if isinstance(term, IRI) else None
        return IRI(f"{document.value}/c/{move.new[2:]}") if move else term

    value: Any = quad.object
    held = moves.get(quad.subject) if isinstance(quad.subject, IRI) else None
    if held and held.status == "changed" and quad.predicate == CG.wordsDigest:
        value = Literal(held.digest)
    return Quad(name(quad.subject), quad.predicate, name(value), name(quad.graph_name))


def _candidates(move: Move) -> str:
    if not move.candidates:
        return ""
    shown = ", ".join(f"{start}-{end}" for start, end in move.candidates[:5])
    return f" {shown}" + (" …" if len(move.candidates) > 5 else "")


_STATUS: Mapping[Status, str] = {
    "same": "same place",
    "moved": "moved",
    "changed": "words changed: read it again",
    "ambiguous": "ambiguous: may be at",
    "lost": "not found",
}
