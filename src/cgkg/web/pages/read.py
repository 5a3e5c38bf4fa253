"""Documents read through: every sentence with its clauses, and what the graph takes from it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, get_args

from flask import Blueprint, Response, redirect, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from cgkg.document.blocks import own_number
from cgkg.http.negotiation import HTML, choose
from cgkg.http.requests import ProtocolError
from cgkg.languages import N_, NP_, text, translations
from cgkg.rdf.vocab import DCTERMS
from cgkg.store.excerpt import about
from cgkg.store.reader import DEFAULT
from cgkg.web.parts.documents import (
    ReadDocument,
    Row,
    Show,
    documents_of,
    name_of,
    pages_of,
    sections_of,
)
from cgkg.web.parts.links import number_in
from cgkg.web.parts.outline import outline
from cgkg.web.parts.paging import ListPage
from cgkg.web.parts.sentences import read_sentences, section_iri, sentence_iri
from cgkg.web.parts.view import View
from cgkg.web.rendering import Make, fresh, fresh_page, open_to_scripts, page, view_of
from cgkg.web.request import page_number, site_of

JSON = "application/json"
_DOCUMENTS = 100  # of a page of the index
_OPEN = {"Cache-Control": "no-cache", "Vary": "Accept"}
_REASONS = {
    "heading": N_("heading"),
    "connective": N_("connective"),
    "restatement": N_("restatement"),
    "overview": N_("overview"),
    "front matter": N_("front matter"),
    "navigation": N_("navigation"),
    "contents": N_("contents page"),
    "table head": N_("head of a table"),
}
_SECTION = N_("section {number}")
# Kinds of mentions; those of a project are called as it calls them.
_KINDS = {
    "clause": NP_("mention", "clause"),
    "number": NP_("mention", "number"),
    "name": NP_("mention", "name"),
}


def routes() -> Blueprint:
    """The addresses of documents as they are read, and what was there before them."""
    read = Blueprint("read", __name__)

    @read.get("/read")
    def index() -> Response:
        return _answer(_index, _index_data)

    @read.get("/read/<path:name>")
    def document(name: str) -> Response:
        held = _document(name)
        return _answer(lambda: _page(held), lambda: _data(held))

    @read.get("/coverage")
    def coverage() -> AnyResponse:
        return redirect(_moved(), 301)

    read.after_request(open_to_scripts)
    return read


def _answer(make: Make, data: Callable[[], Mapping[str, Any]]) -> Response:
    form = request.args.get("format", "")
    if form not in ("", "html", "json"):
        raise ProtocolError(f"format: {form[:50]!r} is none of html and json")
    offered = {"html": (HTML,), "json": (JSON,)}.get(form, (HTML, JSON))
    if (not form and choose(request.headers.get("Accept"), offered) == JSON) or form == "json":
        return fresh(JSON, _OPEN, lambda: _json(data()))
    return fresh_page(make)


def _json(content: Mapping[str, Any]) -> Response:
    return Response(json.dumps(content, ensure_ascii=False, indent=1), content_type=JSON)


def _document(name: str) -> ReadDocument:
    held = documents_of(site_of())
    if name not in held:
        raise NotFound(f"no document here is named {name[:200]!r}: /read lists them")
    return held[name]


def _moved() -> str:
    """Where what /coverage had is now: a document by its IRI, or the only one, and its section."""
    documents = documents_of(site_of())
    asked, section = request.args.get("document", ""), request.args.get("section", "")
    kept = {"format": request.args["format"]} if "format" in request.args else {}
    only = [held.iri.value for held in documents.values()] if section else []
    if not asked and len(only) != 1:
        return view_of().to("/read", **kept)
    iri = asked or only[0]
    name = name_of(iri)
    if name not in documents or documents[name].iri.value != iri:
        raise NotFound(f"no document here is named {asked[:200]!r}")
    if section:
        kept["sec"] = section
    fragment = f"#sec-{section.replace('.', '-')}" if section else ""
    return view_of().to(f"/read/{name}", **kept) + fragment


# The index


def _index() -> Response:
    view = view_of()
    documents = list(documents_of(view.site).values())
    part = ListPage.of(documents, page_number(), _DOCUMENTS)
    iris = [document.iri for document in part.rows]
    view.read_names(iris)
    view.site.graph.take(about(iris, DCTERMS.language, g=DEFAULT))
    return page(
        "documents.html",
        view,
        part=part,
        documents=documents,
        report=view.site.generation.coverage,
        kinds=_sum(document.kinds for document in documents),
        **_words(view),
    )


def _sum(counts: Iterable[Mapping[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return total


def _words(view: View) -> dict[str, Any]:
    """How reasons and kinds of mentions are called."""

    def reason(name: str) -> str:
        return view.gettext(_REASONS[name]) if name in _REASONS else name

    def kind(name: str) -> str:
        return text(_KINDS[name], view.language) if name in _KINDS else name

    return {"reason_of": reason, "kind_of": kind}


def _index_data() -> dict[str, Any]:
    report = site_of().generation.coverage
    counted = ("sentences", "accounted", "excused", "reasons", "mentions")
    return {
        **{name: report[name] for name in counted if name in report},
        "documents": [_counts(document) for document in documents_of(site_of()).values()],
    }


def _counts(document: ReadDocument) -> dict[str, Any]:
    return {
        "document": document.iri.value,
        "read": request.url_root.rstrip("/") + f"/read/{document.name}",
        "sentences": len(document.rows),
        "cited": document.cited,
        "clauses": document.clauses,
        "reasons": dict(document.reasons),
        "unaccounted": document.unaccounted,
        "unmentioned": dict(document.kinds),
    }


# A document


def _show() -> Show:
    asked = request.args.get("show", "all")
    for each in get_args(Show):
        if asked == each:
            chosen: Show = each
            return chosen
    raise ProtocolError(
        f"show: {asked[:50]!r} is not known", hint=f"one of {', '.join(get_args(Show))}"
    )


def _part(document: ReadDocument) -> ListPage[Row]:
    """The sentences that the address asks for: of a page, section or sentence, or of a kind.

    Raises:
        NotFound: the document has no such page, section or sentence.
    """
    show, section, sentence = _show(), request.args.get("sec", ""), number_in(request.args, "s")
    if section and section not in document.sections:
        raise NotFound(f"{document.name} has no section {section[:50]!r}")
    if show != "all":
        rows = [row for row in document.shown(show) if section in ("", row["section"])]
        return _numbered(pages_of(rows), page_number())
    if sentence is not None:
        return _numbered(document.pages, document.page_with("sentence", sentence))
    if section and "page" not in request.args:
        return _numbered(document.pages, document.page_with("section", section))
    return _numbered(document.pages, page_number())


def _numbered(pages: Sequence[Sequence[Row]], number: int) -> ListPage[Row]:
    one = ListPage.of(pages, number, 1)
    return ListPage(one.rows[0], number, len(pages))


def _page(document: ReadDocument) -> Response:
    view, show, part = view_of(), _show(), _part(document)
    shown = sections_of(part.rows)
    current = _current(part.rows)
    entries = outline(list(document.sections), current)
    near = _neighbours(document, part) if show == "all" else {}
    named = {number for each in entries for number in each.numbers()}
    named.update((*(each.number for each in shown), *near.values()))
    read = read_sentences(view, document, part.rows, sorted(named))
    by_number = {each.row["sentence"]: each for each in read}
    return page(
        "read.html",
        view,
        document=document,
        part=part,
        show=show,
        sections=[(each, [by_number[r["sentence"]] for r in each.rows]) for each in shown],
        current=current,
        entries=entries,
        near=near,
        shows=view.site.shows(document.iri),
        at_hand=view.site.has_text(document.iri),
        copyright=view.site.rights(document.iri).get("copyright", ""),
        sentence_iri=sentence_iri,
        section_iri=lambda number: section_iri(document.iri, number),
        own_number=own_number,
        titled=lambda number: _titled(view, document, number),
        heading=lambda number: _heading(view, document, number),
        to=lambda fragment="", **given: _to(view, document, fragment, given),
        **_words(view),
    )


def _current(rows: Sequence[Row]) -> str:
    """The section that is asked for, itself or by a sentence, else the first one, if any."""
    section, sentence = request.args.get("sec", ""), number_in(request.args, "s")
    numbers = [row["section"] for row in rows]
    by_sentence = [row["section"] for row in rows if row["sentence"] == sentence]
    first = section if section in numbers else "".join(numbers[:1])
    return "".join(by_sentence) or first


def _neighbours(document: ReadDocument, part: ListPage[Row]) -> dict[int, str]:
    """The sections that the pages before and after begin with, by the page's number."""
    numbers = (part.page - 1, part.page + 1)
    return {n: document.pages[n - 1][0]["section"] for n in numbers if 1 <= n <= part.pages}


