"""The pages: entities in every format, facts with proofs, words only when they are at hand."""

from __future__ import annotations

import hashlib
import json
import re
from decimal import Decimal
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from pages import BROWSER, Failing
from tale import (
    ALPHA,
    AREA,
    AREA_WORDS,
    BETA,
    CHAIN,
    COVERS,
    GENERAL,
    JOIN,
    MEMBER,
    MEMBER_OF,
    OMEGA,
    SHARES,
    TEXT,
    dataset,
    make_generation,
)

from cgkg.document.text import SourceText
from cgkg.errors import QueryError
from cgkg.formats import Format
from cgkg.http.requests import ProtocolError
from cgkg.presentation.axioms import Axioms, Phrase
from cgkg.presentation.resource import describe
from cgkg.rdf.io import parse_file
from cgkg.rdf.terms import IRI, BlankNode, Literal, Quad, Triple, parts
from cgkg.rdf.vocab import APPROXIMATION, BASE, CG, OWL, RDF, RDFS, UNIT, XSD
from cgkg.reasoning.proofs.proof import Proof
from cgkg.store.generations import Generation
from cgkg.store.graph import Graph
from cgkg.web.app import Settings, create_app
from cgkg.web.parts.examples import read
from cgkg.web.parts.facts import read_fact
from cgkg.web.parts.figures import figure_of, number_text

SPAN_PATH = COVERS.value.removeprefix(BASE)
FACT = {"s": ALPHA.value, "p": CG.sharesMemberWith.value, "o": OMEGA.value}


def explain(triple: Triple) -> Proof | None:
    """The proof of the one inferred fact that the tests ask for."""
    if triple != SHARES:
        return None
    background = Triple(OMEGA, CG.hasMember, BETA)
    turned = Proof(
        Triple(BETA, CG.isMemberOf, OMEGA),
        "prp-inv2",
        (Triple(CG.isMemberOf, OWL.inverseOf, CG.hasMember),),
        (Proof(background, None, (), ()),),
    )
    chain = Triple(CG.sharesMemberWith, OWL.propertyChainAxiom, BlankNode("elsewhere"))
    return Proof(SHARES, "prp-spo2", (chain,), (Proof(MEMBER, None, (), ()), turned))


