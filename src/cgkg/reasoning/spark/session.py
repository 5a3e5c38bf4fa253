"""A session of Spark with the settings that the closure depends on."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from warnings import catch_warnings, simplefilter

import cgkg
from cgkg.errors import ConfigError, ReasoningLostError, in_one_line

_LOOPBACK = "127.0.0.1"
_PARTITION = 64 << 20  # bytes of input for each partition of a shuffle
_LOG = "java.log"
_SAID = 300  # characters of what Spark says
_OLDEST_JAVA = 17
_COMPLAINT = re.compile(r"Exception|^Error|ERROR \w|^Invalid")
_ANSWERS = 60  # seconds within which Java tells its version


def require() -> None:
    """Do nothing if Spark can be started here.

    Raises:
        ConfigError: pyspark, pyarrow or Java is missing, or this Java is too old.
    """
    require_package("pyspark")
    require_package("pyarrow")
    home = os.environ.get("JAVA_HOME")
    java = shutil.which(str(Path(home, "bin", "java")) if home else "java")
    hint = "install Java 17 or 21 (Debian: apt-get install default-jre-headless), or let JAVA_HOME"
    hint += " name the folder of one"
    if java is None:
        where = f" in JAVA_HOME, {home}" if home else ""
        raise ConfigError(f"there is no Java{where}, which Spark runs on", hint=hint)
    version = _java_version(java)
    if version is None:
        raise ConfigError(f"{java} is no Java that runs", hint=hint)
    if version < _OLDEST_JAVA:
        raise ConfigError(
            f"{java} is Java {version}; Spark needs {_OLDEST_JAVA} or later", hint=hint
        )


def _java_version(java: str) -> int | None:
    """The first number of its version, of 1.8 the second; None if it does not say one."""
    try:
        done = subprocess.run(
            [java, "-version"], capture_output=True, text=True, check=False, timeout=_ANSWERS
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    said = re.search(r'version "(?:1\.)?(\d+)', done.stderr)
    return int(said[1]) if said else None


def require_package(name: str) -> None:
    """As `require`, of one package."""
    if find_spec(name) is None:
        raise ConfigError(f"{name} is not installed", hint="pip install 'cgkg[spark]'")


def settings(master: str, work: Path, size: int, cores: int) -> dict[str, str]:
    """What the closure asks of Spark.

    Args:
        master: where it runs.
        work: the folder for all that is kept.
        size: bytes of input.
        cores: how many tasks run at a time, as far as is known.
    """
    partitions = max(2 * cores, size // _PARTITION)
    asked = {
        "spark.hadoop.mapreduce.fileoutputcommitter.algorithm.version": "1",  # whole or nothing
        "spark.log.level": "ERROR",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.adaptive.enabled": "true",
        "spark.sql.adaptive.coalescePartitions.parallelismFirst": "false",
        "spark.sql.ansi.enabled": "false",
        "spark.sql.caseSensitive": "true",
        "spark.sql.execution.arrow.maxRecordsPerBatch": "100000",
        "spark.sql.parquet.compression.codec": "zstd",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": str(partitions),
        "spark.sql.sources.parallelPartitionDiscovery.threshold": "1000",
    }
    if master.startswith("local"):
        path = [str(Path(cgkg.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
        asked |= {
            "spark.driver.host": _LOOPBACK,
            "spark.driver.bindAddress": _LOOPBACK,
            "spark.driver.memory": "3g",
            "spark.local.dir": str(work / "local"),
            "spark.executorEnv.PYTHONPATH": os.pathsep.join(filter(None, path)),
            "spark.executorEnv.SPARK_LOCAL_IP": _LOOPBACK,
        }
    return asked


def cores_of(master: str) -> int:
    """How many tasks run at a time on this master, as far as it says."""
    inside = master.partition("[")[2].rstrip("]").split(",")
    counts = [int(one) if one.isdigit() else os.cpu_count() or 1 for one in inside if one]
    if master.startswith("local-cluster"):
        return counts[0] * counts[1]
    return counts[0] if counts else (1 if master == "local" else 100)


@contextmanager
def session(master: str, work: Path, size: int, more: Mapping[str, str]) -> Iterator[Any]:
    """A session of our own, ended afterwards; errors of Spark come out as ours.

    Args:
        master: where it runs, such as `local[2]` or `spark://HOST:7077`.
        work: the folder for all that is kept; every worker must see it.
        size: bytes of input.
        more: settings of Spark that override ours.

    Raises:
        ConfigError: the session cannot be started.
        ReasoningLostError: Spark gave up; says why.
    """
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    if SparkSession.getActiveSession() is not None:
        raise ConfigError("a session of Spark runs in this process", hint="end it first")
    builder = SparkSession.builder.master(master).appName("cgkg")
    for name, value in (settings(master, work, size, cores_of(master)) | dict(more)).items():
        builder = builder.config(name, value)
    try:
        with catch_warnings(), _environment(master), _stderr_into(work / _LOG):
            simplefilter("ignore")
            spark = builder.getOrCreate()
    except (PySparkException, Py4JError, OSError, RuntimeError) as error:
        said = [_told(error), *_first_complaint(work / _LOG)]
        raise ConfigError(
            f"Spark does not start: {'; '.join(said)}", hint="look at --master and --conf"
        ) from None
    try:
        with catch_warnings():
            simplefilter("ignore")  # of versions of pandas, which is not used
            yield spark
    except (PySparkException, Py4JError, OSError) as error:
        raise ReasoningLostError(
            f"Spark gave up: {_told(error)}",
            hint=f"the same command goes on from the last whole round in {work}",
        ) from None
    finally:
        with suppress(Exception):  # its process may be gone
            spark.stop()


@contextmanager
def _environment(master: str) -> Iterator[None]:
    """What Spark reads from the environment as it starts: the Python of workers, addresses.

    On a cluster PYSPARK_PYTHON may say which Python the machines have.
    """
    needed = {"PYSPARK_PYTHON": os.environ.get("PYSPARK_PYTHON", sys.executable)}
    if master.startswith("local"):
        needed = {
            "PYSPARK_PYTHON": sys.executable,
            "PYSPARK_DRIVER_PYTHON": sys.executable,
            "SPARK_LOCAL_IP": _LOOPBACK,
            "SPARK_LOCAL_HOSTNAME": _LOOPBACK,
        }
    before = {name: os.environ.get(name) for name in needed}
    os.environ.update(needed)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _stderr_into(path: Path) -> Iterator[None]:
    """Standard error goes into a file; that of processes started meanwhile as long as they live."""
    sys.stderr.flush()
    before = os.dup(2)
    try:
        with path.open("wb") as file:
            os.dup2(file.fileno(), 2)
        yield
    finally:
        os.dup2(before, 2)
        os.close(before)


def _first_complaint(log: Path) -> list[str]:
    """The first line of a log that speaks of something wrong; nothing if none does."""
    lines = log.read_text("utf-8", "replace").split("\n")
    return [in_one_line(line)[:_SAID] for line in lines if _COMPLAINT.search(line)][:1]


def _told(error: BaseException) -> str:
    """The innermost cause, in one line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    causes = [line for line in lines if line.startswith("Caused by:")]
    said = causes[-1].removeprefix("Caused by:").strip() if causes else "; ".join(lines[:2])
    return in_one_line(said or type(error).__name__)[:_SAID]
