"""`cgkg fmt --from`: what was edited comes back whole, or nothing is written."""

from __future__ import annotations

import owlapi_runner
import pytest
from commands import run
from owlapi_runner import opened
from projects import PREFIXES, Small

from cgkg.authoring.edits import ProtegeEdit, bring_back
from cgkg.authoring.formatting import changes, write
from cgkg.export.merged import merge
from cgkg.pipeline import build
from cgkg.rdf.io import parse_file, read_rdf, read_turtle
from cgkg.rdf.turtle import canonical

RULES = """@prefix swrl: <http://www.w3.org/2003/11/swrl#> .
@prefix swrlb: <http://www.w3.org/2003/11/swrlb#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
"""
ATOM = "[ a swrl:ClassAtom ; swrl:classPredicate :Place ; swrl:argument1 <urn:swrl:var#x> ]"
RULE = (
    "<urn:swrl:var#x> a swrl:Variable . [] a swrl:Imp ; rdfs:comment %s ;"
    f" swrl:body [ a swrl:AtomList ; rdf:first {ATOM} ; rdf:rest rdf:nil ] ;"
    f" swrl:head [ a swrl:AtomList ; rdf:first {ATOM} ; rdf:rest rdf:nil ] .\n"
)
BUILTIN = """<urn:swrl:var#n> a swrl:Variable . [] a swrl:Imp ;
  swrl:body [ a swrl:AtomList ; rdf:first [ a swrl:BuiltinAtom ; swrl:builtin swrlb:greaterThan ;
      swrl:arguments [ a rdf:List ; rdf:first <urn:swrl:var#n> ; rdf:rest ( 17 ) ] ] ;
    rdf:rest rdf:nil ] ;
  swrl:head [ a swrl:AtomList ] .
"""
CASES = {
    "a rule": RULE % '"one"',
    "two rules with one variable": RULE % '"one"' + RULE.split(" . ", 1)[1] % '"two"',
    "a rule with a built-in": BUILTIN,
    "a variable without a rule": "<urn:swrl:var#alone> a swrl:Variable .",
    "a shared anonymous individual": ":Place rdfs:seeAlso _:a . :New a owl:Class ;"
    " rdfs:seeAlso _:a . _:a a :Place .",
    "anonymous individuals in a circle": "_:a :near _:b . _:b :near _:c . _:c :near _:a ; :n 1 .",
    "a circle of one": "_:a :near _:a .",
    "a circle with a tail": "_:a :near _:b . _:b :near _:a . _:c :near _:a . [] :near _:c .",
    "two of whom the same is said": "[] a :Place . [] a :Place .",
    "individuals who know one anonymous": ":i :near _:a . :j :near _:a . _:a :near :i .",
    "an annotated chain": ":p a owl:ObjectProperty ; owl:propertyChainAxiom ( :p :q ) ."
    " [] a owl:Axiom ; owl:annotatedSource :p ; owl:annotatedProperty owl:propertyChainAxiom ;"
    ' owl:annotatedTarget ( :p :q ) ; rdfs:comment "why" .',
    "a chain and its annotation with one list": ":p a owl:ObjectProperty ; owl:propertyChainAxiom"
    " _:l . _:l rdf:first :p ; rdf:rest ( :q ) . [] a owl:Axiom ; owl:annotatedSource :p ;"
    " owl:annotatedProperty owl:propertyChainAxiom ; owl:annotatedTarget _:l ;"
    ' rdfs:comment "why" .',
    "annotations of an annotation": "_:x a owl:Axiom ; owl:annotatedSource :Place ;"
    ' owl:annotatedProperty rdfs:label ; owl:annotatedTarget "place"@en ; rdfs:comment "one" .'
    " [] a owl:Annotation ; owl:annotatedSource _:x ; owl:annotatedProperty rdfs:comment ;"
    ' owl:annotatedTarget "one" ; rdfs:comment "of it" . [] a owl:Annotation ;'
    " owl:annotatedSource _:x ; owl:annotatedProperty rdfs:comment ;"
    ' owl:annotatedTarget "one" ; rdfs:comment "of it too" .',
    "an annotated general axiom": "_:g a owl:Restriction ; owl:onProperty :p ;"
    " owl:someValuesFrom :Place ; rdfs:subClassOf :Place . [] a owl:Axiom ;"
    " owl:annotatedSource _:g ; owl:annotatedProperty rdfs:subClassOf ;"
    ' owl:annotatedTarget :Place ; rdfs:comment "why" .',
    "one restriction of two classes": ":A a owl:Class ; rdfs:subClassOf _:r . :B a owl:Class ;"
    " rdfs:subClassOf _:r . _:r a owl:Restriction ; owl:onProperty :p ; owl:someValuesFrom :A .",
    "disjoint classes and different individuals": "[] a owl:AllDisjointClasses ;"
    ' owl:members ( :Place :A ) ; rdfs:comment "all" . [] a owl:AllDifferent ;'
    " owl:distinctMembers ( :i :j ) .",
    "what is denied": "[] a owl:NegativePropertyAssertion ; owl:sourceIndividual :i ;"
    " owl:assertionProperty :p ; owl:targetIndividual :j .",
    "a new individual": ":rose a owl:NamedIndividual , :Place . :tulip a owl:NamedIndividual .",
    "a label in a variety of a language": ':Place rdfs:label "lieu"@fr-CA .',
    "a statement about a built-in term": 'rdfs:label rdfs:comment "what it is called" .',
}