@pytest.fixture(scope="module")
def generation(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    return make_generation(tmp_path_factory.mktemp("generation"))


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> SourceText:
    path = tmp_path_factory.mktemp("document") / "tale.txt"
    path.write_text(TEXT, "utf-8")
    return SourceText.load(path, sha256=hashlib.sha256(TEXT.encode()).hexdigest())


def client_of(generation: Generation, settings: Settings) -> FlaskClient:
    return create_app(generation, Failing(QueryError("no queries here")), settings).test_client()


@pytest.fixture(scope="module")
def client(generation: Generation) -> FlaskClient:
    return client_of(generation, Settings(explain=explain))


@pytest.fixture(scope="module")
def owner(generation: Generation, source: SourceText) -> FlaskClient:
    """The site of someone who has the document."""
    return client_of(generation, Settings(explain=explain, source=source))


@pytest.fixture(scope="module")
def graph() -> Graph:
    return Graph.of(dataset())


def page(client: FlaskClient, path: str, **parameters: str) -> str:
    answer = client.get(path, query_string=parameters or None, headers=BROWSER)
    assert answer.status_code == 200, answer.text
    return answer.text


def scripts(text: str) -> int:
    """How many script elements a page has, all of them data that no browser executes."""
    assert text.count("<script") == text.count('<script type="application/ld+json">')
    return text.count("<script")


# Entities


def test_entity_at_the_path_of_its_iri(client: FlaskClient) -> None:
    """The path of an IRI after the base is its page, with both labels."""
    text = page(client, "/id/region/alpha", lang="en")
    assert "阿尔法" in text
    assert ALPHA.value in text
    assert 'href="/id/place/beta?lang=en"' in text


def test_markup_in_labels_is_text(client: FlaskClient) -> None:
    """A label with markup is shown and never becomes part of the page."""
    text = page(client, "/id/region/alpha", lang="en")
    assert scripts(text) == 2  # what it is, and the way to it, as data
    assert "Alpha &lt;script&gt;alert(1)&lt;/script&gt;" in text


@pytest.mark.parametrize(
    ("accept", "media_type", "form"),
    [
        ("text/turtle", "text/turtle; charset=utf-8", Format.TURTLE),
        ("application/ld+json", "application/ld+json", Format.JSON_LD),
        ("application/n-triples", "application/n-triples", Format.N_TRIPLES),
        ("application/rdf+xml;q=0.9, text/plain", "application/rdf+xml", Format.RDF_XML),
        ("application/trig", "application/trig", Format.TRIG),
        ("application/n-quads", "application/n-quads", Format.N_QUADS),
    ],
)
def test_content_negotiation(
    client: FlaskClient, tmp_path: Path, accept: str, media_type: str, form: Format
) -> None:
    """Each RDF syntax is served by Accept, parses, and holds the entity's statements."""
    answer = client.get("/id/region/alpha", headers={"Accept": accept})
    assert (answer.status_code, answer.content_type) == (200, media_type)
    assert answer.headers["Vary"] == "Accept"
    file = tmp_path / f"alpha.{form.suffix}"
    file.write_bytes(answer.data)
    triples = {quad.triple for quad in parse_file(file)}
    assert {MEMBER, SHARES, MEMBER_OF} <= triples


def test_page_by_default(client: FlaskClient) -> None:
    """A client without a wish gets the page; it varies by Accept."""
    for accept in (None, "*/*", BROWSER["Accept"]):
        answer = client.get("/id/region/alpha", headers={"Accept": accept} if accept else {})
        assert answer.content_type == "text/html; charset=utf-8"
        assert "Accept" in answer.headers["Vary"]


def test_not_acceptable(client: FlaskClient) -> None:
    """A format that no entity has is 406 with the formats there are."""
    answer = client.get("/id/region/alpha", headers={"Accept": "image/png"})
    assert answer.status_code == 406
    assert "text/turtle" in answer.get_json(force=True)["available"]


def test_suffix_decides_without_accept(client: FlaskClient) -> None:
    """A suffix names the format whatever Accept says, and links tell of the others."""
    answer = client.get("/id/region/alpha.ttl", headers=BROWSER)
    assert answer.content_type == "text/turtle; charset=utf-8"
    assert f'<{ALPHA.value}>; rel="canonical"' in answer.headers["Link"]
    assert '</id/region/alpha.jsonld>; rel="alternate"' in answer.headers["Link"]


def test_evidence_travels_with_formats_that_have_graphs(
    client: FlaskClient, tmp_path: Path
) -> None:
    """TriG holds each asserted statement in its span graph too."""
    file = tmp_path / "alpha.trig"
    file.write_bytes(client.get("/id/region/alpha.trig").data)
    assert Quad(MEMBER.subject, MEMBER.predicate, MEMBER.object, JOIN) in parse_file(file)


def test_data_is_complete(tmp_path: Path, source: SourceText) -> None:
    """The data of an entity holds every statement, however many there are."""
    many = [
        Quad(ALPHA, CG.hasMember, IRI(f"{BASE}id/place/p{number}"), CG.members)
        for number in range(300)
    ]
    generation = make_generation(tmp_path)
    lines = "".join(f"{quad} .\n" for quad in many).encode()
    generation.dataset_file.write_bytes(generation.dataset_file.read_bytes() + lines)
    client = client_of(generation, Settings())
    assert client.get("/id/region/alpha.nt").text.count(CG.hasMember.value + "> <") >= 300
    assert "202 more" in " ".join(page(client, "/id/region/alpha").split())


def test_head_of_an_entity(client: FlaskClient) -> None:
    """HEAD answers as GET does, without the body."""
    answer = client.head("/id/region/alpha", headers={"Accept": "text/turtle"})
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.content_type == "text/turtle; charset=utf-8"


def test_unknown_entity_names_the_nearest(client: FlaskClient) -> None:
    """A name that is not in the graph is 404 with links to the nearest, as page and problem."""
    answer = client.get("/id/region/alpa", headers=BROWSER)
    assert answer.status_code == 404
    assert 'href="/id/region/alpha"' in answer.text
    problem = client.get("/id/region/alpa", headers={"Accept": "text/turtle"})
    assert problem.content_type == "application/problem+json"
    assert ALPHA.value in problem.get_json(force=True)["nearest"]


@pytest.mark.parametrize("path", ["/id/%3Cscript%3E", "/id/a%20b", "/resource", "/resource?iri=x"])
def test_impossible_names_are_not_found(client: FlaskClient, path: str) -> None:
    """A path that makes no IRI is 404 and is not echoed as markup."""
    answer = client.get(path, headers=BROWSER)
    assert answer.status_code == 404
    assert "<script" not in answer.text


def test_names_outside_the_base_have_pages_too(client: FlaskClient) -> None:
    """An IRI of another namespace that the graph mentions is described at /resource."""
    unit = "http://qudt.org/vocab/unit/KiloM2"
    assert "/resource?iri=http%3A%2F%2Fqudt.org" in page(client, "/id/value/alpha-area")
    assert 'href="/id/value/alpha-area"' in page(client, "/resource", iri=unit)


def test_evidence_beside_asserted_statements(client: FlaskClient) -> None:
    """An asserted statement shows section, paragraph, position, gist and mode of its span."""
    text = page(client, "/id/region/alpha", lang="en")
    start, end = JOIN.value.rsplit("/", 1)[-1].split("-")
    assert f"§1.1 ¶1 · {start}–{end}" in text
    assert "Two members." in text
    assert "两个成员。" in page(client, "/id/region/alpha", lang="zh")


def test_inferred_statements_are_marked(client: FlaskClient) -> None:
    """An inferred statement has a badge that leads to its proof; an asserted one has none."""
    text = page(client, "/id/region/alpha")
    badges = [part.split(">")[0] for part in text.split('<a class="badge inferred"')[1:]]
    assert any("sharesMemberWith" in badge and "omega" in badge for badge in badges)
    assert not any("hasMember" in badge for badge in badges)


def test_inferred_repetitions_are_left_out_and_counted(client: FlaskClient) -> None:
    """Inferred statements that only turn an outgoing one around are counted, not listed."""
    text = page(client, "/id/region/alpha", lang="en")
    assert "is member of" not in text
    assert "Left out here:" in text


def test_figures_are_readable(client: FlaskClient) -> None:
    """A region's figures are shown with qualifier, unit, wording and clause."""
    text = page(client, "/id/region/alpha", lang="en")
    assert "about 13,400 km²" in text
    assert '<q lang="en">120 square miles</q>' in text
    assert "约1.34万平方公里" in page(client, "/id/region/alpha", lang="zh")


@pytest.mark.parametrize(
    ("headers", "parameters", "language"),
    [
        ({}, {}, "en"),
        ({"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"}, {}, "zh"),
        ({"Accept-Language": "fr"}, {}, "en"),
        ({"Accept-Language": "zh"}, {"lang": "en"}, "en"),
        ({}, {"lang": "zh"}, "zh"),
        ({}, {"lang": "xx"}, "en"),
    ],
)
def test_language(
    client: FlaskClient, headers: dict[str, str], parameters: dict[str, str], language: str
) -> None:
    """The page is in the language chosen, else in the one the browser prefers, else English."""
    answer = client.get("/id/place/beta", query_string=parameters, headers=headers)
    assert answer.headers["Content-Language"] == language
    assert ("陈述" in answer.text) == (language == "zh")
    assert "Accept-Language" in answer.headers["Vary"]


def test_graph_page_shows_its_content(client: FlaskClient) -> None:
    """The page of a named graph lists what the graph holds."""
    text = page(client, "/graph/background", lang="en")
    assert "Omega" in text
    assert "has member" in text


def test_document_page_says_what_is_unknown(client: FlaskClient) -> None:
    """Author, publisher and date of the document are shown as unknown."""
    text = page(client, "/source/tale", lang="en")
    assert text.count("unknown to this project") == 3


def test_section_page_lists_its_clauses(client: FlaskClient) -> None:
    """A section's page lists the clauses cited from it, in document order."""
    text = page(client, "/source/tale/sec/1-1", lang="en")
    assert text.index("The area.") < text.index("Two members.")


# Words


def test_span_page_without_the_document(client: FlaskClient) -> None:
    """Without the document a span's page says where it is, what it states and how to see it."""
    text = page(client, "/" + SPAN_PATH, lang="en")
    assert "cgkg serve --source FILE" in text
    assert "1.1 Beginning" in text
    assert "numeric" in text
    assert "The area." in text


@pytest.mark.parametrize(
    "path",
    ["/", "/id/region/alpha", "/" + SPAN_PATH, "/source/tale/sec/1-1", "/source/tale/s/0002",
     "/fact?s=reg:alpha&p=cg:hasMember&o=place:beta"],
)  # fmt: skip
def test_words_are_never_shown_without_the_document(client: FlaskClient, path: str) -> None:
    """No page shows words of the document that the graph does not hold."""
    text = client.get(path, headers=BROWSER).text
    assert "covers 120" not in text
    assert "Beta &amp; Gamma" not in text


def test_words_in_their_sentence(owner: FlaskClient) -> None:
    """With the document the clause is shown exactly, in its sentence, as text."""
    text = page(owner, "/" + JOIN.value.removeprefix(BASE))
    assert "<mark>Beta &amp; Gamma &lt;b&gt;join&lt;/b&gt; Alpha</mark>" in text
    assert '<span class="around">.</span>' in text
    assert "cgkg serve --source" not in text


def test_words_beside_statements_and_proofs(owner: FlaskClient) -> None:
    """With the document the words stand beside statements, in proofs and on sentence pages."""
    quoted = "Beta &amp; Gamma &lt;b&gt;join"
    assert quoted in page(owner, "/id/region/alpha")
    assert quoted in page(owner, "/fact", **FACT)
    assert quoted in page(owner, "/source/tale/s/0002")


def test_pages_with_words_are_not_to_be_stored(owner: FlaskClient, client: FlaskClient) -> None:
    """Pages that may show words forbid every cache to keep them."""
    for path in ("/" + SPAN_PATH, "/id/region/alpha"):
        assert owner.get(path, headers=BROWSER).headers["Cache-Control"] == "no-store"
        assert client.get(path, headers=BROWSER).headers["Cache-Control"] != "no-store"


@pytest.mark.parametrize("suffix", ["ttl", "jsonld", "nt", "rdf", "trig", "nq"])
def test_words_never_enter_data(owner: FlaskClient, suffix: str) -> None:
    """With the document at hand, data holds no more than without it."""
    answer = owner.get(f"/{SPAN_PATH}.{suffix}")
    assert answer.status_code == 200
    assert AREA_WORDS.encode() not in answer.data


def test_words_never_enter_a_log(owner: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    """Showing words logs nothing of them."""
    with caplog.at_level(0):
        page(owner, "/" + SPAN_PATH)
    assert "120" not in caplog.text


def test_words_of_another_document_are_not_shown(generation: Generation, tmp_path: Path) -> None:
    """Words whose digest is not the span's are not passed off as the span's."""
    other = "x" * len(TEXT)
    path = tmp_path / "other.txt"
    path.write_text(other, "utf-8")
    text = SourceText.load(path, sha256=hashlib.sha256(other.encode()).hexdigest())
    shown = page(client_of(generation, Settings(source=text)), "/" + SPAN_PATH, lang="en")
    assert "xxx" not in shown
    assert "does not have this clause" in shown


# Citations


def citations(client: FlaskClient, path: str, **parameters: str) -> list[str]:
    """The citations that a page offers, as text."""
    text = page(client, path, **parameters).split('class="citing"')[1]
    return [unescape(found) for found in re.findall(r"<pre[^>]*>(.*?)</pre>", text, re.DOTALL)]


def test_a_fact_is_cited_with_its_clause(generation: Generation) -> None:
    """Document, section, span, version and address, in both languages, the page's own first."""
    client = client_of(generation, Settings(version="9.8"))
    found = citations(client, "/fact", s="reg:alpha", p="cg:hasMember", o="place:beta", lang="zh")
    chinese, english = found
    lines = english.splitlines()
    assert lines[0].endswith("has member Beta")
    assert lines[1] == f"Tale, version {generation.id}, cgkg 9.8"
    assert lines[2].startswith("Stated in: ")
    for part in (f"<{BASE}source/tale>", "section 1.1 Beginning", f"<{JOIN.value}>"):
        assert part in lines[2]
    assert "/fact?s=" in lines[3]
    assert client.get(lines[3].removeprefix("Address: ")).status_code == 200
    assert "故事，数据版本 " in chinese
    assert "出处：" in chinese


def test_an_inferred_fact_is_cited_with_what_it_stands_on(client: FlaskClient) -> None:
    """The clauses and graphs of the proof's leaves are its sources."""
    english = citations(client, "/fact", lang="en", **FACT)[0]
    assert JOIN.value in english
    assert english.count("Inferred from: ") == 2
    assert "Stated in" not in english


def test_entities_and_clauses_are_cited(client: FlaskClient) -> None:
    """An entity is cited with every clause that speaks of it, a clause with itself alone."""
    english = citations(client, "/id/region/alpha", lang="en")[0]
    assert english.splitlines()[0].endswith(f"<{ALPHA.value}>")
    assert english.count(JOIN.value) == 1
    assert COVERS.value in english
    assert english.endswith("Address: http://localhost/id/region/alpha")
    own = citations(client, "/" + SPAN_PATH, lang="en")[0]
    assert COVERS.value in own
    assert JOIN.value not in own
    assert JOIN.value in citations(client, "/source/tale/sec/1-1", lang="en")[0]


def test_citations_hold_no_words(owner: FlaskClient) -> None:
    """A citation is copied elsewhere, so it has no words of the document."""
    for path in ("/id/region/alpha", "/" + SPAN_PATH):
        assert all("covers 120" not in text for text in citations(owner, path))


# Facts


def test_fact_with_its_proof(client: FlaskClient) -> None:
    """An inferred fact shows rule, axiom in words, premises, and the clause of every leaf."""
    text = page(client, "/fact", lang="en", **FACT)
    assert "prp-spo2" in text
    assert "chain of properties" in text
    plain = " ".join(part.split(">")[-1] for part in text.split("<"))
    assert "has member , then  is member of  implies  shares a member with" in " ".join(
        plain.split("\n")
    ).replace("   ", "  ")
    assert "Two members." in text
    assert "/graph/background" in text


def test_a_proof_begins_with_a_sentence(client: FlaskClient) -> None:
    """The claim, the reasons with their clauses, where else they come from; steps are folded.

    A chip opens the slip of its clause, which is on the page once.
    """
    text = page(client, "/fact", lang="en", **FACT)
    plain = " ".join(re.sub("<[^>]+>", "", text).split())
    assert plain.index("shares a member with Omega") < plain.index("Because")
    assert plain.index("Because") < plain.index("How firmly it holds") < plain.index("prp-spo2")
    assert "this follows from 1 clause." in plain  # the small ontology has no patterns
    assert "1 fact that it rests on is not said by the document" in plain
    assert "It follows on no other grounds." in plain
    opened = re.findall(r'popovertarget="([^"]+)"', text)
    assert set(opened) == set(re.findall(r'id="([^"]+)" popover', text)) == {"clause-1"}
    assert "<details" in text[: text.index("prp-spo2")]


def test_asserted_fact_shows_its_clause(client: FlaskClient) -> None:
    """An asserted fact shows the clause that says it, and no proof."""
    text = page(client, "/fact", s="reg:alpha", p="cg:hasMember", o="place:beta", lang="en")
    assert "Two members." in text
    assert "why it holds" not in text


def test_a_fact_said_the_other_way_round_shows_its_clause(client: FlaskClient) -> None:
    """What a clause says with the inverse property is said: its clause is there, and the proof."""
    text = page(client, "/fact", s="place:beta", p="cg:isMemberOf", o="reg:alpha", lang="en")
    assert "the other way round" in text
    assert "Two members." in text
    assert "No clause of the document" not in text


def test_fact_with_a_literal(client: FlaskClient) -> None:
    """A fact whose object is a literal is addressed in N-Triples syntax."""
    o = f'"13400.0"^^<{XSD.decimal.value}>'
    assert "The area." in page(client, "/fact", s=AREA.value, p="cg:numericValue", o=o, lang="en")


def test_every_fact_link_of_a_page_works(client: FlaskClient) -> None:
    """Those to proofs on an entity's page, and those of all that a clause states, lead there."""
    for path in ("/id/region/alpha", f"/{SPAN_PATH}"):
        text = page(client, path)
        links = {part.split('"')[0] for part in text.split('href="') if part.startswith("/fact?")}
        assert links
        for link in links:
            page(client, link.replace("&amp;", "&"))


def test_fact_that_does_not_hold(client: FlaskClient) -> None:
    """A fact that is neither stated nor inferred is 404, says so, and names what may be meant."""
    answer = client.get("/fact?s=reg:alpa&p=cg:hasMember&o=place:beta&lang=en", headers=BROWSER)
    assert answer.status_code == 404
    assert "neither states nor infers" in answer.text
    assert "/id/region/alpha" in answer.text


def test_fact_without_a_reasoner(generation: Generation) -> None:
    """Without a reasoner an inferred fact is shown as such and the page says what is missing."""
    text = page(client_of(generation, Settings()), "/fact", lang="en", **FACT)
    assert "does not compute proofs" in text


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({}, "s is missing"),
        ({"s": ALPHA.value, "p": "no iri", "o": "x"}, "p: 'no iri' is no such term"),
        ({"s": ALPHA.value, "p": "cg:hasMember", "o": '"open'}, "o: "),
        ({"s": ALPHA.value, "p": "cg:hasMember", "o": "<script>"}, "o: "),
    ],
)
def test_bad_fact_parameters(client: FlaskClient, parameters: dict[str, str], said: str) -> None:
    """A parameter that is no term is 400 and says which and how to write it."""
    answer = client.get("/fact", query_string=parameters)
    assert answer.status_code == 400
    assert said in answer.get_json(force=True)["detail"]
    as_page = client.get("/fact", query_string=parameters, headers=BROWSER)
    assert as_page.status_code == 400
    assert "<script" not in as_page.text


