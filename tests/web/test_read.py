"""Documents read through: every sentence once, in pages, with its clauses and what is missing."""

from __future__ import annotations

import html
import re
from collections import Counter
from typing import Any

import pytest
from flask.testing import FlaskClient
from pages import BROWSER, Failing
from projects import PREFIXES, TEXT, Small, span

from cgkg.authoring.documents import add_document
from cgkg.document.sentences import digest
from cgkg.errors import QueryError
from cgkg.pipeline import build
from cgkg.project.texts import open_texts
from cgkg.store.generations import Generation
from cgkg.web.app import Settings, create_app
from cgkg.web.parts.documents import MOST, pages_of
from cgkg.web.parts.outline import OutlineEntry, outline

NOBODY = Failing(QueryError("not asked here"))
PLAN = "---\ntitle: Plan\n---\n# Der Plan\n\nEr endet nie.\n"
CITED = "The Elbe flows through Dresden and Hamburg."


def site_of(small: Small, *, at_hand: bool = False) -> FlaskClient:
    """The pages of a small project, with its words at hand or without."""
    generation, _ = build(small.project, small.folder / "store")
    source = open_texts(small.project) if at_hand else None
    settings = Settings(base=small.project.base, source=source)
    return create_app(generation, NOBODY, settings).test_client()


