"""Closures: what is inferred, what is contradictory, and that it agrees with the reference."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reasoning_cases import SEEDED, read, triples
from reasoning_checker import Checker

import cgkg.reasoning
from cgkg.rdf.terms import IRI, BlankNode, Literal, Term, Triple, parts
from cgkg.rdf.vocab import CG, OWL, RDF
from cgkg.reasoning import Closure, close

# A city cluster of our own, in the terms of the project's ontology.
FACTS = """
:germany a cg:Country . :netherlands a cg:Country .
:cologne a cg:City ; cg:inCountry :germany . :arnhem a cg:City ; cg:inCountry :netherlands .
:ehrenfeld a cg:District ; cg:isPartOf :cologne . :square a cg:District ; cg:isPartOf :ehrenfeld .
:rhine a cg:CityCluster ; cg:hasCoreCity :cologne ; cg:hasMember :arnhem .
:ruhr a cg:CityCluster ; cg:hasMember :cologne , :essen .
:council a cg:Committee ; cg:hasSeat :seat1 , :seat2 .
:seat1 a cg:ChairSeat ; cg:occupiedBy :minister . :minister a cg:NationalOffice .
:seat2 a cg:OrdinarySeat ; cg:occupiedBy :mayor . :mayor a cg:LocalOffice ; cg:officeOf :cologne .
:bureau a cg:WorkingGroup ; cg:oversees :plan . :council cg:guides :bureau .
:plan a cg:Strategy ; cg:appliesTo :square ; cg:hasTheme theme:smart-parking ; cg:startYear 2010 .
:plan2 a cg:Strategy ; cg:directlySucceeds :plan ; cg:hasComponent :pilot ;
    cg:activeInRegion :ruhr .
:pilot a cg:Project ; cg:hasTheme theme:open-data ; cg:appliesToRegion :rhine .
theme:smart-parking skos:broader theme:intelligent-transport .
theme:intelligent-transport cg:mitigates problem:traffic-congestion .
:lesson a cg:Lesson ; cg:isEvidencedBy :pilot . :advice a cg:Recommendation ;
    cg:derivedFromLesson :lesson . :lesson cg:citesRegion :rhine .
:colonia owl:sameAs :cologne .
"""


@pytest.fixture(scope="module")
def ontology() -> list[Triple]:
    """The project's ontology."""
    return read("ontology/*.ttl")


@pytest.fixture(scope="module")
def facts() -> list[Triple]:
    """A small cluster."""
    return triples(FACTS)


@pytest.fixture(scope="module")
def closure(ontology: list[Triple], facts: list[Triple]) -> Closure:
    """The small cluster's closure."""
    return close(ontology, facts)


def test_door_is_narrow() -> None:
    """The package offers seven names."""
    assert cgkg.reasoning.__all__ == sorted(cgkg.reasoning.__all__)
    assert set(cgkg.reasoning.__all__) == {
        "Closure", "Inconsistency", "Proof", "Reasoner", "UnsupportedAxiom", "close", "open",
    }  # fmt: skip


def test_ontology_is_wholly_supported(closure: Closure) -> None:
    """The project's ontology says nothing that the rules do not read, and is consistent."""
    assert closure.unsupported == ()
    assert closure.inconsistencies == ()


def test_expected_inferences(closure: Closure) -> None:
    """What the study promises of chains, inverses and definitions is inferred."""
    expected = triples(
        """
        :square cg:isPartOf :cologne ; cg:inCountry :germany ; cg:isWithinRegion :ruhr .
        :rhine cg:spansCountry :germany , :netherlands ; cg:sharesMemberWith :ruhr .
        :plan cg:addressesProblem problem:traffic-congestion .
        :ruhr cg:hasInitiative :plan2 ; cg:pursuesTheme theme:open-data .
        :cologne a cg:CoreCity . :council a cg:NationallyChairedBody , cg:CrossTierBody .
        :plan cg:hasTheme theme:intelligent-transport ; a cg:TransportInitiative .
        :plan2 cg:hasTheme theme:open-data . :advice cg:groundedInRegion :rhine .
        :colonia cg:inCountry :germany . :plan cg:datedYear 2010 .
        """
    )
    assert set(expected) <= set(closure.inferred)


