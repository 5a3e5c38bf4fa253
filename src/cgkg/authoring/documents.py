"""Source documents of a project: taken in, shown before, taken in again, and taken out."""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cgkg.authoring.excuses import renewed
from cgkg.authoring.formatting import merge_prefixes
from cgkg.document.blocks import (
    HEADING,
    PROPOSED,
    Block,
    blocks_csv,
    cut_blocks,
    number_sections,
    read_blocks,
    written_number,
)
from cgkg.document.cutting import guess_language, language_shares
from cgkg.document.cutting_rules import CUTTING_RULES
from cgkg.document.reading.formats import LARGEST, SUFFIXES, read_document
from cgkg.document.sentences import SentenceTable, integer
from cgkg.errors import ConfigError, SourceError
from cgkg.languages import N_, in_language, is_tag, lookup, numbered
from cgkg.opening import read_regular, write_text
from cgkg.project.folder import Project
from cgkg.project.location import refuse_installed
from cgkg.project.sources import load
from cgkg.rdf.io import parse_file
from cgkg.rdf.terms import IRI, Literal, Triple
from cgkg.rdf.turtle import write_turtle
from cgkg.rdf.vocab import CG, DCTERMS, RDF, SKOS
from cgkg.tables import read_table

_UNSAFE = re.compile(r"[^\w.-]+")
_MADE_OF = re.compile(r"# of .* SHA-256 (?P<sha256>[0-9a-f]{64})")
_ENDINGS = ("ttl", "sentences.csv", "blocks.csv", "excused.csv", "mentions.csv")
_FIRST_WORDS = 60  # characters that a preview shows of a block


@dataclass(frozen=True)
class Options:
    """What whoever takes documents in says of them; see `plan`."""

    language: str | None = None
    encoding: str | None = None
    wrapped: bool | None = None
    confirm: bool = False


@dataclass(frozen=True)
class TakenIn:
    """A document as it would be written: nothing is, before `write_documents`.

    `notes` say how its language is known and what was done to its text.
    """

    file: Path
    name: str
    document: IRI
    text: str
    same: bool
    sha256: str
    blocks: tuple[Block, ...]
    table: SentenceTable
    notes: tuple[str, ...]

    def lines(self) -> Iterator[str]:
        """For people: what it is made of, a line for each block, with its first words."""
        kinds = Counter(block.kind for block in self.blocks)
        counted = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
        yield (
            f"{self.file.name}: {len(self.table.sentences)} sentences in {len(self.blocks)} blocks"
            f" ({counted})"
        )
        yield from (f"  {note}" for note in self.notes)
        yield f"{'kind':<13}{'level':>5} {'section':<9} {'place':<11} words"
        for block in self.blocks:
            words = self.text[block.start : block.end]
            shown = words if len(words) <= _FIRST_WORDS else f"{words[:_FIRST_WORDS]}\u2026"
            mark = f"{block.mark} " if block.mark else ""
            why = f"  ({block.why})" if block.why else ""
            yield (
                f"{block.kind:<13}{block.level or '':>5} {block.section:<9} {block.origin:<11}"
                f" {mark}{shown}{why}"
            )

    def told(self) -> Iterator[str]:
        """What whoever takes it in should know, a line each."""
        yield from (f"{self.file.name}: {note}" for note in self.notes)
        if self.proposed:
            yield (
                f"{self.file.name}: {self.proposed} headings are proposed and excuse nothing:"
                " confirm them all with cgkg document --headings, or each in the table of blocks"
            )

    @property
    def proposed(self) -> int:
        """How many headings are proposed and not confirmed."""
        return sum(block.kind == PROPOSED for block in self.blocks)


