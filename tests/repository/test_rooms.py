"""The rooms of the package: what each may import, who knows which library, where its tests are."""

from __future__ import annotations

import ast
import re
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

import pytest
from paths import ROOT

import cgkg

SOURCE = Path(cgkg.__file__).parent
TESTS = ROOT / "tests"
ARCHITECTURE = ROOT / "docs" / "concepts" / "architecture.md"

# Modules that every room may import, and that import each other only.
GROUND = {
    "encoding",
    "errors",
    "formats",
    "languages",
    "letters",
    "messages",
    "opening",
    "package",
    "progress",
    "settings",
    "tables",
}
# What a room may import beside the ground. An edge that no module uses any more fails too.
ROOMS = {
    "rdf": "",
    "http": "",
    "store": "rdf",
    "document": "rdf store",
    "project": "rdf document",
    "reasoning": "rdf store",
    "sparql": "rdf store document http",
    "shacl": "rdf store reasoning sparql",
    "validation": "rdf store document project reasoning shacl",
    "presentation": "rdf store document reasoning",
    "search": "rdf store presentation",
    "remote": "rdf store sparql",
    "federation": "rdf sparql remote",
    "workers": "rdf store sparql",
    "pipeline": "rdf store document project reasoning validation",
    "authoring": "rdf store document project validation presentation sparql pipeline",
    "intake": "rdf document project validation pipeline authoring",
    "export": "rdf store document project presentation sparql pipeline",
    "web": "rdf store document project reasoning presentation search http sparql export",
    "serving": "rdf store document project reasoning search http sparql remote federation"
    " workers web",
    "cli": "rdf store document project reasoning validation presentation sparql remote"
    " workers pipeline authoring intake export serving",
}
# Rooms of a module or two, which have no folder.
MODULES_OF = {"bare": "pipeline", "beside": "pipeline", "session": "pipeline", "__main__": "cli"}
# Folders of tests that belong to no room.
OTHER_TESTS = {"adversary", "ground", "graph", "repository", "conformance", "support"}
# A part of a room that needs what the rest does not.
OTHER_TESTS |= {"reasoning/spark"}

CLI = (
    "ask",
    "author",
    "begin",
    "candidates",
    "cite",
    "commands",
    "common",
    "make",
    "project",
    "publish",
    "serve",
    "sheet",
    "validate",
)
OWNERS = {
    "pyoxigraph": {
        "rdf/canonical.py",
        "rdf/engine.py",
        "rdf/io.py",
        "rdf/lenient.py",
        "rdf/terms.py",
        "store/graph.py",
    },
    "rdflib": {"shacl/pyshacl_engine.py", "reasoning/reference.py"},
    "pyshacl": {"shacl/pyshacl_engine.py"},
    "owlrl": {"reasoning/reference.py"},
    "httptools": {"serving/reading.py", "remote/exchange.py"},
    "uvloop": {"serving/server.py"},
    "prometheus_client": {"serving/metrics.py"},
    "zstandard": {"http/coding.py", "rdf/compression.py"},
    "click": {f"cli/{name}.py" for name in CLI},
    "polars": {"reasoning/ntriples.py"},
    "pyspark": {
        f"reasoning/spark/{name}.py"
        for name in ("components", "clashes", "encode", "joins", "output", "rounds", "session")
    }
    | {"reasoning/spark/vocabulary.py"},
    "py4j": {"reasoning/spark/session.py"},
    "pyarrow": {f"reasoning/spark/{name}.py" for name in ("encode", "joins", "literals", "proofs")},
    "markdown_it": {"document/reading/markdown.py"},
    "mdit_py_plugins": {"document/reading/markdown.py"},
    "openpyxl": {"intake/workbooks.py"},
    "pypdfium2": {"document/reading/pdf.py"},
}

MODULES = {
    "cgkg." + path.relative_to(SOURCE).with_suffix("").as_posix().replace("/", ".")
    for path in SOURCE.rglob("*.py")
}


def imports(path: Path) -> set[str]:
    """Every module a file imports, in functions and for types, too."""
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


def room(module: str) -> str:
    """The room of a module: `cgkg.rdf.io` and `rdf/io.py` are in `rdf`."""
    first = re.split(r"[./]", module.removesuffix(".py").removeprefix("cgkg."))[0]
    return MODULES_OF.get(first, first)