@pytest.mark.parametrize(
    ("o", "term"),
    [
        ("<urn:x>", IRI("urn:x")),
        ("cg:hasMember", CG.hasMember),
        ('"a \\"b\\" \\u00e9"@en', Literal('a "b" é', language="en")),
        (f'"1"^^<{XSD.integer.value}>', Literal("1", datatype=XSD.integer)),
        ('"line\\nbreak"', Literal("line\nbreak")),
        ('"\\uD800"', Literal("\\uD800")),
    ],
)
def test_terms_in_addresses(o: str, term: IRI | Literal) -> None:
    """IRIs whole, bracketed or prefixed, and literals with escapes are read."""
    assert read_fact({"s": "cg:a", "p": "cg:b", "o": o}).object == term


def test_subject_is_never_a_literal() -> None:
    """A literal as subject is refused."""
    with pytest.raises(ProtocolError):
        read_fact({"s": '"a"', "p": "cg:b", "o": "cg:c"})


# The front page


def test_front_page(client: FlaskClient) -> None:
    """The front page says what this is, in both languages, how much it holds, and compares."""
    text = page(client, "/", lang="en")
    assert "Two sentences." in text
    assert "故事" in text
    assert "1,234" in text
    assert "about 13,400 km²" in text
    assert "w3id.org" in text


