"""One engine, one size, one process: load, reason, write; what it took as a line of JSON.

    python benchmarks/reasoning/engines.py ENGINE OUT.nt ONTOLOGY.ttl DATA.nt

`run.py` calls this; nothing is shared between two measurements.
"""

from __future__ import annotations

import json
import resource
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

Row = dict[str, Any]


class Clock:
    """Seconds since it was last asked."""

    def __init__(self) -> None:
        self.since = time.perf_counter()

    def __call__(self) -> float:
        now = time.perf_counter()
        passed, self.since = now - self.since, now
        return passed


def peak_mb() -> float:
    """The most memory this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def cgkg(out: Path, files: list[Path]) -> Row:
    import numpy as np

    from cgkg.reasoning import ntriples
    from cgkg.reasoning.core.encoded import Encoded
    from cgkg.reasoning.core.terms import TermDictionary
    from cgkg.reasoning.files import ClosureLimits, Inputs, close_by_cgkg

    ntriples.available()  # loads polars: no part of reading
    np.sort(np.arange(9))
    clock = Clock()
    terms = TermDictionary()
    encoded = Encoded(terms, Inputs(files, terms).rows())
    load = clock()
    closure = close_by_cgkg(encoded, ClosureLimits())
    reason = clock()
    peak = peak_mb()
    triples = ntriples.write(terms, [*encoded, *closure.columns()], out)
    write = clock()
    return {
        "cpu_seconds": processor_seconds(),
        "load_seconds": load,
        "reason_seconds": reason,
        "write_seconds": write,
        "peak_mb": peak,
        "written_mb": peak_mb(),
        "terms_mb": _terms_mb(terms),
        "triples": triples,
        "rounds": closure.rounds,
        "inconsistencies": len(closure.inconsistencies),
    }


def _terms_mb(terms: Any) -> float:
    """What the dictionary of terms takes: texts, their numbers, and the two tables."""
    texts = terms.texts()
    size = sum(map(sys.getsizeof, texts)) + 32 * len(texts) + 8 * len(texts)
    return (size + sys.getsizeof(dict.fromkeys(texts))) / 2**20


def processor_seconds() -> float:
    """What this process and those that it has waited for have taken of the processors."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def spark(out: Path, files: list[Path]) -> Row:
    """On all cores of this machine; its start is part of reading."""
    from cgkg.reasoning.cluster import Cluster
    from cgkg.reasoning.spark.engine import reason

    work, log, parts = (out.with_suffix(f".{name}") for name in ("work", "log", "parts"))
    log.mkdir()
    settings = {
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": log.as_uri(),
        "spark.eventLog.compress": "false",
        "spark.eventLog.rolling.enabled": "false",
    }
    stages: dict[str, float] = {}
    counts: dict[str, int] = {}

    def say(stage: str, told: Mapping[str, int], seconds: float) -> None:
        stages[stage] = seconds
        counts.update(told)

    done = reason(files, parts, cluster=Cluster("local[*]", work, settings, small=True), say=say)
    peak = end_java()
    with out.open("wb") as whole:
        for part in sorted(parts.glob("part-*.nt")):
            whole.write(part.read_bytes())
    row = {
        "cpu_seconds": processor_seconds(),
        "load_seconds": stages["read"],
        "reason_seconds": stages["reasoned"],
        "write_seconds": stages["wrote"],
        "peak_mb": peak,
        "shuffle_mb": shuffled(log) / 2**20,
        "triples": done.written,
        "rounds": counts["rounds"],
        "inconsistencies": len(done.inconsistencies),
    }
    for folder in (work, log, parts):
        shutil.rmtree(folder)
    return row


def end_java() -> float:
    """End the process of Java that Spark ran in; the most memory it has held, in MB."""
    from pyspark import SparkContext

    gateway = SparkContext._gateway
    assert gateway is not None
    status = Path(f"/proc/{gateway.proc.pid}/status").read_text("utf-8")
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    gateway.shutdown()
    gateway.proc.stdin.close()
    gateway.proc.wait()
    return int(peak.split()[1]) / 1024


def shuffled(log: Path) -> int:
    """The bytes that tasks wrote for others, by the log of events."""
    total = 0
    for file in log.iterdir():
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                if "SparkListenerTaskEnd" in line:
                    told = json.loads(line).get("Task Metrics") or {}
                    total += told.get("Shuffle Write Metrics", {}).get("Shuffle Bytes Written", 0)
    return total


def reasonable(out: Path, files: list[Path]) -> Row:
    import reasonable as engine

    turtle = [path.with_suffix(".ttl") for path in files]  # it reads no other extension
    for path, link in zip(files, turtle, strict=True):
        if not link.exists():
            link.symlink_to(path)
    clock = Clock()
    reasoner = engine.PyReasoner()
    for path in turtle:
        reasoner.load_file(str(path))
    load = clock()
    triples = reasoner.reason()
    reason = clock()
    peak = peak_mb()
    return {
        "load_seconds": load,
        "reason_seconds": reason,
        "peak_mb": peak,
        "triples": _write_rdflib(triples, out),
    }


def owlrl(out: Path, files: list[Path]) -> Row:
    import owlrl as engine
    import rdflib

    rdflib.NORMALIZE_LITERALS = False
    clock = Clock()
    graph = rdflib.Graph()
    for path in files:
        graph.parse(path)
    load = clock()
    engine.DeductiveClosure(engine.OWLRL_Semantics).expand(graph)
    reason = clock()
    peak = peak_mb()
    return {
        "load_seconds": load,
        "reason_seconds": reason,
        "peak_mb": peak,
        "triples": _write_rdflib(graph, out),
    }


def _write_rdflib(triples: Iterable[Any], out: Path) -> int:
    string = "^^<http://www.w3.org/2001/XMLSchema#string>"
    lines = {
        " ".join(term.n3() for term in triple).removesuffix(string) + " .\n" for triple in triples
    }
    with out.open("w", encoding="utf-8") as file:
        file.writelines(lines)
    return len(lines)


def pyoxigraph(out: Path, files: list[Path]) -> Row:
    """No reasoner, but two yardsticks: a loop over the data, and a copy of the closure in `out`."""
    import pyoxigraph as engine

    form = engine.RdfFormat.N_TRIPLES
    clock = Clock()
    for _ in engine.parse(path=str(files[-1]), format=form):
        pass
    parse = clock()
    copy = out.with_suffix(".copy")
    engine.serialize(engine.parse(path=str(out), format=form), str(copy), format=form)
    seconds = clock()
    copy.unlink()
    return {"load_seconds": parse, "copy_seconds": seconds, "peak_mb": peak_mb()}


ENGINES: dict[str, Callable[[Path, list[Path]], Row]] = {
    "cgkg": cgkg,
    "spark": spark,
    "reasonable": reasonable,
    "owlrl": owlrl,
    "pyoxigraph": pyoxigraph,
}


def main() -> None:
    engine, out, *files = sys.argv[1:]
    print(json.dumps(ENGINES[engine](Path(out), [Path(file) for file in files])))


if __name__ == "__main__":
    main()
