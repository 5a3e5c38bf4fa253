"""Findings, reports, the SHACL stage and the check of names, on small data of their own."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from projects import BUNDLED

from cgkg.errors import CgkgError
from cgkg.rdf.io import parse_file
from cgkg.rdf.notation import abbreviate_text
from cgkg.rdf.terms import IRI, BlankNode, Literal, Quad, Triple
from cgkg.rdf.vocab import BASE, CG, GRAPH, MODE, RDF, XSD
from cgkg.validation.names import check_shapes_vocabulary, check_vocabulary
from cgkg.validation.report import Finding, Report, abbreviate
from cgkg.validation.shacl import ShapesError, validate

PLACE = "https://w3id.org/cgkg/id/place/"
SPAN = IRI("https://w3id.org/cgkg/source/city-clusters/c/73-85")
EX = "https://example.org/"
HEADER = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in BUNDLED.items()) + (
    "@prefix sh: <http://www.w3.org/ns/shacl#> .\n"
    "@prefix vann: <http://purl.org/vocab/vann/> .\n"
    f"@prefix x: <{EX}> .\n"
)


class Reader:
    """Parses text as TriG, with the usual prefixes."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "text.trig"

    def quads(self, text: str) -> list[Quad]:
        self._path.write_text(HEADER + text, encoding="utf-8")
        return parse_file(self._path)

    def triples(self, text: str) -> list[Triple]:
        return [quad.triple for quad in self.quads(text)]


@pytest.fixture
def read(tmp_path: Path) -> Reader:
    return Reader(tmp_path)


def finding(**changes: Any) -> Finding:
    given: dict[str, Any] = {
        "severity": "violation",
        "code": "hasMember-value",
        "message": {"en": "must be an area", "zh": "须是地域"},
        "path": Path("data/1-1-tokyo.trig"),
        "line": 12,
        "focus": IRI("https://w3id.org/cgkg/id/region/tokyo"),
        "predicate": CG.hasMember,
        "value": IRI(PLACE + "tokio"),
        "graph": SPAN,
        "hint": {"en": "did you mean place:tokyo?", "zh": "是否想写 place:tokyo？"},
    }
    return Finding(**{**given, **changes})


def told(item: Finding, language: str = "en") -> str:
    """The finding as a report of the project prints it."""
    return next(Report((item,), BUNDLED).told((item,), language))


class TestReport:
    def test_prints_a_finding_in_english(self) -> None:
        """A finding prints place, severity, code and message, then statement, graph and hint."""
        assert told(finding()) == (
            "data/1-1-tokyo.trig:12: violation hasMember-value: must be an area\n"
            "  at: reg:tokyo cg:hasMember place:tokio\n"
            "  in: c:73-85\n"
            "  hint: did you mean place:tokyo?"
        )

    def test_prints_a_finding_in_chinese(self) -> None:
        """The same finding prints in Chinese, with the same line structure."""
        assert told(finding(inferred=True, graph=None), "zh") == (
            "data/1-1-tokyo.trig:12: 违规 hasMember-value: 须是地域\n"
            "  语句：reg:tokyo cg:hasMember place:tokio（推断所得）\n"
            "  建议：是否想写 place:tokyo？"
        )

    def test_prints_nothing_for_what_is_unknown(self) -> None:
        """A finding without place, statement, graph or hint is a single line."""
        bare = finding(
            path=None, line=None, focus=None, predicate=None, value=None, graph=None, hint={}
        )
        assert bare.text("en") == "violation hasMember-value: must be an area"

    def test_says_a_focus_node_once(self) -> None:
        """A node that is its own value, as node shapes report it, is named once."""
        node = IRI(PLACE + "seoul")
        text = told(finding(focus=node, predicate=None, value=node))
        assert "\n  at: place:seoul\n" in text

    def test_falls_back_to_the_other_language(self) -> None:
        """A message in one language only is shown rather than nothing."""
        assert "must be an area" in finding(message={"en": "must be an area"}).text("zh")

    def test_is_sorted_whatever_the_order_given(self) -> None:
        """Violations come first, then by file and line; the order of checks does not matter."""
        parts = [
            finding(line=20),
            finding(severity="info", line=1),
            finding(line=3),
            finding(severity="warning", path=None, line=None),
        ]
        forward, backward = Report(tuple(parts)), Report(tuple(reversed(parts)))
        assert forward == backward
        assert [f.severity for f in forward.findings] == [
            "violation",
            "violation",
            "warning",
            "info",
        ]
        assert [f.line for f in forward.violations] == [3, 20]

    def test_conforms_without_violations(self) -> None:
        """Warnings and remarks do not forbid publishing; one violation does."""
        mild = Report((finding(severity="warning"), finding(severity="info")))
        assert mild.conforms
        assert (len(mild.warnings), len(mild.infos)) == (1, 1)
        assert not (mild + Report((finding(),))).conforms

    def test_ends_with_the_counts(self) -> None:
        """The report's text ends with how many findings of each severity there are."""
        report = Report((finding(), finding(severity="info")))
        assert report.text("en").endswith("1 violation(s), 0 warning(s), 1 info(s)")
        assert report.text("zh").endswith("违规 1 项，警告 0 项，提示 1 项")

    def test_is_json(self) -> None:
        """A report can be written as JSON, terms in N-Triples syntax and absent fields as null."""
        item = json.loads(json.dumps(Report((finding(shape=None),)).as_dict()))["findings"][0]
        assert item["focus"] == "<https://w3id.org/cgkg/id/region/tokyo>"
        assert (item["path"], item["line"], item["shape"]) == ("data/1-1-tokyo.trig", 12, None)
        assert item["message"]["zh"] == "须是地域"

    def test_is_frozen(self) -> None:
        """Findings are values: equal ones are one in a set, and none can be changed."""
        assert len({finding(), finding(), finding(line=13)}) == 2
        with pytest.raises(dataclasses.FrozenInstanceError):
            finding().line = 1  # type: ignore[misc]  # what the test is about

    @pytest.mark.parametrize(
        ("term", "text"),
        [
            (CG.hasMember, "cg:hasMember"),
            (MODE.stated, "mode:stated"),
            (SPAN, str(SPAN)),
            (IRI("https://w3id.org/cgkg/id/other/kind"), "<https://w3id.org/cgkg/id/other/kind>"),
            (Literal("近一半", language="zh"), '"近一半"@zh'),
            (BlankNode("b"), "_:b"),
        ],
    )
    def test_terms_are_shown_as_authors_write_them(self, term: Any, text: str) -> None:
        """Terms are prefixed names where a known prefix fits exactly, else N-Triples."""
        assert abbreviate(term) == text