def test_example_queries(generation: Generation, tmp_path: Path) -> None:
    """Examples are offered by their titles, and ask for labels in the reader's language."""
    file = tmp_path / "1.rq"
    file.write_text(
        '# en: Who?\n# zh: 谁？\nSELECT ?x { ?x ?p ?l FILTER(LANG(?l) = "en") }\n', "utf-8"
    )
    client = client_of(generation, Settings(examples=(file,)))
    assert "Who?" in page(client, "/", lang="en")
    text = page(client, "/", lang="zh")
    assert "谁？" in text
    assert "%3D+%22zh%22" in text


def test_a_title_may_have_a_full_width_colon(tmp_path: Path) -> None:
    """After its language, as a Chinese keyboard writes it; a colon in the title stays."""
    file = tmp_path / "1.rq"
    file.write_text("# en: Who?\n# zh\uff1a 甲\uff1a谁\uff1f\nASK {}\n", "utf-8")
    (example,) = read([file])
    assert example.title == {"en": "Who?", "zh": "甲\uff1a谁\uff1f"}


def test_example_without_titles(tmp_path: Path) -> None:
    """A query without title lines goes by its first comment, else by its file's name."""
    one, other = tmp_path / "one.rq", tmp_path / "other.rq"
    one.write_text("# Plain words\nASK {}\n", "utf-8")
    other.write_text("ASK {}\n", "utf-8")
    titles = [example.title for example in read((one, other))]
    assert titles == [{"en": "Plain words"}, {"en": "other"}]


