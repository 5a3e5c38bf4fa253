"""The closure of triples on Spark, for whoever has them in memory: a build."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from cgkg.errors import ConfigError
from cgkg.rdf.io import parse_file
from cgkg.rdf.terms import Triple
from cgkg.reasoning.closure import Closure, sort_key
from cgkg.reasoning.cluster import Cluster
from cgkg.reasoning.proofs.proof import Proof
from cgkg.reasoning.spark.engine import reason, refuse_small
from cgkg.reasoning.spark.proofs import ProvedRun
from cgkg.reasoning.spark.work import read_state


def close(
    ontology: Iterable[Triple],
    data: Iterable[Triple],
    *,
    cluster: Cluster,
    include_schema: bool = False,
) -> Closure:
    """The closure as `cgkg.reasoning.close` gives it; proofs are looked up in the run's files.

    Blocks until all is inferred. Without a work folder of the cluster's, the files are in a folder
    of the system's for such, and go with the closure.

    Raises:
        ConfigError: something is missing, or there is too little for Spark.
        ReasoningLostError: Spark gave up.
    """
    held = TemporaryDirectory(prefix="cgkg-spark-")
    folder = Path(held.name)
    path, parts = folder / "asserted.nt", folder / "inferred"
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{triple} .\n" for triple in (*ontology, *data))
    refuse_small(path.stat().st_size, cluster)
    work = cluster.work or folder / "work"
    if cluster.work is not None:
        path = _kept(path, cluster.work)
    there = Cluster(cluster.master, work, cluster.settings, small=True)
    said = reason([path], parts, cluster=there, include_schema=include_schema, only_inferred=True)
    run = ProvedRun(work, include_schema=include_schema)

    def infer() -> list[Triple]:
        files = sorted(parts.glob("part-*.nt"))
        return sorted((q.triple for one in files for q in parse_file(one)), key=sort_key)

    def explain(triple: Triple, _: object = held) -> Proof | None:
        return run.explain(triple)

    def alternatives(triple: Triple, _: object = held) -> Iterator[Proof]:
        return run.alternatives(triple)

    return Closure(
        inconsistencies=said.inconsistencies,
        unsupported=tuple(axiom for axiom, _ in said.unsupported),
        rounds=read_state(work).round,
        _infer=infer,
        _explain=explain,
        _alternatives=alternatives,
    )


def _kept(path: Path, work: Path) -> Path:
    """The asserted triples beside the work folder, untouched if they are there already."""
    kept = work.with_name(f"{work.name}.asserted.nt")
    try:
        if not kept.exists() or kept.read_bytes() != path.read_bytes():
            part = kept.with_name(f".{kept.name}")
            part.write_bytes(path.read_bytes())
            os.replace(part, kept)
    except OSError as error:
        raise ConfigError(f"{kept}: {error.strerror}", hint="give another --work") from None
    return kept
