"""The closure of triples on Spark, for whoever has them in memory: a build."""

from __future__ import annotations

import hashlib
import shutil
import weakref
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from tempfile import gettempdir, mkdtemp

from cgkg.errors import ReasoningLostError
from cgkg.rdf.io import parse_file
from cgkg.rdf.terms import Triple
from cgkg.reasoning.closure import Closure, sort_key
from cgkg.reasoning.cluster import Cluster
from cgkg.reasoning.files import Reasoned
from cgkg.reasoning.spark.engine import reason, refuse_small
from cgkg.reasoning.spark.proofs import ProvedRun
from cgkg.reasoning.spark.work import refusals

_PARTS = "inferred"


def close(
    ontology: Iterable[Triple],
    data: Iterable[Triple],
    *,
    cluster: Cluster,
    include_schema: bool = False,
) -> Closure:
    """The closure as `cgkg.reasoning.close` gives it; proofs are looked up in the run's files.

    Blocks until all is inferred. Without a work folder of the cluster's, the run's files are in a
    temporary folder, and go with the closure. A run that was broken off goes on from its last whole
    round when the same triples come in the same order, to the same work folder.

    Raises:
        ConfigError: something is missing or in the way, or there is too little for Spark.
        ReasoningLostError: Spark gave up.
    """
    folder = _folder(cluster.work)
    try:
        run, said = _run(folder, (*ontology, *data), cluster, include_schema)
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, ReasoningLostError) and cluster.work is None:
            error.hint = "with --work the same command goes on from its last whole round"
        raise
    weakref.finalize(run, shutil.rmtree, folder, ignore_errors=True)

    def infer() -> list[Triple]:
        files = sorted((folder / _PARTS).glob("part-*.nt"))
        return sorted((q.triple for one in files for q in parse_file(one)), key=sort_key)

    return Closure(
        inconsistencies=said.inconsistencies,
        unsupported=tuple(axiom for axiom, _ in said.unsupported),
        rounds=run.rounds,
        _infer=infer,
        _explain=run.explain,
        _alternatives=run.alternatives,
    )


def _folder(work: Path | None) -> Path:
    """A new folder for the triples and what follows: beside the work folder, as workers read it."""
    beside = work.absolute().parent if work else Path(gettempdir())
    with refusals(beside):
        beside.mkdir(parents=True, exist_ok=True)
        return Path(mkdtemp(prefix="cgkg-spark-", dir=beside))


def _run(
    folder: Path, triples: Iterable[Triple], cluster: Cluster, include_schema: bool
) -> tuple[ProvedRun, Reasoned]:
    path, total = folder / "asserted.nt", hashlib.sha256()
    with refusals(folder), path.open("wb") as file:
        for triple in triples:
            line = f"{triple} .\n".encode()
            file.write(line)
            total.update(line)
    refuse_small(path.stat().st_size, cluster)
    work = cluster.work or folder / "work"
    said = reason(
        [path],
        folder / _PARTS,
        cluster=replace(cluster, work=work, small=True),
        include_schema=include_schema,
        only_inferred=True,
        identity=total.hexdigest(),
    )
    return ProvedRun(work, include_schema=include_schema), said