def test_what_is_done_at_a_place_is_not_said_of_its_regions(closure: Closure) -> None:
    """The plan is for a square in a city of two regions; nothing says that it is theirs."""
    regions = triples(":plan cg:activeInRegion :ruhr , :rhine .")
    assert not set(regions) & set(closure.inferred)


def test_inferred_is_sorted_new_and_well_formed(
    closure: Closure, ontology: list[Triple], facts: list[Triple]
) -> None:
    """The inferred triples come sorted, once each, none asserted, none reflexive or anonymous."""
    inferred = closure.inferred
    assert inferred == sorted(inferred, key=lambda triple: [str(term) for term in parts(triple)])
    assert len(set(inferred)) == len(inferred)
    assert not set(inferred) & {*ontology, *facts}
    for subject, predicate, target in map(parts, inferred):
        assert not isinstance(subject, Literal)
        assert not (predicate == OWL.sameAs and subject == target)
        if predicate == RDF.type:
            assert isinstance(target, IRI)
            assert target not in OWL


def test_closure_does_not_depend_on_order(ontology: list[Triple], facts: list[Triple]) -> None:
    """The same triples in another order, or given on the other side, have the same closure."""
    one = close(ontology, facts)
    other = close([*facts[::-1], *ontology[::-1]], [])
    assert one.inferred == other.inferred


def test_closing_a_closure_adds_nothing(
    closure: Closure, ontology: list[Triple], facts: list[Triple]
) -> None:
    """What was inferred is complete."""
    assert close(ontology, [*facts, *closure.inferred]).inferred == []


@pytest.mark.parametrize(("rule", "mistake"), SEEDED)
def test_seeded_contradiction_is_found(rule: str, mistake: str, ontology: list[Triple]) -> None:
    """A mistake in the data comes to light under the rule that shows it."""
    wrong = triples(mistake)
    found = close(ontology, wrong).inconsistencies
    assert rule in {one.rule for one in found}
    assert all(one.message and one.premises for one in found)


def test_messages_are_readable(ontology: list[Triple]) -> None:
    """A contradiction is told in one sentence with short names."""
    wrong = triples("place:x a cg:NationalOffice , cg:LocalOffice .")
    (found,) = close(ontology, wrong).inconsistencies
    x = wrong[0].subject  # reasoning knows no project's prefixes
    assert found.message in (
        f"cax-dw: {x} is both cg:NationalOffice and cg:LocalOffice, which are disjoint",
        f"cax-dw: {x} is both cg:LocalOffice and cg:NationalOffice, which are disjoint",
    )


def test_self_recursive_chains_terminate() -> None:
    """Chains that lead back into themselves reach a fixed point, on circles too."""
    closure = close(
        triples(
            ":p owl:propertyChainAxiom ( :p :p ) , ( :p :q ) ."
            " :q owl:propertyChainAxiom ( :q :p ) ."
        ),
        triples(":a :p :b . :b :p :c . :c :p :a . :c :q :a ."),
    )
    assert len([one for one in closure.inferred if one.predicate.value.endswith("/p")]) == 6
    assert closure.rounds < 10


def test_literal_is_never_a_subject() -> None:
    """Rules that turn an edge round leave literals where they are."""
    closure = close(
        triples(
            ":p a owl:SymmetricProperty ; owl:inverseOf :q ; rdfs:range :C ."
            " :r owl:propertyChainAxiom ( :p [ owl:inverseOf :p ] ) ."
            " :f a owl:FunctionalProperty . :D rdfs:subClassOf"
            " [ owl:onProperty :p ; owl:allValuesFrom :E ] ."
        ),
        triples(":a a :D ; :p 'x' , :b ; :f 'y' , :c ."),
    )
    assert triples(":b a :C , :E ; :p :a ; :q :a .")[0] in closure.inferred
    assert not any(isinstance(parts(triple)[0], Literal) for triple in closure.inferred)


