"""The page of coverage: documents apart, reasons counted, the words of what is not cited."""

from __future__ import annotations

from urllib.parse import quote_plus

from projects import TEXT, Small

from cgkg.authoring.documents import add_document
from cgkg.errors import QueryError
from cgkg.pipeline import build
from cgkg.project.texts import open_texts
from cgkg.web.app import create_app
from cgkg.web.pages.coverage import ROWS
from cgkg.web.site import Settings

PLAN = "---\ntitle: Plan\n---\n# Der Plan\n\nEr endet nie.\n"


class Failing:
    """A pool that answers nothing; the page asks it nothing."""

    def run(self, request: object) -> object:
        raise QueryError("no queries here")


def shown(small: Small, settings: Settings) -> str:
    generation, _ = build(small.project, small.folder / "store")
    client = create_app(generation, Failing(), settings).test_client()  # type: ignore[arg-type]
    answer = client.get("/coverage?lang=en", headers={"Accept": "text/html"})
    assert answer.status_code == 200
    return answer.text


def test_documents_are_apart_and_reasons_are_counted(small: Small) -> None:
    """Each section says whose it is."""
    add_document(small.project, small.write("plan.de.md", PLAN))
    text = shown(small, Settings())
    assert text.count(">plan.de</a> §0") == 1
    assert "source/elbe" in text
    assert "front matter: 1 · heading: 1" in " ".join(text.split())
    assert "Er endet nie" not in text


def test_the_words_of_what_is_not_cited_are_shown_if_at_hand(small: Small) -> None:
    """In their language; what is cited is shown where it is cited."""
    add_document(small.project, small.write("plan.de.md", PLAN))
    small.write("texts/elbe.txt", TEXT)
    text = shown(small, Settings(source=open_texts(small.project)))
    assert '<blockquote class="clause" lang="de">Er endet nie.</blockquote>' in text
    assert "1.Rivers" in text
    assert "Dresden" not in text


def test_long_documents_come_in_pages(small: Small) -> None:
    """Each sentence is on one page; a document and a section have addresses of their own."""
    plan = "---\ntitle: Plan\n---\n# Der Plan\n\n" + "Er endet nie.\n\n" * 250
    add_document(small.project, small.write("plan.de.md", plan))
    generation, _ = build(small.project, small.folder / "store")
    client = create_app(generation, Failing(), Settings()).test_client()  # type: ignore[arg-type]

    def page(query: str) -> str:
        return client.get(f"/coverage?lang=en&{query}", headers={"Accept": "text/html"}).text

    rows = [page(f"page={number}").count("<td>") // 3 for number in (1, 2)]
    assert rows == [ROWS, generation.coverage["sentences"] - ROWS]
    assert "page=2" in page("page=1")
    assert "page 2 of 2" in page("page=2")
    named = [r["document"] for r in generation.coverage["rows"] if "elbe" in r["document"]]
    elbe = named[0]
    alone = page(f"document={elbe}")
    assert alone.count("<td>") // 3 == len(named)
    assert f"document={quote_plus(elbe)}&amp;section=1" in alone
    for query in ("page=3", "document=none", f"document={elbe}&section=99", "page=x"):
        answer = client.get(f"/coverage?{query}", headers={"Accept": "text/html"})
        assert answer.status_code in (400, 404), query
