"""The shapes that `cgkg fmt` makes of the ontology: when, of what, and how they speak."""

from __future__ import annotations

import pytest
from commands import run
from projects import BASE, FILES, PREFIXES, Small, span, wide

from cgkg.authoring.check import inspect
from cgkg.authoring.formatting import changes, write
from cgkg.authoring.shapes import render_shapes, shapes_file
from cgkg.pipeline import check
from cgkg.rdf.io import read_turtle
from cgkg.rdf.terms import IRI
from cgkg.rdf.vocab import RDF, SH

MODULE = FILES["ontology/rivers.ttl"]
CONCEPTS = PREFIXES + (
    "@prefix colour: <https://example.org/rivers/concept/colour/> .\n"
    'colour:blue a :Colour ; skos:prefLabel "blue"@en , "\u84dd"@zh .\n'
)


def ontology(small: Small, *axioms: str) -> None:
    """Add axioms to the root ontology, and the prefix of our concepts to the project."""
    small.write("ontology/rivers.ttl", MODULE + "\n".join(axioms) + "\n")
    small.write("cgkg.toml", FILES["cgkg.toml"] + f'[prefixes]\ncolour = "{BASE}concept/colour/"\n')


def codes(small: Small, body: str) -> list[str]:
    """The codes of what is found if the document said this, with the generated shapes."""
    small.write("shapes/required/generated.ttl", render_shapes(small.project))
    small.facts(span("Hamburg", body))
    return [finding.code for finding in check(small.project).report.findings]


def messages(small: Small, shape: str) -> list[str]:
    """The messages of a generated shape, English and Chinese."""
    triples, _ = read_turtle(render_shapes(small.project), BASE)
    name = IRI(f"{BASE}shape/{shape}")
    texts = [t.object for t in triples if t.subject == name and t.predicate == SH.message]
    return [str(getattr(text, "value", "")) for text in texts]


def test_they_are_made_on_request_and_kept_up_to_date(small: Small) -> None:
    """`--shapes` begins the file; from then on a changed ontology is noticed and followed."""
    project = ("--project", str(small.folder))
    assert run("fmt", *project).returncode == 0
    assert not shapes_file(small.project).exists()
    assert run("fmt", "--shapes", *project).returncode == 0
    assert ":flowsThrough" in shapes_file(small.project).read_text("utf-8")
    assert run("fmt", "--check", *project).returncode == 0
    assert "shapes" not in {f.code for f in inspect(small.project).report.findings}

    module = small.folder / "ontology" / "rivers.ttl"
    module.write_text(module.read_text("utf-8").replace("flows through", "runs through"), "utf-8")
    (stale,) = [f for f in inspect(small.project).report.findings if f.code == "shapes"]
    assert (stale.severity, stale.path) == ("warning", shapes_file(small.project))
    done = run("fmt", "--check", *project)
    assert done.returncode == 1
    assert '+    sh:name "runs through: class of the subject"' in done.stdout
    assert run("fmt", *project).returncode == 0
    assert run("fmt", "--check", *project).returncode == 0


def test_they_are_for_the_whole_project(small: Small) -> None:
    """A file or an edit says nothing of the rest of the ontology."""
    module = str(small.folder / "ontology" / "rivers.ttl")
    done = run("fmt", "--shapes", module, "--project", str(small.folder))
    assert done.returncode == 2
    assert "neither FILES nor --from" in done.stderr


def test_the_order_of_the_ontology_does_not_matter(small: Small) -> None:
    """What `cgkg fmt` makes of files that it puts in order is what it makes of them after."""
    ontology(small, ":a a owl:ObjectProperty ; rdfs:domain :River .", ":A a owl:Class .")
    before = render_shapes(small.project)
    for change in changes(small.project):
        write(change)
    assert render_shapes(small.project) == before


def test_domain_range_and_function_are_asked_of_asserted_data(small: Small) -> None:
    """The reasoner would have made a river of Dresden."""
    ontology(small, ":flowsThrough a owl:FunctionalProperty .")
    assert codes(small, "id:river\\/elbe :flowsThrough id:place\\/dresden .") == []
    both = "id:place\\/dresden :flowsThrough id:river\\/elbe , id:place\\/hamburg ."
    assert {"flowsThrough-subject", "flowsThrough-value", "flowsThrough-once"} <= {
        *codes(small, both)
    }


def test_a_finding_leads_to_the_statement(small: Small) -> None:
    """It says file and line, what is wrong in both languages, and has the shape's name."""
    small.write("shapes/required/generated.ttl", render_shapes(small.project))
    small.facts(span("Hamburg", "id:river\\/elbe :flowsThrough id:river\\/elbe ."))
    found = [f for f in check(small.project).report.findings if f.code == "flowsThrough-value"]
    (finding,) = found
    assert finding.path
    assert (finding.path.name, finding.line) == ("1.trig", PREFIXES.count("\n") + 1)
    assert finding.shape == IRI(f"{BASE}shape/flowsThrough-value")
    assert finding.message["en"] == (
        "the value of :flowsThrough (flows through) must be a place;"
        " check the name, or its class in data/registry.csv"
    )


