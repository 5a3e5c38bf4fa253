"""What differs between two generations, found by the lines that differ, and told in one line."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice

from cgkg.authoring.difference import Difference, Side, compare, side_of
from cgkg.formats import Format
from cgkg.languages import SOURCE, translator
from cgkg.presentation.resource import LABELS
from cgkg.rdf.io import parse_bytes
from cgkg.rdf.vocab import CG
from cgkg.store.generations import Generation

_MOST = 2_000  # lines that differ; with more, both sides are read whole
_SENTENCES = 3  # in a line
_NODE = re.compile(rb"^_:|^\S+ \S+ _:")
_IRI = re.compile(rb"<[^>]*>")


def difference(before: Generation, after: Generation) -> Difference:
    """What must be added and removed to get from one generation to the other.

    Blocks for milliseconds where few lines of one file differ, else for seconds.

    Raises:
        StoreError, SourceError: a file of them cannot be read.
    """
    change = before.dataset.until(after.dataset)
    if change is None or len(change.removed) + len(change.added) > _MOST:
        return compare(_whole(before), _whole(after))
    lines = (*change.removed, *change.added)
    if any(_NODE.search(line) for line in lines):  # what a blank node stands for is told elsewhere
        return compare(_whole(before), _whole(after))
    return compare(_part(before, lines), _part(after, lines))


def told(difference: Difference, language: str = SOURCE) -> str:
    """The difference in one line: its first sentences, how many more there are, and the counts."""
    said = [line.strip() for line in difference.lines(language) if line.startswith("  ")]
    first = "; ".join(" ".join(line.split()) for line in islice(said, _SENTENCES))
    left = len(said) - _SENTENCES
    if left > 0:
        more = translator(language).ngettext("and {n:,} more", "and {n:,} more", left)
        first += "; " + more.format(n=left)
    return f"{first} ({difference.summary(language)})" if first else difference.summary(language)


def _whole(generation: Generation) -> Side:
    return _side(generation, generation.dataset.read())


def _side(generation: Generation, lines: bytes) -> Side:
    quads = parse_bytes(lines, Format.N_QUADS, generation.dataset.base)
    return side_of(quads, generation.prefixes)


def _part(generation: Generation, changed: Iterable[bytes]) -> Side:
    """The side as far as it is about these lines: all graphs that hold their triples, and what
    their terms are called."""
    lines = generation.dataset
    triples = {_triple(line) for line in changed}
    held = lines.starting(sorted(triples))
    iris = {iri for line in (*held, *changed) for iri in _IRI.findall(line)}
    said = (*LABELS, CG.inSection)
    names = lines.starting(b"%s <%s> " % (iri, p.value.encode()) for iri in iris for p in said)
    return _side(generation, b"".join(sorted({*held, *names})))


def _triple(line: bytes) -> bytes:
    """The start of all lines that say the triple of this one, in whatever graph."""
    body = line.removesuffix(b" .\n")
    subject, predicate, rest = body.split(b" ", 2)
    if rest.startswith(b'"'):
        end = re.match(rb'"(?:[^"\\]|\\.)*"(?:@[\w-]+|\^\^<[^>]*>)?', rest)
        assert end is not None
        value = end[0]
    else:
        value = rest.split(b" ", 1)[0]
    return b"%s %s %s " % (subject, predicate, value)