class Edited:
    """A small project in order, and an edit of its module base.ttl."""

    def __init__(self, small: Small) -> None:
        for change in changes(small.project):
            write(change)
        self.project, self.folder = small.project, small.folder
        self.module = small.folder / "ontology" / "base.ttl"
        self.root = small.folder / "ontology" / "rivers.ttl"
        self.path = small.folder / "edited.ttl"
        self.before, self._rest = self.module.read_text("utf-8"), read_rdf(self.root)[0]

    def take(self, text: str) -> ProtegeEdit:
        """Bring back the module as it is with this text."""
        self.path.write_text(RULES + PREFIXES + text, "utf-8")
        edit = bring_back(self.project, self.path)
        for change in edit.changes:
            write(change)
        return edit

    def is_whole(self) -> bool:
        """Whether the modules say what the edit says, up to the names of blank nodes."""
        said = [
            t for path in (self.module, self.root) for t in parse_file(path, blank_prefix=path.stem)
        ]
        wanted = [*read_rdf(self.path)[0], *self._rest]
        return canonical(quad.triple for quad in said) == canonical(wanted)


@pytest.fixture
def base(small: Small) -> Edited:
    return Edited(small)


@pytest.mark.parametrize("more", CASES.values(), ids=CASES.keys())
def test_an_edited_module_comes_back_whole(base: Edited, more: str) -> None:
    """Nothing is lost on the way, the files are in order, and all of it can go again."""
    edit = base.take(base.before + more)
    assert edit.facts == []
    assert base.is_whole()
    assert [*changes(base.project, [base.module, base.root])] == []
    again = bring_back(base.project, base.path)
    assert ([change.diff() for change in again.changes], again.facts) == ([], [])


def test_what_a_module_held_can_go(base: Edited) -> None:
    """What the edit took away is away, however it hung together."""
    base.module.write_text(RULES + PREFIXES + base.before + " ".join(CASES.values()), "utf-8")
    base.take(base.before)
    assert base.is_whole()


def test_a_node_that_is_no_longer_shared_is_an_edit(base: Edited) -> None:
    """Two places that are near each other are not one place near itself."""
    shared = "_:a :near :i . :i :near _:a ."
    base.take(base.before + shared)
    base.take(base.before + shared.replace(":i :near _:a", ":i :near _:b"))
    assert base.is_whole()


def test_what_stays_beside_an_edit_keeps_its_blank_nodes(base: Edited) -> None:
    """An annotation changed, its target is still the class expression of the axiom."""
    more = (
        ":Place rdfs:subClassOf _:r . _:r a owl:Restriction ; owl:onProperty :p ;"
        " owl:someValuesFrom :B . [] a owl:Axiom ; owl:annotatedSource :Place ;"
        " owl:annotatedProperty rdfs:subClassOf ; owl:annotatedTarget _:r ; rdfs:comment 'old' ."
    )
    base.take(base.before + more)
    base.take(base.before + more.replace("'old'", "'new'"))
    assert base.is_whole()