def plan(project: Project, file: Path, options: Options | None = None) -> list[TakenIn]:
    """What taking in a file, or the files of a folder, would make; nothing is written.

    A document that is in the project and that nothing cites is taken in again: with the kinds and
    levels of its table of blocks, unless the file changed since.

    Args:
        project: gets the documents; it may have others.
        file: a document, or a folder with some; the name of a file names the document.
        options: its language, encoding and whether its lines are wrapped, where the file does not
            tell; and whether proposed headings are confirmed.

    Raises:
        SourceError: a file cannot be taken in.
        ConfigError: clauses of the document are cited, two files have one name, or there is none.
    """
    refuse_installed(project.folder)
    taken_in: list[TakenIn] = []
    for each in _files(file):
        taken = _take_in(project, each, options or Options())
        twin = next((one for one in taken_in if one.name == taken.name), None)
        if twin:
            raise ConfigError(
                f"{twin.file} and {each} would both be the document {taken.name!r}",
                hint="rename one of them",
            )
        taken_in.append(taken)
    return taken_in


def add_document(
    project: Project, file: Path, options: Options | None = None, *, language: str | None = None
) -> list[Path]:
    """Take in a document, or those of a folder: `plan`, then `write_documents`."""
    chosen = options or Options(language=language)
    return write_documents(project, plan(project, file, chosen))


def write_documents(project: Project, documents: Iterable[TakenIn]) -> list[Path]:
    """Write what the project keeps of the documents, and their words into texts/.

    In data/source/ these are <name>.ttl, <name>.sentences.csv, <name>.blocks.csv and
    <name>.excused.csv. What the author said of a document, and reasons of the author's own, stay.

    Returns:
        The files written.

    Raises:
        ConfigError: a file cannot be written, or texts/ holds another text of that name.
    """
    written: dict[Path, str] = {}
    for each in documents:
        written |= _files_of(project, each)
    try:
        for path, body in written.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_text(path, body)
    except OSError as error:
        raise ConfigError(f"cannot write {error.filename}: {error.strerror}") from None
    return list(written)


def remove_document(project: Project, name: str) -> list[Path]:
    """Take a document out that nothing cites: its files in data/source/, and its text.

    Returns:
        The files removed.

    Raises:
        ConfigError: there is no such document, clauses of it are cited, or a file cannot be
            removed.
    """
    refuse_installed(project.folder)
    folder = project.folder / "data" / "source"
    described = folder / f"{name}.ttl"
    if "/" in name or not described.is_file():
        tables = (path.name.removesuffix(".sentences.csv") for path in project.sentence_tables)
        names = ", ".join(tables)
        raise ConfigError(f"there is no document {name!r}", hint=f"there are: {names or 'none'}")
    _refuse_cited(project, IRI(f"{project.base}source/{name}"), "it stays")
    files = [path for path in (folder / f"{name}.{end}" for end in _ENDINGS) if path.is_file()]
    text = project.folder / "texts" / f"{name}.txt"
    if text.is_file() and _digest(_read(text)) in _digests(project, described):
        files.append(text)
    try:
        for path in files:
            path.unlink()
    except OSError as error:
        raise ConfigError(f"cannot remove {error.filename}: {error.strerror}") from None
    return files


def _files(file: Path) -> list[Path]:
    if not file.is_dir():
        return [file]
    files = sorted(
        path
        for path in file.iterdir()
        if path.suffix.lower() in SUFFIXES and path.is_file() and not path.name.startswith(".")
    )
    if not files:
        raise ConfigError(f"{file} holds no document", hint="in it: " + ", ".join(SUFFIXES))
    return files


