"""Rows of any content end in one way: what they stand for, or a reason, and never an error."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from projects import TEXT, make_small

from cgkg.document.text import SourceText, SourceTexts
from cgkg.intake.names import ProjectNames
from cgkg.intake.resolving import RowResolver
from cgkg.intake.rows import RowStatus, read_row
from cgkg.project.sources import Sources, load
from cgkg.rdf.terms import IRI
from cgkg.rdf.vocab import RDF, XSD

CELLS = st.text(max_size=20) | st.sampled_from(
    ["Elbe", "Hamburg", "flows through", "length in km", "a", "River", "1,094 km", "The Elbe … km",
     '"x"@en', '"x"^^', '"x"^^xsd:integer', '"x"^^<y>', "<", "<urn:x>", "cg:", ":", "c:1-2", "...",
     "river/elbe", "river/new", "http://a b", "xsd:integer", "½", "²", "٣", "1" * 400, "\ud800",
     "Ⅻ", "十百千万", "99999-99-99", "0000", "%", "5 May", "e", "\u200b", "－5", "NaN", "Infinity",
     "1e999999999", "https://example.org/rivers/id/place/dresden"]
)  # fmt: skip
COLUMNS = ("mode", "document", "section", "prefix", "suffix", "gist", "gist_xx", "class",
           "value_class", "label_en", "value_label_zh")  # fmt: skip
USUAL = {
    "quote": st.just("1,094 km") | CELLS,
    "subject": st.just("Elbe") | CELLS,
    "property": st.sampled_from(["flows through", "length in km", "cg:omitsSelfPairs", "a"])
    | CELLS,
    "value": CELLS,
}


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Sources:
    return load(make_small(tmp_path_factory.mktemp("resolving") / "rivers").project)


ROWS = st.lists(
    st.fixed_dictionaries(USUAL, optional=dict.fromkeys(COLUMNS, CELLS)), min_size=1, max_size=3
)


@settings(max_examples=50, deadline=None)
@given(cells=ROWS)
def test_whatever_is_in_a_row(cells: list[dict[str, str]], sources: Sources) -> None:
    """It is resolved if and only if it is ok."""
    resolve(cells, sources)


@pytest.mark.long
@settings(max_examples=500, deadline=None)
@given(cells=ROWS)
def test_whatever_is_in_many_rows(cells: list[dict[str, str]], sources: Sources) -> None:
    """As above, for longer."""
    resolve(cells, sources)


def resolve(cells: list[dict[str, str]], sources: Sources) -> None:
    document = next(iter(sources.tables))
    texts = SourceTexts({document: SourceText(TEXT, document)})
    rows = [read_row(number, each) for number, each in enumerate(cells, 2)]
    for outcome in RowResolver(sources, texts).resolve(rows):
        assert (outcome.resolved is not None) == (outcome.status is RowStatus.OK)
        assert outcome.resolved or outcome.message


@pytest.mark.parametrize("name", ["Elbe", "易北河", "labe", " ELBE ".strip(), "river/elbe"])
def test_a_thing_has_many_names(name: str, sources: Sources) -> None:
    """Labels in any language and case, other names, and its id."""
    found = ProjectNames(sources).individual(name)
    assert found.one == IRI("https://example.org/rivers/id/river/elbe")


@pytest.mark.parametrize("name", ["length in km", "lengthKm", "长度（公里）", "Length in KM"])
def test_a_property_has_its_range(name: str, sources: Sources) -> None:
    """Which says how its values are read."""
    names = ProjectNames(sources)
    found = names.property(name).one
    assert found
    assert (names.takes_literals(found), names.datatype(found)) == (True, XSD.integer)
    assert names.property("a").one == RDF.type