@pytest.mark.parametrize("name", ["edited.ttl", "edited.rdf"])
def test_language_tags_come_back_as_they_are_written(base: Edited, name: str) -> None:
    """A new one as in the edit, one that the module has as the module has it."""
    base.module.write_text(base.before.replace("@en", "@EN"), "utf-8")
    iri = "https://example.org/rivers/"
    texts = {
        "edited.ttl": PREFIXES + base.before + ':Place rdfs:label "lieu"@fr-CA .',
        "edited.rdf": '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        ' xmlns:o="http://www.w3.org/2002/07/owl#" xmlns:l="http://www.w3.org/2000/01/rdf-schema#">'
        f'<o:Ontology r:about="{iri}ontology/base"/><o:Class r:about="{iri}def/Place">'
        '<l:label xml:lang="en">place</l:label><l:label xml:lang="zh">地点</l:label>'
        '<l:label xml:lang="fr-CA">lieu</l:label></o:Class></r:RDF>',
    }
    base.path = base.folder / name
    base.path.write_text(texts[name], "utf-8")
    for change in bring_back(base.project, base.path).changes:
        write(change)
    assert '"place"@EN , "lieu"@fr-CA , "地点"@zh' in base.module.read_text("utf-8")


def test_a_comment_before_an_edited_statement_stays(base: Edited) -> None:
    """Where its block is gone it stands at the foot."""
    base.module.write_text(base.before + "\n# why\n[] a :Place .\n", "utf-8")
    base.take(base.before)
    assert base.module.read_text("utf-8") == base.before + "\n# why\n"
    assert [*changes(base.project, [base.module])] == []


@pytest.mark.parametrize(
    "more",
    [
        "id:place\\/dresden :near id:place\\/hamburg .",
        "id:place\\/dresden :near _:a . :Place rdfs:seeAlso _:a .",
    ],
)
def test_facts_are_refused_whole(base: Edited, more: str) -> None:
    """With an individual of data/ in it, nothing is written, unless the author says so."""
    label = ':Place rdfs:label "lieu"@fr .'
    base.path.write_text(PREFIXES + base.before + label + more, "utf-8")
    command = ("fmt", "--from", str(base.path), "--project", str(base.folder))
    refused = run(*command)
    assert refused.returncode == 1
    assert "nothing written" in refused.stderr
    assert "dresden" in refused.stderr
    assert base.module.read_text("utf-8") == base.before
    checked = run(*command, "--check")
    assert checked.returncode == 1
    assert '"lieu"@fr' in checked.stdout
    assert run(*command, "--drop-facts").returncode == 0
    assert '"lieu"@fr' in base.module.read_text("utf-8")
    assert "dresden" not in base.module.read_text("utf-8")


def test_an_ontology_without_a_name_is_refused(base: Edited) -> None:
    """Nothing says what it is an edit of."""
    base.path.write_text(PREFIXES + "[] a owl:Ontology . :A a owl:Class .", "utf-8")
    refused = run("fmt", "--from", str(base.path), "--project", str(base.folder))
    assert refused.returncode == 1
    assert "an ontology without an IRI" in refused.stderr


def test_prefixes_that_turtle_does_not_know_are_left(base: Edited) -> None:
    """RDF/XML may call a namespace `_`, or give it a name that ends with a full stop."""
    base.path = base.folder / "edited.rdf"
    iri = "https://example.org/rivers/"
    base.path.write_text(
        f'<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:_="{iri}x/"'
        f' xmlns:o="http://www.w3.org/2002/07/owl#" xmlns:l="http://www.w3.org/2000/01/rdf-schema#">'
        f'<o:Ontology r:about="{iri}ontology/base"/><o:Class r:about="{iri}def/Place">'
        '<l:label xml:lang="en">place</l:label><l:label xml:lang="zh">地点</l:label>'
        f'<_:p r:resource="{iri}x/q."/></o:Class></r:RDF>',
        "utf-8",
    )
    for change in bring_back(base.project, base.path).changes:
        write(change)
    assert f"<{iri}x/p> <{iri}x/q.>" in base.module.read_text("utf-8")
    assert base.is_whole()


