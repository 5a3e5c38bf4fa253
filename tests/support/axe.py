"""WCAG 2.2 in a browser: axe-core on a page, and the kinds of pages it is tried on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
# The editor scrolls with its cursor, which its text field moves.
_LEFT_OUT = (".CodeMirror-scroll",)

PAGES: Mapping[str, str] = {
    "overview": "/",
    "search": "/search?q=london",
    "search without result": "/search?q=qqqqzzzz",
    "lists": "/browse",
    "list": "/browse/def/Initiative",
    "comparison": "/compare?open=theme:smart-city",
    "timeline": "/timeline",
    "workbench": "/query",
    "form": "/sparql",
    "answer": "/sparql?query=SELECT%20*%20%7B%3Fs%20%3Fp%20%3Fo%7D%20LIMIT%205",
    "refused query": "/sparql?query=SELEC",
    "ontology": "/ontology",
    "data": "/data",
    "region": "/id/region/london",
    "concept": "/concept/theme/smart-city",
    "document": "/source/city-clusters",
    "reading": "/read/city-clusters?sec=1.3.1",
    "proof": "/fact?s=reg:great-lakes&p=cg:sharesMemberWith&o=reg:new-york",
    "term": "/def/Initiative",
    "missing": "/id/region/lodnon",
}
"""A page of every kind, of the graph of the city clusters, by what it is."""


def violations(page: Any) -> list[str]:
    """What axe-core finds on the page that is open: rule, element and where it is.

    Raises:
        ImportError: axe-playwright-python, which brings axe-core, is not there.
    """
    import axe_playwright_python

    script = Path(axe_playwright_python.__file__).with_name("axe.min.js")
    page.evaluate(script.read_text("utf-8"))
    found = page.evaluate(
        "([tags, out]) => axe.run({ exclude: out.map(each => [each]) },"
        " { runOnly: tags, resultTypes: ['violations'] })",
        [list(TAGS), list(_LEFT_OUT)],
    )
    return [
        f"{each['id']}: {node['html'][:120]} at {node['target']}"
        for each in found["violations"]
        for node in each["nodes"]
    ]
