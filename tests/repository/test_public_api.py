"""The door of the package."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import cgkg
from cgkg import errors

SOURCE = Path(cgkg.__file__).parent


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
    assert not set(cgkg.__all__) & {path.stem for path in SOURCE.iterdir()}


def test_importing_cgkg_is_free() -> None:
    """`import cgkg` loads none of the libraries."""
    code = "import cgkg, sys; print([m for m in ('rdflib', 'flask', 'numpy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
