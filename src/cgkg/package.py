"""Where the package is, and which of its own files decide what a build makes.

Those are the modules that `cgkg.pipeline` imports, directly or not: nobody keeps a list. Pages,
server and endpoint are not among them, so an edit there leaves every generation what it is.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path

# They read, write or judge the graph. numpy is left out: what its integer arrays hold when they
# are sorted and joined does not depend on its version.
_LIBRARIES = ("owlrl", "pyoxigraph", "pyshacl", "rdflib")
# How the folder is called that an installed library has beside it (PyPA, recording installed
# projects); other ways to install are told by `importlib.metadata`.
_INSTALLED = re.compile(rf"({'|'.join(_LIBRARIES)})-([^-]+)\.dist-info")
_START = "cgkg.pipeline"
FOLDER = Path(__file__).resolve().parent
"""The folder of the package."""
# Parsing the modules would cost ten times as much as searching them. Words of a comment that look
# like an import add a module too many, which does no harm; tests/project/test_project.py
# holds what is found against the syntax trees.
# Two patterns, each of which begins with a word: so the search skips to it, five times as fast.
_FROM = re.compile(rb"from[ \t]+(cgkg[\w.]*)[ \t]+import[ \t]+(\([^)]*\)|[^\n#]+)")
_PLAIN = re.compile(rb"import[ \t]+(cgkg[\w.]*)")
_TYPES_ONLY = re.compile(rb"^if TYPE_CHECKING:\n(?:[ \t]+[^\n]*\n|\n)*", re.MULTILINE)
_NAME = re.compile(rb"\w+")


@cache
def digest(package: Path) -> str:
    """SHA-256 of the modules and words that make the graph and of the versions of their libraries.

    Args:
        package: the folder of the package cgkg. It is read once in a process, which runs what it
            loaded when it began.
    """
    total = hashlib.sha256()
    versions = _versions()
    for name in _LIBRARIES:
        total.update(f"{name} {versions.get(name) or _version(name)}\n".encode())
    for path in sorted((package / "locale").glob("*/LC_MESSAGES/*.po")):
        total.update(path.read_bytes())  # labels that a build makes are in every language there is
    for module, content in sorted(modules(package).items()):
        total.update(f"{module} {len(content)}\n".encode() + content)
    return total.hexdigest()


def modules(package: Path) -> Mapping[str, bytes]:
    """The modules that `cgkg.pipeline` imports, directly or not, and itself: name and source."""
    files = _files(package)
    sources: dict[str, bytes] = {}
    wanted = [_START]
    while wanted:
        module = wanted.pop()
        if module in files and module not in sources:
            sources[module] = Path(files[module]).read_bytes()
            wanted += _find_imports(sources[module])
            wanted.append(module.rpartition(".")[0])  # its package runs first
    return sources


def _files(package: Path) -> Mapping[str, str]:
    """Every module of the package: its name and file."""
    files = {}
    for folder, folders, names in os.walk(package):
        folders[:] = [name for name in folders if name.isidentifier()]
        place = ".".join(("cgkg", *Path(folder).relative_to(package).parts))
        for name in names:
            if name.endswith(".py"):
                module = place if name == "__init__.py" else f"{place}.{name[:-3]}"
                files[module] = f"{folder}/{name}"
    return files


def _find_imports(content: bytes) -> Iterator[str]:
    """The modules that may be meant by a module's imports; not all of them need exist."""
    if b"TYPE_CHECKING" in content:
        content = _TYPES_ONLY.sub(b"", content)
    yield from (place.decode() for place in _PLAIN.findall(content))
    for place, names in _FROM.findall(content):
        yield place.decode()
        yield from (f"{place.decode()}.{name.decode()}" for name in _NAME.findall(names))


def _versions() -> Mapping[str, str]:
    """The versions of the libraries that are installed, as the names of folders beside them say;
    the first on the path is what is loaded."""
    versions: dict[str, str] = {}
    for place in sys.path:
        with suppress(OSError):
            for name in os.listdir(place or "."):
                match = _INSTALLED.fullmatch(name)
                if match:
                    versions.setdefault(match[1], match[2])
    return versions


def _version(library: str) -> str:
    from importlib.metadata import PackageNotFoundError, version  # with it comes email

    try:
        return version(library)
    except PackageNotFoundError:
        return "?"


def search_path() -> str:
    """PYTHONPATH for a process in which this very package is to be found first."""
    given = os.environ.get("PYTHONPATH")
    return os.pathsep.join([str(FOLDER.parent), given] if given else [str(FOLDER.parent)])
