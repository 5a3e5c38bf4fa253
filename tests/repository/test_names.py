"""Names in the package: one class for each."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import cgkg

PACKAGE = Path(cgkg.__file__).parent


def test_a_class_name_is_used_once() -> None:
    """Who reads or searches for a name finds one class, wherever it is."""
    places = defaultdict(list)
    for file in sorted(PACKAGE.rglob("*.py")):
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
            if found := re.match(r" *class (\w+)[(:]", line):
                places[found[1]].append(f"{file.relative_to(PACKAGE)}:{number}")
    assert len(places) > 300
    shared = {name: where for name, where in places.items() if len(where) > 1}
    assert shared == {}