def test_bare_generation_has_a_front_page(tmp_path: Path) -> None:
    """A graph without project, regions or documents still has a front page."""
    generation = make_generation(tmp_path)
    (tmp_path / "dataset.nq").write_text("<urn:s> <urn:p> <urn:o> .\n", "utf-8")
    (tmp_path / "manifest.json").write_text(json.dumps({}), "utf-8")
    client = client_of(generation, Settings(base="https://example.org/"))
    assert "cgkg" in page(client, "/")
    assert "urn:o" in page(client, "/resource", iri="urn:s")


# Readable values and axioms


@pytest.mark.parametrize(
    ("number", "en", "zh"),
    [
        ("34000000", "34 million", "3400万"),
        ("830000000.0", "830 million", "8.3亿"),
        ("13400.0", "13,400", "1.34万"),
        ("11726", "11,726", "1.1726万"),
        ("1234567", "1,234,567", "123.4567万"),
        ("80", "80", "80"),
        ("0.5", "0.5", "0.5"),
        ("0", "0", "0"),
    ],
)
def test_numbers_as_their_readers_group_them(number: str, en: str, zh: str) -> None:
    """English groups by thousands and millions, Chinese by 万 and 亿; nothing is rounded."""
    assert number_text(Decimal(number), "en") == en
    assert number_text(Decimal(number), "zh") == zh


