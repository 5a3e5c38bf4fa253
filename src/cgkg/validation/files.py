"""Files of data validated by files of shapes, without a project: a report with file and line."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Protocol

from cgkg.errors import SourceError
from cgkg.formats import Format
from cgkg.languages import SOURCE, known, pick, translations
from cgkg.messages import M_
from cgkg.progress import Say, Stages, silent
from cgkg.project.catalog import contexts_beside, contexts_of
from cgkg.project.imports import Imports
from cgkg.project.survey import survey_file
from cgkg.rdf.io import Reading, parse_file, read_prefixes, syntax_of
from cgkg.rdf.lines import Place
from cgkg.rdf.terms import IRI, Literal, Quad, Subject, Term, Triple, parts
from cgkg.rdf.vocab import SH, STANDARD, XSD
from cgkg.reasoning.ntriples import mentioning
from cgkg.shacl.data import Data
from cgkg.shacl.excerpts import Endpoint, NotPicked, ShapesExcerpt
from cgkg.shacl.graph import ShapesGraph
from cgkg.shacl.paths import PathInverse
from cgkg.shacl.report import ValidationReport, ValidationResult, to_triples
from cgkg.shacl.validator import ShapesError, compile_shapes
from cgkg.shacl.vocabulary import Remark, find_ineffective
from cgkg.validation.engines import ENGINES, Validator
from cgkg.validation.places import ReportPlaces
from cgkg.validation.report import Finding, Report
from cgkg.validation.results import tell_result
from cgkg.validation.shapes import tell_remark

__all__ = ["FetchingEndpoint", "FilesReport", "validate_elsewhere", "validate_files"]


_WITHOUT_PREFIXES = (Format.N_TRIPLES, Format.N_QUADS, Format.JSON_LD)
_COLUMNS_FROM = 1 << 22
"""Bytes of N-Triples from which on columns are made of them: to begin with that costs as much."""
_Files = Mapping[Path, Sequence[Quad]]


class FetchingEndpoint(Endpoint, Protocol):
    """An endpoint that is asked for all statements, too."""

    def fetch(self, predicates: Collection[IRI] | None) -> list[Quad]:
        """The quads with some predicates, None for all."""


@dataclass(frozen=True)
class FilesReport:
    """What validation found.

    Attributes:
        report: that of SHACL.
        findings: its results with their places, and what the shapes say in vain.
        imports: the files that shapes and ontologies import.
        prefixes: those that the files declare.
    """

    report: ValidationReport
    findings: Report
    imports: tuple[Imports, ...]
    prefixes: Mapping[str, str]

    def as_triples(self) -> list[Triple]:
        """The report as RDF, what is said of a node together."""
        triples = to_triples(self.report)
        order = {triple.subject: number for number, triple in reversed([*enumerate(triples)])}
        return sorted(triples, key=lambda triple: order[triple.subject])

    @property
    def sound(self) -> bool:
        """Whether the data conforms and the shapes say what SHACL knows."""
        return self.report.conforms and self.findings.conforms


def validate_files(
    data: Sequence[Path],
    shapes: Sequence[Path],
    ontology: Sequence[Path] = (),
    *,
    catalog: Path | None = None,
    engine: Validator = "cgkg",
    say: Say = silent,
) -> FilesReport:
    """Validate the merge of some files by the shapes of others and of what these import.

    Args:
        data: RDF files of any syntax, or archives of some; what they import is not read.
        shapes: likewise; what they import is found by catalogs.
        ontology: where the class hierarchy is taken from beside the data, with what it imports.
        catalog: asked before those beside the files.
        engine: who validates.
        say: told of each stage.

    Raises:
        SourceError: a file cannot be read, or its shapes cannot be used; says the line.
        ShapesError: the shapes cannot be used, and no line is known.
    """
    stages = Stages(say)
    read = _Reader(catalog)
    imports = tuple(Imports.of(_expanded(paths), catalog) for paths in (shapes, ontology))
    paths = _expanded(data)
    large = [path for path in paths if engine == "cgkg" and _is_large(path)]
    given = read.files([path for path in paths if path not in large], of=len(paths))
    columns = _Columns(paths, given, read.prefixes(large, of=len(paths))) if large else None
    asked, classes = map(read.imported, imports)
    count = _count(given) + (columns.count if columns else 0)
    stages("read", data=count, shapes=_count(asked), ontology=_count(classes))

    def judge() -> ValidationReport:
        return ENGINES[engine](
            columns.data if columns else chain(*given.values()),
            list(dict.fromkeys(_triples(asked))),
            ontology=list(_triples(classes)),
        )

    return _validate(judge, given, asked, imports, stages, columns=columns)


def validate_elsewhere(
    endpoint: FetchingEndpoint,
    shapes: Sequence[Path],
    ontology: Sequence[Path] = (),
    *,
    catalog: Path | None = None,
    engine: Validator = "cgkg",
    candidates: bool = True,
    say: Say = silent,
) -> FilesReport:
    """Validate what an endpoint has, as `validate_files` does the merge of files.

    Args:
        endpoint: has the data.
        shapes: as in `validate_files`, as are the others.
        ontology: likewise.
        catalog: likewise.
        engine: likewise.
        candidates: whether the endpoint picks what may break the shapes, where it can.
        say: told of each stage.

    Raises:
        SourceError, ShapesError: as `validate_files`.
        CgkgError: as the endpoint does.
    """
    stages = Stages(say)
    read = _Reader(catalog)
    imports = tuple(Imports.of(_expanded(paths), catalog) for paths in (shapes, ontology))
    asked, classes = map(read.imported, imports)
    try:
        shapes_read = list(dict.fromkeys(_triples(asked)))
        compiled = compile_shapes(shapes_read)
    except ShapesError as error:
        raise _placed(error, asked) from None
    hierarchy = list(_triples(classes))
    excerpt: ShapesExcerpt | NotPicked = NotPicked()
    if candidates and engine == "cgkg":
        excerpt = compiled.fetch(endpoint, ontology=hierarchy)
    if isinstance(excerpt, ShapesExcerpt):
        fetched, notes = excerpt.quads, excerpt.notes
    else:
        wanted = compiled.looked_at if engine == "cgkg" else None
        fetched = endpoint.fetch(wanted)
        reasons = compiled.looks_anywhere if engine == "cgkg" else (f"the validator {engine}",)
        notes = (_of_properties(len(fetched), wanted, reasons),)
        if excerpt.reason:
            picks = M_(
                "the engine is not let pick what may break a shape: {reason}", reason=excerpt.reason
            )
            notes = (*notes, picks)
    stages("read", data=len(fetched), shapes=_count(asked), ontology=_count(classes))

    def judge() -> ValidationReport:
        if isinstance(excerpt, ShapesExcerpt):
            return excerpt.validate()
        return ENGINES[engine](fetched, shapes_read, ontology=hierarchy)

    outcome = _validate(judge, {}, asked, imports, stages, fetched)
    return replace(outcome, report=replace(outcome.report, notes=(*notes, *outcome.report.notes)))


def _of_properties(count: int, wanted: Collection[IRI] | None, reasons: Iterable[str]) -> str:
    if wanted is None:
        return M_(
            "all {count} statements of the endpoint were fetched, for {reasons}",
            count=f"{count:,}",
            reasons=", ".join(reasons),
        )
    return M_(
        "{count} statements of the endpoint were fetched: those with one of the {properties}"
        " properties that the shapes name",
        count=f"{count:,}",
        properties=len(wanted),
    )


def _validate(
    judge: Callable[[], ValidationReport],
    given: _Files,
    asked: _Files,
    imports: tuple[Imports, ...],
    stages: Stages,
    fetched: Sequence[Quad] = (),
    columns: _Columns | None = None,
) -> FilesReport:
    statements = ShapesGraph(_triples(asked))
    try:
        report = judge()
    except ShapesError as error:
        raise _placed(error, asked) from None
    stages("validated", results=len(report.results))
    if columns:
        given = columns.mentioning(set(_terms(report.results)))
    teller = _Teller(given, fetched, asked, statements, report.results)
    findings = (*teller.results(), *teller.remarks(find_ineffective(statements)))
    prefixes = _prefixes([*given, *asked])
    return FilesReport(report, Report(findings, STANDARD | prefixes), imports, prefixes)


def _expanded(paths: Iterable[Path]) -> list[Path]:
    """The files themselves, and those in archives, each once."""
    return list(dict.fromkeys(chain.from_iterable(map(survey_file, paths))))


def _count(files: _Files) -> int:
    return sum(map(len, files.values()))


def _triples(files: _Files) -> Iterator[Triple]:
    return (quad.triple for quad in chain(*files.values()))


def _prefixes(paths: Iterable[Path]) -> dict[str, str]:
    """Those that the files declare, the first of each name."""
    declared: dict[str, str] = {}
    for path in paths:
        if syntax_of(path) not in _WITHOUT_PREFIXES:
            declared = read_prefixes(path) | declared
    return declared | {"sh": SH.base, "xsd": XSD.base}  # whatever a file takes for SHACL


def _is_large(path: Path) -> bool:
    """Whether it is a file in N-Triples of which columns are made."""
    lined = path.is_file() and syntax_of(path) is Format.N_TRIPLES
    return lined and path.stat().st_size >= _COLUMNS_FROM


class _Columns:
    """Statements of files of which some are not made into triples.

    Args:
        paths: all files, in order.
        given: what those say that are.
        large: those in N-Triples that are not, with what is put before labels of blank nodes.
    """

    def __init__(self, paths: Sequence[Path], given: _Files, large: Mapping[Path, str]) -> None:
        self._paths, self._given, self._large = paths, given, large
        self.data = Data(chain(*given.values()))
        self.count = sum(
            self.data.read(path, blank_prefix=prefix) for path, prefix in large.items()
        )

    def mentioning(self, terms: Collection[Term]) -> _Files:
        """What the files say of some terms, and more."""
        if not terms:
            return self._given
        return {
            path: self._given[path]
            if path in self._given
            else mentioning(path, terms, blank_prefix=self._large[path])
            for path in self._paths
        }


class _Reader:
    """Reads files; blank nodes of different ones are kept apart."""

    def __init__(self, catalog: Path | None) -> None:
        self._contexts = contexts_of(catalog) if catalog else {}
        self._read = 0

    def files(self, paths: Sequence[Path], *, of: int = 0) -> dict[Path, list[Quad]]:
        """The statements of some files, which are some of so many."""
        reading = Reading(contexts_beside(paths) | self._contexts)
        return {
            path: parse_file(path, blank_prefix=prefix, reading=reading)
            for path, prefix in self.prefixes(paths, of=of).items()
        }

    def prefixes(self, paths: Sequence[Path], *, of: int = 0) -> dict[Path, str]:
        """For each file what keeps its blank nodes apart: nothing, if it is the first and alone."""
        alone = not self._read and max(len(paths), of) == 1
        first, self._read = self._read, self._read + len(paths)
        return {path: "" if alone else f"cgkgfile{first + n}n" for n, path in enumerate(paths)}

    def imported(self, imports: Imports) -> dict[Path, list[Quad]]:
        """The files asked for, and those that they import."""
        for error in imports.errors:
            raise error
        try:
            return self.files([file.path for file in imports.files])
        except SourceError as error:
            raise imports.explain(error) from None


def _placed(error: ShapesError, shapes: _Files) -> ShapesError | SourceError:
    """The error with file and line, if it says which node it is about."""
    place = None
    if error.statement is not None:
        said = parts(error.statement)
        place = ReportPlaces(shapes, said[:1]).of(*said)
    elif error.node is not None:
        place = ReportPlaces(shapes, [error.node]).of(error.node)
    if place is None:
        return error
    return SourceError(error.message, path=place.path, line=place.line or None, hint=error.hint)


class _Teller:
    """Turns results into findings with places."""

    def __init__(
        self,
        data: _Files,
        fetched: Sequence[Quad],
        shapes: _Files,
        statements: Iterable[Triple],
        results: Sequence[ValidationResult],
    ) -> None:
        self._given, self._files, self._fetched = results, data, fetched
        self._graph = ShapesGraph.of(statements)
        self._data = ReportPlaces(data, set(_terms(results)))
        self._described: dict[Term, dict[str, str]] = {}
        self._targets: dict[Term, Triple] = {}
        subjects: set[Term] = set()
        for subject, predicate, value in map(parts, statements):
            subjects.add(subject)
            if predicate == SH.targetNode:
                self._targets[value] = Triple(subject, predicate, value)
            if predicate == SH.description and isinstance(value, Literal):
                said = self._described.setdefault(subject, {})
                said[value.language or SOURCE] = value.value
        self._shapes = ReportPlaces(shapes, subjects)

    def results(self) -> Iterator[Finding]:
        """The results, each with those that it comes from."""
        return map(self._finding, self._given)

    def remarks(self, remarks: Iterable[Remark]) -> Iterator[Finding]:
        """Findings about statements of the shapes."""
        for each in remarks:
            yield _at(tell_remark(each), self._shapes.of(*parts(each.triple)))

    def _finding(self, result: ValidationResult) -> Finding:
        predicate = result.path if isinstance(result.path, IRI) else None
        stated = _statement(result)
        said = tell_result(
            result,
            code=SH.local(result.component).removesuffix("ConstraintComponent"),
            message=_by_language(result.messages),
            hint=self._hint(result.shape),
            causes=map(self._finding, result.details),
            shapes=self._graph,
            values=self._values,
            graph=self._stated_in(stated) if stated else None,
        )
        place = self._data.of(*parts(stated)) if stated else self._of_node(result.focus, predicate)
        return _at(said, place)

    def _stated_in(self, stated: Triple) -> IRI | None:
        """The named graph that states it, the first in order of IRI."""
        if not self._fetched:
            return self._data.graph(stated)
        return min(self._graphs_of.get(stated, ()), key=str, default=None)

    @cached_property
    def _graphs_of(self) -> dict[Triple, set[IRI]]:
        wanted = set(_terms(self._given))
        graphs: dict[Triple, set[IRI]] = {}
        for quad in self._fetched:
            if isinstance(quad.graph_name, IRI) and quad.subject in wanted:
                graphs.setdefault(quad.triple, set()).add(quad.graph_name)
        return graphs

    def _of_node(self, focus: Term, predicate: IRI | None) -> Place | None:
        """Where a node stands in the data; else, as it is nowhere there, where it is a target."""
        place = self._data.of(focus, predicate)
        if place is None and focus in self._targets:
            return self._shapes.of(*parts(self._targets[focus]))
        return place

    def _values(self, focus: Term, predicate: IRI) -> list[Term]:
        return self._said.get((focus, predicate), [])

    @cached_property
    def _said(self) -> dict[tuple[Term, IRI], list[Term]]:
        """What is said of the focus nodes."""
        wanted = set(_terms(self._given))
        told: dict[tuple[Term, IRI], list[Term]] = {}
        for subject, predicate, value in map(parts, chain(*self._files.values(), self._fetched)):
            if subject in wanted:
                told.setdefault((subject, predicate), []).append(value)
        return told

    def _hint(self, shape: Subject) -> dict[str, str]:
        """What the shape says of itself, and where it stands."""
        described = self._described.get(shape, {})
        place = self._shapes.of(shape, SH.path) or self._shapes.of(shape)
        if place is None:
            return described
        where = f"{place.path}:{place.line}" if place.line else f"{place.path}"
        named = f"{shape}, " if isinstance(shape, IRI) else ""
        seen = translations("the shape: {shape}{place}", shape=named, place=where)
        return {tag: f"{pick(described, tag)}\n{seen[tag]}".strip() for tag in known()}


def _terms(results: Iterable[ValidationResult]) -> Iterator[Term]:
    for result in results:
        yield result.focus
        if (stated := _statement(result)) is not None:
            yield parts(stated)[0]
        yield from _terms(result.details)


def _statement(result: ValidationResult) -> Triple | None:
    """The statement that gives a focus node the value at fault, if it is a single one."""
    focus, path, value = result.focus, result.path, result.value
    if isinstance(path, IRI) and isinstance(focus, Subject) and value is not None:
        return Triple(focus, path, value)
    if isinstance(path, PathInverse) and isinstance(path.path, IRI) and isinstance(value, Subject):
        return Triple(value, path.path, focus)
    return None


def _by_language(messages: Iterable[Literal]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for message in messages:
        language = message.language or SOURCE
        before = f"{texts[language]}; " if language in texts else ""
        texts[language] = before + message.value
    return texts


def _at(finding: Finding, place: Place | None) -> Finding:
    return replace(finding, path=place.path, line=place.line or None) if place else finding
