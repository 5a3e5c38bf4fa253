"""The words that documents allow a release to carry: words.csv, each row checked by its digest.

What is allowed is in the manifest of the generation, from `[documents]` in cgkg.toml: the words of
clauses that are cited, or of all sentences. Without it a release has none.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping

from cgkg.document.sentences import digest
from cgkg.document.text import TextsAtHand
from cgkg.export.content import Content
from cgkg.rdf.terms import IRI
from cgkg.rdf.vocab import CG, RDF

WORDS = "words.csv"
HEADER = ("document", "start", "end", "sha256", "words", "copyright")
Key = tuple[str, int, int]


def words_table(content: Content, texts: TextsAtHand | None) -> bytes | None:
    """The table of words that the documents allow; None if they allow none or none is at hand."""
    rows = []
    for (document, start, end), sha256 in sorted(allowed(content).items()):
        held = texts.of(IRI(document)) if texts else None
        words = held.words(start, end) if held else None
        if words is not None and digest(words) == sha256:
            rows.append((document, start, end, sha256, words, _note(content, document)))
    if not rows:
        return None
    out = io.StringIO()
    csv.writer(out).writerows((HEADER, *rows))
    return out.getvalue().encode("utf-8")


def allowed(content: Content) -> Mapping[Key, str]:
    """Documents, starts and ends of what may be carried, with the digests of the words there."""
    return {
        (document.value, start, end): content.value(iri, CG.wordsDigest)
        for document, rights in _rights(content).items()
        for iri, start, end in _stretches(content, document, rights["words"])
    }


def faults(content: Content, table: bytes) -> Iterator[str]:
    """What is wrong with a table of words: what is not allowed, or is not what is cited."""
    may = allowed(content)
    try:
        rows = list(csv.DictReader(io.StringIO(table.decode("utf-8"), newline="")))
        for number, row in enumerate(rows, 1):
            key = (row["document"], int(row["start"]), int(row["end"]))
            if key not in may:
                yield f"row {number} has words that the document does not allow, or no clause"
            elif digest(row["words"]) != may[key]:
                yield f"row {number} has other words than those cited"
    except (UnicodeDecodeError, KeyError, ValueError, TypeError, csv.Error):
        yield "is not of the form that cgkg export writes"


def _rights(content: Content) -> Mapping[IRI, Mapping[str, str]]:
    said = content.manifest["project"].get("documents") or {}
    return {
        IRI(f"{content.base}source/{name}"): rights
        for name, rights in said.items()
        if rights.get("words") in ("quoted", "all")
    }


def _note(content: Content, document: str) -> str:
    return _rights(content)[IRI(document)].get("copyright", "")


def _stretches(content: Content, document: IRI, how: str) -> Iterator[tuple[IRI, int, int]]:
    for span in content.spans:
        name, start, end, _ = content.position(span)
        if name == document.value:
            yield span, start, end
    for iri, held in content.about.items() if how == "all" else ():
        if CG.Sentence in held.get(RDF.type, ()) and iri.value.startswith(f"{document.value}/s/"):
            place = content.value(iri, CG.charStart), content.value(iri, CG.charEnd)
            if all(number.isdigit() for number in place):
                yield iri, int(place[0]), int(place[1])