def _value(**more: str) -> Graph:
    """A graph with one value node."""
    terms = {
        "numericValue": Literal(more.pop("numericValue"), datatype=XSD.decimal),
        **{name: _object(text) for name, text in more.items()},
    }
    return Graph.of(Quad(AREA, CG(name), term) for name, term in terms.items())


def _object(text: str) -> IRI | Literal:
    return Literal(text, datatype=XSD.integer) if text.isdigit() else IRI(text)


@pytest.mark.parametrize(
    ("value", "en", "zh"),
    [
        ({"numericValue": "0.035", "relativeTo": "urn:japan"}, "3.5%", "3.5%"),
        (
            {"numericValue": "0.333333", "shareNumerator": "1", "shareDenominator": "3"},
            "1/3",
            "1/3",
        ),
        (
            {"numericValue": "0.5", "hasApproximation": APPROXIMATION.nearly.value},
            "nearly 50%",
            "近50%",
        ),
        ({"numericValue": "80", "hasUnit": UNIT.KiloM.value}, "80 km", "80公里"),
        ({"numericValue": "7", "hasUnit": "urn:unit/LEAGUE"}, "7 LEAGUE", "7 LEAGUE"),
    ],
)
def test_figures_in_words(value: dict[str, str], en: str, zh: str) -> None:
    """Shares are percentages or fractions, and qualifiers and units are words."""
    figure = figure_of(_value(**value), AREA)
    assert figure is not None
    assert figure.text == {"en": en, "zh": zh}