def test_annotation_properties_are_closed_too() -> None:
    """A sub-property among annotation properties holds for classes as well as individuals."""
    closure = close(
        triples(":prefLabel rdfs:subPropertyOf rdfs:label . :C a owl:Class ; :prefLabel 'c'@en ."),
        triples(":x :prefLabel 'x'@en ."),
    )
    assert closure.inferred == triples(":C rdfs:label 'c'@en . :x rdfs:label 'x'@en .")


def test_schema_is_inferred_only_on_request() -> None:
    """Without include_schema only facts are inferred."""
    given_ = triples(":C rdfs:subClassOf :D . :D rdfs:subClassOf :E . :a a :C .")
    facts_, schema = triples(":a a :D , :E ."), triples(":C rdfs:subClassOf :E .")
    assert close(given_, []).inferred == facts_
    assert set(close(given_, [], include_schema=True).inferred) == {*facts_, *schema}


def test_equal_individuals_share_everything() -> None:
    """All that is said of one member of a clique is said of the others."""
    closure = close(
        triples(":mayorOf a owl:InverseFunctionalProperty . :knows a owl:SymmetricProperty ."),
        triples(
            ":x :mayorOf :ulm . :y :mayorOf :ulm . :y owl:sameAs :z . :z :knows :k ; :age 50 ."
        ),
    )
    for one in (":x", ":y"):
        expected = triples(f"{one} :knows :k ; :age 50 . :k :knows {one} .")
        assert set(expected) <= set(closure.inferred)
    assert len([one for one in closure.inferred if one.predicate == OWL.sameAs]) == 5


def test_equality_found_late_is_used() -> None:
    """Individuals that prove equal only by inference still take part in every rule."""
    closure = close(
        triples(
            ":in a owl:TransitiveProperty . :seat a owl:FunctionalProperty ."
            " :holds owl:propertyChainAxiom ( :heads :of ) . :holds rdfs:subPropertyOf :seat ."
            " :Big rdfs:subClassOf [ owl:onProperty :kind ; owl:hasValue :big ] ."
            " [ owl:onProperty :kind ; owl:hasValue :large ] rdfs:subClassOf :Large ."
        ),
        triples(
            ":m :heads :h . :h :of :a . :m :seat :b . :x :in :a . :b :in :y ."
            " :n :seat :big , :large . :city a :Big ."
        ),
    )
    assert set(triples(":a owl:sameAs :b . :x :in :y . :city a :Large .")) <= set(closure.inferred)
    assert not closure.inconsistencies


def test_unnamed_inverse_takes_part() -> None:
    """An inverse without a name carries facts, but is not itself inferred."""
    closure = close(
        triples(
            ":in owl:propertyChainAxiom ( [ owl:inverseOf :has ] :in ) ."
            " :sub rdfs:subPropertyOf [ owl:inverseOf :has ] ."
        ),
        triples(":a :sub :b . :b :in :c ."),
    )
    assert closure.inferred == triples(":a :in :c . :b :has :a .")
    for triple in closure.inferred:
        proof = closure.explain(triple)
        assert proof is not None
        assert set(proof.leaves()) <= set(triples(":a :sub :b . :b :in :c ."))


def test_shared_values_in_other_forms_are_one_contradiction() -> None:
    """What disjoint properties share is found once, told by forms that both have if there are."""
    closure = close(
        triples(":p owl:propertyDisjointWith :q ."),
        triples(":a :p 1 , 01 , 2 ; :q 1.0 , 01 , 3 . :b :p 'a' ; :q 'a'@en . :c :p 5 ; :q 5e0 ."),
    )
    (found,) = closure.inconsistencies
    assert found.message.endswith(":a and 01".replace(":a", "<https://example.org/a>"))


def test_a_property_disjoint_with_itself_holds_nowhere() -> None:
    """Every edge of it is a contradiction."""
    closure = close(triples(":p owl:propertyDisjointWith :p ."), triples(":a :p 1 , 2 , :b ."))
    assert len(closure.inconsistencies) == 3


