"""The closure of triples on Spark, for whoever has them in memory: a build."""

from __future__ import annotations

import os
import shutil
import weakref
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp

from cgkg.errors import ConfigError
from cgkg.rdf.io import parse_file
from cgkg.rdf.terms import Triple
from cgkg.reasoning.closure import Closure, sort_key
from cgkg.reasoning.cluster import Cluster
from cgkg.reasoning.files import Reasoned
from cgkg.reasoning.spark.engine import reason, refuse_small
from cgkg.reasoning.spark.proofs import ProvedRun

_PARTS = "inferred"


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
    folder = Path(mkdtemp(prefix="cgkg-spark-"))
    try:
        run, said = _run(folder, (*ontology, *data), cluster, include_schema)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
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


def _run(
    folder: Path, triples: Iterable[Triple], cluster: Cluster, include_schema: bool
) -> tuple[ProvedRun, Reasoned]:
    path = folder / "asserted.nt"
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{triple} .\n" for triple in triples)
    refuse_small(path.stat().st_size, cluster)
    if cluster.work is not None:
        path = _kept(path, cluster.work)
    there = replace(cluster, work=cluster.work or folder / "work", small=True)
    assert there.work is not None
    said = reason(
        [path],
        folder / _PARTS,
        cluster=there,
        include_schema=include_schema,
        only_inferred=True,
    )
    return ProvedRun(there.work, include_schema=include_schema), said


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