def _take_in(project: Project, file: Path, options: Options) -> TakenIn:
    content = _read(file)
    try:
        reading = read_document(file, content, encoding=options.encoding, wrapped=options.wrapped)
    except ValueError as error:
        raise SourceError(str(error), path=file) from None
    name = _name(file)
    document = IRI(f"{project.base}source/{name}")
    sha256 = _digest(content)
    blocks, notes = reading.blocks, list(reading.notes)
    folder = project.folder / "data" / "source"
    for path in (folder / f"{name}.{ending}" for ending in _ENDINGS):
        if path.is_symlink():
            raise ConfigError(f"{path} is a symbolic link, which is not followed")
    if (folder / f"{name}.ttl").exists():
        _refuse_cited(project, document, "it is not cut again")
        same = _digest(reading.text.encode("utf-8")) in _digests(project, folder / f"{name}.ttl")
        table_of = folder / f"{name}.blocks.csv"
        kept = _table_of(table_of, sha256, len(reading.text)) if same else None
        if kept is None:
            notes.append("it is in the project already, and is made anew from the file")
        else:
            blocks = kept
            notes.append(f"kinds and levels are those of {name}.blocks.csv")
    if options.confirm:
        blocks = tuple(
            b._replace(kind=HEADING, why=b.why.removesuffix("; confirm it"))
            if b.kind == PROPOSED
            else b
            for b in blocks
        )
    blocks = number_sections(blocks, reading.text)
    language, how = _language(options.language, reading.language, file, reading.text)
    if not language:
        language = project.languages[0]
    table = cut_blocks(reading.text, blocks, document, language)
    if name != file.stem:
        notes.append(f"it is called {name}: the name is part of IRIs")
    told = (f"language: {language} ({how})", *notes)
    return TakenIn(file, name, document, reading.text, reading.same, sha256, blocks, table, told)


def _name(file: Path) -> str:
    """The name of the file as part of an IRI."""
    name = _UNSAFE.sub("-", file.stem).strip("-.")
    if not name:
        raise SourceError("its name has no letter or digit to call the document by", path=file)
    return name


def _language(given: str | None, said: str, file: Path, text: str) -> tuple[str, str]:
    """The language of a document, "" if nothing says it, and how it is known."""
    if given is not None:
        if not is_tag(given):
            raise ConfigError(f"{given!r} is no language tag", hint="such as en, de or zh-Hant")
        return given, "as you say"
    guessed = guess_language(text)
    if is_tag(said) and not (guessed and _is_another(guessed, said, text)):
        return said, "as the file says"
    ending = Path(file.stem).suffix[1:]
    if ending and lookup(CUTTING_RULES, ending) is not None:
        return ending, "by the name of the file"
    if guessed is not None and is_tag(said):
        return guessed, f"by its words, though the file says {said}; --lang says another"
    if guessed is not None:
        return guessed, "by its words; --lang says another"
    return "", "for want of another; say --lang"


def _is_another(guessed: str, said: str, text: str) -> bool:
    """Whether the words are clearly of another language than the file says, as of a template."""
    known = lookup(CUTTING_RULES, said)
    shares = language_shares(text)
    return known not in (None, guessed) and shares[guessed] > 2 * shares[known or guessed]


def _refuse_cited(project: Project, document: IRI, what: str) -> None:
    cited = sum(span.document == document for span in load(project).spans)
    if cited:
        raise ConfigError(
            f"clauses of {document.value.rsplit('/', 1)[1]} are cited ({cited}): {what}",
            hint="for a corrected edition see cgkg span --relocate",
        )


def _table_of(path: Path, sha256: str, length: int) -> tuple[Block, ...] | None:
    """The blocks as the author left them, if they are of this very file."""
    if not path.is_file():
        return None
    comments = read_table(path, ("start", "end"), others=True).comments
    # A spreadsheet that saved it put separators behind.
    made = next((m for line in comments if (m := _MADE_OF.match(line))), None)
    if made is None:
        raise SourceError(
            "it does not say which file it is of",
            path=path,
            line=1,
            hint="keep its first line, or delete the table to have it made anew",
        )
    return read_blocks(path, length) if made["sha256"] == sha256 else None


