"""The door of the package, and who may import what."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import cgkg
from cgkg import errors

SOURCE = Path(cgkg.__file__).parent

CLI = ("ask", "author", "begin", "commands", "common", "project", "publish", "serve")
OWNERS = {
    "pyoxigraph": {"rdf/io.py", "rdf/terms.py", "store/graph.py"},
    "rdflib": {"validation/shacl.py", "reasoning/reference.py"},
    "pyshacl": {"validation/shacl.py"},
    "owlrl": {"reasoning/reference.py"},
    "httptools": {"serving/http1.py", "federation/remote.py"},
    "uvloop": {"serving/server.py"},
    "prometheus_client": {"serving/metrics.py"},
    "zstandard": {"http/coding.py", "rdf/compression.py"},
    "click": {f"cli/{name}.py" for name in CLI},
    "polars": {"reasoning/ntriples.py"},
}

MODULES = {
    "cgkg." + path.relative_to(SOURCE).with_suffix("").as_posix().replace("/", ".")
    for path in SOURCE.rglob("*.py")
}


def imports(path: Path) -> set[str]:
    """Every module a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            parts = {f"{node.module}.{alias.name}" for alias in node.names}
            # `from package import module` depends on the module, not on the package's door.
            found |= (parts & MODULES) or {node.module}
    return found


@cache
def modules() -> dict[str, set[str]]:
    return {p.relative_to(SOURCE).as_posix(): imports(p) for p in SOURCE.rglob("*.py")}


def test_the_door_is_sorted_and_complete() -> None:
    """Every public name can be had, once, in order; every error of the tree is among them."""
    assert cgkg.__all__ == sorted(cgkg.__all__)
    assert all(getattr(cgkg, name) for name in cgkg.__all__)
    tree = {
        n for n, v in vars(errors).items() if isinstance(v, type) and v.__module__ == "cgkg.errors"
    }
    assert tree <= set(cgkg.__all__)
    with pytest.raises(AttributeError, match="nothing"):
        _ = cgkg.nothing


def test_no_public_name_is_a_module() -> None:
    """A module of a public name would take its place in the package once it is imported."""
    assert not set(cgkg.__all__) & {name.removeprefix("cgkg.").split(".")[0] for name in MODULES}


def test_importing_cgkg_is_free() -> None:
    """`import cgkg` loads none of the libraries."""
    code = "import cgkg, sys; print([m for m in ('rdflib', 'flask', 'numpy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("library", OWNERS)
def test_each_library_has_its_importer(library: str) -> None:
    """A library is known to the modules named here and to no other."""
    users = {
        name for name, used in modules().items() if any(m.split(".")[0] == library for m in used)
    }
    assert users <= OWNERS[library]


def test_flask_is_known_to_web_only() -> None:
    """The protocol and the resources do not depend on the framework."""
    users = {
        name for name, used in modules().items() if any(m.split(".")[0] == "flask" for m in used)
    }
    assert users
    assert all(name.startswith("web/") for name in users)


def test_there_are_no_import_cycles() -> None:
    """Modules form a directed graph without cycles."""
    known = {
        "cgkg." + n.removesuffix(".py").replace("/", ".").removesuffix(".__init__"): n
        for n in modules()
    }
    graph = {
        name: {known[m] for m in used if m in known and known[m] != name}
        for name, used in modules().items()
        if name not in ("__init__.py",)
    }
    graph = {name: {u for u in used if u != "__init__.py"} for name, used in graph.items()}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join((*trail, name))
        if name in done:
            return
        for used in graph.get(name, ()):
            visit(used, (*trail, name))
        done.add(name)

    for name in graph:
        visit(name, ())
