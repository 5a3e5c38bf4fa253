"""All cases of the SPARQL suites in one run, and what is known to fail."""

from __future__ import annotations

import socket
import tomllib
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path

from http_cases import (
    GSP,
    graph_store_read,
    graph_store_reads,
    graph_store_reason,
    is_direct,
    protocol,
    protocol_data,
    service_description,
)
from sparql_cases import EVALUATION, Case, cases
from sparql_runs import (
    FAILED,
    NOT_APPLICABLE,
    PASSED,
    Bare,
    InProcess,
    Verdict,
    dataset_of,
    judge,
    not_applicable,
    serving,
)

EXPECTED_FAILURES: Mapping[str, str] = tomllib.loads(
    (Path(__file__).parent / "expected_failures.toml").read_text("utf-8")
)["sparql"]
OVER_HTTP = frozenset(("ProtocolTest", "ServiceDescriptionTest", "GraphStoreProtocolTest"))

Verdicts = dict[str, Verdict]


def in_process(engine: type[Bare] | type[InProcess]) -> Verdicts:
    """The verdicts of an engine in this process, on all cases that need no server."""
    return {
        case.name: judge(case, engine(_dataset(case)))
        for case in cases()
        if case.kind not in OVER_HTTP
    }


def _dataset(case: Case) -> list:  # type: ignore[type-arg]
    return dataset_of(case) if case.kind in EVALUATION and not not_applicable(case) else []


def over_http(folder: Path) -> Verdicts:
    """The verdicts of the real server on all cases; one server for each dataset, in turn."""
    found: Verdicts = {}
    for number, (_, group) in enumerate(groupby(sorted(cases(), key=_data_key), key=_data_key)):
        of_one = list(group)
        if all(case.kind == "GraphStoreProtocolTest" for case in of_one):
            found |= {c.name: _graph_store(c, folder / f"{number}") for c in of_one}
        else:
            found |= _of_one_dataset(of_one, folder / f"{number}")
    return {case.name: found[case.name] for case in cases()}


def _data_key(case: Case) -> tuple[str, ...]:
    """What cases must have in common to be asked of the same server."""
    if case.kind in OVER_HTTP:
        return (case.kind,)
    if case.kind not in EVALUATION or not_applicable(case):
        return ("",)
    return (case.suite.replace("sparql11/entailment", "closed"), *map(" ".join, case.files))


def _of_one_dataset(of_one: list[Case], folder: Path) -> Verdicts:
    if of_one[0].kind == "ProtocolTest":
        quads = list({quad for case in of_one for quad in protocol_data(case)})
    else:
        quads = _dataset(of_one[0])
    with serving(quads, folder) as server:
        return {
            case.name: protocol(case, server)
            if case.kind == "ProtocolTest"
            else service_description(case, server)
            if case.kind == "ServiceDescriptionTest"
            else judge(case, server)
            for case in of_one
        }


def _graph_store(case: Case, folder: Path) -> Verdict:
    """A server for each state in which something is read; its port is part of graphs' names."""
    reason = not_applicable(case) or graph_store_reason(case)
    if reason:
        return Verdict(NOT_APPLICABLE, reason)
    faults: list[str] = []
    for number, (store, exchange) in enumerate(graph_store_reads(case)):
        port = _free_port()
        address = f"http://127.0.0.1:{port}/graph-store" if is_direct(case) else GSP
        with serving(store.quads(address), folder / case.name / f"{number}", port=port) as server:
            faults += graph_store_read(exchange, server)
    return Verdict(FAILED, "; ".join(faults)) if faults else Verdict(PASSED)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def foreseen() -> Verdicts:
    """What a run over HTTP has to give: everything passes but what is known to fail."""
    return dict(_foreseen())


def _foreseen() -> Iterator[tuple[str, Verdict]]:
    for case in cases():
        reason = not_applicable(case)
        if not reason and case.kind == "GraphStoreProtocolTest":
            reason = graph_store_reason(case)
        if not reason and case.kind == "ProtocolTest" and "/update_" in case.name:
            reason = "the endpoint is read-only"
        if reason:
            yield case.name, Verdict(NOT_APPLICABLE, reason)
        elif case.name in EXPECTED_FAILURES:
            yield case.name, Verdict(FAILED, EXPECTED_FAILURES[case.name])
        else:
            yield case.name, Verdict(PASSED)
