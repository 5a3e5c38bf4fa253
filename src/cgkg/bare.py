"""A bare folder of RDF files -> a generation: nothing checked or reasoned over.

The triples of all files are the default graph, and their named graphs stay what they are. With the
setting `union_default_graph` the default graph has the triples of all named graphs, too: they are
written twice, since the engine's own union counts a triple once for every graph it is in.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import time
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from cgkg import __version__
from cgkg.errors import NotReadableError, SourceError
from cgkg.progress import Say, silent
from cgkg.project.folder import Project
from cgkg.rdf.io import Reading, SkippedStatements, no_direction, no_triple_terms, transcribe
from cgkg.store.generations import DATASET, MANIFEST, Generation, GenerationStore

_BLOCK = 1 << 20
_OTHERS = 20  # malformed files that an error names
_LISTED = 1000  # files that a manifest lists as not read
# No IRI and no label of N-Quads holds a blank: the third word begins the object.
_DIRECTED = re.compile(rb'^\S+ \S+ "(?:[^"\\\n]|\\.)*+"@[A-Za-z0-9-]+--(?:ltr|rtl) ', re.MULTILINE)
_TRIPLE_TERM = re.compile(rb"^\S+ \S+ <<\(", re.MULTILINE)
# A quad, and the triple in it: an object and, after it, the name of a graph. A literal ends with a
# quote, a tag or a datatype, and so what is in one is never taken for a name.
_IN_GRAPH = re.compile(
    rb'^(\S++ \S++ (?:[<_]\S*+|"(?:[^"\\\n]|\\.)*+"\S*+)) (?:<[^\s"<>]*+>|_:[^\s"]++) \.$',
    re.MULTILINE,
)
_PREFIX = re.compile(r"(?:[A-Za-z][\w-]*)?")
_WITH_LABEL = re.compile(rb"^.*_:.*$", re.MULTILINE)


def build(
    project: Project, folder: Path, *, lenient: bool = False, say: Say = silent
) -> Generation:
    """Make the folder's current generation, unless the store has it already.

    Blank nodes of different files are different; they are numbered in the order of files and
    lines, so that the same files give the same bytes. The manifest says what was not read.

    Args:
        project: a bare folder.
        folder: the store folder.
        lenient: leave out the statements of Turtle, TriG, N-Triples and N-Quads that are wrong; the
            manifest says how many and which.
        say: told of each stage: its name, counts, and seconds.

    Raises:
        SourceError: files are malformed; says which, line and column. The store is unchanged.
        StoreError: the store folder cannot be written.
    """
    started = time.perf_counter()
    store = GenerationStore(folder)
    name = project.fingerprint(lenient=lenient)
    held = store.held(name)
    if held:  # without a right to write here
        say("unchanged", {"quads": held.quads}, 0.0)
        return held
    with store.lock():
        skipped = SkippedStatements() if lenient else None
        writer = _DatasetWriter(project, Reading(project.contexts, skipped))
        try:
            generation = store.add(
                name,
                {
                    DATASET: writer.write,
                    MANIFEST: lambda path: _describe(project, name, skipped, writer.prefixes, path),
                },
            )
        except NotReadableError as error:
            raise writer.blamed(error) from None
    counts = {"files": len(project.rdf_files), "quads": generation.quads}
    say("stored as written", counts, time.perf_counter() - started)
    return generation


class _DatasetWriter:
    """Writes the quads of all files of a folder, and knows which lines come from which."""

    def __init__(self, project: Project, reading: Reading) -> None:
        self._files, self._reading = project.rdf_files, reading
        self._union = project.union_default_graph
        self._ends: list[int] = []  # for each file the number of its last line
        self._declared: dict[str, set[str]] = {}

    def write(self, path: Path) -> None:
        """Write the N-Quads of all files.

        Raises:
            SourceError: files are malformed: the first, and the others in its hint.
        """
        with path.open("wb") as output:
            count = 0
            for number, file in enumerate(self._files):
                lines = _Lines(output, file, number, union=self._union)
                try:
                    declared = transcribe(file, lines, reading=self._reading)  # type: ignore[arg-type]  # it needs write and flush alone
                    lines.end()
                except SourceError as error:
                    raise self._with_others(error, self._files[number + 1 :]) from None
                count += lines.count
                self._ends.append(count)
                for prefix, namespace in declared.items():
                    self._declared.setdefault(prefix, set()).add(namespace)

    @property
    def prefixes(self) -> Mapping[str, str]:
        """The prefixes of the files, but for those by which they mean different namespaces, and
        those that SPARQL has no way to write."""
        return {
            prefix: min(namespaces)
            for prefix, namespaces in self._declared.items()
            if len(namespaces) == 1 and _PREFIX.fullmatch(prefix)
        }

    def _with_others(self, error: SourceError, files: Sequence[Path]) -> SourceError:
        """The error, with those of the files that come after it."""
        others = [error.hint]
        for file in files:
            lines = _Lines(io.BytesIO(), file, 0, keep=False)
            try:
                transcribe(file, lines, reading=replace(self._reading, skipped=self._count_only()))  # type: ignore[arg-type]
                lines.end()
            except SourceError as other:
                others.append(f"also {other.message}")
            if len(others) > _OTHERS:
                others.append("and perhaps more")
                break
        return SourceError(
            error.what,
            path=error.path,
            line=error.line,
            column=error.column,
            hint="\n        ".join(others),
        )

    def _count_only(self) -> SkippedStatements | None:
        return None if self._reading.skipped is None else SkippedStatements()

    def blamed(self, error: NotReadableError) -> Exception:
        """The error about a file of the store as one about the file that the statement is from."""
        number = bisect_left(self._ends, error.line)
        if error.file != DATASET or number >= len(self._files):
            return error
        return SourceError(
            f"it has a statement that no file of quads can hold: {error.what}: {error.statement}",
            path=self._files[number],
            hint="leave it out; what was served before stays",
        )


class _Lines:
    """Takes the N-Quads of one file in parts of any size; hands them on with nodes numbered, and
    for a union with each quad's triple after it."""

    def __init__(
        self, output: IO[bytes], file: Path, number: int, *, union: bool = False, keep: bool = True
    ) -> None:
        self._output, self._file, self._union, self._keep = output, file, union, keep
        self.count = 0
        self._prefix = b"_:f%db" % number
        self._names: dict[bytes, bytes] = {}
        self._parts: list[bytes] = []
        self._size = 0

    def write(self, part: bytes) -> int:
        self._parts.append(bytes(part))
        self._size += len(part)
        # a long line comes in many parts: they are joined when it ends
        if self._size >= _BLOCK and b"\n" in part:
            whole, newline, rest = b"".join(self._parts).rpartition(b"\n")
            self._hand_on(whole + newline)
            self._parts, self._size = [rest], len(rest)
        return len(part)

    def flush(self) -> None:
        """Nothing yet: a line may still be half."""

    def end(self) -> None:
        """Hand on what is left; the file has been read to its end."""
        self._hand_on(b"".join(self._parts))

    def _hand_on(self, lines: bytes) -> None:
        if b"<<(" in lines and _TRIPLE_TERM.search(lines):
            raise no_triple_terms(self._file)
        if b"--" in lines and _DIRECTED.search(lines):
            raise no_direction(self._file)
        if b"_:" in lines:
            lines = _WITH_LABEL.sub(self._number_nodes, lines)
        if self._union:
            lines = _IN_GRAPH.sub(rb"\g<0>\n\1 .", lines)
        self.count += lines.count(b"\n")
        if self._keep:
            self._output.write(lines)

    def _number_nodes(self, line: re.Match[bytes]) -> bytes:
        subject, predicate, rest = line[0].split(b" ", 2)
        if rest.startswith(b"_:"):
            value, rest = rest.split(b" ", 1)
            rest = b"%s %s" % (self._name(value), rest)
        *before, graph, stop = rest.rsplit(b" ", 2)
        # A literal ends with a quote, a tag or a datatype, and so never looks like a label.
        if before and graph.startswith(b"_:") and b'"' not in graph:
            rest = b" ".join((*before, self._name(graph), stop))
        return b" ".join((self._name(subject), predicate, rest))

    def _name(self, term: bytes) -> bytes:
        if not term.startswith(b"_:"):
            return term
        return self._names.setdefault(term, b"%s%d" % (self._prefix, len(self._names)))


