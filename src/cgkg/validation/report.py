"""Findings as values: what a check saw, where, and what the author can do about it.

A finding is made by a check that knows terms; the caller adds file and line. A report is a sorted
tuple of findings that prints as plain text in one language, or as JSON in all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from cgkg.languages import N_, SOURCE, pick, text, translator
from cgkg.rdf.notation import abbreviate_text
from cgkg.rdf.terms import IRI, BlankNode, Term, Triple
from cgkg.rdf.vocab import STANDARD

Severity = Literal["violation", "warning", "info"]

# Labels of the parser, and those of cgkg for files that are read together.
_MADE_UP = re.compile(r"[0-9a-f]{20,}|cgkgfile\d+n.+")

__all__ = ["Finding", "Report", "Severity", "abbreviate", "finding", "sort_key"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem, or remark, about the data, the shapes or the ontology.

    `focus`, `predicate` and `value` are the statement at fault as far as the check knows it;
    `graph` is the graph that states it (a span), `shape` the SHACL shape that fired, `inferred`
    says that no one wrote the statement: the reasoner did. `path` and `line` are of the file.
    `route` is the property path of a shape that leads to the value, if that is more than one
    property; `causes` are the findings that make this one. `remedy` says which statements should be
    others, as far as that can be told: it may be the wrong one, so whoever uses it tries it.
    """

    severity: Severity
    code: str
    message: Mapping[str, str]
    path: Path | None = None
    line: int | None = None
    focus: Term | None = None
    predicate: IRI | None = None
    value: Term | None = None
    graph: IRI | None = None
    shape: IRI | None = None
    inferred: bool = False
    hint: Mapping[str, str] = field(default_factory=dict)
    route: str = ""
    causes: tuple[Finding, ...] = ()
    remedy: tuple[tuple[Triple, Triple], ...] = field(default=(), compare=False)

    def __hash__(self) -> int:
        return hash((self.code, self.focus, self.predicate, self.value, self.path, self.line))

    def text(self, language: str = SOURCE) -> str:
        """`path:line: severity code: message`, then the statement and the hints, indented."""
        words = translator(language)
        where = ":".join(str(part) for part in (self.path, self.line) if part is not None)
        head = f"{where}: " if where else ""
        severity = text(_SEVERITIES[self.severity], language)
        lines = [f"{head}{severity} {self.code}: {pick(self.message, language)}"]
        if statement := self.statement:
            inferred = words.gettext(" (inferred)") if self.inferred else ""
            lines.append("  " + words.gettext("at: ") + statement + inferred)
        if self.graph is not None:
            lines.append("  " + words.gettext("in: ") + abbreviate(self.graph))
        hint = words.gettext("hint: ")
        lines += [f"  {hint}{line}" for line in pick(self.hint, language).splitlines() if line]
        if self.causes:
            lines.append("  " + words.gettext("because:"))
            causes = "\n".join(each.text(language) for each in self.causes)
            lines += [f"    {line}" for line in causes.splitlines()]
        return "\n".join(lines)

    def line_text(self, language: str = SOURCE) -> str:
        """The same on one line, for editors and scripts: what is not known of the place is 1 or -.

        `path:line: severity code: message [statement] (hint; hint)`
        """
        statement, hint = self.statement, pick(self.hint, language)
        said = pick(self.message, language)
        said += f" [{statement}]" if statement else ""
        notes = [*filter(None, hint.splitlines()), *self._told_causes(language)]
        said += f" ({'; '.join(notes)})" if notes else ""
        place = f"{self.path or '-'}:{self.line or 1}"
        severity = text(_SEVERITIES[self.severity], language)
        return f"{place}: {severity} {self.code}: {' '.join(said.split())}"

    def _told_causes(self, language: str) -> Iterator[str]:
        because = translator(language).gettext("because:")
        for each in self.causes:
            yield f"{because} {each.statement}: {pick(each.message, language)}"

    def as_dict(self) -> dict[str, Any]:
        """The finding for JSON: every field, absent ones as null, terms in N-Triples syntax."""

        def text(term: Term | None) -> str | None:
            return None if term is None else str(term)

        return {
            "severity": self.severity,
            "code": self.code,
            "message": dict(self.message),
            "hint": dict(self.hint),
            "path": None if self.path is None else self.path.as_posix(),
            "line": self.line,
            "focus": text(self.focus),
            "predicate": text(self.predicate),
            "value": text(self.value),
            "graph": None if self.graph is None else self.graph.value,
            "shape": None if self.shape is None else self.shape.value,
            "inferred": self.inferred,
            "route": self.route or None,
            "causes": [cause.as_dict() for cause in self.causes],
            "remedy": [{"remove": str(old), "add": str(new)} for old, new in self.remedy],
        }

    @property
    def statement(self) -> str:
        """The statement at fault, as an author writes it, as far as the check knows it."""
        by = self.route or self.predicate
        terms = (self.focus, by, self.value)
        # A node shape reports its focus as its value: say it once.
        shown = terms[:1] if not by and self.value == self.focus else terms
        return " ".join(_told(term) for term in shown if term)