@pytest.mark.parametrize(
    ("value", "en"),
    [
        ({"numericValue": "50", "lowerBound": "40", "upperBound": "60"}, "between 40 and 60"),
        ({"numericValue": "50", "lowerBound": "12300"}, "at least 12,300"),
        ({"numericValue": "50", "upperBound": "60"}, "at most 60"),
        ({"numericValue": "50", "lowerBound": "50"}, ""),
        ({"numericValue": "50"}, ""),
    ],
)
def test_bounds_that_say_more_than_the_number(value: dict[str, str], en: str) -> None:
    """They are told in every language; the number itself, which its qualifier tells of, is not."""
    figure = figure_of(_value(**value), AREA)
    assert figure is not None
    assert figure.bounds.get("en", "") == en
    assert len(figure.bounds) == (2 if en else 0)


def test_no_number_no_figure(graph: Graph) -> None:
    """Something without a number is no figure."""
    assert figure_of(graph, ALPHA) is None
    assert figure_of(_value(numericValue="many"), AREA) is None


def said(phrase: Phrase) -> str:
    """A phrase with local names for IRIs."""
    return "".join(
        p if isinstance(p, str) else p.value.rsplit("/", 1)[-1].rsplit("#", 1)[-1] for p in phrase
    )


@pytest.mark.parametrize(
    ("axiom", "en"),
    [
        (Triple(CG.A, RDFS.subClassOf, CG.B), "every A is a B"),
        (Triple(CG.p, RDFS.subPropertyOf, CG.q), "p implies q"),
        (Triple(CG.p, RDF.type, OWL.TransitiveProperty), "p is transitive"),
        (Triple(CG.p, RDFS.range, CG.A), "every value of p is a A"),
        (
            Triple(CG.sharesMemberWith, OWL.propertyChainAxiom, CHAIN),
            "hasMember, then isMemberOf implies sharesMemberWith",
        ),
        (
            Triple(GENERAL, RDFS.subClassOf, CG.UrbanRegion),
            "every thing with hasMember some City is a UrbanRegion",
        ),
        (Triple(CG.p, CG.unusual, CG.q), "p unusual q"),
    ],
)
def test_axioms_in_words(graph: Graph, axiom: Triple, en: str) -> None:
    """Axioms are sentences, with lists and class expressions spelt out."""
    # Blank nodes get the labels that the database gives them.
    subject, predicate, target = parts(axiom)
    if isinstance(subject, BlankNode):
        subject = parts(next(graph.triples(p=predicate, o=target)))[0]
    if isinstance(target, BlankNode):
        target = parts(next(graph.triples(subject, predicate)))[2]
    renamed = Triple(subject, predicate, target)
    assert said(Axioms(graph, "en").phrase(renamed)) == en
    assert said(Axioms(graph, "zh").phrase(renamed)) != en or "unusual" in en