def _describe(
    project: Project,
    name: str,
    skipped: SkippedStatements | None,
    prefixes: Mapping[str, str],
    path: Path,
) -> None:
    dataset = path.with_name(DATASET)
    with dataset.open("rb") as lines:
        # Lines written by one serialiser are the same where the quads are.
        count = statements = len(set(map(hash, lines)))
    if project.union_default_graph:  # then the default graph has them all
        with dataset.open("rb") as lines:
            statements = len({hash(line) for line in lines if not _IN_GRAPH.match(line)})
    with dataset.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    manifest: dict[str, Any] = {
        "bare": True,
        "generation": name,
        "cgkg": __version__,
        "project": {
            "base": project.base,
            "name": project.name,
            "about": project.about,
            "prefixes": {**project.prefixes, **prefixes},
        },
        "counts": {"dataset": count, "statements": statements, "files": len(project.rdf_files)},
        "union_default_graph": project.union_default_graph,
        "classes": {},
        "inputs": dict(project.inputs),
        "not_read": {
            "count": len(project.not_read),
            "files": dict(project.not_read[:_LISTED]),
        },
        "findings": {},
        "dataset_sha256": digest,
    }
    if skipped is not None:
        manifest["left_out"] = {
            "count": skipped.count,
            "statements": [error.message for error in skipped.errors],
        }
    text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True)
    path.write_text(text + "\n", "utf-8")
