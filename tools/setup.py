"""Make the local environment that `make` works in: .venv with cgkg and what it needs.

Installs only when the packaging files changed since the last time (a stamp says so); without
network, and with something installed already, it says what it could not fetch and goes on.
Runs on any Python 3, so that one that is too old gets a sentence and not a traceback.
"""

import hashlib
import os
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
# A folder stands for its files. The last two are what the build hook bundles, and the hook.
INPUTS = (
    "pyproject.toml",
    "constraints.txt",
    "tools/setup.py",
    "src/cgkg/web/browser",
    "tools/workbench.py",
)
WORKBENCH = os.path.join(ROOT, "src", "cgkg", "web", "static", "workbench", "stamp")
PYTHON = os.path.join(VENV, "bin", "python")
MINIMUM = (3, 11)
EVERYTHING = "import cgkg, click, flask, numpy, pyoxigraph, pyshacl, owlrl, uvloop, httptools"


def main(extra: str) -> int:
    wanted, found = (".".join(map(str, v[:2])) for v in (MINIMUM, sys.version_info))
    if sys.version_info < MINIMUM:
        return fail(
            f"cgkg needs Python {wanted} or later; this is {found} ({sys.executable}). "
            "Name another one: make PYTHON=python3.11"
        )
    stamp = os.path.join(VENV, ".cgkg-" + (extra or "run"))
    inputs = digest()
    if read(stamp) == inputs and runs("import cgkg") and read(WORKBENCH):
        return 0
    if not runs("import pip") and not make_venv():
        return 1
    print("installing cgkg and what it needs into .venv", file=sys.stderr)
    if install(extra):
        write(stamp, inputs)
        return 0 if read(WORKBENCH) else without_workbench()
    if runs(EVERYTHING) and (not extra or read(stamp)):
        print(
            "could not fetch what changed in the packaging files (see above; is there a network?); "
            "going on with what is installed",
            file=sys.stderr,
        )
        return 0
    return fail("could not install what cgkg needs (see above); check the network and try again")


def digest() -> str:
    total = hashlib.sha256((sys.version + ROOT).encode())
    for name in files():
        with open(os.path.join(ROOT, name), "rb") as handle:
            total.update(handle.read())
    return total.hexdigest()


def files() -> "list[str]":
    found = []
    for name in INPUTS:
        path = os.path.join(ROOT, name)
        if os.path.isdir(path):
            found += [os.path.join(path, each) for each in sorted(os.listdir(path))]
        else:
            found.append(path)
    return found


def without_workbench() -> int:
    """pip keeps to itself what a build says, so the reason is asked for once more."""
    subprocess.run([PYTHON, os.path.join(ROOT, "tools", "workbench.py")])
    print("going on without the query workbench; the form at /sparql needs none", file=sys.stderr)
    return 0


def runs(code: str) -> bool:
    """Whether the environment's Python can do this."""
    if not os.path.exists(PYTHON):
        return False
    done = subprocess.run(
        [PYTHON, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=VENV
    )
    return done.returncode == 0


def make_venv() -> bool:
    try:
        import ensurepip  # noqa: F401  # Debian packages venv without it
        import venv

        shutil.rmtree(VENV, ignore_errors=True)
        venv.create(VENV, with_pip=True)
    except ImportError:
        name = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        fail(f"this Python has no venv module; on Debian: apt-get install {name}")
        return False
    except (OSError, subprocess.CalledProcessError) as error:
        fail(f"could not make .venv: {error}")
        return False
    return True


def install(extra: str) -> bool:
    constraints = os.path.join(ROOT, "constraints.txt")
    target = ROOT + (f"[{extra}]" if extra else "")
    call = [PYTHON, "-m", "pip", "install", "--quiet"]
    call += ["--disable-pip-version-check", "--retries", "2"]
    call += ["--constraint", constraints, "--editable", target]
    environment = dict(os.environ, PIP_CONSTRAINT=constraints)
    return subprocess.run(call, env=environment).returncode == 0


def read(path: str) -> str:
    """The text of a file, none if it cannot be read."""
    try:
        with open(path) as handle:
            return handle.read()
    except OSError:
        return ""


def write(path: str, text: str) -> None:
    with open(path, "w") as handle:
        handle.write(text)


def fail(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