def test_midnight_is_one_time_and_a_zone_another() -> None:
    """24:00:00 is 00:00:00 in every rule that compares values; with a zone it is another time."""
    closure = close(
        triples(":n a owl:InverseFunctionalProperty , owl:FunctionalProperty ."),
        triples(
            ":a :n '24:00:00'^^xsd:time , '00:00:00'^^xsd:time . :b :n '00:00:00'^^xsd:time ."
            " :c :n '00:00:00Z'^^xsd:time ."
        ),
    )
    assert triples(":a owl:sameAs :b .")[0] in closure.inferred
    assert triples(":a owl:sameAs :c .")[0] not in closure.inferred
    assert closure.inconsistencies == ()


def test_sentences_name_property_and_datatype() -> None:
    """What a restriction or a range asks for is told of the property that has the value."""
    restricted = close(
        triples(
            ":R rdfs:subClassOf [ owl:onProperty :p ; owl:allValuesFrom xsd:integer ] ."
            " :q rdfs:range [ a rdfs:Datatype ; owl:intersectionOf ( xsd:integer xsd:byte ) ] ."
            " :S rdfs:subClassOf [ owl:onProperty :p ; owl:maxQualifiedCardinality 0 ;"
            " owl:onDataRange xsd:decimal ] ."
        ),
        triples(":a a :R ; :p 1.5 ; :q 500 . :b a :S ; :p 1 ; :r '2026-02-30'^^xsd:date ."),
    )
    base = "https://example.org/"
    assert [
        one.message.replace(f"<{base}", ":").replace(">", "") for one in restricted.inconsistencies
    ] == [
        "cls-maxqc1: :b may have no :p that is in xsd:decimal, but has 1",
        'dt-not-type: :a :p "1.5"^^<http://www.w3.org/2001/XMLSchema#decimal:'
        " the value of :p must be in xsd:integer",
        "dt-not-type: :a :q 500: the value of :q must be in xsd:byte",
        'dt-not-type: :b :r "2026-02-30"^^<http://www.w3.org/2001/XMLSchema#date:'
        " the literal has no value, for it is no lexical form of xsd:date",
    ]


def test_deep_recursion_needs_no_deep_stack() -> None:
    """A proof of thousands of steps is found and walked without exhausting Python's stack."""
    chain = " ".join(f":n{i} :next :n{i + 1} ." for i in range(1500))
    closure = close(
        triples(":reach owl:propertyChainAxiom ( :reach :next ) ."),
        triples(chain + ":a :reach :n0 ."),
    )
    proof = closure.explain(triples(":a :reach :n1500 .")[0])
    assert proof is not None
    assert len(list(proof.leaves())) == 1501


# -- the reference ---------------------------------------------------------------------------------


@pytest.mark.long
def test_equals_the_reference_on_the_project(ontology: list[Triple], facts: list[Triple]) -> None:
    """On the project's ontology and a small cluster, owlrl infers exactly the same."""
    own = close(ontology, facts, include_schema=True)
    reference = close(ontology, facts, engine="owlrl", include_schema=True)
    assert own.inferred == reference.inferred
    assert reference.inconsistencies == ()
    assert reference.explain(facts[0]) is not None
    assert reference.explain(own.inferred[0]) is None


@pytest.mark.long
def test_equals_the_reference_on_all_data() -> None:
    """On the project's ontology, concepts and data, owlrl infers exactly the same."""
    ontology_, data = read("ontology/*.ttl", "data/concepts/*.ttl"), read("data/*.trig")
    assert close(ontology_, data).inferred == close(ontology_, data, engine="owlrl").inferred


def test_reference_finds_the_contradictions_too(ontology: list[Triple]) -> None:
    """What owlrl checks at all it finds in the seeded mistakes, too, under the same rules."""
    axioms = [triple for triple in ontology if not isinstance(triple.object, Literal)]
    wrong = [triple for _, mistake in SEEDED for triple in triples(mistake)]
    reference = close(axioms, wrong, engine="owlrl")
    named = {one.rule for one in reference.inconsistencies}
    assert named == {"cax-dw", "eq-diff1", "prp-asyp", "prp-irp", "prp-npa1"}
    own = {one.rule for one in close(axioms, wrong).inconsistencies}
    assert own >= {rule for rule, _ in SEEDED}