def page(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(path, headers=BROWSER)
    assert answer.status_code == status, (path, answer.text)
    return answer.text


def plain(text: str) -> str:
    """What a reader reads of it."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", text)).split())


def ids(text: str) -> list[str]:
    return re.findall(r' id="([sc]\d[^"]*)"', text)


# Every sentence, once


def test_every_sentence_and_clause_has_one_place(world: FlaskClient, clusters: Generation) -> None:
    """All pages together have each sentence and each clause once, and none is heavy."""
    rows = clusters.coverage["rows"]
    first = page(world, "/read/city-clusters?lang=zh")
    pages = int(re.search(r"\u5171 (\d+) \u9875", first)[1])  # type: ignore[index]
    texts = [page(world, f"/read/city-clusters?lang=zh&page={n}") for n in range(1, pages + 1)]
    held = Counter(each for text in texts for each in ids(text))
    clauses = {graph.rsplit("/", 1)[1] for row in rows for graph in row["graphs"]}
    expected = {*(f"s{row['sentence']}" for row in rows), *(f"c{name}" for name in clauses)}
    assert held.keys() == expected
    assert set(held.values()) == {1}
    assert max(len(text.encode()) for text in texts) < 200_000


def test_sections_and_sentences_have_addresses(world: FlaskClient) -> None:
    """A section is found by number, a sentence and its clauses by the sentence's."""
    text = page(world, "/read/city-clusters?sec=1.3.1")
    assert 'id="sec-1-3-1"' in text
    clause = next(each for each in ids(text) if each.startswith("c"))
    described = page(world, f"/source/city-clusters/c/{clause[1:]}")
    link = re.search(rf'href="(/read/city-clusters\?s=\d+)#{clause}"', described)
    assert link
    assert clause in ids(page(world, link[1]))
    for path, anchor in (
        ("sec/1-3-1", "/read/city-clusters?sec=1.3.1#sec-1-3-1"),
        ("s/0053", "/read/city-clusters?s=53#s53"),
    ):
        assert f'href="{anchor}"' in page(world, f"/source/city-clusters/{path}")
    assert 'href="/read/city-clusters"' in page(world, "/source/city-clusters")


@pytest.mark.parametrize(
    ("path", "status"),
    [("nothing", 404), ("city-clusters?sec=9", 404), ("city-clusters?s=9999", 404),
     ("city-clusters?page=99", 404), ("city-clusters?page=x", 400), ("city-clusters?s=x", 400),
     ("city-clusters?show=x", 400), ("city-clusters?format=xml", 400)],
)  # fmt: skip
def test_what_there_is_not_is_said(world: FlaskClient, path: str, status: int) -> None:
    """By name."""
    assert path.partition("=")[2] in page(world, f"/read/{path}", status)


def test_statements_are_told_by_subject(world: FlaskClient) -> None:
    """A figure with its unit as one statement of what it is about, as the clause says it."""
    text = page(world, "/read/city-clusters?sec=1.3&lang=en")
    clause = text[text.index('id="c2542-2553"') : text.index('id="c2554-2561"')]
    assert "London city cluster area 45,000 km\u00b2" in plain(clause)
    assert 'href="/id/region/london?lang=en"' in clause
    assert "said in so many words" in plain(clause) or "said in other words" in plain(clause)


def test_the_mark_in_the_margin_is_true_to_position(world: FlaskClient) -> None:
    """A bar begins and ends where its clause does, and has a shape by its manner."""
    text = page(world, "/read/city-clusters?sec=1.3&lang=en")
    row = re.search(r'id="s50".*?title="[^"]*?(\d+)–(\d+)".*?<svg class="cover"(.*?)</svg>', text,
                    re.DOTALL)  # fmt: skip
    assert row
    start, end = int(row[1]), int(row[2])
    assert f'viewBox="0 0 8 {end - start}"' in row[3]
    bars = re.findall(r'class="(\w+)" y="(\d+)" width="(\d)" height="(\d+)"', row[3])
    assert {(2542 - start, 11), (2554 - start, 7)} == {(int(y), int(h)) for _, y, _, h in bars}
    assert {(kind, width) for kind, _, width, _ in bars} <= {("stated", "8"), ("paraphrased", "4")}


# What is missing


def test_the_index_has_the_figures_of_each_document(small: Small) -> None:
    """What is cited, excused, and not accounted for, and links that choose it."""
    add_document(small.project, small.write("plan.de.md", PLAN))
    client = site_of(small)
    text = page(client, "/read?lang=en")
    assert "front matter: 1 · heading: 1" in plain(text)
    assert "4 / 6 sentences" in plain(text)
    rows = {cells[0]: cells for cells in (
        [plain(cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)]
        for row in re.findall(r"<tr>.*?</tr>", text, re.DOTALL))}  # fmt: skip
    assert rows["plan.de"][1:] == ["de", "3", "0", "0", "2", "1", "0"]
    missed = page(client, "/read/plan.de?show=missed&lang=en")
    assert ids(missed) == ["s3"]
    assert "nothing excuses it" in missed
    assert "Er endet nie" not in missed
    assert ids(page(client, "/read/plan.de?show=excused")) == ["s1", "s2"]


def test_mentions_that_no_statement_has_are_told_by_kind(small: Small) -> None:
    """In the index, at their sentence, and where what is missing is chosen."""
    mentions = "sentence,start,end,kind,text\n2,13,17,name,Elbe\n3,62,70,number,4321\n"
    small.write("data/source/elbe.mentions.csv", mentions)
    client = site_of(small)
    assert "number: 1" in plain(page(client, "/read?lang=en"))
    text = page(client, "/read/elbe?show=missed&lang=en")
    assert ids(text) == ["s1", "s3", *(each for each in ids(text) if each.startswith("c"))]
    assert "not mentioned: number 4321" in plain(text)


def test_what_coverage_had_is_found_there(world: FlaskClient) -> None:
    """Its parameters, too, in the language that was asked for."""
    document = "https://w3id.org/cgkg/source/city-clusters"
    for old, new in (
        ("", "/read"),
        ("?lang=zh&page=1", "/read?lang=zh"),
        (f"?document={document}", "/read/city-clusters"),
        ("?format=json", "/read?format=json"),
        ("?section=1.3", "/read/city-clusters?sec=1.3#sec-1-3"),
        (f"?document={document}&section=2.1", "/read/city-clusters?sec=2.1#sec-2-1"),
    ):
        answer = world.get(f"/coverage{old}")
        assert (answer.status_code, answer.headers["Location"]) == (301, new)
    assert world.get("/coverage?document=nothing").status_code == 404


def test_programs_get_the_same_as_json(world: FlaskClient, clusters: Generation) -> None:
    """By format or Accept; counts, positions, clauses and reasons, no words."""
    index = world.get("/read?format=json").json
    assert index
    assert index["accounted"] == clusters.coverage["accounted"]
    assert index["documents"][0]["read"].endswith("/read/city-clusters")
    answer = world.get("/read/city-clusters?s=53", headers={"Accept": "application/json"}).json
    assert answer
    rows = {row["sentence"]: row for row in answer["rows"]}
    expected = next(row for row in clusters.coverage["rows"] if row["sentence"] == 53)
    assert rows[53] == {**{k: v for k, v in expected.items() if k != "document"}, "unmentioned": []}


# Words


@pytest.mark.parametrize(
    ("said", "whole", "quoted"),
    [("", True, True), ("all", True, True), ("quoted", False, True), ("never", False, False)],
)
def test_words_are_shown_as_the_project_allows(
    small: Small, said: str, whole: bool, quoted: bool
) -> None:
    """Those of sentences, those of clauses, or none, here and on the pages of clauses."""
    small.write("texts/elbe.txt", TEXT)
    if said:
        config = small.folder / "cgkg.toml"
        more = f'\n[documents.elbe]\nwords = "{said}"\ncopyright = "CC BY, the Elbe"\n'
        config.write_text(config.read_text("utf-8") + more, "utf-8")
    client = site_of(small, at_hand=True)
    text = page(client, "/read/elbe?lang=en")
    assert ("flows through Dresden" in text) == quoted
    assert ("It is " in plain(text)) == whole
    assert (' and <span class="w paraphrased">Hamburg</span>' in text) == whole
    named = re.search(
        r'aria-current="true">(<span[^>]*>)?([^<]*)', text[text.index('id="outline"') :]
    )
    assert named
    assert named[2] == ("1.Rivers" if whole else "section 1")
    assert ("does not let pages show its words" in text) == (said == "never")
    assert ("CC BY, the Elbe" in text) == (said in ("all", "quoted"))
    clause = re.search(r'class="letter" href="([^"]+)"', text)
    assert clause
    alone = page(client, clause[1])
    assert ("<mark>The Elbe flows through Dresden</mark>" in alone) == quoted
    assert ("and Hamburg" in alone) == whole


def test_without_the_text_there_are_summaries(small: Small) -> None:
    """And the page says so."""
    text = page(site_of(small), "/read/elbe?lang=en")
    assert "not at hand on this server" in text
    assert "Dresden and" not in text
    assert "gist" in text


def test_words_have_their_language_and_direction(small: Small) -> None:
    """Of a document that is written from right to left, on a page that is not."""
    river, long = "\u0627\u0644\u0646\u0647\u0631", "\u0637\u0648\u064a\u0644"
    small.write("notes/nahr.ar.md", f"# {river}\n\n{river} {long}.\n")
    add_document(small.project, small.folder / "notes/nahr.ar.md")
    small.write("texts/elbe.txt", TEXT)
    text = page(site_of(small, at_hand=True), "/read/nahr.ar?lang=en")
    assert '<p class="exact" lang="ar" dir="rtl">' in text
    assert f'<span lang="ar" dir="rtl">{river}</span></a>' in text
    assert ">\u7b2c 0 \u8282</a>" in page(site_of(small), "/read/nahr.ar?lang=zh")


def test_a_clause_of_two_sentences_is_told_once(small: Small) -> None:
    """Where it begins; the other sentence leads there."""
    small.facts(span("Hamburg. It is 1,094", "id:river\\/elbe :lengthKm 1094 ."))
    text = page(site_of(small), "/read/elbe?lang=en")
    (clause,) = (each for each in ids(text) if each.startswith("c"))
    assert "begins in sentence 2" in text
    assert f'href="/read/elbe?s=2&amp;lang=en#{clause}"' in text


# At any size


def row(number: int, section: str, graphs: int = 0, length: int = 50) -> dict[str, Any]:
    start = number * 100_000
    named = [f"c/{start}-{n}" for n in range(graphs)]
    return {"sentence": number, "section": section, "start": start, "end": start + length,
            "graphs": named, "reason": "", "paragraph": 1}  # fmt: skip


def test_pages_hold_whole_sections_as_far_as_these_fit() -> None:
    """A longer section is cut; a sentence that is too long stands alone."""
    rows = [row(n, f"{n // 20}", graphs=1) for n in range(60)]
    assert [len(part) for part in pages_of(rows)] == [40, 20]
    rows = [row(n, "1") for n in range(MOST * 2 + 1)]
    assert [len(part) for part in pages_of(rows)] == [MOST, MOST, 1]
    rows = [row(1, "1"), row(2, "1", graphs=500), row(3, "1", length=90_000), row(4, "1")]
    assert [len(part) for part in pages_of(rows)] == [1, 1, 1, 1]
    assert [list(part) for part in pages_of([])] == [[]]


def test_a_page_has_its_size_however_much_clauses_state(small: Small) -> None:
    """Each with hundreds of statements and long sentences: the rest is a link away."""
    text = "\n\n".join(f"Long words go on in {n} of them." for n in range(80))
    text += f"\n\n{'Word ' * 2_000}ends.\n"
    small.write("long.de.txt", text)
    add_document(small.project, small.folder / "long.de.txt")
    base = f"{small.project.base}source/long.de"
    registry = small.folder / "data/registry.csv"
    names = "".join(f"place/{n},Place,\u5730\u70b9{n},Place number {n},,,,\n" for n in range(66))
    registry.write_text(registry.read_text("utf-8") + names, "utf-8")
    stated = " ".join(f"id:river\\/elbe :flowsThrough id:place\\/{n} ." for n in range(66))
    whole = small.folder / "texts/long.de.txt"
    held = whole.read_text("utf-8")
    blocks = []
    for number in range(40):
        start = held.index(f"Long words go on in {number} of")
        blocks.append(
            f"<{base}/c/{start}-{start + 16}> {{ {stated} }}\n<{base}/c/{start}-{start + 16}> a"
            f" cg:TextSpan ; cg:assertionMode mode:stated ;\n cg:wordsDigest"
            f' "{digest(held[start : start + 16])}" ; cg:gist "gist"@en , "\u8981\u65e8"@zh .'
        )
    small.write("data/2.trig", PREFIXES + "\n".join(blocks))
    client = site_of(small, at_hand=True)
    first = page(client, "/read/long.de?lang=en")
    assert "more than 60 statements" in first
    assert "All that it states" in first
    assert len(first.encode()) < 200_000
    last = page(client, "/read/long.de?s=81&lang=en")
    assert 3_000 < plain(last).count("Word ") * 5 < 5_000
    assert "ends." not in last


def test_an_outline_is_nested_and_near_the_section_that_is_read() -> None:
    """Whole while it is short; levels that are left out are bridged."""
    assert outline(["0", "1", "1.1", "1.2.1", "2"], "1") == (
        OutlineEntry("0"),
        OutlineEntry("1", (OutlineEntry("1.1"), OutlineEntry("1.2.1"))),
        OutlineEntry("2"),
    )
    numbers = [n for a in range(1, 200) for n in (str(a), f"{a}.1", f"{a}.2")]
    part = outline(numbers, "100.2")
    named = [number for each in part for number in each.numbers()]
    assert {"99", "100", "100.1", "100.2", "101"} <= set(named)
    assert "99.1" not in named
    assert (part[0].left_out, part[-1].left_out) == (87, 87)
    assert len(named) < 40
