"""Write docs/reference/settings.md from the table in src/cgkg/settings.py.

python tools/settings.py            # writes the page
python tools/settings.py --check    # exits 1 if the page is not as the table has it
"""

from __future__ import annotations

import sys
from pathlib import Path

from cgkg.settings import SETTINGS, TABLE, Setting

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "settings.md"

_HEAD = f"""# Settings of the server

`cgkg serve` takes each setting from four places, the first that has it: a flag, a variable of the
environment, the table `[{TABLE}]` in the `cgkg.toml` of the project folder, the default. An empty
variable counts as not set. A value that is not allowed, or a name that is not in this table, stops
the start with an error that says where it is from; of variables only names that resemble one of
these, since the prefix is not the server's alone.

    [{TABLE}]
    workers = 4
    query_memory = "2 GiB"
    trusted_proxies = ["127.0.0.1", "10.0.0.0/8"]

Sizes are bytes, or have a unit: `KiB`, `MiB`, `GiB`, `TiB`. In the file, numbers may stand without
quotation marks and lists are TOML lists; elsewhere lists have commas. A relative path in the file
starts at the file.

| in `[{TABLE}]` | flag | variable | default | meaning | allowed |
|---|---|---|---|---|---|
"""
_TAIL = """
`cgkg serve` has some flags that are no settings, because they say what is served:
`--project`, `--store`, `--source`, `--lang`, `--build/--no-build`.

Written by `tools/settings.py` from `src/cgkg/settings.py`; do not edit.
"""


def page() -> str:
    """The page as it should be."""
    return _HEAD + "".join(map(_row, SETTINGS)) + _TAIL


def _row(setting: Setting) -> str:
    names = f"`{setting.name}` | `{setting.flag}` | `{setting.variable}`"
    return f"| {names} | `{setting.shown_default}` | {setting.help} | {setting.kind.allowed} |\n"


def main() -> int:
    if "--check" in sys.argv[1:]:
        same = PAGE.is_file() and PAGE.read_text("utf-8") == page()
        if not same:
            print(f"{PAGE} is not as the table has it: run python tools/settings.py")
        return 0 if same else 1
    PAGE.write_text(page(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