def _files_of(project: Project, taken: TakenIn) -> Mapping[Path, str]:
    folder, name = project.folder / "data" / "source", taken.name
    described = folder / f"{name}.ttl"
    target = project.folder / "texts" / f"{name}.txt"
    mine = taken.text.encode("utf-8")
    if os.path.lexists(target):
        there = _read(target)
        before = _digests(project, described) if described.is_file() else set()
        if there != mine and _digest(there) not in before:
            raise ConfigError(
                f"{target} is there already, and holds another text",
                hint="texts/ holds what is made of a document: move the file elsewhere, or rename"
                " it",
            )
    before_ = list(_kept_description(project, described, taken.document))
    tags = project.languages
    triples = [*_description(taken, before_, tags), *_sections(taken, tags)]
    prefixes = {
        **merge_prefixes(project, {}),
        "src": f"{project.base}source/",
    }
    sections = f"{taken.document.value}/sec/"
    # Of another document they have a name of their own, if it can be one.
    other = project.prefixes.get("sec", sections) != sections
    prefixes[f"sec-{name.lower()}" if other else "sec"] = sections
    cut = folder / f"{name}.sentences.csv"
    old = SentenceTable.read(cut, taken.document) if cut.is_file() else None
    excused = folder / f"{name}.excused.csv"
    made_of = f"# of {' '.join(taken.file.name.split())} SHA-256 {taken.sha256}\n"
    written = {
        described: write_turtle(triples, prefixes),
        cut: taken.table.as_csv(),
        folder / f"{name}.blocks.csv": made_of + blocks_csv(taken.blocks),
        excused: renewed(excused, old, taken.table, taken.blocks),
    }
    if not os.path.lexists(target) or _read(target) != mine:
        written[target] = taken.text
    return written


_MADE = {CG.fileDigest, CG.characterCount, DCTERMS.language}


def _kept_description(project: Project, path: Path, document: IRI) -> Iterator[Triple]:
    """What the author says of a document that is there already."""
    for quad in parse_file(path, reading=project.reading) if path.is_file() else ():
        if quad.subject == document and quad.predicate not in _MADE:
            yield quad.triple


def _description(taken: TakenIn, kept: Sequence[Triple], tags: Iterable[str]) -> Iterator[Triple]:
    document = taken.document
    yield from kept
    if not kept:
        yield Triple(document, RDF.type, CG.SourceDocument)
        for tag in tags:
            yield Triple(document, SKOS.prefLabel, Literal(taken.name, language=tag))
    yield Triple(document, DCTERMS.language, Literal(taken.table.language))
    yield Triple(document, CG.characterCount, integer(len(taken.text)))
    digest = _digest(taken.text.encode("utf-8"))
    yield Triple(document, CG.fileDigest, Literal(digest))


def _sections(taken: TakenIn, tags: Sequence[str]) -> Iterator[Triple]:
    """The sections by their numbers; their headings are the document's words."""
    table = taken.table
    written = _written_numbers(taken)
    numbers = dict.fromkeys(sentence.section for sentence in table.sentences)
    for number in numbers:
        section = table.section_iri(number)
        yield Triple(section, RDF.type, CG.SourceSection)
        yield Triple(section, CG.sectionNumber, Literal(number))
        yield Triple(section, DCTERMS.isPartOf, table.document)
        above = number.rpartition(".")[0]
        while above and above not in numbers:  # a level that was left out
            above = above.rpartition(".")[0]
        if above:
            yield Triple(section, CG.isPartOfSection, table.section_iri(above))
        names = numbered(N_("section {number}"), number, tags)
        for tag, label in names.items():
            # Where no catalogue has the word for a section, the document's own may do.
            if label == number and (
                in_language(tag, table.language) or in_language(table.language, tag)
            ):
                label = written.get(number, number)
            yield Triple(section, SKOS.prefLabel, Literal(label, language=tag))


def _written_numbers(taken: TakenIn) -> Mapping[str, str]:
    """How the heading of each section that has a number of its own writes it."""
    opening: dict[str, Block] = {}
    for block in taken.blocks:
        opening.setdefault(block.section, block)
    words = {number: taken.text[each.start : each.end] for number, each in opening.items()
             if each.kind in (HEADING, PROPOSED) and each.level}  # fmt: skip
    return {number: said for number, each in words.items() if (said := written_number(each))}


def _digests(project: Project, path: Path) -> set[str]:
    return {
        quad.object.value
        for quad in parse_file(path, reading=project.reading)
        if quad.predicate == CG.fileDigest and isinstance(quad.object, Literal)
    }


def _read(file: Path) -> bytes:
    try:
        return read_regular(file, LARGEST)
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}") from None


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


__all__ = ["Options", "TakenIn", "add_document", "plan", "remove_document", "write_documents"]
