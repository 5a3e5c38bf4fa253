"""The project's Turtle in one stable order, and what is made of it: what `cgkg fmt` writes."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cgkg.authoring.catalog import render_catalog
from cgkg.authoring.comments import comments_of
from cgkg.authoring.declarations import declare_used, lacks_declarations
from cgkg.authoring.shapes import render_shapes, shapes_file
from cgkg.document.drafts import explain_draft
from cgkg.errors import ConfigError, SourceError
from cgkg.opening import read_regular, regular_text, write_text
from cgkg.project.folder import Project
from cgkg.project.location import refuse_installed
from cgkg.rdf.compression import read_decompressed
from cgkg.rdf.io import parse_file, read_rdf, read_turtle
from cgkg.rdf.lines import language_tags
from cgkg.rdf.terms import IRI, Triple
from cgkg.rdf.turtle import canonical, write_turtle
from cgkg.rdf.vocab import SH, VANN

# What ontologies here use besides the project's prefixes.
_KNOWN = {
    "bibo": "http://purl.org/ontology/bibo/",
    "geo": "http://www.opengis.net/ont/geosparql#",
    "org": "http://www.w3.org/ns/org#",
    "sh": SH.base,
    "vann": VANN.base,
}


@dataclass(frozen=True)
class FileChange:
    """A file that would be written: its text before and after."""

    path: Path
    before: str
    after: str

    def diff(self) -> str:
        """The change as a unified diff."""
        name = self.path.as_posix()
        lines = difflib.unified_diff(
            self.before.splitlines(keepends=True),
            self.after.splitlines(keepends=True),
            f"a/{name}",
            f"b/{name}",
        )
        return "".join(lines)


def changes(
    project: Project,
    files: Iterable[Path] = (),
    *,
    drop_comments: bool = False,
    with_shapes: bool = False,
) -> Iterator[FileChange]:
    """The files that are not in the stable order or not up to date, each as it should be.

    Args:
        project: gives the prefixes, and the files unless some are named.
        files: Turtle files, or TriG, of which only the prefixes are put right; without any, the
            ontology's and the concept schemes', the prefixes of all others, the catalog, and the
            shapes that follow from the ontology if the project has them.
        drop_comments: do without the comments that have no place in the order.
        with_shapes: make these shapes even if the project does not have them yet.

    Raises:
        SourceError: a file cannot be read, holds relative IRIs, or would lose comments.
    """
    named = tuple(files)
    for path in named or files_of(project):
        if path.suffix == ".trig":
            yield from _declared(project, [path])
            continue
        after = format_turtle(path, project, drop_comments=drop_comments)
        if read_regular(path) != after.encode():
            yield FileChange(path, read_decompressed(path).decode(), after)
    if named:
        return
    yield from _declared(project)
    made = {project.catalog: render_catalog}
    if with_shapes or shapes_file(project).is_file():
        made[shapes_file(project)] = render_shapes
    for path, make in made.items():
        before = regular_text(path) if path.is_file() else ""
        after = make(project)
        if before != after:
            yield FileChange(path, before, after)


def _declared(project: Project, files: Iterable[Path] = ()) -> Iterator[FileChange]:
    """Files whose order is the author's, each with the declarations of prefixes that it needs."""
    generated = shapes_file(project)
    others = (*project.fact_files, *project.description_files, *project.shape_files)
    for path in tuple(files) or (path for path in others if path != generated):
        try:
            parse_file(path, reading=project.reading)
        except SourceError as error:
            raise explain_draft(error) from None
        before = read_decompressed(path).decode()
        after = declare_used(before, project.prefixes)
        if after != before:
            yield FileChange(path, before, after)


def files_of(project: Project) -> tuple[Path, ...]:
    """The Turtle files that have a stable order: the ontology's modules and concept schemes."""
    return (*sorted(project.ontology.parent.glob("*.ttl")), *project.concept_files)


def format_turtle(
    path: Path,
    project: Project,
    *,
    triples: Iterable[Triple] | None = None,
    tags: Mapping[str, str] | None = None,
    drop_comments: bool = False,
) -> str:
    """A Turtle file's text in the stable order.

    Args:
        path: the file; its comments and prefixes are kept.
        project: its prefixes come before the file's own.
        triples: what the file is to say instead of what it says.
        tags: how to write language tags that the file does not have, by the tag in small letters.
        drop_comments: do without the comments that have no place in the order.

    Raises:
        SourceError: the file is malformed, holds relative IRIs, or would lose comments or a triple.
    """
    if path.suffix != ".ttl":
        raise SourceError("it is not Turtle", path=path, hint="bring it back with --from")
    own, declared = read_rdf(path, reading=project.reading)
    refuse_relative(own, path)
    prefixes = merge_prefixes(project, declared)
    text, place = read_decompressed(path).decode(), path.resolve().as_uri()
    added = 0
    if lacks_declarations(text, project.prefixes):
        before, text = text, declare_used(text, project.prefixes)
        added = text.count("\n") - before.count("\n")
    written_tags = {**(tags or {}), **tags_of(text)}
    comments = comments_of(text, prefixes, place, written_tags)
    if comments.lost and not drop_comments:
        line, said = comments.lost[0]
        more = f" and {len(comments.lost) - 1} more" if len(comments.lost) > 1 else ""
        raise SourceError(
            f"a comment inside a statement has no place in the stable order: {said}{more}",
            path=path,
            line=max(1, line - added),
            hint="put it on a line before the statement, make it an rdfs:comment,"
            " or give --drop-comments",
        )
    graph = own if triples is None else [*triples]
    made = write_turtle(graph, prefixes, comments.kept, written_tags)
    written, _ = read_turtle(made, place)
    if canonical(written) != canonical(graph):
        raise SourceError("its graph would not come back from the stable order", path=path)
    return made


def tags_of(text: str) -> dict[str, str]:
    """Language tags as a Turtle text has them, by the tag in small letters, as parsers tell it."""
    return {tag.lower(): tag for _, tag in reversed([*language_tags(text)])}


def merge_prefixes(project: Project, declared: dict[str, str]) -> dict[str, str]:
    """The project's prefixes, and those of a file where they name another namespace."""
    ours = {**_KNOWN, "ont": f"{project.base}ontology/", **project.prefixes}
    spaces = set(ours.values())
    return {
        **{p: ns for p, ns in declared.items() if p not in ours and ns not in spaces},
        **ours,
    }


def refuse_relative(triples: Iterable[Triple], path: Path) -> None:
    """Relative IRIs mean another thing wherever the file lies.

    Raises:
        SourceError: there is one.
    """
    for triple in triples:
        for term in (triple.subject, triple.predicate, triple.object):
            if isinstance(term, IRI) and term.value.startswith("file:"):
                raise SourceError(
                    f"it names <{term.value}>, a place on this machine",
                    path=path,
                    hint="write whole IRIs, or declare @base",
                )


def write(change: FileChange) -> None:
    """Write the file.

    Raises:
        ConfigError: it cannot be written, or belongs to the installed package.
    """
    refuse_installed(change.path)
    try:
        change.path.parent.mkdir(parents=True, exist_ok=True)
        write_text(change.path, change.after)
    except OSError as error:
        raise ConfigError(f"cannot write {change.path}: {error.strerror}") from None


__all__ = [
    "FileChange",
    "changes",
    "files_of",
    "format_turtle",
    "merge_prefixes",
    "refuse_relative",
    "tags_of",
    "write",
]