SHAPES = """
x:City-name a sh:PropertyShape ; sh:targetClass x:City ; sh:path x:name ; sh:minCount 1 ;
    sh:severity sh:Warning ; sh:message "name it"@en , "请命名"@zh ; sh:description "a hint"@en .
x:City-size a sh:PropertyShape ; sh:targetClass x:City ; sh:path x:size ;
    sh:datatype xsd:decimal ; sh:message "a decimal"@en .
"""


class TestShacl:
    def test_finding_carries_all_that_the_result_says(self, read: Reader) -> None:
        """A finding has severity, messages, hint, statement, graph and shape of its result."""
        data = read.quads("c:73-85 { x:a a x:City ; x:name x:b ; x:size 5 . }")
        assert validate(data, (), read.triples(SHAPES)) == [
            Finding(
                severity="violation",
                code="City-size",
                message={"en": "a decimal"},
                focus=IRI(EX + "a"),
                predicate=IRI(EX + "size"),
                value=Literal("5", datatype=XSD.integer),
                graph=SPAN,
                shape=IRI(EX + "City-size"),
            )
        ]
        (missing,) = validate(read.quads("x:a a x:City ."), (), read.triples(SHAPES))
        assert (missing.severity, missing.hint) == ("warning", {"en": "a hint"})
        assert missing.message == {"en": "name it", "zh": "请命名"}
        assert (missing.predicate, missing.value, missing.graph) == (IRI(EX + "name"), None, None)

    def test_uses_the_class_hierarchy_of_the_ontology(self, read: Reader) -> None:
        """A target class reaches the instances of its subclasses, and nothing else is inferred."""
        ontology = read.triples(
            "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
            "x:Port rdfs:subClassOf x:City . x:harbourOf rdfs:domain x:City ."
        )
        data = read.triples("x:a a x:Port . x:b x:harbourOf x:c .")
        assert [f.focus for f in validate(data, ontology, read.triples(SHAPES))] == [IRI(EX + "a")]

    @pytest.mark.parametrize(
        ("value", "faults"),
        [("13400.0", 0), ('"013400.00"^^xsd:decimal', 0), ("13400", 1), ('"x"^^xsd:decimal', 1)],
    )
    def test_keeps_literals_as_written(self, value: str, faults: int, read: Reader) -> None:
        """Datatype and lexical form are judged, and reported, as the author wrote them."""
        data = read.quads(f"x:a a x:City ; x:name x:b ; x:size {value} .")
        found = validate(data, (), read.triples(SHAPES))
        assert [f.value for f in found] == [q.object for q in data[2:]] * faults

    def test_counts_a_triple_in_two_graphs_once(self, read: Reader) -> None:
        """A value that two spans state is one value."""
        shapes = read.triples(
            "x:S a sh:PropertyShape ; sh:targetSubjectsOf x:p ; sh:path x:p ; sh:maxCount 1 ."
        )
        assert not validate(read.quads("x:g { x:a x:p 1 } x:h { x:a x:p 1 }"), (), shapes)
        assert validate(read.quads("x:g { x:a x:p 1 } x:h { x:a x:p 2 }"), (), shapes)

    def test_shapes_may_ask_for_graphs(self, read: Reader) -> None:
        """A constraint with GRAPH sees the graphs; its text may name terms and values."""
        shapes = read.triples(
            f'x:ns sh:declare [ sh:prefix "x" ; sh:namespace "{EX}"^^xsd:anyURI ] .\n'
            "x:S a sh:NodeShape ; sh:targetSubjectsOf x:p ;\n"
            '    sh:message "{?value} is in {?g}"@en , "{?g} 说 {?value}"@zh ;\n'
            "    sh:sparql [ a sh:SPARQLConstraint ;\n"
            '    sh:prefixes x:ns ; sh:select "SELECT $this ?value ?g (x:p AS ?path)\n'
            '    WHERE { GRAPH ?g { $this x:p ?value } }" ] .'.replace("\n    WHERE", " WHERE")
        )
        (found,) = validate(read.quads("c:73-85 { x:a x:p cg:City }"), (), shapes)
        assert found.message == {"en": f"cg:City is in {SPAN}", "zh": f"{SPAN} 说 cg:City"}
        assert found.graph == SPAN
        assert validate(read.triples("x:a x:p cg:City ."), (), shapes) == []

    def test_says_what_is_inferred(self, read: Reader) -> None:
        """A finding about a triple that the reasoner added says so."""
        data = read.triples("x:a a x:City ; x:name x:b ; x:size 5 . x:c a x:City ; x:size 6 .")
        found = validate(data, (), read.triples(SHAPES), inferred={data[2]})
        assert {str(f.focus): f.inferred for f in found if f.code == "City-size"} == {
            f"<{EX}a>": True,
            f"<{EX}c>": False,
        }

    @pytest.mark.parametrize(
        "broken",
        [
            "x:S a sh:PropertyShape ; sh:targetClass x:City ; sh:path x:p ; sh:minCount x:one .",
            'x:S a sh:PropertyShape ; sh:targetClass x:City ; sh:path x:p ; sh:pattern "[" .',
            "x:S a sh:NodeShape ; sh:targetClass x:City ; sh:sparql [ sh:select 'SELECT' ] .",
        ],
    )
    def test_broken_shapes_are_an_error_of_ours(self, broken: str, read: Reader) -> None:
        """Ill-formed shapes raise one error that says so, never one of pySHACL or rdflib."""
        with pytest.raises(ShapesError, match="the shapes cannot be used") as caught:
            validate(read.triples("x:a a x:City ; x:p 'b' ."), (), read.triples(broken))
        assert isinstance(caught.value, CgkgError)