@pytest.fixture
def merged(base: Edited) -> str:
    """The merged file of the small project, with its prefixes for edits."""
    generation, _ = build(base.project, base.folder / "store")
    return merge(generation).decode() + PREFIXES + RULES + ELBE


ELBE = "@prefix river: <https://example.org/rivers/id/river/> .\n"
NOTE = (
    "[] a owl:Axiom ; owl:annotatedSource river:elbe ; owl:annotatedProperty :lengthKm ;"
    ' owl:annotatedTarget 1094 ; rdfs:comment "at low tide" .'
)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("", "river:elbe :lengthKm 1095 .", ["+ river:elbe :lengthKm 1095"]),
        ("", "[] :near river:elbe .", ["+ [] :near river:elbe ."]),
        ("", "river:elbe :near [ :near :A ] .", ["+ river:elbe :near [ :near :A ] ."]),
        ("", "[] a owl:AllDifferent ; owl:distinctMembers ( river:elbe river:oder ) .",
         ["+ [] a owl:AllDifferent ; owl:distinctMembers ( river:elbe river:oder ) ."]),
        ("", "river:oder a owl:NamedIndividual .", ["+ river:oder rdf:type owl:NamedIndividual"]),
        ("", 'river:elbe rdfs:label "Labe"@cs .', ['+ river:elbe rdfs:label "Labe"@cs']),
        ("", NOTE, ['+ river:elbe :lengthKm 1094  @ rdfs:comment "at low tide"']),
        ('@en , "要旨"@zh .\n\n[] a owl:Axiom', '@en .\n\n[] a owl:Axiom',
         ['- river:elbe :flowsThrough id:place\\/dresden  @ cg:gist "要旨"@zh']),
        ("", '<https://example.org/rivers/ontology/merged> rdfs:comment "new" .',
         ['+ ont:merged rdfs:comment "new" .']),
    ],
)  # fmt: skip
def test_what_is_edited_of_facts_in_the_merged_file_is_told(
    base: Edited, merged: str, old: str, new: str, said: list[str]
) -> None:
    """Facts, anonymous individuals, labels, annotations of facts, the header: none in silence."""
    base.path.write_text(merged.replace(old, new, 1) if old else merged + new, "utf-8")
    edit = bring_back(base.project, base.path)
    told = [line.replace("<https://example.org/rivers/id/", "id:") for line in edit.facts]
    assert edit.changes == []
    assert [line.replace("place/dresden>", "place\\/dresden") for line in told] == said


@pytest.mark.parametrize(
    "new",
    [
        RULE % '"one"',
        ":Place rdfs:seeAlso _:a . :River rdfs:seeAlso _:a . _:a rdfs:label 'both' .",
        CASES["annotations of an annotation"],
    ],
)
def test_axioms_of_the_merged_file_go_whole_to_their_modules(
    base: Edited, merged: str, new: str
) -> None:
    """Rules take their variables along; what shares a blank node stays in one file."""
    before = [t for path in (base.module, base.root) for t in read_rdf(path)[0]]
    base.path.write_text(merged + new, "utf-8")
    edit = bring_back(base.project, base.path)
    assert (edit.facts, len(edit.changes)) == ([], 1)
    write(edit.changes[0])
    after = [t for path in (base.module, base.root) for t in read_rdf(path)[0]]
    more, _ = read_turtle(PREFIXES + RULES + new, "https://example.org/")
    assert canonical(after) == canonical([*before, *more])


