"""Runs Apache Jena (Debian package libapache-jena-java), if it is at hand."""

from __future__ import annotations

import os
import shutil
import zipfile
from pathlib import Path

import pytest

JARS = Path("/usr/share/java")
SERVER = Path(__file__).parent / "jena" / "Serves.java"
_LIBRARIES = """
jena-arq jena-base jena-cmds jena-core jena-iri jena-rdfconnection jena-shacl jena-tdb
jena-tdb2 jena-dboe-base jena-dboe-index jena-dboe-storage jena-dboe-trans-data
jena-dboe-transaction commons-cli commons-codec commons-compress commons-csv commons-io
commons-lang3 dexx.collection gson guava httpclient httpclient-cache httpcore
jackson-annotations jackson-core jackson-databind jakarta.json-api javax.json jsonld-java
libthrift protobuf slf4j-api slf4j-simple thrift titanium-json-ld
"""


def java_with_jena(folder: Path) -> list[str]:
    """The words that run a class of Jena, or a source file that uses it; skips where it is missing.

    Debian moved the classes of the Xerces inside Jena to another package and left their messages
    behind; without them nothing starts, so they are put into the folder, and found there.
    """
    core = JARS / "jena-core.jar"
    if shutil.which("java") is None or not core.is_file() or not (JARS / "jena-cmds.jar").is_file():
        pytest.skip("Jena is not installed (Debian: libapache-jena-java, default-jdk-headless)")
    inside = "org/apache/jena/ext/"
    with zipfile.ZipFile(core) as jar:
        for name in jar.namelist():
            if name.startswith(f"{inside}xerces/") and not name.endswith((".class", "/")):
                path = folder / name.removeprefix(inside)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(jar.read(name))
    present = (JARS / f"{jar}.jar" for jar in _LIBRARIES.split())
    jars = [str(path) for path in present if path.is_file()]
    return ["java", "-Xmx512m", "-cp", os.pathsep.join([str(folder), *jars])]
