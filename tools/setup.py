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
INPUTS = ("pyproject.toml", "constraints.txt", "tools/setup.py")
PYTHON = os.path.join(VENV, "bin", "python")
MINIMUM = (3, 11)


def main(extra):
    if sys.version_info < MINIMUM:
        return fail(
            "cgkg needs Python %d.%d or later; this is %d.%d (%s). "
            "Name another one: make PYTHON=python3.11"
            % (MINIMUM + sys.version_info[:2] + (sys.executable,))
        )
    stamp = os.path.join(VENV, ".cgkg-" + (extra or "run"))
    wanted = digest()
    if read(stamp) == wanted and works():
        return 0
    if not works():
        shutil.rmtree(VENV, ignore_errors=True)
    if not os.path.exists(PYTHON) and not make_venv():
        return 1
    print("installing cgkg and what it needs into .venv", file=sys.stderr)
    if install(extra):
        write(stamp, wanted)
        return 0
    if works() and (not extra or read(stamp)):
        print(
            "could not fetch what changed in the packaging files (see above; is there a network?); "
            "going on with what is installed",
            file=sys.stderr,
        )
        return 0
    return fail("could not install what cgkg needs (see above); check the network and try again")


def digest():
    total = hashlib.sha256(sys.version.encode())
    for name in INPUTS:
        with open(os.path.join(ROOT, name), "rb") as handle:
            total.update(handle.read())
    return total.hexdigest()


def works():
    """Whether the environment has a cgkg that starts."""
    if not os.path.exists(PYTHON):
        return False
    call = [PYTHON, "-c", "import cgkg, click, flask, pyoxigraph, pyshacl, owlrl, waitress"]
    return (
        subprocess.run(call, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
    )


def make_venv():
    try:
        import ensurepip  # noqa: F401  # Debian packages venv without it
        import venv

        venv.create(VENV, with_pip=True)
    except ImportError:
        name = "python%d.%d-venv" % sys.version_info[:2]
        fail("this Python has no venv module; on Debian: apt-get install %s" % name)
        return False
    except (OSError, subprocess.CalledProcessError) as error:
        fail("could not make .venv: %s" % error)
        return False
    return True


def install(extra):
    constraints = os.path.join(ROOT, "constraints.txt")
    target = ROOT + ("[%s]" % extra if extra else "")
    call = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    call += ["--constraint", constraints, "--editable", target]
    environment = dict(os.environ, PIP_CONSTRAINT=constraints)
    return subprocess.run(call, env=environment).returncode == 0


def read(path):
    try:
        with open(path) as handle:
            return handle.read()
    except OSError:
        return None


def write(path, text):
    with open(path, "w") as handle:
        handle.write(text)


def fail(sentence):
    print(sentence, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