_CLASSES = [f":C{number}" for number in range(4)]
_PROPERTIES = [f":p{number}" for number in range(4)]
_INDIVIDUALS = [f":i{number}" for number in range(5)]
_AXIOMS = [
    "{c} rdfs:subClassOf {d} .",
    "{c} owl:equivalentClass {d} .",
    "{c} owl:disjointWith {d} .",
    "{c} owl:intersectionOf ( {d} {e} ) .",
    "{c} owl:unionOf ( {d} {e} ) .",
    "{c} owl:oneOf ( {i} {j} ) .",
    "{c} owl:complementOf {d} .",
    "[ owl:onProperty {p} ; owl:someValuesFrom {d} ] rdfs:subClassOf {c} .",
    "[ owl:onProperty {p} ; owl:someValuesFrom owl:Thing ] rdfs:subClassOf {c} .",
    "[ owl:onProperty {p} ; owl:hasValue {i} ] rdfs:subClassOf {c} .",
    "{c} owl:equivalentClass [ owl:onProperty {p} ; owl:hasValue {i} ] .",
    "{c} rdfs:subClassOf [ owl:onProperty {p} ; owl:allValuesFrom {d} ] .",
    "{c} rdfs:subClassOf [ owl:onProperty {p} ; owl:maxCardinality 1 ] .".replace(
        " 1 ", ' "1"^^xsd:nonNegativeInteger '
    ),
    "{c} rdfs:subClassOf [ owl:onProperty {p} ; owl:maxQualifiedCardinality"
    ' "1"^^xsd:nonNegativeInteger ; owl:onClass {d} ] .',
    "[ owl:intersectionOf ( {d} [ owl:onProperty {p} ; owl:someValuesFrom"
    " [ owl:unionOf ( {c} {e} ) ] ] ) ] rdfs:subClassOf {c} .",
    "{c} owl:hasKey ( {p} {q} ) .",
    "{p} rdfs:subPropertyOf {q} .",
    "{p} owl:equivalentProperty {q} .",
    "{p} owl:inverseOf {q} .",
    "{p} owl:propertyChainAxiom ( {q} {r} ) .",
    "{p} owl:propertyChainAxiom ( {p} {q} {r} ) .",
    "{p} a owl:TransitiveProperty .",
    "{p} a owl:SymmetricProperty .",
    "{p} a owl:FunctionalProperty .",
    "{p} a owl:InverseFunctionalProperty .",
    "{p} a owl:AsymmetricProperty .",
    "{p} rdfs:domain {c} .",
    "{p} rdfs:range {c} .",
    "{c} owl:hasKey ( :size ) .",
    "[ owl:onProperty :size ; owl:hasValue {v} ] rdfs:subClassOf {c} .",
    "{c} rdfs:subClassOf [ owl:onProperty :size ; owl:hasValue {v} ] .",
    "{c} owl:hasKey ( {p} :size ) .",
    "{p} rdfs:subPropertyOf rdf:type .",
    ":size owl:propertyDisjointWith :extent .",
    "[] a owl:AllDisjointProperties ; owl:members ( {p} :size :extent ) .",
    "[] a owl:NegativePropertyAssertion ; owl:sourceIndividual {i} ;"
    " owl:assertionProperty :size ; owl:targetValue {v} .",
    ":size rdfs:domain {c} . :size rdfs:subPropertyOf :extent .",
]
# scm-cls and scm-op need the declarations: they make everything include itself.
_DECLARED = " ".join(
    [f"{name} a owl:Class ." for name in _CLASSES]
    + [f"{name} a owl:ObjectProperty ." for name in _PROPERTIES]
    + [":size a owl:DatatypeProperty . :extent a owl:DatatypeProperty ."]
)
_FACTS = [
    "{i} a {c} .",
    "{i} {p} {j} .",
    "{i} {p} {j} .",
    "{i} {q} {j} .",
    "{i} owl:sameAs {j} .",
    "{p} owl:sameAs {q} .",
    "{c} owl:sameAs {d} .",
    "{i} {p} {c} .",
    "{i} :size {v} .",
    "{i} :size {v} .",
    "{i} :extent {v} .",
]
# Values, each in several forms; the first is the one that owlrl is given.
_VALUES = [
    ["1", "01", "1.0", "'+1'^^xsd:decimal"],
    ["true", "'1'^^xsd:boolean"],
    ["2", "2.00"],
    ["1e0"],
]
_FORMS = {form: forms[0] for forms in _VALUES for form in forms}
_RULES_OF_VALUES = {"prp-pdw", "prp-adp", "prp-npa2"}