ONTOLOGY = """
<https://w3id.org/cgkg/ontology> vann:preferredNamespaceUri "https://w3id.org/cgkg/def/" ;
    vann:preferredNamespacePrefix "cg" .
cg:City a owl:Class . cg:Theme a owl:Class .
cg:hasMember a owl:ObjectProperty . cg:hasTheme a owl:ObjectProperty .
cg:numericValue a owl:DatatypeProperty . cg:gist a owl:AnnotationProperty .
"""
REGISTERED = "reg:tokyo a cg:City . place:kyoto a cg:City . place:seoul a cg:City ."


class TestVocabulary:
    def check(self, read: Reader, text: str, ontology: str = ONTOLOGY) -> list[Finding]:
        graphs = {
            GRAPH.registry: read.triples(REGISTERED),
            GRAPH.concepts: read.triples("theme:open-data a cg:Theme ."),
            SPAN: read.triples(text),
        }
        return check_vocabulary(read.triples(ontology), graphs, namespace=CG.base, base=BASE)

    def test_right_names_are_silent(self, read: Reader) -> None:
        """Declared terms and registered individuals, used as what they are, give no finding."""
        text = """reg:tokyo cg:hasMember place:seoul ; cg:hasTheme theme:open-data ;
            cg:numericValue 1.0 ; cg:gist "a"@en , x:anything ; x:other cg:City ."""
        assert self.check(read, text) == []

    @pytest.mark.parametrize(
        ("text", "code", "name", "nearest"),
        [
            ("reg:tokyo cg:hasMembers place:seoul .", "unknown-term", "hasMembers", "cg:hasMember"),
            ("place:seoul a cg:Citty .", "unknown-term", "cg:Citty", "cg:City"),
            ("reg:tokyo cg:zzz place:seoul .", "unknown-term", "cg:zzz", ""),
            ("reg:tokyo cg:hasMember place:soul .", "unknown-individual", "soul", "place:seoul"),
            ("reg:tokyo cg:hasMember place:tokyo .", "unknown-individual", "tokyo", "reg:tokyo"),
            ("reg:tokyo cg:hasTheme theme:data .", "unknown-concept", "data", "theme:open-data"),
            ("reg:tokyo cg:City place:seoul .", "class-as-property", "cg:City", ""),
            ("place:seoul a cg:hasMember .", "property-as-class", "cg:hasMember", ""),
            ("reg:tokyo cg:hasMember cg:City .", "term-as-individual", "cg:City", ""),
            ("cg:City cg:hasTheme theme:open-data .", "term-as-individual", "cg:City", ""),
            ("reg:tokyo cg:numericValue place:seoul .", "literal-expected", "numericValue", ""),
            ("reg:tokyo cg:hasMember 'Seoul' .", "iri-expected", "cg:hasMember", ""),
        ],
    )
    def test_wrong_names_are_found(
        self, text: str, code: str, name: str, nearest: str, read: Reader
    ) -> None:
        """A name unknown or misused is found where it stands, with the nearest name there is."""
        (found,) = self.check(read, text)
        assert (found.code, found.graph, found.severity) == (code, SPAN, "violation")
        assert name in found.message["en"]
        assert name in found.message["zh"]
        triple = read.triples(text)[0]
        assert (found.focus, found.predicate, found.value) == tuple(triple)
        if nearest:
            hints = {k: abbreviate_text(hint, BUNDLED) for k, hint in found.hint.items()}
            assert hints["en"] == f"did you mean {nearest}?"
            assert hints["zh"] == f"是否想写 {nearest}？"
        else:
            assert "did you mean" not in found.hint.get("en", "")

    def test_nearest_name_is_of_the_kind_wanted(self, read: Reader) -> None:
        """Where a property belongs, a class is not offered although its name is nearer."""
        ontology = ONTOLOGY + "cg:HasMembers a owl:Class ."
        (found,) = self.check(read, "reg:tokyo cg:hasMemberz place:seoul .", ontology)
        assert found.hint["en"] == "did you mean cg:hasMember?"

    def test_namespaces_of_others_are_open(self, read: Reader) -> None:
        """Terms outside the declared namespaces and the project's own are nobody's business."""
        assert (
            self.check(read, "x:a x:b x:c ; skos:related <https://w3id.org/cgkg/other/d> .") == []
        )

    def test_namespaces_of_other_ontologies_are_closed(self, read: Reader) -> None:
        """Every namespace that an ontology of the project declares as its own is closed."""
        ontology = (
            ONTOLOGY + f'x:ont vann:preferredNamespaceUri "{EX}" . x:knows a owl:ObjectProperty .'
        )
        assert {f.code for f in self.check(read, "x:a x:b 1 .", ontology)} == {"unknown-term"}

    @pytest.mark.parametrize(
        ("shape", "name"),
        [
            ("x:S sh:path cg:hasMembre .", "cg:hasMembre"),
            ("x:S sh:targetClass cg:Citty .", "cg:Citty"),
            ("x:S sh:select 'SELECT $this WHERE { $this cg:hasThem ?t }' .", "cg:hasThem"),
        ],
    )
    def test_shapes_name_declared_terms_only(self, shape: str, name: str, read: Reader) -> None:
        """An undeclared term in a path, a class or a SPARQL text of the shapes is found."""
        (found,) = check_shapes_vocabulary(
            read.triples(ONTOLOGY), read.triples(shape), namespace=CG.base
        )
        assert name in found.message["en"]
        assert found.hint["en"].startswith("did you mean cg:")

    def test_types_are_read_from_the_registry(self, read: Reader) -> None:
        """A class in the registry that does not exist is found in the registry's graph."""
        graphs = {GRAPH.registry: [Triple(IRI(PLACE + "x"), RDF.type, CG.Citty)]}
        (found,) = check_vocabulary(read.triples(ONTOLOGY), graphs, namespace=CG.base, base=BASE)
        assert (found.graph, found.value) == (GRAPH.registry, CG.Citty)
