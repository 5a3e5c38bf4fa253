"""Write the part of docs/reference/shacl.md that is tried: features by section, the W3C suite.

    python tools/shacl.py           # run the suite and the features, write the page
    python tools/shacl.py --check   # exit 1 if the page is out of date

Each feature is tried: its shapes (tools/shacl_features.py) are broken by data that an engine
without the feature would let pass. Known failures and their reasons are in
tests/conformance/expected_failures.toml.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reference" / "shacl.md"
sys.path += [str(ROOT / name) for name in ("tests/conformance", "tools")]

import shacl_features  # noqa: E402  (found by the line above)
from shacl_features import Feature  # noqa: E402
from shacl_suite import EXPECTED_FAILURES, cases, faults  # noqa: E402

from cgkg.shacl.report import ValidationReport, to_triples  # noqa: E402
from cgkg.shacl.validator import ShapesError  # noqa: E402
from cgkg.validation.files import ENGINES  # noqa: E402

Engine = Callable[..., ValidationReport]

_HEAD = """
## Every feature tried

Shapes that some data breaks are given to both validators. *yes* means that the result is there;
*by pyshacl*, that cgkg gives such shapes to pySHACL and says so; *refused*, that it is an error;
*passed over*, that the shapes say nothing to the validator. Asked by `--validator`, pyshacl has its
advanced features turned off.
"""
_PART = re.compile(r"(<!-- begin tried -->\n).*?(<!-- end tried -->)", re.DOTALL)


def page() -> str:
    """The page's text: features are tried, of the suite's cases the known failures are told."""
    written = "\n".join([*_suite(), *_failures(), _HEAD.strip(), "", *_features()])
    return _PART.sub(lambda match: match[1] + written + match[2], PAGE.read_text("utf-8"))


def _suite() -> Iterator[str]:
    yield "## What the W3C suite says"
    yield ""
    yield "This part is written by `python tools/shacl.py`; `make test` checks that it is what the"
    yield "validators do."
    yield ""
    yield "Results are compared with their focus node, path, value, component, source shape and"
    yield "severity, and as often as they are there; cases that must be refused, by being refused."
    yield ""
    yield _row("folder", "cases", *(f"{name} passes" for name in ENGINES))
    yield _row(*["---"] * (2 + len(ENGINES)))
    for section in dict.fromkeys(case.section for case in cases()):
        yield _counts(section, [case.name for case in cases() if case.section == section])
    yield _counts("**all**", [case.name for case in cases()])
    yield ""


def _counts(title: str, names: list[str]) -> str:
    passed = (
        sum(name not in EXPECTED_FAILURES.get(engine, {}) for name in names) for engine in ENGINES
    )
    return _row(title, len(names), *passed)


def _failures() -> Iterator[str]:
    yield "What fails, and why:"
    yield ""
    for engine in ENGINES:
        failures = EXPECTED_FAILURES.get(engine, {})
        if not failures:
            yield f"- {engine}: nothing."
        yield from (f"- {engine}, `{name}`: {why}" for name, why in failures.items())
    yield ""


def _features() -> Iterator[str]:
    parts: list[tuple[str, Iterable[Feature]]] = [
        ("SHACL Core", shacl_features.core()),
        ("SHACL-SPARQL", shacl_features.sparql()),
        ("SHACL Advanced Features", shacl_features.advanced()),
    ]
    for title, features in parts:
        yield f"### {title}"
        yield ""
        yield _row("section", "feature", *ENGINES)
        yield _row(*["---"] * (2 + len(ENGINES)))
        for each in features:
            verdicts = (verdict(each, engine) for engine in ENGINES.values())
            yield _row(each.section, each.name, *verdicts)
        yield ""


def verdict(feature: Feature, engine: Engine) -> str:
    """What an engine does with a feature."""
    try:
        report = engine(feature.data(), feature.triples())
    except ShapesError:
        return "refused"
    told = "\n".join(map(str, to_triples(report)))
    if report.conforms or feature.needs not in told:
        return "passed over"
    return "by pyshacl" if report.notes else "yes"


def _row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def main(arguments: list[str]) -> int:
    """Write the page, or with --check say whether it is out of date."""
    if not cases():
        print("the W3C suite is not at hand (../shared/suites/shacl)", file=sys.stderr)
        return 2
    if "--check" in arguments:
        return int(PAGE.read_text("utf-8") != page())
    wrong = {
        f"{engine}: {name}"
        for engine, run in ENGINES.items()
        for name in faults(run).keys() ^ EXPECTED_FAILURES.get(engine, {}).keys()
    }
    for each in sorted(wrong):
        print(f"not as foreseen: {each}", file=sys.stderr)
    PAGE.write_text(page(), "utf-8")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
