"""Reading a project: layers, imports, and mistakes with file and line."""

from __future__ import annotations

import pytest
from projects import BASE, FILES, PREFIXES, Small, span

from cgkg.errors import ConfigError, ImportNotFoundError, SourceError
from cgkg.project.folder import Project
from cgkg.project.sources import load
from cgkg.rdf.terms import IRI, Literal, Triple
from cgkg.rdf.vocab import OWL, RDF, SKOS

ELBE = IRI(BASE + "id/river/elbe")


def test_layers_are_kept_apart(small: Small) -> None:
    """Ontology with imports, registry, facts by span and descriptions are separate values."""
    sources = load(small.project)
    assert Triple(IRI(BASE + "def/Place"), RDF.type, OWL.Class) in sources.ontology
    assert Triple(ELBE, RDF.type, IRI(BASE + "def/River")) in sources.registry
    assert Triple(ELBE, SKOS.altLabel, Literal("Labe", language="en")) in sources.registry
    assert len(sources.graphs) == 3
    assert all(len(triples) == 1 for triples in sources.graphs.values())
    assert len(sources.facts) == len(sources.registry) + 3
    assert not sources.outside_graphs


def test_spans_know_their_place(small: Small) -> None:
    """Offsets, section, sentence and paragraph of a span come from its name and the table."""
    sources = load(small.project)
    said = {t.predicate.value.rsplit("/")[-1] for t in sources.descriptions
            if t.subject == sources.spans[0].iri}  # fmt: skip
    assert {"charStart", "charEnd", "inSection", "inSentence", "inParagraph", "gist"} <= said


def test_lines_are_found_in_every_layer(small: Small) -> None:
    """The locator finds facts, registry rows and axioms."""
    sources = load(small.project)
    fact = next(iter(sources.graphs.values()))[0]
    place = sources.locator.of(fact)
    assert place
    assert (place.path.name, place.line) == ("1.trig", PREFIXES.count("\n") + 1)
    name = sources.locator.of_subject(ELBE, SKOS.altLabel)
    assert name
    assert (name.path.name, name.line) == ("registry.csv", 2)
    row = sources.locator.of_subject(IRI(BASE + "id/place/dresden"))
    assert row
    assert (row.path.name, row.line) == ("registry.csv", 3)


@pytest.mark.parametrize(
    ("name", "content", "line", "what"),
    [
        (
            "data/1.trig",
            PREFIXES + "c:1-2 { id:a :b id:c \n id:d ] }",
            13,
            "expected at the end of a graph block",
        ),
        ("ontology/base.ttl", "@prefix : <urn:x/> .\n:a :b :c :d .", 2, r"\."),
        ("data/registry.csv", "id,zh\n", 1, "expected the columns"),
        (
            "data/registry.csv",
            FILES["data/registry.csv"] + "river/elbe,River,易,E,,,,\n",
            5,
            "twice",
        ),
        (
            "data/registry.csv",
            FILES["data/registry.csv"] + "a b,River,易,E,,,,\n",
            5,
            "'a b' is no id",
        ),
        (
            "data/registry.csv",
            FILES["data/registry.csv"] + "ab,River,易,E\n",
            5,
            "8 cells, found 4",
        ),
        (
            "data/registry.csv",
            FILES["data/registry.csv"] + '\nab,River,易,"E\nF",,,,\n b c,River,易,E,,,,\n',
            8,
            "'b c' is no id",
        ),
        ("ontology/catalog-v001.xml", "<catalog>\n<uri", 2, r"\."),
    ],
)
def test_a_broken_file_is_an_error_with_its_line(
    small: Small, name: str, content: str, line: int, what: str
) -> None:
    """Syntax errors of every kind of file name the file and the line."""
    small.write(name, content)
    with pytest.raises(SourceError, match=what) as caught:
        load(small.project)
    assert caught.value.path.name == name.rsplit("/", 1)[1]
    assert caught.value.line == line
    assert f":{line}" in str(caught.value)


def test_an_import_that_no_catalog_maps_is_named(small: Small) -> None:
    """owl:imports are resolved offline through the catalog or are an error that names them."""
    small.write(
        "ontology/catalog-v001.xml", FILES["ontology/catalog-v001.xml"].replace("base", "b")
    )
    with pytest.raises(ImportNotFoundError, match="ontology/base") as caught:
        load(small.project)
    assert caught.value.path.name == "rivers.ttl"
    assert caught.value.line == 14


def test_statements_outside_a_graph_are_kept_aside(small: Small) -> None:
    """A statement that is in no graph and describes none is not lost."""
    small.facts(span("Hamburg", ""), "id:river\\/elbe :lengthKm 5 .")
    assert [q.subject for q in load(small.project).outside_graphs] == [ELBE]


def test_a_folder_without_configuration_is_no_project(small: Small) -> None:
    """A missing or broken cgkg.toml says what is expected."""
    small.write("cgkg.toml", '[project]\nbase = "https://x.org"\nontology = "o.ttl"\n')
    with pytest.raises(ConfigError, match="must end with"):
        Project.at(small.folder)
    small.write("cgkg.toml", "[project]\n")
    with pytest.raises(ConfigError, match="needs base"):
        Project.at(small.folder)
    (small.folder / "cgkg.toml").unlink()
    assert Project.at(small.folder).bare