@cache
def edges() -> dict[tuple[str, str], list[str]]:
    """Which room imports which, and the modules that do so; the package's own door is left out."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, used in modules().items():
        for module in used:
            if module.startswith("cgkg.") and name != "__init__.py" and room(module) != room(name):
                found[room(name), room(module)].append(f"{name} imports {module}")
    return found


def allowed() -> set[tuple[str, str]]:
    return {(upper, lower) for upper, lowers in ROOMS.items() for lower in lowers.split()}


def test_a_room_imports_only_rooms_that_it_may() -> None:
    """An edge between rooms that the table lacks is a decision: make it there, or turn it round."""
    new = {
        edge: why
        for edge, why in edges().items()
        if edge not in allowed() and edge[1] not in GROUND
    }
    assert new == {}


def test_every_edge_of_the_table_is_used() -> None:
    """What no module needs any more is allowed to none."""
    assert allowed() - set(edges()) == set()


def test_the_ground_imports_no_room() -> None:
    """Modules that everybody may import know none of the rooms."""
    assert {edge for edge in edges() if edge[0] in GROUND and edge[1] not in GROUND} == set()


def test_every_room_is_in_the_table() -> None:
    """Folders and modules beside them: each is a room, of a room, or on the ground."""
    names = {room(name) for name in modules()} - {"__init__"}
    assert set(ROOMS) <= names
    assert names <= set(ROOMS) | GROUND


def test_the_drawing_is_that_of_the_table() -> None:
    """Each room is drawn once, and above all rooms that it imports."""
    (drawing,) = re.findall(r"^```text\n(.*?)^```", ARCHITECTURE.read_text("utf-8"), re.M | re.S)
    lines = {
        name: number
        for number, line in enumerate(drawing.splitlines())
        for name in re.findall(r"[a-z]+", line)
    }
    ground = {name for name in GROUND if (SOURCE / f"{name}.py").exists()}
    assert Counter(re.findall(r"[a-z]+", drawing)) == Counter([*ROOMS, *ground])
    for upper, lower in allowed():
        assert lines[upper] < lines[lower], f"{upper} imports {lower}"
    assert max(lines[name] for name in ROOMS) < min(lines[name] for name in ground)


def test_every_room_has_its_paragraph() -> None:
    """The page of the architecture tells of each room, under its folder's name."""
    text = ARCHITECTURE.read_text("utf-8")
    told = re.findall(r"^\*\*(\w+)\*\*", text, re.M)
    assert sorted(told) == sorted(ROOMS)


def test_no_folder_hides_code_in_its_door() -> None:
    """`__init__` files are empty but for the package's own and what reasoning offers."""
    for path in SOURCE.rglob("__init__.py"):
        content = ast.parse(path.read_text("utf-8")).body
        match path.parent.relative_to(SOURCE).as_posix():
            case ".":
                continue
            case "reasoning":
                kinds = {type(node) for node in content[1:]}
                assert kinds == {ast.ImportFrom, ast.Assign}
            case name:
                assert content == [], name


def test_each_library_has_its_importer() -> None:
    """A library is known to the modules named here and to no other."""
    users: dict[str, set[str]] = defaultdict(set)
    for name, used in modules().items():
        for module in used:
            users[module.split(".")[0]].add(name)
    assert {library: users[library] - owners for library, owners in OWNERS.items()} == {
        library: set() for library in OWNERS
    }
    assert {room(name) for name in users["flask"]} == {"web"}


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


# The tests


def test_tests_mirror_the_rooms() -> None:
    """Every room has a folder of tests, and every folder of tests is of a room or known here."""
    folders = {path.parent.relative_to(TESTS).as_posix() for path in TESTS.rglob("test_*.py")}
    assert folders | {"support"} == set(ROOMS) | OTHER_TESTS


def test_files_of_tests_have_names_of_their_own() -> None:
    """pytest imports them by their names alone."""
    names = Counter(path.name for path in TESTS.rglob("*.py"))
    assert [name for name, count in names.items() if count > 1] == []
    assert "__init__.py" not in names


@pytest.mark.parametrize("folder", sorted({*ROOMS, *OTHER_TESTS}))
def test_tests_import_no_tests(folder: str) -> None:
    """What several of them use is in support."""
    for path in (TESTS / folder).rglob("*.py"):
        used = {name.split(".")[0] for name in imports(path)}
        assert not {name for name in used if name.startswith("test_") or name == "conftest"}, path