@st.composite
def _statements(draw: st.DrawFn, templates: list[str], most: int) -> str:
    chosen = draw(st.lists(st.sampled_from(templates), min_size=1, max_size=most))
    names = st.fixed_dictionaries(
        {letter: st.sampled_from(_CLASSES) for letter in "cde"}
        | {letter: st.sampled_from(_PROPERTIES) for letter in "pqr"}
        | {letter: st.sampled_from(_INDIVIDUALS) for letter in "ij"}
        | {"v": st.sampled_from(sorted(_FORMS))}
    )
    return " ".join(template.format(**draw(names)) for template in chosen)


_RANDOM = settings(deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


@settings(_RANDOM, max_examples=12)
@given(_statements(_AXIOMS, 6), _statements(_FACTS, 8))
def test_equals_the_reference_on_random_ontologies(axioms: str, facts: str) -> None:
    """On small random ontologies and facts, owlrl infers exactly the same."""
    _equals_the_reference(axioms, facts)


@pytest.mark.long
@settings(_RANDOM, max_examples=100)
@given(_statements(_AXIOMS, 6), _statements(_FACTS, 8))
def test_equals_the_reference_on_many_random_ontologies(axioms: str, facts: str) -> None:
    """As above, for longer."""
    _equals_the_reference(axioms, facts)


def _equals_the_reference(axioms: str, facts: str) -> None:
    """Of names only where no individuals are equal: equality is not carried into the axioms. Values
    are compared in one form, for owlrl knows no equal values."""
    ontology_ = triples(_DECLARED + axioms)
    own = close(ontology_, triples(facts))
    stated = [_for_reference(ontology_), _for_reference(triples(facts))]
    reference = close(*stated, engine="owlrl")
    said = {triple for part in stated for triple in part}
    assert set(_one_form(own.inferred)) - said == set(reference.inferred)
    assert {one.rule for one in own.inconsistencies} & _RULES_OF_VALUES == {
        one.rule for one in reference.inconsistencies
    } & _RULES_OF_VALUES
    if not any(OWL.sameAs == triple.predicate for triple in [*own.inferred, *triples(facts)]):
        own = close(ontology_, triples(facts), include_schema=True)
        reference = close(*stated, engine="owlrl", include_schema=True)
        assert set(_one_form(own.inferred)) - said == set(reference.inferred)


def _for_reference(given_: list[Triple]) -> list[Triple]:
    """Triples that owlrl reads as we do the given ones: values in one form, keys to the end.

    It does not compare the last property of a key, so that one is said twice.
    """
    rest: dict[Term, Term] = {
        subject: cell for subject, said, cell in map(parts, given_) if said == RDF.rest
    }
    first: dict[Term, Term] = {
        subject: item for subject, said, item in map(parts, given_) if said == RDF.first
    }
    longer = list(given_)
    for _, said, cell in map(parts, given_):
        if said == OWL.hasKey:
            while rest[cell] != RDF.nil:
                cell = rest[cell]
            assert isinstance(cell, BlankNode)
            more = BlankNode(f"{cell.value}more")
            longer.remove(Triple(cell, RDF.rest, RDF.nil))
            longer += [
                Triple(cell, RDF.rest, more),
                Triple(more, RDF.first, first[cell]),
                Triple(more, RDF.rest, RDF.nil),
            ]
    return _one_form(longer)


def _one_form(given_: Iterable[Triple]) -> list[Triple]:
    """The triples with the first form of every value."""
    forms = {
        triples(f":a :p {form} .")[0].object: triples(f":a :p {first} .")[0].object
        for form, first in _FORMS.items()
    }
    return [Triple(one.subject, one.predicate, forms.get(one.object, one.object)) for one in given_]


@settings(_RANDOM, max_examples=40)
@given(_statements(_AXIOMS, 10), _statements(_FACTS, 12))
def test_a_random_closure_closed_again_is_the_same(axioms: str, facts: str) -> None:
    """Nothing is inferred anew, and the contradictions and the axioms not read are the same."""
    stated = triples(axioms + " " + facts)
    for schema in (False, True):
        first = close(stated, [], include_schema=schema)
        again = close([*stated, *first.inferred], [], include_schema=schema)
        assert again.inferred == []
        assert _told(again) == _told(first)


def _told(closure: Closure) -> list[str]:
    told = [one.message for one in closure.inconsistencies]
    return sorted([*told, *(one.message for one in closure.unsupported)])


@settings(_RANDOM, max_examples=50)
@given(_statements(_AXIOMS, 12), _statements(_FACTS, 14))
def test_every_random_inference_has_a_checked_proof(axioms: str, facts: str) -> None:
    """Whatever follows from random ontologies and facts has a proof that the checker accepts."""
    closure = close(triples(axioms), triples(facts), include_schema=True)
    checker = Checker([*triples(axioms), *triples(facts)])
    for triple in closure.inferred:
        proof = closure.explain(triple)
        assert proof is not None
        assert proof.triple == triple
        assert checker.problems(proof) == []


@pytest.mark.long
def test_every_inference_of_the_project_has_a_checked_proof() -> None:
    """Every inferred triple of the project's graph has a proof that the checker accepts."""
    ontology_, data = read("ontology/*.ttl", "data/concepts/*.ttl"), read("data/*.trig")
    closure, checker = close(ontology_, data), Checker([*ontology_, *data])
    assert len(closure.inferred) > 1000
    for triple in closure.inferred:
        proof = closure.explain(triple)
        assert proof is not None
        assert checker.problems(proof) == []


def test_proof_is_a_smallest_one() -> None:
    """Of several ways to a conclusion the shortest is told, whatever the order of the axioms."""
    axioms = (
        ":A rdfs:subClassOf :B . :B rdfs:subClassOf :C . :C rdfs:subClassOf :D ."
        " :p rdfs:domain :D . :q rdfs:subPropertyOf :p ."
    )
    closure = close(triples(axioms), triples(":x a :A ; :q :y . :z a :A ; :p :y ."))
    long, short = (closure.explain(one) for one in triples(":x a :D . :z a :D ."))
    assert long is not None
    assert short is not None
    assert (long.size, short.size) == (3, 2)


def test_asserted_and_unknown_triples(closure: Closure, facts: list[Triple]) -> None:
    """An asserted triple is a leaf of its own; what does not follow has no proof."""
    leaf = closure.explain(facts[0])
    assert leaf is not None
    assert (leaf.rule, leaf.premises) == (None, ())
    assert closure.explain(Triple(CG.City, CG.City, CG.City)) is None
    assert closure.explain(triples(":cologne a <https://w3id.org/cgkg/def/Country> .")[0]) is None


def test_checker_rejects_false_proofs(closure: Closure, facts: list[Triple]) -> None:
    """The checker is not content with just any tree."""
    triple = next(one for one in closure.inferred if one.predicate == RDF.type)
    proof = closure.explain(triple)
    assert proof is not None
    assert Checker(facts).problems(proof)  # without the ontology, no axiom holds
    wrong = type(proof)(facts[0], proof.rule, proof.axioms, proof.premises)
    assert Checker([*facts, *proof.axioms]).problems(wrong)