@pytest.mark.parametrize(
    ("datatype", "good", "bad"),
    [
        ("xsd:decimal", "5.0", "5"),
        ("xsd:integer", "-5", "5.0"),
        ("xsd:int", "-5", "5.0"),
        ("xsd:int", '"5"^^xsd:int', '"x"'),
        ("xsd:nonNegativeInteger", "0", "-1"),
        ("xsd:positiveInteger", '"1"^^xsd:positiveInteger', "0"),
        ("xsd:string", '"x"', '"x"@en'),
        ("<http://www.w3.org/1999/02/22-rdf-syntax-ns#langString>", '"x"@en', '"x"'),
        ("xsd:boolean", "true", '"yes"'),
        ("xsd:date", '"2026-01-31"^^xsd:date', '"2026-01-31"'),
    ],
)
def test_values_are_written_as_the_datatype_has_it(
    small: Small, datatype: str, good: str, bad: str
) -> None:
    """A value in another form is found, with an example of the right one; a right one is not."""
    ontology(small, f":p a owl:DatatypeProperty ; rdfs:range {datatype} .")
    assert "p-value" not in codes(small, f"id:river\\/elbe :p {good} .")
    assert "p-value" in codes(small, f"id:river\\/elbe :p {bad} .")
    assert all(messages(small, "p-value"))


def test_a_shape_of_the_same_name_takes_its_place(small: Small) -> None:
    """As where the range is a role that only the reasoner gives, or a number has bounds."""
    small.write(
        "shapes/required/rivers.ttl",
        PREFIXES + f"<{BASE}shape/flowsThrough-value> a sh:PropertyShape ; sh:path :flowsThrough ;"
        " sh:targetSubjectsOf :flowsThrough ; sh:maxCount 9 .\n",
    )
    assert "flowsThrough-value" not in render_shapes(small.project)
    assert "flowsThrough-subject" in render_shapes(small.project)


def test_what_no_shape_follows_from_is_passed_over(small: Small) -> None:
    """Class expressions, what holds everything, own datatypes, and others' properties."""
    ontology(
        small,
        ":a a owl:ObjectProperty ; rdfs:domain [ owl:unionOf ( :River :Place ) ] .",
        ":b a owl:ObjectProperty ; rdfs:domain owl:Thing ; rdfs:range owl:Thing .",
        ":c a owl:DatatypeProperty ; rdfs:range :Depth .",
        "skos:related a owl:ObjectProperty ; rdfs:domain skos:Concept .",
    )
    triples, _ = read_turtle(render_shapes(small.project), BASE)
    about = {t.object for t in triples if t.predicate == SH.targetSubjectsOf}
    assert about == {IRI(f"{BASE}def/flowsThrough"), IRI(f"{BASE}def/lengthKm")}


def test_messages_speak_as_the_ontology_does(small: Small) -> None:
    """With its labels, with classes that may be written, with the prefix of concepts."""
    ontology(
        small,
        ':Area a owl:Class ; rdfs:label "area"@en , "\u5730\u57df"@zh .',
        ':City a owl:Class ; rdfs:subClassOf :Area ; rdfs:label "city"@en , "\u57ce\u5e02"@zh .',
        ':Unit a owl:Class ; rdfs:subClassOf :Area ; rdfs:label "unit"@en , "\u5355\u4f4d"@zh .',
        ":Big a owl:Class ; rdfs:subClassOf :Area ; owl:equivalentClass [ a owl:Class ] .",
        ":Far a owl:Class ; rdfs:subClassOf :Area . [ a owl:Class ] rdfs:subClassOf :Far .",
        ':Colour a owl:Class ; rdfs:subClassOf skos:Concept ; rdfs:label "colour"@en .',
        ":drains a owl:ObjectProperty ; rdfs:domain :Unit ; rdfs:range :Area ;"
        ' rdfs:label "drains"@en , "\u6392\u6c34"@zh .',
        ":shows a owl:ObjectProperty ; rdfs:range :Colour .",
    )
    small.write("data/concepts/colours.ttl", CONCEPTS)
    value, in_chinese = messages(small, "drains-value")
    subject, _ = messages(small, "drains-subject")
    hint = "check the name, or its class in data/registry.csv"
    assert (
        value == f"the value of :drains (drains) must be an area (such as a city or a unit); {hint}"
    )
    assert subject == f"only a unit has :drains (drains); {hint}"
    assert in_chinese.startswith(":drains" + wide("(排水)的值须是地域(如城市或单位);请检查名称"))
    concept, _ = messages(small, "shows-value")
    assert (
        concept
        == "the value of :shows (:shows) must be a colour; use a name with the prefix colour:"
    )


def test_messages_are_in_the_languages_of_the_project_that_there_are(small: Small) -> None:
    """With the project's own labels and tags; in English if pages can be had in none of them."""
    axiom = f":told a owl:DatatypeProperty ; rdfs:range <{RDF.langString.value}>"
    ontology(small, axiom + ' ; rdfs:label "erz\u00e4hlt"@de , "dit"@fr .')
    toml = (small.folder / "cgkg.toml").read_text("utf-8")

    def said(languages: str) -> list[str]:
        named = f"[project]\nlanguages = [{languages}]\n"
        small.write("cgkg.toml", toml.replace("[project]\n", named))
        return messages(small, "told-value")

    form = 'the value of :told ({}) must be text with a language tag: write "\u2026"@{}'
    assert said('"fr", "de"') == [form.format("dit", "fr")]
    assert said('"de", "en-GB"') == [form.format("erz\u00e4hlt", "en-gb")]
    english, chinese = said('"en", "zh-Hant"')
    assert english.endswith("@en")
    assert chinese.endswith('"\u2026"@zh-hant')