@dataclass(frozen=True, slots=True)
class Report:
    """All findings of a check, in one stable order: by severity, then file, line and code.

    `prefixes` are those of the project, for its text.
    """

    findings: tuple[Finding, ...] = ()
    prefixes: Mapping[str, str] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "findings", tuple(sorted(self.findings, key=sort_key)))

    @classmethod
    def sorted(cls, findings: Iterable[Finding], prefixes: Mapping[str, str]) -> Report:
        """A report of findings that are in its order already: that of `sort_key`."""
        made = cls((), prefixes)
        object.__setattr__(made, "findings", tuple(findings))
        return made

    @property
    def conforms(self) -> bool:
        """Whether no finding forbids publishing."""
        return not self.violations

    @property
    def violations(self) -> tuple[Finding, ...]:
        """The findings that forbid publishing."""
        return self._of("violation")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings that should be looked at."""
        return self._of("warning")

    @property
    def infos(self) -> tuple[Finding, ...]:
        """The findings that are remarks."""
        return self._of("info")

    def __add__(self, other: Report) -> Report:
        """The findings of both, each once, in one order."""
        findings = tuple(dict.fromkeys(self.findings + other.findings))
        return Report(findings, {**self.prefixes, **other.prefixes})

    def text(self, language: str = SOURCE) -> str:
        """Every finding, one after the other, and a closing line with the counts."""
        counts = [len(part) for part in (self.violations, self.warnings, self.infos)]
        said = translator(language).gettext("{} violation(s), {} warning(s), {} info(s)")
        return "\n".join([*self.told(self.findings, language), said.format(*counts)])

    def told(self, findings: Iterable[Finding], language: str = SOURCE) -> Iterator[str]:
        """The texts of some of the findings, with the prefixes of the project."""
        return (abbreviate_text(each.text(language), self.prefixes) for each in findings)

    def as_dict(self) -> dict[str, Any]:
        """The report for JSON."""
        return {
            "conforms": self.conforms,
            "violations": len(self.violations),
            "warnings": len(self.warnings),
            "infos": len(self.infos),
            "findings": [finding.as_dict() for finding in self.findings],
        }

    def _of(self, severity: Severity) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity == severity)


def finding(
    code: str,
    message: Mapping[str, str],
    focus: Term | None,
    *,
    severity: Severity = "violation",
    predicate: IRI | None = None,
    value: Term | None = None,
    hint: Mapping[str, str] | None = None,
) -> Finding:
    """A finding about a statement, as far as it is given."""
    return Finding(
        severity=severity,
        code=code,
        message=message,
        focus=focus,
        predicate=predicate,
        value=value,
        hint=hint or {},
    )


def _told(term: Term | str) -> str:
    """A term or route in a statement; a blank node that nobody gave a label is written as such."""
    if isinstance(term, str):
        return term
    made_up = isinstance(term, BlankNode) and _MADE_UP.fullmatch(term.value)
    return "[]" if made_up else abbreviate(term)


def abbreviate(term: Term) -> str:
    """The term as an author writes it: a prefixed name where a known prefix fits."""
    if isinstance(term, IRI):
        return _prefixed_name(term.value) or str(term)
    return str(term)


def _prefixed_name(iri: str) -> str | None:
    best = max(
        (item for item in STANDARD.items() if iri.startswith(item[1])),
        key=lambda item: len(item[1]),
        default=None,
    )
    if best is None:
        return None
    local = iri[len(best[1]) :]
    return f"{best[0]}:{local}" if local and not set("/#?%") & set(local) else None


_RANK: Mapping[str, int] = {"violation": 0, "warning": 1, "info": 2}


def sort_key(finding: Finding) -> tuple[Any, ...]:
    """What a report sorts its findings by."""
    terms = (finding.focus, finding.predicate, finding.value, finding.graph)
    return (
        _RANK[finding.severity],
        str(finding.path or ""),
        finding.line or 0,
        finding.code,
        *("" if term is None else str(term) for term in terms),
        pick(finding.message, SOURCE),
        str(finding.shape or ""),
        finding.route,
        finding.inferred,
        pick(finding.hint, SOURCE) if finding.hint else "",
    )


# Severities as they are told.
_SEVERITIES: Mapping[str, str] = {
    "violation": N_("violation"),
    "warning": N_("warning"),
    "info": N_("info"),
}