@pytest.mark.parametrize(
    ("axiom", "en"),
    [
        (
            Triple(CG.sharesMemberWith, OWL.propertyChainAxiom, BlankNode("x")),
            "hasMember, then isMemberOf implies sharesMemberWith",
        ),
        (
            Triple(BlankNode("x"), RDFS.subClassOf, CG.UrbanRegion),
            "every thing with hasMember some City is a UrbanRegion",
        ),
    ],
)
def test_blank_nodes_with_other_labels(graph: Graph, axiom: Triple, en: str) -> None:
    """An axiom whose blank node the graph labels otherwise is found by its named end."""
    assert said(Axioms(graph, "en").phrase(axiom)) == en


def test_parts_of_a_class_are_said_as_the_class(graph: Graph) -> None:
    """A step whose axioms only make up a class is said as that class."""
    node = BlankNode("x")
    parts = (
        Triple(node, OWL.onProperty, CG.hasMember),
        Triple(node, OWL.someValuesFrom, CG.City),
    )
    (phrase,) = Axioms(graph, "en", parts).phrases(parts)
    assert said(phrase) == "of the meaning of: thing with hasMember some City"


def test_circular_list_ends(graph: Graph) -> None:
    """A damaged list does not keep the page from ending."""
    node = BlankNode("loop")
    looped = Graph.of(
        Quad(*triple)
        for triple in (
            Triple(CG.p, OWL.propertyChainAxiom, node),
            Triple(node, RDF.first, CG.q),
            Triple(node, RDF.rest, node),
        )
    )
    axiom = next(looped.triples(CG.p))
    assert said(Axioms(looped, "en").phrase(axiom)) == "q implies p"


def test_description_of_a_class_spells_its_expressions(client: FlaskClient, graph: Graph) -> None:
    """The page of a class says in words what makes something a member."""
    assert describe(graph, CG.UrbanRegion).incoming
    assert "thing with" in page(client, "/def/UrbanRegion", lang="en")


def test_a_query_for_both_languages_is_offered_as_it_is(tmp_path: Path) -> None:
    """Titles without a language are told apart by their script; both labels stay asked for."""
    path = tmp_path / "competency" / "Q1.rq"
    path.parent.mkdir()
    query = 'SELECT ?a { FILTER(LANG(?a) = "en" || LANG(?a) = "zh") }'
    path.write_text(f"# Which?\n# 哪个？\n{query}\n")
    (example,) = read([path])
    assert (example.title["en"], example.title["zh"]) == ("Which?", "哪个？")
    assert example.folder == "competency"
    assert '= "en"' in example.text("zh")


@pytest.mark.parametrize(
    ("asked", "languages", "reader", "wanted"),
    [
        ("de", ("de", "en"), "en", "en"),
        ("de", ("de", "fr"), "en", "de"),
        ("en", ("en", "fr"), "zh", "en"),
        ("en", ("en", "zh-hant"), "zh", "zh-hant"),
        ("fr", ("de", "fr"), "de", "fr"),
    ],
)
def test_an_example_asks_for_labels_that_there_are(
    asked: str, languages: tuple[str, ...], reader: str, wanted: str, tmp_path: Path
) -> None:
    """A filter follows the reader to a language of the project, and to no other."""
    path = tmp_path / "q.rq"
    path.write_text(f'SELECT * {{ ?s ?p ?o FILTER(LANG(?o) = "{asked}") }}', "utf-8")
    (example,) = read([path], languages)
    assert f'= "{wanted}"' in example.text(reader)


@pytest.mark.parametrize("path", ["/id/a%2Fb%20c/%E9%A6%96", "/id/a%252Fb%2520c/%E9%A6%96"])
@pytest.mark.parametrize("suffix", ["", ".ttl"])
def test_an_iri_with_percent_signs_has_its_page(tmp_path: Path, path: str, suffix: str) -> None:
    """It is found by its own path, as links have it, and with its percent signs escaped."""
    iri = "https://example.org/id/a%2Fb%20c/首"
    (tmp_path / "dataset.nq").write_text(f'<{iri}> <https://example.org/p> "found" .\n')
    (tmp_path / "manifest.json").write_text("{}")
    client = client_of(Generation(tmp_path), Settings(base="https://example.org/"))
    answer = client.get(path + suffix)
    assert answer.status_code == 200
    assert "found" in answer.text
    assert client.get("/id/a/b c/首").status_code == 404
