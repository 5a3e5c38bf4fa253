"""Closing files on Spark: files in, a folder of sorted N-Triples out."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

from cgkg.errors import ConfigError, ReasoningLimitError
from cgkg.package import FOLDER, digest
from cgkg.progress import Say, Stages, silent
from cgkg.rdf.io import STRICT, Reading
from cgkg.rdf.terms import IRI
from cgkg.reasoning.cluster import SMALL, Cluster
from cgkg.reasoning.core.terms import TermDictionary
from cgkg.reasoning.files import ClosureLimits, Inputs, Reasoned
from cgkg.reasoning.rules.diagnostics import short
from cgkg.reasoning.rules.schema import entailed_conclusions
from cgkg.reasoning.spark.clashes import Clashes
from cgkg.reasoning.spark.encode import encode
from cgkg.reasoning.spark.output import write
from cgkg.reasoning.spark.rounds import Rounds
from cgkg.reasoning.spark.session import require, session
from cgkg.reasoning.spark.vocabulary import RunVocabulary
from cgkg.reasoning.spark.work import Work, check_output, opened, sizes

_NAMED = 10  # properties that an error names


def reason(
    files: Sequence[Path],
    output: Path,
    *,
    cluster: Cluster,
    limits: ClosureLimits | None = None,
    reading: Reading = STRICT,
    include_schema: bool = False,
    only_inferred: bool = False,
    say: Say = silent,
    identity: str | None = None,
) -> Reasoned:
    """Write what the files assert and what follows from it, as `cgkg.reasoning.files.reason` does.

    A run that was broken off goes on from its last whole round when it is started again with the
    same files and work folder. Blocks until all is written.

    Args:
        files: as there; workers read those of N-Triples and N-Quads, in whose paths they must be.
        output: a folder; the parts in it, one after the other, are the file that is written there.
        cluster: where.
        limits, include_schema, only_inferred, say: as there; limits are looked at after each round.
        reading: as there, but nothing wrong can be left out.
        identity: what tells these inputs from others; by default the files' paths, sizes and times.

    Raises:
        ConfigError: something is missing or in the way, or the files are too small for Spark.
        SourceError: a file is missing or malformed.
        ReasoningLimitError: a limit was reached.
        ReasoningLostError: Spark gave up.
    """
    size = sizes(files)
    refuse_small(size, cluster)
    _refuse_lenient(reading)
    require()
    check_output(output)
    stage = Stages(say)
    inputs = Inputs(files, TermDictionary(), reading)
    folder = (cluster.work or output.with_name(f".{output.name}.work")).absolute()
    known = f"{digest(FOLDER)} {identity or _identity(files)}"
    with opened(folder, known, renew=cluster.work is None) as work:
        with session(cluster.master, folder, size, cluster.settings) as spark:
            if work.state.seed is None:
                encode(spark, work, inputs)
            stage("read", files=len(files), triples=work.state.triples)
            rounds = _close(spark, work, limits or ClosureLimits())
            inconsistencies, unsupported = Clashes(rounds).find()
            stage("reasoned", rounds=work.state.round)
            axioms = rounds.vocabulary.axioms
            names = entailed_conclusions(axioms) if include_schema else ()
            written = write(work, rounds, output, names=names, only_inferred=only_inferred)
            stage("wrote", triples=written)
        shutil.rmtree(folder if cluster.work is None else folder / "local", ignore_errors=True)
    return Reasoned(
        asserted=work.state.triples,
        written=written,
        inconsistencies=inconsistencies,
        unsupported=tuple((one, inputs.place(one.axiom)) for one in unsupported),
    )


def refuse_small(size: int, cluster: Cluster) -> None:
    """Do nothing if so many bytes are enough for Spark.

    Raises:
        ConfigError: they are not, and nobody said that they may be few.
    """
    if size < SMALL and not cluster.small:
        raise ConfigError(
            f"{size / 1e6:,.1f} MB are too small for Spark",
            hint="up to some 50 million triples (6 GB of N-Triples, 13 GB of memory) one machine"
            " suffices, and Spark takes at least ten times its processor time: leave out"
            " --reasoner spark, or add --even-if-small",
        )


def _refuse_lenient(reading: Reading) -> None:
    if reading.skipped is not None:
        raise ConfigError(
            "on Spark nothing wrong can be left out",
            hint="correct the files, or leave out --lenient",
        )


def _identity(files: Sequence[Path]) -> str:
    """What tells these files, as they are, from others."""
    total = hashlib.sha256()
    for path in files:
        file = path.absolute()
        state = file.stat() if file.exists() else None
        seen = (state.st_size, state.st_mtime_ns) if state else ()
        total.update(repr((str(file), seen)).encode())
    return total.hexdigest()


def _close(spark: object, work: Work, limits: ClosureLimits) -> Rounds:
    rounds = Rounds(spark, work, RunVocabulary.of(spark, work))
    since = time.monotonic()

    def watch(number: int, new: int) -> None:
        passed = time.monotonic() - since
        if limits.seconds is not None and passed > limits.seconds:
            _stop(f"not closed after {limits.seconds:g} seconds and {number} rounds", rounds)
        if limits.triples is not None and work.state.total > limits.triples:
            _stop(f"more than {limits.triples:,} triples after {number} rounds", rounds)

    rounds.run(watch)
    return rounds


def _stop(what: str, rounds: Rounds) -> None:
    """Say which properties something new was found of."""
    new, words = rounds.new_relations, rounds.vocabulary
    named = {axiom.subject for axiom in words.axioms if isinstance(axiom.subject, IRI)}
    growing = sorted(short(one) for one in named if words.number(one) in new)
    raise ReasoningLimitError(what, rules=[f"those on {one}" for one in growing[:_NAMED]])
