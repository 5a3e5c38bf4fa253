"""Names in the package: one class for each."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

import cgkg

PACKAGE = Path(cgkg.__file__).parent


def test_a_class_name_is_used_once() -> None:
    """Who reads or searches for a name finds one class, wherever it is."""
    places = defaultdict(list)
    for file in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_bytes())):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(f"{file.relative_to(PACKAGE)}:{node.lineno}")
    shared = {name: where for name, where in places.items() if len(where) > 1}
    assert shared == {}
