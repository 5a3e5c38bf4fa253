"""SSSOM tables as triples, and their mistakes by file and line."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from paths import ROOT

from cgkg.errors import SourceError
from cgkg.project.mappings import read_mappings
from cgkg.rdf.io import parse_file
from cgkg.rdf.terms import IRI, Literal, Triple
from cgkg.rdf.vocab import BASE, RDFS, SKOS, Namespace

ID = Namespace(BASE + "id/")
TABLES = sorted((ROOT / "mappings").glob("*.sssom.tsv"))
HEAD = """#mapping_set_id: https://example.org/m
#curie_map:
#  id: https://example.org/id/
#  skos: http://www.w3.org/2004/02/skos/core#
#  semapv: https://w3id.org/semapv/vocab/
#  wd: http://www.wikidata.org/entity/
#license: https://example.org/l
subject_id\tpredicate_id\tobject_id\tmapping_justification\tcomment
"""
ROW = "id:a\tskos:exactMatch\twd:Q1\tsemapv:ManualMappingCuration\ta public table\n"


def table(tmp_path: Path, *rows: str, head: str = HEAD) -> Path:
    path = tmp_path / "x.sssom.tsv"
    path.write_text(head + "".join(rows), "utf-8")
    return path


def test_a_row_is_a_triple_with_its_evidence(tmp_path: Path) -> None:
    """Names are expanded by the table's own curie_map; justification, comment and line are kept."""
    (link,) = read_mappings(table(tmp_path, ROW))
    subject, value = IRI("https://example.org/id/a"), IRI("http://www.wikidata.org/entity/Q1")
    assert link.triple == Triple(subject, SKOS.exactMatch, value)
    assert link.justification.value == "https://w3id.org/semapv/vocab/ManualMappingCuration"
    assert (link.comment, link.line) == ("a public table", 9)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("id:a\tskos:exactMatch\twd:Q1\n", "expected 5 cells, found 3"),
        (ROW.replace("skos:exactMatch", "skos:broader"), "no SKOS mapping"),
        (ROW.replace("wd:Q1", "wd:P31"), "not an identifier of http://www.wikidata.org/entity/"),
        (ROW.replace("wd:", "wikidata:"), "no name with a prefix of curie_map"),
        (ROW.replace("id:a", "a"), "no name with a prefix of curie_map"),
        (ROW.replace("semapv:ManualMappingCuration", "id:guess"), "semapv"),
        (ROW.replace("a public table", " "), "does not say where"),
        (ROW.replace("wd:Q1", "id:<"), "no IRI"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, row: str, says: str) -> None:
    """A row that cannot be used stops the reading and says what is wrong on which line."""
    path = table(tmp_path, ROW.replace("id:a", "id:z").replace("wd:Q1", "wd:Q9"), row)
    with pytest.raises(SourceError) as caught:
        read_mappings(path)
    assert says in caught.value.what
    assert (caught.value.path, caught.value.line) == (path, 10)


@pytest.mark.parametrize(
    ("second", "says"),
    [
        (ROW, "the same mapping again, first on line 9"),
        (ROW.replace("id:a", "id:b"), "two things are said to be exactly this, first on line 9"),
        (ROW.replace("wd:Q1", "wd:Q2"), "this is said to be exactly two things, first on line 9"),
    ],
)
def test_an_identity_stands_once(tmp_path: Path, second: str, says: str) -> None:
    """Exact matches would make two things one; a table may not say that by accident."""
    with pytest.raises(SourceError, match=says):
        read_mappings(table(tmp_path, ROW, second))


def test_only_known_things_are_mapped(tmp_path: Path) -> None:
    """A subject that the graph does not have is refused when the caller says what it has."""
    path = table(tmp_path, ROW)
    assert read_mappings(path, known={IRI("https://example.org/id/a")})
    with pytest.raises(SourceError, match="the graph has no"):
        read_mappings(path, known=set())


def test_a_table_without_its_header_is_refused(tmp_path: Path) -> None:
    """Metadata alone, or a header that lacks a column, is no table."""
    with pytest.raises(SourceError, match="no header row"):
        read_mappings(table(tmp_path, head="#curie_map:\n"))
    with pytest.raises(SourceError, match="lacks object_id, comment"):
        read_mappings(table(tmp_path, head="subject_id\tpredicate_id\tmapping_justification\n"))
    with pytest.raises(SourceError, match="No such file"):
        read_mappings(tmp_path / "none.tsv")


PLACES = [path for path in TABLES if path.stem.startswith("places-")]


@pytest.mark.parametrize("path", PLACES, ids=lambda p: p.stem)
def test_our_tables_map_what_is_registered(path: Path) -> None:
    """Every subject of our tables is in the registry under the name that the row gives."""
    names: dict[IRI, str] = {}
    for registry in (ROOT / "data").glob("registry*.csv"):
        with registry.open(encoding="utf-8", newline="") as handle:
            names.update((ID(row["id"]), row["en"]) for row in csv.DictReader(handle))
    links = read_mappings(path, known=names)
    assert len(links) >= 20
    rows = [x.split("\t") for x in path.read_text("utf-8").splitlines() if x.startswith("place:")]
    assert [row[1] for row in rows] == [
        names[link.triple.subject] for link in links if isinstance(link.triple.subject, IRI)
    ]


def test_our_tables_map_terms_of_the_ontology_under_their_names() -> None:
    """Every term that a table leads elsewhere is declared, and the row gives its English label."""
    ontology = [
        quad.triple for file in (ROOT / "ontology").glob("*.ttl") for quad in parse_file(file)
    ]
    names = {
        (t.subject, t.object.value)
        for t in ontology
        if t.predicate == RDFS.label and isinstance(t.object, Literal) and t.object.language == "en"
    }
    tables = sorted(set(TABLES) - set(PLACES))
    assert tables
    for path in tables:
        links = read_mappings(path, known={subject for subject, _ in names})
        rows = [x.split("\t") for x in path.read_text("utf-8").splitlines() if x.startswith("cg:")]
        assert {
            (link.triple.subject, row[1]) for link, row in zip(links, rows, strict=True)
        } <= names


def test_two_sources_never_share_a_subject_and_object() -> None:
    """Each table is about one source, so that tables can be added and removed alone."""
    bases = [{str(x.triple.object).split("/")[2] for x in read_mappings(p)} for p in TABLES]
    assert all(len(base) == 1 for base in bases)
    assert len(set.union(*bases)) == len(TABLES)
