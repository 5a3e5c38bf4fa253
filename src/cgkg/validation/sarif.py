"""Findings in SARIF 2.1.0, which code hosts and editors show beside the lines (OASIS standard)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cgkg import __version__
from cgkg.languages import SOURCE, pick
from cgkg.rdf.notation import abbreviate_text
from cgkg.validation.report import Finding, Report

__all__ = ["as_sarif"]

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVELS: Mapping[str, str] = {"violation": "error", "warning": "warning", "info": "note"}
_HOME = "https://w3id.org/cgkg/"


def as_sarif(report: Report, language: str = SOURCE) -> dict[str, Any]:
    """A SARIF log with one run: a rule for every code, a result for every finding.

    Messages are in one language. What a finding comes from is told by its related locations.
    """
    rules = {code: n for n, code in enumerate(sorted({each.code for each in report.findings}))}
    results = [_result(each, rules, report.prefixes, language) for each in report.findings]
    driver = {
        "name": "cgkg",
        "version": __version__,
        "informationUri": _HOME,
        "rules": [{"id": code} for code in rules],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _result(
    finding: Finding, rules: Mapping[str, int], prefixes: Mapping[str, str], language: str
) -> dict[str, Any]:
    said = abbreviate_text(_said(finding, language), prefixes)
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": rules[finding.code],
        "level": _LEVELS[finding.severity],
        "message": {"text": said},
        "locations": _locations(finding),
    }
    related = [
        {**place, "message": {"text": abbreviate_text(_said(cause, language), prefixes)}}
        for cause in _causes(finding)
        for place in _locations(cause)
    ]
    if related:
        result["relatedLocations"] = related
    about = {
        name: str(term)
        for name in ("focus", "predicate", "value", "graph", "shape")
        if (term := getattr(finding, name)) is not None
    }
    if about:
        result["properties"] = about
    return result


def _said(finding: Finding, language: str) -> str:
    """The message, the statement that it is about, and what to do."""
    statement, hint = finding.statement, pick(finding.hint, language).strip()
    said = pick(finding.message, language) + (f": {statement}" if statement else "")
    return f"{said}\n{hint}" if hint else said


def _causes(finding: Finding) -> Iterator[Finding]:
    for cause in finding.causes:
        yield cause
        yield from _causes(cause)


def _locations(finding: Finding) -> list[dict[str, Any]]:
    """The place of a finding, if it has one."""
    if finding.path is None:
        return []
    place: dict[str, Any] = {"artifactLocation": {"uri": _uri(finding.path)}}
    if finding.line:
        place["region"] = {"startLine": finding.line}
    return [{"physicalLocation": place}]


def _uri(path: Path) -> str:
    """A relative path as a relative reference, so that a log is right on other machines."""
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
