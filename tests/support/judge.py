"""Which answers are right: found without any server, and compared with what came back."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph as ox
from endpoint.load import Answer, Request, percentile
from paths import ROOT


def competency() -> dict[str, str]:
    """The competency queries by name."""
    files = sorted((ROOT / "queries" / "competency").glob("*.rq"))
    return {path.stem: path.read_text("utf-8") for path in files}


def content(body: bytes) -> str:
    """A digest of a JSON result that does not depend on the order of rows and members."""
    found = json.loads(body)
    rows = found.get("results", {}).get("bindings", [])
    lines = sorted(json.dumps(row, sort_keys=True) for row in rows)
    said = json.dumps([sorted(found["head"].get("vars", [])), found.get("boolean"), lines])
    return hashlib.sha256(said.encode()).hexdigest()


def known_answers(dataset: Path, queries: Mapping[str, str]) -> dict[str, str]:
    """The `content` of the right answers, found without any server."""
    store = ox.Store()
    # Parsed apart, as a bulk load would give the blank nodes other names.
    store.bulk_extend(ox.parse(path=str(dataset), format=ox.RdfFormat.N_QUADS))
    form = ox.QueryResultsFormat.JSON
    answers: dict[str, str] = {}
    for name, text in queries.items():
        found = store.query(text)
        assert not isinstance(found, ox.QueryTriples), name
        answers[name] = content(found.serialize(format=form) or b"")
    return answers


def problem_code(answer: Answer) -> str:
    """The code of problem details (RFC 9457), or "none" if the answer is nothing of the kind."""
    if b"application/problem+json" not in answer.head:
        return "none"
    try:
        return str(json.loads(answer.body)["type"]).rpartition(":")[2]
    except (ValueError, KeyError):
        return "none"


@dataclass
class Judge:
    """Looks at every answer of a load: right, wrong, or an error, and how long it took.

    The names of requests are `kind:name`; `known` has the right content for names.
    """

    known: Mapping[str, str]
    wrong: list[str] = field(default_factory=list)
    right: Counter[str] = field(default_factory=Counter)
    errors: dict[str, Counter[tuple[int, str]]] = field(default_factory=dict)
    times: dict[str, list[float]] = field(default_factory=dict)
    _seen: dict[tuple[str, bytes], bool] = field(default_factory=dict)

    def __call__(self, request: Request, answer: Answer) -> None:
        kind, _, name = request.name.partition(":")
        self.times.setdefault(kind, []).append(answer.seconds)
        if answer.status != 200:
            kinds = self.errors.setdefault(kind, Counter())
            kinds[answer.status, problem_code(answer)] += 1
        elif self._is_right(name, answer.body):
            self.right[kind] += 1
        else:
            self.wrong.append(f"{request.name}: {answer.body[:200]!r}")

    def _is_right(self, name: str, body: bytes) -> bool:
        key = (name, body)
        if key not in self._seen:
            try:
                self._seen[key] = name in self.known and content(body) == self.known[name]
            except (ValueError, KeyError):
                self._seen[key] = False
        return self._seen[key]

    def percentile(self, kind: str, share: float) -> float:
        """Seconds within which that share of the answers of a kind came."""
        return percentile(self.times.get(kind, []), share)