# What Protégé can say, in the words of its library: properties are declared, lists are typed.
ALL_KINDS = """:A a owl:Class ; rdfs:label "A"@en-GB ; rdfs:subClassOf [ a owl:Restriction ;
    owl:onProperty :p ; owl:someValuesFrom :Place ] .
:B a owl:Class ; owl:disjointUnionOf ( :A :Place ) ; rdfs:subClassOf _:r .
:p a owl:ObjectProperty ; owl:propertyChainAxiom ( :p :q ) . :q a owl:ObjectProperty .
:n a owl:DatatypeProperty . :note a owl:AnnotationProperty .
[] a owl:Axiom ; owl:annotatedSource :p ; owl:annotatedProperty owl:propertyChainAxiom ;
    owl:annotatedTarget ( :p :q ) ; rdfs:comment "chain" .
_:x a owl:Axiom ; owl:annotatedSource :A ; owl:annotatedProperty rdfs:label ;
    owl:annotatedTarget "A"@en-GB ; :note "one" .
[] a owl:Annotation ; owl:annotatedSource _:x ; owl:annotatedProperty :note ;
    owl:annotatedTarget "one" ; rdfs:comment "of a note" .
_:g a owl:Restriction ; owl:onProperty :p ; owl:someValuesFrom :B ; rdfs:subClassOf :A .
[] a owl:Axiom ; owl:annotatedSource _:g ; owl:annotatedProperty rdfs:subClassOf ;
    owl:annotatedTarget :A ; rdfs:comment "general" .
_:r a owl:Restriction ; owl:onProperty :q ; owl:someValuesFrom :B .
[] a owl:Axiom ; owl:annotatedSource :B ; owl:annotatedProperty rdfs:subClassOf ;
    owl:annotatedTarget _:r ; rdfs:comment "of an expression" .
:i a :A , owl:NamedIndividual ; :p _:a . :j a owl:NamedIndividual ; :p _:a .
_:a a :B ; :p _:b . _:b :q _:a ; :n 3 .
:A rdfs:seeAlso _:c . _:c rdfs:label "anonymous" .
[] a owl:AllDisjointClasses ; owl:members ( :A :Place :B ) ; rdfs:comment "all" .
[] a owl:NegativePropertyAssertion ; owl:sourceIndividual :i ; owl:assertionProperty :q ;
    owl:targetIndividual :j .
<urn:swrl:var#n> a swrl:Variable .
[] a swrl:Imp ; rdfs:label "rule" ; rdfs:comment "because" ;
  swrl:body [ a swrl:AtomList ; rdf:first [ a swrl:ClassAtom ; swrl:classPredicate :A ;
      swrl:argument1 <urn:swrl:var#x> ] ; rdf:rest [ a swrl:AtomList ;
    rdf:first [ a swrl:DatavaluedPropertyAtom ; swrl:propertyPredicate :n ;
      swrl:argument1 <urn:swrl:var#x> ; swrl:argument2 <urn:swrl:var#n> ] ; rdf:rest [
    a swrl:AtomList ; rdf:first [ a swrl:BuiltinAtom ; swrl:builtin swrlb:greaterThan ;
      swrl:arguments ( <urn:swrl:var#n> 17 ) ] ; rdf:rest rdf:nil ] ] ] ;
  swrl:head [ a swrl:AtomList ; rdf:first [ a swrl:ClassAtom ; swrl:classPredicate :B ;
      swrl:argument1 <urn:swrl:var#x> ] ; rdf:rest rdf:nil ] .
"""


@pytest.mark.long
@pytest.mark.parametrize("form", ["ttl", "rdf"])
def test_the_owl_api_brings_back_all_it_can_say(base: Edited, form: str) -> None:
    """There and back with the library behind Protégé: no axiom goes, and the second time nothing
    changes."""
    owlapi_runner.require()
    everything = base.folder / "all.ttl"
    text = base.before + ALL_KINDS + RULE % '"one"'
    everything.write_text(RULES + PREFIXES + text, "utf-8")
    base.path = base.folder / f"saved.{form}"
    (first,) = opened("--save", form, base.path, everything)
    edit = bring_back(base.project, base.path)
    assert edit.facts == []
    for change in edit.changes:
        write(change)
    assert base.is_whole()
    (second,) = opened("--save", form, base.folder / f"again.{form}", base.path)
    assert second.one("axioms") == first.one("axioms")
    again = bring_back(base.project, base.folder / f"again.{form}")
    assert ([change.diff() for change in again.changes], again.facts) == ([], [])
