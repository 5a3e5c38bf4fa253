"""Proving a release: digests, every format against the N-Quads, the dataset's digest, the counts.

Nothing the release says of itself is believed: what can be computed is computed from dataset.nq.
With a project the release is made again from its files and compared byte for byte.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from cgkg import __version__
from cgkg.errors import CgkgError, ReleaseError
from cgkg.export.apart import make_apart
from cgkg.export.checks import (
    ReleaseProblem,
    check_annotations,
    check_reifiers,
    check_syntaxes,
    compare,
    numbers_that_differ,
    read,
    unreadable,
)
from cgkg.export.content import Content
from cgkg.export.description import File
from cgkg.export.files import (
    DESCRIPTIONS,
    MEDIA_TYPES,
    README,
    RELEASE,
    SUMS,
    about,
    data_parts,
    description_parts,
    left_out,
    licence,
    listing,
)
from cgkg.export.readme import readme
from cgkg.export.release import FILE_NAME, LARGEST_LISTING, Release, contents
from cgkg.export.statistics import differences, statistics
from cgkg.export.words import WORDS, faults
from cgkg.formats import Format
from cgkg.opening import open_inside, read_inside
from cgkg.pipeline import build
from cgkg.project.folder import Project
from cgkg.project.texts import open_texts
from cgkg.rdf.io import parse_bytes, serialize
from cgkg.store.generations import DATASET, MANIFEST, Generation

_LARGEST = 4 << 30  # bytes of a file of a release
_SUM = re.compile(r"([0-9a-f]{64}) [ *]([^/\\]+)\Z")


def verify(folder: Path, project: Project | None = None) -> list[ReleaseProblem]:
    """Every problem of a release; none means that it is what it says.

    Args:
        folder: the release.
        project: what it was made from, if it is to be made again and compared byte for byte.

    Raises:
        ReleaseError: the folder is no release.
        BuildRejectedError, SourceError, ConfigError: the project cannot be built.
    """
    release = Release(folder)
    files = release.files
    problems = list(_check_sums(folder, files))
    content = _content(folder, problems)
    if content is not None:
        if replace(content, of_file=True).digest == release.digest:  # of an earlier cgkg
            content = replace(content, of_file=True)
        problems += _check_dataset(release, content)
        problems += check_syntaxes(folder, content)
        problems += check_annotations(folder, content)
        problems += check_reifiers(folder, content)
        problems += _check_descriptions(release, content)
        problems += _check_rest(folder, content, files)
        problems += _check_words(folder, content, files)
    if project is not None:
        problems += _check_again(folder, project)
    return list(dict.fromkeys(problems))


# Digests


def _check_sums(folder: Path, files: Iterable[File]) -> Iterator[ReleaseProblem]:
    """The manifest against the folder, and release.json against the manifest."""
    sums, unread = _read_sums(folder)
    yield from unread
    for name, digest in sums.items():
        try:
            if _measure(folder, name)[1] != digest:
                yield ReleaseProblem(name, f"was changed: its SHA-256 is not that of {SUMS}")
        except OSError as error:
            yield unreadable(name, error)
    for path in sorted(folder.iterdir()):
        if path.name not in sums and path.name != SUMS:
            yield ReleaseProblem(path.name, f"is not listed in {SUMS}", "remove it")
    for file in files:
        if sums.get(file.name) != file.sha256:
            yield ReleaseProblem(RELEASE, f"gives another SHA-256 of {file.name} than {SUMS}")
        with suppress(OSError):  # told above
            if _measure(folder, file.name)[0] != file.size:
                yield ReleaseProblem(RELEASE, f"gives another size of {file.name}")


def _read_sums(folder: Path) -> tuple[dict[str, str], list[ReleaseProblem]]:
    sums, problems = {}, []
    try:
        lines = read_inside(folder, SUMS, LARGEST_LISTING).decode("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return {}, [ReleaseProblem(SUMS, "cannot be read")]
    for number, line in enumerate(lines, 1):
        match = _SUM.match(line)
        if match and FILE_NAME.fullmatch(match[2]):
            sums[match[2]] = match[1]
        else:
            problems.append(
                ReleaseProblem(SUMS, f"line {number} is not of the form 'SHA-256  NAME'")
            )
    return sums, problems


def _measure(folder: Path, name: str) -> tuple[int, str]:
    """Size and digest of a file of the release; raises OSError if it is none."""
    with open_inside(folder, name) as file:
        size = os.fstat(file.fileno()).st_size
        if size > _LARGEST:
            raise OSError(errno.EFBIG, f"it is larger than {_LARGEST >> 30} GiB", name)
        return size, hashlib.file_digest(file, "sha256").hexdigest()


# The dataset and its syntaxes


def _content(folder: Path, problems: list[ReleaseProblem]) -> Content | None:
    try:
        _measure(folder, DATASET)
        content = Content.load(Generation(folder))
        about(content)
    except CgkgError as error:
        problems.append(ReleaseProblem(DATASET, f"cannot be used: {error.message}"))
    except OSError as error:
        problems.append(unreadable(DATASET, error))
    except (KeyError, TypeError, AttributeError) as error:
        problems.append(ReleaseProblem(MANIFEST, f"lacks {error}"))
    else:
        return content
    return None


def _check_dataset(release: Release, content: Content) -> Iterator[ReleaseProblem]:
    """The digest that people cite, computed again."""
    for name, said in (
        (RELEASE, release.digest),
        (MANIFEST, content.manifest.get("dataset_sha256")),
    ):
        # The file of a bare folder is as written, and its manifest gives the digest of that.
        if said != content.digest and not (content.bare and name == MANIFEST):
            yield ReleaseProblem(
                name,
                f"says that the dataset's digest is {said}, by RDFC-1.0 it is {content.digest}",
            )
    body = serialize(content.quads, Format.N_QUADS)
    try:
        with open_inside(release.folder, DATASET) as file:
            same = file.read(len(body) + 1) == body
    except OSError as error:
        yield unreadable(DATASET, error)
        return
    if not same:
        yield ReleaseProblem(DATASET, "is not in the canonical form of RDFC-1.0")
    counts = content.manifest.get("counts", {})
    for key, number in (
        ("dataset", len(content.quads)),
        ("default_graph", len(content.merged)),
        ("inferred", len(content.inferred)),
    ):
        if counts.get(key, number if content.bare else None) != number:
            yield ReleaseProblem(
                MANIFEST, f"counts {key} as {counts.get(key)}, the data has {number}"
            )


# Counts and descriptions


def _check_descriptions(release: Release, content: Content) -> Iterator[ReleaseProblem]:
    """The counts of release.json, VoID and DCAT, each against the data."""
    counts = statistics(content)
    for line in differences(release.listing.get("statistics", {}), counts):
        yield ReleaseProblem(RELEASE, f"statistics: {line}")
    parts = description_parts(content, counts, tuple(_data_files(release)))
    for part in parts:
        if not part.name.endswith(".ttl"):
            continue
        path = release.folder / part.name
        quads = read(path, Format.TURTLE)
        if isinstance(quads, ReleaseProblem):
            yield quads
            continue
        expected = parse_bytes(part.make(), Format.TURTLE, path)
        lines = list(numbers_that_differ(quads, expected))
        yield from (ReleaseProblem(part.name, line) for line in lines)
        if not lines:
            yield from compare(path, Format.TURTLE, expected)


def _data_files(release: Release) -> Iterator[File]:
    """The data files with their sizes and digests as they are on disk."""
    for file in release.files:
        with suppress(OSError):  # told above
            if file.name not in DESCRIPTIONS:
                size, sha256 = _measure(release.folder, file.name)
                kind = MEDIA_TYPES.get(file.suffix if "." in file.name else "", file.media_type)
                yield File(file.name, kind, file.title, size, sha256)


def _check_rest(
    folder: Path, content: Content, files: tuple[File, ...]
) -> Iterator[ReleaseProblem]:
    """What is neither RDF of the facts nor a description: made again and compared."""
    counts = statistics(content)
    parts = [
        part
        for part in data_parts(Generation(folder), content)
        if part.name == "protege.ttl" or part.name.endswith(".csv")
    ]
    added = {f"{table.name}.csv" for table in content.tables}
    bodies = {part.name: part.make() for part in parts if part.name not in added}
    if added:
        try:
            bodies |= make_apart(
                lambda: {part.name: part.make() for part in parts if part.name in added}
            )
        except ReleaseError as error:
            yield ReleaseProblem(MANIFEST, f"its tables cannot be made again: {error.message}")
    data = tuple(file for file in files if file.name != README)
    bodies[README] = readme(about(content), counts, data, left_out(content), licence(content))
    bodies[RELEASE] = listing(content, counts, files)
    for name, body in bodies.items():
        yield from _compare_bytes(folder / name, body, "what this program makes of the dataset")


def _check_words(
    folder: Path, content: Content, files: tuple[File, ...]
) -> Iterator[ReleaseProblem]:
    """The words that it carries: of clauses it cites, as its documents allow, by their digests."""
    if all(file.name != WORDS for file in files):
        return
    try:
        table = read_inside(folder, WORDS)
    except OSError as error:
        yield unreadable(WORDS, error)
        return
    yield from (ReleaseProblem(WORDS, fault) for fault in faults(content, table))


def _compare_bytes(path: Path, expected: bytes, what: str) -> Iterator[ReleaseProblem]:
    try:
        with open_inside(path.parent, path.name) as file:
            content = file.read(len(expected) + 1)
    except OSError as error:
        yield unreadable(path.name, error)
        return
    if content != expected:
        pairs = zip(content.splitlines(), expected.splitlines(), strict=False)
        line = next((n for n, (a, b) in enumerate(pairs, 1) if a != b), None)
        place = f"line {line}" if line else "the end"
        yield ReleaseProblem(path.name, f"differs from {what}, first at {place}")


def _check_again(folder: Path, project: Project) -> Iterator[ReleaseProblem]:
    """The release made anew from the project, byte for byte."""
    with tempfile.TemporaryDirectory(prefix="cgkg-") as place:
        generation, _ = build(project, Path(place))
        said = Release(folder).listing
        if said.get("generation") != generation.id:
            yield ReleaseProblem(
                RELEASE,
                f"is of the build {said.get('generation')} by cgkg {said.get('cgkg')}, this project"
                f" gives {generation.id} by cgkg {__version__}",
                "use the same files, program and libraries, or see cgkg diff",
            )
        names: set[str] = set()
        texts = open_texts(project)
        for name, body in contents(generation, texts):
            names.add(name)
            yield from _compare_bytes(folder / name, body, "what the project gives")
        for path in sorted(folder.iterdir()):
            if path.name not in names:
                yield ReleaseProblem(path.name, "the project gives no such file", "remove it")


__all__ = ["ReleaseProblem", "verify"]
