"""What the graph says of an IRI, with evidence; also the small dataset that the page tests use."""

from __future__ import annotations

import pytest
from counting import Counting
from tale import ALPHA, BETA, GAMMA, JOIN, MEMBER, OMEGA, SHARES, dataset, thing

from cgkg.document.statements import statement
from cgkg.errors import ResourceNotFoundError
from cgkg.presentation.resource import describe, labels_of, nearest
from cgkg.rdf.terms import IRI, DefaultGraph, Literal, Quad, Triple
from cgkg.rdf.vocab import BASE, CG, GRAPH, MODE, RDF, RDFS, SH, SKOS
from cgkg.store.excerpt import Excerpt
from cgkg.store.graph import Graph
from cgkg.store.reader import LocalReader


@pytest.fixture(scope="module")
def graph() -> Graph:
    return Graph.of(dataset())


def test_asserted_statement_has_its_span(graph: Graph) -> None:
    """An asserted triple comes with the span that states it, described."""
    found = {each.triple: each for each in describe(graph, ALPHA).outgoing}[MEMBER]
    (span,) = found.spans
    assert span.iri == JOIN
    assert (span.section, span.paragraph, span.mode) == ("1.1", 1, MODE.stated)
    assert span.gist == {"en": "Two members.", "zh": "两个成员。"}


def test_inferred_only_when_nobody_asserts_it(graph: Graph) -> None:
    """A triple of the inferred graph counts as inferred only if no other graph holds it."""
    found = {each.triple: each.inferred for each in describe(graph, ALPHA).outgoing}
    assert found[SHARES] is True
    assert found[MEMBER] is False


def test_graph_that_is_no_span(graph: Graph) -> None:
    """A triple of a graph that is no span names that graph and has no span."""
    found = statement(graph, Triple(OMEGA, CG.hasMember, BETA))
    assert found is not None
    assert (found.spans, found.graphs, found.inferred) == ((), (GRAPH.background,), False)


def test_incoming_and_uses(graph: Graph) -> None:
    """Statements that point to the IRI, and those that use it as a property, are told apart."""
    assert MEMBER in {each.triple for each in describe(graph, BETA).incoming}
    found = describe(graph, CG.hasMember)
    assert MEMBER in {each.triple for each in found.uses}
    assert MEMBER not in {each.triple for each in (*found.outgoing, *found.incoming)}


def test_names_cover_everything_mentioned(graph: Graph) -> None:
    """One description carries the labels of everything it mentions."""
    names = describe(graph, ALPHA).names
    assert names[BETA] == {"en": "Beta", "zh": "贝塔"}
    assert names[CG.hasMember]["zh"] == "包括成员"


def test_span_has_content(graph: Graph) -> None:
    """A span's description holds the span and what the span states."""
    found = describe(graph, JOIN)
    assert found.span is not None
    assert found.span.iri == JOIN
    assert {each.triple.object for each in found.content} == {BETA, GAMMA}


def test_text_of_an_earlier_property_wins(graph: Graph) -> None:
    """skos:prefLabel goes before rdfs:label, and an IRI without labels is left out."""
    both = IRI("https://example.org/both")
    held = Graph.of(
        Quad(both, p, Literal(text, language="en"), DefaultGraph())
        for p, text in ((RDFS.label, "a"), (SKOS.prefLabel, "b"))
    )
    assert labels_of(held, (both, IRI("https://example.org/none"))) == {both: {"en": "b"}}


def test_limit_says_how_many_it_leaves_out(graph: Graph) -> None:
    """A limit per property never cuts in silence: what is left out is counted."""
    found = describe(graph, ALPHA, limit=1)
    members = [each for each in found.outgoing if each.triple.predicate == CG.hasMember]
    assert len(members) == 1
    counts = {(each.where, each.predicate): each.count for each in found.omitted}
    assert counts["outgoing", CG.hasMember] == 1


def test_shapes_do_not_describe_the_data() -> None:
    """Shapes that mention a term are not shown with it, but a shape itself is described."""
    shape = IRI(f"{BASE}shape/members")
    held = Graph.of(dataset([Triple(shape, SH.path, CG.hasMember)]))
    assert all(each.triple.subject != shape for each in describe(held, CG.hasMember).incoming)
    assert describe(held, shape).outgoing


def test_unknown_iri_names_the_nearest(graph: Graph) -> None:
    """An unknown IRI is an error with the most similar names of the graph."""
    with pytest.raises(ResourceNotFoundError) as error:
        describe(graph, thing("region/alfa"))
    assert error.value.nearest[0] == ALPHA.value


def test_nearest_finds_the_name_in_another_folder(graph: Graph) -> None:
    """The right name under the wrong kind is found."""
    assert BETA in nearest(graph, thing("region/beta"))


def test_statement_that_does_not_hold(graph: Graph) -> None:
    """A triple that is neither stated nor inferred is None."""
    assert statement(graph, Triple(BETA, CG.hasMember, ALPHA)) is None


@pytest.mark.parametrize("largest", [20_000, 2_400])
def test_pages_of_a_very_long_list_make_up_the_whole(
    graph: Graph, monkeypatch: pytest.MonkeyPatch, largest: int
) -> None:
    """Whether it is read whole or not; graphs that hold the same are told, and what is left is
    counted."""
    monkeypatch.setattr("cgkg.presentation.resource._LARGEST", largest)
    kind, said = thing("kind"), GRAPH.registry
    members = [thing(f"member/{number:04}") for number in range(2_500)]
    quads = [Quad(m, RDF.type, kind, g) for m in members for g in (said, DefaultGraph())]
    other = Quad(thing("other"), CG.hasMember, kind, DefaultGraph())
    held = Graph.of([*graph.quads(), *quads, other])
    counting = Counting(LocalReader(held))
    pages = [
        describe(Excerpt(counting), kind, limit=1_000, page=number, merged=True)
        for number in (1, 2, 3)
    ]
    assert counting.asked <= 3 * 8
    assert [len(page.incoming) for page in pages] == [1_001, 1_000, 500]
    found = [each for page in pages for each in page.incoming]
    assert {each.triple.subject for each in found} == {*members, other.subject}
    assert all(each.graphs == (said,) for each in found if each.triple.predicate == RDF.type)
    assert pages[1].pages == 3
    assert [[o.count for o in page.omitted] for page in pages] == [[1_500], [500], []]
    content = describe(Excerpt(counting), said, limit=1_000, page=3, merged=True).content
    assert len(content) in range(500, 600)


def test_pages_of_a_long_list_are_the_same_wherever_the_graph_is() -> None:
    """In memory quads are in the order in which they came, elsewhere in another."""
    kind = thing("kind")
    members = [thing(f"member/{number:04}") for number in range(2_500)]
    quads = [Quad(m, RDF.type, kind, g) for m in members for g in (GRAPH.registry, DefaultGraph())]

    def page(held: Graph, number: int) -> list[IRI]:
        found = describe(held, kind, limit=1_000, page=number, merged=True).incoming
        return [each.triple.subject for each in found]  # type: ignore[misc]

    one, other = Graph.of(quads), Graph.of(quads[::-1])
    for number in (1, 2, 3):
        assert page(one, number) == page(other, number) == members[number * 1_000 - 1_000 :][:1_000]
