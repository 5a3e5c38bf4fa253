"""Asks a server of the project that `cgkg init` makes."""

from __future__ import annotations

import json
from pathlib import Path

from servers import Server, query


def schools(server: Server, folder: Path) -> list[str]:
    """The answer to the first example query; that a page of the project is there is made sure."""
    text = (folder / "queries" / "examples" / "1-who-supports-whom.rq").read_text("utf-8")
    rows = json.loads(server.ask(query(text, format="json")).body)["results"]["bindings"]
    assert "码头花园" in server.ask("/id/garden/quay?lang=zh").text
    return [row["school"]["value"] for row in rows]