def _to(view: View, document: ReadDocument, fragment: str, given: dict[str, str]) -> str:
    said = {n: v for n, v in given.items() if (n, v) not in (("page", "1"), ("show", "all"))}
    path = view.to(f"/read/{document.name}", **said)
    return f"{path}#{fragment}" if fragment else path


def _titled(view: View, document: ReadDocument, number: str) -> str:
    """What a section is called; where only its number names it, that in the page's language."""
    if _is_named(view, document, number):
        return view.label(section_iri(document.iri, number))
    return text(_SECTION, view.language).format(number=number)


def _is_named(view: View, document: ReadDocument, number: str) -> bool:
    """Whether a section has a name that is not made of its number."""
    made = {number, *translations(_SECTION, number=number).values()}
    return not made.issuperset(view.labels(section_iri(document.iri, number)).values())


def _heading(view: View, document: ReadDocument, number: str) -> str:
    """The words of a section's heading, where they may be shown and nothing else names it."""
    source = view.site.settings.source
    held = source.of(document.iri) if source else None
    row = document.sections[number].rows[0]
    if held is None or row["paragraph"] or view.site.shows(document.iri) != "all":
        return ""
    words = held.words(row["start"], min(row["end"], row["start"] + 120)).strip()
    opens_with_it = words.startswith(view.label(section_iri(document.iri, number)))
    return words if opens_with_it or not _is_named(view, document, number) else ""


def _data(document: ReadDocument) -> dict[str, Any]:
    """The same sentences for programs: positions, clauses, reasons, what is missing; no words."""
    part = _part(document)
    return {
        **_counts(document),
        "page": part.page,
        "pages": part.pages,
        "rows": [
            {
                **{name: value for name, value in row.items() if name != "document"},
                "unmentioned": [
                    {name: each[name] for name in ("start", "end", "kind", "text")}
                    for each in document.lacking.get(row["sentence"], ())
                ],
            }
            for row in part.rows
        ],
    }
